"""Passages to and from llama-index nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from llama_index.core.schema import NodeRelationship, NodeWithScore, RelatedNodeInfo, TextNode

from rag.store import Store
from rag.types import Passage


def to_node(passage: Passage) -> TextNode:
    """A passage as a llama-index node, offsets kept; metadata is never embedded or prompted."""
    metadata = {"title": passage.title, "source": passage.source, "date": passage.date}
    return TextNode(
        id_=passage.id,
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata=metadata,
        excluded_embed_metadata_keys=list(metadata),
        excluded_llm_metadata_keys=list(metadata),
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=passage.article_id)},
    )


def passages_of(nodes: Sequence[NodeWithScore], store: Store) -> list[Passage]:
    """Nodes of any retriever → our passages with the retriever's scores, distinct, in its order.

    Raises:
        StoreError: a node is no passage of this store.
    """
    out: dict[str, Passage] = {}
    for node in nodes:
        if node.node.node_id not in out:
            score = float(node.score or 0.0)
            out[node.node.node_id] = replace(store.passage(node.node.node_id), score=score, scores={"retriever": score})
    return list(out.values())
