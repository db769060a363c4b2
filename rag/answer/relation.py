"""What a question asks besides its names ("introduced", "donated"), and whether a sentence speaks of it.

Who merely stands near the right people in a passage is found as easily as who did what is asked. The sentence that
answers mostly has a word of the question besides the names: as written, another word for the same relation
(`store/names/relations.tsv`) or, across languages, by the dictionary.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache, cached_property

from rag.dictionary import dictionary
from rag.names import NameIndex, world_relations
from rag.retrieve.terms import sought
from rag.text import fold_text, words


class Relation:
    """The words of a question without its names.

    Args:
        question: in English or Chinese.
        names: of the corpus.
    """

    def __init__(self, question: str, names: NameIndex) -> None:
        self._question, self._names = question, names

    @cached_property
    def _wordings(self) -> list[tuple[str, ...]]:
        folded = fold_text(self._question)
        rest, at = [], 0
        for start, end, _ in self._names.find(folded):
            rest.append(folded[at:start])
            at = end
        asked = sought(" ".join([*rest, folded[at:]]), NameIndex(()), dictionary())
        wordings = [wording for one in asked if one.leg != "sound" for wording, _ in one.term.wordings]
        told = {_respelled(word) for word in words(" ".join([*rest, folded[at:]]))}
        for group in world_relations():  # other words for the same
            forms = [tuple(words(form)) for form in sorted(group)]
            if any(form and told.issuperset(form) for form in forms):
                wordings += [form for form in forms if form]
        return wordings

    def speaks(self, sentence: str) -> bool:
        """Whether a sentence has any of the words; of a question of names alone every sentence may speak."""
        there = set(words(sentence))
        return not self._wordings or any(there.issuperset(wording) for wording in self._wordings)


ALIKE = 0.9  # of two words: twice the letters they share in order, by the letters of both (Ratcliff and Metzener 1988)


def _respelled(word: str) -> str:
    """A mistyped English word for a relation as it is written ("anounced"); any other word as it stands."""
    near = get_close_matches(word, _english(word[:1]), 1, ALIKE) if word.isascii() else []
    return near[0] if near else word


@cache
def _english(initial: str) -> tuple[str, ...]:
    """The longer English words for relations that start with a letter."""
    found = {word for group in world_relations() for form in group for word in words(form)}
    return tuple(sorted(w for w in found if w.isascii() and len(w) > 4 and w.startswith(initial)))
