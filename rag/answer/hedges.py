"""What qualifies a figure belongs to it: "well under $10 billion" is not "$10 billion"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rag.text import CURRENCIES, Language, Number, numbers, simplified, worded

# name → (Chinese before the figure, Chinese after it, English before it, English after it, which way it bounds it);
# the first of each is what the hedge is rendered as.
_TABLE: dict[str, tuple[str, str, str, str, int]] = {
    "well under": ("远低于|远少于|远不到", "", "well under|well below|far below|far less than|much less than", "", -1),
    "well over": ("远超过?|远高于|远多于", "", "well over|well above|far above|far more than|much more than", "", 1),
    "under": ("不到|不足|低于|少于|未达|不满|小于", "以下", "under|below|less than|fewer than", "or less|or fewer", -1),
    "over": ("超过|逾|高于|多于|超|大于", "以上|多", "over|above|more than|exceeding|upwards of", "or more|plus", 1),
    "up to": (
        "最多|至多|最高|多达|高达|(?:不|未|没有?|不会)(?:超过|高于|多于|大于|超)",
        "以内",
        "up to|at most|as much as|as many as|a maximum of|(?:no|not|never) (?:more than|over|above|exceeding)",
        "at most",
        -1,
    ),
    "at least": ("至少|最少|不少于|不低于|不小于|不下", "", "at least|(?:no|not) (?:less|fewer) than|not below", "", 1),
    "nearly": ("将近|接近|近|差不多", "", "nearly|almost|close to|just under", "", 0),
    "about": (
        "约为?|大约|大概|约莫|估计",
        "左右|上下",
        "about|around|roughly|approximately|some|an estimated|estimated",
        "or so",
        0,
    ),
}
_BEFORE = re.compile(
    "(?:"
    + "|".join(f"(?P<h{i}>(?:{zh})|\\b(?:{en})\\b)" for i, (zh, _, en, _, _) in enumerate(_TABLE.values()))
    + r")(?:的|是|为|有|a |the )?\s*$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s?(?:"
    + "|".join(
        f"(?P<h{i}>{'|'.join(x for x in (zh, en and f'(?:{en})' + chr(92) + 'b') if x)})"
        for i, (_, zh, _, en, _) in enumerate(_TABLE.values())
        if zh or en
    )
    + ")",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Quantity:
    """A figure with its hedge, as characters of the text it stands in."""

    start: int
    end: int
    number: Number
    hedge: str = ""  # a key of the table, "" when the figure stands bare

    @property
    def bound(self) -> int:
        """1 where the figure is a lower bound, -1 an upper one, 0 neither."""
        return _TABLE[self.hedge][4] if self.hedge else 0


def quantity(text: str, number: Number) -> Quantity:
    """A number of a text together with the hedge before or after it."""
    plain = simplified(text[max(0, number.start - 30) : number.end + 10])
    at = number.start - max(0, number.start - 30)
    size = number.end - number.start
    keys = list(_TABLE)
    before = _BEFORE.search(plain[:at])
    if before:
        # The longest reading starts first: 远低于 before 低于.
        name = keys[int((before.lastgroup or "h0")[1:])]
        return Quantity(number.start - (at - before.start()), number.end, number, name)
    if re.search("[0-9百千万亿][多余]", plain[at : at + size]):
        return Quantity(number.start, number.end, number, "over")
    after = _AFTER.match(plain, at + size)
    if after:
        name = keys[int((after.lastgroup or "h0")[1:])]
        return Quantity(number.start, number.end + after.end() - at - size, number, name)
    return Quantity(number.start, number.end, number)


_TO = re.compile(r"\s?(?:-|–|—|~|to|and|or|至|到|或)\s?", re.IGNORECASE)
_FIGURE = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def quantities(text: str) -> list[Quantity]:
    """The numbers of a text with their hedges; of a range ("15 to 20 billion") both ends have scale and unit."""
    found = numbers(text)
    inwords = (w for w in worded(text) if not any(w.start < n.end and n.start < w.end for n in found))
    found = sorted([*found, *inwords], key=lambda n: n.start)
    for i, (low, high) in enumerate(zip(found, found[1:], strict=False)):
        if _TO.fullmatch(text[low.end : high.start]) and (high.unit or low.unit in CURRENCIES):
            found[i], found[i + 1] = _range(low, high, text)
    return [quantity(text, number) for number in found]


def _range(low: Number, high: Number, text: str) -> tuple[Number, Number]:
    """Both ends with the scale and the unit that only one of them is written with: $3-4 billion, 150亿至200亿美元."""
    if low.unit and high.unit and low.unit != high.unit:
        return low, high
    unit = low.unit or high.unit
    written = _FIGURE.search(simplified(text[high.start : high.end]))
    own = (
        _FIGURE.fullmatch(text[low.start : low.end].lstrip("USHKNTAC$€£¥ ")) if low.unit in ("", *CURRENCIES) else None
    )
    value = low.value
    if own and written and float(written[0].replace(",", "")):
        value = round(value * high.value / float(written[0].replace(",", "")), 6)
    value = value if value <= high.value else low.value
    return replace(low, value=value, unit=unit), replace(high, unit=unit)


def write_hedge(hedge: str, figure: str, lang: Language) -> str:
    """A figure with its hedge in a language."""
    if not hedge:
        return figure
    if lang == "en":
        return f"{hedge} {figure}"
    return re.sub(r"[?]|为", "", _TABLE[hedge][0].split("|")[0].replace("远超过?", "远超")) + figure


def agree(a: Quantity, b: Quantity) -> bool:
    """Whether two figures of one unit may be the same fact: equal, or near and said to be approximate.

    A bound and a figure beyond it ("over 200", "270") do not: the reports say different things.
    """
    x, y = a.number.value, b.number.value
    near = abs(x - y) <= 1e-9 * max(abs(x), abs(y))
    if near:
        # "Well under 10 billion" and "10 billion" are different reports.
        strict = {"well under", "well over", "under"}
        return (a.hedge in strict) == (b.hedge in strict) or a.hedge == b.hedge
    loose = {"about", "nearly"}
    tolerance = 0.05 if a.hedge in loose or b.hedge in loose else 0.0
    return abs(x - y) <= tolerance * max(abs(x), abs(y))
