"""Where sentences end, in Chinese and English."""

from __future__ import annotations

import re

from rag.text.scripts import CJK

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
