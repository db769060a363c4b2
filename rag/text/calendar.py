"""Dates as values: as precise as a text gives them, compared and written out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from rag.text.scripts import Language

MONTHS = (
    "January February March April May June July August September October November December".split()
)  # fmt: skip


@dataclass(frozen=True)
class Date:
    """A date in a text.

    `value` is ISO 8601 as precise as the text: "2024", "2024-06", "2024-06-03", a week "2024-W23", or without a
    year "--06" and "--06-03" where the publication date is not known either.
    """

    start: int
    end: int
    value: str
    relative: bool  # reckoned from the publication date
    partial: bool = False  # written without a year: where `value` has one, that alone was reckoned

    @property
    def written(self) -> str:
        """The value without what was added to it: a year that the text does not write."""
        return "-" + self.value[4:] if self.partial and not self.value.startswith("--") else self.value


def bounds(value: str) -> tuple[date, date] | None:
    """First and last day of a value with a year."""
    if value.startswith("--"):
        return None
    if "W" in value:
        first = date.fromisocalendar(int(value[:4]), int(value[6:8]), 1)
        return first, first + timedelta(days=6)
    year, month, day = (*map(int, value.split("-")), 0, 0)[:3]
    if day:
        return date(year, month, day), date(year, month, day)
    if month:
        following = date(year + month // 12, month % 12 + 1, 1)
        return date(year, month, 1), following - timedelta(days=1)
    return date(year, 1, 1), date(year, 12, 31)


def same_time(a: Date, b: Date) -> bool:
    """Whether two dates may mean one time: one lies within the other, years that nobody wrote aside."""
    if (a.partial or b.partial) and "W" not in a.value + b.value:
        first, second = a.value.lstrip("-").split("-"), b.value.lstrip("-").split("-")
        first, second = (p if v.value.startswith("--") else p[1:] for p, v in ((first, a), (second, b)))
        return all(x == y for x, y in zip(first, second, strict=False))
    one, other = bounds(a.value), bounds(b.value)
    return one is None or other is None or (one[0] <= other[1] and other[0] <= one[1])


def write_date(value: str, lang: Language) -> str:
    """An ISO value for people: "10 February 2025", "2025年2月10日"."""
    if "W" in value:
        first = bounds(value)
        day = write_date(first[0].isoformat(), lang) if first else value
        return f"{day}起的一周" if lang == "zh" else f"the week of {day}"
    parts = ["", *value[2:].split("-")] if value.startswith("--") else value.split("-")
    year, month, day = (*parts, "", "")[:3]
    if lang == "zh":
        return (f"{year}年" if year else "") + (f"{int(month)}月" if month else "") + (f"{int(day)}日" if day else "")
    return " ".join(x for x in (day and str(int(day)), month and MONTHS[int(month) - 1], year) if x)
