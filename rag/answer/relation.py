"""What a question asks besides its names ("introduced", "donated"), and whether a sentence speaks of it.

Who merely stands near the right people in a passage is found as easily as who did what is asked. The sentence that
answers mostly has a word of the question besides the names: as written, another word for the same relation
(`store/names/relations.tsv`) or, across languages, by the dictionary.
"""

from __future__ import annotations

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
        folded = fold_text(question)
        rest, at = [], 0
        for start, end, _ in names.find(folded):
            rest.append(folded[at:start])
            at = end
        asked = sought(" ".join([*rest, folded[at:]]), NameIndex(()), dictionary())
        self._wordings = [wording for one in asked if one.leg != "sound" for wording, _ in one.term.wordings]
        told = set(words(" ".join([*rest, folded[at:]])))
        for group in world_relations():  # other words for the same
            forms = [tuple(words(form)) for form in sorted(group)]
            if any(form and told.issuperset(form) for form in forms):
                self._wordings += [form for form in forms if form]

    def speaks(self, sentence: str) -> bool:
        """Whether a sentence has any of the words; of a question of names alone every sentence may speak."""
        there = set(words(sentence))
        return not self._wordings or any(there.issuperset(wording) for wording in self._wordings)
