"""Quantities and their units, in digits and in Chinese numerals."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from rag.text.scripts import Folded, fold

_DIGITS_ZH = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS_ZH = {"十": 10, "百": 100, "千": 1000}
_SCALE = {
    "百": 1e2, "千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8, "百亿": 1e10, "千亿": 1e11, "万亿": 1e12,
    "兆": 1e12, "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "m": 1e6, "billion": 1e9,
    "bn": 1e9, "b": 1e9, "trillion": 1e12, "tn": 1e12,
}  # fmt: skip
_UNIT_NAMES = {
    "usd": "USD", "us$": "USD", "$": "USD", "hk$": "HKD", "港元": "HKD", "a$": "AUD", "c$": "CAD", "nt$": "TWD",
    "新台币": "TWD", "s$": "SGD", "美元": "USD", "美金": "USD", "dollar": "USD", "dollars": "USD",
    "cny": "CNY", "rmb": "CNY", "¥": "CNY", "元": "CNY", "人民币": "CNY", "yuan": "CNY",
    "€": "EUR", "欧元": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "英镑": "GBP", "日元": "JPY", "yen": "JPY",
    "日圆": "JPY", "港币": "HKD", "台币": "TWD", "澳元": "AUD", "加元": "CAD", "新加坡元": "SGD", "韩元": "KRW",
    "韩圆": "KRW", "卢布": "RUB", "rubles": "RUB", "roubles": "RUB", "卢比": "INR", "rupees": "INR", "瑞士法郎": "CHF",
    "瑞郎": "CHF", "swiss francs": "CHF",
    "%": "%", "percent": "%", "per cent": "%",
    "吉瓦": "GW", "gw": "GW", "gigawatt": "GW", "gigawatts": "GW", "兆瓦": "MW", "mw": "MW", "megawatt": "MW",
    "megawatts": "MW", "岁": "year", "年": "year", "year": "year", "years": "year", "月": "month", "month": "month",
    "months": "month", "日": "day", "号": "day", "天": "day", "day": "day", "days": "day", "小时": "hour",
    "hour": "hour", "hours": "hour", "个小时": "hour", "个月": "month", "分钟": "minute",
    "minute": "minute", "minutes": "minute", "人": "person", "people": "person", "jobs": "job",
    "job": "job", "岗位": "job", "个岗位": "job",
    "个工作岗位": "job", "个就业岗位": "job", "家": "unit", "名": "person", "位": "person",
}  # fmt: skip

CURRENCIES = frozenset(unit for unit in _UNIT_NAMES.values() if re.fullmatch("[A-Z]{3}", unit))


def _alternatives(names: dict[str, object] | dict[str, float] | dict[str, str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_UNIT_BEFORE = f"(?:{_alternatives({k: v for k, v in _UNIT_NAMES.items() if k[-1] in '$¥€£'})})"
_UNIT_AFTER = _alternatives({k: v for k, v in _UNIT_NAMES.items() if k[-1] not in "$¥€£"})
_LATIN_SCALE = _alternatives({k: v for k, v in _SCALE.items() if k.isascii()})
# 兆 before a unit of physics is mega.
_CHINESE_SCALE = f"(?:{_alternatives({k: v for k, v in _SCALE.items() if not k.isascii()})})(?![瓦赫])"
_NUMBER = re.compile(
    rf"(?P<before>(?<![a-z]){_UNIT_BEFORE})?\s?"
    r"(?:(?P<digits>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<fraction>[¼½¾⅓⅔])?"
    rf"(?:\s?[多余来]?(?:(?P<zh>{_CHINESE_SCALE})|(?P<en>{_LATIN_SCALE})(?![a-z])))?"
    r"|百分之(?P<percent>\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百]+)"
    rf"|(?P<chinese>[零〇一二两三四五六七八九十百千]+)(?:[多余来]?(?P<zh2>{_CHINESE_SCALE}))?)"
    rf"(?:\s?[-多余来]?(?P<unit>(?:{_UNIT_AFTER})(?![a-z])))?"
)
_VAGUE = re.compile("[数几上成]$")  # before 十, 百, 千: 数百人 is no figure
_SMALL_EN = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS_EN = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDED = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS_EN)})(?:[ -](?P<ones>{'|'.join(_SMALL_EN[:9])}))?"
    rf"|(?P<small>{'|'.join(_SMALL_EN[1:])})|one|an?)"
    rf"(?: (?P<scale>hundred|thousand|million|billion|trillion))?(?:[ -](?P<unit>{_UNIT_AFTER}))?\b"
)


@dataclass(frozen=True)
class Number:
    """A quantity in a text. `value` has the scale multiplied in; `unit` is "" when none is written."""

    start: int
    end: int
    value: float
    unit: str


def _chinese_integer(digits: str) -> float:
    if not any(c in _TENS_ZH for c in digits):
        return float("".join(str(_DIGITS_ZH[c]) for c in digits))
    total = current = 0
    for char in digits:
        if char in _TENS_ZH:
            total += max(current, 1) * _TENS_ZH[char]
            current = 0
        else:
            current = _DIGITS_ZH[char]
    return float(total + current)


def numbers(text: str) -> list[Number]:
    """Quantities with their units: "5,000亿美元", "$500 billion" and "五千亿美元" all give 5e11 USD.

    Chinese numerals count only with a unit or a scale (千万, 三年), since 一 and 十 are also parts of words.
    """
    folded = fold(text)
    found: list[Number] = []
    scale_before = 0.0  # of the number just found, when nothing stands between it and the next
    for match in _NUMBER.finditer(folded.text):
        unit = _UNIT_NAMES.get(match["unit"] or match["before"] or "", "")
        scale = _SCALE.get(match["zh"] or match["en"] or match["zh2"] or "", 1.0)
        goes_on = bool(found) and scale_before > 0 and found[-1].end == folded.offsets[match.start()]
        if match["percent"]:
            digits = match["percent"]
            value = float(digits) if digits[0].isdigit() else _chinese_integer(digits)
            unit = "%"
        elif match["digits"]:
            value = float(match["digits"].replace(",", "")) + unicodedata.numeric(match["fraction"] or "0")
        elif (unit or match["zh2"] or goes_on) and match["chinese"]:
            if match["chinese"][0] in _TENS_ZH and _VAGUE.search(folded.text[: match.start("chinese")]):
                continue
            value = _chinese_integer(match["chinese"])
        else:
            continue
        start = match.start("digits") if match["digits"] and not match["before"] else match.start()
        end = match.end()
        while folded.text[start] == " ":
            start += 1
        while folded.text[end - 1] == " ":
            end -= 1
        if not _whole(folded, start, end):
            continue
        number = Number(folded.offsets[start], folded.offsets[end - 1] + 1, round(value * scale, 6), unit)
        if goes_on and number.value < scale_before and not found[-1].unit:  # 三万五千人, 1亿2000万
            last = found.pop()
            number = Number(last.start, number.end, last.value + number.value, unit)
        found.append(number)
        scale_before = 0.0 if unit or not (match["zh"] or match["zh2"]) else scale
    return found


def worded(text: str) -> list[Number]:
    """English quantities in words, with a unit or a scale: "twelve people", "twenty-five days", "a million dollars"."""
    folded = fold(text)
    found = []
    for match in _WORDED.finditer(folded.text):
        unit = _UNIT_NAMES.get(match["unit"] or "", "")
        if not match["scale"] and not (unit and (match["tens"] or match["small"])):  # "one day" is no figure
            continue
        start, end = match.start(), match.end()
        if not _whole(folded, start, end):
            continue
        value = float(20 + 10 * _TENS_EN.index(match["tens"])) if match["tens"] else 0.0
        for group in ("ones", "small"):
            value += _SMALL_EN.index(match[group]) + 1 if match[group] else 0
        value = (value or 1.0) * _SCALE.get(match["scale"] or "", 1.0)
        found.append(Number(folded.offsets[start], folded.offsets[end - 1] + 1, value, unit))
    return found


def _whole(folded: Folded, start: int, end: int) -> bool:
    """Whether a slice of folded text begins and ends with whole characters of the original (㎏ folds to two)."""
    offsets = folded.offsets
    return (start == 0 or offsets[start] != offsets[start - 1]) and offsets[end] != offsets[end - 1]
