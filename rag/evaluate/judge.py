"""One gold question against what was retrieved and answered: figures, and a word on what went wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.clean.markup import plain_lines
from rag.gold import Gold, Span
from rag.metrics import RANKING, bold_values, exact_match, groups_found, overlap_f1, rank_measures, wordings
from rag.text import fold_text
from rag.types import Answer, Article, Citation, Passage

COVERED = 0.8  # share of an evidence sentence that a passage or citation must cover
Articles = Mapping[str, Article]  # by id

# Every figure of one question, with what it says. All are 0–1; the mean over questions is reported.
FIGURES = {
    "accuracy": "the answer has every wanted group of words; an unanswerable question is refused",
    "f1": "word (English) or character (Chinese) F1 of the short answer with the nearest accepted wording",
    "exact match": "the short answer is an accepted wording",
    "hit@1": "the first passage retrieved holds the evidence",
    "hit@5": "one of the first five does",
    "hit@10": "one of the first ten does",
    "recall@10": "share of the needed pieces of evidence among the first ten",
    "recall@100": "share of the relevant articles among the first hundred passages",
    "mrr": "one divided by the rank of the first passage that holds evidence",
    "ndcg@10": "ranking quality, every piece of evidence counted once",
    "reader hit@1": "hit@1 in the order of the reader",
    "reader mrr": "mrr in the order of the reader",
    "citation precision": "share of an answer's citations that stand in an evidence sentence",
    "citation recall": "share of the needed pieces of evidence that an answer cites",
    "span exactness": "share of citations whose offsets give exactly their words, in the text and in the file",
    "coverage": "the question is answered",
    "false refusal": "an answerable question is refused",
    "abstention precision": "a refused question is indeed unanswerable",
    "abstention recall": "an unanswerable question is refused",
    "conflict recall": "sources that contradict each other are set side by side",
    "false conflict": "a conflict is shown where the sources agree",
    "llm judge": "a language model finds the answer right (its opinion, not a measurement)",
}
LOWER_IS_BETTER = frozenset({"false refusal", "false conflict"})


@dataclass(frozen=True)
class Case:
    """A gold question, and for each needed piece of evidence the places in clean texts that hold it."""

    gold: Gold
    needs: tuple[tuple[Span, ...], ...]
    grades: dict[str, int] | None = None  # of sets that judge whole articles: article id → how relevant it is


def judge_ranking(case: Case, passages: Sequence[Passage]) -> dict[str, float]:
    """Ranking figures; none for a question without evidence."""
    if case.grades is not None:
        found = list(dict.fromkeys(passage.article_id for passage in passages))
        return rank_measures(found, case.grades, RANKING | {"recall@100": "R@100"})
    if not case.gold.answerable or not case.needs:
        return {}
    gains: dict[str, int] = {}
    left = list(case.needs)
    for passage in passages:
        met = [places for places in left if _holds(passage, places)]
        left = [places for places in left if places not in met]
        gains[passage.id] = int(bool(met))
    unmet = {f"unmet {number}": 1 for number in range(len(left))}
    return rank_measures([passage.id for passage in passages], gains | unmet)


def relevant(case: Case, passage: Passage) -> bool:
    """Whether a passage holds one of the needed pieces of evidence, or is of an article that is relevant."""
    if case.grades is not None:
        return bool(case.grades.get(passage.article_id))
    return any(_holds(passage, places) for places in case.needs)


def judge_answer(case: Case, answer: Answer, articles: Articles) -> tuple[dict[str, float], str]:
    """Figures of an answer, and what it is: "right", "refused", "incomplete" …"""
    gold = case.gold
    quotes = [citation.quote for citation in answer.citations]
    # Markdown's escapes are no part of what is said.
    said = "\n".join([answer.text.replace("\\", ""), *quotes])
    figures = {"coverage": float(answer.answered)}
    if gold.answerable:
        found = groups_found(gold.answer_all, said) if answer.answered else [False] * len(gold.answer_all)
        right = all(found)
        figures |= {"false refusal": float(not answer.answered), **_wording(gold, short_answers(answer))}
        if answer.answered:
            figures |= _citations(case, answer.citations, articles)
        if gold.type == "conflict":
            figures["conflict recall"] = float(_shows_all_sides(gold, answer))
        else:
            figures["false conflict"] = float(bool(answer.conflicts))
        verdict = "right" if right else "refused" if not answer.answered else "incomplete" if any(found) else "wrong"
    else:
        corrected = bool(gold.correction) and bool(answer.citations) and all(groups_found(gold.correction, said))
        right = not answer.answered or corrected
        figures["abstention recall"] = float(right)
        verdict = "right" if right else "not refused"
    if not answer.answered:
        figures["abstention precision"] = float(not gold.answerable)
    if answer.citations:
        exact = [_exact(citation, articles[citation.article_id]) for citation in answer.citations]
        figures["span exactness"] = sum(exact) / len(exact)
    return {"accuracy": float(right), **figures}, verdict


def short_answers(answer: Answer) -> list[list[str]]:
    """What an answer sets in bold, in order: each as the article has it, and its gloss; without bold the first line."""
    if not answer.answered:
        return []
    text = re.sub(r"\[\d+\]", "", answer.text).replace("\\", "")
    return bold_values(text) or [wordings(line) for line in text.strip().splitlines()[:1]]


def _wording(gold: Gold, said: Sequence[Sequence[str]]) -> dict[str, float]:
    """F1 and exact match, the best of each group's wordings (SQuAD), averaged over the groups.

    A question that wants one thing is held to the first short answer; one that wants several, to the nearest of each.
    """
    held = [part for parts in (said[:1] if len(gold.answer_all) == 1 else said) for part in parts]
    f1 = [max((overlap_f1(s, text) for s in held for text in group), default=0.0) for group in gold.answer_all]
    exact = [max((exact_match(s, text) for s in held for text in group), default=0.0) for group in gold.answer_all]
    return {"f1": sum(f1) / len(f1), "exact match": sum(exact) / len(exact)}


def _citations(case: Case, citations: Sequence[Citation], articles: Articles) -> dict[str, float]:
    if not case.needs:
        return {}
    everywhere = [place for places in case.needs for place in places]
    sentences = [_sentence(citation, articles[citation.article_id]) for citation in citations]
    proving = [_proves(sentence, everywhere) for sentence in sentences]
    met = [any(_proves(sentence, places) for sentence in sentences) for places in case.needs]
    return {
        "citation precision": sum(proving) / len(proving) if proving else 0.0,
        "citation recall": sum(met) / len(met),
    }


def _shows_all_sides(gold: Gold, answer: Answer) -> bool:
    """Whether every wanted value stands in a claim of one of the conflicts."""
    claims = [
        " ".join([claim.value, *(answer.citations[n - 1].quote for n in claim.citations)])
        for conflict in answer.conflicts
        for claim in conflict.claims
    ]
    return bool(claims) and all(any(all(groups_found([group], text)) for text in claims) for group in gold.answer_all)


def _holds(passage: Passage, places: Sequence[Span]) -> bool:
    return covers((passage.article_id, passage.start, passage.end), places)


def covers(span: Span, places: Sequence[Span]) -> bool:
    """Whether a stretch of an article covers one of the places (at least COVERED of it)."""
    article, start, end = span
    return any(article == a and min(end, e) - max(start, s) >= COVERED * (e - s) for a, s, e in places)


def _proves(sentence: Span, places: Sequence[Span]) -> bool:
    # A sentence inside a longer evidence proves as well as one around it.
    return covers(sentence, places) or any(covers(place, [sentence]) for place in places)


def _sentence(citation: Citation, article: Article) -> Span:
    """Where a citation's whole sentence stands."""
    start = article.text.find(citation.context, max(0, citation.start - len(citation.context)))
    return citation.article_id, start, start + len(citation.context)


def _exact(citation: Citation, article: Article) -> bool:
    raw = plain_lines(article.raw[citation.raw_start : citation.raw_end]).lines
    same = _bare(" ".join(line.text for line in raw)) == _bare(citation.quote)
    return article.text[citation.start : citation.end] == citation.quote and same


def _bare(text: str) -> str:
    return fold_text(text).replace(" ", "")


def slices_of(case: Case, answer: Answer | None, articles: Articles, spelled: bool | None) -> dict[str, list[str]]:
    """Which slices a question belongs to: slice → values.

    Args:
        spelled: whether the evidence's articles write the question's names as it does; None without known names.
    """
    gold = case.gold
    homes = [articles[places[0][0]] for places in case.needs if places]
    english = gold.lang == "en"
    out: dict[str, list[str]] = {
        "language": [gold.lang],
        "type": [gold.type],
        "answerable": ["answerable" if gold.answerable else "unanswerable"],
        "article": [a.source for a in homes],
        "script": [a.script for a in homes],
        "direction": ["across" if (a.language == "en") != english else "within" for a in homes],
        "names": [] if spelled is None else ["as written" if spelled else "other spelling"],
        "voice": [answer.mode] if answer else [],
    }
    return {name: list(dict.fromkeys(values)) for name, values in out.items()}


def spelled_as_written(case: Case, names: Any, articles: Articles) -> bool | None:
    """Whether the question's known names stand in the evidence's articles in the same spelling; None without any."""
    folded = fold_text(case.gold.question)
    asked = {folded[start:end] for start, end, _ in names.find(folded)}
    if case.gold.type == "alias":
        return False
    homes = [fold_text(articles[a].text) for a in {place[0] for places in case.needs for place in places}]
    return all(any(name in text for text in homes) for name in asked) if asked and homes else None
