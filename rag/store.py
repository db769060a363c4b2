"""One index: articles and passages in SQLite, vectors in FAISS; replaced as a whole, never half.

The SQLite transaction names the generation of the vector file it belongs with. A sync writes the new
vector file first and commits after, so a crash at any instant leaves the old index or the new one;
files of other generations are swept on the next sync. Readers take a snapshot: the rows and the vectors
they see are of one generation, and a new generation is noticed without a restart.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from rag.chunks import passages as split_passages
from rag.clean import clean
from rag.config import Config
from rag.embed import Progress, SentenceEmbedder
from rag.errors import StoreError
from rag.types import Article, Passage, Segment, SyncReport

SCHEMA = 1
DATABASE = "articles.sqlite"
LOCK = "write.lock"

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE articles (
    id TEXT PRIMARY KEY, source TEXT NOT NULL UNIQUE, root TEXT NOT NULL, hash TEXT NOT NULL,
    title TEXT NOT NULL, outlet TEXT, url TEXT, date TEXT, authors TEXT NOT NULL,
    language TEXT NOT NULL, script TEXT NOT NULL, text TEXT NOT NULL, raw TEXT NOT NULL, alignment TEXT NOT NULL
);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY,  -- the vector's id in FAISS
    id TEXT NOT NULL UNIQUE, article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL
);
CREATE INDEX passages_by_article ON passages(article_id, start);
CREATE TABLE excluded (source TEXT PRIMARY KEY);
"""

Vectors = Any  # faiss.IndexIDMap2; faiss has no types


class Store:
    """An index on disk. Open it with `Store.open`; one writer at a time, any number of readers and threads."""

    def __init__(self, path: Path, config: Config, embedder: SentenceEmbedder) -> None:
        self.path = path
        self.config = config
        self.embedder = embedder
        self._local = threading.local()
        self._vectors: tuple[int, Vectors] | None = None
        self._vectors_lock = threading.Lock()
        self._article_cache = lru_cache(maxsize=512)(self._read_article)

    # ── opening ───────────────────────────────────────────────────────────────────────────────

    @classmethod
    def open(cls, path: str | Path, config: Config, embedder: SentenceEmbedder, *, create: bool = False) -> Store:
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
            draft.unlink(missing_ok=True)
            with contextlib.closing(sqlite3.connect(draft)) as db, db:
                db.executescript(_TABLES)
                values = {
                    "schema": SCHEMA,
                    "generation": 0,
                    "settings": self.config.fingerprint(),
                    "passage_tokens": self.config.passage_tokens,
                    "embedder": self.embedder.fingerprint,
                }
                db.executemany("INSERT INTO meta VALUES (?, ?)", [(k, str(v)) for k, v in values.items()])
            draft.replace(self.path / DATABASE)

    def _check(self) -> None:
        anew = f"Build it anew: delete {self.path} and run python -m rag build ARTICLES --store {self.path}"
        try:
            meta = self._meta()
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

    # ── reading ───────────────────────────────────────────────────────────────────────────────

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
    def snapshot(self) -> Iterator[Vectors]:
        """A consistent view: rows read inside belong with the vectors it yields."""
        db = self._db
        if db.in_transaction:  # nested: the outer view holds
            yield self._vectors_of(self.generation)
            return
        for attempt in (0, 1, 2):
            db.execute("BEGIN")
            try:
                vectors = self._vectors_of(self.generation)
            except FileNotFoundError:
                # A writer replaced the file between our reading its name and opening it: look again.
                db.execute("ROLLBACK")
                if attempt == 2:
                    raise StoreError(
                        f"The vectors of the index in {self.path} are missing. Delete the folder and build it anew."
                    ) from None
                continue
            try:
                yield vectors
            finally:
                db.execute("ROLLBACK")
            return

    @property
    def generation(self) -> int:
        """Number of the index's current version; each sync that changes anything adds one."""
        return int(self._db.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()[0])

    def _vector_file(self, generation: int) -> Path:
        return self.path / f"vectors-{generation:06d}.faiss"

    def _vectors_of(self, generation: int) -> Vectors:
        import faiss

        with self._vectors_lock:
            if self._vectors is None or self._vectors[0] != generation:
                if generation == 0:
                    return faiss.IndexIDMap2(faiss.IndexFlatIP(self.embedder.dimension))
                file = self._vector_file(generation)
                if not file.is_file():
                    raise FileNotFoundError(file)
                try:
                    index = faiss.read_index(str(file))
                except RuntimeError as error:
                    if not file.is_file():
                        raise FileNotFoundError(file) from error
                    raise StoreError(f"{file} is damaged. Delete the folder {self.path} and build it anew.") from error
                self._vectors = (generation, index)
                self._article_cache.cache_clear()
            return self._vectors[1]

    def dense(self, vector: np.ndarray[Any, Any], k: int) -> list[tuple[int, float]]:
        """The k passages nearest to a unit vector, as (number, cosine), best first, ties by number."""
        with self.snapshot() as index:
            k = min(k, index.ntotal)
            if k == 0:
                return []
            scores, numbers = index.search(np.asarray(vector, np.float32).reshape(1, -1), k)
            return sorted(zip(numbers[0].tolist(), scores[0].tolist(), strict=True), key=lambda hit: (-hit[1], hit[0]))

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """Passages by number, in the order asked; numbers no longer there are left out."""
        marks = ",".join("?" * len(numbers))
        rows = {r["number"]: r for r in self._db.execute(f"SELECT * FROM passages WHERE number IN ({marks})", numbers)}
        return [self._passage(rows[number]) for number in numbers if number in rows]

    def passage(self, passage_id: str) -> Passage:
        """One passage by its id.

        Raises:
            StoreError: there is no such passage.
        """
        row = self._db.execute("SELECT * FROM passages WHERE id = ?", (passage_id,)).fetchone()
        if row is None:
            raise StoreError(f"There is no passage {passage_id!r} in {self.path}.")
        return self._passage(row)

    def _passage(self, row: sqlite3.Row) -> Passage:
        article = self.article(row["article_id"])
        return Passage(
            id=row["id"],
            article_id=article.id,
            title=article.title,
            source=article.source,
            date=article.date,
            text=article.text[row["start"] : row["end"]],
            start=row["start"],
            end=row["end"],
        )

    def article(self, article_id: str) -> Article:
        """One article by its id.

        Raises:
            StoreError: there is no such article.
        """
        return self._article_cache(article_id, self.generation)

    def _read_article(self, article_id: str, _generation: int) -> Article:
        row = self._db.execute("SELECT * FROM articles WHERE id = ?", (article_id,)).fetchone()
        if row is None:
            raise StoreError(f"There is no article {article_id!r} in {self.path}. List them: python -m rag articles")
        return _article(row)

    def articles(self) -> list[Article]:
        """Every article, by source."""
        return [_article(row) for row in self._db.execute("SELECT * FROM articles ORDER BY source")]

    def count(self) -> tuple[int, int]:
        """Numbers of articles and passages."""
        row = self._db.execute("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)").fetchone()
        return int(row[0]), int(row[1])

    # ── writing ───────────────────────────────────────────────────────────────────────────────

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

    def sync(
        self,
        articles: Iterable[Article],
        roots: Sequence[str] = (),
        *,
        restore: bool = False,
        reclean: bool = False,
        root_of: Callable[[Article], str] | None = None,
        skipped: Sequence[tuple[str, str]] = (),
        progress: Progress | None = None,
    ) -> SyncReport:
        """Make the index hold exactly these articles under these roots, in one atomic step.

        Args:
            articles: as read, not cleaned. An article whose file has not changed is left as it is.
            roots: articles stored under one of these and not among `articles` are removed.
            restore: take articles back in that `remove` took out.
            reclean: clean and embed unchanged articles again.
            root_of: the root an article belongs to; the first root when absent.
            skipped: files that could not be read, for the report; may fill while `articles` is consumed.
            progress: called with (passages embedded, passages to embed).

        Raises:
            StoreError: another build is running, or the disk is full; the old index stays as it was.
        """
        with self.writing():
            db = self._db
            old = {row["source"]: row for row in db.execute("SELECT source, id, hash, root FROM articles")}
            excluded = set() if restore else {row["source"] for row in db.execute("SELECT source FROM excluded")}
            fresh: list[tuple[Article, str, str]] = []  # cleaned article, hash, root
            added, changed, unchanged = [], [], []
            left_out: list[tuple[str, str]] = []
            seen = set()
            for article in articles:
                if article.source in excluded:
                    left_out.append((article.source, "taken out with remove; --restore brings it back"))
                    continue
                root = root_of(article) if root_of else (roots[0] if roots else "")
                digest = sha256(article.raw.encode("utf-8", "surrogatepass")).hexdigest()
                before = old.get(article.source)
                if before is not None and before["root"] != root and before["root"] not in roots:
                    raise StoreError(
                        f"{article.source!r} is already indexed from {before['root']}. Rename one of the two, "
                        "build their common parent folder, or use another store."
                    )
                seen.add(article.source)
                if before is not None and before["hash"] == digest and before["root"] == root and not reclean:
                    unchanged.append(article.id)
                    continue
                (added if before is None else changed).append(article.id)
                fresh.append((clean(article), digest, root))
            gone = [row for source, row in old.items() if row["root"] in roots and source not in seen]
            moved = _moved(gone, [(a.id, h) for a, h, _ in fresh if a.id in set(added)])
            new_ids = {new for _, new in moved}
            report = SyncReport(
                added=tuple(i for i in added if i not in new_ids),
                changed=tuple(changed),
                removed=tuple(row["id"] for row in gone if row["id"] not in {o for o, _ in moved}),
                unchanged=tuple(unchanged),
                moved=tuple(moved),
                skipped=(*skipped, *left_out),
            )
            if fresh or gone:
                self._replace(fresh, [row["id"] for row in gone], excluded if restore else None, progress)
            if restore:
                db.execute("DELETE FROM excluded")
            return report

    def remove(self, names: Sequence[str]) -> tuple[str, ...]:
        """Take articles out by id or source; they stay out on the next build. Returns their ids.

        Raises:
            StoreError: a name is neither; nothing is removed then.
        """
        with self.writing():
            rows = []
            for name in names:
                row = self._db.execute("SELECT id, source FROM articles WHERE ? IN (id, source)", (name,)).fetchone()
                if row is None:
                    raise StoreError(f"No article has the id or source {name!r}. List them: python -m rag articles")
                rows.append(row)
            self._replace([], [row["id"] for row in rows], {row["source"] for row in rows}, None)
            return tuple(dict.fromkeys(row["id"] for row in rows))

    def _replace(
        self,
        fresh: Sequence[tuple[Article, str, str]],
        gone: Sequence[str],
        exclude: Iterable[str] | None,
        progress: Progress | None,
    ) -> None:
        """Write the next generation: vectors first, then the transaction that names them."""
        import faiss

        db = self._db
        generation = self.generation
        self._sweep(generation)
        # Cloned: readers of this process go on searching the one in memory.
        vectors = faiss.clone_index(self._vectors_of(generation))
        db.execute("BEGIN IMMEDIATE")
        try:
            for article_id in (*gone, *(article.id for article, _, _ in fresh)):
                numbers = [r[0] for r in db.execute("SELECT number FROM passages WHERE article_id = ?", (article_id,))]
                if numbers:
                    vectors.remove_ids(np.asarray(numbers, np.int64))
                db.execute("DELETE FROM articles WHERE id = ?", (article_id,))
            new = [(article, split_passages(article, self.config.passage_tokens)) for article, _, _ in fresh]
            texts = [_embedded_text(article, passage) for article, pieces in new for passage in pieces]
            embedded = self.embedder.encode(texts, progress=progress)
            first = int(db.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()[0])
            number = int(db.execute("SELECT coalesce(max(number), -1) + 1 FROM passages").fetchone()[0])
            start = number
            for (article, pieces), (_, digest, root) in zip(new, fresh, strict=True):
                _insert(db, article, digest, root)
                for passage in pieces:
                    db.execute(
                        "INSERT INTO passages VALUES (?, ?, ?, ?, ?)",
                        (number, passage.id, article.id, passage.start, passage.end),
                    )
                    number += 1
            if number > start:
                vectors.add_with_ids(embedded, np.arange(start, number, dtype=np.int64))
            if exclude is not None:
                db.executemany("INSERT OR IGNORE INTO excluded VALUES (?)", [(source,) for source in sorted(exclude)])
            faiss.write_index(vectors, str(self._vector_file(first + 1)))
            db.execute("UPDATE meta SET value = ? WHERE key = 'generation'", (str(first + 1),))
            db.execute("COMMIT")
        except BaseException as error:
            with contextlib.suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            self._sweep(generation)
            if isinstance(error, (sqlite3.OperationalError, OSError)) or "write" in str(error).lower():
                raise StoreError(
                    f"The index in {self.path} could not be written ({error}). It is as it was before; "
                    "check the space on the disk and your right to write there."
                ) from error
            raise
        self._sweep(first + 1)

    def _sweep(self, generation: int) -> None:
        """Delete vector files of other generations (an interrupted build's, or the one just replaced)."""
        for file in self.path.glob("vectors-*.faiss"):
            if file != self._vector_file(generation):
                with contextlib.suppress(OSError):
                    file.unlink()


def _embedded_text(article: Article, passage: Passage) -> str:
    """What is embedded for a passage: the title is context, and no part of the passage's offsets."""
    return f"{article.title}\n{passage.text}"


def _moved(gone: Sequence[sqlite3.Row], added: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs (old id, new id) of articles with the same content under another name."""
    by_hash: dict[str, list[str]] = {}
    for row in gone:
        by_hash.setdefault(row["hash"], []).append(row["id"])
    pairs = []
    for article_id, digest in added:
        if by_hash.get(digest):
            pairs.append((by_hash[digest].pop(0), article_id))
    return pairs


def _insert(db: sqlite3.Connection, article: Article, digest: str, root: str) -> None:
    db.execute(
        "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            article.id,
            article.source,
            root,
            digest,
            article.title,
            article.outlet,
            article.url,
            article.date,
            json.dumps(article.authors, ensure_ascii=False),
            article.language,
            article.script,
            article.text,
            article.raw,
            json.dumps([dataclasses.astuple(segment) for segment in article.alignment]),
        ),
    )


def _article(row: sqlite3.Row) -> Article:
    return Article(
        id=row["id"],
        source=row["source"],
        title=row["title"],
        outlet=row["outlet"],
        url=row["url"],
        date=row["date"],
        authors=tuple(json.loads(row["authors"])),
        language=row["language"],
        script=row["script"],
        text=row["text"],
        raw=row["raw"],
        alignment=tuple(Segment(*values) for values in json.loads(row["alignment"])),
    )
