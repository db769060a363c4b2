"""Wiring: which handler each event calls, and what it changes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from rag.text import Language
from ui import handlers, library, lists, options, programs, sheets, state
from ui.articles import EVERY, HIDDEN, Outputs, greeting, wire_library, wire_reading
from ui.examples import Examples
from ui.handlers import Chat, Stops
from ui.i18n import t
from ui.layout import Parts, lay_out
from ui.library import Library
from ui.line import Line
from ui.loader import EngineLoader

AT_ONCE = max(2, (os.cpu_count() or 2) // 4)  # questions answered at the same time; more only slow each other down


def make_app(loader: EngineLoader, *, changes: bool = True) -> gr.Blocks:
    """The page and the HTTP endpoints, over an engine that may still be loading.

    Args:
        loader: brings the engine.
        changes: whether articles can be added and removed here.
    """
    app = gr.Blocks(title=t("title", "en"), analytics_enabled=False, fill_width=True)
    shelf = Library(loader, Path(get_upload_folder()))
    line = Line(AT_ONCE)
    examples = Examples(loader, shelf, lambda: bool(line.tickets))
    with app:
        programs.wire(loader, line)  # first: no other function may take its names
        parts = lay_out(changes=changes)
        _wire_page(app, parts, loader, shelf, examples, changes)
        _wire_conversation(parts, loader, line)
        _wire_talks(parts, loader, shelf)
        wire_reading(parts, loader, changes)
        wire_library(parts, loader, shelf, examples, changes)
    app.queue(default_concurrency_limit=32)
    return app


def filled(chosen: options.Options, loader: EngineLoader, shelf: Library) -> Outputs:
    """The filters of a conversation, for `Parts.filters`."""
    known = shelf.sources(chosen.sources) if loader.status.stage == "ready" else list(chosen.sources)
    sources = gr.update(choices=known, value=list(chosen.sources))
    return sources, list(chosen.languages), chosen.since, chosen.until


def _wire_page(
    app: gr.Blocks, parts: Parts, loader: EngineLoader, shelf: Library, examples: Examples, changes: bool
) -> None:
    """Labels in the chosen language, what the browser has kept, and what waits for the engine."""
    p = parts
    waiting = [p.status, p.chat, p.adder, p.table, p.evidence, p.voice, p.sources, p.examples, p.timer]
    labels = [
        p.language, p.masthead, p.talks, p.ask_tab, p.articles_tab, p.new, p.question, p.ask, p.stop, p.options,
        *p.choices(), p.search,
    ]  # fmt: skip

    def loaded(lang: Language, chat: Chat, chosen: list[str] | None) -> Outputs:
        stage, text = loader.status.stage, state.status_text(loader, lang)
        if stage != "ready":
            empty = lists.welcome(None, (), lang, waiting=text, hint=state.waiting_hint(loader, lang))
            skipped = (gr.skip(),) * (len(waiting) - 3)
            return lists.status(text, stage, lang), gr.update(placeholder=empty), *skipped, gr.Timer(active=True)
        articles = shelf.articles()
        text = state.status_text(loader, lang, len(articles))
        hello, more = greeting(len(articles), examples, lang)
        pane = handlers.evidence_again(chat, len(handlers.questions(chat)) - 1, 0, loader)
        return (
            lists.status(text, stage, lang),
            hello,
            lists.adder(lang, library.suffixes(), library.MAX_BYTES, library.MAX_FILES) if changes else "",
            lists.catalogue(articles, len(articles), lang, removable=changes),
            pane or (gr.skip() if chat else sheets.no_evidence(lang)),
            gr.update(visible=getattr(loader.engine(), "llm", None) is not None),
            gr.update(choices=shelf.sources(chosen or ())),
            more,
            gr.Timer(active=False),
        )

    def labelled(lang: Language, chat: Chat, chosen: list[str] | None) -> Outputs:
        say = partial(t, lang=lang)
        kinds = [(say("Latn"), "en"), (say("chinese"), "zh")]
        spoken = [(say("as_asked"), ""), ("English", "en"), ("中文", "zh")]
        voices = [(say("voice_llm"), ""), (say("voice_extractive"), "extractive")]
        return (
            lang,
            lists.masthead(lang),
            lists.talks(lang),
            gr.update(label=say("tab_ask")),
            gr.update(label=say("tab_articles")),
            say("new"),
            gr.update(label=say("question"), placeholder=say("question_hint")),
            say("ask"),
            say("stop"),
            gr.update(label=say("options")),
            gr.update(label=say("answer_language"), choices=spoken),
            gr.update(label=say("voice"), choices=voices),
            gr.update(label=say("only_sources")),
            gr.update(label=say("only_languages"), choices=kinds),
            gr.update(label=say("since"), placeholder=say("date_hint")),
            gr.update(label=say("until"), placeholder=say("date_hint")),
            gr.update(label=say("search"), placeholder=say("search"), value=""),
            *loaded(lang, chat, chosen),
        )

    both = [*labels, *waiting]
    now = [p.language, p.chat, p.sources]

    def come_back(kept: Any) -> Outputs:
        kept = kept if isinstance(kept, dict) else {}
        chosen = options.Options.restored(kept.get("choices"))
        return handlers.restored(kept.get("messages")), chosen.language, chosen.voice, *filled(chosen, loader, shelf)

    back = app.load(come_back, p.kept, [p.chat, *p.choices()], js="() => [memory.open()]", **HIDDEN)
    back.then(labelled, now, both, js="(_, ...more) => [memory.language(), ...more]", **HIDDEN)
    remember = "(lang, ...more) => { memory.set('language', lang); return [lang, ...more]; }"
    p.language.input(labelled, now, both, js=remember, **HIDDEN)
    p.timer.tick(loaded, now, waiting, **HIDDEN)

    def looked(lang: Language) -> Outputs:
        return greeting(len(shelf.articles()), examples, lang)

    p.examples.tick(looked, p.language, [p.chat, p.examples], **HIDDEN)
    gr.on(
        [choice.input for choice in p.choices()], None, p.choices(), None, js="(...all) => memory.choose(all)", **HIDDEN
    )


def _wire_conversation(parts: Parts, loader: EngineLoader, line: Line) -> None:
    p = parts
    stops = Stops()
    buttons = [p.ask, p.stop, p.new]
    talk = [p.chat, p.evidence, p.question, *buttons]
    asking = [p.chat, *p.choices()]

    def toggled(busy: bool) -> list[Any]:
        # A conversation that is being answered has one writer: nothing else may change it meanwhile.
        return [gr.update(visible=not busy), gr.update(visible=busy), gr.update(interactive=not busy)]

    def answer(chat: Chat, text: Any, chosen: Any, session: str | None) -> Iterator[Outputs]:
        with stops.running(session or "") as stop:
            if stop is None or not chat:  # a double click, or nothing to answer
                yield (gr.skip(),) * len(talk)
                return
            for step in handlers.respond(chat, loader, stop, line, options.Options.of(*chosen)):
                if handlers.answering(step[0]):
                    yield step[0], gr.skip(), text, *toggled(True)
                    text = gr.skip()
        final, evidence = step
        # The last state comes after the conversation is free again, so that the next question is not turned away.
        yield final, gr.skip() if evidence is None else evidence, text, *toggled(False)

    def ask(request: gr.Request, text: str, chat: Chat, *chosen: Any) -> Iterator[Outputs]:
        if text.strip():
            yield from answer(handlers.with_question(chat, text.strip()), "", chosen, request.session_hash)
        else:
            yield (gr.skip(),) * len(talk)

    def ask_example(event: gr.EventData, request: gr.Request, chat: Chat, *chosen: Any) -> Iterator[Outputs]:
        asked = handlers.with_question(chat, str(event.question))
        yield from answer(asked, gr.skip(), chosen, request.session_hash)

    def ask_again(request: gr.Request, chat: Chat, *chosen: Any) -> Iterator[Outputs]:
        yield from answer(handlers.without_reply(chat), gr.skip(), chosen, request.session_hash)

    def edit(event: gr.EventData, request: gr.Request, chat: Chat, *chosen: Any) -> Iterator[Outputs]:
        again = handlers.edited(chat, int(event.turn), str(event.question))
        yield from answer(again or [], gr.skip(), chosen, request.session_hash)

    def take_back(chat: Chat, lang: Language) -> Outputs:
        if handlers.answering(chat):
            return gr.skip(), gr.skip(), gr.skip()
        left, question = handlers.undone(chat)
        pane = handlers.evidence_again(left, len(handlers.questions(left)) - 1, 0, loader)
        return left, question, pane or sheets.no_evidence(lang)

    def halt(chat: Chat, request: gr.Request) -> Outputs:
        if stops.ask(request.session_hash or ""):
            return (gr.skip(),) * 4  # the answer itself says that it was stopped
        return handlers.stopped(chat), *toggled(False)  # left over from before the server was restarted

    # Two clicks in a row are told apart above; "once" would also swallow a question that follows quickly.
    many = {"concurrency_limit": None, **EVERY}
    gr.on([p.ask.click, p.question.submit], ask, [p.question, *asking], talk, **many)
    p.reader.ask(ask_example, asking, talk, **many)
    p.reader.retry(ask_again, asking, talk, **many)
    p.reader.edit(edit, asking, talk, **many)
    p.reader.undo(take_back, [p.chat, p.language], [p.chat, p.question, p.evidence], **HIDDEN)
    p.stop.click(halt, p.chat, [p.chat, *buttons], **HIDDEN)


def _wire_talks(parts: Parts, loader: EngineLoader, shelf: Library) -> None:
    """Several conversations, which the browser keeps."""
    p = parts

    def reopen(lang: Language, event: gr.EventData) -> Outputs:
        chat = handlers.restored(event.messages)
        ready = loader.status.stage == "ready"
        pane = handlers.evidence_again(chat, len(handlers.questions(chat)) - 1, 0, loader) if ready else None
        chosen = options.Options.restored(event.choices)
        return chat, pane or sheets.no_evidence(lang), *filled(chosen, loader, shelf)

    def fresh(lang: Language) -> Outputs:
        return [], sheets.no_evidence(lang), "", [], [], "", ""

    p.chat.change(None, p.chat, None, js="(chat) => { memory.save(chat); }", **HIDDEN)
    p.talks.reopen(reopen, p.language, [p.chat, p.evidence, *p.filters()], **EVERY)
    emptied = [p.chat, p.evidence, p.question, *p.filters()]
    p.new.click(fresh, p.language, emptied, js="(lang) => { memory.fresh(); return [lang]; }", **HIDDEN)
