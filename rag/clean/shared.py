"""Sentences that many articles of one source carry: its boilerplate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rag.clean.phrases import NEW_START
from rag.text import fold_text, sentences, simplified

LEAST = 10  # articles that carry a sentence
PART = 0.01  # of the articles of the source
EDGE = 12  # sentences at either end that are looked at
SHORT, LONG = 3, 400  # characters


def page_units(text: str) -> list[tuple[int, int]]:
    """Spans of sentences, cut where a unit of the page begins though no sentence has ended before it."""
    cuts = [match.start() for match in NEW_START.finditer(simplified(text))]
    units = []
    for start, end in sentences(text):
        inside = [cut for cut in cuts if start < cut < end]
        units += list(zip([start, *inside], [*inside, end], strict=True))
    return units


def shared_sentences(raws: Iterable[str]) -> frozenset[str]:
    """Folded sentences near the end of at least ten texts, and of one in a hundred, that are different articles.

    Reprints of one story share their sentences as well: texts count as different when their longest sentences are.
    """
    carriers: dict[str, set[int]] = {}
    texts = 0
    for raw in raws:
        texts += 1
        units = [raw[start:end].strip() for start, end in page_units(raw)]
        if not units:
            continue
        story = hash(max(units, key=len))
        for unit in set(units[-EDGE:]):
            if SHORT <= len(unit) <= LONG:
                carriers.setdefault(unit, set()).add(story)
    # Folded last: only what is frequent is worth it.
    totals: Counter[str] = Counter()
    for unit, stories in carriers.items():
        if len(stories) >= 3:
            totals[fold_text(unit)] += len(stories)
    return frozenset(unit for unit, count in totals.items() if count >= max(LEAST, PART * texts))
