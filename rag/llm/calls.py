"""One call of an LLM that can't hang, and what went wrong with it in words."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

REPEATS = 3  # times that a sentence-long piece comes in a row before the output counts as looping
LONGEST = 200  # characters of a server's message that are passed on
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
        LLMFailure: it can't be reached, refuses, takes too long, loops, is cut off, or ends without a word. What is
            complete of the text has come before.
    """
    pieces: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()

    def work() -> None:
        try:
            with closing(_completion(llm, prompt)) as completion:
                for piece in completion:
                    if stop.is_set():
                        return
                    if piece:
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
                failure = explain(piece)
                raise failure from (None if failure is piece else piece)
            text += piece
            yield piece
            if len(text) > most or loops(text):
                raise LLMFailure("loop")
        if not text.strip():
            raise LLMFailure("empty")
    finally:
        stop.set()


def _completion(llm: LLM, prompt: str) -> Generator[str, None, None]:
    """What each response adds, "" where it adds nothing."""
    try:
        stream = iter(llm.stream_complete(prompt))
        response: Any = next(stream, None)
    except NotImplementedError:
        whole = llm.complete(prompt)
        yield whole.text or ""
        _raise_if_cut(_ending(whole.raw))
        return
    said, ending = "", None
    try:
        while response is not None:
            # Some give what is new, some only all so far.
            new = response.delta if response.delta is not None else (response.text or "")[len(said) :]
            said += new
            yield new
            ending = _ending(response.raw) or ending
            response = next(stream, None)
    finally:
        close = getattr(stream, "close", None)
        if close:
            close()
    _raise_if_cut(ending)


def _ending(raw: Any) -> str | None:
    """How a server says that a reply ends there: "stop", "length", …; "broken" if it says that there is more to come.

    Ollama's responses carry `done` and `done_reason`, those of OpenAI's protocol `finish_reason` in each choice; of
    anything else nothing is known.
    """
    if isinstance(raw, Mapping) and "done" in raw:
        return str(raw.get("done_reason") or "stop") if raw["done"] else "broken"
    choices = raw.get("choices") if isinstance(raw, Mapping) else getattr(raw, "choices", None)
    if not choices:
        return None
    reason = choices[0].get("finish_reason") if isinstance(choices[0], Mapping) else choices[0].finish_reason
    return str(reason) if reason else None


def _raise_if_cut(ending: str | None) -> None:
    if ending in ("length", "broken"):
        raise LLMFailure(ending)


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
        if isinstance(one, (json.JSONDecodeError, ConnectionResetError)) or type(one).__name__ in _BROKEN:
            return LLMFailure("broken")
    if any(isinstance(one, ConnectionError) or type(one).__name__ in _UNREACHABLE for one in chain):
        return LLMFailure("unreachable")
    # Ollama's server says what is wrong in words; other messages may repeat the request, and with it the key.
    said = next((one.error for one in chain if type(one).__name__ == "ResponseError" and hasattr(one, "error")), "")
    return LLMFailure("error", " ".join(str(said).split())[:LONGEST] or type(error).__name__)


# By name, since which client is installed isn't known here.
_UNREACHABLE = ("APIConnectionError", "ConnectError")
_BROKEN = ("RemoteProtocolError", "ReadError")


def _about_context(message: str) -> bool:
    lower = message.lower()
    return "context" in lower and any(word in lower for word in ("exceed", "length", "too long", "maximum", "size"))
