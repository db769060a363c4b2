"""Bringing an index up to date: what is added, changed, removed, moved; in steps that are atomic each."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import numpy as np

from rag.chunks import passages as split_passages
from rag.clean import clean, shared_sentences
from rag.embed import Progress
from rag.errors import StoreError
from rag.store import reprints
from rag.store.lexical import embedded_text, index_names
from rag.store.postings import add
from rag.store.read import Readable
from rag.store.rows import insert_article
from rag.text import words
from rag.types import Article, Passage, SyncReport, file_title

STEP = 1024  # passages embedded and committed together: what an interrupted build may have to do again
PART = 16  # a step is at least this part of the index, so that writing its vectors never outweighs embedding
FEW = 10  # new articles from which sentences that they share tell something
New = tuple[Article, list[Passage], str, str]  # cleaned, its passages, hash, root


class Store(Readable):
    """An index on disk. Open it with `Store.open`; one writer at a time, any number of readers and threads."""

    def sync(
        self,
        articles: Iterable[Article],
        roots: Sequence[str] = (),
        *,
        restore: bool = False,
        reclean: bool = False,
        root_of: Callable[[Article], str] | None = None,
        skipped: Sequence[tuple[str, str]] = (),
        notes: Sequence[tuple[str, str]] = (),
        unread: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ) -> SyncReport:
        """Make the index hold exactly these articles under these roots.

        It is done in steps of some thousand passages. Each is atomic, so whenever it is interrupted, each article is as
        it was or as it should be, and the next sync goes on from there.

        Args:
            articles: as read, not cleaned. An article whose file has not changed is left as it is.
            roots: articles stored under one of these and not among `articles` are removed.
            restore: take articles back in that `remove` took out.
            reclean: clean and embed unchanged articles again.
            root_of: the root an article belongs to; the first root when absent.
            skipped: files that could not be read, for the report; may fill while `articles` is consumed.
            notes: what was read, but not for certain, for the report; may fill likewise.
            unread: sources that could not be read, with their paths; may fill likewise. What the index has of them,
                or below them, stays.
            progress: called with (passages embedded, passages to embed).

        Raises:
            StoreError: another build is running, or the disk is full; what is in the index by then stays.
        """
        with self.writing():
            db = self._db
            self._sweep(self.generation)
            old = {row["source"]: row for row in db.execute("SELECT source, id, hash, root FROM articles")}
            excluded = set() if restore else {row["source"] for row in db.execute("SELECT source FROM excluded")}
            fresh: list[tuple[Article, str, str]] = []  # as read, hash, root
            added: list[str] = []
            changed: list[str] = []
            unchanged: list[str] = []
            left_out: list[tuple[str, str]] = []
            seen = set()
            for article in articles:
                if article.source in excluded:
                    left_out.append((article.source, "taken out with remove; --restore brings it back"))
                    continue
                root = root_of(article) if root_of else (roots[0] if roots else "")
                digest = _digest(article)
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
                fresh.append((article, digest, root))
            missing = [row for source, row in old.items() if row["root"] in roots and source not in seen]
            kept = {row["source"]: place for row in missing if (place := _within(row["source"], unread or {}))}
            gone = [row for row in missing if row["source"] not in kept]
            new = set(added)
            moved = _moved(gone, [(a.id, h) for a, h, _ in fresh if a.id in new])
            new_ids = {new for _, new in moved}
            report = SyncReport(
                added=tuple(i for i in added if i not in new_ids),
                changed=tuple(changed),
                removed=tuple(row["id"] for row in gone if row["id"] not in {o for o, _ in moved}),
                unchanged=tuple(unchanged),
                moved=tuple(moved),
                skipped=(*_still_there(skipped, set(kept.values())), *left_out),
                notes=tuple(notes),
            )
            if fresh or gone:
                self._write(fresh, [row["id"] for row in gone], moved, progress)
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
            self._replace([], [row["id"] for row in rows], {row["source"] for row in rows})
            return tuple(dict.fromkeys(row["id"] for row in rows))

    def _write(
        self,
        fresh: Sequence[tuple[Article, str, str]],
        gone: Sequence[str],
        moved: Sequence[tuple[str, str]],
        progress: Progress | None,
    ) -> None:
        """Clean, embed and write, step by step. An article that has moved leaves its old place in the same step."""
        boilerplate = self._boilerplate(fresh)
        tokens = self.config.passage_tokens
        new: list[New] = []
        for article, digest, root in fresh:
            cleaned = clean(article, boilerplate[root])
            new.append((cleaned, split_passages(cleaned, tokens), digest, root))
        total, done = sum(len(pieces) for _, pieces, _, _ in new), 0

        def tell(step: int, _: int) -> None:
            if progress:
                progress(done + step, total)

        moved_to, left = dict(moved), list(gone)
        steps = _steps(new, max(STEP, self.count()[1] // PART)) or [[]]
        for step in steps:
            ids = {article.id for article, _, _, _ in step}
            out = [old for old in left if step is steps[-1] or moved_to.get(old) in ids]
            left = [old for old in left if moved_to.get(old) not in ids]
            texts = [embedded_text(article, passage) for article, pieces, _, _ in step for passage in pieces]
            self._replace(step, out, (), self.embedder.encode(texts, progress=tell) if texts else None)
            done += len(texts)

    def _boilerplate(self, fresh: Sequence[tuple[Article, str, str]]) -> dict[str, frozenset[str]]:
        """For each root the sentences its articles share as chrome: those known, and those the new ones show."""
        known: dict[str, frozenset[str]] = {}
        for root in dict.fromkeys(root for _, _, root in fresh):
            rows = self._db.execute("SELECT sentence FROM boilerplate WHERE root = ?", (root,))
            found = frozenset(row[0] for row in rows)
            raws = [article.raw for article, _, place in fresh if place == root]
            if len(raws) >= FEW:
                more = shared_sentences(raws) - found
                try:
                    pairs = [(root, sentence) for sentence in sorted(more)]
                    self._db.executemany("INSERT OR IGNORE INTO boilerplate VALUES (?, ?)", pairs)
                except sqlite3.OperationalError as error:
                    raise self._unwritable(error) from error
                found |= more
            known[root] = found
        return known

    def _replace(
        self,
        fresh: Sequence[New],
        gone: Sequence[str],
        exclude: Iterable[str],
        embedded: np.ndarray[Any, np.dtype[np.float32]] | None = None,
    ) -> None:
        """Write the next generation: vectors first, then the transaction that names them."""
        import faiss

        db = self._db
        generation = self.generation
        self._sweep(generation)
        # Cloned: readers of this process go on searching the one in memory.
        vectors = faiss.clone_index(self._vectors_of(generation))
        # Before the transaction, too: another program may want the database meanwhile.
        found = [[words(embedded_text(article, passage)) for passage in pieces] for article, pieces, _, _ in fresh]
        try:
            db.execute("BEGIN IMMEDIATE")
            for article_id in (*gone, *(article.id for article, _, _, _ in fresh)):
                numbers = [r[0] for r in db.execute("SELECT number FROM passages WHERE article_id = ?", (article_id,))]
                if numbers:
                    vectors.remove_ids(faiss.IDSelectorBatch(np.asarray(numbers, np.int64)))
                db.execute("DELETE FROM articles WHERE id = ?", (article_id,))
            number = int(db.execute("SELECT coalesce(max(seq), -1) + 1 FROM sqlite_sequence").fetchone()[0])
            start = number
            for (article, pieces, digest, root), of_pieces in zip(fresh, found, strict=True):
                insert_article(db, article, digest, root)
                for passage, of_piece in zip(pieces, of_pieces, strict=True):
                    db.execute(
                        "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?)",
                        (number, passage.id, article.id, passage.start, passage.end, len(of_piece)),
                    )
                    number += 1
            add(db, enumerate((of_piece for of_pieces in found for of_piece in of_pieces), start))
            index_names(db, [article for article, _, _, _ in fresh])
            if embedded is not None and number > start:
                vectors.add_with_ids(embedded, np.arange(start, number, dtype=np.int64))
            reprints.record(db, [(article.id, article.text) for article, _, _, _ in fresh])
            db.executemany("INSERT OR IGNORE INTO excluded VALUES (?)", [(source,) for source in sorted(exclude)])
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


def _steps(new: Sequence[New], size: int) -> list[list[New]]:
    """Articles in order, in runs of at least `size` passages."""
    steps: list[list[New]] = []
    count = size
    for item in new:
        if count >= size:
            steps.append([])
            count = 0
        steps[-1].append(item)
        count += len(item[1])
    return steps


def _digest(article: Article) -> str:
    """What tells whether an article has changed: its raw text, and what its format states beside it."""
    beside = (article.outlet, article.url, article.date, *article.authors)
    # A file's name is left out, so that a file that has only moved is recognised.
    title = "" if article.title == file_title(article.source) else article.title
    stated = "\x1f".join(part or "" for part in (title, *beside)) if title or any(beside) else ""
    return sha256((article.raw + ("\x1e" + stated if stated else "")).encode("utf-8", "surrogatepass")).hexdigest()


def _within(source: str, unread: Mapping[str, str]) -> str | None:
    """The path of the unread file, archive or folder that a source is or lies in; None when it lies in none."""
    ends = (source, *(source[: match.start()] for match in re.finditer("[/#]", source)))
    return next((unread[end] for end in ends if end in unread), None)


def _still_there(skipped: Iterable[tuple[str, str]], paths: Collection[str]) -> Iterator[tuple[str, str]]:
    """The skipped files, with a word on those whose older version stays in the index."""
    for path, reason in skipped:
        stays = " (what was indexed of it before stays; delete it to take it out)" if path in paths else ""
        yield path, reason + stays


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
