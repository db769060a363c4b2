"""The one place that knows scripts: sentences, words, folding with offset maps, numbers, language.

Every function is pure and returns character offsets into the text it was given.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

Language = Literal["en", "zh"]
Script = Literal["Hans", "Hant", "Latn"]

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_CJK_CHAR = re.compile(f"[{CJK}]")
_LATIN_LETTER = re.compile(r"[A-Za-z\u00c0-\u024f]")

# ── language and script ────────────────────────────────────────────────────────────────────────


def language(text: str) -> Language:
    """ "zh" when Chinese characters carry the text, else "en".

    A Chinese character holds about as much as half an English word, hence the weighting: Chinese
    text keeps its language although half of its letters belong to names such as OpenAI.
    """
    chinese = len(_CJK_CHAR.findall(text))
    latin_words = len(re.findall(r"[A-Za-z\u00c0-\u024f]+", text))
    return "zh" if chinese > latin_words else "en"


def script(text: str) -> Script:
    """The script of a text: simplified ("Hans") or traditional ("Hant") Chinese, or "Latn"."""
    if language(text) == "en":
        return "Latn"
    # Only characters whose form differs between the scripts say anything.
    traditional = sum(_simplified(char) != char for char in text)
    simplified = sum(_traditional(char) != char for char in text if _simplified(char) == char)
    return "Hant" if traditional > simplified else "Hans"


@cache
def _converter(name: str) -> Any:
    import opencc

    return opencc.OpenCC(name)


@cache
def _simplified(char: str) -> str:
    if char < "\u3400":
        return char
    converted = _converter("t2s").convert(char)
    if len(converted) != 1:
        return char
    return converted if converted == char else _simplified(converted)  # 薴 → 苧 → 苎


@cache
def _traditional(char: str) -> str:
    if char < "\u3400":
        return char
    converted = _converter("s2t").convert(char)
    return converted if len(converted) == 1 else char


# ── folding ────────────────────────────────────────────────────────────────────────────────────

_QUOTES = {c: '"' for c in "“”„‟«»「」『』〝〞＂"} | {c: "'" for c in "‘’‚‛′＇"} | {c: "-" for c in "‐‑‒–—―−"}


@dataclass(frozen=True)
class Folded:
    """A folded text and where its characters come from.

    `offsets[i]` is the index in the original of the character that gave `text[i]`; one more entry
    holds the original's length, so any slice maps back: `original[offsets[a]:offsets[b]]`.
    """

    text: str
    offsets: tuple[int, ...]


@lru_cache(maxsize=65536)
def _fold_char(char: str) -> str:
    if unicodedata.decomposition(char).startswith(("<super>", "<sub>", "<fraction>")):
        return char  # 10² is not 102
    folded = unicodedata.normalize("NFKC", char).casefold()
    return "".join(_simplified(_QUOTES.get(c, c)) for c in folded)


def fold(text: str) -> Folded:
    """Fold what does not change the meaning: script (traditional → simplified), width, case, quotes, blanks.

    Runs of white space become one blank. Folding works character by character, so the offset map is exact.
    """
    out: list[str] = []
    offsets: list[int] = []
    for index, char in enumerate(text):
        for piece in " " if char.isspace() else _fold_char(char):
            if piece != " " or not out or out[-1] != " ":
                out.append(piece)
                offsets.append(index)
    return Folded("".join(out), (*offsets, len(text)))


def fold_text(text: str) -> str:
    """`fold(text).text`, stripped: for comparing strings where offsets don't matter."""
    return fold(text).text.strip()


# ── sentences ──────────────────────────────────────────────────────────────────────────────────

_CLOSERS = "”’」』）)】〕》〉\"'*"
_END = re.compile(
    # Chinese ends wherever it stands; … and ；are ends of thought in news prose too long to read whole.
    f"(?P<zh>[。！？；]+|…{{2}}|[!?]+(?=[{_CLOSERS}]*[{CJK}“「『]))[{_CLOSERS}]*"
    # Latin full stops end only before white space and a capital, digit or opening quote.
    rf"|(?P<en>[.!?]+)[{_CLOSERS}]*(?=\s+[“‘「\"'(\[]?[A-Z0-9\u00c0-\u00dd{CJK}]|\s*$|\s*\n)"
    r"|(?P<line>\s*\n\s*)"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“'])(?:[ap]\.m|Mr|Mrs|Ms|Dr|Prof|Sen|Rep|Gov|Gen|Col|Lt|Sgt|Capt|St|Jr|Sr|Inc|Ltd|Co|Corp|No|vs|etc"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|[A-Z]|(?:[A-Z]\.)+[A-Z])$"
)
_OPEN = {"“": "”", "「": "」", "『": "』", "（": "）", "【": "】", "《": "》"}


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of sentences, in order, without surrounding white space.

    Together they cover every character that is not white space. A line break always ends a sentence;
    Chinese ends stand before closing quotes; English abbreviations, initials and decimals do not end one.
    """
    spans: list[tuple[int, int]] = []
    start = 0

    def add(end: int) -> None:
        nonlocal start
        left, right = start, end
        while left < right and text[left].isspace():
            left += 1
        while right > left and text[right - 1].isspace():
            right -= 1
        if right > left:
            spans.append((left, right))
        start = end

    for match in _END.finditer(text):
        if match.lastgroup == "en":
            if match["en"] == "." and _ABBREVIATION.search(text[max(start, match.start() - 12) : match.start()]):
                continue
        elif match.lastgroup == "zh" and match["zh"].startswith("；") and _inside_brackets(text[start : match.start()]):
            continue
        add(match.end())
    add(len(text))
    return spans


def _inside_brackets(piece: str) -> bool:
    return any(piece.count(left) > piece.count(right) for left, right in _OPEN.items())


# ── words ──────────────────────────────────────────────────────────────────────────────────────

_WORD = re.compile(rf"[a-z\u00df-\u024f]+(?:'[a-z]+)?|\d+(?:[.,]\d+)*|[{CJK}]+")
_STOP_EN = frozenset(
    "a an and are as at be been by did do does for from had has have he her him his how i if in into is it its me "
    "my no not of on or our she so some than that the their them then there these they this to was we were what "
    "when where which who whom whose why will with would you your about can could should say says said tell "
    "many much any according".split()
)
_STOP_ZH = re.compile(
    "什么时候|为什么|是不是|有没有|什么|怎么样|怎么|如何|哪一|哪些|哪个|哪家|哪里|哪儿|哪|谁|多少|几个|几|吗|呢|吧|啊|的|了|着"
    "|过|是|在|和|与|及|把|被|对|为|给|到|从|向|以|有|都|也|就|还|这|那|它|他|她|们|个|请问|请|告诉我|文章|说"
)


def words(text: str) -> list[str]:
    """Folded content words for lexical comparison: Latin words lightly stemmed, digits, Chinese bigrams.

    Function words are left out. Chinese is cut into overlapping pairs of characters, which needs no
    dictionary and finds names of any length (Nie & Ren 1999, bigram indexing of Chinese).
    """
    out: list[str] = []
    for match in _WORD.finditer(fold(text).text):
        word = match.group()
        if _CJK_CHAR.match(word):
            for run in _STOP_ZH.split(word):
                out.extend([run[i : i + 2] for i in range(len(run) - 1)] if len(run) > 1 else [run] if run else [])
        elif word[0].isdigit():
            out.append(word.replace(",", ""))
        elif word not in _STOP_EN:
            out.append(_stem(word))
    return out


def _stem(word: str) -> str:
    """Plural and possessive endings off, nothing more (the S-stemmer of Harman 1991)."""
    word = word.removesuffix("'s")
    if len(word) > 4 and word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("us", "ss", "is")):
        return word[:-1]
    return word


_NEGATION = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|denie[sd]|deny|refuse[sd]?|fail(?:s|ed)?)\b|n't\b"
    "|没有?|未(?!来)|不(?![过少久断仅但同管论])|无法|毫无|并非|绝非|而非|否认|否定|拒绝"
)


def negations(text: str) -> int:
    """How many words of denial a text has, in either language: an odd one out changes what is said."""
    return len(_NEGATION.findall(fold(text).text))


# Characters that transliterate foreign names; three in a row are hardly ever anything else.
_SOUNDS = (
    "阿埃艾爱安昂奥巴拜班邦保鲍贝本比彼宾波伯博布查茨达戴丹道德邓迪狄丁杜顿多厄恩尔法菲费芬弗福盖冈戈格贡古哈海汉豪赫亨胡怀惠霍基吉"
    "加贾杰金卡凯坎康考科克肯孔库奎拉莱赖兰朗劳勒雷蕾里利莉林琳龙卢鲁路伦罗洛马玛麦迈曼梅门蒙米密莫墨默姆穆纳南内尼年宁纽诺欧帕潘庞佩"
    "彭皮珀普奇齐乔琼丘让瑞若撒萨塞桑瑟沙尚舍申圣施史士思斯司丝松苏索塔泰坦汤唐特藤提蒂廷图托瓦万旺威韦维魏温文沃乌伍西希锡夏肖谢辛"
    "休许雅亚延伊易因英尤约泽扎詹珍芝朱茱兹佐"
)
_CHINESE_NAME = re.compile(f"[{CJK}]{{1,6}}(?:[·・‧•][{CJK}]{{1,6}})+|[{_SOUNDS}]{{3,}}")
_LATIN_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][A-Za-z'’\-]+")
_NO_NAME = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december mr mrs ms dr".split()
)


def name_like(text: str) -> list[str]:
    """Strings that look like names of people, firms or places: dotted and transliterated Chinese ones, Latin ones.

    A guess by form alone, for preferring sentences that name somebody; Chinese people's names are not found.
    """
    chinese = [m.group() for m in _CHINESE_NAME.finditer(fold(text).text)]
    return chinese + [m.group() for m in _LATIN_NAME.finditer(text) if m.group().lower() not in _NO_NAME]


# ── numbers ────────────────────────────────────────────────────────────────────────────────────

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
    "%": "%", "percent": "%", "per cent": "%",
    "吉瓦": "GW", "gw": "GW", "gigawatt": "GW", "gigawatts": "GW", "兆瓦": "MW", "mw": "MW", "megawatt": "MW",
    "megawatts": "MW", "岁": "year", "年": "year", "year": "year", "years": "year", "月": "month", "month": "month",
    "months": "month", "日": "day", "号": "day", "天": "day", "day": "day", "days": "day", "小时": "hour",
    "hour": "hour", "hours": "hour", "分钟": "minute", "minute": "minute", "minutes": "minute",
    "人": "person", "people": "person", "jobs": "job", "job": "job", "岗位": "job", "个岗位": "job",
    "个工作岗位": "job", "个就业岗位": "job", "家": "unit", "名": "person", "位": "person",
}  # fmt: skip


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


def _whole(folded: Folded, start: int, end: int) -> bool:
    """Whether a slice of folded text begins and ends with whole characters of the original (㎏ folds to two)."""
    offsets = folded.offsets
    return (start == 0 or offsets[start] != offsets[start - 1]) and offsets[end] != offsets[end - 1]
