"""Yes, no, or disputed: what the best sentences say about what was asked, negation by negation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.answer.circumstances import elsewhere, somebody_else
from rag.answer.findings import Finding, one_voice
from rag.answer.hedges import Quantity, quantities
from rag.answer.phrases import canonical
from rag.names import NameIndex
from rag.reader import Asked, asking
from rag.text import CJK, fold_text, language, name_like, negations, numbers, opposed, words

Verdict = Literal["yes", "no", "probably_yes", "probably_no", "disputed"]

# Share of a question's content words that a sentence must have before its yes or its no counts. A denial says more
# about what it is about than a statement with the same words.
COVERED, COVERED_DENIED = 0.5, 0.4

_ASKING = re.compile(
    f"是不是|有没有|有无|是否|能否|会否|可否|与否|([{CJK}])[不没](?=\\1)|(?<=[{CJK}]了)没有?(?=[?？]?$)|没有?(?=[?？]?$)"
)
_NOT_ONLY = re.compile(
    r"\bnot (?:only|just|merely)\b|\bno (?:doubt|less than|fewer than|more than|later than|earlier than)\b"
    r"|\bnot hesitat\w+"
    "|不仅|不但|不只|不光|不得不|不可不|不少|不断|毫不(?:犹豫|动摇|迟疑|掩饰)|不遗余力|不负众望|不请自来|不约而同|不无"
)
_UNTIL = re.compile(r"(?:\bnot\b|n't\b)[^,.;]*\buntil\b|直到[^，。；]*[才都]")
_UNLIKELY = re.compile(r"\b(?:unlikely|improbable|doubtful)\b")
_REFUSED = re.compile(r"\b(?:declined|rejected|ruled out|stopped short of|stayed out|lacks?|lacked)\b|拒不|谢绝|排除")
_HEDGED = re.compile(
    r"\b(?:likely|unlikely|probably|perhaps|possibly|expects?|expected|predict(?:s|ed)?|may|might|could)\b"
    "|可能|或许|也许|恐怕|预计|预期|料将|估计|大概率?|有望"
)
_UNREAL = re.compile(
    r"\b(?:offer(?:s|ed)? to|(?:want|plan|hope|try|tries|tried|seek|sought|attempt|threaten|propose|consider|ask|urge)"
    r"(?:s|d|ed|ned)? (?:to\b|\w+ to\b|\w+ing\b)|if|whether|rumou?rs?|in talks)\b"
    "|(?<![理思设])想(?![法象到])|打算|试图|企图|希望|考虑|提议|威胁|如果|假如|传闻|谈判中"
)
# What is still to come is no yes to whether it has happened; what was once so, none to whether it is.
_TO_COME = re.compile(
    r"\b(?:will|shall|going to|(?:is|are) (?:due|set|scheduled) to)\b|将(?=[要会在于与向])|即将|拟(?![人定])"
)
_HAS_HAPPENED = re.compile(r"^\W*(?:did|has|have|had|was|were)\b|[了过](?:吗|没有?)?[?？]?$|已经")
_IS_OVER = re.compile(r"\b(?:formerly|former|used to)\b|曾经?(?=[是任为做当在])|前任|原任|卸任")
_IS_SO = re.compile(r"^\W*(?:is|are|does|do)\b|^[^是了过]*是[^了过]*[吗?？]$|是不是")
_PASSIVE = re.compile(r"\b(?:was|were|is|are|been|being|be)\b[^,.]*\bby\b|被|遭(?!遇)")
_NAME = re.compile("⟨[^⟩]*⟩")
_CLAUSE = re.compile(r",(?!\d)|[，;；:：。]|\bbut\b|\balthough\b|\bwhile\b|但是?|不过|尽管|虽然")


@dataclass(frozen=True)
class Stance:
    """What one finding says about the question."""

    finding: Finding
    affirms: bool
    hedged: bool


def verdict(question: str, found: Sequence[Finding], names: NameIndex) -> tuple[Verdict, list[Stance]] | None:
    """The verdict and the stances it stands on, or None where they can't tell.

    Args:
        question: one that yes or no would answer.
        found: probable findings, best first.
        names: of the corpus.
    """
    stances = [s for f in found if (s := stance(question, f, names)) is not None]
    # The best finding must be among those that can be told: the others are less about the question.
    if not stances or stances[0].finding is not found[0]:
        return None
    first = stances[0]
    against = [s for s in stances if s.affirms != first.affirms and not one_voice(s.finding, first.finding)]
    if against:
        return "disputed", [first, against[0]]
    agreeing = [s for s in stances if s.affirms == first.affirms]
    # One source that states it outweighs another that only expects it.
    hedged = all(s.hedged for s in agreeing)
    kind: Verdict = (
        ("probably_yes" if first.affirms else "probably_no") if hedged else ("yes" if first.affirms else "no")
    )
    return kind, agreeing


def stance(question: str, finding: Finding, names: NameIndex) -> Stance | None:
    """Whether a finding's sentence affirms what a question asks; None when too little of it is said there.

    Negations are counted in the clauses that hold the shared words, and against those of the question itself
    ("Didn't he …?" asks as "Did he …?" does); where both have a word of a pair of opposites ("support", "oppose"),
    that decides. A sentence of another day, place or party tells neither. Across languages only names, figures and
    opposites can be compared, so only a denial is believed there: a sentence about the same people is no yes.
    """
    asked = _terms(_ASKING.sub("", fold_text(question)), names)
    if not asked:
        return None
    clauses = _clauses(finding)
    held = [{t for t in asked if _has(_terms(c, names), t)} for c, _ in clauses]
    covered = set().union(*held) if held else set()
    abroad = language(question) != language(finding.quote)
    # Where the whole question is in one clause, other clauses say other things.
    most = max((len(h) for h in held), default=0)
    about = [
        c for (c, own), h in zip(clauses, held, strict=True) if own or (h and len(h) >= min(most, 0.5 * len(asked)))
    ]
    text = " ".join(about)
    if _UNTIL.search(fold_text(text)):  # no before a day, yes from then on
        return None
    if elsewhere(question, finding.quote, finding.article.date, names):
        return None
    turned = opposed(_own_not(question), text)
    denies = (_denials(text) + _denials(_own_not(question))) % 2 == 1 if turned is None else turned
    if abroad:
        comparable = {t for t in asked if t.startswith("⟨") or t[0].isdigit()}
        if not denies or not comparable or not comparable <= covered:
            return None
        if turned is None and not Asked(question, names).met(text):  # what is denied there is something else
            return None
    elif len(covered) < (COVERED_DENIED if denies else COVERED) * len(asked):
        return None
    elif not denies and (
        _does_else(question, finding.quote, names)
        or any(somebody_else(question, said, names) for said in (finding.quote, finding.text))
    ):
        return None
    hedged = bool(_HEDGED.search(fold_text(text)))
    if any(q.bound for q in _counted(question)):
        kept = None if denies else _bounds_kept(question, finding)
        if kept is None:
            return None
        denies = not kept
    missing = {(q.number.value, q.number.unit) for q in _counted(question) if not q.bound} - _figures(finding.quote)
    if missing and not denies:
        # "Did it cost 5 billion?": 4 billion is a no where that is the answer found, and else neither.
        units = {unit for _, unit in missing}
        if not any(q.number.unit in units and q.number.unit for q in finding.quantities):
            return None
        denies = True
    if not abroad and (_turned(question, text, names) or (not denies and _only_wished(question, text))):
        return None
    return Stance(finding, affirms=not denies, hedged=hedged)


def _does_else(question: str, quote: str, names: NameIndex) -> bool:
    """Whether a sentence has the names of a question's main clause at most, and no other word of it."""
    main = asking(question)
    for name in name_like(question):
        main = main.replace(fold_text(name), " ")
    said = _terms(quote, names)
    told = [t for t in _terms(main, names) if not t.startswith("⟨") and (len(t) > 3 or not t.isascii())]
    return bool(told) and not any(_has(said, t) for t in told) and not Asked(main, names).speaks(quote)


def _only_wished(question: str, text: str) -> bool:
    """Whether a sentence tells of an attempt, a wish, a condition, of later or of once, and the question of a fact."""
    asked, said = fold_text(question), fold_text(text)
    unreal = [_UNREAL]
    unreal += (
        [_TO_COME] if _HAS_HAPPENED.search(asked) and not _HEDGED.search(said) else []
    )  # a forecast may prove right
    unreal += [_IS_OVER] if _IS_SO.search(asked) else []
    return any(form.search(said) and not form.search(asked) for form in unreal)


def _turned(question: str, text: str, names: NameIndex) -> bool:
    """Whether the names of a question stand in the other order: who sued whom. The passive turns them once more."""
    asked, said = canonical(question, names), canonical(text, names)
    known = [*_NAME.findall(asked), *(canonical(n, names) for n in name_like(question))]
    shared = sorted({n for n in known if n in said and n in asked}, key=asked.find)
    # A name within another is no second one.
    shared = [n for n in shared if not any(n != m and n in m for m in shared)]
    if len(shared) < 2:
        return False
    reversed_ = said.find(shared[0]) > said.find(shared[1])
    return reversed_ != (bool(_PASSIVE.search(asked)) != bool(_PASSIVE.search(said)))


def _clauses(finding: Finding) -> list[tuple[str, bool]]:
    """The clauses of the evidence, folded, and whether the span reaches into each."""
    quote, (first, _) = finding.quote, finding.sentence
    start, end = finding.start - first, finding.end - first
    out, at = [], 0
    for match in [*_CLAUSE.finditer(quote), None]:
        stop = match.start() if match else len(quote)
        if quote[at:stop].strip():
            own = not finding.whole and at < end and start < stop
            out.append((fold_text(quote[at:stop]), own))
        at = match.start() if match else stop
    return out


def _own_not(question: str) -> str:
    """A question without the "not" that only asks: "Isn't it …?" asks as "Is it …?" does, 是不是 denies nothing."""
    return re.sub(r"^\W*(?:\w+,? )??(\w+)n't\b", r"\1", _ASKING.sub("", fold_text(question)))


def _denials(text: str) -> int:
    plain = _NOT_ONLY.sub("", fold_text(text))
    return negations(plain) + len(_UNLIKELY.findall(plain)) + len(_REFUSED.findall(plain))


def _terms(text: str, names: NameIndex) -> list[str]:
    """Content words, names in one spelling."""
    folded, out, rest, at = fold_text(text), [], [], 0
    for start, end, name in names.find(folded):
        out.append(f"⟨{name.latin}⟩")
        rest.append(folded[at:start])
        at = end
    plain = " ".join([*rest, folded[at:]])
    drop = {"not", "never", "didn't", "isn't", "doesn't", "wasn't", "hasn't", "ever", "already", "yet", "now", "really"}
    return list(dict.fromkeys([*out, *(w for w in words(plain) if w not in drop)]))


def _has(terms: list[str], wanted: str) -> bool:
    """Whether a word is there, in whatever inflection: donate, donated, donation."""
    if wanted in terms:
        return True
    if len(wanted) < 4 or not wanted.isascii() or wanted.startswith("⟨"):
        return False
    stem = wanted[: max(4, len(wanted) - 3)]
    return any(t.startswith(stem) and abs(len(t) - len(wanted)) <= 4 for t in terms)


def _counted(question: str) -> list[Quantity]:
    return [q for q in quantities(question) if (q.number.value, q.number.unit) in _figures(question)]


def _bounds_kept(question: str, finding: Finding) -> bool | None:
    """Whether the figure found lies within every bound that the question sets ("more than 90 billion?")."""
    out = True
    found = finding.quantities or quantities(finding.text)  # a figure that the question has, too, may well answer it
    for asked in (q for q in _counted(question) if q.bound):
        said = [q for q in found if q.number.unit == asked.number.unit]
        kept = _within(asked, said[0]) if len(said) == 1 else None
        if kept is None:
            return None
        out = out and kept
    return out


def _within(asked: Quantity, said: Quantity) -> bool | None:
    """Whether a figure, or the range that its hedge leaves open, lies within a bound; None where it may or may not."""
    least, value, way = asked.number.value, said.number.value, asked.bound
    if said.hedge in ("about", "nearly") and abs(value - least) <= 0.05 * max(abs(value), abs(least)):
        return None
    beyond = (value - least) * way  # above 0: on the right side
    if said.bound == way:
        return True if beyond >= 0 else None
    if said.bound == -way:
        return False if beyond <= 0 else None
    return beyond > 0 or (beyond == 0 and asked.hedge in ("at least", "up to"))


def _figures(text: str) -> set[tuple[float, str]]:
    return {(n.value, n.unit) for n in numbers(text) if n.unit not in ("year", "month", "day", "unit")}
