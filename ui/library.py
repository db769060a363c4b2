"""The articles behind the chat: list and search them, add files, take articles out.

What people add lies beside the store, in `<store>-added/`, so that it survives an index that is built anew:
`uploads/<id>/uploads/<name>` holds one added file, `feedback.sqlite` their thumbs. Each file is a root of
its own: a bad one stops no other, the same name again replaces it, and removing it forgets it.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from queue import SimpleQueue
from typing import Any

from rag.errors import ArticleError
from rag.text import Language, fold_text
from rag.types import ArticleInfo, SyncReport, make_id
from ui.i18n import articles_word, explain, t
from ui.lists import Line
from ui.loader import EngineLoader
from ui.reasons import reason

MAX_BYTES = 100_000_000  # one file, an archive included; rag.articles.limits holds those of single articles
MAX_FILES = 500  # at a time
MAX_SEARCHED = 5_000  # articles whose texts are kept in memory for searching; above, titles and sources only
MAX_CHOICES = 500  # files among the sources that questions can be limited to
UPLOADS = "uploads"  # first part of an added article's source
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069<>:"|?*#\\]')


def beside(store: Path) -> Path:
    """The folder of what people add to a store."""
    return store.with_name(store.name + "-added")


def safe_name(name: str) -> str | None:
    """A file's name, folders included, as it may be written below the upload area; None when nothing is left.

    No part climbs or hides, none is longer than 120 bytes, and at most the last eight are kept.
    """
    parts = []
    for part in name.replace("\\", "/").split("/"):
        clean = _FORBIDDEN.sub("_", part).strip(" .")
        if len(clean.encode("utf-8", "replace")) > 120:
            stem, suffix = os.path.splitext(clean)
            kept = stem.encode("utf-8", "replace")[: 110 - len(suffix)].decode("utf-8", "ignore")
            clean = kept.strip(" .") + suffix
        if clean and len(clean.encode("utf-8", "replace")) <= 120:
            parts.append(clean.encode("utf-8", "replace").decode("utf-8"))
    return "/".join(parts[-8:]) or None


def suffixes() -> list[str]:
    """The endings that can be added. The first call imports the readers, which takes a second or two."""
    from rag.articles import readers_of

    return sorted([*readers_of(), ".zip"])


class Library:
    """Lists, searches, adds and removes articles; one addition or removal at a time."""

    def __init__(self, loader: EngineLoader, incoming: Path) -> None:
        """`incoming` is the folder where the web server puts what is sent; nothing else is ever taken in."""
        self._loader = loader
        self._incoming = incoming.resolve()
        self._writing = threading.Lock()
        self._lock = threading.Lock()
        self._listed: tuple[int, list[ArticleInfo]] | None = None
        self._texts: tuple[int, dict[str, str]] | None = None

    # ── looking ───────────────────────────────────────────────────────────────────────────────

    def articles(self) -> list[ArticleInfo]:
        """Every article, the newest first; read again only when the index has changed."""
        engine = self._loader.engine()
        generation = engine.store.generation
        with self._lock:
            if self._listed is None or self._listed[0] != generation:
                self._listed = (generation, sorted(engine.overview(), key=lambda a: a.date or "", reverse=True))
            return self._listed[1]

    def search(self, words: str) -> list[ArticleInfo]:
        """The articles that hold all the words, in either script, in their text or about them."""
        found, wanted = self.articles(), fold_text(words).split()
        if not wanted:
            return found
        texts = self._folded() if len(found) <= MAX_SEARCHED else {}
        return [a for a in found if _holds(wanted, _about(a) + texts.get(a.id, ""))]

    def _folded(self) -> dict[str, str]:
        engine = self._loader.engine()
        generation = engine.store.generation
        with self._lock:
            if self._texts is None or self._texts[0] != generation:
                self._texts = (generation, {i: "\n" + fold_text(text) for i, text in engine.store.texts()})
            return self._texts[1]

    def sources(self, chosen: Sequence[str] = ()) -> list[str]:
        """What questions can be limited to: the outlets that articles name, then the files of the others.

        What is `chosen` stays among them, even where its articles have gone.
        """
        listed = self.articles()
        outlets = sorted({a.outlet for a in listed if a.outlet})
        files = sorted({a.source for a in listed if not a.outlet})
        return list(dict.fromkeys([*outlets, *files[:MAX_CHOICES], *chosen]))

    # ── adding ────────────────────────────────────────────────────────────────────────────────

    def add(self, files: Sequence[Mapping[str, Any]], lang: Language) -> Iterator[tuple[list[Line], str]]:
        """Take in files that the browser has sent: (what became of each so far, sum of it all), again and again.

        Args:
            files: each with its `name` and the `path` where the web server has put it.
            lang: of what is said.
        """
        lines = [Line(str(file.get("name", ""))[:200]) for file in files[:MAX_FILES]]
        yield list(lines), ""
        added = changed = 0
        for at, file in enumerate(files[:MAX_FILES]):
            try:
                place = self._take(file, lang)
                events: SimpleQueue[SyncReport | Exception | float] = SimpleQueue()
                threading.Thread(target=self._index, args=(place, events.put), name="add", daemon=True).start()
                lines[at] = replace(lines[at], state="working")
                while isinstance(event := events.get(), float):
                    lines[at] = replace(lines[at], share=event)
                    yield list(lines), ""
                if isinstance(event, Exception):
                    raise event
                added, changed = added + len(event.added), changed + len(event.changed)
                lines[at] = _told(lines[at], event, place, lang)
            except Exception as error:
                lines[at] = replace(lines[at], state="failed", details=(_reason(error, file, lang),))
            yield list(lines), ""
        failed = sum(line.state == "failed" for line in lines)
        yield (
            list(lines),
            t("added", lang, added=added, changed=changed, failed=failed, articles=articles_word(added, lang)),
        )

    def _take(self, file: Mapping[str, Any], lang: Language) -> Path:
        """Move a file out of the server's hands into the upload area; returns the root it now lies under."""
        path, name = Path(str(file.get("path", ""))).resolve(), safe_name(str(file.get("name", "")))
        if name is None or not path.is_file() or self._incoming not in path.parents:
            raise ArticleError(t("not_uploaded", lang))
        suffix = PurePosixPath(name).suffix.lower()
        if suffix not in suffixes():
            raise ArticleError(t("wrong_type", lang, kinds=" ".join(suffixes())))
        if path.stat().st_size > MAX_BYTES:
            raise ArticleError(t("too_large", lang, mb=MAX_BYTES // 1_000_000))
        root = self._root(name)
        target = root / UPLOADS / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)
        return root

    def _root(self, name: str) -> Path:
        return beside(self._loader.engine().store.path) / UPLOADS / make_id(name)

    def _index(self, root: Path, tell: Callable[[SyncReport | Exception | float], None]) -> None:
        """Bring one added file into the index; tells how far it is, then its report or what went wrong."""
        from rag.indexing import build

        store = self._loader.engine().store
        try:
            with self._writing:
                report = build(
                    root,
                    store.path,
                    config=store.config,
                    embedder=store.embedder,
                    progress=lambda done, total: tell(done / max(total, 1)),
                )
                self._forget(root)
            tell(report)
        except Exception as error:
            with self._writing:
                self._forget(root)
            tell(error)

    def _forget(self, root: Path) -> None:
        """Delete an added file of which nothing can be asked about."""
        if not _indexed(self._loader.engine().store, root):
            shutil.rmtree(root, ignore_errors=True)

    # ── removing ──────────────────────────────────────────────────────────────────────────────

    def remove(self, article_id: str) -> str:
        """Take an article out; returns its title. One of an index built by hand stays out on the next build.

        Raises:
            StoreError: there is no such article, or another build is running.
        """
        store = self._loader.engine().store
        article = store.article(article_id)
        name = article.source.removeprefix(UPLOADS + "/")
        root = self._root(name)
        with self._writing:
            if name != article.source and (root / UPLOADS / name).is_file():
                store.sync((), [str(root.resolve())])
                shutil.rmtree(root, ignore_errors=True)
            else:
                store.remove([article_id])
        return article.title


def _indexed(store: Any, root: Path) -> bool:
    """Whether the index has an article of an added file."""
    files = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
    return any(a.source.startswith(file) for file in files for a in store.overview())


def _reason(error: Exception, file: Mapping[str, Any], lang: Language) -> str:
    """Why a file was not taken in, without the places where the server keeps it."""
    if isinstance(error, ArticleError) and " Skipped: " in str(error):
        told = str(error).split(" Skipped: ", 1)[1]
        return reason(told.split("/" + (safe_name(str(file["name"])) or ""), 1)[-1].removeprefix(": "), lang)
    return explain(error, lang)


def _told(line: Line, report: SyncReport, root: Path, lang: Language) -> Line:
    """A file's line once it is in the index: what changed, and what of it was left out and why."""
    new = len(report.added) + len(report.changed) + len(report.moved)
    below = f"{root}/{UPLOADS}/"
    details = [f"{path.removeprefix(below)}: {reason(why, lang)}" for path, why in (*report.skipped, *report.notes)]
    if new > 1 or report.removed:
        sums = t("file_sum", lang, added=len(report.added), changed=len(report.changed), removed=len(report.removed))
        details.insert(0, sums)
    state = "done" if new or (report.removed and report.unchanged) else "same" if report.unchanged else "failed"
    return replace(line, state=state, share=1.0, details=tuple(details))  # type: ignore[arg-type]


def _about(a: ArticleInfo) -> str:
    return fold_text("\n".join((a.title, a.outlet or "", a.date or "", a.source, *a.authors)))


def _holds(wanted: Sequence[str], text: str) -> bool:
    return all(word in text for word in wanted)
