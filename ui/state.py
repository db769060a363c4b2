"""What the page says before anything is asked: how far loading is."""

from __future__ import annotations

from rag.errors import RagError
from rag.text import Language
from ui.i18n import articles_word, explain, t
from ui.loader import EngineLoader


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
