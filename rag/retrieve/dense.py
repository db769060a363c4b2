"""The passages whose vectors are nearest to the question's."""

from __future__ import annotations

from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle

from rag.embed import SentenceEmbedder
from rag.names import NameIndex
from rag.retrieve.nodes import to_node
from rag.store import Store
from rag.types import Passage


class DenseRetriever(BaseRetriever):
    """The k passages whose vectors are nearest to the question's, by exact search.

    A question is asked in several wordings, one for each way the articles write its names; a passage
    counts with its best.
    """

    def __init__(self, store: Store, embedder: SentenceEmbedder, names: NameIndex | None = None, k: int = 12) -> None:
        super().__init__()
        self.store, self.embedder, self.names, self.k = store, embedder, names, k

    def wordings(self, question: str) -> list[str]:
        """The question as asked, then with its names written as in the articles."""
        return self.names.expand(question) if self.names else [question]

    def nearest(self, vectors: Any, k: int) -> list[tuple[Passage, float]]:
        """The k passages nearest to any of the vectors (n, dimension), with their best cosine, best first."""
        with self.store.snapshot():
            hits = self.store.dense(vectors, k)[:k]
            passages = self.store.passages([number for number, _ in hits])
        return [(passage, score) for passage, (_, score) in zip(passages, hits, strict=True)]

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        vectors = self.embedder.encode(self.wordings(query_bundle.query_str), query=True)
        return [NodeWithScore(node=to_node(p), score=score) for p, score in self.nearest(vectors, self.k)]
