"""Who does what in a sentence: by its construction, in both languages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.names import NameIndex
from rag.support.named import NOT_NAMES, Named, is_place, named
from rag.text import CJK, fold_text, language

_JOINED = re.compile(r"^(?:\s|,|，|、|和|与|及|同|跟|and|&)+$")
_CLEFT = re.compile("的[，,]?(?:人)?[正就]?是")
_PASSIVE_EN = re.compile(r"\b(?:was|were|is|are|been|being|be)\b[^,.;]*?\bby\b")
_BY_ZH = re.compile("(?<![自理缘为])由(?![于来此])|被(?!告)|遭(?![遇到])")
# After one of these a name does nothing: in Texas, 把特朗普 …
_AFTER = re.compile(
    r"(?:\b(?:in|at|on|from|near|of|for|to|with|under|inside|through|against|into)(?: the| an?)?(?: [a-z-]+){0,2} "
    "|[在于到从向对替为给跟把将让]|以及)$"
)
# Whoever only says it does not do it.
_SAYS = re.compile(
    r"^[^,，。]{0,12}?(?:\b(?:says?|said|told|wrote|writes|claim(?:s|ed)|argue[sd]|according)\b|[说称]|表示|认为|指出|透露|告诉|写道)"
)
# Nor does whoever only owns what does: 马斯克的律师, "Musk's lawyer".
_OWNS = re.compile(
    r"^(?:的|'s\b|旗下|手下|(?:联合)?创始人|首席执行官|首席运营官|董事长|总裁|发言人|律师|高管"
    r"| (?:chief executive|ceo|co-founder|founder|chairman|spokes\w+|executives?|lawyers?)\b)"
)
_PRONOUN_DOER = re.compile(
    r"\b(?:he|she|they|it(?! (?:was|is)\b)|the company)\b|[他她它]|该公司|(?<!["
    + CJK
    + "])公司|这家公司|(?:过|而|但|该|这个|^)集团"
)


def doers(text: str, names: NameIndex, among: set[str]) -> set[str]:
    """The keys of those who do what a sentence tells, by its construction: its first name, or who follows by, 被, 由 …

    Args:
        text: one sentence.
        names: known spellings.
        among: keys that count. {"?"} stands for a pronoun before the first of them; none: all of them are done to.
    """
    folded = fold_text(text)
    found = [n for n in named(text, names) if n.key in among and not is_place(n)]
    at = 0
    cleft = _CLEFT.search(folded)
    by = _PASSIVE_EN.search(folded) or _BY_ZH.search(folded)
    if cleft and any(n.start < cleft.start() for n in found) and any(n.start >= cleft.end() for n in found):
        at = cleft.end()
    elif by and any(
        by.end() <= n.start <= by.end() + 25 and not re.search("[,，;；]", folded[by.end() : n.start]) for n in found
    ):
        at = by.end()
    ordered = [n for n in found if n.start >= at]
    if not at:
        ordered = _active(ordered, folded)
    if not ordered:
        return set() if found and not _PRONOUN_DOER.search(folded[: found[0].start]) else {"?"}
    if not at and _PRONOUN_DOER.search(folded[: ordered[0].start]):
        return {"?"}
    group = [ordered[0]]
    for one in ordered[1:]:
        if not _JOINED.match(folded[group[-1].end : one.start]):
            break
        group.append(one)
    return {n.key for n in group}


def _active(found: list[Named], folded: str) -> list[Named]:
    """The names that may do something: after no preposition, and rather none that only says or owns what does."""
    out: list[Named] = []
    passive_end = -1
    for name in found:
        joined = passive_end >= 0 and _JOINED.match(folded[passive_end : name.start])
        if joined or _AFTER.search(folded[: name.start]):
            passive_end = name.end
        else:
            out.append(name)
    for idle in (_SAYS, _OWNS):
        out = [n for n in out if not idle.match(folded[n.end :])] or out
    return out


def exchanged(claim: str, clauses: Sequence[str], best: int, names: NameIndex) -> bool:
    """Whether a claim makes a doer of somebody who is none in what it rests on.

    Args:
        claim: a sentence, or a clause of one.
        clauses: of the sentence it rests on, in order.
        best: the one that says what the claim says.
        names: known spellings.
    """
    given = ",".join(clauses)
    mine, theirs = ({n.key for n in named(text, names)} for text in (claim, given))
    one = doers(claim, names, mine)
    if not mine & theirs or not one or "?" in one:
        return False
    # A foreign spelling that nothing links can't be told to be somebody else.
    english = language(claim) == "en"
    theirs -= {n.key for n in named(given, names) if not n.known and n.key.isascii() != english and n.key not in mine}
    other = doers(given, names, theirs)
    if one & theirs:
        other |= _subject(clauses, best, names, theirs)
        if "?" in other:  # a pronoun does it there: nobody whom that sentence names, if the claim names somebody else
            return not one & other and len(mine - theirs) > 0
    elif "?" in other:  # who does it is not named in that sentence, so a pronoun must stand there
        return False
    return not one & other


def _subject(clauses: Sequence[str], best: int, names: NameIndex, among: set[str]) -> set[str]:
    """Who does what a clause tells: itself or, where it names nobody, the clauses before (a Chinese topic chain)."""
    subject: set[str] = set()
    for index, clause in enumerate(clauses[: best + 1]):
        keys = {n.key for n in named(clause, names)} & among
        own = doers(clause, names, keys) if keys else {"?"} if _PRONOUN_DOER.match(fold_text(clause)) else set()
        first = next((n.start for n in named(clause, names) if n.key in own), 0)
        if not set(re.findall("[a-z]+", fold_text(clause)[:first])) <= NOT_NAMES:
            own = set()  # "berated Altman": the subject stands before the comma
        heard = re.match("听说|据说|说|称|认为|表示|that ", fold_text(clause))
        if own and (index == best or not heard):
            subject = own
    return subject
