"""What is said when the articles don't answer: that, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answer.wording import escape, say
from rag.names import NameIndex
from rag.reader import Reading
from rag.text import Language, fold_text, name_like
from rag.types import Passage

NO_TOPIC = 0.05  # probability of the best reading below which the articles are about something else
MOST_NAMED = 3


def refusal(
    question: str,
    readings: Sequence[Reading],
    passages: Sequence[Passage],
    names: NameIndex,
    lang: Language,
    filtered: bool = False,
) -> str:
    """That the articles don't say, with the reason: topic absent, or somebody present but not this fact.

    `filtered`: only some of the articles were looked at.
    """
    if not readings and not passages:
        return say("none_fits" if filtered else "empty", lang)
    named = _named(question, passages, names)
    if named:
        join = say("list_join", lang)
        reason = say("absent_named", lang, names=join.join(escape(n) for n in named))
    else:
        best = max((r.probability for r in readings), default=0.0)
        reason = say("absent_topic" if best < NO_TOPIC else "absent_fact", lang)
    return f"{say('absent', lang)}{' ' if lang == 'en' else ''}{reason}"


def _named(question: str, passages: Sequence[Passage], names: NameIndex) -> list[str]:
    """Names of the question, as it writes them, that the passages mention in any spelling."""
    text = fold_text("\n".join(p.text for p in passages))
    folded = fold_text(question)
    found: list[tuple[int, str]] = []
    for start, end, name in names.find(folded):
        if any(_mentioned(fold_text(form), text) for form in (name.latin, *name.variants)):
            found.append((start, _written(question, folded[start:end])))
    for name_text in (re.sub(r"['’]s$", "", name) for name in name_like(question)):
        form = fold_text(name_text)
        known = any(form in fold_text(seen) or fold_text(seen) in form for _, seen in found)
        if not known and len(form) > 1 and _mentioned(form, text):
            found.append((folded.find(form), _written(question, form)))
    return [written for _, written in sorted(found)][:MOST_NAMED]


def _mentioned(form: str, text: str) -> bool:
    """Whether a text has a name: Ana is not in "analysis"."""
    return bool(re.search(rf"\b{re.escape(form)}\b", text)) if form.isascii() else form in text


def _written(question: str, folded: str) -> str:
    """A folded piece as the question writes it, where folding kept its length."""
    at = fold_text(question).find(folded)
    same = len(fold_text(question)) == len(question.strip())
    return question.strip()[at : at + len(folded)] if same and at >= 0 else folded
