"""Clean text → passages of whole sentences by a token budget; exact slices with stable ids."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode, MetadataMode, NodeRelationship, TextNode
from pydantic import Field

from rag.text import sentences
from rag.types import Article, Passage, make_id

_CLAUSE = re.compile(r"[，,、;；:：)）」』”]\s*|\s+")


@cache
def _cl100k() -> Any:
    """tiktoken's cl100k_base, from the copy that llama-index-core ships, so that nothing is downloaded."""
    import llama_index.core
    import tiktoken

    own = os.environ.get("TIKTOKEN_CACHE_DIR")
    if own is None:
        os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(llama_index.core.__file__).parent / "_static" / "tiktoken_cache")
    try:
        return tiktoken.get_encoding("cl100k_base")
    finally:
        if own is None:
            del os.environ["TIKTOKEN_CACHE_DIR"]


def count_tokens(text: str) -> int:
    """Length of a text in tokens of tiktoken's cl100k_base."""
    return len(_cl100k().encode_ordinary(text))


def split(text: str, budget: int) -> list[tuple[int, int]]:
    """Spans of whole sentences, packed in order up to `budget` tokens each.

    Together the spans cover every character that is not white space, and they don't overlap. A sentence
    over the budget is cut at clauses, and only where a clause is still too long, between characters.
    A passage ends at a paragraph's end where that costs less than half of the budget.
    """
    spans: list[tuple[int, int]] = []
    start = end = used = 0
    for left, right in _pieces(text, budget):
        cost = count_tokens(text[end if used else left : right]) + 1  # one, as tokens may not join across the gap
        new_paragraph = "\n" in text[end:left]
        if used and (used + cost > budget or (new_paragraph and used > 0.6 * budget)):
            spans.append((start, end))
            used = 0
        if not used:
            start = left
        end, used = right, used + cost
    if used:
        spans.append((start, end))
    return spans


def _pieces(text: str, budget: int) -> list[tuple[int, int]]:
    pieces = []
    for start, end in sentences(text):
        if count_tokens(text[start:end]) < budget:
            pieces.append((start, end))
        else:
            pieces += _cut(text, start, end, budget)
    return pieces


def _cut(text: str, start: int, end: int, budget: int) -> list[tuple[int, int]]:
    """Cut one long sentence at clauses, else between characters (a character is at most 4 tokens)."""
    bounds = [start, *(m.end() for m in _CLAUSE.finditer(text, start, end)), end]
    step = max(1, (budget - 1) // 4)
    pieces: list[tuple[int, int]] = []
    for left, right in zip(bounds[:-1], bounds[1:], strict=True):
        parts = [(left, right)]
        if count_tokens(text[left:right]) >= budget:
            parts = [(at, min(at + step, right)) for at in range(left, right, step)]
        for part in parts:
            if pieces and count_tokens(text[pieces[-1][0] : part[1]]) < budget:
                pieces[-1] = (pieces[-1][0], part[1])
            elif text[part[0] : part[1]].strip():
                pieces.append(part)
    return pieces


def passages(article: Article, budget: int) -> list[Passage]:
    """The passages of a cleaned article, in order: `article.text[p.start:p.end] == p.text`."""
    return [
        Passage(
            id=make_id(article.id, article.text[start:end], start, end),
            article_id=article.id,
            title=article.title,
            source=article.source,
            date=article.date,
            text=article.text[start:end],
            start=start,
            end=end,
        )
        for start, end in split(article.text, budget)
    ]


class PassageSplitter(NodeParser):
    """The same passages for any llama-index pipeline: nodes with exact offsets and stable ids."""

    passage_tokens: int = Field(default=200, description="most cl100k_base tokens in a passage")

    @classmethod
    def class_name(cls) -> str:
        """Name that llama-index stores."""
        return "PassageSplitter"

    def _parse_nodes(self, nodes: Sequence[BaseNode], show_progress: bool = False, **_: Any) -> list[BaseNode]:
        out: list[BaseNode] = []
        for document in nodes:
            text = document.get_content(metadata_mode=MetadataMode.NONE)
            for start, end in split(text, self.passage_tokens):
                out.append(
                    TextNode(
                        id_=make_id(document.node_id, text[start:end], start, end),
                        text=text[start:end],
                        start_char_idx=start,
                        end_char_idx=end,
                        metadata=dict(document.metadata),
                        excluded_embed_metadata_keys=list(document.metadata),
                        relationships={NodeRelationship.SOURCE: document.as_related_node_info()},
                    )
                )
        return out

    def _postprocess_parsed_nodes(self, nodes: list[BaseNode], parent_doc_map: dict[str, Any]) -> list[BaseNode]:
        # The inherited version looks offsets up again with text.find(), which is wrong for repeated text.
        return nodes
