"""Content words, words of denial, and strings that look like names."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from rag.text.numbers import numbers
from rag.text.scripts import CJK, fold, fold_text

_CJK_CHAR = re.compile(f"[{CJK}]")

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
    """Folded content words for lexical comparison: stemmed Latin words, digits, quantities, Chinese bigrams.

    Function words are left out. Chinese is cut into overlapping pairs of characters, which needs no
    dictionary and finds names of any length (Nie & Ren 1999, bigram indexing of Chinese). A quantity that is not
    written in plain digits is one more word in these: "5,000亿" and "500 billion" both give "500000000000".
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
            out.append(stem(word))
    plain = (f"{number.value:f}".rstrip("0").rstrip(".") for number in numbers(text) if number.value >= 10)
    return out + [number for number in dict.fromkeys(plain) if number not in out]


def is_function_word(word: str) -> bool:
    """Whether a folded English word says nothing about a text's topic."""
    return word in _STOP_EN


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A folded English word without its endings (Porter 2001, "Snowball")."""
    return str(_stemmer().stemWord(word.removesuffix("'s")))


@cache
def _segmenter() -> Any:
    import rjieba

    return rjieba.Jieba()


def cut(text: str) -> list[str]:
    """A text as words that join to it (jieba's dictionary and hidden Markov model for the Chinese)."""
    return list(_segmenter().cut(text))


def segments(text: str, finest: bool = False) -> list[str]:
    """The Chinese words of a text, simplified, in order (jieba's dictionary and hidden Markov model).

    Args:
        text: any script; what is not Chinese is left out.
        finest: long words also as the shorter ones they are made of.
    """
    cut = _segmenter().cut_for_search if finest else _segmenter().cut
    runs = (match.group() for match in _WORD.finditer(fold_text(text)) if _CJK_CHAR.match(match.group()))
    return [word for run in runs for word in cut(run)]


_NEGATION = re.compile(
    r"\b(?:not|no|never|none|neither|nor|nobody|nothing|yet to|without|denie[sd]|deny|refuse[sd]?|fail(?:s|ed)?)\b"
    r"|n't\b"
    "|没有?|无人|未(?!来)|不(?![过少久断仅但同管论])|无法|毫无|并非|绝非|而非|否认|否定|拒绝"
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
