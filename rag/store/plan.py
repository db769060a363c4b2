"""What a sync has to do: each article as read beside what the index holds of it; nothing is written here.

An article is known by its id, which a file's place gives, a record its own id or its text (`rag.articles.records`).
Content comes first: an article with the same text and statements under another id has moved, and only then has one
with the same id changed.
"""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Literal

from rag.errors import StoreError
from rag.store.roots import Scope, inside, seen_from
from rag.types import Article, file_title

Kind = Literal["added", "changed", "moved"]
STAY = "were not found again and stay in the index: take them out with remove, if they are not wanted"
LEFT_OUT = "taken out with remove; --restore brings it back"


@dataclass(frozen=True)
class Fresh:
    """An article to clean and write, and the row whose place it takes."""

    article: Article  # as read
    digest: str
    root: str
    kind: Kind
    before: sqlite3.Row | None


@dataclass
class Plan:
    """What a sync has to do."""

    fresh: list[Fresh] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    named: list[tuple[str, str, str]] = field(default_factory=list)  # id, source, root: all that is new of it
    missing: dict[str, str] = field(default_factory=dict)  # id of what was not read → its source, seen from this build
    excluded: list[tuple[str, str]] = field(default_factory=list)  # source, reason
    taken: dict[str, str] = field(default_factory=dict)  # a root that is no more → the root it has become
    notes: list[tuple[str, str]] = field(default_factory=list)

    def ids(self, kind: Kind) -> list[str]:
        """Ids of the articles to write of one kind."""
        return [one.article.id for one in self.fresh if one.kind == kind]

    @property
    def moved(self) -> list[tuple[str, str]]:
        """Pairs (old id, new id) of articles with the same content in another place."""
        return [(one.before["id"], one.article.id) for one in self.fresh if one.kind == "moved" and one.before]


class Excluded:
    """The articles that were taken out by hand, (id, source, root, hash) each.

    They stay out by their id, and by their content wherever it lies in the same folders by another name. What lies in
    folders of its own, such as a file that is added again, is another article.
    """

    def __init__(self, rows: Sequence[sqlite3.Row], restore: bool) -> None:
        self._by_id, self._by_hash = _grouped(rows, "id"), _grouped(rows, "hash")
        self._restore = restore
        self.restored: list[tuple[str, str]] = []  # id and root of those that a build took in again

    def has(self, article_id: str, content: str, root: str, indexed: bool) -> bool:
        """Whether an article stays out; one that is indexed under this id is not shut out for its content."""
        found = [row for row in self._by_id.get(article_id, ()) if _one_tree(row["root"], root)]
        if not found and not indexed:
            found = [row for row in self._by_hash.get(content, ()) if _one_tree(row["root"], root)]
        if self._restore:
            self.restored += [(row["id"], row["root"]) for row in found]
        return bool(found) and not self._restore


def _grouped(rows: Sequence[sqlite3.Row], column: str) -> dict[str, list[sqlite3.Row]]:
    out: dict[str, list[sqlite3.Row]] = defaultdict(list)
    for row in rows:
        out[row[column]].append(row)
    return out


def _one_tree(a: str, b: str) -> bool:
    return a == b or inside(PurePath(a), PurePath(b)) is not None or inside(PurePath(b), PurePath(a)) is not None


def compare(
    articles: Iterable[Article],
    rows: Sequence[sqlite3.Row],
    scopes: Sequence[Scope],
    excluded: Excluded,
    root_of: Callable[[Article], str],
    *,
    reclean: bool = False,
) -> Plan:
    """The way from the rows (id, source, hash, root) of an index to these articles.

    Raises:
        StoreError: an article has the source of another one, of a root that this build does not cover.
    """
    plan = Plan()
    places = _places(rows, scopes)
    # What lay in a folder that is no more can be found again elsewhere, and is never removed for it.
    there = {root: Path(root).exists() for root in {row["root"] for row in rows if row["id"] not in places}}
    free = {row["id"]: row for row in rows if row["id"] in places or not there[row["root"]]}
    by_source = {row["source"]: row for row in rows}
    by_id = {row["id"]: row for row in rows}
    read: list[tuple[Article, str, str]] = []
    for article in articles:
        root, content = root_of(article), digest(article)
        if excluded.has(article.id, content, root, article.id in by_id):
            plan.excluded.append((article.source, LEFT_OUT))
            continue
        for before in (by_id.get(article.id), by_source.get(article.source)):
            if before is not None and before["id"] not in free and before["root"] != root:
                raise StoreError(
                    f"{article.source!r} is already indexed from {before['root']}. Rename one of the two, "
                    "build their common parent folder, or use another store."
                )
        read.append((article, content, root))
    ids = {article.id for article, _, _ in read}
    found = _match(read, free, places)
    for article, content, root in read:
        row = found.get(article.id)
        if row is None:
            plan.fresh.append(Fresh(article, content, root, "added", None))
            continue
        same_id, same_content = row["id"] == article.id, row["hash"] == content
        if same_id and (row["source"], row["root"]) != (article.source, root):
            plan.named.append((article.id, article.source, root))
        if row["root"] != root and row["id"] not in places:
            plan.taken[row["root"]] = root
        if same_id and same_content and not reclean:
            plan.unchanged.append(article.id)
        else:
            kind: Kind = "moved" if same_content and not same_id else "changed"
            plan.fresh.append(Fresh(article, content, root, kind, row))
    matched = {row["id"] for row in found.values()}
    plan.missing = {one: place for one, place in places.items() if one not in matched and one not in ids}
    for root in plan.taken:
        lost = sum(row["root"] == root and row["id"] not in matched and row["id"] not in ids for row in rows)
        if lost:
            plan.notes.append((root, f"it is no longer there; {lost:,} of its articles {STAY}"))
    return plan


def _match(
    read: Sequence[tuple[Article, str, str]], free: Mapping[str, sqlite3.Row], places: Mapping[str, str]
) -> dict[str, sqlite3.Row]:
    """The row of each article's earlier state, by the article's id; each row once.

    First those that are as they were; then the same content elsewhere; then the same id; then the same place.
    """
    left, found = dict(free), {}
    ids = {article.id for article, _, _ in read}

    def take(article: Article, row: sqlite3.Row | None) -> None:
        if row is not None and row["id"] in left and article.id not in found:
            found[article.id] = left.pop(row["id"])

    for article, content, _ in read:
        row = left.get(article.id)
        take(article, row if row is not None and row["hash"] == content else None)
    by_hash: dict[str, list[sqlite3.Row]] = {}
    for row in reversed(left.values()):
        by_hash.setdefault(row["hash"], []).append(row)
    for article, content, _ in read:
        if article.id not in found and by_hash.get(content):
            take(article, by_hash[content].pop())
    for article, _, _ in read:
        take(article, left.get(article.id))
    by_place = {places[one]: row for one, row in left.items() if one in places and one not in ids}
    for article, _, _ in read:
        take(article, by_place.get(article.source))
    return found


def _places(rows: Sequence[sqlite3.Row], scopes: Sequence[Scope]) -> dict[str, str]:
    """Ids of the rows that a build covers, with their sources as it sees them."""
    below: dict[tuple[str, str], bool] = {}
    places = {}
    for row in rows:
        for scope in scopes:
            key = (scope.root, row["root"])
            if key not in below:
                below[key] = seen_from(scope.root, row["root"], "") is not None
            place = seen_from(scope.root, row["root"], row["source"]) if below[key] else None
            if place is not None and scope.has(place):
                places[row["id"]] = place
                break
    return places


def digest(article: Article) -> str:
    """What tells whether an article has changed: its raw text, and what its format states beside it."""
    beside = (article.outlet, article.url, article.date, *article.authors)
    # A file's name is left out, so that a file that has only moved is recognised.
    title = "" if article.title == file_title(article.source) else article.title
    stated = "\x1f".join(part or "" for part in (title, *beside)) if title or any(beside) else ""
    return sha256((article.raw + ("\x1e" + stated if stated else "")).encode("utf-8", "surrogatepass")).hexdigest()


def within(source: str, unread: Mapping[str, str]) -> str | None:
    """The path of the unread file, archive or folder that a source is or lies in; None when it lies in none."""
    ends = (source, *(source[: match.start()] for match in re.finditer("[/#]", source)))
    return next((unread[end] for end in ends if end in unread), None)
