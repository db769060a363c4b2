"""An LLM's voice: made from settings, asked once, checked sentence by sentence; never needed."""

from rag.llm.answerer import LLMAnswerer, Task, told
from rag.llm.calls import LLMFailure
from rag.llm.condense import condense
from rag.llm.make import make_llm
from rag.llm.wording import tell, tell_failure

__all__ = ["LLMAnswerer", "LLMFailure", "Task", "condense", "make_llm", "tell", "tell_failure", "told"]
