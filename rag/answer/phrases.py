"""Phrases by form: which name one comes down to, which holds which, what an enumeration enumerates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from rag.answer.questions import Kind
from rag.names import NameIndex
from rag.reader import Reading
from rag.text import CJK, cut, fold, fold_text, language, sentences, words

_GIVEN = re.compile(f"[{CJK}]{{1,6}}[·・‧•](?=⟨)")
_BRACKETS = re.compile(r"\s?[（(][^（）()]*[）)]")
_NAME = re.compile("⟨([^⟩]*)⟩")
_TITLE_AFTER = re.compile("(?<=⟩)(?:总统|首席执行官|董事长|州长|先生|女士|博士|教授|议员|部长|公司|集团|本人|等人)$")
_AND = "(?<![共总缓平饱温])和(?![平谐解])|(?<!参)与(?!会)|(?<![以普涉提埃危])及(?![其时早])|以及"
# What stands before a name in one phrase: no conjunction, no verb's helper, no English preposition or possessive.
_JOINS = re.compile(
    rf"{_AND}|[跟、，,;；了被将把向给对由]|\b(?:and|or|of|in|by|for|from|at|to|with|on)\b|'s\b|\u2019s\b"
)
_ARTICLES = re.compile(r"^(?:the|an?|his|her|its|their) ")


def canonical(text: str, names: NameIndex) -> str:
    """A text folded, with the corpus's names in one spelling as ⟨latin⟩."""
    folded = fold_text(text)
    pieces, at = [], 0
    for start, end, name in names.find(folded):
        pieces += [folded[at:start], f"⟨{fold_text(name.latin)}⟩"]
        at = end
    return "".join([*pieces, folded[at:]])


def core(text: str, names: NameIndex) -> str:
    """What a span comes down to: names in one spelling, without given names, titles and brackets."""
    out = _BRACKETS.sub("", canonical(text, names)).strip()
    out = _ARTICLES.sub("", _TITLE_AFTER.sub("", _GIVEN.sub("", out)))
    comma = re.match(r"(⟨[^⟩]*⟩|[^⟨]{0,40}⟨[^⟩]*⟩)[,，]", out)  # an apposition: Burgum, the governor
    out = comma[1] if comma else out
    last = re.search("⟨[^⟩]*⟩$", out)
    if last and len(out[: last.start()]) <= 60 and not _JOINS.search(out[: last.start()]):
        return last[0]
    return out


def contains(whole: str, part: str, kind: Kind) -> bool:
    """Whether a phrase is another one with more around it: 总统特朗普, "a hotel in Las Vegas"; not 特朗普的律师."""
    at = whole.find(part)
    if at < 0 or not part or (part.isascii() and not re.search(rf"(?<!\w){re.escape(part)}(?!\w)", whole)):
        return False
    if kind != "who":
        return len(part) >= 2
    before, after = whole[:at].strip(), whole[at + len(part) :].strip()
    if before == "小":  # his son
        return False
    if before and (_JOINS.search(before) or len(before) > 40):
        return False
    return (
        not after or bool(re.match(r"[,，(（]|(?:of|from|at|in)\b", after)) or bool(_TITLE_AFTER.match("⟩" + after, 1))
    )


# ── lists ──────────────────────────────────────────────────────────────────────────────────────

_ENCLOSED = re.compile("[（(][^（）()]*[）)]|[“「『《][^”」』》]*[”」』》]")
_HAN = re.compile(f"[{CJK}]")
_COMMA = re.compile("[、，；;,]")
_COMMAS = re.compile(rf"\s*(?:、|，|；|;|,(?! ?\d)\s?(?:and |or )?|\band\b|{_AND})\s*")


# An enumeration of things has no verb in it.
_CLAUSE = re.compile(
    r"\b(?:is|are|was|were|been|has|have|had|will|would|who|which|that|it|he|she|they)\b|[是了将被把]|已经"
)


def split_items(readings: Iterable[Reading], names: NameIndex) -> list[Reading]:
    """Each item of an enumeration as a reading of its own; spans that are no enumeration of short things stay.

    Args:
        readings: spans.
        names: of the corpus; Trinidad and Tobago is one item.
    """
    out: list[Reading] = []
    for reading in readings:
        text, items, at = reading.text, [], 0
        for match in [*_separators(text, names), None]:
            end = match.start() if match else len(text)
            if text[at:end].strip():
                items.append((at, end))
            at = match.end() if match else end
        commas = re.search(r"[、，,]", text)
        short = all(len(words(text[a:b])) <= (6 if language(text) == "zh" else 5) for a, b in items)
        whole = all(b - a > 1 for a, b in items) and not _CLAUSE.search(fold_text(text)) and len(sentences(text)) == 1
        if len(items) > 1 and whole and short and (commas or len(items) == 2) and len(text) < 200:
            out += [replace(reading, start=reading.start + a, end=reading.start + b) for a, b in items]
        else:
            out.append(reading)
    return out


def _separators(text: str, names: NameIndex) -> list[re.Match[str]]:
    """What parts the items of an enumeration: not within brackets, names and words, and "and" before the last alone."""
    folded = fold(text)
    whole = [(folded.offsets[a], folded.offsets[b - 1] + 1) for a, b, _ in names.find(folded.text)]
    whole += [m.span() for m in _ENCLOSED.finditer(text)]
    if _HAN.search(text):
        at = 0
        for word in cut(text):
            whole += [(at, at + len(word))] if len(word) > 1 and _HAN.search(word) else []
            at += len(word)
    found = [m for m in _COMMAS.finditer(text) if not any(a <= m.start() and m.end() <= b for a, b in whole)]
    last = max((m.start() for m in found if _COMMA.search(m[0])), default=-1)
    return [m for m in found if _COMMA.search(m[0]) or m.start() > last]


def folded_in(piece: str, text: str) -> bool:
    """Whether a text has a piece, script and width aside."""
    return fold_text(piece) in fold_text(text)
