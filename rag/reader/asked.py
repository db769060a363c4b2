"""What a question is about, and how much of it a text speaks of: its names, and its other words in either language.

Who merely stands near the right people in a passage is found as easily as who did what is asked. The sentence that
answers mostly has a word of the question besides the names: as written, another word for the same relation
(`store/names/relations.tsv`) or, across languages, by the dictionary. And a passage that lacks a name of the question
mostly answers another one.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache, cached_property

from rag.dictionary import dictionary
from rag.names import NameIndex, world_relations
from rag.retrieve.terms import sought
from rag.text import fold_text, language, name_like, words

ALIKE = 0.9  # of two words: twice the letters they share in order, by the letters of both (Ratcliff and Metzener 1988)
Wording = tuple[str, ...]


class Asked:
    """A question as names and other words.

    Args:
        question: in English or Chinese.
        names: of the corpus.
    """

    def __init__(self, question: str, names: NameIndex) -> None:
        self._question, self._names = question, names
        self._language = language(question)

    @cached_property
    def _named(self) -> tuple[frozenset[str], tuple[str, ...], str]:
        """The known names by their Latin form, other likely names, folded, and the question without the known ones."""
        folded = fold_text(self._question)
        known, rest, at = set(), [], 0
        for start, end, name in self._names.find(folded):
            known.add(name.latin)
            rest.append(folded[at:start])
            at = end
        plain = " ".join([*rest, folded[at:]])
        others = dict.fromkeys(fold_text(form) for form in name_like(self._question))
        return frozenset(known), tuple(form for form in others if form and form in plain), plain

    @cached_property
    def _terms(self) -> tuple[list[list[Wording]], list[list[Wording]]]:
        """Its other words, each by its wordings: in its own language, and in the other one."""
        plain = self._named[2]
        own: list[list[Wording]] = []
        other: list[list[Wording]] = []
        for one in sought(plain, NameIndex(()), dictionary()):
            if one.leg != "sound":
                (own if one.leg == "word" else other).append([wording for wording, _ in one.term.wordings])
        told = {_respelled(word) for word in words(plain)}
        for group in world_relations():  # other words for the same
            forms = [tuple(words(form)) for form in sorted(group)]
            if any(form and told.issuperset(form) for form in forms):
                forms = [form for form in forms if form]
                for terms in (own, other):
                    meant = next((t for t in terms if any(form in t for form in forms)), None)
                    if meant is None:
                        terms.append(list(forms))
                    else:
                        meant += forms
        return own, other

    def speaks(self, sentence: str) -> bool:
        """Whether a sentence has any of the words; of a question of names alone every sentence may speak."""
        there = set(words(sentence))
        wordings = [wording for terms in self._terms for term in terms for wording in term]
        return not wordings or any(there.issuperset(wording) for wording in wordings)

    def met(self, sentence: str) -> float:
        """The share of the words that a sentence has, in its own language (0–1); 0 where there are none."""
        there = set(words(sentence))
        terms = self._terms[language(sentence) != self._language]
        return sum(any(there.issuperset(w) for w in term) for term in terms) / len(terms) if terms else 0.0

    def absent(self, text: str) -> float:
        """The share of the names that a text lacks in any spelling (0–1); unknown ones count in one language only."""
        known, others, _ = self._named
        others = others if language(text) == self._language else ()
        if not known and not others:
            return 0.0
        folded = fold_text(text)
        there = {name.latin for _, _, name in self._names.find(folded)} if known else set()
        missing = len(known - there) + sum(form not in folded for form in others)
        return missing / (len(known) + len(others))


def _respelled(word: str) -> str:
    """A mistyped English word for a relation as it is written ("anounced"); any other word as it stands."""
    near = get_close_matches(word, _english(word[:1]), 1, ALIKE) if word.isascii() else []
    return near[0] if near else word


@cache
def _english(initial: str) -> tuple[str, ...]:
    """The longer English words for relations that start with a letter."""
    found = {word for group in world_relations() for form in group for word in words(form)}
    return tuple(sorted(w for w in found if w.isascii() and len(w) > 4 and w.startswith(initial)))
