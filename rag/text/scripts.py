"""Language, script, and folding: what does not change the meaning of a text, off, with a map of offsets."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

Language = Literal["en", "zh"]
Script = Literal["Hans", "Hant", "Latn"]

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_CJK_RUN = re.compile(f"[{CJK}]+")
_HALF = re.compile("[\ud800-\udfff]")
_LATIN_LETTER = re.compile(r"[A-Za-z\u00c0-\u024f]")


def language(text: str) -> Language:
    """ "zh" when Chinese characters carry the text, else "en".

    A Chinese character holds about as much as half an English word, hence the weighting: Chinese
    text keeps its language although half of its letters belong to names such as OpenAI.
    """
    chinese = sum(map(len, _CJK_RUN.findall(text)))
    latin_words = len(re.findall(r"[A-Za-z\u00c0-\u024f]+", text))
    return "zh" if chinese > latin_words else "en"


def script(text: str) -> Script:
    """The script of a text: simplified ("Hans") or traditional ("Hant") Chinese, or "Latn"."""
    if language(text) == "en":
        return "Latn"
    # Only characters whose form differs between the scripts say anything.
    counts = Counter(text)
    traditional = sum(count for char, count in counts.items() if _simplified(char) != char)
    simplified = sum(
        count for char, count in counts.items() if _simplified(char) == char and _traditional(char) != char
    )
    return "Hant" if traditional > simplified else "Hans"


@cache
def _converter(name: str) -> Any:
    import opencc

    return opencc.OpenCC(name)


@lru_cache(maxsize=65536)
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


def simplified(text: str) -> str:
    """Traditional characters as simplified ones, one for one: every offset stays what it was."""
    return "".join(map(_simplified, text))


def sound(text: str) -> str:
    """A text that can be written: halves of surrogate pairs joined, or U+FFFD where the other half is missing."""
    if _HALF.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "\ufffd")


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
