"""How far an answer's words are those that were wanted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from rag.text import CJK, fold_text

_TOKEN = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:[.,]\d+)*")
_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_GLOSS = re.compile(r"\s*[(（]([^()（）]*)[)）]")
_ARTICLES = frozenset({"a", "an", "the"})


def tokens(text: str) -> list[str]:
    """Folded words of Latin script and single Chinese characters, without punctuation and English articles.

    The mixed segmentation that CMRC 2018 scores with (Cui et al. 2019), with SQuAD's normalisation
    (Rajpurkar et al. 2016).
    """
    found = (match.group().replace(",", "") for match in _TOKEN.finditer(fold_text(text)))
    return [token for token in found if token not in _ARTICLES]


def overlap_f1(answer: str, gold: str) -> float:
    """F1 of the multisets of tokens: words in English, characters in Chinese; 0 where one has none."""
    return _f1(tokens(answer), tokens(gold))


def exact_match(answer: str, gold: str) -> float:
    """1 when both have the same tokens in the same order, else 0; 0 where there are none."""
    said = tokens(answer)
    return float(bool(said) and said == tokens(gold))


def character_f1(answer: str, gold: str) -> float:
    """F1 of the multisets of characters, folded, without blanks and punctuation, whatever the language."""
    return _f1(*([c for c in fold_text(text) if c.isalnum()] for text in (answer, gold)))


def _f1(first: Iterable[Hashable], second: Iterable[Hashable]) -> float:
    one, other = Counter(first), Counter(second)
    common = (one & other).total()
    return 2 * common / (one.total() + other.total()) if common else 0.0


def bold_values(markdown: str) -> list[list[str]]:
    """What an answer's Markdown, without escapes, sets in bold, in order; each in its wordings."""
    return [wordings(value) for value in _BOLD.findall(markdown)]


def wordings(value: str) -> list[str]:
    """A value as the article has it, then what stands in brackets after it: its gloss in the other language."""
    return [part for part in (_GLOSS.sub("", value), *_GLOSS.findall(value)) if part.strip()]


def groups_found(groups: Sequence[Sequence[str]], text: str) -> list[bool]:
    """For each group, whether the text has one of its strings, after folding and without blanks.

    A figure counts only as a whole: 15 is neither in 2015 nor in 1.5.
    """
    squeezed = squeeze(text)
    return [any(_stands_in(squeeze(string), squeezed) for string in group) for group in groups]


def _stands_in(string: str, text: str) -> bool:
    before = r"(?<!\d)(?<!\d[.,])" if string[:1].isdigit() else ""
    after = r"(?!\d|[.,]\d)" if string[-1:].isdigit() else ""
    return re.search(before + re.escape(string) + after, text) is not None


def squeeze(text: str) -> str:
    """Folded text without thousands separators and without blanks, but for those between two figures."""
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", fold_text(text))
    return re.sub(r"(?<!\d) | (?!\d)", "", plain)
