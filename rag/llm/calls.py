"""One call of an LLM that can't hang, and what went wrong with it in words."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

REPEATS = 3  # times that a sentence-long piece comes in a row before the output counts as looping
PIECE = 12  # characters from which a repeated piece counts; shorter ones recur in prose


class LLMFailure(Exception):
    """Why an LLM gave nothing, or stopped: a key of the wording, and the detail that helps."""

    def __init__(self, key: str, detail: str = "") -> None:
        super().__init__(f"{key}: {detail}" if detail else key)
        self.key = key
        self.detail = detail


def tokens(llm: LLM, prompt: str, *, timeout: float, most: int) -> Generator[str, None, None]:
    """The pieces of one completion as they come. Closing the generator cancels the call.

    The call runs in a thread of its own, so that even a model that never answers can't hold up the caller.

    Args:
        llm: any llama-index LLM; one that can't stream is asked for everything at once.
        prompt: the whole of it.
        timeout: seconds that the call may take in all.
        most: characters after which the output counts as endless.

    Raises:
        LLMFailure: it can't be reached, refuses, takes too long, loops, or ends without a word.
    """
    pieces: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()

    def work() -> None:
        try:
            for piece in _completion(llm, prompt):
                if stop.is_set():
                    return
                pieces.put(piece)
            pieces.put(None)
        except BaseException as error:  # handed to the caller, whatever it is
            pieces.put(error)

    threading.Thread(target=work, name="llm", daemon=True).start()
    until = time.monotonic() + timeout
    text = ""
    try:
        while True:
            try:
                piece = pieces.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise LLMFailure("timeout", f"{timeout:g}") from None
            if piece is None:
                break
            if isinstance(piece, BaseException):
                raise explain(piece) from piece
            text += piece
            yield piece
            if len(text) > most or loops(text):
                raise LLMFailure("loop")
        if not text.strip():
            raise LLMFailure("empty")
    finally:
        stop.set()


def _completion(llm: LLM, prompt: str) -> Iterator[str]:
    said = ""
    try:
        stream = iter(llm.stream_complete(prompt))
        first = next(stream, None)
    except NotImplementedError:
        yield llm.complete(prompt).text or ""
        return
    response: Any = first
    try:
        while response is not None:
            # Some give what is new, some only all so far.
            whole = response.text or ""
            new = response.delta if response.delta is not None else whole[len(said) :]
            said = said + new
            if new:
                yield new
            response = next(stream, None)
    finally:
        close = getattr(stream, "close", None)
        if close:
            close()


def loops(text: str) -> bool:
    """Whether a text ends in the same piece REPEATS times over: a model that has lost its way."""
    tail = text[-2000:]
    for size in range(PIECE, len(tail) // REPEATS + 1):
        piece = tail[-size:]
        if piece.strip() and tail.endswith(piece * REPEATS):
            return True
    return False


def explain(error: BaseException) -> LLMFailure:
    """A client's error as one of the failures there is wording for; never with a key in it."""
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or at.__context__
    for one in chain:
        if isinstance(one, LLMFailure):
            return one
        status = getattr(one, "status_code", None)
        if status in (401, 403):
            return LLMFailure("key")
        if status == 404:
            return LLMFailure("model")
        if status == 429:
            return LLMFailure("busy")
        if _about_context(str(one)):
            return LLMFailure("context")
    for one in chain:
        if isinstance(one, UnicodeError):
            return LLMFailure("garbled")
        if isinstance(one, TimeoutError) or "Timeout" in type(one).__name__:
            return LLMFailure("timeout_there")
    if any(isinstance(one, ConnectionError) or type(one).__name__ in _UNREACHABLE for one in chain):
        return LLMFailure("unreachable")
    return LLMFailure("error", type(error).__name__)


_UNREACHABLE = ("APIConnectionError", "ConnectError", "RemoteProtocolError", "ReadError")


def _about_context(message: str) -> bool:
    lower = message.lower()
    return "context" in lower and any(word in lower for word in ("exceed", "length", "too long", "maximum", "size"))
