"""What the page says before anything is asked: how far loading is, and what could be asked."""

from __future__ import annotations

from collections.abc import Sequence

from rag.config import shipped
from rag.errors import RagError
from rag.text import Language
from rag.types import ArticleInfo
from ui.i18n import DEMO_QUESTIONS, articles_word, explain, t
from ui.loader import EngineLoader

EXAMPLES = 6
ADDED = 2  # of them about articles that were added to the demo
LONGEST_TITLE = 60  # characters of a title in a derived question


def example_questions(articles: Sequence[ArticleInfo]) -> list[str]:
    """Questions to begin with: one about each of the newest titles; chosen ones where the demo articles are there."""
    demo = shipped("articles")
    files = {path.relative_to(demo).as_posix() for path in demo.rglob("*") if path.is_file()}
    if not files or not files <= {a.source for a in articles}:
        return _about(articles, EXAMPLES)
    return [*_about([a for a in articles if a.source not in files], ADDED), *DEMO_QUESTIONS][:EXAMPLES]


def _about(articles: Sequence[ArticleInfo], most: int) -> list[str]:
    """A question about each of the newest articles, English and Chinese ones in turn."""
    newest = sorted(articles, key=lambda a: (a.date or "", a.source), reverse=True)
    by_language = [[a for a in newest if a.language == lang] for lang in ("en", "zh")]
    mixed = [a for rank in range(most) for group in by_language for a in group[rank : rank + 1]]
    return [t("example", a.language, title=_short(a.title)) for a in mixed[:most]]


def _short(title: str) -> str:
    title = " ".join(title.split())
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"


def status_text(loader: EngineLoader, lang: Language, count: int = 0) -> str:
    """How far loading is, or how many articles there are."""
    state = loader.status
    if state.stage == "ready":
        return t("status_ready", lang, n=f"{count:,}", articles=articles_word(count, lang))
    if state.stage == "building":
        return t("status_building", lang, done=state.done, total=state.total)
    return t("status_failed" if state.stage == "failed" else "status_starting", lang)


def waiting_hint(loader: EngineLoader, lang: Language) -> str:
    """What to do while there is no engine, or why there will be none."""
    if loader.status.stage != "failed":
        return t("waiting_hint", lang)
    try:
        loader.engine()
    except RagError as error:
        return explain(error, lang)
    return ""
