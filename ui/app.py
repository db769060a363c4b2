"""Wiring: the components, and which handler each event calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import RagError
from rag.text import Language
from ui import handlers, sheets
from ui.handlers import Catalogue, Chat, Stops
from ui.i18n import t
from ui.loader import EngineLoader

HERE = Path(__file__).parent
# The choice made on this page before, kept in the browser; else the browser's language.
LANGUAGE_JS = "(localStorage.getItem('language') || navigator.language).startsWith('zh') ? 'zh' : 'en'"
# New evidence is shown from its top, or from the card that was asked for.
PANE_JS = """watch('value', () => {
  document.getElementById('evidence').scrollTop = 0;
  element.querySelector('.lit')?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
})"""
SANS = "system-ui, -apple-system, Segoe UI, Roboto, PingFang SC, Hiragino Sans GB, Microsoft YaHei, Noto Sans CJK SC"
MONO = "ui-monospace, SFMono-Regular, Consolas, DejaVu Sans Mono, monospace"

HIDDEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

Outputs = tuple[Any, ...]


def theme() -> gr.themes.Base:
    """A theme that asks no other host for fonts; the rest is in style.css."""
    return gr.themes.Base(font=[*SANS.split(", "), "sans-serif"], font_mono=MONO.split(", "))


@dataclass(frozen=True)
class Parts:
    """The components that events touch."""

    masthead: gr.HTML
    language: gr.Radio
    status: gr.HTML
    ask_tab: gr.Tab
    articles_tab: gr.Tab
    chat: gr.Chatbot
    question: gr.Textbox
    ask: gr.Button
    stop: gr.Button
    new: gr.Button
    evidence: gr.HTML
    search: gr.Textbox
    table: gr.HTML
    reader: Any  # a gr.HTML; its events (ask, cite, read) are named in page.js
    timer: gr.Timer


def make_app(loader: EngineLoader) -> gr.Blocks:
    """The page and the HTTP endpoint /ask, over an engine that may still be loading."""
    app = gr.Blocks(title=t("title", "en"), analytics_enabled=False, fill_width=True)
    catalogue = Catalogue(loader)
    with app:
        _wire_api(loader)  # first: no other function may take its name
        parts = _lay_out()
        _wire_page(app, parts, loader, catalogue)
        _wire_conversation(parts, loader)
        _wire_reading(parts, loader, catalogue)
    app.queue(default_concurrency_limit=4)
    return app


def _lay_out() -> Parts:
    quiet: dict[str, Any] = {"show_label": False, "container": False}
    plain: dict[str, Any] = {"apply_default_css": False}
    with gr.Row(elem_id="top"):
        masthead = gr.HTML(sheets.masthead("en"), elem_id="masthead", **plain)
        with gr.Column(elem_id="corner", scale=0, min_width=210):
            choices = [("English", "en"), ("中文", "zh")]
            language = gr.Radio(choices, value="en", label=t("language", "en"), elem_id="language", **quiet)
            status = gr.HTML(elem_id="status", **plain)
    with gr.Tabs(elem_id="tabs"):
        with gr.Tab(t("tab_ask", "en")) as ask_tab, gr.Row(elem_id="desk"):
            with gr.Column(elem_id="talk", scale=6, min_width=300):
                chat = gr.Chatbot(
                    elem_id="chat",
                    label=t("chat", "en"),
                    height=None,
                    autoscroll=False,  # page.js does it, to the beginning of the answer
                    layout="panel",
                    buttons=[],
                    latex_delimiters=[],
                    allow_tags=False,
                    feedback_options=None,
                    **quiet,
                )
                with gr.Row(elem_id="composer"):
                    question = gr.Textbox(elem_id="question", autofocus=True, lines=1, max_lines=5, scale=1, **quiet)
                    ask = gr.Button(t("ask", "en"), variant="primary", scale=0, min_width=88, elem_id="ask")
                    stop = gr.Button(t("stop", "en"), scale=0, min_width=88, visible=False, elem_id="stop")
                new = gr.Button(t("new", "en"), size="sm", elem_id="new")
            with gr.Column(elem_id="beside", scale=5, min_width=300):
                evidence = gr.HTML(sheets.no_evidence("en"), elem_id="evidence", js_on_load=PANE_JS, **plain)
        with gr.Tab(t("tab_articles", "en")) as articles_tab:
            search = gr.Textbox(elem_id="search", **quiet)
            table = gr.HTML(elem_id="articles", **plain)
    reader = gr.HTML("", elem_id="reader", js_on_load=(HERE / "page.js").read_text("utf-8"), **plain)
    timer = gr.Timer(1.0)
    return Parts(
        masthead, language, status, ask_tab, articles_tab, chat, question, ask, stop, new, evidence, search, table,
        reader, timer,
    )  # fmt: skip


def _wire_api(loader: EngineLoader) -> None:
    def ask(question: str, history: list[Any] = []) -> dict[str, Any]:  # noqa: B006 - shown in the API's description
        """Answer a question from the articles. history: earlier questions, or messages, oldest first."""
        try:
            return handlers.ask(question, history, loader)
        except RagError as error:
            raise gr.Error(str(error), print_exception=False) from error

    gr.api(ask, api_name="ask")  # type: ignore[attr-defined]  # gradio does not list it in __all__


def _wire_page(app: gr.Blocks, parts: Parts, loader: EngineLoader, catalogue: Catalogue) -> None:
    """Labels in the chosen language, and what waits for the engine."""

    def loaded(lang: Language) -> Outputs:
        state = loader.status.stage
        if state != "ready":
            text = handlers.status_text(loader, lang)
            waiting = sheets.welcome(None, (), lang, waiting=text)
            return sheets.status(text, state, lang), gr.update(placeholder=waiting), "", gr.Timer(active=True)
        articles = catalogue.articles()
        text = handlers.status_text(loader, lang, len(articles))
        hello = sheets.welcome(len(articles), handlers.example_questions(articles), lang)
        table = sheets.catalogue(articles, len(articles), lang)
        return sheets.status(text, state, lang), gr.update(placeholder=hello), table, gr.Timer(active=False)

    def labelled(lang: Language, chat: Chat) -> Outputs:
        return (
            lang,
            sheets.masthead(lang),
            gr.update(label=t("tab_ask", lang)),
            gr.update(label=t("tab_articles", lang)),
            gr.update(label=t("question", lang), placeholder=t("question_hint", lang)),
            t("ask", lang),
            t("stop", lang),
            t("new", lang),
            gr.skip() if chat else sheets.no_evidence(lang),
            gr.update(label=t("search", lang), placeholder=t("search", lang), value=""),
            *loaded(lang),
        )

    p = parts
    waiting = [p.status, p.chat, p.table, p.timer]
    labels = [p.language, p.masthead, p.ask_tab, p.articles_tab, p.question, p.ask, p.stop, p.new, p.evidence, p.search]
    remember = "(lang, chat) => { localStorage.setItem('language', lang); return [lang, chat]; }"
    app.load(labelled, [p.language, p.chat], [*labels, *waiting], js=f"(_, chat) => [{LANGUAGE_JS}, chat]", **HIDDEN)
    p.language.input(labelled, [p.language, p.chat], [*labels, *waiting], js=remember, **HIDDEN)
    p.timer.tick(loaded, p.language, waiting, **HIDDEN)


def _wire_conversation(parts: Parts, loader: EngineLoader) -> None:
    p = parts
    stops = Stops()
    buttons = [p.ask, p.stop, p.new]
    talk = [p.chat, p.evidence, p.question, *buttons]

    def toggled(busy: bool) -> list[Any]:
        # A conversation that is being answered has one writer: nothing else may change it meanwhile.
        return [gr.update(visible=not busy), gr.update(visible=busy), gr.update(interactive=not busy)]

    def answer(chat: Chat, text: Any, session: str | None) -> Iterator[Outputs]:
        with stops.running(session or "") as stop:
            if stop is None:  # a double click
                yield (gr.skip(),) * len(talk)
                return
            for step in handlers.respond(chat, loader, stop):
                if handlers.answering(step[0]):
                    yield step[0], gr.skip(), text, *toggled(True)
                    text = gr.skip()
        state, evidence = step
        # The last state comes after the conversation is free again, so that the next question is not turned away.
        yield state, gr.skip() if evidence is None else evidence, text, *toggled(False)

    def ask(text: str, chat: Chat, request: gr.Request) -> Iterator[Outputs]:
        if text.strip():
            yield from answer(handlers.with_question(chat, text.strip()), "", request.session_hash)
        else:
            yield (gr.skip(),) * len(talk)

    def ask_example(chat: Chat, event: gr.EventData, request: gr.Request) -> Iterator[Outputs]:
        yield from answer(handlers.with_question(chat, str(event.question)), gr.skip(), request.session_hash)

    def ask_again(chat: Chat, request: gr.Request) -> Iterator[Outputs]:
        yield from answer(handlers.without_reply(chat), gr.skip(), request.session_hash)

    def take_back(chat: Chat, lang: Language) -> Outputs:
        if handlers.answering(chat):
            return gr.skip(), gr.skip(), gr.skip()
        return *handlers.undone(chat), sheets.no_evidence(lang)

    def halt(chat: Chat, request: gr.Request) -> Outputs:
        if stops.ask(request.session_hash or ""):
            return (gr.skip(),) * 4  # the answer itself says that it was stopped
        return handlers.stopped(chat), *toggled(False)  # left over from before the server was restarted

    # Two clicks in a row are told apart above; "once" would also swallow a question that follows quickly.
    many = {"trigger_mode": "multiple", **HIDDEN}
    gr.on([p.ask.click, p.question.submit], ask, [p.question, p.chat], talk, **many)
    p.reader.ask(ask_example, p.chat, talk, **many)
    p.chat.retry(ask_again, p.chat, talk, **many)
    p.chat.undo(take_back, [p.chat, p.language], [p.chat, p.question, p.evidence], **HIDDEN)
    p.stop.click(halt, p.chat, [p.chat, *buttons], **HIDDEN)
    p.new.click(lambda lang: ([], sheets.no_evidence(lang), ""), p.language, talk[:3], **HIDDEN)


def _wire_reading(parts: Parts, loader: EngineLoader, catalogue: Catalogue) -> None:
    """Markers, articles, and the list of them."""
    p = parts

    def cite(chat: Chat, event: gr.EventData) -> Any:
        shown = handlers.evidence_again(event.links, event.lit, chat, loader)
        return gr.skip() if shown is None else shown

    def read(lang: Language, event: gr.EventData) -> str:
        try:
            return handlers.read(event.link, lang, loader)
        except RagError as error:
            raise gr.Error(str(error), print_exception=False) from error

    def find(text: str, lang: Language) -> Any:
        if loader.status.stage != "ready":
            return gr.skip()
        return sheets.catalogue(catalogue.search(text), len(catalogue.articles()), lang)

    p.reader.cite(cite, p.chat, p.evidence, **HIDDEN)
    p.reader.read(read, p.language, p.reader, **HIDDEN)
    p.search.change(find, [p.search, p.language], p.table, trigger_mode="always_last", **HIDDEN)
    p.articles_tab.select(find, [p.search, p.language], p.table, **HIDDEN)
