"""Names, figures and dates of a quote for those who can't read its language. Ours, never part of the quote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.hedges import quantities, write_hedge
from rag.answer.wording import escape, say
from rag.names import Name, NameIndex
from rag.text import CJK, Language, Number, dates, fold, fold_text, language, write_date

MOST = 6  # things explained beside one quote
RECKONED = 3  # dates worked out beside a quote that can be read

_UNITS: dict[str, tuple[str, str, str]] = {  # unit → one, several, Chinese
    "job": (" job", " jobs", "个工作岗位"),
    "person": (" person", " people", "人"),
    "year": (" year", " years", "年"),
    "month": (" month", " months", "个月"),
    "day": (" day", " days", "天"),
    "hour": (" hour", " hours", "小时"),
    "minute": (" minute", " minutes", "分钟"),
    "GW": (" GW", " GW", "吉瓦"),
    "MW": (" MW", " MW", "兆瓦"),
    "%": ("%", "%", "%"),
}
_MONEY = {  # currency → before and after the figure, Chinese
    "USD": ("US$", "", "美元"), "HKD": ("HK$", "", "港元"), "TWD": ("NT$", "", "新台币"), "AUD": ("A$", "", "澳元"),
    "CAD": ("C$", "", "加元"), "SGD": ("S$", "", "新加坡元"), "CNY": ("¥", "", "元人民币"), "EUR": ("€", "", "欧元"),
    "GBP": ("£", "", "英镑"), "JPY": ("", " yen", "日元"), "KRW": ("", " won", "韩元"), "RUB": ("", " roubles", "卢布"),
    "INR": ("", " rupees", "卢比"), "CHF": ("", " Swiss francs", "瑞士法郎"),
}  # fmt: skip
_SCALES: dict[Language, tuple[tuple[float, str], ...]] = {
    "en": ((1e12, " trillion"), (1e9, " billion"), (1e6, " million")),
    "zh": ((1e12, "万亿"), (1e8, "亿"), (1e4, "万")),
}
_CHINESE = re.compile(f"[{CJK}]")
_FOREIGN = re.compile("[A-Za-z$€£]")
_INTRODUCED = re.compile(r"[（(]([^（）()]+)[）)]")


@dataclass(frozen=True)
class Gloss:
    """A piece of a text, and what it is in the reader's language."""

    start: int
    end: int
    rendered: str
    reckoned: bool = False  # a date worked out from the publication date


def write_number(number: Number, lang: Language) -> str:
    """A quantity with its unit in a language: "US$500 billion", "5,000亿美元"."""
    scale, word = next(((s, w) for s, w in _SCALES[lang] if abs(number.value) >= s), (1.0, ""))
    digits = f"{number.value / scale:,.6f}".rstrip("0").rstrip(".")
    if float(digits.replace(",", "")) * scale != number.value:  # not to be rounded
        digits, word = f"{number.value:,.6f}".rstrip("0").rstrip("."), ""
    if number.unit in _MONEY:
        sign, after, chinese = _MONEY[number.unit]
        return f"{digits}{word}{chinese}" if lang == "zh" else f"{sign}{digits}{word}{after}"
    one, several, chinese = _UNITS.get(number.unit, ("", "", ""))
    return f"{digits}{word}{chinese}" if lang == "zh" else f"{digits}{word}{one if number.value == 1 else several}"


def glosses(text: str, lang: Language, names: NameIndex, published: str | None) -> list[Gloss]:
    """What in a text needs rendering for readers of a language, in order, without overlaps."""
    out: list[Gloss] = []
    foreign = _CHINESE if lang == "en" else _FOREIGN
    when = dates(text, published)
    for found in when:
        reckoned = found.relative and not found.partial
        written = text[found.start : found.end]
        if reckoned or (foreign.search(written) and not re.fullmatch(r"\d{4}年", written)):  # a year's digits are plain
            out.append(Gloss(found.start, found.end, write_date(found.written, lang), reckoned))
    for told in quantities(text):
        number = told.number
        written = text[number.start : number.end]
        in_date = any(d.start < number.end and number.start < d.end for d in when)
        if foreign.search(written) and number.unit != "unit" and not in_date:
            start, end = (told.start, told.end) if _free(out, told.start, told.end) else (number.start, number.end)
            hedge = told.hedge if (start, end) == (told.start, told.end) else ""
            out.append(Gloss(start, end, write_hedge(hedge, write_number(number, lang), lang)))
    folded = fold(text)
    for a, b, name in names.find(folded.text):
        start, end = folded.offsets[a], folded.offsets[b - 1] + 1
        rendered = _name(text, start, end, name, lang)
        if rendered and _free(out, start, end):
            out.append(Gloss(start, end, rendered))
    return sorted(out, key=lambda g: g.start)


def _free(taken: Sequence[Gloss], start: int, end: int) -> bool:
    return all(end <= g.start or g.end <= start for g in taken)


def _name(text: str, start: int, end: int, name: Name, lang: Language) -> str | None:
    """A name in the other script; None where the text says it itself: 伯古姆 (Burgum)."""
    written = text[start:end]
    chinese = bool(_CHINESE.search(written))
    if chinese == (lang == "zh") or not name.variants:
        return None
    around = fold_text(text[max(0, start - 40) : end + 40])
    if lang == "en":
        return None if fold_text(name.latin) in around else name.latin
    return None if any(fold_text(v) in around for v in name.variants) else name.variants[0]


def gloss_span(span: str, lang: Language, names: NameIndex, published: str | None) -> str:
    """Names, figures and dates of a short answer in the reader's language; "" where there is nothing to say.

    A person given with a first name gets the whole name that the corpus introduces: 道格·伯古姆 is Doug Burgum.
    """
    full = _full_name(span, names) if lang == "en" else ""
    if full:
        return full
    found = [g for g in glosses(span, lang, names, published) if g.rendered != span]
    return ", ".join(dict.fromkeys(g.rendered for g in found[:3]))


def _full_name(span: str, names: NameIndex) -> str:
    given = re.search(f"([{CJK}]{{1,6}})[·・‧•]([{CJK}]{{2,8}})$", span)
    if not given:
        return ""
    wanted = fold_text(given[1])
    for _, _, name in names.find(fold_text(given[2])):
        for evidence in name.evidence:
            introduced = _INTRODUCED.search(evidence.quote)
            before = fold_text(_INTRODUCED.split(evidence.quote)[0])
            if introduced and re.search(f"{re.escape(wanted)}[·・‧•]", before):
                return introduced[1].strip()
    return ""


def reading_aid(
    quote: str, spans: Sequence[tuple[int, int]], lang: Language, names: NameIndex, published: str | None
) -> str:
    """The line beside a quote, Markdown; "" where there is nothing to explain.

    Args:
        quote: the evidence.
        spans: of the answer within it; what they hold comes first.
        lang: the reader's.
        names: of the corpus.
        published: date of the article.
    """
    foreign = language(quote) != lang
    found = [g for g in glosses(quote, lang, names, published) if foreign or g.reckoned]
    own = [g for g in found if any(a < g.end and g.start < b for a, b in spans)]
    items: dict[str, str] = {}
    for gloss in [*own, *(g for g in found if g not in own)]:
        written = quote[gloss.start : gloss.end]
        key = "aid_reckoned" if gloss.reckoned else "aid_item"
        if fold_text(written) != fold_text(gloss.rendered):
            items.setdefault(
                fold_text(written), say(key, lang, written=escape(written), rendered=escape(gloss.rendered))
            )
    if not items:
        return ""
    shown = list(items.values())[: MOST if foreign else RECKONED]
    return say("aid" if foreign else "aid_dates", lang, items=say("aid_join", lang).join(shown))
