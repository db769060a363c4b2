"""Readings → an answer: spans that say the same merged, several sources, conflicts, or "the articles don't say"."""

from rag.answer.assemble import compose
from rag.answer.conflicts import find_conflicts
from rag.answer.questions import asks_list, asks_yesno, kind_of
from rag.answer.sources import same_statement
from rag.answer.wording import WORDING, escape, say

__all__ = [
    "WORDING",
    "asks_list",
    "asks_yesno",
    "compose",
    "escape",
    "find_conflicts",
    "kind_of",
    "same_statement",
    "say",
]
