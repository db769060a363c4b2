"""Dates in a text, those that lean on the publication date (去年6月, last Tuesday) worked out from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from rag.text.calendar import MONTHS, Date, bounds
from rag.text.numbers import _chinese_integer
from rag.text.scripts import fold

Anchor = tuple[int, int | None, int | None]  # year, month, day of publication, as precise as known
Found = tuple[str, bool, bool]  # value, relative, partial

_ZH = "(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})"
_ZH_YEAR = "(?:(?:19|20)[0-9]{2}|[一二][〇零九][〇零一二三四五六七八九]{2})"
_YEAR = "(?:19|20)[0-9]{2}(?![0-9]|[.,][0-9])"
_MONTH = (
    r"(?:jan(?:uary|\b)|feb(?:ruary|\b)|mar(?:ch|\b)|apr(?:il|\b)|may\b|june?\b|july?\b|aug(?:ust|\b)|sept?(?:ember|\b)"
    r"|oct(?:ober|\b)|nov(?:ember|\b)|dec(?:ember|\b))\.?"
)
_DAY = "[0-3]?[0-9](?:st|nd|rd|th)?(?![0-9:])"
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_WEEKDAY = "|".join(_WEEKDAYS)
_SMALL = {w: n for n, w in enumerate("a two three four five six seven eight nine ten eleven twelve".split(), 1)} | {
    "an": 1,
    "one": 1,
}
_FUTURE = re.compile(r"(?:\bwill\b|\bto be\b|scheduled|\bset to\b|\bplans? to\b|将|定于|拟于|预定)[^.。]{0,30}$")
_NOT_A_YEAR = "(?!%|-?[0-9]| ?(?:people|jobs|million|billion|workers|dollars|percent))"


def dates(text: str, published: str | None = None) -> list[Date]:
    """The dates of a text, in order, without overlaps.

    Args:
        text: in either language.
        published: ISO date of publication; without it, dates that lean on it are left out.
    """
    folded = fold(text)
    anchor = _anchor(published)
    found: list[tuple[int, int, Found]] = []
    for pattern, resolve in _PATTERNS:
        for match in pattern.finditer(folded.text):
            value = resolve(match, anchor)
            if value:
                found.append((match.start("at"), match.end("at"), value))
    out: list[Date] = []
    at = 0
    for start, end, value in sorted(found, key=lambda f: (f[0], -f[1])):
        # Characters that fold to several (㋀) are no dates of anyone.
        if start >= at and folded.offsets[end] > folded.offsets[end - 1]:
            out.append(Date(folded.offsets[start], folded.offsets[end - 1] + 1, *value))
            at = end
    return out


# ── one form of date each ──────────────────────────────────────────────────────────────────────


def _anchor(published: str | None) -> Anchor | None:
    match = re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", published or "")
    if not match:
        return None
    year, month, day = (int(x) if x else None for x in match.groups())
    if year is None or not _value(year, month, day):
        return None
    return year, month, day


def _value(year: int | None, month: int | None = None, day: int | None = None) -> str:
    """The ISO value, "" when there is no such day."""
    try:
        date(2000 if year is None else year, month or 1, day or 1)
    except ValueError:
        return ""
    head = "-" if year is None else f"{year:04}"
    return head + (f"-{month:02}" if month else "") + (f"-{day:02}" if month and day else "")


def _integer(digits: str | None) -> int | None:
    if not digits:
        return None
    return int(digits) if digits.isascii() else int(_chinese_integer(digits))


def _fixed(year: int | None, month: int | None, day: int | None, anchor: Anchor | None) -> Found | None:
    """A date with a year, or one whose year is the nearest to publication."""
    if (month is not None and not 1 <= month <= 12) or (day is not None and not 1 <= day <= 31):
        return None
    if year is not None or anchor is None:
        value = _value(year, month, day)
        return (value, False, year is None) if value else None
    base = date(anchor[0], anchor[1] or 6, anchor[2] or 15)
    near = [value for y in (anchor[0] - 1, anchor[0], anchor[0] + 1) if (value := _value(y, month, day))]
    if not near:
        return None
    return min(near, key=lambda v: abs((_first(v) - base).days)), True, True


def _first(value: str) -> date:
    span = bounds(value)
    return span[0] if span else date.min


def _month_number(name: str) -> int:
    return next(n for n, month in enumerate(MONTHS, 1) if month.lower().startswith(name[:3]))


def _chinese(match: re.Match[str], anchor: Anchor | None) -> Found | None:
    year, month, day = match["y"], _integer(match["m"]), _integer(match["d"])
    if year in _YEARS_ZH:
        if anchor is None or (month and not 1 <= month <= 12):
            return None
        value = _value(anchor[0] + _YEARS_ZH[year], month, day)
        return (value, True, False) if value else None
    return _fixed(_integer(year), month, day, anchor)


_YEARS_ZH = {"前": -2, "去": -1, "今": 0, "本": 0, "明": 1, "后": 2}
_MONTHS_ZH = {"上": -1, "本": 0, "这": 0, "下": 1}


def _chinese_month(match: re.Match[str], anchor: Anchor | None) -> Found | None:
    if anchor is None or anchor[1] is None:
        return None
    value = _shifted(anchor[0], anchor[1], _MONTHS_ZH[match["w"][0]], _integer(match["d"]))
    return (value, True, False) if value else None


def _shifted(year: int, month: int, by: int, day: int | None = None) -> str:
    index = year * 12 + month - 1 + by
    return _value(index // 12, index % 12 + 1, day) if day is None or 1 <= day <= 31 else ""


def _chinese_day(match: re.Match[str], anchor: Anchor | None) -> Found | None:
    """7日: that day of the month of publication, or of the month before when it would lie ahead."""
    day = int(match["d"])
    if anchor is None or anchor[1] is None or anchor[2] is None or not 1 <= day <= 31:
        return None
    past = day > anchor[2] and not _FUTURE.search(match.string[max(0, match.start() - 40) : match.start()])
    value = _shifted(anchor[0], anchor[1], -1 if past else 0, day)
    return (value, True, False) if value else None


_DAYS = {"今": 0, "昨": -1, "前": -2, "明": 1, "后": 2, "today": 0, "tonight": 0, "yesterday": -1, "tomorrow": 1}


def _day_word(match: re.Match[str], anchor: Anchor | None) -> Found | None:
    day = _published_day(anchor)
    shift = _DAYS.get(match["at"], _DAYS.get(match["at"][0], 0))
    return ((day + timedelta(days=shift)).isoformat(), True, False) if day else None


def _published_day(anchor: Anchor | None) -> date | None:
    # No article is of the first or last year there is; a week either way must be a date too.
    if anchor is None or anchor[1] is None or anchor[2] is None or not 1000 < anchor[0] < 9000:
        return None
    return date(anchor[0], anchor[1], anchor[2])


_WEEKS = {"上上": -2, "上": -1, "上个": -1, "本": 0, "这": 0, "这个": 0, "this": 0, "下": 1, "下个": 1, "next": 1}


def _weekday(match: re.Match[str], anchor: Anchor | None) -> Found | None:
    """A day of the week: of the week named, else the last one up to publication (the next where it is to come)."""
    day = _published_day(anchor)
    if day is None:
        return None
    name, which = match["wd"], match["w"]
    number = _WEEKDAYS.index(name) if name in _WEEKDAYS else min("一二三四五六日天".index(name), 6)
    if which in _WEEKS:
        monday = day - timedelta(days=day.weekday())
        found = monday + timedelta(days=7 * _WEEKS[which] + number)
    elif which != "last" and _FUTURE.search(match.string[max(0, match.start() - 40) : match.start()]):
        found = day + timedelta(days=(number - day.weekday()) % 7)
    else:
        back = (day.weekday() - number) % 7
        found = day - timedelta(days=back or (7 if which == "last" else 0))
    return found.isoformat(), True, False


def _period(match: re.Match[str], anchor: Anchor | None) -> Found | None:
    """Last week, 本周, this year, three months ago."""
    groups = match.groupdict()
    unit = {"周": "week", "星期": "week", "礼拜": "week", "月": "month", "年": "year", "天": "day", "日": "day"}.get(
        match["u"].removeprefix("个"), match["u"]
    )
    if groups.get("n"):
        count = _SMALL.get(match["n"]) or _integer(match["n"]) or 0
        by = -count
    else:
        by = {"last": -1, "this": 0, "next": 1}.get(match["w"], _WEEKS.get(match["w"], 0))
    if anchor is None or abs(by) > 500:
        return None
    value = ""
    day = _published_day(anchor)
    if unit == "year":
        value = _value(anchor[0] + by) if 1 <= anchor[0] + by <= 9999 else ""
    elif unit == "month":
        value = _shifted(anchor[0], anchor[1], by) if anchor[1] and anchor[0] > 1000 else ""
    elif day and unit == "week":
        year, week, _ = (day + timedelta(weeks=by)).isocalendar()
        value = f"{year}-W{week:02}"
    elif day:
        value = (day + timedelta(days=by)).isoformat()
    return (value, True, False) if value else None


def _english(match: re.Match[str], anchor: Anchor | None) -> Found | None:
    groups = match.groupdict()
    day = re.match(r"\d+", groups.get("d") or "")
    month = groups["m"]
    number = int(month) if month.isdigit() else _month_number(month)
    return _fixed(_integer(groups.get("y")), number, int(day[0]) if day else None, anchor)


def _english_month(match: re.Match[str], anchor: Anchor | None) -> Found | None:
    """Last June, this June, in June."""
    month, which = _month_number(match["m"]), match["w"]
    if which not in ("last", "this", "next"):
        return _fixed(None, month, None, anchor)
    if anchor is None or anchor[1] is None:
        return None
    ahead = month > anchor[1]
    year = anchor[0] + (0 if which == "this" else (0 if ahead else 1) if which == "next" else (-1 if ahead else 0))
    if which == "last" and month == anchor[1]:
        year -= 1
    return _value(year, month), True, False


def _year(match: re.Match[str], anchor: Anchor | None) -> Found | None:
    return match["at"], False, False


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Anchor | None], Found | None]], ...] = (
    (
        re.compile(
            f"(?P<at>(?P<y>(?<![0-9]){_ZH_YEAR}|[去今本明]|(?<![目以之空提])[前后])年(?:的?(?P<m>{_ZH})月份?(?:(?P<d>{_ZH})[日号])?)?)"
        ),
        _chinese,
    ),
    (re.compile(f"(?P<y>)(?P<at>(?<![0-9零一二三四五六七八九十])(?P<m>{_ZH})月份?(?:(?P<d>{_ZH})[日号])?)"), _chinese),
    (re.compile(f"(?P<at>(?P<w>上个?|本|这个|下个?)月(?:(?P<d>{_ZH})[日号])?)"), _chinese_month),
    (re.compile("(?<![0-9月年第.])(?P<at>(?P<d>[0-9]{1,2})日)(?![元本报均益常前内间后以游])"), _chinese_day),
    (re.compile("(?P<at>[今昨明][天日晚早]|(?<![0-9一二三四五六七八九十两几多数之])[前后]天)(?!头条|俄)"), _day_word),
    (re.compile(r"\b(?P<at>today|tonight|yesterday|tomorrow)\b(?!')"), _day_word),
    (re.compile("(?<![每逢])(?P<at>(?P<w>上上|上个?|本|这个?|下个?)?(?:周|星期|礼拜)(?P<wd>[一二三四五六日天]))"
            "(?![年期])"), _weekday),
    (re.compile(rf"\b(?P<at>(?:(?P<w>last|this|next) )?(?P<wd>{_WEEKDAY}))\b"), _weekday),
    (re.compile("(?P<at>(?P<w>上上|上个?|本|这个?|下个?)(?P<u>周|星期|礼拜))(?![一二三四五六日天末年期])"), _period),
    (re.compile(r"\b(?P<at>(?P<w>last|this|next) (?P<u>week|month|year))\b"), _period),
    (re.compile("(?P<at>(?<![0-9.])(?P<n>[0-9]{1,3}|[一二两三四五六七八九十]{1,3})"
            "(?P<u>年|个月|天|周|个星期|星期)(?:之|以)?前)"), _period),
    (re.compile(rf"\b(?P<at>(?P<n>[0-9]{{1,3}}|{'|'.join(_SMALL)}) (?P<u>day|week|month|year)s? ago)\b"), _period),
    (re.compile(rf"\b(?P<at>(?P<m>{_MONTH}) (?P<d>{_DAY})(?:,? (?P<y>{_YEAR}))?)"), _english),
    (re.compile(rf"\b(?P<at>(?P<d>{_DAY}) (?:of )?(?P<m>{_MONTH})(?:,? (?P<y>{_YEAR}))?)"), _english),
    (re.compile(rf"\b(?P<at>(?P<m>{_MONTH}),? (?:of )?(?P<y>{_YEAR}))"), _english),
    (re.compile(r"(?<![0-9])(?P<at>(?P<y>(?:19|20)[0-9]{2})[-/.]"
            r"(?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2}))(?![0-9])"), _english),
    (re.compile(rf"\b(?P<at>(?P<w>last|this|next) (?P<m>{_MONTH}))"), _english_month),
    (
        re.compile(
            rf"(?:\b(?P<w>in|since|by|until|through|during|early|late|mid)[ -]|^\W*)(?P<at>(?P<m>{_MONTH}))(?! ?[0-9])"
            r"(?=\W|$)"
        ),
        _english_month,
    ),
    (
        re.compile(
            rf"(?:\b(?:in|since|by|until|through|during|early|late|mid|before|after|from)[ -]"
            rf"|^[\s\"'(]*(?=[0-9]{{4}}\W*$))"
            rf"(?P<at>{_YEAR}){_NOT_A_YEAR}"
        ),
        _year,
    ),
)  # fmt: skip
