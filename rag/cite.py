"""Quotes → exact places, and the proof that a citation says what it says it says."""

from __future__ import annotations

import re

from rag.errors import RagError
from rag.text import fold, sentences
from rag.types import Article, Citation, make_id


class CitationError(RagError):
    """A citation that does not stand on the text it names."""


def locate(quote: str, text: str) -> tuple[int, int] | None:
    """The first place of a quote in a text, or None.

    Script, width, case, quotation marks and white space may differ; digits, words and their order may not.
    """
    wanted = fold(quote).text.strip()
    if not wanted:
        return None
    folded = fold(text)
    at = folded.text.find(wanted)
    while at >= 0:
        start, end = folded.offsets[at], folded.offsets[at + len(wanted) - 1] + 1
        # Not through the middle of a character that folds to several, nor of a number or a Latin word.
        if fold(text[start:end]).text.strip() == wanted and not _cuts(text, start) and not _cuts(text, end):
            return start, end
        at = folded.text.find(wanted, at + 1)
    return None


_INSIDE = re.compile(r"[0-9a-z][0-9a-z]|[0-9][.,][0-9]", re.IGNORECASE)


def _cuts(text: str, at: int) -> bool:
    """Whether a cut between two characters goes through a number or a Latin word."""
    around = fold(text[max(0, at - 2) : at]).text, fold(text[at : at + 2]).text
    joined, cut = "".join(around), len(around[0])
    return any(m.start() < cut < m.end() for m in _INSIDE.finditer(joined)) or any(
        m.start() < cut < m.end() for m in _INSIDE.finditer(joined, 1)
    )


def cite(article: Article, start: int, end: int, n: int, also_in: tuple[str, ...] = ()) -> Citation:
    """A citation of `article.text[start:end]`, verified."""
    citation = _citation(article, start, end, n, also_in)
    verify(citation, article)
    return citation


def _citation(article: Article, start: int, end: int, n: int, also_in: tuple[str, ...]) -> Citation:
    raw_start, raw_end = article.raw_span(start, end)
    return Citation(
        n=n,
        id=make_id(article.id, article.text[start:end], start, end),
        article_id=article.id,
        title=article.title,
        source=article.source,
        url=article.url,
        date=article.date,
        start=start,
        end=end,
        quote=article.text[start:end],
        context=sentence_around(article.text, start, end),
        raw_start=raw_start,
        raw_end=raw_end,
        also_in=also_in,
    )


def sentence_around(text: str, start: int, end: int) -> str:
    """The whole sentence or sentences that a span touches."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    touched = [
        (line_start + a, line_start + b)
        for a, b in sentences(text[line_start:line_end])
        if line_start + a < end and line_start + b > start
    ]
    return text[min(touched[0][0], start) : max(touched[-1][1], end)] if touched else text[start:end]


def verify(citation: Citation, article: Article) -> None:
    """Prove that a citation is an exact span of its article, in the clean text and in the file.

    A changed digit, a dropped negation, any other character: the quote must be the text.

    Raises:
        CitationError: it is not; the message says what differs.
    """
    if citation.article_id != article.id:
        raise CitationError(f"Citation [{citation.n}] is of article {citation.article_id}, not {article.id}.")
    if article.text[citation.start : citation.end] != citation.quote or not citation.quote.strip():
        raise CitationError(
            f"Citation [{citation.n}] quotes {citation.quote[:40]!r}, but the article says "
            f"{article.text[citation.start : citation.end][:40]!r} there."
        )
    true = _citation(article, citation.start, citation.end, citation.n, citation.also_in)
    for name, value in true.to_dict().items():
        if citation.to_dict()[name] != value:
            raise CitationError(
                f"Citation [{citation.n}] gives {name} as {citation.to_dict()[name]!r}, the article as {value!r}."
            )
