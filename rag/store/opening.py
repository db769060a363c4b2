"""Opening an index: made where there is none, checked that it fits, one connection a thread, one writer."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from rag.config import Config
from rag.embed import SentenceEmbedder
from rag.errors import StoreError
from rag.store.rows import DATABASE, SCHEMA, TABLES

LOCK = "write.lock"


class Opened:
    """An index on disk with its database."""

    def __init__(self, path: Path, config: Config, embedder: SentenceEmbedder) -> None:
        self.path = path
        self.config = config
        self.embedder = embedder
        self._local = threading.local()

    @classmethod
    def open(cls, path: str | Path, config: Config, embedder: SentenceEmbedder, *, create: bool = False) -> Self:
        """Open an index, checking that it was made by this version with this embedder.

        Raises:
            StoreError: there is no index (and `create` is not set), it is damaged, of another version,
                or made with other settings; the message says what to do.
        """
        path = Path(path)
        store = cls(path, config, embedder)
        if not (path / DATABASE).is_file():
            if not create:
                raise StoreError(f"There is no index in {path}. Build one: python -m rag build ARTICLES --store {path}")
            store._create()
        store._check()
        return store

    def _create(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The index folder {self.path} can't be made ({error.strerror}). Choose another."
            ) from error
        with self.writing():
            if (self.path / DATABASE).is_file():
                return
            # Made under another name and moved into place, so that no reader meets a database without tables.
            draft = self.path / (DATABASE + ".new")
            try:
                self._draft(draft)
            except (sqlite3.OperationalError, OSError) as error:
                raise StoreError(
                    f"The index folder {self.path} can't be written ({error}). Check the space on the disk."
                ) from error
            draft.replace(self.path / DATABASE)

    def _draft(self, draft: Path) -> None:
        draft.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(draft)) as db, db:
            db.executescript(TABLES)
            values = {
                "schema": SCHEMA,
                "generation": 0,
                "settings": self.config.fingerprint(),
                "passage_tokens": self.config.passage_tokens,
                "embedder": self.embedder.fingerprint,
            }
            db.executemany("INSERT INTO meta VALUES (?, ?)", [(k, str(v)) for k, v in values.items()])

    def _check(self) -> None:
        anew = f"Build it anew: delete {self.path} and run python -m rag build ARTICLES --store {self.path}"
        try:
            meta = self._meta()
        except sqlite3.OperationalError as error:  # a right, a lock, the disk: says nothing about what is in it
            raise StoreError(
                f"The index in {self.path} can't be opened ({error}). Check your right to write in this folder."
            ) from error
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self.path / DATABASE} is not an index or is damaged ({error}). {anew}") from error
        if meta.get("schema") != str(SCHEMA):
            raise StoreError(f"The index in {self.path} is of another version of this program. {anew}")
        if meta["embedder"] != self.embedder.fingerprint:
            raise StoreError(
                f"The index in {self.path} was built with the embedding model {meta['embedder']!r}, the settings "
                f"now name {self.embedder.fingerprint!r}. Use the same model (RAG_EMBEDDER), or another store. {anew}"
            )
        if meta["settings"] != self.config.fingerprint():
            raise StoreError(
                f"The index in {self.path} was built with passages of {meta['passage_tokens']} tokens, the settings "
                f"now say {self.config.passage_tokens}. Set RAG_PASSAGE_TOKENS={meta['passage_tokens']}. {anew}"
            )

    @property
    def _db(self) -> sqlite3.Connection:
        """This thread's connection, in autocommit: transactions are begun by hand."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = sqlite3.connect(self.path / DATABASE, timeout=30, isolation_level=None)
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA journal_mode = WAL")
            self._local.db = db
        return db

    def _meta(self) -> dict[str, str]:
        return {row["key"]: row["value"] for row in self._db.execute("SELECT key, value FROM meta")}

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the one writer's place.

        Raises:
            StoreError: somebody else is writing.
        """
        lock = FileLock(self.path / LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise StoreError(f"Another build is writing to {self.path}. Wait for it to end, then try again.") from None
        except OSError as error:
            raise StoreError(f"The index folder {self.path} can't be written ({error.strerror}).") from error
        try:
            yield
        finally:
            lock.release()
