"""Figures and dates of a claim, and whether a text gives the same ones: value, unit, hedge and precision."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.answer.hedges import Quantity, quantities
from rag.text import Date, bounds, dates, fold_text

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
_WORDS = {word: str(n) for n, word in enumerate(_SMALL)} | {
    word: f"{n}0" for n, word in enumerate("thirty forty fifty sixty seventy eighty ninety".split(), start=3)
} | {"dozen": "12"}  # fmt: skip
# "One" is a pronoun more often than a number, and "the two" stands for two that have been named.
_WORD = re.compile(
    rf"(?<!\bthe )(?<!\bthese )(?<!\bthose )\b({'|'.join(w for w in _WORDS if w not in ('zero', 'one'))})\b"
    r"|\bone(?=[ -](?:million|billion|trillion|hundred"
    r"|thousand|percent|year|month|week|day|hour|minute|gigawatt|megawatt)s?\b)",
    re.IGNORECASE,
)
_TENTHS = re.compile("([一二三四五六七八九])成(?![为立员就功果本长年熟交])")
_DIGITS_ZH = {c: n for n, c in enumerate("零一二三四五六七八九")}
_TENS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_YEAR = re.compile(r"(?:19|20)\d\d")
_IN_A_NAME = re.compile(r"[A-Za-z][A-Za-z-]*$")
_LOOSE = {"unit", "person", "job"}  # counts of things: "five companies", 五家, "five"
_TIMES = {"year", "month", "day", "hour", "minute"}
_IN_MW = {"GW": 1000.0}
_BOUNDED = {"well under": -1, "well over": 1, "under": -1, "over": 1, "up to": -1, "at least": 1}


_WEEKS = re.compile(
    rf"(?P<n>\d+|{'|'.join(_SMALL[1:13])}|an?|[一二两三四五六七八九十])"
    r"(?:[ -](?P<u>week)s?\b|个?(?:星期|礼拜)(?![一二三四五六日天])"
    r"|周(?![一二三四五六日天年岁]))|\ban? (?P<one>day|month|year)(?= (?:later|earlier|before|after|long|ago))",
    re.IGNORECASE,
)


def _as_days(match: re.Match[str]) -> str:
    if match["one"]:
        return f"1 {match['one']}"
    n = match["n"].lower()
    if n in ("a", "an"):
        count = 1
    elif n in _SMALL:
        count = _SMALL.index(n)
    else:
        count = _TENS[n] if n in _TENS else int(n)
    return f"{7 * count} days" if match["u"] else f"{7 * count}天"


def plain(text: str) -> str:
    """A text with number words as digits and 九成 as 90%, so that they can be compared."""
    text = re.sub("[两二](?=人|者)|一(?=[位名个家](?!月|半|多))", "", text)  # both; a
    text = _WEEKS.sub(_as_days, text)
    text = _WORD.sub(lambda m: _WORDS[m[0].lower()], text)
    return _TENTHS.sub(lambda m: f"{_DIGITS_ZH[m[1]]}0%", text)


def figures(text: str, published: str | None) -> list[Quantity]:
    """The quantities of a text that are no dates and no parts of names (GPT-4, G42)."""
    text = plain(text)
    taken = [(d.start, d.end) for d in dates(text, published)]
    out = []
    for quantity in quantities(text):
        number = quantity.number
        written = text[number.start : number.end]
        in_date = any(a < number.end and number.start < b for a, b in taken)
        year = _YEAR.fullmatch(written) or re.fullmatch(r"(?:19|20)\d\d年", written)
        if in_date or year or (written[0].isdigit() and _IN_A_NAME.search(text[: number.start])):
            continue
        if number.unit in _TIMES and quantity.hedge == "over":
            quantity = replace(quantity, hedge="")  # over four years: while they last
        if number.unit in _IN_MW:
            number = replace(number, value=number.value * _IN_MW[number.unit], unit="MW")
        out.append(replace(quantity, number=number))
    return out


def years(text: str, published: str | None) -> set[str]:
    """The years that a text writes or means."""
    return {d.value[:4] for d in dates(text, published) if d.value[:2] != "--"} | set(_YEAR.findall(text))


def same_figure(claimed: Quantity, given: Quantity) -> bool:
    """Whether a figure says what a source's figure says; only an approximation may be more or less exact."""
    a, b = claimed.number, given.number
    units = a.unit == b.unit or (a.unit in ("", *_LOOSE) and b.unit in ("", *_LOOSE)) or (
        # "500 billion" of dollars, and dollars where the article left them out: large sums only.
        "" in (a.unit, b.unit) and min(a.value, b.value) >= 1e6 and "%" not in (a.unit, b.unit)
    )  # fmt: skip
    if not units or abs(a.value - b.value) > 1e-6 * max(abs(a.value), abs(b.value)):
        return False
    # "Under 10 billion" is not "10 billion", nor "over" it.
    return _BOUNDED.get(claimed.hedge, 0) == _BOUNDED.get(given.hedge, 0) or (
        given.hedge in ("up to", "at least", "over") and claimed.hedge in ("about", "nearly")
    )


def figure_in(claimed: Quantity, text: str, published: str | None) -> bool:
    """Whether a text gives a claimed figure."""
    return any(same_figure(claimed, given) for given in figures(text, published))


def date_in(claimed: Date, text: str, published: str | None) -> bool:
    """Whether a text gives a claimed date, at least as precisely."""
    return any(_within(given, claimed) for given in dates(plain(text), published)) or (
        bool(_YEAR.fullmatch(claimed.value)) and claimed.value in years(text, published)
    )


def _within(given: Date, claimed: Date) -> bool:
    if claimed.partial or claimed.value.startswith("--") or given.value.startswith("--"):
        if "W" in given.value + claimed.value:
            return False
        a, b = _parts(claimed, claimed.partial), _parts(given, False)
        # Without a year on one side, months and days must be the same.
        return len(b) >= len(a) and all(x == y or "" in (x, y) for x, y in zip(a, b, strict=False))
    outer, inner = bounds(claimed.value), bounds(given.value)
    return outer is not None and inner is not None and outer[0] <= inner[0] and inner[1] <= outer[1]


def _parts(date: Date, drop_year: bool) -> list[str]:
    """Year, month and day, as far as there are any; "" for a year that is not written."""
    if date.value.startswith("--"):
        return ["", *date.value[2:].split("-")]
    year, *rest = date.value.split("-")
    return ["" if drop_year else year, *rest]


def key(quantity: Quantity) -> str:
    """A figure as it is told to people."""
    return f"{quantity.number.value:g} {quantity.number.unit}".strip()


def written(text: str) -> str:
    """A folded text with its figures masked, for comparing what is said around them."""
    return re.sub(r"\d[\d,.]*|[一二两三四五六七八九十百千万亿]{2,}", "#", fold_text(plain(text)))
