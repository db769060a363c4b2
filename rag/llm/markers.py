"""A stream of text with citation markers → sentences with the numbers they cite, as soon as each is complete."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.text import CJK, language, sentences

# [1] 【1】 ［1］ [1, 2] [1-3] [^1] [passage 1] 【来源1】; digits of any width.
_NUMBERS = r"\d{1,3}(?:\s*[,，、;；–—~-]\s*\d{1,3})*"
_LABEL = r"(?:\^|(?:passages?|sources?|docs?|no\.|段落|来源|來源|资料|資料|文章|文)\s*)?"
_SQUARE = re.compile(rf"[\[［【〔]\s*{_LABEL}({_NUMBERS})\s*(?:†[^\]］】〕]*)?[\]］】〕]", re.IGNORECASE)
_ROUND = re.compile(r"[(（]\s*(\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)\s*[)）]")
_OPEN = re.compile(r"[\[［【〔(（][^\]］】〕)）\n]{0,40}$")
_RANGE = re.compile(r"(\d+)\s*[–—~-]\s*(\d+)")
_BULLET = re.compile(r"\s*(?:[-*•·]\s|#{1,6}\s|\d{1,2}(?:[.)]\s|、))\s*")

# While a sentence grows, each marker is one character of a private area: chr(_BASE + n).
_BASE, _MOST = 0xE000, 0x3FF
_MARK = re.compile(f"[{chr(_BASE)}-{chr(_BASE + _MOST)}]")


@dataclass(frozen=True)
class Sentence:
    """A complete sentence without its markers."""

    text: str
    cited: tuple[int, ...]  # the passages it cites, each once
    unknown: tuple[int, ...] = ()  # markers of passages that there are not
    paragraph: bool = False  # whether it begins a new line


class SentenceParser:
    """Feed it pieces; it gives sentences. A marker may be split over pieces in any way.

    Args:
        known: how many passages there are; other numbers in square brackets are unknown markers, in round ones text.
    """

    def __init__(self, known: int) -> None:
        self.known = known
        self._held = ""  # may still turn out to be a marker
        self._text = ""  # of no complete sentence yet
        self._line = False  # whether a line break came before it

    def feed(self, piece: str) -> list[Sentence]:
        """The sentences that this piece completes."""
        text = self._held + _MARK.sub("", piece)
        waiting = _OPEN.search(text)
        at = waiting.start() if waiting else len(text)
        self._held = text[at:]
        self._text += self._marked(text[:at])
        return self._complete(final=False)

    def end(self) -> list[Sentence]:
        """The rest."""
        self._text += self._marked(self._held)
        self._held = ""
        return self._complete(final=True)

    def _marked(self, text: str) -> str:
        def mark(match: re.Match[str]) -> str:
            numbers = _numbers(match[1])
            if match.re is _ROUND and not all(1 <= n <= self.known for n in numbers):
                return match[0]
            return "".join(chr(_BASE + n) for n in numbers)

        return _ROUND.sub(mark, _SQUARE.sub(mark, text))

    def _complete(self, final: bool) -> list[Sentence]:
        # What follows a full stop decides whether it ends a sentence, so the last one waits for the next to begin.
        starts = [start for start, _ in sentences(_MARK.sub(" ", self._text))]
        ends = starts[1:] + ([len(self._text)] if final else [])
        out: list[Sentence] = []
        at = 0
        for start, end in zip(starts, ends, strict=False):
            self._line = self._line or "\n" in self._text[at:start]
            sentence = self._sentence(self._text[start:end])
            if sentence:
                out.append(sentence)
                self._line = False
            self._line = self._line or "\n" in self._text[start:end]
            at = end
        self._text = self._text[at:]
        return out

    def _sentence(self, piece: str) -> Sentence | None:
        bullet = _BULLET.match(piece)
        piece = piece[bullet.end() :] if bullet else piece
        if not re.search(r"\w", _MARK.sub("", piece)):
            return None
        # A marker before any word is the number of a list.
        found = [m for m in _MARK.finditer(piece) if re.search(r"\w", _MARK.sub("", piece[: m.start()]))]
        numbers = tuple(dict.fromkeys(ord(m[0]) - _BASE for m in found))
        known = tuple(n for n in numbers if 1 <= n <= self.known)
        return Sentence(tidy(piece), known, tuple(n for n in numbers if n not in known), self._line)


def _numbers(text: str) -> list[int]:
    text = _RANGE.sub(lambda m: ",".join(str(n) for n in range(int(m[1]), min(int(m[2]), int(m[1]) + 20) + 1)), text)
    return list(dict.fromkeys(int(n) for n in re.findall(r"\d+", text)))


def tidy(text: str) -> str:
    """A sentence as it is shown: markers and emphasis off, no blanks where they stood."""
    text = _MARK.sub(" ", text)
    text = re.sub(r"\*\*|__|(?<!\w)[*_`]+(?=\w)|(?<=\w)[*`]+(?!\w)", "", text)
    text = re.sub(r"\s+(?=[,.;:!?，。；：！？、）)”’」』])", "", text)
    text = re.sub(rf"(?<=[{CJK}])\s+(?=[{CJK}])", "", text)
    return re.sub(r"\s+", " ", text).strip()


def joined(before: str, sentence: Sentence) -> str:
    """What stands between the text so far and the next sentence."""
    if not before:
        return ""
    if sentence.paragraph:
        return "\n\n"
    return "" if language(sentence.text) == "zh" else " "
