"""Reading from an index: snapshots, search, articles and passages."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from rag.config import Config
from rag.embed import SentenceEmbedder
from rag.errors import StoreError
from rag.names import Introduction
from rag.store import reprints
from rag.store.generations import Generations
from rag.store.lexical import read_introductions, read_spellings
from rag.store.opening import Opened
from rag.store.postings import Lexicon, Term, Weighed
from rag.store.rows import to_article
from rag.text import words
from rag.types import Article, ArticleInfo, Passage

Vectors = Any  # faiss.IndexIDMap2; faiss has no types

# A passage's text alone: reading and decoding hundreds of whole articles with their maps costs more than the search.
_PASSAGES = """
SELECT number, p.id, article_id, title, source, date, start, end, substr(text, start + 1, end - start) AS slice
FROM passages AS p JOIN articles ON articles.id = article_id
"""


class Readable(Opened):
    """The reading half of an index."""

    def __init__(self, path: Path, config: Config, embedder: SentenceEmbedder) -> None:
        super().__init__(path, config, embedder)
        self._vectors: Generations[Vectors] = Generations()
        self._lexicons: Generations[Lexicon] = Generations()
        self._article_cache = lru_cache(maxsize=512)(self._read_article)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Vectors]:
        """A consistent view: rows read inside belong with the vectors it yields, also in snapshots inside this one.

        A thread holds the vectors and the words of its generation until its outermost snapshot ends: by then a build
        may have deleted the file, and another thread may read in a newer generation.
        """
        held = getattr(self._local, "vectors", None)
        if held is not None:  # nested: the outer view holds, whatever became of its file meanwhile
            yield held
            return
        db = self._db
        for attempt in (0, 1, 2):
            db.execute("BEGIN")
            try:
                self._local.vectors = vectors = self._vectors_of(self.generation)
            except FileNotFoundError:
                # A writer replaced the file between our reading its name and opening it: look again.
                db.execute("ROLLBACK")
                if attempt == 2:
                    raise self._no_vectors() from None
                continue
            except BaseException:
                db.execute("ROLLBACK")
                raise
            try:
                yield vectors
            finally:
                self._local.vectors = self._local.lexicon = None
                db.execute("ROLLBACK")
            return

    @property
    def generation(self) -> int:
        """Number of the index's current version; each sync that changes anything adds one."""
        return int(self._db.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()[0])

    def _vector_file(self, generation: int) -> Path:
        return self.path / f"vectors-{generation:06d}.faiss"

    def _no_vectors(self) -> StoreError:
        return StoreError(f"The vectors of the index in {self.path} are missing. Delete the folder and build it anew.")

    def _vectors_of(self, generation: int) -> Vectors:
        return self._vectors.get(generation, lambda: self._load(generation))

    def _load(self, generation: int) -> Vectors:
        import faiss

        self._article_cache.cache_clear()
        if generation == 0:
            return faiss.IndexIDMap2(faiss.IndexFlatIP(self.embedder.dimension))
        file = self._vector_file(generation)
        if not file.is_file():
            raise FileNotFoundError(file)
        try:
            return faiss.read_index(str(file))
        except RuntimeError as error:
            if not file.is_file():
                raise FileNotFoundError(file) from error
            raise StoreError(f"{file} is damaged. Delete the folder {self.path} and build it anew.") from error

    def _lexicon(self) -> Lexicon:
        """The words of the generation that this thread's snapshot is in."""
        held: Lexicon | None = getattr(self._local, "lexicon", None)
        if held is None:
            held = self._local.lexicon = self._lexicons.get(self.generation, lambda: Lexicon(self._db))
        return held

    def dense(
        self, vectors: np.ndarray[Any, Any], k: int, among: np.ndarray[Any, np.dtype[np.int64]] | None = None
    ) -> list[tuple[int, float]]:
        """The k passages nearest to a unit vector, as (number, cosine), best first, ties by number.

        Of several vectors, the k nearest to each, all together: a passage counts with its best.

        Args:
            vectors: (dimension,) or (n, dimension).
            k: passages wanted.
            among: numbers of the passages that count; all when absent.
        """
        import faiss

        with self.snapshot() as index:
            k = min(k, index.ntotal if among is None else len(among))
            if k == 0:
                return []
            asked = np.atleast_2d(np.asarray(vectors, np.float32))
            if among is None:
                scores, numbers = index.search(asked, k)
            else:
                chosen = faiss.IDSelectorBatch(np.ascontiguousarray(among, np.int64))
                scores, numbers = index.search(asked, k, params=faiss.SearchParameters(sel=chosen))  # type: ignore[call-arg]
            found: dict[int, float] = {}
            for number, score in zip(numbers.ravel().tolist(), scores.ravel().tolist(), strict=True):
                if number >= 0:
                    found[number] = max(score, found.get(number, -2.0))
            return sorted(found.items(), key=lambda hit: (-hit[1], hit[0]))

    def cosines(self, vectors: np.ndarray[Any, Any], numbers: Sequence[int]) -> np.ndarray[Any, Any]:
        """Cosine of each passage with a unit vector (dimension,), or with the nearest of several: (len(numbers),)."""
        with self.snapshot() as index:
            if not len(numbers):
                return np.zeros(0, np.float32)
            rows = index.reconstruct_batch(np.asarray(numbers, np.int64))
            return np.asarray((rows @ np.atleast_2d(np.asarray(vectors, np.float32)).T).max(axis=1))

    def weigh(self, terms: Sequence[Term]) -> list[Weighed]:
        """BM25 weights of terms: which passages have them, by number, and how much that says."""
        with self.snapshot():
            lexicon = self._lexicon()
            return [lexicon.weigh(self._db, term) for term in terms]

    def rarity(self, frequency: float) -> float:
        """Inverse document frequency of a term that so many passages have."""
        with self.snapshot():
            return self._lexicon().rarity(frequency)

    @property
    def top_number(self) -> int:
        """The highest number that a passage has; -1 when there is none."""
        return int(self._db.execute("SELECT coalesce(max(number), -1) FROM passages").fetchone()[0])

    def numbers_where(self, condition: str, values: Sequence[object]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Numbers of the passages whose article meets an SQL condition over the table of articles, ascending."""
        which = f"SELECT id FROM articles WHERE {condition}"
        query = f"SELECT number FROM passages WHERE article_id IN ({which}) ORDER BY number"
        rows = self._db.execute(query, tuple(values))
        return np.array([row[0] for row in rows], np.int64)

    def frequency(self, form: str) -> float:
        """Number of passages that have all words of a form."""
        wording = tuple(words(form))
        with self.snapshot():
            return float(len(self._lexicon().together(self._db, wording)[0])) if wording else 0.0

    def introductions(self) -> list[Introduction]:
        """Where the articles introduce names in both languages."""
        return read_introductions(self._db)

    def spellings(self) -> list[str]:
        """What in the articles looks like a name, folded, the most frequent first."""
        return read_spellings(self._db)

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """Passages by number, in the order asked; numbers no longer there are left out."""
        marks = ",".join("?" * len(numbers))
        rows = {r["number"]: r for r in self._db.execute(f"{_PASSAGES} WHERE number IN ({marks})", numbers)}
        return [_passage(rows[number]) for number in numbers if number in rows]

    def passage(self, passage_id: str) -> Passage:
        """One passage by its id.

        Raises:
            StoreError: there is no such passage.
        """
        row = self._db.execute(f"{_PASSAGES} WHERE p.id = ?", (passage_id,)).fetchone()
        if row is None:
            raise StoreError(f"There is no passage {passage_id!r} in {self.path}.")
        return _passage(row)

    def article(self, article_id: str) -> Article:
        """One article by its id.

        Raises:
            StoreError: there is no such article.
        """
        with self.snapshot():  # its text and the generation that it is kept under are read at once
            return self._article_cache(article_id, self.generation)

    def id_of(self, name: str) -> str:
        """The id of the article with this id or source; the name itself when there is none."""
        row = self._db.execute(
            "SELECT id FROM articles WHERE ? IN (id, source) ORDER BY id = ?", (name, name)
        ).fetchone()
        return name if row is None else str(row["id"])

    def _read_article(self, article_id: str, _generation: int) -> Article:
        row = self._db.execute("SELECT * FROM articles WHERE id = ?", (article_id,)).fetchone()
        if row is None:
            raise StoreError(f"There is no article {article_id!r} in {self.path}. List them: python -m rag articles")
        return to_article(row)

    def articles(self) -> list[Article]:
        """Every article, by source."""
        return [to_article(row) for row in self._db.execute("SELECT * FROM articles ORDER BY source")]

    def roots(self) -> list[str]:
        """The folders and files that articles were read from, as absolute paths."""
        return [row[0] for row in self._db.execute("SELECT DISTINCT root FROM articles ORDER BY root")]

    def reprints(self, article_id: str) -> tuple[str, ...]:
        """Ids of the other articles that carry the same story (small edits, another script), the earliest first."""
        return tuple(other for other in reprints.group(self._db, article_id) if other != article_id)

    def origin(self, article_id: str) -> str:
        """The id of the earliest article with this story; the article's own when nobody was before it."""
        return reprints.group(self._db, article_id)[0]

    def overview(self) -> list[ArticleInfo]:
        """What there is to list of every article, by source; reads no texts."""
        rows = self._db.execute(
            "SELECT id, source, title, outlet, date, authors, language, script, length(text) AS characters, "
            "(SELECT count(*) FROM passages WHERE article_id = articles.id) AS passages FROM articles ORDER BY source"
        )
        return [ArticleInfo(**{**dict(row), "authors": tuple(json.loads(row["authors"]))}) for row in rows]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every article's id and clean text, by source, one at a time."""
        for row in self._db.execute("SELECT id, text FROM articles ORDER BY source"):
            yield row["id"], row["text"]

    def count(self) -> tuple[int, int]:
        """Numbers of articles and passages."""
        row = self._db.execute("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)").fetchone()
        return int(row[0]), int(row[1])


def _passage(row: sqlite3.Row) -> Passage:
    return Passage(
        id=row["id"],
        article_id=row["article_id"],
        title=row["title"],
        source=row["source"],
        date=row["date"],
        text=row["slice"],
        start=row["start"],
        end=row["end"],
    )
