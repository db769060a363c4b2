"""What each stage of answering adds: the same gold questions with later stages left out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rag.answer import compose
from rag.engine import RagEngine
from rag.evaluate import Gold, Report, evaluate
from rag.reader import Reader, Reading
from rag.text import sentences
from rag.types import Answer, Passage

STAGES = ("similarity", "reranked", "spans", "merging", "conflicts")


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


def ablate(
    engine: RagEngine, gold: Sequence[Gold], *, progress: Callable[[int, int], None] | None = None
) -> dict[str, Report]:
    """Evaluations with one more stage each: STAGES.

    "similarity" and "reranked" answer with the nearest sentence and never refuse; "spans" with the reader's best
    span alone; "merging" adds further sources, lists and parts; "conflicts" is the whole.
    """

    def variant(stage: str) -> RagEngine:
        if stage in ("similarity", "reranked"):
            config = engine.config.model_copy(update={"threshold": 0.0})
            reader: Reader = SimilarityReader(engine.reader, reranked=stage == "reranked")
            return RagEngine(engine.store, config, reader=reader, answerer=_first_only)
        answerer = {"spans": _first_only, "merging": _without_conflicts}.get(stage, compose)
        return RagEngine(engine.store, engine.config, reader=engine.reader, answerer=answerer)

    out = {}
    for number, stage in enumerate(STAGES):

        def step(done: int, total: int, before: int = number) -> None:
            if progress:
                progress(before * total + done, len(STAGES) * total)

        out[stage] = evaluate(variant(stage), gold, progress=step)
    return out
