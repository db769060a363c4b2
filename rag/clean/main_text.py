"""Which lines of a web page belong to its article: those a main-text extractor chose, found again in the page."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from rag.clean.chrome import is_chrome, is_sentence
from rag.clean.markup import Line

LEAST = 0.3  # an extractor that leaves less than this of the page's sentences has lost its way
MOST = 5000  # lines: a page of more is no article, and comparing them would take long
HEAD = 12  # lines before the first chosen one that may be headline, byline and date


def keep_main(lines: list[Line], main: Sequence[str]) -> list[Line]:
    """The lines of the article, when `main` (the blocks of its text) names them; else all lines.

    The blocks only say where the article begins and ends and which short lines are its own: a sentence between two
    chosen lines, or next to the first or last of them, stays even if the extractor left it out, for nothing that is
    reporting may go.
    """
    if not main or len(lines) > MOST:
        return lines
    chosen = _chosen(lines, main)
    sentences = {i for i, line in enumerate(lines) if is_sentence(line.text)}
    weight = sum(len(lines[i].text) for i in sentences)
    reporting = chosen & sentences
    if not reporting or sum(len(lines[i].text) for i in reporting) < LEAST * weight:
        return lines
    first = _reach(lines, sentences, min(chosen), -1)
    last = _reach(lines, sentences, max(chosen), +1)
    inside = {i for i in sentences if first <= i <= last}
    # Headline, byline and date stand right before the text. They are metadata, and lose nothing by being looked at.
    head = {i for i in range(max(0, first - HEAD), min(reporting)) if i not in sentences}
    return [line for i, line in enumerate(lines) if i in chosen | inside | head]


def _reach(lines: list[Line], sentences: set[int], at: int, step: int) -> int:
    """How far the running sentences go on from a line, before a heading, a menu or a link."""
    while at + step in sentences and lines[at + step].links < 0.5 * len(lines[at + step].text):
        if is_chrome(lines[at + step].text):
            break
        at += step
    return at


def _chosen(lines: list[Line], main: Sequence[str]) -> set[int]:
    """Indices of the lines whose words are those of the blocks, in the same order; of a table, cell by cell."""
    blocks = [cell for block in main for cell in (block.split("|") if block.startswith("|") else [block])]
    own, theirs = [_key(line.text) for line in lines], [key for block in blocks if (key := _key(block))]
    matcher = difflib.SequenceMatcher(None, own, theirs)
    same = {block.a + i for block in matcher.get_matching_blocks() for i in range(block.size)}
    # A block may be part of a line or hold several: compare the words themselves, where there are enough of them.
    everything = "\n".join(theirs)
    long = [key for key in theirs if len(key) >= 16]
    same |= {
        i for i, key in enumerate(own) if len(key) >= 16 and (key in everything or any(block in key for block in long))
    }
    return {i for i in same if own[i]}


def _key(text: str) -> str:
    """Letters and digits alone: extractors change quotes, blanks and bullets."""
    return re.sub(r"[\W_]+", "", text).casefold()
