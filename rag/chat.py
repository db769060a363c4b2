"""A follow-up → a question that can be understood alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rag.text import fold_text, language, words

if TYPE_CHECKING:
    from rag.names import NameIndex
    from rag.engine import RagEngine
    from rag.types import Answer

History = Sequence[str | Mapping[str, Any]]
KEEP = 6  # earlier questions that are looked at
ANSWER = 1000  # characters of an earlier message that are looked at

# A question that points back, or that is only the rest of one.
_PRONOUN_EN = re.compile(r"\b(?:he|she|it|they|him|her|his|hers|its|them|their|theirs|this|these|those)\b")
_POINTS_BACK_EN = re.compile(
    r"\bthat(?=\W*$| (?:deal|meeting|project|company|firm|man|woman|person|year|time|day|call|one|case|plan|money)\b)"
    r"|\b(?:there|then)\W*$|\bthe (?:same|other|latter|former)\b"
    r"|\bthe (?:deal|meeting|project|company|man|woman|call|plan)\W*$"
)
_FRAGMENT_EN = re.compile(
    r"^(?:and|or|but|so|then|what about|how about)\b"
    r"|^(?:why(?: not)?|when|where|who(?: else)?|how much|how many|really)\W*$"
)
_PRONOUN_ZH = re.compile("(?<![其吉])[他她它]")
_POINTS_BACK_ZH = re.compile(
    "[这那][个次笔些家项件位场里边名样份段]|^那|(?<!耳)其(?![他它实中余次])|该(?=公司|项目|计划|协议|交易|组织|机构|人|国|案)"
    "|此(?=事|人|次|案|前|后|外)|对方|后者|前者|双方|两人|上述"
)
_FRAGMENT_ZH = re.compile("^(?:还有|然后|所以|具体|另外)|^(?:为什么|什么时候|谁|哪里|多少)\\W*$|呢\\W*$")


def questions_of(history: History) -> list[str]:
    """The user's earlier questions, oldest first, from strings or {"role", "content"} messages."""
    out = []
    for item in history:
        if isinstance(item, str):
            out.append(item)
        elif item.get("role") == "user":
            out.append(_plain(item.get("content")))
    return [text for text in out if text.strip()][-KEEP:]


def turns(history: History) -> list[tuple[str, str]]:
    """The conversation so far as (speaker, text), oldest first; speakers are "user" and "assistant"."""
    out = []
    for item in history:
        role, text = ("user", item) if isinstance(item, str) else (item.get("role"), _plain(item.get("content")))
        if role in ("user", "assistant") and text.strip():
            out.append((str(role), text[:ANSWER]))
    return out[-2 * KEEP :]


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
    if not words(question):
        return True
    if language(question) == "zh":
        if _FRAGMENT_ZH.search(folded) or _POINTS_BACK_ZH.search(folded):
            return True
        # A pronoun after a content word has what it stands for in the question itself.
        pronoun = _PRONOUN_ZH.search(folded)
        return pronoun is not None and not words(folded[: pronoun.start()])
    if _FRAGMENT_EN.search(folded) or _POINTS_BACK_EN.search(folded):
        return True
    english = _PRONOUN_EN.search(folded)
    if english is None:
        return False
    # So has one after a name; the first word is capitalised anyway.
    return not re.search(r"(?<!^)\b[A-Z]", question.strip()[: english.start()])


def standalone(question: str, history: History, names: NameIndex | None = None) -> str:
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
