"""Means with their uncertainty, the comparison of two runs, and what a confidence is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

RESAMPLES = 1000
PERMUTATIONS = 9999
SEED = 20


class Interval(NamedTuple):
    """A 95 % confidence interval."""

    low: float
    high: float


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean, None without values."""
    return sum(values) / len(values) if values else None


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies (nearest rank); 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered), max(1, math.ceil(share * len(ordered)))) - 1] if ordered else 0.0


def interval(values: Sequence[float]) -> Interval | None:
    """Of the mean: percentile bootstrap over questions (Efron 1979), with a fixed seed. None without values.

    Resampling says nothing where all values are the same; shares (all 0 or all 1) get the Wilson interval (1927) then.
    """
    if not values:
        return None
    from scipy import stats

    if len(set(values)) == 1:
        if values[0] not in (0.0, 1.0):
            return Interval(values[0], values[0])
        test = stats.binomtest(int(sum(values)), len(values)).proportion_ci(method="wilson")
        return Interval(float(test.low), float(test.high))
    found = stats.bootstrap((values,), _mean, n_resamples=RESAMPLES, method="percentile", rng=SEED)
    return Interval(float(found.confidence_interval.low), float(found.confidence_interval.high))


def paired_p(differences: Sequence[float], alternative: Literal["two-sided", "less", "greater"] = "two-sided") -> float:
    """How often chance alone gives such a mean difference of two runs over the same questions.

    The sign-flip permutation test (Fisher 1935; for retrieval: Smucker et al. 2007), exact for up to 13 questions
    that differ, else 9,999 fixed permutations. 1 where nothing differs.
    """
    moved = [d for d in differences if d]  # flipping a zero changes nothing
    if not moved:
        return 1.0
    moved = moved if len(moved) > 1 else [*moved, 0.0]  # scipy wants two
    from scipy import stats

    test = stats.permutation_test(
        (moved,), _mean, permutation_type="samples", n_resamples=PERMUTATIONS, alternative=alternative,
        vectorized=True, rng=SEED,
    )  # fmt: skip
    return float(test.pvalue)


def risk_coverage(confidences: Sequence[float], right: Sequence[bool], total: int) -> list[tuple[float, float]]:
    """What answering only above a confidence costs: (coverage, risk), from the surest answer to all of them.

    Coverage is the share of all `total` questions that are answered, risk the share of wrong ones among these
    (El-Yaniv & Wiener 2010). Answers of one confidence are taken together.
    """
    ordered = sorted(zip(confidences, right, strict=True), key=lambda pair: -pair[0])
    points, wrong = [], 0
    for number, (confidence, good) in enumerate(ordered, start=1):
        wrong += not good
        if number == len(ordered) or ordered[number][0] != confidence:
            points.append((number / total, wrong / number))
    return points


def _mean(values: Any, axis: int = -1) -> Any:
    return values.mean(axis=axis)
