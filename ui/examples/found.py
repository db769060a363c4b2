"""The examples of an index: worked out in the background when somebody looks, and kept beside the store."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.config import shipped
from rag.text import Language
from rag.types import ArticleInfo, make_id
from ui.examples.seek import seek
from ui.i18n import DEMO_QUESTIONS
from ui.library import UPLOADS, Library, beside
from ui.loader import EngineLoader

EDITION = 1  # raise it whenever other questions would be found
MOST = 6
ADDED = 2  # of them about articles that were added to the demo
FILE = "examples.json"
log = logging.getLogger(__name__)


@dataclass
class _Work:
    """What was found so far for one state of the index, as (question, id of its article)."""

    key: str
    found: list[tuple[str, str]] = field(default_factory=list)
    settled: bool = False


class Examples:
    """Questions to begin with, in either language.

    Args:
        loader: gives the engine.
        shelf: lists the articles.
        busy: whether somebody is waiting for an answer; they go first.
    """

    def __init__(self, loader: EngineLoader, shelf: Library, busy: Callable[[], bool]) -> None:
        self._loader = loader
        self._shelf = shelf
        self._busy = busy
        self._work: dict[Language, _Work] = {}
        self._before: dict[Language, list[tuple[str, str]]] = {}  # shown until there are new ones
        self._lock = threading.Lock()
        self._asking = threading.Lock()  # one language after the other

    def of(self, lang: Language) -> tuple[list[str], bool]:
        """The questions found so far, and whether no more will come. Needs an engine that is loaded."""
        articles = self._shelf.articles()
        key = make_id(EDITION, *(f"{a.id} {a.characters}" for a in articles))
        with self._lock:
            work = self._work.get(lang)
            if work is None or work.key != key:
                if work is not None and work.found:
                    self._before[lang] = work.found
                work = self._work[lang] = _Work(key)
                threading.Thread(target=self._run, args=(lang, work, articles), name="examples", daemon=True).start()
            there = {a.id for a in articles}
            before = [] if work.settled else self._before.get(lang, [])
            found = list(dict.fromkeys([*work.found, *((q, a) for q, a in before if a in there)]))[:MOST]
            demo = _demo(articles)
            chosen = [question for question, _ in found[: ADDED if demo else MOST]]
            return [*chosen, *(DEMO_QUESTIONS[lang] if demo else ())][:MOST], work.settled

    def _run(self, lang: Language, work: _Work, articles: Sequence[ArticleInfo]) -> None:
        try:
            kept = self._kept(lang, work.key)
            if kept is not None:
                with self._lock:
                    work.found = kept
            else:
                self._find(lang, work, articles)
        except Exception:  # it is a courtesy: whatever goes wrong, the page does without
            log.exception("no examples could be found")
        work.settled = True

    def _find(self, lang: Language, work: _Work, articles: Sequence[ArticleInfo]) -> None:
        demo = _demo(articles)
        order = sorted(articles, key=lambda a: not a.source.startswith(UPLOADS + "/"))  # what was added first
        about = [a for a in order if a.source not in demo]
        with self._asking:
            for draft in seek(self._loader.engine(), about, lang, ADDED if demo else MOST, self._free):
                with self._lock:
                    if self._work.get(lang) is not work:
                        return  # the index has changed meanwhile
                    work.found.append((draft.question, draft.article_id))
        self._keep(lang, work)

    def _free(self) -> None:
        while self._busy():
            time.sleep(0.2)

    # ── kept beside the store ─────────────────────────────────────────────────────────────────

    def _file(self) -> Path:
        return beside(self._loader.engine().store.path) / FILE

    def _all_kept(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._file().read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _kept(self, lang: Language, key: str) -> list[tuple[str, str]] | None:
        kept = self._all_kept().get(lang)
        if not isinstance(kept, dict) or kept.get("key") != key or not isinstance(kept.get("found"), list):
            return None
        return [(str(one[0]), str(one[1])) for one in kept["found"] if isinstance(one, list) and len(one) == 2]

    def _keep(self, lang: Language, work: _Work) -> None:
        with contextlib.suppress(OSError), self._lock:  # where nothing can be written they are found anew next time
            file = self._file()
            file.parent.mkdir(exist_ok=True)
            draft = file.with_suffix(".new")
            kept = self._all_kept() | {lang: {"key": work.key, "found": work.found}}
            draft.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
            draft.replace(file)


def _demo(articles: Sequence[ArticleInfo]) -> set[str]:
    """The demo's files, where all of them are among the articles; their questions are chosen by hand."""
    folder = shipped("articles")
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return files if files and files <= {a.source for a in articles} else set()
