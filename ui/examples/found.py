"""The examples of an index: worked out in the background when somebody looks."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rag.config import shipped
from rag.text import Language
from rag.types import ArticleInfo, make_id
from ui.examples.seek import seek
from ui.i18n import DEMO_QUESTIONS
from ui.library import UPLOADS, Library
from ui.loader import EngineLoader

MOST, ENOUGH = 6, 3
OTHER: dict[Language, Language] = {"en": "zh", "zh": "en"}
ADDED = 2  # of them about articles that were added to the demo
log = logging.getLogger(__name__)


@dataclass
class _Work:
    """What was found so far for one state of the index."""

    key: str
    found: list[str] = field(default_factory=list)
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
        self._lock = threading.Lock()
        self._asking = threading.Lock()  # one language after the other

    def of(self, lang: Language) -> tuple[list[str], bool]:
        """The questions found so far, and whether no more will come. Needs an engine that is loaded."""
        articles = self._shelf.articles()
        key = make_id(*(f"{a.id} {a.characters}" for a in articles))
        with self._lock:
            work = self._work.get(lang)
            if work is None or work.key != key:
                work = self._work[lang] = _Work(key)
                threading.Thread(target=self._run, args=(lang, work, articles), name="examples", daemon=True).start()
            demo = _demo(articles)
            chosen = work.found[: ADDED if demo else MOST]
            return [*chosen, *(DEMO_QUESTIONS[lang] if demo else ())][:MOST], work.settled

    def _run(self, lang: Language, work: _Work, articles: Sequence[ArticleInfo]) -> None:
        try:
            self._find(lang, work, articles)
        except Exception:  # it is a courtesy: whatever goes wrong, the page does without
            log.exception("no examples could be found")
        work.settled = True

    def _find(self, lang: Language, work: _Work, articles: Sequence[ArticleInfo]) -> None:
        demo = _demo(articles)
        order = sorted(articles, key=lambda a: not a.source.startswith(UPLOADS + "/"))  # what was added first
        about = [a for a in order if a.source not in demo]
        with self._asking:
            # Questions in the reader's language about articles in the other one come second; where there are hardly
            # any of either, questions in the articles' own language are better than none.
            other = OTHER[lang]
            for spoken, told in ((lang, lang), (lang, other), (other, other)):
                most = ADDED if demo else MOST - len(work.found)
                for draft in seek(self._loader.engine(), about, spoken, most, self._free, told):
                    with self._lock:
                        if self._work.get(lang) is not work:
                            return  # the index has changed meanwhile
                        work.found.append(draft.question)
                if demo or len(work.found) >= ENOUGH:
                    return

    def _free(self) -> None:
        while self._busy():
            time.sleep(0.2)


def _demo(articles: Sequence[ArticleInfo]) -> set[str]:
    """The demo's files, where all of them are among the articles; their questions are chosen by hand."""
    folder = shipped("articles")
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return files if files and files <= {a.source for a in articles} else set()
