"""Writing an index: one generation at a time, vectors and rows together or not at all."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rag.errors import StoreError
from rag.store import reprints
from rag.store.lexical import index_names
from rag.store.postings import add
from rag.store.read import Readable
from rag.store.rows import insert_article
from rag.text import words
from rag.types import Article, Passage

Vector = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class New:
    """An article to write: cleaned, with its passages and what is embedded of them."""

    article: Article
    pieces: list[Passage]
    texts: list[str]
    digest: str
    root: str
    before: str | None  # id of its earlier state


class Writable(Readable):
    """The writing half of an index."""

    def _replace(
        self,
        new: Sequence[New],
        gone: Sequence[str],
        *,
        named: Sequence[tuple[str, str, str]] = (),
        exclude: Sequence[tuple[str, ...]] = (),
        embedded: Sequence[Vector] = (),
    ) -> None:
        """Write the next generation: vectors first, then the transaction that names them.

        Args:
            new: to be written, in place of what has their ids.
            gone: ids to take out.
            named: (id, source, root) of articles of which nothing else is new.
            exclude: (id, source, root, hash) of articles that stay out from now on.
            embedded: the vectors of the new passages, in order.
        """
        import faiss

        db = self._db
        generation = self.generation
        self._sweep(generation)
        # Cloned: readers of this process go on searching the one in memory.
        vectors = faiss.clone_index(self._vectors_of(generation))
        # Before the transaction, too: another program may want the database meanwhile.
        found = [[words(text) for text in one.texts] for one in new]
        try:
            db.execute("BEGIN IMMEDIATE")
            for article_id in (*gone, *(one.article.id for one in new)):
                numbers = [r[0] for r in db.execute("SELECT number FROM passages WHERE article_id = ?", (article_id,))]
                if numbers:
                    vectors.remove_ids(faiss.IDSelectorBatch(np.asarray(numbers, np.int64)))
                db.execute("DELETE FROM articles WHERE id = ?", (article_id,))
            db.executemany("UPDATE articles SET source = ?, root = ? WHERE id = ?", [(s, r, i) for i, s, r in named])
            number = int(db.execute("SELECT coalesce(max(seq), -1) + 1 FROM sqlite_sequence").fetchone()[0])
            start = number
            for one, of_pieces in zip(new, found, strict=True):
                insert_article(db, one.article, one.digest, one.root)
                for passage, of_piece in zip(one.pieces, of_pieces, strict=True):
                    db.execute(
                        "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?)",
                        (number, passage.id, one.article.id, passage.start, passage.end, len(of_piece)),
                    )
                    number += 1
            add(db, enumerate((of_piece for of_pieces in found for of_piece in of_pieces), start))
            index_names(db, [one.article for one in new])
            if number > start:
                vectors.add_with_ids(np.stack(embedded), np.arange(start, number, dtype=np.int64))
            reprints.record(db, [(one.article.id, one.article.text) for one in new])
            db.executemany("INSERT OR REPLACE INTO excluded VALUES (?, ?, ?, ?)", sorted(exclude))
            faiss.write_index(vectors, str(self._vector_file(generation + 1)))
            db.execute("UPDATE meta SET value = ? WHERE key = 'generation'", (str(generation + 1),))
            db.execute("COMMIT")
        except BaseException as error:
            with contextlib.suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            self._sweep(self.generation)  # not `generation`: Ctrl-C may arrive right after the commit
            if isinstance(error, (sqlite3.OperationalError, OSError)) or "write" in str(error).lower():
                raise self._unwritable(error) from error
            raise
        self._sweep(generation + 1)

    def _unwritable(self, error: BaseException) -> StoreError:
        return StoreError(
            f"The index in {self.path} could not be written ({error}). What it held stays as it was; "
            "check the space on the disk and your right to write there, then run the same command again."
        )

    def _sweep(self, generation: int) -> None:
        """Delete vector files of other generations (an interrupted build's, or the one just replaced)."""
        for file in self.path.glob("vectors-*.faiss"):
            if file != self._vector_file(generation):
                with contextlib.suppress(OSError):
                    file.unlink()

    def _record(self, sql: str, rows: Sequence[tuple[str, ...]]) -> None:
        """Write what no reader reads, outside of the generations."""
        if rows:
            try:
                self._db.executemany(sql, rows)
            except sqlite3.OperationalError as error:
                raise self._unwritable(error) from error
