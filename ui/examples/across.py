"""Questions in one language about articles in the other: they ask for people, whose names have a form in both."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.names import NameIndex
from rag.text import Language, sentences
from rag.types import Article
from ui.examples import chinese
from ui.examples.draft import Draft, Named, full_latin, named

_SAID = {
    "en": re.compile(r"\b(?:said|told|wrote|argued|warned|called|accused|praised|claimed)\b"),
    "zh": re.compile("表示|称|说|指出|认为|指责|批评|质疑|警告|回应"),
}
_APPOSED = re.compile(r", (?:then |now )?(?:the|a|an) (?P<role>[a-z][^,.;:“”\"()]{4,70})(?=[,.])")


def questions(article: Article, names: NameIndex, lang: Language) -> Iterator[Draft]:
    """What the sentences of an article answer about people, asked in the language that it is not in."""
    for start, end in sentences(article.text):
        sentence = article.text[start:end]
        if len(sentence) > 320:
            continue
        found = named(sentence, names)
        for person in found:
            role = _role(sentence, person) if person.person else ""
            if role:
                written = _written(person, lang)
                question = f"Who is {written}?" if lang == "en" else f"{written}是谁？"
                yield Draft(question, lang, "role", article.id, start, end, role)
        # Who said what about whom: the speaker stands first, the other after the verb.
        said = _SAID[article.language].search(sentence)
        if said:
            before = [n for n in found if n.person and n.end <= said.start()]
            after = [n for n in found if n.start >= said.end()]
            if len(before) == 1 and after and after[0].name is not before[0].name:
                a, b = _written(before[0], lang), _written(after[0], lang)
                question = f"What did {a} say about {b}?" if lang == "en" else f"{a}对{b}是怎么说的？"
                yield Draft(question, lang, "said", article.id, start, end, "")


def _role(sentence: str, person: Named) -> str:
    """What a sentence says somebody is, in its own words; "" where it doesn't."""
    before = re.search(rf"[\u4e00-\u9fffA-Za-z0-9]{{0,14}}{chinese.ROLE}$", sentence[: person.start])
    after = _APPOSED.match(sentence, person.end)
    return before.group() if before else after["role"] if after else ""


def _written(found: Named, lang: Language) -> str:
    name = found.name
    if lang == "en":
        return full_latin(name)
    return next((form for form in name.variants if "·" in form), name.variants[0]) if name.variants else name.latin
