"""A model file, run in this process by llama.cpp, as a llama-index LLM.

llama-index's own integration wants llama-cpp-python, which has to be compiled; xllamacpp comes as a wheel.
"""

from __future__ import annotations

import os
import queue
import secrets
import threading
import weakref
from collections.abc import Generator
from pathlib import Path
from typing import Any

from llama_index.core.base.llms.types import CompletionResponse, LLMMetadata
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.llms import CustomLLM

from rag.errors import ModelError, missing_extra

MAGIC = b"GGUF"
BATCH = 128  # tokens of a prompt that are read at once; a call can be cancelled between two batches


class LlamaCpp(CustomLLM):
    """A GGUF file as an LLM. It is loaded here and stays in memory as long as this object does.

    Calls from several threads take turns. Closing a stream stops the computation, also while the prompt is read.

    Args:
        file: the model.
        context: tokens of its context window.
        reply: tokens of the longest answer.
        threads: of the CPU; one less than there are cores when absent.

    Raises:
        ModelError: xllamacpp is not installed, or the file is missing or no complete model.
    """

    file: Path
    context: int = 8192
    reply: int = 600
    threads: int | None = None

    # The one reference to the server; where it goes, the model is unloaded, at the interpreter's end at the latest.
    _server: list[Any] = PrivateAttr()

    def __init__(self, file: Path, **more: Any) -> None:
        super().__init__(file=file, **more)
        key = secrets.token_hex(16)  # llama.cpp opens a port in any case; nobody else has business there
        self._server = [serve_gguf(self.file, context=self.context, key=key, threads=self.threads)]
        weakref.finalize(self, self._server.clear)

    @classmethod
    def class_name(cls) -> str:
        """The name that llama-index knows the class by."""
        return "LlamaCpp"

    @property
    def metadata(self) -> LLMMetadata:
        """What llama-index asks of a model: lengths in tokens."""
        return LLMMetadata(context_window=self.context, num_output=self.reply, model_name=self.file.name)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """The whole answer to a prompt; `kwargs` are fields of OpenAI's request. Raises as the stream does."""
        last = CompletionResponse(text="")
        for last in self.stream_complete(prompt, formatted, **kwargs):  # noqa: B007
            pass
        return last

    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> Generator[CompletionResponse, None, None]:
        """The answer as it grows; a response without new text is a sign of life while the prompt is read.

        Raises:
            RuntimeError: llama.cpp refuses the request, such as one that is too long; the message is its own.
        """
        request = {
            "messages": [{"role": "user", "content": prompt}],
            "max_tokens": self.reply,
            "temperature": 0.0,
            "chat_template_kwargs": {"enable_thinking": False},
            **kwargs,
            "stream": True,
            "return_progress": True,
        }
        chunks: queue.SimpleQueue[dict[str, Any] | BaseException | None] = queue.SimpleQueue()
        stop = threading.Event()
        server = self._server[0]

        def take(chunk: dict[str, Any]) -> bool:
            chunks.put(chunk)
            return stop.is_set()

        def work() -> None:
            try:
                server.handle_chat_completions(request, take)
                chunks.put(None)
            except BaseException as error:  # handed to the caller, whatever it is
                chunks.put(error)

        # No daemon: one that llama.cpp calls back while the interpreter goes down would take the process with it.
        threading.Thread(target=work, name="gguf").start()
        text = ""
        try:
            while (chunk := chunks.get()) is not None:
                if isinstance(chunk, BaseException):
                    raise chunk
                if "error" in chunk:
                    raise RuntimeError(str(chunk["error"].get("message") or chunk["error"]))
                delta = "".join(choice["delta"].get("content") or "" for choice in chunk["choices"])
                text += delta
                yield CompletionResponse(text=text, delta=delta, raw=chunk)
        finally:
            stop.set()


def serve_gguf(file: Path, *, context: int, key: str, threads: int | None = None) -> Any:
    """An `xllamacpp.Server` for a GGUF file on a free port of 127.0.0.1; it ends when the last reference to it goes.

    Args:
        file: the model.
        context: tokens of its context window.
        key: which requests over HTTP must carry.
        threads: of the CPU; one less than there are cores when absent.

    Raises:
        ModelError: xllamacpp is not installed, or the file is missing or no complete model.
    """
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelError(missing_extra("A local GGUF model", "xllamacpp", "gguf")) from error
    try:
        with file.open("rb") as opened:
            magic = opened.read(len(MAGIC))
    except OSError as error:
        raise ModelError(
            f"{file} can't be read ({error.strerror}). Set RAG_LLM_MODEL to the path of a GGUF file."
        ) from error
    if magic != MAGIC:
        raise ModelError(f"{file} is no GGUF file. Set RAG_LLM_MODEL to the path of one.")
    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.n_ctx = context
    params.n_batch = params.n_ubatch = BATCH
    params.n_parallel = 1
    params.ui = False
    params.warmup = False
    params.verbosity = -1
    # llama.cpp's threads wait for each other by spinning: on a core short they hardly move at all.
    params.cpuparams.n_threads = threads or max(1, (os.cpu_count() or 2) - 1)
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise ModelError(
            f"{file} can't be loaded. It is incomplete, damaged, of a kind that this llama.cpp doesn't know, or "
            f"larger than the memory (with a context of {context} tokens, setting llm_context). Fetch it again, "
            "update xllamacpp, or take a smaller one."
        ) from error
