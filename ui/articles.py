"""Wiring of the articles: markers that bring up evidence, the list, adding and removing."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import gradio as gr

from rag.errors import RagError
from rag.text import Language
from ui import handlers, lists, state
from ui.examples import Examples
from ui.feedback import Feedback
from ui.handlers import Chat
from ui.i18n import explain, t
from ui.layout import Parts
from ui.library import Library
from ui.loader import EngineLoader

HIDDEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# By default an event that comes while one of its kind is being handled is lost; "always_last" would handle the
# earlier one's data again.
EVERY: dict[str, Any] = {"trigger_mode": "multiple", **HIDDEN}

Outputs = tuple[Any, ...]


def shown(message: str, lang: Language) -> gr.Error:
    """An error that the page shows for a while; its text is mark-up there."""
    return gr.Error(html.escape(message), title=t("failed", lang), print_exception=False)


def wire_reading(parts: Parts, loader: EngineLoader, changes: bool) -> None:
    """Markers, articles, and opinions."""
    p = parts

    def cite(chat: Chat, event: gr.EventData) -> Any:
        pane = handlers.evidence_again(chat, int(event.turn), int(event.lit), loader, enter=bool(event.enter))
        return gr.skip() if pane is None else pane

    def read(lang: Language, event: gr.EventData) -> str:
        try:
            return handlers.read(str(event.link), lang, loader, removable=changes)
        except RagError as error:
            raise shown(explain(error, lang), lang) from error

    def rate(chat: Chat, lang: Language, event: gr.EventData) -> None:
        try:
            handlers.rate(event, chat, loader, Feedback(loader.engine().store.path))
        except RagError as error:
            raise shown(t("not_noted", lang, reason=explain(error, lang)), lang) from error

    p.reader.cite(cite, p.chat, p.evidence, **EVERY)
    p.reader.read(read, p.language, p.reader, **EVERY)
    p.reader.rate(rate, [p.chat, p.language], None, **EVERY)


def greeting(count: int, examples: Examples, lang: Language) -> Outputs:
    """What the empty chat says, and the timer that looks for more examples, where more will come."""
    found, settled = examples.of(lang)
    hello = lists.welcome(count, found, lang, looking=not settled)
    return gr.update(placeholder=hello), gr.Timer(active=not settled)


def wire_library(parts: Parts, loader: EngineLoader, shelf: Library, examples: Examples, changes: bool) -> None:
    """The list of articles; adding and removing, where that is allowed."""
    p = parts
    changed = [p.table, p.status, p.chat, p.sources, p.examples]

    def listed(text: str, lang: Language) -> str:
        return lists.catalogue(shelf.search(text), len(shelf.articles()), lang, removable=changes)

    def find(text: str, lang: Language) -> Any:
        return listed(text, lang) if loader.status.stage == "ready" else gr.skip()

    def after_change(text: str, lang: Language, chosen: list[str] | None) -> Outputs:
        articles = shelf.articles()
        hello, more = greeting(len(articles), examples, lang)
        told = lists.status(state.status_text(loader, lang, len(articles)), "ready", lang)
        sources = gr.update(choices=shelf.sources(chosen or ()))
        return listed(text, lang), told, hello, sources, more

    def add(text: str, lang: Language, chosen: list[str] | None, event: gr.EventData) -> Iterator[Outputs]:
        skip = (gr.skip(),) * len(changed)
        try:
            loader.engine()
            files = [file for file in event.files if isinstance(file, dict)] if isinstance(event.files, list) else []
            for lines, summary in shelf.add(files, lang):
                yield lists.report(lines, lang, finished=bool(summary), summary=summary), *skip
        except RagError as error:
            raise shown(explain(error, lang), lang) from error
        yield gr.skip(), *after_change(text, lang, chosen)

    def remove(text: str, lang: Language, chosen: list[str] | None, event: gr.EventData) -> Outputs:
        try:
            title = shelf.remove(str(event.article))
        except RagError as error:
            raise shown(explain(error, lang), lang) from error
        gr.Info(t("removed", lang, title=html.escape(title)), title=t("done", lang))
        return "", *after_change(text, lang, chosen)

    def refused(lang: Language) -> None:
        raise shown(t("read_only", lang), lang)

    p.search.change(find, [p.search, p.language], p.table, trigger_mode="always_last", **HIDDEN)
    p.articles_tab.select(find, [p.search, p.language], p.table, **HIDDEN)
    if changes:
        p.adder.sent(add, [p.search, p.language, p.sources], [p.report, *changed], concurrency_limit=1, **EVERY)
        p.reader.remove(remove, [p.search, p.language, p.sources], [p.reader, *changed], **EVERY)
    else:
        p.reader.remove(refused, p.language, None, **HIDDEN)
