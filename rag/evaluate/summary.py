"""Results → means with their uncertainty, over all and by slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.evaluate.judge import FIGURES
from rag.gold import LANGUAGES, TYPES
from rag.metrics import interval, mean, percentile, risk_coverage
from rag.types import Record

if TYPE_CHECKING:
    from rag.evaluate import Result

SLICES = ("language", "type", "article", "script", "direction", "names", "answerable", "voice", "verdict")
VERDICTS = ("right", "incomplete", "wrong", "refused", "not refused")
MOST_VALUES = 30  # a slice of more values, such as the articles of a large corpus, is no table for people
_ORDER = {name: place for place, name in enumerate((*LANGUAGES, *TYPES, *VERDICTS))}


@dataclass(frozen=True)
class Estimate(Record):
    """The mean of a figure over the questions it applies to, with its 95 % confidence interval."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Latency(Record):
    """Seconds of one stage: median and 95th percentile."""

    p50: float
    p95: float


@dataclass(frozen=True)
class Summary(Record):
    """Figures of a set of questions. Those that apply to none of them are absent."""

    n: int
    figures: dict[str, Estimate]
    latency: dict[str, Latency]

    def mean(self, figure: str) -> float | None:
        """A figure's mean; None where it applies to no question."""
        estimate = self.figures.get(figure)
        return estimate.mean if estimate else None


def summarise(results: Sequence[Result]) -> Summary:
    """Every figure over the results it applies to, and the time that each stage takes."""
    figures = {}
    for name in FIGURES:
        values = [r.figures[name] for r in results if name in r.figures]
        average, around = mean(values), interval(values)
        if average is not None and around is not None:
            figures[name] = Estimate(round(average, 4), round(around.low, 4), round(around.high, 4), len(values))
    timings = [r.answer.timings for r in results if r.answer]
    stages = dict.fromkeys(stage for timing in timings for stage in timing)
    latency = {}
    for stage in stages:
        seconds = [timing[stage] for timing in timings if stage in timing]
        latency[stage] = Latency(percentile(seconds, 0.5), percentile(seconds, 0.95))
    return Summary(len(results), figures, latency)


def by_slice(results: Sequence[Result]) -> dict[str, dict[str, Summary]]:
    """Slice → value → figures; slices in which all questions are alike, or hardly two, are left out."""
    tables = {}
    for name in SLICES:
        groups: dict[str, list[Result]] = {}
        for result in results:
            for value in result.slices.get(name, ()):
                groups.setdefault(value, []).append(result)
        if 1 < len(groups) <= MOST_VALUES:
            order = sorted(groups, key=lambda value: (_ORDER.get(value, len(_ORDER)), value))
            tables[name] = {value: summarise(groups[value]) for value in order}
    return tables


def risk_curve(results: Sequence[Result]) -> list[tuple[float, float]]:
    """(coverage, risk) of answering only above a confidence, from the surest answer to all that were given."""
    answered = [r for r in results if r.answer and r.answer.answered]
    confidences = [r.answer.confidence for r in answered if r.answer]
    return risk_coverage(confidences, [r.right for r in answered], len(results)) if answered else []
