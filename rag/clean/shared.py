"""Sentences that many articles of one source carry: its boilerplate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import groupby

from rag.clean.chrome import is_chrome
from rag.clean.phrases import NEW_START, NOTICE, OWN
from rag.text import fold_text, sentences, simplified

LEAST = 10  # articles that carry a sentence
PART = 0.01  # of the articles of the source
EDGE = 12  # sentences at either end that are looked at
MOSTLY = 2 / 3  # of the places of a sentence
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
    Reports repeat themselves, too ("The White House did not respond to a request for comment"), so a sentence needs a
    second sign: it speaks as the page, or stands among shared ones between two that do.
    """
    carriers: dict[str, set[int]] = {}
    ends: list[list[str]] = []
    for raw in raws:
        units = [raw[start:end].strip() for start, end in page_units(raw)]
        story = hash(max(units, key=len, default=""))
        ends.append(units[-2 * EDGE :])
        for unit in set(units[-EDGE:]):
            if SHORT <= len(unit) <= LONG:
                carriers.setdefault(unit, set()).add(story)
    # Folded last: only what is frequent is worth it.
    totals: Counter[str] = Counter()
    for unit, stories in carriers.items():
        if len(stories) >= 3:
            totals[fold_text(unit)] += len(stories)
    frequent = {unit for unit, count in totals.items() if count >= max(LEAST, PART * len(ends))}
    signed = {unit for unit in frequent if _of_page(unit)}
    return frozenset(signed | _among(ends, {unit: fold_text(unit) for unit in carriers}, frequent, signed))


def _of_page(unit: str) -> bool:
    """Whether a folded sentence speaks as the page: of itself, to its readers, or of what one may do with it."""
    text = simplified(unit)
    return is_chrome(unit) or bool(OWN.search(text) or NOTICE.search(text))


def _among(
    ends: Iterable[list[str]], folded: Mapping[str, str], frequent: Collection[str], signed: Collection[str]
) -> set[str]:
    """The frequent sentences that mostly stand in a run of frequent ones between two that are signed."""
    all_of, among = Counter[str](), Counter[str]()
    for units in ends:
        keys = [folded.get(unit, "") for unit in units]
        for shared, run in groupby(keys, key=frequent.__contains__):
            inside = list(run)
            marks = [at for at, key in enumerate(inside) if key in signed]
            for at, key in enumerate(inside if shared else ()):
                all_of[key] += 1
                among[key] += bool(marks) and marks[0] <= at <= marks[-1]
    return {key for key in frequent if among[key] >= MOSTLY * all_of[key] > 0}
