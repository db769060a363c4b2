"""Gold questions: the format, reading and checking them, and drafting new ones for a person to confirm."""

from rag.gold.evidence import Span, evidence_spans, locate_place
from rag.gold.questions import (
    LANGUAGES,
    TYPES,
    Evidence,
    Gold,
    Place,
    default_gold,
    doc_of,
    lang_of,
    parse_gold,
    read_gold,
)

__all__ = [
    "LANGUAGES",
    "TYPES",
    "Evidence",
    "Gold",
    "Place",
    "Span",
    "default_gold",
    "doc_of",
    "evidence_spans",
    "lang_of",
    "locate_place",
    "parse_gold",
    "read_gold",
]
