"""Lines as a page shows them → paragraphs: a PDF knows where a line ends, but not where a paragraph does."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from rag.text import CJK

FULL = 0.8  # a line this wide, relative to the page's, goes on in the next one
REPEATS = 3  # a line at the edge of this many pages, and of half of them, is a running head or foot
_PAGE_NUMBER = re.compile(
    r"(?i)[\s\-–—·|]*(?:(?:page|p\.)\s*\d+(?:\s*(?:of|/)\s*\d+)?|第?\s*\d+\s*页?(?:\s*(?:/|共)\s*\d+\s*页?)?)[\s\-–—·|]*"
)
_ENDS = re.compile(r"[。！？!?.…：:；;][”’」』）)\"'】\]]*$")
_BEGINS = re.compile(r"^(?:\u3000|\s{3,}|[•●■◆▪]|[-*] |\d{1,2}[.)、] )")
_HYPHEN = re.compile(r"(?<=[a-z])[-\u00ad\u2010]$")


def paragraphs(pages: Sequence[str]) -> Iterator[str]:
    """The paragraphs of the pages, in order, without running heads, feet and page numbers."""
    lines = [[line.rstrip() for line in page.splitlines()] for page in pages]
    edges = _edges(lines)
    current = before = ""
    before_full = 0.0
    for page in lines:
        body = [line for line in _trim(page) if line]
        widths = sorted(_width(line) for line in body)
        full = FULL * widths[int(0.9 * (len(widths) - 1))] if widths else 0.0
        kept = _without_edges(page, edges)
        for index, line in enumerate(kept):
            if not line.strip():
                # A blank line ends a paragraph, but not at the top of a page: a sentence may go on there.
                if current and index and _ENDS.search(current):
                    yield current
                    current = ""
                continue
            if current and (_BEGINS.match(line) or not _goes_on(before, before_full)):
                yield current
                current = ""
            current = _join(current, line.strip()) if current else line.strip()
            before, before_full = line, full
    if current:
        yield current


def _goes_on(line: str, full: float) -> bool:
    """Whether the line after this one belongs to the same paragraph."""
    return _width(line) >= full and not (_ENDS.search(line) and _width(line) < full / FULL * 0.95)


def _join(text: str, line: str) -> str:
    if _HYPHEN.search(text) and line[:1].islower():
        return text[:-1] + line
    wide = re.match(rf"[{CJK}，。、；：？！“”‘’（）《》]", line) or re.search(
        rf"[{CJK}，。、；：？！“”‘’（）《》]$", text
    )
    return text + ("" if wide else " ") + line


def _width(text: str) -> int:
    """Columns: a Chinese character is as wide as two letters."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _trim(page: Sequence[str]) -> list[str]:
    """A page's lines without blank ones around them."""
    filled = [i for i, line in enumerate(page) if line.strip()]
    return list(page[filled[0] : filled[-1] + 1]) if filled else []


def _key(line: str) -> str:
    """What is the same on every page: the words, not the numbers."""
    return re.sub(r"\d+", "0", "".join(line.split()))


def _edges(pages: Sequence[Sequence[str]]) -> set[str]:
    """Lines that stand first or last on many pages."""
    counts: Counter[str] = Counter()
    for page in pages:
        body = [line for line in page if line.strip()]
        counts.update({_key(line) for line in (*body[:2], *body[-2:])})
    return {key for key, count in counts.items() if count >= max(REPEATS, len(pages) / 2)}


def _without_edges(page: Sequence[str], edges: set[str]) -> list[str]:
    body = _trim(page)
    for _ in range(2):
        for edge in (0, -1):
            if body and (_key(body[edge]) in edges or _PAGE_NUMBER.fullmatch(body[edge])):
                del body[edge]
                body = _trim(body)
    return body
