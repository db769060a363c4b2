"""The text of an answer: short answers with their markers, quotes with what helps to read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rag.answer.findings import Finding
from rag.answer.gloss import gloss_span, reading_aid
from rag.answer.phrases import folded_in
from rag.answer.questions import ECHO, Kind
from rag.answer.sources import same_statement
from rag.answer.speech import speaker
from rag.answer.values import Value
from rag.answer.wording import UNNAMED, escape, say
from rag.cite import cite, locate
from rag.names import NameIndex
from rag.text import Language, fold_text, language
from rag.types import Citation

if TYPE_CHECKING:
    from rag.answer.assemble import Section

MOST_SPAN = 160  # characters of a span that leads in bold; a longer one is left to its quote
READABLE = 0.6  # share of the best reading's probability that lets one in the question's language go first
MOST_SAID = 80  # of one that stands behind yes or no


class Quote:
    """A sentence of evidence: the findings it is cited for, the one that is quoted, and who else carries it."""

    def __init__(self, first: Finding, pool: Sequence[Finding]) -> None:
        self.cited = [first]
        # Of one sentence in several articles the earliest published is quoted.
        self.same = sorted(
            (f for f in pool if f is not first and same_statement(f.quote, first.quote)), key=_earliest
        ) + [first]
        self.told = self._teller(self.cited) or first

    def _teller(self, cited: Sequence[Finding]) -> Finding | None:
        """The earliest that has every span it is cited for."""
        fit = [f for f in self.same if all(folded_in(c.text, f.quote) for c in cited)]
        return min(fit, key=_earliest, default=None)

    def takes(self, finding: Finding) -> bool:
        """Whether a finding can be cited with this quote; it is then."""
        if any(finding is c for c in self.cited):
            return True
        if not same_statement(finding.quote, self.cited[0].quote):
            return False
        teller = self._teller([*self.cited, finding])
        if teller is None:
            return False
        self.cited.append(finding)
        self.told = teller
        return True

    @property
    def also_in(self) -> tuple[str, ...]:
        """Ids of the other articles that carry it."""
        return tuple(sorted({f.article.id for f in (*self.same, *self.cited)} - {self.told.article.id}))


def _earliest(finding: Finding) -> tuple[str, str, int]:
    return finding.article.date or "9999", finding.article.source, finding.start


def _in_language(who: str, lang: Language, names: NameIndex) -> str | None:
    """A speaker for readers of a language: an unnamed one translated, a name with its other form; None if neither."""
    if language(who) == lang:
        return who
    for zh, en in UNNAMED:
        if fold_text(who) in (zh.split("|") if lang == "en" else en.split("|")):
            return (en if lang == "en" else zh).split("|")[0]
    gloss = gloss_span(who, lang, names, None)
    return say("gloss", lang, value=who, gloss=gloss) if gloss else None


class Writer:
    """Numbers quotes in the order in which the text mentions them."""

    def __init__(self, lang: Language, names: NameIndex, cited: Sequence[Finding], pool: Sequence[Finding]) -> None:
        self.lang = lang
        self.names = names
        self._quotes: list[Quote] = []
        self._of: dict[int, Quote] = {}  # by identity of the finding
        self._numbered: list[Quote] = []
        for finding in cited:
            quote = next((q for q in self._quotes if q.takes(finding)), None)
            if quote is None:
                quote = Quote(finding, pool)
                self._quotes.append(quote)
            self._of[id(finding)] = quote

    def number(self, finding: Finding) -> int:
        """The marker of a finding's quote."""
        quote = self._of[id(finding)]
        if quote not in self._numbered:
            self._numbered.append(quote)
        return self._numbered.index(quote) + 1

    def told(self, finding: Finding) -> Finding:
        """The finding that is quoted for this one: of a sentence in several articles the earliest."""
        return self._of[id(finding)].told

    def markers(self, found: Sequence[Finding]) -> str:
        """The markers of several findings, each once."""
        return "".join(f"[{n}]" for n in dict.fromkeys(self.number(f) for f in found))

    # ── the short answer ──────────────────────────────────────────────────────────────────────

    def lead(self, section: Section) -> str:
        """The short answer of a section; "" where the quotes say it best."""
        if section.verdict:
            text = self._verdict(section)
        elif section.listed and section.shown:
            text = self._list(section)
        else:
            told = [x for x in (self._value(section.kind, value, found) for value, found in section.shown[:1]) if x]
            stated = [(value, found) for value, found in section.shown[1:] if not value.best.denied]
            denied = [(value, found) for value, found in section.shown[1:] if value.best.denied]
            join = say("lead_join", self.lang)
            others = [x for x in (self._value(section.kind, value, found) for value, found in stated) if x]
            text = told[0] if told else ""
            if text and others:
                text = say("lead_other", self.lang, lead=text, other=join.join(others))
            if text and denied:
                text = join.join([text, *(self._value(section.kind, value, found) for value, found in denied)])
        return say("lead_part", self.lang, part=escape(section.part), lead=text) if text and section.part else text

    def _value(self, kind: Kind, value: Value, found: Sequence[Finding]) -> str:
        # A repetition of the question is no answer in bold, nor words without a figure where one is asked for.
        misfit = 1.0 if kind == "number" else ECHO + 0.01
        # What can be read without a gloss goes first, where it is about as good.
        least = READABLE * found[0].reading.probability
        found = sorted(found, key=lambda f: f.reading.probability < least or language(f.quote) != self.lang)
        found = sorted(found, key=lambda f: f.whole or len(f.text) > MOST_SPAN)
        first = found[0]
        if first.whole or len(first.text) > MOST_SPAN or first.fit < misfit:
            return ""
        if first.denied:
            return say("denied", self.lang, value=self._glossed(first), markers=self.markers(found))
        text = say("lead", self.lang, value=self._glossed(first), markers=self.markers(found))
        who = self._speaker(found)
        return say("according", self.lang, lead=text, who=escape(who)) if who else text

    def _list(self, section: Section) -> str:
        told = [(self._glossed(found[0]), self.markers(found)) for _, found in section.shown]
        join = say("list_join", self.lang)
        if len({markers for _, markers in told}) == 1:
            return join.join(f"**{text}**" for text, _ in told) + f" {told[0][1]}"
        return join.join(say("lead", self.lang, value=text, markers=markers) for text, markers in told)

    def _verdict(self, section: Section) -> str:
        ((_, found),) = section.shown
        word, first = say(section.verdict or "", self.lang), found[0]
        if section.verdict == "disputed" or first.whole or len(first.text) > MOST_SAID:
            text = say("verdict", self.lang, verdict=word, markers=self.markers(found))
        else:
            span = self._glossed(first)
            text = say("verdict_span", self.lang, verdict=word, span=span, markers=self.markers(found))
        who = self._speaker(found) if section.verdict != "disputed" else None
        return say("according", self.lang, lead=text, who=escape(who)) if who else text

    def gloss(self, finding: Finding) -> str:
        """What a finding's words are in the reader's language; "" where they can be read."""
        return gloss_span(finding.text, self.lang, self.names, finding.article.date)

    def _glossed(self, finding: Finding) -> str:
        text = escape(finding.text)
        gloss = self.gloss(finding)
        return say("gloss", self.lang, value=text, gloss=escape(gloss)) if gloss else text

    def _speaker(self, found: Sequence[Finding]) -> str | None:
        """Whoever the first finding comes from, where no other source states it as its own knowledge."""
        said = []
        for finding in found:
            at = finding.sentence[0]
            said.append(speaker(finding.quote, finding.start - at, finding.end - at, language(finding.quote)))
        if not said[0] or not all(said):
            return None
        return _in_language(said[0], self.lang, self.names)

    # ── the evidence ──────────────────────────────────────────────────────────────────────────

    def citations(self, carried_by: Callable[[str, str], Sequence[str]]) -> tuple[Citation, ...]:
        """What has been numbered, verified against the articles, with everywhere it stands."""
        out = []
        for n, quote in enumerate(self._numbered, start=1):
            home = quote.told.article
            others = {*quote.also_in, *carried_by(home.id, quote.told.quote)} - {home.id}
            out.append(cite(home, *quote.told.sentence, n, tuple(sorted(others))))
        return tuple(out)

    def evidence(self, citation: Citation) -> str:
        """A quote with its source, its marker, its reprints and what helps to read it."""
        quote = self._numbered[citation.n - 1]
        home = quote.told.article
        about = say("comma", self.lang).join(escape(x) for x in (home.outlet, (home.date or "")[:10]) if x)
        key = "where" if about else "where_only_title"
        where = say(key, self.lang, title=escape(home.title), about=about)
        text = say("attributed", self.lang, where=where, quote=escape(citation.quote), marker=f"[{citation.n}]")
        n = len(citation.also_in)
        text += say("also", self.lang, n=n, s="s" if n > 1 else "") if n else ""
        spans = [place for f in quote.cited if (place := locate(f.text, citation.quote))]
        aid = reading_aid(citation.quote, spans, self.lang, self.names, home.date)
        return f"{text}\n{aid}" if aid else text
