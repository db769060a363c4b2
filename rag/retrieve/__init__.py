"""Question → candidate passages, as llama-index retrievers.

`terms` says what to look for, `dense` and `lexical` are the two legs, `fusion` weighs what they found, `filters` says
which articles count.
"""

from rag.retrieve.dense import DenseRetriever
from rag.retrieve.filters import Filters
from rag.retrieve.fusion import HybridRetriever, reciprocal_ranks
from rag.retrieve.lexical import LexicalRetriever
from rag.retrieve.nodes import passages_of, to_node

__all__ = [
    "DenseRetriever",
    "Filters",
    "HybridRetriever",
    "LexicalRetriever",
    "passages_of",
    "reciprocal_ranks",
    "to_node",
]
