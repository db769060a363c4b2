"""What a question asks besides its names ("introduced", "donated"), and how much of it a sentence speaks of.

Who merely stands near the right people in a passage is found as easily as who did what is asked. The sentence that
answers mostly has a word of the question besides the names, as written or, across languages, by the dictionary.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.dictionary import dictionary
from rag.names import NameIndex
from rag.retrieve.terms import Leg, sought
from rag.text import words


class Relation:
    """The words of a question without its names.

    Args:
        question: in English or Chinese.
        names: of the corpus.
    """

    def __init__(self, question: str, names: NameIndex) -> None:
        self._asked: dict[Leg, dict[str, list[tuple[str, ...]]]] = {"word": {}, "translation": {}}
        for one in sought(question, names, dictionary()):
            if one.leg in self._asked:
                wordings = [wording for wording, _ in one.term.wordings]
                self._asked[one.leg].setdefault(one.written, []).extend(wordings)

    def share(self, sentence: str, *, across: bool) -> float:
        """How many of the words a sentence has, 0–1: as written, or where it is in the other language translated."""
        asked = self._asked["translation" if across else "word"].values()
        there = set(words(sentence))
        return sum(_any_of(wordings, there) for wordings in asked) / len(asked) if asked else 0.0

    def speaks(self, sentence: str) -> bool:
        """Whether a sentence has any of the words; of a question of names alone every sentence may speak."""
        asked = [wordings for leg in self._asked.values() for wordings in leg.values()]
        there = set(words(sentence))
        return not asked or any(_any_of(wordings, there) for wordings in asked)


def _any_of(wordings: Sequence[tuple[str, ...]], there: set[str]) -> bool:
    return any(there.issuperset(wording) for wording in wordings)
