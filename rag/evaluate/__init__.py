"""Gold questions → figures: retrieval, answers, citations, abstention, conflicts, latency; over all and by slice.

`judge` holds one answer against its gold, `summary` averages, `compare` sets two runs side by side, `results` keeps
what is committed and guards it, `public` brings public question sets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rag.chat import standalone
from rag.engine import RagEngine, Voice
from rag.evaluate.judge import (
    FIGURES,
    LOWER_IS_BETTER,
    Case,
    judge_answer,
    judge_ranking,
    relevant,
    slices_of,
    spelled_as_written,
)
from rag.evaluate.summary import SLICES, Estimate, Latency, Summary, by_slice, risk_curve, summarise
from rag.gold import Gold, default_gold, evidence_spans, read_gold
from rag.names import NameIndex
from rag.types import Answer, Article, Passage, Record

__all__ = [
    "FIGURES",
    "LOWER_IS_BETTER",
    "SLICES",
    "Case",
    "Estimate",
    "Latency",
    "Report",
    "Result",
    "Summary",
    "cases_of",
    "default_gold",
    "evaluate",
    "read_gold",
]

Progress = Callable[[int, int], None]
Judge = Callable[[Gold, Answer], float]
K = 10  # passages that are retrieved for the ranking figures


@dataclass(frozen=True)
class Result(Record):
    """One gold question, answered and judged. A figure that does not apply is absent."""

    case: Case
    answer: Answer | None  # None where only retrieval was asked for
    retrieved: tuple[Passage, ...]
    relevant: tuple[bool, ...]  # of each retrieved passage: does it hold evidence
    figures: dict[str, float]
    verdict: str
    slices: dict[str, list[str]]

    @property
    def gold(self) -> Gold:
        """The question."""
        return self.case.gold

    @property
    def right(self) -> bool:
        """Whether the answer is right; for retrieval alone, whether the evidence was found."""
        return bool(self.figures.get("accuracy", self.figures.get("hit@10", 1.0)))

    def to_dict(self, *, texts: bool = True) -> dict[str, Any]:
        """Plain data; without texts only ids, places and figures are left."""
        found: dict[str, Any] = {
            "id": self.gold.id,
            "digest": self.gold.digest,
            "verdict": self.verdict,
            "figures": {name: round(value, 4) for name, value in self.figures.items()},
            "slices": self.slices,
            "retrieved": [[p.id, int(good)] for p, good in zip(self.retrieved, self.relevant, strict=True)],
        }
        if self.answer:
            places = [[c.source, c.raw_start, c.raw_end] for c in self.answer.citations]
            found |= {"confidence": round(self.answer.confidence, 4), "citations": places}
        if texts:
            found |= {
                "gold": self.gold.model_dump(mode="json", exclude_defaults=True),
                "answer": self.answer.to_dict() if self.answer else None,
                "passages": [p.to_dict() for p in self.retrieved],
            }
        return found


@dataclass(frozen=True)
class Report(Record):
    """What an evaluation found."""

    name: str
    results: tuple[Result, ...]
    overall: Summary
    tables: dict[str, dict[str, Summary]] = field(default_factory=dict)  # slice → value → figures
    curve: tuple[tuple[float, float], ...] = ()  # (coverage, risk), from the surest answer to all
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, results: Sequence[Result], notes: Sequence[str] = ()) -> Report:
        """A report on these results."""
        curve = tuple((round(a, 4), round(b, 4)) for a, b in risk_curve(results))
        return cls(name, tuple(results), summarise(results), by_slice(results), curve, tuple(notes))

    def to_dict(self, *, texts: bool = True) -> dict[str, Any]:
        """Plain data; without texts no word of an article, question or answer is in it."""
        return {
            "name": self.name,
            "overall": self.overall.to_dict(),
            "tables": {
                slice_: {value: summary.to_dict() for value, summary in rows.items()}
                for slice_, rows in self.tables.items()
            },
            "curve": [list(point) for point in self.curve],
            "notes": list(self.notes),
            "questions": [result.to_dict(texts=texts) for result in self.results],
        }


def cases_of(gold: Sequence[Gold], articles: Sequence[Article]) -> list[Case]:
    """Gold questions with their evidence found in these articles.

    Raises:
        GoldError: the gold does not fit the articles.
    """
    return [Case(one, tuple(map(tuple, evidence_spans(one, articles)))) for one in gold]


def evaluate(
    engine: RagEngine,
    gold: Sequence[Gold | Case],
    *,
    name: str = "gold",
    voice: Voice = "extractive",
    judge: Judge | None = None,
    progress: Progress | None = None,
    notes: Sequence[str] = (),
) -> Report:
    """Ask every gold question and judge the answers.

    Args:
        engine: over the articles that the gold belongs to.
        gold: questions, or cases whose evidence is known already.
        name: what the report is called.
        voice: who answers, the articles or the engine's LLM.
        judge: one more opinion on each answered question, 0–1.
        progress: called with (questions done, questions).
        notes: kept with the report.

    Raises:
        GoldError: the gold does not fit the articles of the store.
    """
    listed = engine.articles()
    # All misfits are found before anything is asked.
    cases = [one if isinstance(one, Case) else cases_of([one], listed)[0] for one in gold]
    articles = {article.id: article for article in listed}
    engine.warm()
    results = []
    for done, case in enumerate(cases, start=1):
        results.append(_ask(engine, case, articles, voice, judge))
        if progress:
            progress(done, len(cases))
    return Report.of(name, results, notes)


def _ask(engine: RagEngine, case: Case, articles: dict[str, Article], voice: Voice, judge: Judge | None) -> Result:
    gold = case.gold
    answer = engine.ask(gold.question, gold.history, voice)
    retrieved = engine.search(searched(gold, engine.names), k=K)
    figures, verdict = judge_answer(case, answer, articles)
    figures |= judge_ranking(case, retrieved)
    reranked = judge_ranking(case, answer.passages)
    figures |= {f"reader {measure}": reranked[measure] for measure in ("hit@1", "mrr") if measure in reranked}
    if judge and answer.answered and gold.answerable:
        figures["llm judge"] = judge(gold, answer)
    return result_of(engine, case, answer, retrieved, figures, verdict, articles)


def searched(gold: Gold, names: NameIndex) -> str:
    """What retrieval is asked for: a follow-up in the form that stands alone."""
    return standalone(gold.question, gold.history, names) if gold.history else gold.question


def result_of(
    engine: RagEngine,
    case: Case,
    answer: Answer | None,
    retrieved: Sequence[Passage],
    figures: dict[str, float],
    verdict: str,
    articles: dict[str, Article],
) -> Result:
    """A judged question with its slices."""
    slices = slices_of(case, answer, articles, spelled_as_written(case, engine.names, articles))
    good = tuple(relevant(case, passage) for passage in retrieved)
    ordered = {name: figures[name] for name in FIGURES if name in figures}
    return Result(case, answer, tuple(retrieved), good, ordered, verdict, slices | {"verdict": [verdict]})
