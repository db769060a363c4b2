"""Days and hours as files and pages write them → ISO 8601, as far as they are certain."""

from __future__ import annotations

import contextlib
import datetime as dt
import re

# Abbreviations that mean one offset the world over. CST is China's and Chicago's, ET summer's and winter's: unknown.
_ZONES = {
    "z": "Z", "utc": "Z", "gmt": "Z", "est": "-05:00", "edt": "-04:00", "mdt": "-06:00", "mst": "-07:00",
    "pst": "-08:00", "pdt": "-07:00", "cet": "+01:00", "cest": "+02:00", "hkt": "+08:00", "jst": "+09:00",
    "kst": "+09:00", "北京时间": "+08:00",
}  # fmt: skip
_ZONE = (
    r"(?P<zone>(?:\s?(?:GMT|UTC)\s?)?(?P<sign>[+-])(?P<zh>\d{2}):?(?P<zm>\d{2})(?!\d)"
    r"|(?:\s?(?:GMT|UTC)\s?)?(?P<sign1>[+-])(?P<zh1>0?\d|1[0-4])(?![\d:])"
    rf"|\s*(?:{'|'.join(_ZONES)}|[ECMP]T|CST|BST|IST)(?![A-Za-z])|\s*[(（]?北京时间[)）]?)"
)
_TIME = (
    r"(?P<time>\d{1,2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?(?:\s*(?P<half>[ap])\.?m\b\.?)?(?:\s(?=[+-]\d{2}:?\d{2}))?"
    rf"{_ZONE}?"
)
_DATE = re.compile(
    r"(?P<y>20\d\d|19\d\d)\s*(?:[-/._]|年)\s*(?P<m>1[0-2]|0?[1-9])\s*(?:[-/._]|月)\s*(?P<d>3[01]|[12]\d|0?[1-9])日?"
    rf"(?:[T\s,，]+{_TIME})?(?!\d)",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(?<!\d)(?P<y>20\d\d|19\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)")
_FOLDERS = re.compile(r"(?:^|/)((?:20|19)\d\d/\d{1,2}/\d{1,2})/[^/]+$")
_MONTHS = "january february march april may june july august september october november december".split()
_DATE_EN = re.compile(
    rf"(?i)\b(?:(?P<d1>\d{{1,2}})\s+)?(?P<month>{'|'.join(m + '|' + m[:3] for m in _MONTHS)}|sept)\.?\s+"
    r"(?:(?P<d2>\d{1,2})(?:st|nd|rd|th)?,?\s+)?(?P<y>20\d\d|19\d\d)\b"
)


def parse_date(text: str) -> tuple[str, int, int] | None:
    """The first calendar date in a text as ISO 8601 (with time and zone where written), and its span."""
    match = _DATE.search(text)
    if match:
        year, month, day = int(match["y"]), int(match["m"]), int(match["d"])
    else:
        match = _DATE_EN.search(text)
        if not match or not (match["d1"] or match["d2"]):
            return None
        year, day = int(match["y"]), int(match["d1"] or match["d2"])
        month = next(i for i, name in enumerate(_MONTHS, 1) if name.startswith(match["month"].lower()[:3]))
    try:
        date = dt.date(year, month, day).isoformat()
    except ValueError:
        return None
    return date + _time(match), match.start(), match.end()


def _time(match: re.Match[str]) -> str:
    """What to put behind the date; nothing for an impossible time such as 25:10, since the date stands all the same."""
    groups = match.groupdict()
    if not groups.get("time"):
        return ""
    hour, minute, second = (int(part) for part in f"{match['time']}:0".split(":")[:3])
    half = (match["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        half = ""  # 20:30 pm
    hour = hour % 12 + 12 * (half == "p") if half else hour
    with contextlib.suppress(ValueError):
        return f"T{dt.time(hour, minute, second).isoformat()}{_zone(match)}"
    return ""


def _zone(match: re.Match[str]) -> str:
    written = (match["zone"] or "").strip(" ()（）").lower()
    if match["sign"]:
        return f"{match['sign']}{match['zh']}:{match['zm']}"
    if match["sign1"]:
        return f"{match['sign1']}{int(match['zh1']):02}:00"
    return _ZONES.get(written, "")


def stated_date(text: str) -> str | None:
    """The date in a field that is one, where 20250301 is a date as well."""
    found = parse_date(text)
    if found:
        return found[0]
    compact = _COMPACT.search(text)
    found = parse_date("-".join(compact.group("y", "m", "d"))) if compact else None
    return found[0] if found else None


def named_date(source: str) -> str | None:
    """The date in a file's name, or in the folders it lies in (2025/03/01/strike.txt)."""
    folders = _FOLDERS.search(source)
    return stated_date(source.rsplit("/", 1)[-1]) or (stated_date(folders[1]) if folders else None)
