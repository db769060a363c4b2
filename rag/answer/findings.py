"""Readings, tidied: what of a span is shown, and what it comes down to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from rag.answer.hedges import Quantity, quantities
from rag.answer.phrases import canonical, core
from rag.answer.questions import ECHO, Kind, fits, offers_choice
from rag.answer.sources import reprint, same_statement
from rag.answer.speech import denied
from rag.names import NameIndex
from rag.reader import Reading
from rag.text import Date, dates, numbers, sentences, words
from rag.types import Article

_EDGES = " \t\u3000，,。.;；:：、!！?？"
_OPENING, _CLOSING = "“「『（(《\"'‘[【", "”」』）)》\"'’]】"


@dataclass(frozen=True)
class Finding:
    """A reading, tidied: what is shown of it, where it stands, and what it means."""

    reading: Reading
    article: Article
    start: int  # of what is shown, in the article: the span with its hedge, without its edges
    end: int
    fit: float  # how well its form fits the question's kind, 0–1
    quantities: tuple[Quantity, ...]  # in it, dates and the question's own figures left out
    dates: tuple[Date, ...]
    core: str  # folded, names in one spelling as ⟨latin⟩, titles and given names off
    denied: bool

    @property
    def text(self) -> str:
        """What is shown."""
        return self.article.text[self.start : self.end]

    @property
    def sentence(self) -> tuple[int, int]:
        """The evidence: the whole sentence, as characters of the article."""
        start, end = self.reading.sentence
        return min(start, self.start), max(end, self.end)

    @property
    def quote(self) -> str:
        """The evidence's words."""
        start, end = self.sentence
        return self.article.text[start:end]

    @property
    def whole(self) -> bool:
        """Whether the span says no more than its quote: nearly all of the sentence, or no word of it."""
        if not re.search(r"\w", self.text):
            return True
        return self.end - self.start > 40 and self.end - self.start >= 0.8 * len(self.quote)


def one_voice(a: Finding, b: Finding) -> bool:
    """Whether two findings come from one source: an article, its reprint, or a sentence that both carry."""
    return a.article.id == b.article.id or same_statement(a.quote, b.quote) or reprint(a.article, b.article)


def findings(
    question: str, readings: Iterable[Reading], article: Callable[[str], Article], kind: Kind, names: NameIndex
) -> list[Finding]:
    """Readings as findings, the most probable first; of one place, once."""
    given = [(n.value, n.unit) for n in numbers(question)]
    echo = frozenset() if offers_choice(question) else frozenset(words(canonical(question, names)))
    out: list[Finding] = []
    seen: set[tuple[str, int, int]] = set()
    for reading in readings:
        home = article(reading.passage.article_id)
        finding = _finding(question, reading, home, kind, names, given)
        said = set(words(finding.core))
        if said and said <= echo and not finding.quantities and not finding.dates:
            finding = replace(finding, fit=finding.fit * ECHO)
        place = (home.id, finding.start, finding.end)
        if place not in seen:
            seen.add(place)
            out.append(finding)
    return out


_CLEFT = re.compile(r"(?:It|That) (?:was|is) (?=[^,.]* (?:who|that|which)\b)")  # "It was A who …": A


def within_a_sentence(reading: Reading, home: Article, speaks: Callable[[str], bool]) -> Reading:
    """A reading of several sentences cut to the first of them that speaks of what is asked, else to the first.

    Only a reason is told in several.
    """
    touched = _touched(reading, home, max(reading.sentence[1], reading.end))
    if len(touched) < 2:
        return reading
    paragraph = (home.text + "\n").index("\n", touched[-1][1])  # the last sentence may go on behind the span
    touched = _touched(reading, home, paragraph)
    start, end = next((s for s in touched if speaks(home.text[s[0] : s[1]])), touched[0])
    opened = _CLEFT.match(home.text, start)
    begin = opened.end() if opened and reading.start <= start and opened.end() < reading.end else start
    return replace(reading, start=max(begin, reading.start), end=min(end, reading.end), sentence=(start, end))


def _touched(reading: Reading, home: Article, last: int) -> list[tuple[int, int]]:
    """The sentences, up to a character of the article, that a reading's span reaches into."""
    first = min(reading.sentence[0], reading.start)
    found = [(first + a, first + b) for a, b in sentences(home.text[first:last])]
    return [(a, b) for a, b in found if b > reading.start and a < reading.end]


def _finding(
    question: str, reading: Reading, home: Article, kind: Kind, names: NameIndex, given: list[tuple[float, str]]
) -> Finding:
    start, end = _tidy(home.text, reading.start, reading.end)
    first = min(reading.sentence[0], start)
    sentence = home.text[first : max(reading.sentence[1], end)]
    span = home.text[start:end]
    when = tuple(d for d in dates(sentence, home.date) if d.start < end - first and start - first < d.end)
    taken = [(d.start, d.end) for d in when]
    found = [
        q
        for q in quantities(sentence)
        if start - first <= q.number.start < end - first  # its unit may go on behind the span: 10万个|就业岗位
        if (q.number.value, q.number.unit) not in given
        if not any(a < q.number.end and q.number.start < b for a, b in taken)
    ]
    if found and len(found) == 1 and kind == "number" and len(span) > 60:
        start, end = first + found[0].start, first + found[0].end  # a sentence that gives one figure: the figure
    elif found:
        start, end = min(start, first + found[0].start), max(end, first + found[-1].end)
    return Finding(
        reading=reading,
        article=home,
        start=start,
        end=end,
        fit=fits(kind, home.text[start:end], home.date, names),
        quantities=tuple(found),
        dates=when,
        core=core(span, names),
        denied=denied(sentence, start - first, question, kind == "why"),
    )


def _tidy(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without punctuation at its edges, nor a quotation mark whose partner lies outside."""
    whole, changed = (start, end), True
    while changed and start < end:
        changed = False
        inside = text[start:end]
        if inside[0] in _EDGES or (inside[0] in _CLOSING and inside[0] not in _OPENING):
            start, changed = start + 1, True
        elif inside[-1] in _EDGES and not re.search(r"\b(?:[A-Z]\.)+$|\b(?:Inc|Jr|Sr|Co|Corp|Ltd|[ap]\.m)\.$", inside):
            end, changed = end - 1, True
        elif inside[0] in _OPENING and not any(c in _CLOSING for c in inside[1:]):
            start, changed = start + 1, True
        elif inside[-1] in _CLOSING and not any(c in _OPENING for c in inside[:-1]):
            end, changed = end - 1, True
    return (start, end) if start < end else whole
