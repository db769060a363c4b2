"""What happens when somebody asks, clicks or searches: plain functions and generators, no components."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import unquote

from rag.config import shipped
from rag.errors import QuestionError, RagError
from rag.text import Language, fold_text, language
from rag.types import Answer, Article
from ui import render, sheets
from ui.i18n import DEMO_QUESTIONS, TEXTS, articles_word, t
from ui.loader import EngineLoader

Message = dict[str, Any]
Chat = list[Message]

FRAME = 0.05  # seconds between two states of a streaming answer
EXAMPLES = 6
LONGEST_TITLE = 60  # characters of a title in a derived question

log = logging.getLogger(__name__)


# ── the conversation: its messages are its only memory, so it survives a restart of the server ──


def text_of(message: Message) -> str:
    """The HTML of a message, which the chat gives back in parts."""
    content = message["content"]
    return content if isinstance(content, str) else "".join(str(part.get("text", "")) for part in content)


def questions(chat: Chat) -> list[str]:
    """What the user has asked, oldest first."""
    return [render.asked(text_of(m)) for m in chat if m["role"] == "user"]


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


def respond(chat: Chat, loader: EngineLoader, stop: threading.Event) -> Iterator[tuple[Chat, str | None]]:
    """Answer the last question: (conversation, evidence pane or None for "as it was"), again and again.

    A failure becomes a sentence in the conversation; the next question can be asked.

    Args:
        chat: the conversation, ending with the question.
        loader: gives the engine; while it has none, the question waits.
        stop: when set, the answer ends where it is.
    """
    *history, question = questions(chat)
    turn, lang = len(history), language(question)
    last = render.pending(t("reading", lang), lang)
    while not loader.wait(0.0) and not stop.is_set():
        last = render.pending(t("waiting", lang, status=status_text(loader, lang)), lang)
        yield with_reply(chat, last), None
        loader.wait(0.5)
    yield with_reply(chat, last), None
    text, shown = "", time.monotonic()
    for kind, value in _events(loader, question, history, stop):
        if kind == "token":
            text += value
            if time.monotonic() - shown >= FRAME:
                shown = time.monotonic()
                last = render.streaming(text, lang)
                yield with_reply(chat, last), None
        elif kind == "answer":
            yield with_reply(chat, render.answer(value, turn)), evidence_of(value, turn, loader)
        elif kind == "error":
            yield with_reply(chat, render.failure(error_text(value, lang), lang)), None
        else:
            yield with_reply(chat, render.stopped(last, lang)), None


def _events(
    loader: EngineLoader, question: str, history: Sequence[str], stop: threading.Event
) -> Iterator[tuple[str, Any]]:
    """The engine's events, then at an end ("error", exception) or ("stopped", None) if it comes to that.

    The engine works in a thread of its own, so that stopping takes effect at once, whatever it is busy with.
    """
    events: SimpleQueue[tuple[str, Any]] = SimpleQueue()

    def work() -> None:
        try:
            for event in loader.engine().stream(question, history=history):
                events.put(event)
                if stop.is_set():
                    return
        except Exception as error:
            events.put(("error", error))

    threading.Thread(target=work, name="answer", daemon=True).start()
    kind = ""
    while kind not in {"answer", "error"}:
        if stop.is_set():
            yield "stopped", None
            return
        with suppress(Empty):
            kind, value = events.get(timeout=0.1)
            yield kind, value


def error_text(error: Exception, lang: Language) -> str:
    """An error as a sentence in the user's language, as far as there is one; what is no RagError goes to the log."""
    if not isinstance(error, RagError):
        log.error("a question failed", exc_info=error)
        return t("unexpected", lang, kind=type(error).__name__)
    key = type(error).__name__
    lead = t(key if key in TEXTS else "RagError", lang)
    return f"{lead} {error}".strip()


# ── evidence and articles ──────────────────────────────────────────────────────────────────────


def evidence_of(answer: Answer, turn: int, loader: EngineLoader) -> str:
    """The evidence pane of an answer just given."""
    pointers = [render.Pointer.of(c, turn) for c in answer.citations]
    return sheets.evidence(answer.question, pointers, loader.engine().article, answer.language)


def evidence_again(links: Sequence[str], lit: int, chat: Chat, loader: EngineLoader) -> str | None:
    """The evidence pane of the turn whose marker was clicked, with one card lit; None for links that are none."""
    try:
        pointers = {p.n: p for p in map(render.Pointer.parse, links)}  # a marker may stand twice in an answer
        asked = questions(chat)[next(iter(pointers.values())).turn]
    except (ValueError, IndexError, StopIteration):
        return None
    ordered = [pointers[n] for n in sorted(pointers)]
    return sheets.evidence(asked, ordered, loader.engine().article, language(asked), lit)


def read(link: str, lang: Language, loader: EngineLoader) -> str:
    """The article that a link opens, at the span it names. Raises RagError when there is none."""
    _, article_id, *span = link.split("/")
    article = loader.engine().article(unquote(article_id))
    try:
        start, end, check = int(span[0]), int(span[1]), span[2]
    except (ValueError, IndexError):
        return sheets.reader(article, lang)
    return sheets.reader(article, lang, start, end, check)


class Catalogue:
    """The list of articles, read again only when the index has changed."""

    def __init__(self, loader: EngineLoader) -> None:
        self._loader = loader
        self._lock = threading.Lock()
        self._cached: tuple[int, list[tuple[Article, str]]] | None = None

    def _articles(self) -> list[tuple[Article, str]]:
        """Articles, the newest first, with the folded text in which a search looks."""
        engine = self._loader.engine()
        generation = engine.store.generation
        with self._lock:
            if self._cached is None or self._cached[0] != generation:
                newest = sorted(engine.articles(), key=lambda a: a.date or "", reverse=True)
                self._cached = (generation, [(a, _haystack(a)) for a in newest])
            return self._cached[1]

    def articles(self) -> list[Article]:
        """Every article, the newest first."""
        return [article for article, _ in self._articles()]

    def search(self, words: str) -> list[Article]:
        """The articles that hold all the words, in either script, in their text or about them."""
        wanted = fold_text(words).split()
        return [article for article, text in self._articles() if all(word in text for word in wanted)]


def _haystack(article: Article) -> str:
    a = article
    return fold_text("\n".join((a.title, a.outlet or "", a.date or "", a.source, *a.authors, a.text)))


def example_questions(articles: Sequence[Article]) -> list[str]:
    """Questions to begin with: chosen ones for the demo articles, else one about each of the newest titles."""
    demo = shipped("articles")
    files = {path.relative_to(demo).as_posix() for path in demo.rglob("*") if path.is_file()}
    if files and {a.source for a in articles} == files:
        return list(DEMO_QUESTIONS)
    newest = sorted(articles, key=lambda a: (a.date or "", a.source), reverse=True)
    by_language = [[a for a in newest if a.language == lang] for lang in ("en", "zh")]
    mixed = [a for rank in range(EXAMPLES) for group in by_language for a in group[rank : rank + 1]]
    return [t("example", a.language, title=_short(a.title)) for a in mixed[:EXAMPLES]]


def _short(title: str) -> str:
    title = " ".join(title.split())
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"


# ── the state of things ────────────────────────────────────────────────────────────────────────


def status_text(loader: EngineLoader, lang: Language, count: int = 0) -> str:
    """How far loading is, or how many articles there are."""
    state = loader.status
    if state.stage == "ready":
        return t("status_ready", lang, n=f"{count:,}", articles=articles_word(count, lang))
    if state.stage == "building":
        return t("status_building", lang, done=state.done, total=state.total)
    return t("status_failed" if state.stage == "failed" else "status_starting", lang)


# ── HTTP ───────────────────────────────────────────────────────────────────────────────────────


def ask(question: str, history: Sequence[Any], loader: EngineLoader) -> dict[str, Any]:
    """One question over HTTP: waits until the models are loaded, remembers nothing.

    Raises:
        RagError: the question or its history is not what it should be, or the engine could not be loaded.
    """
    if not isinstance(question, str):
        raise QuestionError("The question must be a string.")
    if not isinstance(history, (list, tuple)) or not all(isinstance(item, (str, Mapping)) for item in history):
        raise QuestionError('The history must be a list of questions or of {"role", "content"} messages, oldest first.')
    # Half a surrogate pair is legal in JSON and can't be sent back.
    whole = question.encode("utf-8", "replace").decode("utf-8")
    return loader.engine().ask(whole, history=history).to_dict()
