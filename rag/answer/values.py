"""Findings that say the same are one value; its independent sources add up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.findings import Finding, one_voice
from rag.answer.hedges import agree
from rag.answer.phrases import contains
from rag.answer.questions import ECHO, Kind
from rag.text import fold_text, same_time

_NAME = re.compile("⟨([^⟩]*)⟩")


@dataclass(frozen=True)
class Value:
    """Findings that say the same, best first."""

    findings: tuple[Finding, ...]

    @property
    def voices(self) -> list[list[Finding]]:
        """The findings by independent source, best first."""
        out: list[list[Finding]] = []
        for finding in self.findings:
            home = next((v for v in out if any(one_voice(f, finding) for f in v)), None)
            if home is None:
                out.append([finding])
            else:
                home.append(finding)
        return out

    @property
    def support(self) -> float:
        """The chance that not every independent source is wrong (noisy-or, Pearl 1988), by fit of form."""
        wrong = 1.0
        for voice in self.voices:
            wrong *= 1 - max(f.reading.probability * f.fit for f in voice)
        return 1 - wrong

    @property
    def probability(self) -> float:
        """Of its best reading."""
        return max(f.reading.probability for f in self.findings)

    @property
    def strength(self) -> float:
        """Of its best reading, by fit of form: what it is compared with others by."""
        return max(f.reading.probability * f.fit for f in self.findings)

    @property
    def best(self) -> Finding:
        """The finding to show first."""
        return self.findings[0]


def merge(found: Sequence[Finding], kind: Kind) -> list[Value]:
    """Findings as values, the best supported first."""
    groups: list[list[Finding]] = []
    for finding in found:
        home = next(
            (
                g
                for g in groups
                if any(same(f, finding, kind) for f in g) and not any(_other_person(f, finding) for f in g)
            ),
            None,
        )
        if home is None:
            groups.append([finding])
        else:
            home.append(finding)
    values = [Value(tuple(sorted(g, key=_rank))) for g in groups]
    return sorted(values, key=lambda v: (v.best.denied, -round(v.support, 9), _rank(v.best)))


def _rank(finding: Finding) -> tuple[float, str, int]:
    return -finding.reading.probability * finding.fit, finding.article.source, finding.start


# ── saying the same ────────────────────────────────────────────────────────────────────────────


def same(a: Finding, b: Finding, kind: Kind) -> bool:
    """Whether two findings say the same: equal figures, dates or names, or one contained in the other."""
    if a.denied != b.denied:
        return False
    if a.core == b.core and not _other_person(a, b):
        return a.quantities == b.quantities or figures_agree(a, b) is not False
    if kind == "number" or (_only_figures(a) and _only_figures(b)):
        equal = figures_agree(a, b)
        if equal is not None:
            return equal
    if a.dates and b.dates and (kind == "when" or (_only_dates(a) and _only_dates(b))):
        return _dates_agree(a, b)
    if bool(a.quantities) != bool(b.quantities) or figures_agree(a, b) is False:
        return False
    return contains(a.core, b.core, kind) or contains(b.core, a.core, kind)


def figures_agree(a: Finding, b: Finding) -> bool | None:
    """Whether the figures of one are among the other's; None when the units can't be compared."""
    pairs = [(x, y) for x in a.quantities for y in b.quantities if one_unit(x.number.unit, y.number.unit)]
    if not pairs:
        return None
    less, more = sorted((a.quantities, b.quantities), key=len)
    return all(any(one_unit(x.number.unit, y.number.unit) and agree(x, y) for y in more) for x in less)


def comparable(a: Value, b: Value) -> bool:
    """Whether both give figures that can be of one thing."""
    pairs = ((x, y) for x in a.best.quantities for y in b.best.quantities)
    return any(one_unit(x.number.unit, y.number.unit) for x, y in pairs)


def prefers_another(finding: Finding, value: Value, values: Sequence[Value]) -> bool:
    """Whether the article of a value's finding gives another figure more surely: it mentions this, and speaks for that.

    Args:
        finding: of the value.
        value: what the finding says.
        values: all that were found.
    """
    chance = finding.reading.probability * finding.fit
    return any(
        other.article.id == finding.article.id
        and other.reading.probability * other.fit > chance
        and other.fit > ECHO
        and figures_agree(other, finding) is False
        for rival in values
        if rival is not value
        for other in rival.findings
    )


def one_unit(a: str, b: str) -> bool:
    """Whether two figures can be of one thing by their units."""
    # A figure without a unit may be of any but a share: "5,000亿" in an article that speaks of dollars.
    return a == b or ("" in (a, b) and "%" not in (a, b))


def _dates_agree(a: Finding, b: Finding) -> bool:
    less, more = sorted((a.dates, b.dates), key=len)
    return all(any(same_time(x, y) for y in more) for x in less)


def _only_figures(finding: Finding) -> bool:
    return bool(finding.quantities) and len(finding.text) <= 40 and len(finding.quantities) == 1


def _only_dates(finding: Finding) -> bool:
    return bool(finding.dates) and sum(d.end - d.start for d in finding.dates) >= 0.5 * len(finding.text)


def _other_person(a: Finding, b: Finding) -> bool:
    """Whether two people share a last name only: Jeff and Stephen Miller."""
    first, second = _latin_given(a), _latin_given(b)
    return bool(first and second and first[0] != second[0])


def _latin_given(finding: Finding) -> str:
    name = _NAME.fullmatch(finding.core)
    if not name:
        return ""
    found = re.search(rf"(\w+)\s+{re.escape(name[1])}\b", fold_text(finding.text))
    written = re.search(rf"([A-Z][\w.'’-]*)\s+{re.escape(name[1])}\b", finding.text, re.IGNORECASE)
    return found[1] if found and written and written[1][0].isupper() else ""
