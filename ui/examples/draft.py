"""A question that a sentence answers, and the names in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.names import Name, NameIndex
from rag.text import Language, fold

Kind = Literal["who", "said", "number", "when"]


@dataclass(frozen=True)
class Draft:
    """A question, and how one knows that it was answered rightly: from this sentence, with these words."""

    question: str
    lang: Language
    kind: Kind
    article_id: str
    start: int  # of the sentence in the clean text
    end: int
    answer: str  # words that the short answer must have


@dataclass(frozen=True)
class Named:
    """A name in a sentence, with the first name that stands before it."""

    start: int
    end: int
    name: Name

    @property
    def person(self) -> bool:
        """Whether it is somebody: a list says so, or the articles give a first name and no list knows better."""
        return self.name.kind == "person" or (not self.name.kind and " " in full_latin(self.name))


def named(text: str, names: NameIndex) -> list[Named]:
    """The names in a text, in order."""
    folded = fold(text)
    out: list[Named] = []
    for a, b, name in names.find(folded.text):
        start, end = folded.offsets[a], folded.offsets[b - 1] + 1
        before = re.search(r"(?:[\u4e00-\u9fff]{1,6}[·・]|[A-Z][\w.'’-]+ )+$", text[out[-1].end if out else 0 : start])
        first = before.group() if before else ""
        if first[:1].isascii() and first.strip().lower() not in full_latin(name).lower():
            first = ""
        out.append(Named(start - len(first), end, name))
    return out


def full_latin(name: Name) -> str:
    """The Latin form with the first name, where one is known."""
    forms = [name.latin, *name.latin_variants]
    return next((form for form in forms if " " in form and not re.search(r"\b\w\.", form)), name.latin)
