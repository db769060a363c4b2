"""Which articles count: by source, language and date of publication; and what a question's own words of time say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from rag.errors import QuestionError
from rag.store import Store
from rag.text import bounds, dates, fold_text
from rag.types import Article

BOOST = 0.04  # in units of cosine: enough to order passages that are about as near
AFTER = timedelta(days=45)  # news of an event comes out up to so long after it
_LATEST = re.compile(
    r"\b(?:latest|newest|most recent|recently|these days|now|currently)\b|最新|最近|近期|目前|现在|如今"
)

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Filters:
    """Limits to the articles that count. Empty: no limit.

    Args:
        sources: paths below the root, beginnings of such paths, or names of outlets.
        languages: "en", "zh".
        since: ISO date, "2025", "2025-07" or "2025-07-12"; articles without a date don't count then.
        until: likewise; the whole day, month or year counts.

    Raises:
        QuestionError: a date or a language can't be understood.
    """

    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None

    def __post_init__(self) -> None:
        for value in (self.since, self.until):
            try:
                if value is not None and (not re.match(r"\d{4}(-\d\d){0,2}$", value) or not bounds(value)):
                    raise ValueError
            except ValueError:
                raise QuestionError(f"{value!r} is no date. Write 2025, 2025-07 or 2025-07-12.") from None
        for language in self.languages:
            if language not in ("en", "zh"):
                raise QuestionError(f"{language!r} is no language known here. Choose en or zh.")

    @classmethod
    def of(
        cls,
        sources: Sequence[str] | None = None,
        languages: Sequence[str] | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Filters:
        """Filters of what a caller may leave out."""
        return cls(tuple(sources or ()), tuple(languages or ()), since or None, until or None)

    def __bool__(self) -> bool:
        return bool(self.sources or self.languages or self.since or self.until)

    def keeps(self, article: Article) -> bool:
        """Whether an article counts."""
        day = (article.date or "")[:10]
        first, last = (bounds(value) if value else None for value in (self.since, self.until))
        return (
            (
                not self.sources
                or any(
                    article.outlet == s or f"{article.source}/".startswith((f"{s.rstrip('/')}/", f"{s.rstrip('/')}#"))
                    for s in self.sources
                )
            )
            and (not self.languages or article.language in self.languages)
            and (first is None or day >= first[0].isoformat())
            and (last is None or "" < day <= last[1].isoformat())
        )

    def numbers(self, store: Store) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Numbers of the passages that count, ascending."""
        wheres, values = ["1"], []
        if self.sources:
            # An outlet, a file, everything below a folder or in an archive, or the records of a dump.
            wheres.append(
                "("
                + " OR ".join(["outlet = ? OR source = ? OR substr(source, 1, ?) IN (?, ?)"] * len(self.sources))
                + ")"
            )
            for source in self.sources:
                folder = source.rstrip("/") + "/"
                values += [source, source, len(folder), folder, f"{folder[:-1]}#"]
        if self.languages:
            wheres.append(f"language IN ({','.join('?' * len(self.languages))})")
            values += self.languages
        if self.since and (first := bounds(self.since)):
            wheres.append("substr(date, 1, 10) >= ?")
            values.append(first[0].isoformat())
        if self.until and (last := bounds(self.until)):
            wheres.append("substr(date, 1, 10) <= ?")
            values.append(last[1].isoformat())
        return store.numbers_where(" AND ".join(wheres), values)


def among(scores: Array, allowed: np.ndarray[Any, np.dtype[np.int64]] | None) -> Array:
    """Scores by passage number, with 0 for passages that don't count; None allows all."""
    if allowed is None:
        return scores
    out = np.zeros_like(scores)
    out[allowed] = scores[allowed]
    return out


def time_boosts(question: str, published: Sequence[str | None], today: date) -> Array:
    """What a question's words of time add to passages by their dates of publication: a nudge, never a cut.

    "Latest" favours new ones; a date, "in July", "last year", those of that time.

    Args:
        question: in English or Chinese.
        published: ISO date or None of each passage.
        today: what "last year" is reckoned from.
    """
    out = np.zeros(len(published))
    days = [date.fromisoformat(value[:10]) if value and len(value) >= 10 else None for value in published]
    known = [day.toordinal() for day in days if day]
    if _LATEST.search(fold_text(question)) and len(set(known)) > 1:
        low, high = min(known), max(known)
        out += [BOOST * (day.toordinal() - low) / (high - low) if day else 0.0 for day in days]
    spans = [span for found in dates(question, today.isoformat()) if (span := bounds(found.value))]
    for first, last in spans:
        out += [BOOST if day and first <= day <= last + AFTER else 0.0 for day in days]
    return out
