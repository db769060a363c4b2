"""Figures of merit as pure functions; each names its source."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from rag.text import fold_text


def hit_at(relevant: Sequence[bool], k: int) -> float:
    """1 when one of the first k results is relevant, else 0."""
    return float(any(relevant[:k]))


def reciprocal_rank(relevant: Sequence[bool]) -> float:
    """1/rank of the first relevant result, 0 without one (Voorhees 1999, TREC-8 QA)."""
    return next((1.0 / rank for rank, good in enumerate(relevant, start=1) if good), 0.0)


def ndcg_at(gains: Sequence[float], ideal: int, k: int) -> float:
    """Normalised discounted cumulative gain of the first k results (Järvelin & Kekäläinen 2002).

    Args:
        gains: what each result adds, in rank order.
        ideal: how many results with gain 1 a perfect ranking would begin with.
        k: cut-off.
    """
    best = sum(1.0 / math.log2(rank + 1) for rank in range(1, min(ideal, k) + 1))
    return sum(g / math.log2(rank + 1) for rank, g in enumerate(gains[:k], start=1)) / best if best else 0.0


def character_f1(answer: str, gold: str) -> float:
    """F1 of the multisets of characters, folded, without blanks and punctuation (as CMRC 2018 scores Chinese)."""
    first, second = (Counter(c for c in fold_text(text) if c.isalnum()) for text in (answer, gold))
    common = sum((first & second).values())
    if not common:
        return 0.0
    precision, recall = common / sum(first.values()), common / sum(second.values())
    return 2 * precision * recall / (precision + recall)


def groups_found(groups: Sequence[Sequence[str]], text: str) -> bool:
    """Whether each group has one of its strings in the text, after folding and without blanks."""
    squeezed = squeeze(text)
    return all(any(squeeze(string) in squeezed for string in group) for group in groups)


def squeeze(text: str) -> str:
    """Folded text without blanks and thousands separators, for finding one string in another."""
    return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", fold_text(text)).replace(" ", "")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies (nearest rank); 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered), max(1, math.ceil(share * len(ordered)))) - 1] if ordered else 0.0


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean, None without values."""
    return sum(values) / len(values) if values else None
