"""The passages that have the question's words: as written, names in any spelling, and translated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle

from rag.dictionary import Dictionary
from rag.names import NameIndex
from rag.retrieve.filters import Filters, among
from rag.retrieve.nodes import to_node
from rag.retrieve.terms import LEGS, Leg, sought
from rag.store import Store

# A guess never outvotes a match.
SURE: dict[Leg, float] = {"word": 1.0, "name": 1.0, "translation": 0.5, "sound": 0.5}


@dataclass(frozen=True)
class LexicalEvidence:
    """What an index has of a question's words, leg by leg.

    `weights[leg]` holds a BM25 weight for each passage number, `ideals[leg]` what a passage with every term of the leg
    would about have: their quotient says how much of the question a passage covers.
    """

    weights: dict[Leg, np.ndarray[Any, np.dtype[np.float64]]]
    ideals: dict[Leg, float]

    def score(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """All legs together, for each passage number."""
        total = np.zeros(len(self.weights["word"]))
        for leg, weights in self.weights.items():
            total += SURE[leg] * weights
        return total

    def coverage(self, numbers: Sequence[int]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Share of each leg that passages cover: (passages, legs), about 0 to 1."""
        rows = np.asarray(numbers, np.int64)
        return np.column_stack([self.weights[leg][rows] / max(self.ideals[leg], 1e-6) for leg in LEGS])


def lexical_evidence(question: str, store: Store, names: NameIndex, dictionary: Dictionary | None) -> LexicalEvidence:
    """Look a question's words up in the index."""
    terms = sought(question, names, dictionary)
    weighed = store.weigh([one.term for one in terms])
    size = store.top_number + 1
    weights = {leg: np.zeros(size) for leg in LEGS}
    ideals: dict[Leg, float] = dict.fromkeys(LEGS, 0.0)
    for one, found in zip(terms, weighed, strict=True):
        weights[one.leg][found.numbers] += found.weights
        ideals[one.leg] += found.ideal
    return LexicalEvidence(weights, ideals)


class LexicalRetriever(BaseRetriever):
    """The k passages with the highest BM25 score, over both languages."""

    def __init__(
        self,
        store: Store,
        names: NameIndex | None = None,
        dictionary: Dictionary | None = None,
        k: int = 12,
        filters: Filters | None = None,
    ) -> None:
        super().__init__()
        self.store, self.names, self.dictionary, self.k = store, names or NameIndex(()), dictionary, k
        self.filters = filters or Filters()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        with self.store.snapshot():
            evidence = lexical_evidence(query_bundle.query_str, self.store, self.names, self.dictionary)
            allowed = self.filters.numbers(self.store) if self.filters else None
            hits = best(among(evidence.score(), allowed), self.k)
            passages = self.store.passages([number for number, _ in hits])
        return [NodeWithScore(node=to_node(p), score=score) for p, (_, score) in zip(passages, hits, strict=True)]


def best(scores: np.ndarray[Any, np.dtype[np.float64]], k: int) -> list[tuple[int, float]]:
    """The k highest scores above 0 with their places, ties by place."""
    order = np.flatnonzero(scores > 0)
    if len(order) > k:
        # Everything as good as the k-th: ties must not depend on the algorithm.
        least = np.partition(scores[order], len(order) - k)[len(order) - k]
        order = order[scores[order] >= least]
    order = order[np.lexsort((order, -scores[order]))][:k]
    return [(int(place), float(scores[place])) for place in order]
