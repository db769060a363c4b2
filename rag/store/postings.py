"""The inverted index: which passage has which word how often, in SQLite, and BM25 weights from it.

Postings are written in parts, as Lucene's segments are: a sync adds a part and never rewrites the others; small parts
are merged now and then. Passages that are gone stay in their part until then, and are passed over when reading.
"""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby, islice
from typing import Any

import numpy as np

TABLES = """
CREATE TABLE postings (
    word TEXT NOT NULL, part INTEGER NOT NULL, entries BLOB NOT NULL,  -- entries: see ENTRY
    PRIMARY KEY (word, part)
) WITHOUT ROWID;
CREATE TABLE parts (part INTEGER PRIMARY KEY, size INTEGER NOT NULL);  -- size in bytes
"""

ENTRY = np.dtype([("number", "<u4"), ("count", "<u2")])
PART = 4000  # passages written at once: some 100 MB of Python objects
MOST_PARTS = 24
K1, B = 1.2, 0.75  # BM25 (Robertson & Zaragoza 2009): how soon a repeated word stops counting, and length

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Term:
    """What a question looks for as one thing, in several wordings, as a synonym set is scored as one term.

    `wordings` are (words, weight): each word of a wording must stand in the passage; the weight, up to 1, says how sure
    it is that the wording means the term. Counts of all wordings are summed, and passages with any of them count as
    its document frequency (Pirkola 1998; weighted: Darwish & Oard 2003).
    """

    wordings: tuple[tuple[tuple[str, ...], float], ...]


@dataclass(frozen=True)
class Weighed:
    """A term's BM25 weights: of the passages `numbers` (n,), `weights` (n,), and the most it could have given."""

    numbers: Array
    weights: Array
    ideal: float


def add(db: sqlite3.Connection, passages: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Index passages (number, words). The caller holds the transaction, and has set passages.words."""
    rest = iter(passages)
    while chunk := list(islice(rest, PART)):
        entries: dict[str, list[tuple[int, int]]] = {}
        for number, found in chunk:
            for word, count in Counter(found).items():
                entries.setdefault(word, []).append((number, min(count, 65535)))
        blobs = {word: np.array(found, ENTRY).tobytes() for word, found in entries.items()}
        _write_part(db, blobs.items())
    if db.execute("SELECT count(*) FROM parts").fetchone()[0] > MOST_PARTS:
        _merge(db)


def _write_part(db: sqlite3.Connection, blobs: Iterable[tuple[str, bytes]]) -> None:
    part = db.execute("SELECT coalesce(max(part), 0) + 1 FROM parts").fetchone()[0]
    rows = [(word, part, blob) for word, blob in sorted(blobs)]
    db.executemany("INSERT INTO postings VALUES (?, ?, ?)", rows)
    db.execute("INSERT INTO parts VALUES (?, ?)", (part, sum(len(blob) for _, _, blob in rows)))


def _merge(db: sqlite3.Connection) -> None:
    """One part of the smaller half of the parts, without the passages that are gone."""
    small = [row[0] for row in db.execute("SELECT part FROM parts ORDER BY size, part")][: MOST_PARTS // 2 + 1]
    marks = ",".join("?" * len(small))
    alive = np.array([row[0] for row in db.execute("SELECT number FROM passages")], np.uint32)
    rows = db.execute(f"SELECT word, entries FROM postings WHERE part IN ({marks}) ORDER BY word, part", small)
    merged = []
    for word, group in groupby(rows, key=lambda row: row[0]):
        entries = np.frombuffer(b"".join(row[1] for row in group), ENTRY)
        kept = entries[np.isin(entries["number"], alive)]
        if len(kept):
            merged.append((word, kept.tobytes()))
    db.execute(f"DELETE FROM postings WHERE part IN ({marks})", small)
    db.execute(f"DELETE FROM parts WHERE part IN ({marks})", small)
    _write_part(db, merged)


class Lexicon:
    """The words of one generation of an index."""

    def __init__(self, db: sqlite3.Connection) -> None:
        rows = np.array(db.execute("SELECT number, words FROM passages").fetchall(), np.int64).reshape(-1, 2)
        self.size = len(rows)
        top = int(rows[:, 0].max()) + 1 if self.size else 0
        self.alive = np.zeros(top, bool)
        self.alive[rows[:, 0]] = True
        lengths = np.zeros(top)
        lengths[rows[:, 0]] = rows[:, 1]
        average = max(1.0, float(rows[:, 1].mean())) if self.size else 1.0
        self._damping = K1 * (1 - B + B * lengths / average)
        self._kept: dict[str, tuple[Array, Array]] = {}

    def rarity(self, frequency: float) -> float:
        """The inverse document frequency of a term that so many passages have."""
        return math.log(1 + (self.size - frequency + 0.5) / (frequency + 0.5))

    def postings(self, db: sqlite3.Connection, word: str) -> tuple[Array, Array]:
        """Numbers, ascending, and counts of a word's passages."""
        found = self._kept.get(word)
        if found is None:  # threads share this: another one may clear it at any moment
            rows = db.execute("SELECT entries FROM postings WHERE word = ?", (word,))
            entries = np.frombuffer(b"".join(row[0] for row in rows), ENTRY)
            entries = entries[entries["number"] < len(self.alive)]
            entries = entries[self.alive[entries["number"]]]
            entries = entries[np.argsort(entries["number"], kind="stable")]  # np.sort by a field is far slower
            if len(self._kept) > 4096:  # the commonest words come back soon
                self._kept.clear()
            found = self._kept[word] = entries["number"].astype(np.int64), entries["count"].astype(np.float64)
        return found

    def together(self, db: sqlite3.Connection, wording: Sequence[str]) -> tuple[Array, Array]:
        """Passages that have all words of a wording, with the smallest of their counts: about how often it stands."""

        def both(a: tuple[Array, Array], b: tuple[Array, Array]) -> tuple[Array, Array]:
            numbers, i, j = np.intersect1d(a[0], b[0], assume_unique=True, return_indices=True)
            return numbers, np.minimum(a[1][i], b[1][j])

        return reduce(both, (self.postings(db, word) for word in dict.fromkeys(wording)))

    def weigh(self, db: sqlite3.Connection, term: Term) -> Weighed:
        """BM25 weights of a term over the whole index."""
        found = [(*self.together(db, wording), sure) for wording, sure in term.wordings if wording]
        if len(found) == 1:  # most terms; they are in order already
            numbers, counts, sure = found[0]
            counts = counts * sure
        else:
            numbers = np.unique(np.concatenate([n for n, _, _ in found])) if found else np.zeros(0, np.int64)
            counts = np.zeros(len(numbers))
            for some, many, sure in found:
                counts[np.searchsorted(numbers, some)] += many * sure
        # A passage that has only an unsure wording counts in part.
        rarity = self.rarity(float(np.minimum(counts, 1.0).sum()))
        weights = rarity * counts * (K1 + 1) / (counts + self._damping[numbers])
        return Weighed(numbers, weights, rarity * (K1 + 1) / (1 + K1))
