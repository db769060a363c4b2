"""What happens when somebody asks, clicks or comes back: plain functions and generators, no components."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import unquote

from rag.errors import QuestionError
from rag.text import Language, language
from rag.types import Answer
from ui import render, sheets
from ui.feedback import Feedback, places
from ui.i18n import explain, t
from ui.line import Line
from ui.links import Pointer
from ui.loader import EngineLoader
from ui.options import Options
from ui.state import status_text

Message = dict[str, Any]
Chat = list[Message]

FRAME = 0.05  # seconds between two states of a streaming answer
NO_OPTIONS = Options()


# ── the conversation: its messages are its only memory, so it survives a restart of the server ──


def text_of(message: Message) -> str:
    """The HTML of a message, which the chat gives back in parts."""
    content = message["content"]
    return content if isinstance(content, str) else "".join(str(part.get("text", "")) for part in content)


def questions(chat: Chat) -> list[str]:
    """What the user has asked, oldest first."""
    return [render.asked(text_of(m)) for m in chat if m["role"] == "user"]


def history_of(chat: Chat) -> list[dict[str, str]]:
    """A conversation as the engine takes it: questions and answers, without the lists of sources, oldest first."""
    out = []
    for message in chat:
        text = text_of(message)
        plain = render.asked(text) if message["role"] == "user" else render.without_sources(render.copied(text))
        if plain:
            out.append({"role": message["role"], "content": plain})
    return out


def with_question(chat: Chat, question: str) -> Chat:
    """The conversation with one more question."""
    return [*chat, {"role": "user", "content": render.question(question)}]


def with_reply(chat: Chat, content: str) -> Chat:
    """The conversation with a reply to its last question, in place of an earlier one."""
    kept = chat[:-1] if chat and chat[-1]["role"] == "assistant" else chat
    return [*kept, {"role": "assistant", "content": content}]


def without_reply(chat: Chat) -> Chat:
    """The conversation up to its last question."""
    while chat and chat[-1]["role"] == "assistant":
        chat = chat[:-1]
    return chat


def answering(chat: Chat) -> bool:
    """Whether an answer is still coming in."""
    return bool(chat) and chat[-1]["role"] == "assistant" and render.unfinished(text_of(chat[-1]))


def undone(chat: Chat) -> tuple[Chat, str]:
    """The conversation without its last question, and that question."""
    asked = questions(chat)
    return without_reply(chat)[:-1], asked[-1] if asked else ""


def edited(chat: Chat, turn: int, question: str) -> Chat | None:
    """The conversation up to a turn, with its question put another way; None when there is no such turn."""
    asked = [at for at, message in enumerate(chat) if message["role"] == "user"]
    if not 0 <= turn < len(asked) or not question.strip():
        return None
    return with_question(chat[: asked[turn]], question.strip())


def restored(kept: Any) -> Chat:
    """A conversation as the browser has kept it; what is no message is left out, and an answer cut off is closed."""
    chat: Chat = []
    for message in kept if isinstance(kept, list) else ():
        role, text = (message.get("role"), message.get("text")) if isinstance(message, dict) else (None, None)
        if role == ("assistant" if len(chat) % 2 else "user") and isinstance(text, str):
            chat.append({"role": role, "content": render.question(render.asked(text)) if role == "user" else text})
    if chat and chat[-1]["role"] == "user":
        chat = with_reply(chat, render.pending("", "en"))
    return stopped(chat)


def stopped(chat: Chat) -> Chat:
    """The conversation after the user has stopped the answer that was coming in."""
    if not answering(chat):
        return chat
    return with_reply(chat, render.stopped(text_of(chat[-1]), language(questions(chat)[-1])))


# ── answering ──────────────────────────────────────────────────────────────────────────────────


class Stops:
    """Which conversations are being answered, so that Stop reaches the right one."""

    def __init__(self) -> None:
        self._running: dict[str, threading.Event] = {}

    @contextmanager
    def running(self, session: str) -> Iterator[threading.Event | None]:
        """While an answer is being given: the event that asks it to stop; None if there is one already."""
        stop = threading.Event()
        if self._running.setdefault(session, stop) is not stop:
            yield None
            return
        try:
            yield stop
        finally:
            del self._running[session]

    def ask(self, session: str) -> bool:
        """Ask the answer of this conversation to stop; False when none is being given."""
        stop = self._running.get(session)
        if stop is not None:
            stop.set()
        return stop is not None


def respond(
    chat: Chat, loader: EngineLoader, stop: threading.Event, line: Line, options: Options = NO_OPTIONS
) -> Iterator[tuple[Chat, str | None]]:
    """Answer the last question: (conversation, evidence pane or None for "as it was"), again and again.

    A failure becomes a sentence in the conversation; the next question can be asked.

    Args:
        chat: the conversation, ending with the question.
        loader: gives the engine; while it has none, the question waits.
        stop: when set, the answer ends where it is.
        line: lets this question through when it is its turn.
        options: how to answer, and over which articles.
    """
    *earlier, question = questions(chat)
    turn, lang = len(earlier), language(question)
    history = history_of(without_reply(chat)[:-1])
    last = render.pending(t("reading", lang), lang)
    yield with_reply(chat, last), None
    while not loader.wait(0.0) and not stop.is_set():
        last = render.pending(t("waiting", lang, status=status_text(loader, lang)), lang)
        yield with_reply(chat, last), None
        loader.wait(0.5)
    with line.stand() as ticket:
        while not ticket.wait(0.3) and not stop.is_set():
            last = render.pending(t("in_line", lang, n=ticket.ahead), lang)
            yield with_reply(chat, last), None
        text, shown = "", time.monotonic()
        for kind, value in _events(loader, question, history, stop, options):
            if kind == "token":
                text += value
                if time.monotonic() - shown >= FRAME:
                    shown = time.monotonic()
                    last = render.streaming(text, lang)
                    yield with_reply(chat, last), None
            elif kind == "answer":
                answer = noted(value, options)
                yield with_reply(chat, render.answer(answer, turn)), evidence_of(answer, turn, loader)
            elif kind == "error":
                yield with_reply(chat, render.failure(explain(value, lang), lang)), None
            else:
                yield with_reply(chat, render.stopped(last, lang)), None


def noted(answer: Answer, options: Options) -> Answer:
    """The answer with a note on the filters it was asked under."""
    filters = options.filters(answer.language)
    note = t("filtered", answer.language, filters=filters)
    return replace(answer, notes=(*answer.notes, note)) if filters else answer


def _events(
    loader: EngineLoader, question: str, history: list[dict[str, str]], stop: threading.Event, options: Options
) -> Iterator[tuple[str, Any]]:
    """The engine's events, then at an end ("error", exception) or ("stopped", None) if it comes to that.

    The engine works in a thread of its own, so that stopping takes effect at once, whatever it is busy with.
    """
    events: SimpleQueue[tuple[str, Any]] = SimpleQueue()

    def work() -> None:
        try:
            chosen = options.for_engine(language(question))
            for event in loader.engine().stream(question, history=history, **chosen):
                events.put(event)
                if stop.is_set():
                    return
        except Exception as error:
            events.put(("error", error))

    if not stop.is_set():  # it may have been, while the question was in line
        threading.Thread(target=work, name="answer", daemon=True).start()
    kind = ""
    while kind not in {"answer", "error"}:
        if stop.is_set():
            yield "stopped", None
            return
        with suppress(Empty):
            kind, value = events.get(timeout=0.1)
            yield kind, value


# ── evidence and articles ──────────────────────────────────────────────────────────────────────


def evidence_of(answer: Answer, turn: int, loader: EngineLoader) -> str:
    """The evidence pane of an answer just given."""
    pointers = [Pointer.of(c, turn) for c in answer.citations]
    return sheets.evidence(answer.question, pointers, loader.engine().article, answer.language)


def evidence_again(chat: Chat, turn: int, lit: int, loader: EngineLoader, *, enter: bool = False) -> str | None:
    """The evidence pane of a turn, with one card lit (0 for none); None when that turn has no finished answer.

    With `enter` the focus goes to that card.
    """
    asked = questions(chat)
    replies = [text_of(m) for m in chat if m["role"] == "assistant"]
    if not 0 <= turn < min(len(asked), len(replies)) or not render.finished(replies[turn]):
        return None
    # A turn's number is its place, whatever its links say: an earlier one may have been taken back.
    pointers = [replace(p, turn=turn) for p in render.pointers(replies[turn])]
    return sheets.evidence(asked[turn], pointers, loader.engine().article, language(asked[turn]), lit, enter=enter)


def read(link: str, lang: Language, loader: EngineLoader, *, removable: bool = False) -> str:
    """The article that a link opens, at the span it names. Raises RagError when there is none."""
    _, article_id, *span = link.split("/")
    article = loader.engine().article(unquote(article_id))
    try:
        start, end, check = int(span[0]), int(span[1]), span[2]
    except (ValueError, IndexError):
        return sheets.reader(article, lang, removable=removable)
    return sheets.reader(article, lang, start, end, check, removable=removable)


def rate(event: Any, chat: Chat, loader: EngineLoader, feedback: Feedback) -> None:
    """Keep somebody's opinion of an answer.

    Args:
        event: has `conversation`, `turn`, `vote` and `comment`, as the page sends them.
        chat: the conversation it is about.

    Raises:
        RagError: there is no such answer, or it can't be kept.
    """
    turn, vote = int(event.turn), str(event.vote)
    asked = questions(chat)
    replies = [text_of(m) for m in chat if m["role"] == "assistant"]
    if vote not in {"up", "down"} or not 0 <= turn < min(len(asked), len(replies)):
        raise QuestionError("There is no such answer to rate.")
    engine = loader.engine()
    evidence = places(render.pointers(replies[turn]), engine.article, [a.source for a in engine.overview()])
    feedback.note(
        str(event.conversation)[:64],
        turn,
        "up" if vote == "up" else "down",
        str(event.comment),
        asked[turn],
        asked[:turn],
        render.copied(replies[turn]),
        evidence,
    )
