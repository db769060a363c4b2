"""The reader for others' pipelines: a llama-index node postprocessor."""

from __future__ import annotations

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle, TextNode
from pydantic import ConfigDict

from rag.errors import QuestionError
from rag.reader import Reader
from rag.types import Passage


class ReaderPostprocessor(BaseNodePostprocessor):
    """Reranks nodes by how likely they answer the question, and writes the answer it read into their metadata.

    Scores become probabilities (0–1); `metadata["answer"]` is the span, an exact part of the node's text.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    reader: Reader
    top_n: int | None = None  # nodes kept; all when None

    @classmethod
    def class_name(cls) -> str:
        """Name that llama-index stores."""
        return "ReaderPostprocessor"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        if query_bundle is None:
            raise QuestionError("The reader needs the question: postprocess_nodes(nodes, query_str=…).")
        passages = [(_passage(node), float(node.score or 0.0)) for node in nodes]
        best: dict[str, tuple[float, str]] = {}
        for reading in self.reader.read(query_bundle.query_str, passages):
            best.setdefault(reading.passage.id, (reading.probability, reading.text))
        out = []
        for node in nodes:
            score, span = best.get(node.node.node_id, (0.0, ""))
            node.node.metadata["answer"] = span
            out.append(NodeWithScore(node=node.node, score=score))
        return sorted(out, key=lambda node: -float(node.score or 0.0))[: self.top_n]


def _passage(node: NodeWithScore) -> Passage:
    text = node.node.get_content(metadata_mode=MetadataMode.NONE)
    start = (node.node.start_char_idx or 0) if isinstance(node.node, TextNode) else 0
    title = str(node.node.metadata.get("title") or "")
    return Passage(
        node.node.node_id, node.node.ref_doc_id or "", title, node.node.node_id, None, text, start, start + len(text)
    )
