"""Both legs together: how near a passage is, and how much of the question's words it covers.

Ranks say nothing about whether a leg can know the answer: for an English question the words of Chinese passages are
noise, and fusing ranks with them destroys the order that vectors give. So scores are fused that mean something by
themselves: the cosine, and for each way of looking words up the share of the question that a passage covers (a leg
that knows none of the question's words covers nothing). Passages in the question's language and in the other one have
weights of their own, fitted by `python -m rag.train` with a softmax over each question's candidates (ListNet, Cao et
al. 2007), and scaled so that a score is in units of cosine.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle

from rag.config import shipped
from rag.dictionary import Dictionary
from rag.embed import SentenceEmbedder
from rag.errors import ModelError
from rag.names import NameIndex
from rag.retrieve.filters import Filters, among, time_boosts
from rag.retrieve.lexical import best, lexical_evidence
from rag.retrieve.nodes import to_node
from rag.retrieve.terms import LEGS
from rag.store import Store
from rag.text import language, words
from rag.types import Passage

FUSION = "fusion.json"
POOL = 100  # candidates of each leg
REPEATED = 0.8  # share of its words from which a passage of a reprint says nothing new
SHARE = 0.5  # of the passages, that one article may have while there are others
FEATURES = (
    "same language",
    *(f"{leg}, same" for leg in ("dense", *LEGS)),
    *(f"{leg}, other" for leg in ("dense", *LEGS)),
)

Item = TypeVar("Item", int, str)
Array = np.ndarray[Any, np.dtype[np.float64]]


@cache
def fusion_weights(folder: Path | None = None) -> Array:
    """One weight for each of FEATURES.

    Raises:
        ModelError: the file is missing or does not fit this version.
    """
    file = (folder or shipped("models") / "reader") / FUSION
    try:
        card = json.loads(file.read_text("utf-8"))
        return np.array([card["weights"][feature] for feature in FEATURES])
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{file} is missing or of another version. Reinstall the package.") from error


def features(cosines: Array, coverage: Array, same: Array) -> Array:
    """Rows of FEATURES: (passages, len(FEATURES)).

    Args:
        cosines: (passages,).
        coverage: (passages, legs).
        same: whether each passage is in the question's language: (passages,).
    """
    legs = np.column_stack([cosines, coverage])
    yes = np.asarray(same, float)[:, None]
    return np.column_stack([yes, legs * yes, legs * (1 - yes)])


def reciprocal_ranks(rankings: Sequence[Sequence[Item]], k: int = 60) -> list[Item]:
    """Plain reciprocal rank fusion (Cormack et al. 2009), for comparison: places of what was ranked, best first."""
    scores: dict[Item, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, 1):
            scores[item] = scores.get(item, 0.0) + 1 / (k + rank)
    return sorted(scores, key=lambda item: (-scores[item], item))


@dataclass(frozen=True)
class Candidates:
    """What may answer a question, in no order: numbers, passages, and what either leg says of each.

    `cosines` and `lexical` (BM25 weights) are (passages,), `rows` the rows of FEATURES.
    """

    numbers: list[int]
    passages: list[Passage]
    cosines: Array
    lexical: Array
    rows: Array


class HybridRetriever(BaseRetriever):
    """The k best passages by vectors and words together.

    Args:
        store: the index.
        embedder: the one that the store was built with.
        names: of the corpus; a question is embedded in several wordings, one for each way the articles write them.
        dictionary: for words in the other language; None looks up words and names only.
        k: passages wanted.
        filters: which articles count.
        weights: one for each of FEATURES; the fitted ones when absent.
        today: what "last year" is reckoned from; the day of the question when absent.
    """

    def __init__(
        self,
        store: Store,
        embedder: SentenceEmbedder,
        names: NameIndex | None = None,
        dictionary: Dictionary | None = None,
        k: int = 12,
        filters: Filters | None = None,
        weights: Array | None = None,
        today: date | None = None,
    ) -> None:
        super().__init__()
        self.store, self.embedder, self.names, self.k = store, embedder, names or NameIndex(()), k
        self.dictionary, self.filters, self.today = dictionary, filters or Filters(), today
        self.weights = fusion_weights() if weights is None else weights

    def candidates(self, question: str) -> Candidates:
        """What either leg puts first."""
        vectors = self.embedder.encode(self.names.expand(question), query=True)
        with self.store.snapshot():
            evidence = lexical_evidence(question, self.store, self.names, self.dictionary)
            allowed = self.filters.numbers(self.store) if self.filters else None
            lexical = among(evidence.score(), allowed)
            near = {number for number, _ in self.store.dense(vectors, POOL, allowed)}
            numbers = sorted(near | {number for number, _ in best(lexical, POOL)})
            passages = self.store.passages(numbers)
            cosines = self.store.cosines(vectors, numbers)
        asked = language(question)
        same = np.array([language(p.text) == asked for p in passages], bool)
        rows = features(cosines, evidence.coverage(numbers), same)
        return Candidates(numbers, passages, cosines, lexical[numbers], rows)

    def search(self, question: str) -> list[Passage]:
        """The passages, best first, with the fused score and those of the legs."""
        found = self.candidates(question)
        passages = found.passages
        scores = found.rows @ self.weights
        scores += time_boosts(question, [p.date for p in passages], self.today or date.today())
        order = sorted(range(len(passages)), key=lambda i: (-scores[i], found.numbers[i]))
        order = self._without_reprints(passages, order)
        return [
            replace(
                passages[i],
                score=float(scores[i]),
                scores={"dense": float(found.cosines[i]), "lexical": float(found.lexical[i])},
            )
            for i in _spread([passages[i].article_id for i in order], order, self.k)
        ]

    def _without_reprints(self, passages: Sequence[Passage], order: Sequence[int]) -> list[int]:
        """The order without passages that repeat one further up in a reprint of its article; about k are looked at."""
        kept: list[int] = []
        stories: dict[str, frozenset[str]] = {}
        for place, i in enumerate(order):
            home = passages[i].article_id
            if len(kept) >= 2 * self.k:
                return kept + list(order[place:])
            if home not in stories:
                stories[home] = frozenset(self.store.reprints(home))
            same = [j for j in kept if passages[j].article_id in stories[home]]
            if not any(_repeats(passages[i].text, passages[j].text) for j in same):
                kept.append(i)
        return kept

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [NodeWithScore(node=to_node(p), score=p.score) for p in self.search(query_bundle.query_str)]


def _repeats(text: str, other: str) -> bool:
    """Whether most of a passage's words stand in another."""
    own, there = set(words(text)), set(words(other))
    return len(own & there) >= REPEATED * len(own)


def _spread(homes: Sequence[str], order: Sequence[int], k: int) -> list[int]:
    """The first k, of which one article has no more than its share while there are others."""
    most = max(1, int(k * SHARE))
    taken: Counter[str] = Counter()
    first: list[int] = []
    rest: list[int] = []
    for home, item in zip(homes, order, strict=True):
        taken[home] += 1
        (first if taken[home] <= most else rest).append(item)
    chosen = set((first + rest)[:k])
    return [item for item in order if item in chosen]
