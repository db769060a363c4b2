"""Which articles are the same story: near-duplicates across the corpus, found by MinHash, proved on their texts.

A. Broder, On the resemblance and containment of documents, 1997; the bands are Leskovec, Rajaraman, Ullman, Mining of
Massive Datasets, 3.4. Bands and pairs lie in the database, so that a sync looks only at what has changed. A group is
what pairs connect; it is computed when asked for, so it stays right whatever is taken out.
"""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from zlib import crc32

from rag.text import CJK, fold_text

BANDS, ROWS = 16, 4  # two texts that share 70 % of their shingles meet in a band in 99 of 100 cases, at 30 % in 12
SHINGLE = 4  # words or Chinese characters
ALIKE = 0.5  # share of shingles that makes two articles one story
SAME_FIGURES = 0.6  # and of the figures in the one with fewer: forms filled in with other figures are no reprints
LEAST = 30  # shingles: a shorter text is too little to tell
MOST_PAIRS = 8  # pairs kept of an article; they connect larger groups all the same

TABLES = """
CREATE TABLE bands (
    band INTEGER NOT NULL, article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    PRIMARY KEY (band, article_id)
) WITHOUT ROWID;
CREATE INDEX bands_by_article ON bands(article_id);
CREATE TABLE same_story (
    one TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    other TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    PRIMARY KEY (one, other)
) WITHOUT ROWID;
CREATE INDEX same_story_by_other ON same_story(other);
"""

_TOKEN = re.compile(rf"[{CJK}]|[^\W_{CJK}]+")
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")


def shingles(text: str) -> frozenset[int]:
    """Hashes of the runs of four words or Chinese characters, after folding: script, case and width don't matter."""
    tokens = _TOKEN.findall(fold_text(text))
    return frozenset(crc32(" ".join(tokens[i : i + SHINGLE]).encode()) for i in range(len(tokens) - SHINGLE + 1))


def bands(found: frozenset[int]) -> list[int]:
    """The MinHash signature of the shingles in bands, each as a signed 64-bit number."""
    import numpy as np
    from datasketch import MinHash

    sketch = MinHash(num_perm=BANDS * ROWS, hashfunc=int, scheme="affine32")
    sketch.update_batch(sorted(found))
    rows = np.asarray(sketch.hashvalues, np.uint64).reshape(BANDS, ROWS)
    hashes = (blake2b(bytes([i]) + row.tobytes(), digest_size=8).digest() for i, row in enumerate(rows))
    return [int.from_bytes(value, "little", signed=True) for value in hashes]


def same_story(one: str, other: str) -> bool:
    """Whether two texts are one story with small edits: most of the wording, and the same figures."""
    first, second = _known(one), _known(other)
    if len(first & second) < ALIKE * len(first | second):
        return False
    figures = [set(_FIGURE.findall(fold_text(text))) for text in (one, other)]
    fewer = min(len(figures[0]), len(figures[1]))
    return len(figures[0] & figures[1]) >= SAME_FIGURES * fewer


_known = lru_cache(maxsize=256)(shingles)


def record(db: sqlite3.Connection, articles: Iterable[tuple[str, str]]) -> None:
    """Write the bands of new articles (id, clean text), and the pairs they make with all others."""
    for article_id, text in articles:
        found = shingles(text)
        if len(found) < LEAST:
            continue
        own = bands(found)
        marks = ",".join("?" * len(own))
        near = Counter(r[0] for r in db.execute(f"SELECT article_id FROM bands WHERE band IN ({marks})", own))
        db.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", [(band, article_id) for band in own])
        ranked = sorted(near, key=lambda other: (-near[other], other))
        pairs = 0
        for other in ranked[: 4 * MOST_PAIRS]:
            if other == article_id:
                continue
            row = db.execute("SELECT text FROM articles WHERE id = ?", (other,)).fetchone()
            if row is not None and same_story(text, row[0]):
                db.execute("INSERT OR IGNORE INTO same_story VALUES (?, ?)", (article_id, other))
                pairs += 1
            if pairs == MOST_PAIRS:
                break


def group(db: sqlite3.Connection, article_id: str) -> tuple[str, ...]:
    """The ids of an article's group, itself included, the earliest first; those without a date stand last."""
    found, edge = {article_id}, [article_id]
    while edge:
        marks = ",".join("?" * len(edge))
        later = f"SELECT other FROM same_story WHERE one IN ({marks})"
        sooner = f"SELECT one FROM same_story WHERE other IN ({marks})"
        rows = db.execute(f"{later} UNION {sooner}", edge * 2)
        edge = sorted({row[0] for row in rows} - found)
        found.update(edge)
    return earliest_first(db, sorted(found))


def earliest_first(db: sqlite3.Connection, ids: Sequence[str]) -> tuple[str, ...]:
    """Article ids by date, then by source."""
    marks = ",".join("?" * len(ids))
    rows = db.execute(f"SELECT id, date, source FROM articles WHERE id IN ({marks})", list(ids)).fetchall()
    return tuple(row[0] for row in sorted(rows, key=lambda row: (row[1] is None, _moment(row[1]), row[2])))


def _moment(date: str | None) -> str:
    """A date that sorts: in UTC where the zone is known."""
    try:
        moment = dt.datetime.fromisoformat(date or "")
    except ValueError:
        return date or ""
    return (moment.astimezone(dt.UTC) if moment.tzinfo else moment).replace(tzinfo=None).isoformat()
