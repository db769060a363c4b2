"""Which sources are independent: reprints of an article or of a sentence speak with one voice."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from functools import lru_cache

from rag.text import fold_text, negations, numbers, sentences, words
from rag.types import Article

SAME = 0.8  # similarity of word sequences from which two sentences are one, reprinted (Ratcliff–Obershelp)
REPRINTED = 0.6  # share of the shorter article's sentences that the other has, from which it is a reprint


def same_statement(a: str, b: str) -> bool:
    """Whether two sentences are one, perhaps with small edits.

    Nearly the same words in the same order, exactly the same figures, and as much denied in one as in the other.
    """
    one, other = _features(a), _features(b)
    if one[0] == other[0]:
        return True
    if one[1] != other[1] or one[2] != other[2]:
        return False
    first, second = one[3], other[3]
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    in_order = sum(block.size for block in matcher.get_matching_blocks())
    # A word that both have but not in the same order may have changed its part: who sued whom.
    return matcher.ratio() >= SAME and in_order == (Counter(first) & Counter(second)).total()


@lru_cache(maxsize=512)
def _features(text: str) -> tuple[str, frozenset[tuple[float, str]], int, tuple[str, ...]]:
    return fold_text(text), frozenset((n.value, n.unit) for n in numbers(text)), negations(text), tuple(words(text))


def reprint(a: Article, b: Article) -> bool:
    """Whether two articles are one, reprinted: most sentences of the shorter stand in the other."""
    if a.id == b.id:
        return True
    one, other = _sentences(a.text), _sentences(b.text)
    least = min(len(one), len(other))
    # Of two sentences one may be a shared quotation.
    return least > 2 and len(one & other) >= REPRINTED * least


@lru_cache(maxsize=128)
def _sentences(text: str) -> frozenset[str]:
    return frozenset(fold_text(text[start:end]) for start, end in sentences(text))
