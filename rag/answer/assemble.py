"""Readings → an answer: the short answer, a sentence of each source, what differs; or "the articles don't say"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from rag.answer.conflicts import Side, as_conflict, conflict_text, find_conflicts, told
from rag.answer.findings import Finding, findings, one_voice, within_a_sentence
from rag.answer.phrases import split_items
from rag.answer.questions import ECHO, Kind, asks_list, asks_yesno, counts_other, kind_of
from rag.answer.refusal import refusal
from rag.answer.sources import same_statement
from rag.answer.values import Value, comparable, merge, prefers_another
from rag.answer.wording import escape, say
from rag.answer.writer import Writer
from rag.answer.yesno import verdict
from rag.names import NameIndex
from rag.reader import Asked, Reading, remark_apart
from rag.text import Language, fold_text, language
from rag.types import Answer, Article, Conflict, Passage

MOST = 3  # sources quoted for one value, and sentences of an answer without conflicts
MOST_CITED = 6  # sentences in any answer
MOST_ITEMS = 8  # of a list
CONSIDERED = 40  # readings looked at
# Shares of the best probability that a reading needs: to stand beside the answer as another one, to do so though
# nothing shows that it is about what is asked, to do so where the question says that reports differ, from an article
# that speaks already, to be another item of a list, and to confirm a value that leads. The first two were chosen on the
# development halves of our gold sets, where 36 of 100 such accounts are right instead of 19.
WORTH, WORTH_UNRELATED, WORTH_ASKED, WORTH_AGAIN, WORTH_LISTING, WORTH_CONFIRMING = 0.25, 0.8, 0.2, 0.85, 0.35, 0.2


@dataclass
class Section:
    """One part of a question: what leads, the findings that are evidence, and the sides that differ."""

    kind: Kind
    shown: list[tuple[Value, list[Finding]]] = field(default_factory=list)  # what leads, with its evidence
    others: list[Finding] = field(default_factory=list)  # further evidence, not named in the lead
    sides: list[Side] = field(default_factory=list)
    verdict: str | None = None
    listed: bool = False
    part: str = ""
    pool: list[Finding] = field(default_factory=list)  # all that was considered, for who else carries a sentence

    @property
    def evidence(self) -> list[Finding]:
        """All findings whose sentences are cited, in order of appearance."""
        return [*(f for _, group in self.shown for f in group), *self.others]


def compose(
    question: str,
    readings: Sequence[Reading],
    passages: Sequence[Passage],
    article: Callable[[str], Article],
    threshold: float,
    names: NameIndex | None = None,
    parts: Sequence[str] = (),
    lang: Language | None = None,
    carried_by: Callable[[str, str], Sequence[str]] = lambda article_id, quote: (),
    filtered: bool = False,
) -> Answer:
    """The answer to a question from readings, the most probable first.

    Args:
        question: as the user put it.
        readings: spans with their probabilities.
        passages: what was read, best first.
        article: gives the article of an id.
        threshold: probability below which the articles don't say.
        names: the name variants of the corpus.
        parts: the wording of each part of a question that asks several things, as `Reading.part` counts them.
        lang: language of the fixed wording; that of the question when absent.
        carried_by: gives the ids of the reprints of an article (its id) that have a sentence of it, too.
        filtered: whether only some of the articles were looked at.
    """
    lang = lang or language(question)
    names = names or NameIndex(())
    readings = [r for r in readings if not counts_other(parts[r.part] if r.part < len(parts) else question, r.text)]
    confidence = max((r.probability for r in readings), default=0.0)
    shown = tuple(passages[:10])
    if not readings or confidence < threshold:
        text = refusal(question, readings, shown, names, lang, filtered)
        return Answer(question, text, lang, False, round(confidence, 4), passages=shown)
    asked, differ = remark_apart(question)
    sections, missing = _sections(asked, readings, article, threshold, names, parts, differ)
    writer = Writer(lang, names, [f for s in sections for f in s.evidence], [f for s in sections for f in s.pool])
    lead = [x for x in (writer.lead(section) for section in sections) if x]
    several = any(section.part for section in sections)
    paragraphs = [("\n" if several else say("lead_join", lang)).join(lead)] if lead else []
    absent = [say("part_absent", lang, part=escape(p)) if p else say("some_part_absent", lang) for p in missing]
    paragraphs += [" ".join(absent)] if absent else []
    for section in sections:
        for finding in section.evidence:
            writer.number(finding)
    conflicts: list[Conflict] = []
    ending: list[str] = []
    for section in sections:
        if section.sides:
            conflicts.append(as_conflict(section.kind, section.sides, lang, writer.number, writer.told))
            glosses = ["" if side.word else writer.gloss(told(side, lang)) for side in section.sides]
            ending.append(conflict_text(conflicts[-1], glosses, section.kind, lang))
    citations = writer.citations(carried_by)
    paragraphs += [writer.evidence(c) for c in citations] + ending
    return Answer(
        question,
        "\n\n".join(paragraphs),
        lang,
        True,
        round(confidence, 4),
        citations=citations,
        conflicts=tuple(conflicts),
        passages=shown,
    )


# ── choosing ───────────────────────────────────────────────────────────────────────────────────


def _sections(
    question: str,
    readings: Sequence[Reading],
    article: Callable[[str], Article],
    threshold: float,
    names: NameIndex,
    parts: Sequence[str],
    differ: bool,
) -> tuple[list[Section], list[str]]:
    """The parts of a question that are answered, in order, and the wording of those that are not ("" if unknown)."""
    numbers = sorted({r.part for r in readings} | set(range(len(parts))))
    if len(numbers) < 2:
        return [_section(question, readings, article, threshold, names, differ=differ)], []
    out, missing = [], []
    for number in numbers:
        asked = _as_asked(parts[number], question) if number < len(parts) else ""
        own = [r for r in readings if r.part == number]
        if own and max(r.probability for r in own) >= threshold:
            section = _section(
                asked or question, own, article, threshold, names, part=asked, whole=bool(asked), differ=differ
            )
            out.append(section)
        else:
            missing.append(asked)
    return out, missing


def _as_asked(part: str, question: str) -> str:
    """A part in the question's own words: what was added in front, or within, to make it stand alone is off."""
    shared = next((part[i:] for i in range(len(part)) if part[i:] in question), "")
    before = _BREAK.split(question[: question.find(shared)])[-1]
    return (before + shared).strip(" ,，、；;") or part.strip()


_BREAK = re.compile(r"[,;?，；？、]|\b(?:and|but|or)\b", re.I)


def _section(
    question: str,
    readings: Sequence[Reading],
    article: Callable[[str], Article],
    threshold: float,
    names: NameIndex,
    part: str = "",
    whole: bool = True,
    differ: bool = False,
) -> Section:
    """What answers a question, or one part of it.

    `whole` false: the question is more than what was read for; `differ`: who asks says that reports differ.
    """
    kind = kind_of(question) if whole else "what"
    listed = whole and asks_list(question)
    ranked = sorted(readings, key=lambda r: (-r.probability, r.passage.source, r.start, r.end))[:CONSIDERED]
    best = ranked[0].probability
    likely = [r for r in ranked if r.probability >= WORTH_CONFIRMING * best]
    speaks = Asked(question, names).speaks
    if kind != "why":
        likely = [within_a_sentence(r, article(r.passage.article_id), speaks) for r in likely]
    section = Section(kind, listed=listed, part=part)
    found = findings(question, split_items(likely, names) if listed else likely, article, kind, names)
    section.pool = found
    if whole and asks_yesno(question):
        sure = [f for f in found if f.reading.probability >= max(threshold, WORTH * best)]
        return _judged(question, sure, section, names)
    if listed:
        strongest = max(f.reading.probability * f.fit for f in found)
        found = [f for f in found if f.reading.probability * f.fit >= WORTH_LISTING * strongest]
        return _listed(merge(found, kind), section)
    values = merge(found, kind)
    if kind == "who":  # whoever the question names is no other account
        values = _spoken_first(values, lambda v: speaks(v.best.quote) and _names_another(v.best, question, names))
        values = [values[0], *(v for v in values[1:] if _names_another(v.best, question, names))]
    return _single(values, section, names, speaks, differ)


def _spoken_first(values: list[Value], fits: Callable[[Value], bool]) -> list[Value]:
    """The values, one whose sentence speaks of what is asked before those that are hardly stronger and do not."""
    least = WORTH_UNRELATED * values[0].strength
    near = (v for v in values if v.strength >= least and fits(v))
    first = next(near, values[0])
    return [first, *(v for v in values if v is not first)]


def _judged(question: str, found: list[Finding], section: Section, names: NameIndex) -> Section:
    decided = verdict(question, found, names)
    if decided is None:
        section.others = _voices(found)[:MOST]
        return section
    section.verdict, stances = decided
    grounds = [s.finding for s in stances]
    if section.verdict == "disputed":
        section.kind = "yesno"
        section.sides = [Side(Value((s.finding,)), (s.finding,), word="yes" if s.affirms else "no") for s in stances]
    section.shown = [(Value(tuple(grounds)), _voices(grounds)[:MOST])]
    return section


def _listed(values: list[Value], section: Section) -> Section:
    """Items, the best supported first, by as few sentences as hold them."""
    items = _one_language([v for v in values if not v.best.denied and not v.best.whole])[:MOST_ITEMS]
    if not items:
        section.others = _voices([v.best for v in values])[:MOST]
        return section
    cited: list[Finding] = []
    for item in items:
        # A sentence that is quoted already is the best place for one more item.
        again = next((f for f in item.findings if any(_one_quote(f, c) for c in cited)), None)
        if again is None and len({_place(c) for c in cited}) < MOST_CITED:
            again = item.best
        if again is not None:
            cited.append(again)
            section.shown.append((item, [again]))
    # Other sources that give the list, in whatever language, confirm it.
    for finding in _voices([*cited, *(v.best for v in values if not v.best.denied)]):
        if len({_place(f) for f in section.evidence}) < MOST and not any(_one_quote(finding, c) for c in cited):
            section.others.append(finding)
    return section


def _one_language(items: list[Value]) -> list[Value]:
    """Items without the same list in another language, whose words can't be compared; its sentence still confirms.

    Two sentences that each enumerate, in two languages, are taken for one list; items of the lesser one stay only
    where the corpus's names link them.
    """
    if not items:
        return items
    lang = language(items[0].best.quote)
    ours = {_place(v.best) for v in items if language(v.best.quote) == lang}
    counted = [sum(_place(v.best) == p for v in items) for p in sorted(ours)]
    if max(counted) < 2:
        return items
    abroad = Counter(_place(v.best) for v in items if language(v.best.quote) != lang)
    return [v for v in items if abroad[_place(v.best)] < 2]


def _single(
    values: list[Value], section: Section, names: NameIndex, speaks: Callable[[str], bool], differ: bool
) -> Section:
    """The best supported value, and what other sources give instead where that is worth showing.

    Figures of one unit are accounts of one thing by themselves; else the sentence must speak of what is asked.
    """
    lead = values[0]
    loyal = [f for f in lead.findings if not prefers_another(f, lead, values)]
    section.shown = [(lead, _voices(loyal or list(lead.findings))[:MOST])]
    cited = list(section.evidence)
    sides = [Side(lead, tuple(cited))]
    further: list[Finding] = []
    for value in values:
        share = value.strength / lead.strength if lead.strength else 1.0
        if value is lead or value.best.fit <= ECHO:  # the question's own words are no other account
            continue
        figures = comparable(value, lead)
        heard = [f for side in sides for f in side.cited] if figures else cited  # an article speaks for one figure
        fresh = [f for f in _voices(list(value.findings)) if not any(one_voice(f, c) for c in heard)]
        least = WORTH_ASKED if differ else WORTH if figures else None
        fresh = [f for f in fresh if share >= (least or (WORTH if speaks(f.quote) else WORTH_UNRELATED))]
        if fresh:
            sides.append(Side(value, tuple(fresh[:MOST]), denial=value.best.denied))
            further += fresh[:1]
        elif share >= WORTH_AGAIN and not any(_one_quote(value.best, c) for c in cited):
            further.append(value.best)
    section.sides = find_conflicts(section.kind, sides, names)
    for side in section.sides[1:]:
        room = MOST_CITED - len(section.evidence)
        if room > 0:
            section.shown.append((side.value, list(side.cited)[: min(room, 2)]))
    kept = [f for _, group in section.shown for f in group]
    section.sides = [Side(s.value, tuple(f for f in s.cited if f in kept), s.denial) for s in section.sides]
    section.sides = [s for s in section.sides if s.cited]
    section.sides = section.sides if len(section.sides) > 1 else []
    for finding in further:
        if len(section.evidence) < MOST and not any(_one_quote(finding, f) for f in section.evidence):
            section.others.append(finding)
    return section


def _names_another(finding: Finding, question: str, names: NameIndex) -> bool:
    """Whether a span names somebody besides those whom the question names, or nobody that is known."""
    asked = {name.latin for _, _, name in names.find(fold_text(question))}
    told = {name.latin for _, _, name in names.find(fold_text(finding.text))}
    return not told or not told <= asked


def _voices(found: Iterable[Finding]) -> list[Finding]:
    """The best finding of each independent source."""
    out: list[Finding] = []
    for finding in found:
        if not any(one_voice(finding, f) for f in out):
            out.append(finding)
    return out


def _place(finding: Finding) -> tuple[str, int, int]:
    return finding.article.id, *finding.sentence


def _one_quote(a: Finding, b: Finding) -> bool:
    return _place(a) == _place(b) or same_statement(a.quote, b.quote)
