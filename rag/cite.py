"""Quotes → exact places, and the proof that a citation says what it says it says."""

from __future__ import annotations

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
    if at < 0:
        return None
    return folded.offsets[at], folded.offsets[at + len(wanted) - 1] + 1


def cite(article: Article, start: int, end: int, n: int, also_in: tuple[str, ...] = ()) -> Citation:
    """A citation of `article.text[start:end]`, verified."""
    raw_start, raw_end = article.raw_span(start, end)
    citation = Citation(
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
    verify(citation, article)
    return citation


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
    if citation.quote not in citation.context:
        raise CitationError(f"Citation [{citation.n}] does not stand in the sentence it names.")
    if article.raw_span(citation.start, citation.end) != (citation.raw_start, citation.raw_end):
        raise CitationError(f"Citation [{citation.n}] names another place in the file {article.source}.")
