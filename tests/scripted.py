"""A real llama-index LLM whose replies are written beforehand, and which remembers what it was asked."""

import time
from typing import Any

from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata


class ScriptedLLM(CustomLLM):
    """Each reply is a text, or an exception to raise; `size` characters come at a time."""

    replies: list[Any] = []
    prompts: list[str] = []
    size: int = 3
    window: int = 8192
    pause: float = 0.0
    closed: list[bool] = []

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(context_window=self.window)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text="".join(r.delta or "" for r in self.stream_complete(prompt)))

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any):
        self.prompts.append(prompt)
        reply = self.replies.pop(0)

        def pieces():
            try:
                if isinstance(reply, BaseException):
                    raise reply
                for at in range(0, len(reply), self.size):
                    time.sleep(self.pause)
                    yield CompletionResponse(text=reply[: at + self.size], delta=reply[at : at + self.size])
            finally:
                self.closed.append(True)

        return pieces()
