"""Where a span ends: without loose punctuation, with whole brackets; and the sentence around it."""

from __future__ import annotations

from rag.text import sentences

_EDGES = " \t\n\u3000,，。、；;：:！!？?.·“”\"'‘’「」『』《》〈〉()（）[]【】*_"
_PAIRS = {"(": ")", "（": "）", "《": "》", "“": "”", "「": "」", "『": "』", "[": "]", "【": "】"}


def sentence_of(text: str, start: int, end: int) -> tuple[int, int]:
    """From the beginning of the sentence that holds `start` to the end of the one that holds `end`."""
    touched = [(a, b) for a, b in sentences(text) if b > start and a < end]
    return (min(touched[0][0], start), max(touched[-1][1], end)) if touched else (start, end)


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without white space and punctuation at its edges, and with whole pairs of brackets."""
    while True:
        while start < end and text[start] in _EDGES and text[start] not in _PAIRS:
            start += 1
        while start < end and text[end - 1] in _EDGES and text[end - 1] not in _PAIRS.values():
            end -= 1
        if start >= end:
            return start, end
        inside = text[start:end]
        for left, right in _PAIRS.items():
            more = inside.count(left) - inside.count(right)
            if more > 0:  # one is not closed: take its end in where it follows, else leave it out
                if text[end : end + 1] == right:
                    return start, end + 1
                at = inside.rindex(left)
                start, end = (start + 1, end) if at == 0 else (start, start + at)
                break
            if more < 0:
                at = inside.index(right)
                start, end = (start, end - 1) if at == len(inside) - 1 else (start + at + 1, end)
                break
        else:
            # A whole pair around everything belongs to the sentence, not to the answer, but for titles of works.
            left = inside[0]
            if left in _PAIRS and left != "《" and inside[-1] == _PAIRS[left] and inside.count(left) == 1:
                start, end = start + 1, end - 1
                continue
            return start, end
