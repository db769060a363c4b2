"""Which questions to begin with: of every kind, about many articles, and only those that the engine answers rightly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from rag.errors import RagError
from rag.metrics import bold_values, groups_found
from rag.text import Language, fold_text, sentences
from rag.types import Answer, ArticleInfo
from ui.examples import abroad, chinese, english
from ui.examples.draft import Draft, Kind

if TYPE_CHECKING:
    from rag.engine import RagEngine
    from rag.names import NameIndex
    from rag.types import Article

# Confidence from which an answer is shown to somebody who has asked nothing yet; across languages the reader is less
# sure of what is right as well.
SURE, SURE_ABROAD = 0.6, 0.3
LONGEST_ANSWER = 90  # characters of a short answer
CONSIDERED = 60  # articles, the newest
TRIES = 48  # questions asked in all
IN_A_ROW = 3  # of one article before the next has its turn
WANTED: tuple[Kind, ...] = ("who", "said", "number", "when")  # the liveliest first
LONGEST_SENTENCE = 320
LONGEST_QUESTION = {"en": 90, "zh": 34}  # characters


def drafts(article: Article, names: NameIndex, lang: Language | None = None) -> list[Draft]:
    """Questions that an article seems to answer, in a language or else in its own, each once."""
    lang = lang or article.language
    form = chinese.asked if lang == "zh" else english.asked
    made: list[Draft] = []
    for start, end in sentences(article.text):
        if end - start > LONGEST_SENTENCE:
            continue
        sentence = article.text[start:end].strip()
        if lang == article.language:
            found = form(sentence, names, article.date)
        else:
            found = abroad.asked(sentence, names, lang)
        made += [Draft(question, lang, kind, article.id, start, end, answer) for kind, question, answer in found]
    fit = (draft for draft in made if len(draft.question) <= LONGEST_QUESTION[lang])
    return list({fold_text(draft.question): draft for draft in fit}.values())


def seek(
    engine: RagEngine,
    articles: Sequence[ArticleInfo],
    lang: Language,
    most: int,
    free: Callable[[], None] = lambda: None,
    told: Language | None = None,
) -> Iterator[Draft]:
    """Questions in a language that the engine answers rightly, found one after the other.

    Args:
        engine: is asked each of them.
        articles: what they may be about; those that come first are asked about first.
        lang: of the questions.
        most: how many are wanted.
        free: called before each question; returns when nobody else is waiting for an answer.
        told: language of the articles that they are about; that of the questions when absent.
    """
    left: dict[str, list[Draft]] = {}
    for about in [a for a in articles if a.language == (told or lang)][:CONSIDERED]:
        free()
        found = drafts(engine.article(about.id), engine.names, lang)
        if found:
            left[about.id] = found
    kinds: Counter[Kind] = Counter()
    asked: set[str] = set()
    tried = 0
    while sum(kinds.values()) < most and any(left.values()):
        for waiting in left.values():
            for _ in range(IN_A_ROW):
                fit = [d for d in waiting if fold_text(d.question) not in asked]
                if not fit or tried >= TRIES:
                    waiting.clear()
                    break
                draft = min(fit, key=lambda d: (kinds[d.kind], WANTED.index(d.kind), d.start))
                waiting.remove(draft)
                asked.add(fold_text(draft.question))
                tried += 1
                free()
                try:
                    answer = engine.ask(draft.question, voice="extractive", language=lang)
                except RagError:
                    continue
                if right(answer, draft, SURE if told in (None, lang) else SURE_ABROAD):
                    kinds[draft.kind] += 1
                    # What else its sentence answers would be the same story once more.
                    waiting[:] = [d for d in waiting if d.start != draft.start]
                    yield draft
                    break
            if sum(kinds.values()) >= most:
                return


def right(answer: Answer, draft: Draft, least: float = SURE) -> bool:
    """Whether an answer is sure, of one mind, and what the sentence says from which the question was made."""
    if not answer.answered or answer.conflicts or answer.confidence < least:
        return False
    lead = re.sub(r"\\([\\`*_\[\]<>])", r"\1", answer.text.split("\n\n")[0])
    values = bold_values(lead)
    if len(values) != 1 or not values[0] or len(values[0][0]) > LONGEST_ANSWER:
        return False
    first = answer.citations[0]
    told_there = draft.article_id == first.article_id and first.start < draft.end and draft.start < first.end
    if not told_there and draft.article_id not in first.also_in:
        return False
    return _says(values[0], draft)


def _says(wordings: Sequence[str], draft: Draft) -> bool:
    """Whether a short answer has the words expected, or is a part of them."""
    if draft.kind == "number":
        return all(groups_found([[draft.answer]], wordings[0]))
    expected = fold_text(draft.answer).replace(" ", "")
    said = [fold_text(wording).replace(" ", "") for wording in wordings]
    return any(expected in words or (len(words) >= 2 and words in expected) for words in said)
