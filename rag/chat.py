"""A follow-up → a question that can be understood alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rag.text import fold_text, language, words

if TYPE_CHECKING:
    from rag.engine import RagEngine
    from rag.types import Answer

History = Sequence[str | Mapping[str, Any]]
KEEP = 6  # earlier questions that are looked at

# A question that points back, or that is only the rest of one.
_POINTS_BACK_EN = re.compile(
    r"\b(?:he|she|it|they|him|her|his|hers|its|them|their|that|this|those|these|there|then"
    r"|the (?:same|other|latter|former|deal|meeting|project|company|man))\b"
)
_FRAGMENT_EN = re.compile(
    r"^(?:and|or|but|so|what about|how about|why(?: not)?\??$|when\??$|where\??$|who(?: else)?\??$|how much\??$)"
)
_POINTS_BACK_ZH = re.compile("他|她|它|这|那|其|该|对方|后者|前者|此|双方|两人|上述")
_FRAGMENT_ZH = re.compile("^(?:那么?|还有|然后|所以|具体|另外)|^(?:为什么|什么时候|谁|哪里|多少)[?？]?$|呢[?？]?$")


def questions_of(history: History) -> list[str]:
    """The user's earlier questions, oldest first, from strings or {"role", "content"} messages."""
    out = []
    for item in history:
        if isinstance(item, str):
            out.append(item)
        elif item.get("role") == "user":
            out.append(_plain(item.get("content")))
    return [text for text in out if text.strip()][-KEEP:]


def _plain(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        return str(content.get("text") or "")
    if isinstance(content, Sequence):  # chat messages may come in parts
        return " ".join(_plain(part) for part in content)
    return ""


def is_follow_up(question: str) -> bool:
    """Whether a question leans on what was asked before."""
    folded = fold_text(question)
    if language(question) == "zh":
        return bool(_FRAGMENT_ZH.search(folded) or _POINTS_BACK_ZH.search(folded)) or len(words(question)) < 2
    return bool(_FRAGMENT_EN.search(folded) or _POINTS_BACK_EN.search(folded)) or len(words(question)) < 2


def standalone(question: str, history: History) -> str:
    """The question with what it leans on: the last earlier question that stood alone, then the question.

    Retrieval needs the words, not the grammar, so nothing is rewritten. A question that stands alone is
    returned as it is.
    """
    earlier = questions_of(history)
    if not earlier or not is_follow_up(question):
        return question
    chain: list[str] = []
    for text in reversed(earlier):
        chain.insert(0, text)
        if not is_follow_up(text):
            break
    return "\n".join([*chain[:1], *chain[1:][-1:], question])


class Chat:
    """A conversation: remembers the questions, so that the next may lean on them."""

    def __init__(self, engine: RagEngine) -> None:
        self.engine = engine
        self.history: list[str] = []

    def say(self, message: str) -> Answer:
        """Answer one message."""
        answer = self.engine.ask(message, history=self.history)
        self.history.append(message)
        return answer

    def stream(self, message: str) -> Iterator[tuple[str, Any]]:
        """The same as events: ("token", str) … then ("answer", Answer)."""
        yield from self.engine.stream(message, history=self.history)
        self.history.append(message)
