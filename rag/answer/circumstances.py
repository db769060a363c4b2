"""Whether a sentence tells of another day, place or party than a question: what holds there says nothing of here."""

from __future__ import annotations

import re
from collections.abc import Collection

from rag.names import NameIndex
from rag.text import dates, fold_text, same_time

_PRONOUN = re.compile(r"\b(?:he|she|they|him|her|them|his|their)\b|[他她](?!们?[人国])")
_EXCLUSIVE = {"place", "party"}  # kinds of names of which mostly one holds
# Reckoned from the day of the question, which is not that of the article.
_FROM_NOW = re.compile(
    r"\b(?:last|this|next|ago|yesterday|today|tomorrow)\b|[去今明前]年|[上这本下]个?[月周季]|[昨今明前后]天|[昨今明]日"
)


def elsewhere(question: str, sentence: str, published: str | None, names: NameIndex) -> bool:
    """Whether each date that a question names, or a place or party, stands against another one in a sentence.

    Args:
        question: as asked.
        sentence: of an article.
        published: the article's date; days of the week are reckoned from it in both.
        names: of the corpus.
    """
    asked = [d for d in dates(question, published) if not _FROM_NOW.search(fold_text(question[d.start : d.end]))]
    said = dates(sentence, published)
    if asked and said and not any(same_time(a, b) for a in asked for b in said):
        return True
    wanted, there = _kinds(question, names), _kinds(sentence, names)
    return any(
        kind == other and name not in there and another not in wanted
        for name, kind in wanted.items()
        for another, other in there.items()
    )


def somebody_else(question: str, sentence: str, names: NameIndex) -> bool:
    """Whether a sentence has another person in the place of one that a question names: "he backed Clinton", not Trump.

    One that is missing may be the pronoun.
    """
    asked, told = _kinds(question, names, {"person"}), _kinds(sentence, names, {"person"})
    missing = len(asked.keys() - told.keys()) - bool(_PRONOUN.search(fold_text(sentence)))
    return missing > 0 and bool(told.keys() - asked.keys())


def _kinds(text: str, names: NameIndex, kinds: Collection[str] = _EXCLUSIVE) -> dict[str, str]:
    found = {name.latin: name.kind for _, _, name in names.find(fold_text(text))}
    return {latin: kind for latin, kind in found.items() if kind in kinds}
