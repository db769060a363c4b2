"""Question → what to look for in the inverted index: its words, names in every spelling, and translations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from rag.dictionary import Dictionary, Lookup
from rag.names import NameIndex, world_terms
from rag.store import Term
from rag.text import fold_text, language, name_like, words

# word: as written; name: a name in any spelling; translation: by the dictionary; sound: a name that sounds alike.
Leg = Literal["word", "name", "translation", "sound"]
LEGS: tuple[Leg, ...] = ("word", "name", "translation", "sound")
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f'’\-]*")


@dataclass(frozen=True)
class Sought:
    """One thing that a question is about, and how it came to be looked for."""

    leg: Leg
    written: str
    term: Term


def sought(question: str, names: NameIndex, dictionary: Dictionary | None) -> list[Sought]:
    """Everything to look for, in the question's order within each leg.

    Args:
        question: in English or Chinese, or both.
        names: of the corpus.
        dictionary: for the other language; without one only words and names are looked for.
    """
    folded = fold_text(question)
    out: list[Sought] = []
    rest, at = [], 0
    for start, end, name in names.find(folded):
        wordings = {_wording(form): 1.0 for form in name.forms}
        out.append(Sought("name", folded[start:end], Term(tuple((w, s) for w, s in wordings.items() if w))))
        rest.append(folded[at:start])
        at = end
    plain = " ".join([*rest, folded[at:]])
    out += [Sought("word", word, Term((((word,), 1.0),))) for word in dict.fromkeys(words(question))]
    if dictionary is None:
        return out
    english = language(question) == "en"
    for start, end, name in _terms().find(plain):
        other = name.variants if english else (name.latin, *name.latin_variants)
        wordings = {_wording(form): 1.0 for form in other}
        out.append(Sought("translation", plain[start:end], Term(tuple((w, s) for w, s in wordings.items() if w))))
    lookups = dictionary.chinese(plain) if english else dictionary.english(plain)
    translated = [lookup for lookup in lookups if lookup.translations]
    out += [Sought("translation", lookup.word, _term(lookup)) for lookup in translated]
    known = {lookup.word for lookup in translated}
    for form in _unknown_names(question, plain, known):
        sounding = names.sounding(form)
        if sounding:
            wordings = {_wording(other): round(alike, 2) for other, alike in sounding}
            out.append(Sought("sound", form, Term(tuple((w, s) for w, s in wordings.items() if w))))
    return out


@lru_cache(maxsize=16384)  # a name has dozens of forms, and the same names are asked for again
def _wording(form: str) -> tuple[str, ...]:
    return tuple(words(form))


@cache
def _terms() -> NameIndex:
    return NameIndex(world_terms())


def _term(lookup: Lookup) -> Term:
    wordings: dict[tuple[str, ...], float] = {}
    for translation, sure in lookup.translations.items():
        wording = _wording(translation)
        if wording:
            wordings[wording] = max(wordings.get(wording, 0.0), sure)
    return Term(tuple(wordings.items()))


def _unknown_names(question: str, plain: str, known: set[str]) -> Iterator[str]:
    """Words that look like names and are neither known names nor in the dictionary, folded."""
    latin = [m.group() for m in _LATIN_WORD.finditer(question) if m.group()[0].isupper()]
    for form in dict.fromkeys(map(fold_text, [*latin, *(n for n in name_like(question) if not n.isascii())])):
        if form in plain and form not in known and len(form) >= (3 if form.isascii() else 2):
            yield form
