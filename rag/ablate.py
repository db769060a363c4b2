"""Variants by name, over one index and the same questions: what each retriever and each stage of answering adds.

A variant is `[retriever][+stage]`: `dense` ranks and stops there, `dense+reader` lets the reader put the passages in
order, `dense+answer` answers from them. Without a retriever it is the engine's own: `+reader`, `+answer`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle

from rag.answer import compose
from rag.dictionary import dictionary
from rag.engine import RagEngine
from rag.errors import GoldError
from rag.evaluate import Case, K, Report, Result, cases_of, evaluate, result_of, searched
from rag.evaluate.judge import judge_ranking
from rag.gold import Gold
from rag.reader import Reader, Reading
from rag.retrieve import DenseRetriever, HybridRetriever, LexicalRetriever, reciprocal_ranks
from rag.retrieve.fusion import POOL
from rag.text import sentences
from rag.types import Answer, Passage


def _dense(engine: RagEngine, k: int) -> BaseRetriever:
    return DenseRetriever(engine.store, engine.store.embedder, engine.names, k)


def _lexical(engine: RagEngine, k: int) -> BaseRetriever:
    return LexicalRetriever(engine.store, engine.names, dictionary(), k)


def _hybrid(engine: RagEngine, k: int, *, names: bool = True, words: bool = True) -> BaseRetriever:
    store = engine.store
    known = engine.names if names else None
    return HybridRetriever(store, store.embedder, known, dictionary() if words else None, k)


class RankFusion(BaseRetriever):
    """Plain reciprocal rank fusion of retrievers, for comparison."""

    def __init__(self, *legs: BaseRetriever, k: int) -> None:
        super().__init__()
        self.legs, self.k = legs, k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = [leg.retrieve(query_bundle) for leg in self.legs]
        nodes = {node.node.node_id: node.node for some in found for node in some}
        order = reciprocal_ranks([[node.node.node_id for node in some] for some in found])
        return [NodeWithScore(node=nodes[one], score=1 / rank) for rank, one in enumerate(order[: self.k], 1)]


def _rrf(engine: RagEngine, k: int) -> BaseRetriever:
    return RankFusion(_dense(engine, max(k, POOL)), _lexical(engine, max(k, POOL)), k=k)


# A new retriever is one line here.
RETRIEVERS: dict[str, Callable[[RagEngine, int], BaseRetriever]] = {
    "dense": _dense,
    "lexical": _lexical,
    "rrf": _rrf,
    "hybrid": _hybrid,
    "hybrid-names": partial(_hybrid, names=False),
    "hybrid-dictionary": partial(_hybrid, words=False),
}
DEEP = 100  # passages that are retrieved where whole articles are judged
# "reader" only ranks, "answer" is the whole; between them what answers with less, from least to most, and what
# answers follow-ups as if nothing had been asked before.
STAGES = ("reader", "similarity", "reranked", "spans", "merging", "no-history", "answer")


def variant_names() -> list[str]:
    """The variants that are compared when none are named: every retriever, then the engine's reader and answers."""
    return [*RETRIEVERS, "+reader", "+answer"]


def run_variants(
    engine: RagEngine,
    gold: Sequence[Gold | Case],
    names: Sequence[str],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Report]:
    """One report a variant, in the order named. Ranking figures are those of the order that the variant ends with.

    Raises:
        GoldError: a name is not `[retriever][+stage]`, or the gold does not fit the articles.
    """
    plans = {name: _parse(name) for name in names}
    listed = engine.articles()
    cases = [one if isinstance(one, Case) else cases_of([one], listed)[0] for one in gold]
    # "reader" and "answer" come from the same answers.
    runs = list(dict.fromkeys((base, "answer" if stage == "reader" else stage) for base, stage in plans.values()))
    done: dict[tuple[str, str], list[Result]] = {}
    for number, (base, stage) in enumerate(runs):

        def step(finished: int, total: int, before: int = number) -> None:
            if progress:
                progress(before * total + finished, len(runs) * total)

        deep = any(case.grades is not None for case in cases)
        variant = _engine(engine, base, stage, DEEP if deep else max(K, engine.config.candidates))
        asked = [_without_history(case) for case in cases] if stage == "no-history" else cases
        found = evaluate(variant, asked, progress=step) if stage else _rank(variant, cases, step)
        # Whatever was asked, it is judged as an answer to the question as it stands in the gold.
        done[base, stage] = [dataclasses.replace(r, case=c) for r, c in zip(found.results, cases, strict=True)]
    out = {}
    for name, (base, stage) in plans.items():
        results = done[base, "answer" if stage == "reader" else stage]
        out[name] = Report.of(name, [_as_ranked(result, stage) for result in results])
    return out


def _parse(name: str) -> tuple[str, str]:
    base, plus, stage = name.partition("+")
    known = (not base or base in RETRIEVERS) and (stage in STAGES if plus else bool(base))
    if not known:
        raise GoldError(
            f"There is no variant {name!r}. A variant is a retriever ({', '.join(RETRIEVERS)}), a stage "
            f"({', '.join('+' + stage for stage in STAGES)}), or both: {next(iter(RETRIEVERS))}+reader"
        )
    return base, stage


def _engine(engine: RagEngine, base: str, stage: str, k: int) -> RagEngine:
    """The engine with another retriever, and with later stages left out. It shares index and models."""
    whole = stage in ("", "answer", "no-history")
    if not base and whole:
        return engine
    retriever = RETRIEVERS[base](engine, k) if base else engine._retriever
    config, reader = engine.config, engine.reader
    if stage in ("similarity", "reranked"):  # these never refuse
        config = config.model_copy(update={"threshold": 0.0})
        reader = SimilarityReader(reader, reranked=stage == "reranked")
    answerer = compose if whole else _without_conflicts if stage == "merging" else _first_only
    return RagEngine(engine.store, config, reader=reader, retriever=retriever, answerer=answerer)


def _rank(engine: RagEngine, cases: Sequence[Case], progress: Callable[[int, int], None]) -> Report:
    """Retrieval alone."""
    articles = {article.id: article for article in engine.articles()}
    results = []
    for done, case in enumerate(cases, start=1):
        k = K if case.grades is None else DEEP
        found = engine.search(searched(case.gold, engine.names), k=k)
        figures = judge_ranking(case, found)
        results.append(result_of(engine, case, None, found, figures, _verdict(figures), articles))
        progress(done, len(cases))
    return Report.of("retrieval", results)


def _verdict(ranking: dict[str, float]) -> str:
    return "found" if ranking.get("hit@10") else "not found" if ranking else "no evidence"


def _without_history(case: Case) -> Case:
    return dataclasses.replace(case, gold=case.gold.model_copy(update={"history": ()}))


def _as_ranked(result: Result, stage: str) -> Result:
    """Ranking figures in the order the variant ends with; for "reader" without the figures of the answer."""
    if result.answer is None:
        return result
    ranking = judge_ranking(result.case, result.answer.passages)
    if stage == "reader":
        verdict = _verdict(ranking)
        slices = result.slices | {"voice": [], "verdict": [verdict]}
        return dataclasses.replace(result, figures=ranking, answer=None, verdict=verdict, slices=slices)
    others = {name: value for name, value in result.figures.items() if not name.startswith("reader ")}
    return dataclasses.replace(result, figures=others | ranking)


# ── less than the whole ────────────────────────────────────────────────────────────────────────


class SimilarityReader(Reader):
    """Reads no more than similarity: the sentence nearest to the question, of any passage or of the best one.

    Args:
        reader: whose embedder and network are shared.
        rerank: whether the passage is the one the network finds most likely to answer.
    """

    def __init__(self, reader: Reader, *, reranked: bool) -> None:
        super().__init__(reader.embedder, reader.names, reader.weights, reader.finder)
        self.reranked = reranked

    def with_names(self, names: Any) -> Reader:
        """The same, over a corpus with other names."""
        return SimilarityReader(super().with_names(names), reranked=self.reranked)

    def read(self, question: str, passages: Sequence[tuple[Passage, float]], part: int = 0) -> list[Reading]:
        """Every sentence with its cosine in place of a probability."""
        if self.reranked and passages:
            best = super().read(question, passages, part)
            passages = [(p, s) for p, s in passages if best and p.id == best[0].passage.id]
        places = [(p, a, b) for p, _ in passages for a, b in sentences(p.text)]
        if not places:
            return []
        vectors = self.embedder.encode([p.text[a:b] for p, a, b in places])
        cosines = vectors @ self.embedder.encode([question], query=True)[0]
        readings = [
            Reading(p, p.start + a, p.start + b, float(np.clip(cosine, 0, 1)), (p.start + a, p.start + b), part)
            for (p, a, b), cosine in zip(places, cosines, strict=True)
        ]
        return sorted(readings, key=lambda r: -r.probability)


def _first_only(question: str, readings: Sequence[Reading], *rest: Any, **options: Any) -> Answer:
    """The best reading of each part alone."""
    best: dict[int, Reading] = {}
    for reading in readings:
        best.setdefault(reading.part, reading)
    return compose(question, list(best.values()), *rest, **options)


def _without_conflicts(*given: Any, **options: Any) -> Answer:
    return dataclasses.replace(compose(*given, **options), conflicts=())
