"""What a question asks besides its names ("introduced", "donated"), and whether a sentence speaks of it.

Who merely stands near the right people in an article is found by a reader as easily as another account. The sentence of
an account has a word of the question besides the names, as written or by the dictionary.
"""

from __future__ import annotations

from collections.abc import Callable

from rag.dictionary import dictionary
from rag.names import NameIndex
from rag.retrieve.terms import sought
from rag.text import words


def relation(question: str, names: NameIndex) -> Callable[[str], bool]:
    """Whether a sentence has a word of what a question asks; of a question of names alone every sentence may speak.

    Args:
        question: in English or Chinese.
        names: of the corpus.
    """
    asked = [one.term for one in sought(question, names, dictionary()) if one.leg in ("word", "translation")]

    def speaks(sentence: str) -> bool:
        there = set(words(sentence))
        return not asked or any(there.issuperset(wording) for term in asked for wording, _ in term.wordings)

    return speaks
