"""A follow-up → a question that can be understood alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.names import NameIndex
from rag.support.named import Named, is_person, is_place, named, with_terms
from rag.text import CJK, fold_text, language, simplified, words

if TYPE_CHECKING:
    from rag.engine import RagEngine, Voice
    from rag.types import Answer

History = Sequence[str | Mapping[str, Any]]
KEEP = 6  # earlier questions that are looked at, with the answers to them
ANSWER = 1000  # characters of an earlier message that are looked at

# A question that points back, or that is only the rest of one.
_PRONOUN_EN = re.compile(r"\b(?:he|she|it|they|him|her|his|hers|its|them|their|theirs|this|these|those)\b")
_POINTS_BACK_EN = re.compile(
    r"\bthat(?=\W*$| (?:deal|meeting|project|company|firm|man|woman|person|year|time|day|call|one|case|plan|money)\b)"
    r"|\b(?:there|then)\W*$|\bthe (?:same|other|latter|former)\b"
    r"|\bthe (?:deal|meeting|project|company|man|woman|call|plan)\W*$"
    r"|^(?:who|what|where|which \w+) else\b|\b(?:afterwards|reply|respond|react)\W*$"
)
_FRAGMENT_EN = re.compile(
    r"^(?:and|or|but|so|then|what about|how about)\b"
    r"|^(?:why(?: not)?|when|where|who(?: else)?|how much|how many|really)\W*$"
)
_PRONOUN_ZH = re.compile("(?<![其吉])[他她它]")
_POINTS_BACK_ZH = re.compile(
    "[这那][个次笔些家项件位场里边名样份段]|^那|(?<!耳)其(?![他它实中余次])|该(?=公司|项目|计划|协议|交易|组织|机构|人|国|案)"
    "|此(?=事|人|次|案|前|后|外)|对方|后者|前者|双方|两人|上述"
    "|的(?:有多少|是谁|是哪)|[怎如]么?何?回应\\W*$|^后来|^还有谁"
)
_FRAGMENT_ZH = re.compile(
    f"^(?:为什么|为何|怎么会?|何时|什么时候)[{CJK}]{{1,3}}\\W*$|^(?:还有|然后|所以|具体|另外)|^(?:为什么|什么时候|谁|哪里|多少)\\W*$|呢\\W*$"
)


def turns(history: History) -> list[tuple[str, str]]:
    """The latest of a conversation as (speaker, text), oldest first; speakers are "user" and "assistant".

    Args:
        history: questions, or messages as chat programs keep them: {"role", "content"}, content in parts or not.
    """
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


# What a follow-up is completed by.
_HER = (  # whose: her house, but not "met her yesterday"
    r"her(?= (?!(?:in|on|at|to|for|with|by|from|of|about|and|or|yesterday|today|again|when|after|before|last|this|that)"
    r"\b)[a-z])"
)
_HE = re.compile(rf"(?i:\b(?:(?P<whose>his|{_HER})|he|him|she|her)\b)|[他她](?:本人|自己)?(?!们)")
_IT = re.compile(
    r"(?i:\b(?:(?P<whose>its)|it|the (?:company|project|venture|deal|campus|firm))\b)"
    r"|它(?!们)|其(?![他它实中余次])|(?:该|这家|那家)公司|[这那]个项目"
)
# It that stands for nothing: "is it true that", "was it Altman who", "how long did it take to".
_EMPTY_IT = re.compile(
    r"\b[Ii]t (?=(?:true|clear|unclear|known|likely|possible|certain|said)\b)"
    r"|\b[Ii]t (?=[A-Z][\w.'’ -]*? (?:who|that|which)\b)|\bit (?=takes?\b.*\bto\b)"
)
_ABOUT = re.compile(
    r"(?i:^(?:and |but |so )?(?:what|how) about (?P<en>[^?]+)\??$)"
    r"|(?i:^(?:and|but) (?P<one>[^?,]{1,40})\?$)"
    r"|^那?么?(?P<zh>(?!后来|然后|现在|之后)[^，,？?]{1,15})呢[？?]?$"
)
_JOINS = re.compile(
    r"(?i:^(?:and|but|so|or|then),? )|^(?:后来呢|后来|那么?|然后|还有)[，,]?(?![个次笔些家项件位场里边名样份段谁])"
)
_FRAGMENT = re.compile(
    r"\b(?:else|why(?: not)?|when|where)\W*$|^\W*(?:why|when|where|who)\W*$|^(?:为什么|什么时候|谁|哪里|多少)\W*$"
)
_ASKS_EN = frozenset(
    "what which who whom whose when where why how much many long did do does is are was were has have had will would "
    "can could and or so then but the a an".split()
)
_ASKS_ZH = re.compile(
    "是?什么时候|为什么|是?什么|是不是|有没有|怎么样?|如何|哪一?[年天月个家些位里种]?|是?谁|一共|多少|几(?=[个名位家次年月天])|吗|呢|了吗?(?=[？?]?$)|的(?=[？?]$)"
)


def is_follow_up(question: str) -> bool:
    """Whether a question leans on what was asked before."""
    question = _without_empty_it(question)
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
    """The question so that it can be understood alone; one that can already is returned as it is.

    A pronoun is replaced by the name it stands for; where something is left out, the words of the question before
    come first. "他捐了多少？" after "奥尔特曼支持过谁？" becomes "奥尔特曼捐了多少？".

    Args:
        question: as asked.
        history: earlier questions, or messages of both sides, oldest first.
        names: of the corpus, the world's when absent; they tell people from other things.
    """
    if not turns(history) or not is_follow_up(question):
        return question
    known = with_terms(names)
    before, said = "", ""  # the last question in full, and what was answered since
    for speaker, text in [*turns(history), ("user", question)]:
        if speaker == "assistant":
            said = text
        else:
            before = _in_full(text, before, said, known) if is_follow_up(text) else text.strip()
            said = ""
    return before


def _in_full(question: str, before: str, said: str, names: NameIndex) -> str:
    """A follow-up in full, by the full question before it and the answer to that."""
    question = question.strip()
    if not before or not question:
        return question or before
    context = [*_whole(before, names), *(n for n in named(said, names) if n.known)]
    own = {n.key for n in named(question, names)}
    people = [n for n in context if n.key not in own and is_person(n)]
    people = people or [n for n in context if n.key not in own and not n.known]
    things = [n for n in context if n.key not in own and not is_person(n) and not is_place(n)]
    about = _ABOUT.match(question)
    if about and (about["one"] is None or _only_named(about["one"], names)):
        return _instead(before, about["en"] or about["one"] or about["zh"], names)
    full = question
    for pattern, candidates in ((_HE, people), (_IT, things)):
        full = _replaced(full, pattern, candidates)
    # What has a name now and says something of its own needs no more.
    full = _JOINS.sub("", full)
    folded = fold_text(full)
    leans = _FRAGMENT.search(folded) or _POINTS_BACK_EN.search(folded) or _POINTS_BACK_ZH.search(folded)
    if full != question and {n.key for n in named(full, names)} - own and not leans:
        return full
    return in_context(full, before)


def in_context(question: str, before: str) -> str:
    """A question with what another one is about in front; the reader has learnt this form (`rag.train`)."""
    topic = _topic(before)
    return f"{topic} — {question}" if language(question) == "en" else f"{topic}，{question}"


def _whole(text: str, names: NameIndex) -> list[Named]:
    """The names of a text; words of a name that nothing links are put together: Priya Lindqvist."""
    out: list[Named] = []
    for name in named(text, names):
        last = out[-1] if out else None
        if last and not last.known and last.written.isascii() and name.start == last.end + 1:
            out[-1] = replace(name, written=f"{last.written} {name.written.title()}", start=last.start)
        else:
            out.append(name)
    return out


def _replaced(question: str, pattern: re.Pattern[str], candidates: Sequence[Named]) -> str:
    match = pattern.search(_without_empty_it(question))
    if not match or not candidates:
        return question
    name = _spelled(candidates[0], language(question))
    owner = match.groupdict().get("whose")
    name = f"{name}'s" if owner and owner.isascii() else name
    return question[: match.start()] + name + question[match.end() :]


def _without_empty_it(question: str) -> str:
    """The question with blanks for what looks like a pronoun and stands for nothing."""
    return _EMPTY_IT.sub(lambda match: " " * len(match[0]), question)


def _only_named(thing: str, names: NameIndex) -> bool:
    """Whether a few words name something and ask nothing."""
    told = fold_text(thing).split()
    return len(told) <= 4 and not _ASKS_EN.intersection(told) - {"the", "a", "an"} and bool(named(thing, names))


def _spelled(name: Named, lang: str) -> str:
    """A name as it was written, in capitals again."""
    if name.name is not None and fold_text(name.name.latin) == name.written:
        return name.name.latin
    return name.written.title() if name.written.islower() and lang == "en" else name.written


def _instead(before: str, thing: str, names: NameIndex) -> str:
    """The question before, asked about something else: "and Musk?" after "What did Altman say?"."""
    found, new = named(before, names), named(thing, names)
    folded = fold_text(before)
    if found and new and len(folded) == len(before):
        old = found[0]
        return before[: old.start] + thing.strip() + before[old.end :]
    return f"{before} {thing.strip()}"


def _topic(question: str) -> str:
    """What a question is about: itself without the words that ask."""
    if language(question) == "zh":
        return _ASKS_ZH.sub("", simplified(question)).strip(" ?？。，,") or question
    kept = [w for w in re.findall(r"[\w$%'’.-]+", question) if fold_text(w) not in _ASKS_EN]
    return " ".join(kept).strip(" .") or question


class Chat:
    """A conversation with a memory of its own: both sides' messages, so that the next may lean on them."""

    def __init__(self, engine: RagEngine) -> None:
        self.engine = engine
        self.history: list[dict[str, str]] = []

    def say(self, message: str, voice: Voice | None = None, **options: Any) -> Answer:
        """Answer one message. Takes (filters, language) and raises what `RagEngine.ask` does."""
        answer = self.engine.ask(message, history=self.history, voice=voice, **options)
        self._remember(message, answer)
        return answer

    def stream(self, message: str, voice: Voice | None = None, **options: Any) -> Iterator[tuple[str, Any]]:
        """The same as events: ("token", str) … then ("answer", Answer). What is broken off is not remembered."""
        for kind, value in self.engine.stream(message, history=self.history, voice=voice, **options):
            if kind == "answer":
                self._remember(message, value)
            yield kind, value

    def _remember(self, message: str, answer: Answer) -> None:
        # The short answer is what a pronoun may mean; a refusal names nobody but the question's own.
        said = answer.text.split("\n")[0] if answer.answered else ""
        self.history += [{"role": "user", "content": message}, {"role": "assistant", "content": said}]
