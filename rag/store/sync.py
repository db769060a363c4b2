"""Bringing an index up to date, as planned: clean, embed, write, in steps that are atomic each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from rag.chunks import passages as split_passages
from rag.clean import clean, shared_sentences
from rag.embed import Progress
from rag.errors import StoreError
from rag.store.lexical import embedded_text
from rag.store.plan import Excluded, Fresh, Plan, compare, within
from rag.store.roots import Scope
from rag.store.write import New, Vector, Writable
from rag.types import Article, SyncReport

STEP = 1024  # passages embedded and committed together: what an interrupted build may have to do again
PART = 16  # a step is at least this part of the index, so that writing its vectors never outweighs embedding
FEW = 10  # new articles from which sentences that they share tell something
EMPTIED = "cleaning leaves nothing of it: it has no sentences of an article, perhaps only a title, a menu or a list; "
EMPTIED += "add the article's text, or take it out"


class Store(Writable):
    """An index on disk. Open it with `Store.open`; one writer at a time, any number of readers and threads."""

    def sync(
        self,
        articles: Iterable[Article],
        roots: Sequence[str | Scope] = (),
        *,
        restore: bool = False,
        reclean: bool = False,
        root_of: Callable[[Article], str] | None = None,
        path_of: Callable[[Article], str] | None = None,
        skipped: Sequence[tuple[str, str]] = (),
        notes: Sequence[tuple[str, str]] = (),
        unread: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ) -> SyncReport:
        """Make the index hold exactly these articles under these roots.

        It is done in steps of some thousand passages. Each is atomic, so whenever it is interrupted, each article is as
        it was or as it should be, and the next sync goes on from there. A passage whose text the article had before,
        here or elsewhere, is not embedded again.

        Args:
            articles: as read, not cleaned. An article whose file has not changed is left as it is.
            roots: articles stored under one of these and not among `articles` are removed.
            restore: take articles back in that `remove` took out.
            reclean: clean and embed unchanged articles again.
            root_of: the root an article belongs to; the first root when absent.
            path_of: what the user calls an article's file, for the report; its source when absent.
            skipped: files that could not be read, for the report; may fill while `articles` is consumed.
            notes: what was read, but not for certain, for the report; may fill likewise.
            unread: sources that could not be read, with their paths; may fill likewise. What the index has of them,
                or below them, stays.
            progress: called with (passages embedded, passages to embed).

        Raises:
            StoreError: another build is running, or the disk is full; what is in the index by then stays.
        """
        covered = [root if isinstance(root, Scope) else Scope(root) for root in roots]
        first = covered[0].root if covered else ""
        with self.writing():
            db = self._db
            self._sweep(self.generation)
            try:
                self._vectors_of(self.generation)
            except FileNotFoundError:
                raise self._no_vectors() from None
            rows = db.execute("SELECT id, source, hash, root FROM articles ORDER BY source").fetchall()
            excluded = Excluded(db.execute("SELECT id, source, root, hash FROM excluded").fetchall(), restore)
            plan = compare(articles, rows, covered, excluded, root_of or (lambda article: first), reclean=reclean)
            new, emptied = self._clean(plan, reclean)
            paths = {one.article.id: (path_of or _source)(one.article) for one in emptied}
            out_of_sight = {**(unread or {}), **{one.article.source: paths[one.article.id] for one in emptied}}
            left = {one.before["id"]: one.before["source"] for one in emptied if one.before is not None}
            missing = plan.missing | left
            kept = {
                one: place
                for one, source in missing.items()
                if (place := paths.get(one) or within(source, out_of_sight)) is not None
            }
            gone = [one for one in missing if one not in kept]
            report = SyncReport(
                added=tuple(plan.ids("added")),
                changed=tuple(plan.ids("changed")),
                removed=tuple(gone),
                unchanged=tuple(plan.unchanged),
                moved=tuple(plan.moved),
                skipped=(
                    *_still_there([*skipped, *((path, EMPTIED) for path in paths.values())], set(kept.values())),
                    *plan.excluded,
                ),
                notes=(*notes, *plan.notes),
            )
            if new or gone or plan.named:
                self._write(new, gone, plan, reclean, progress)
            db.executemany("DELETE FROM excluded WHERE id = ? AND root = ?", excluded.restored)
            return report

    def remove(self, names: Sequence[str]) -> tuple[str, ...]:
        """Take articles out by id or source; they stay out on the next build. Returns their ids.

        Raises:
            StoreError: a name is neither; nothing is removed then.
        """
        with self.writing():
            rows = []
            for name in names:
                query = "SELECT id, source, root, hash FROM articles WHERE ? IN (id, source)"
                row = self._db.execute(query, (name,)).fetchone()
                if row is None:
                    raise StoreError(f"No article has the id or source {name!r}. List them: python -m rag articles")
                rows.append(row)
            self._replace([], [row["id"] for row in rows], exclude=[tuple(row) for row in rows])
            return tuple(dict.fromkeys(row["id"] for row in rows))

    def _clean(self, plan: Plan, reclean: bool) -> tuple[list[New], list[Fresh]]:
        """The planned articles, cleaned and cut; and apart, out of the plan, those of which nothing is left.

        What was found empty is remembered, so that it is cleaned again only when it has changed.
        """
        for old, root in plan.taken.items():
            self._record(
                "INSERT OR IGNORE INTO boilerplate SELECT ?, sentence FROM boilerplate WHERE root = ?", [(root, old)]
            )
        known = set() if reclean else {tuple(row) for row in self._db.execute("SELECT id, hash FROM emptied")}
        fresh = [one for one in plan.fresh if (one.article.id, one.digest) not in known]
        boilerplate = self._boilerplate(fresh)
        new: list[New] = []
        for one in fresh:
            cleaned = clean(one.article, boilerplate[one.root])
            pieces = split_passages(cleaned, self.config.passage_tokens)
            texts = [embedded_text(cleaned.title, piece.text) for piece in pieces]
            if pieces:
                before = one.before["id"] if one.before is not None else None
                new.append(New(cleaned, pieces, texts, one.digest, one.root, before))
        full = {one.article.id for one in new}
        emptied = [one for one in plan.fresh if one.article.id not in full]
        self._record("DELETE FROM emptied WHERE id = ?", [(one,) for one in full])
        self._record("INSERT OR REPLACE INTO emptied VALUES (?, ?)", [(one.article.id, one.digest) for one in emptied])
        plan.fresh = [one for one in plan.fresh if one.article.id in full]
        return new, emptied

    def _write(
        self, new: Sequence[New], gone: Sequence[str], plan: Plan, reclean: bool, progress: Progress | None
    ) -> None:
        """Embed and write, step by step. What is gone goes first; an article leaves its old place in the same step."""
        known = {} if reclean else self._embedded([one.before for one in new if one.before is not None])
        total, done = sum(text not in known for one in new for text in one.texts), 0

        def tell(step: int, _: int) -> None:
            if progress:
                progress(done + step, total)

        ids = {one.article.id for one in new}  # writing an article takes out what had its id
        named, out = plan.named, list(gone)
        for step in _steps(new, max(STEP, self.count()[1] // PART)) or [[]]:
            out += [one.before for one in step if one.before is not None and one.before not in ids]
            texts = [text for one in step for text in one.texts]
            unknown = [text for text in texts if text not in known]
            if unknown:
                known |= dict(zip(unknown, self.embedder.encode(unknown, progress=tell), strict=True))
            self._replace(step, out, named=named, embedded=[known[text] for text in texts])
            named, out, done = [], [], done + len(unknown)

    def _embedded(self, ids: Iterable[str]) -> dict[str, Vector]:
        """What is embedded of articles in the index, with the vectors."""
        vectors, found = self._vectors_of(self.generation), {}
        query = "SELECT number, title, substr(text, passages.start + 1, passages.end - passages.start) "
        query += "FROM passages JOIN articles ON articles.id = article_id WHERE article_id = ?"
        for one in ids:
            for number, title, text in self._db.execute(query, (one,)):
                found[embedded_text(title, text)] = vectors.reconstruct(number)
        return found

    def _boilerplate(self, fresh: Sequence[Fresh]) -> dict[str, frozenset[str]]:
        """For each root the sentences its articles share as chrome: those known, and those the new ones show."""
        known: dict[str, frozenset[str]] = {}
        for root in dict.fromkeys(one.root for one in fresh):
            rows = self._db.execute("SELECT sentence FROM boilerplate WHERE root = ?", (root,))
            found = frozenset(row[0] for row in rows)
            raws = [one.article.raw for one in fresh if one.root == root]
            if len(raws) >= FEW:
                more = shared_sentences(raws) - found
                pairs = [(root, sentence) for sentence in sorted(more)]
                self._record("INSERT OR IGNORE INTO boilerplate VALUES (?, ?)", pairs)
                found |= more
            known[root] = found
        return known


def _steps(new: Sequence[New], size: int) -> list[list[New]]:
    """Articles in order, in runs of at least `size` passages."""
    steps: list[list[New]] = []
    count = size
    for item in new:
        if count >= size:
            steps.append([])
            count = 0
        steps[-1].append(item)
        count += len(item.pieces)
    return steps


def _source(article: Article) -> str:
    return article.source


def _still_there(skipped: Iterable[tuple[str, str]], paths: Collection[str]) -> Iterator[tuple[str, str]]:
    """The skipped files, with a word on those whose older version stays in the index."""
    for path, reason in skipped:
        stays = " (what was indexed of it before stays; delete it to take it out)" if path in paths else ""
        yield path, reason + stays
