"""Figures of merit as pure functions; each names its source. Ranking measures come from ir-measures."""

from rag.metrics.ranking import RANKING, rank_measures
from rag.metrics.statistics import Interval, interval, mean, paired_p, percentile, risk_coverage
from rag.metrics.text import (
    bold_values,
    character_f1,
    exact_match,
    groups_found,
    overlap_f1,
    squeeze,
    wordings,
)

__all__ = [
    "RANKING",
    "Interval",
    "bold_values",
    "character_f1",
    "exact_match",
    "groups_found",
    "interval",
    "mean",
    "overlap_f1",
    "paired_p",
    "percentile",
    "rank_measures",
    "risk_coverage",
    "squeeze",
    "wordings",
]
