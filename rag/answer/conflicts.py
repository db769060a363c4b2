"""Where independent sources give different values to one question; what can't be compared is no conflict."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from rag.answer.findings import Finding, one_voice
from rag.answer.hedges import agree
from rag.answer.phrases import contains
from rag.answer.questions import Kind
from rag.answer.values import Value, figures_agree, one_unit
from rag.answer.wording import escape, say
from rag.names import NameIndex
from rag.text import CJK, Language, dates, fold_text, language, name_like, same_time, words
from rag.types import Claim, Conflict

NEWER = 7  # days between reports from which the later one is called newer

_NAME = re.compile("⟨([^⟩]*)⟩")
_CHINESE = re.compile(f"[{CJK}]")


@dataclass(frozen=True)
class Side:
    """One side of a conflict: a value with the findings that are cited for it."""

    value: Value
    cited: tuple[Finding, ...]
    denial: bool = False
    word: str = ""  # a key of the wording that is claimed instead of the span: yes, no


def find_conflicts(kind: Kind, sides: Sequence[Side], names: NameIndex) -> list[Side]:
    """The sides that give different values, the first one's first; empty where none differs from it.

    Args:
        kind: of the question.
        sides: the cited values, best first.
        names: of the corpus.
    """
    if len(sides) < 2:
        return []
    first = sides[0]
    out = [first]
    for side in sides[1:]:
        apart = not any(one_voice(a, b) for a in side.cited for b in first.cited)
        if apart and all(_clash(other, side, kind, names) for other in out):
            out.append(side)
    return out if len(out) > 1 else []


def _clash(a: Side, b: Side, kind: Kind, names: NameIndex) -> bool:
    if a.value.best.denied != b.value.best.denied:
        # What one source states and another denies is a conflict only about the same thing.
        return a.value.best.core == b.value.best.core or figures_agree(a.value.best, b.value.best) is True
    if a.value.best.denied:
        return False
    return all(differ(x, y, kind, names) for x in a.cited for y in b.cited)


def differ(a: Finding, b: Finding, kind: Kind, names: NameIndex) -> bool:
    """Whether two findings can't both answer a question that has one answer.

    Figures are compared in one unit, dates after they are worked out, names where both can be written in one
    script. Places and other short answers count only where a kind of thing is asked for ("which room"), in one
    script: bare "where" may be a hotel in one report and its city in another.
    """
    if kind == "number":
        return figures_agree(a, b) is False and _apart(a, b) and _facets(a) == _facets(b)
    if kind == "when":
        return bool(a.dates and b.dates) and not any(same_time(x, y) for x in a.dates for y in b.dates)
    if kind == "who":
        return _other_names(a, b, names)
    if kind == "which":
        return _other_words(a, b)
    return False


# What kind of figure it is: a first instalment and the total may both be right.
_FACETS = (
    "首期|起初|最初|初期|首批|先期|先行|立即|initial(?:ly)?|immediately|first phase|up front|to start",
    "追加|另外|再投|额外|additional|another|a further|extra",
    "每年|年均|每月|一年|per year|a year|annual(?:ly)?|yearly|a month",
    "人均|每人|每位|各自?(?=出|投|捐|付|注|拿|向|持)|each|apiece|per person",
    "其中|of which|including",
)


def _facets(finding: Finding) -> list[bool]:
    """The facets named near a figure, in its clause."""
    at = finding.start - finding.sentence[0]
    around = fold_text(re.split(r"[，；;]|,(?!\d)", finding.quote[max(0, at - 40) : at])[-1] + finding.text)
    after = fold_text(re.split(r"[，；;。]|,(?!\d)", finding.quote[at + len(finding.text) :][:25])[0])
    return [bool(re.search(rf"(?<![a-z])(?:{facet})(?![a-z])", around + " " + after)) for facet in _FACETS]


def _apart(a: Finding, b: Finding) -> bool:
    """Whether figures of one unit are given by both, as ranges that don't meet."""
    for unit in sorted({q.number.unit for f in (a, b) for q in f.quantities}, reverse=True):  # a bare figure's last
        one, other = ([q for q in f.quantities if one_unit(q.number.unit, unit)] for f in (a, b))
        if not one or not other:
            continue
        if len(one) == len(other) == 1:
            return not agree(one[0], other[0])
        first, second = ([q.number.value for q in qs] for qs in (one, other))
        return max(first) < min(second) or max(second) < min(first)
    return False


def _other_names(a: Finding, b: Finding, names: NameIndex) -> bool:
    """Whether both name somebody, and nobody that the other names."""
    first, second = _named(a, names), _named(b, names)
    if not first or not second or contains(a.core, b.core, "who") or contains(b.core, a.core, "who"):
        return False
    for x in first:
        for y in second:
            if bool(_CHINESE.search(x)) != bool(_CHINESE.search(y)):
                return False  # an unknown spelling of one may be the other
            if x == y or x in y.split() or y in x.split() or (_CHINESE.search(x) and (x in y or y in x)):
                return False
    return True


def _named(finding: Finding, names: NameIndex) -> set[str]:
    """The names in a span: by the corpus's Latin form where it is known, else as written, folded."""
    known = {name for name in _NAME.findall(finding.core)}
    if known:
        return known
    text = finding.text
    if _CHINESE.search(text):
        found = name_like(text)
        if not found and re.fullmatch(f"[{CJK}]{{2,4}}", text):
            found = [text]
        return {fold_text(n).split("·")[-1] for n in found}
    # The first word of a span is as good a name as any, articles and the like apart.
    found = re.findall(
        r"(?<![.\w])(?!(?:The|An?|His|Her|Its|Their|One|Two|Some|Several)\b)[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*", text
    )
    return {fold_text(n) for n in found}


# The last character says what a Chinese place is: two rooms, two states; a room and its house are both true.
_SORTS = ("厅室堂房间", "州省邦", "市县镇乡村城", "楼馆厦宫院", "路街道")


def _sort(text: str) -> str:
    last = text[-1:]
    return next((sort for sort in _SORTS if last in sort), last)


def _other_words(a: Finding, b: Finding) -> bool:
    short = all(len(words(f.text)) <= 5 and len(f.text) <= 40 for f in (a, b))
    one_script = bool(_CHINESE.search(a.core)) == bool(_CHINESE.search(b.core))
    if not short or not one_script or a.quantities or b.quantities:
        return False
    first, second = (set(words(_NAME.sub(r" \1 ", f.core))) for f in (a, b))
    alike = not _CHINESE.search(a.core) or _sort(a.core) == _sort(b.core)
    return bool(first and second) and alike and not first & second and a.core not in b.core and b.core not in a.core


# ── wording ────────────────────────────────────────────────────────────────────────────────────


def as_conflict(
    kind: str,
    sides: Sequence[Side],
    lang: Language,
    mark: Callable[[Finding], int],
    quoted: Callable[[Finding], Finding],
) -> Conflict:
    """The conflict as a value: every side in the articles' words, with where its quote stands.

    Args:
        kind: of the question.
        sides: the values that differ.
        lang: of the wording.
        mark: the number of a finding's quote.
        quoted: the finding that is quoted for one: of reprints the earliest.
    """
    about = {"number": "number", "when": "date", "who": "who", "where": "place", "yesno": "yesno"}.get(kind, "fact")
    claims = []
    for side in sides:
        first = told(side, lang)
        home = quoted(first).article
        text = say("claim_denied", lang, value=first.text) if side.denial else first.text
        text = say(side.word, lang) if side.word else text
        numbers = tuple(sorted({mark(f) for f in side.cited}))
        claims.append(Claim(text, numbers, home.outlet or home.title, home.date))
    return Conflict(say(f"about_{about}", lang), tuple(claims))


def told(side: Side, lang: Language) -> Finding:
    """The finding whose words stand for a side: one in the question's language, if there is one."""
    return min(side.cited, key=lambda f: language(f.quote) != lang)


def conflict_text(conflict: Conflict, glosses: Sequence[str], kind: str, lang: Language) -> str:
    """The paragraph that shows the sides beside each other. Starts bold and holds every marker of its claims.

    Args:
        conflict: with its claims.
        glosses: of each claim, "" where it can be read.
        kind: of the question.
        lang: of the answer.
    """
    parts = []
    oldest, newest = _ages(conflict) if kind == "number" else (None, None)
    for claim, gloss in zip(conflict.claims, glosses, strict=True):
        value = say("claim_glossed", lang, value=claim.value, gloss=gloss) if gloss else claim.value
        about = say("comma", lang).join(x for x in (claim.source, (claim.date or "")[:10]) if x)
        if newest and claim.date and oldest:
            key = "newer" if claim.date[:10] == newest else "earlier" if claim.date[:10] == oldest else ""
            about = say(key, lang, about=about) if key else about
        markers = "".join(f"[{n}]" for n in claim.citations)
        key = "claim" if about else "claim_bare"
        parts.append(say(key, lang, value=escape(value), about=escape(about), markers=markers))
    key = "conflict_accounts" if kind in ("who", "where", "which", "yesno") else "conflict"
    return say(key, lang, claims=say("claim_join", lang).join(parts))


def _ages(conflict: Conflict) -> tuple[str | None, str | None]:
    """The dates of the oldest and the newest report, where they lie apart."""
    found = sorted({c.date[:10] for c in conflict.claims if c.date and dates(c.date[:10])})
    days = []
    for text in found:
        try:
            days.append(date.fromisoformat(text))
        except ValueError:  # a month or a year is no day to compare
            return None, None
    if len(days) < 2 or (days[-1] - days[0]).days <= NEWER:
        return None, None
    return found[0], found[-1]
