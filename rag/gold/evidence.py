"""Evidence of gold questions → places in clean texts."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from rag.cite import locate
from rag.clean.markup import plain_lines
from rag.errors import GoldError
from rag.gold.questions import Gold, Place, names_doc
from rag.types import Article

Span = tuple[str, int, int]  # article id, start, end in its clean text


def evidence_spans(gold: Gold, articles: Sequence[Article]) -> list[list[Span]]:
    """For each needed piece of evidence, the places in clean texts that hold it.

    Raises:
        GoldError: a document is not indexed, its file is another version, or the quote is not in it.
    """
    out = []
    for item in gold.evidence:
        found = []
        for place in item.places:
            article, start, end = locate_place(gold.id, place, articles)
            span = in_clean_text(article, start, end)
            if span:
                found.append((article.id, *span))
        out.append(found)
    return out


def locate_place(gold_id: str, place: Place, articles: Sequence[Article]) -> tuple[Article, int, int]:
    """The article a place names, and its characters in the raw file.

    Raises:
        GoldError: no article or several fit, the file is another version, or the place is not in it.
    """
    matching = _named(place, articles)
    if len(matching) != 1:
        raise GoldError(
            f"Gold {gold_id}: {place.doc!r} names {len(matching)} of the articles, it must name one. "
            "Is this the gold file of these articles?"
        )
    article = matching[0]
    if place.sha256 is not None and _sha256(article) != place.sha256:
        raise GoldError(f"Gold {gold_id}: {article.source} is not the version the gold was written for.")
    if place.quote is not None:
        start = article.raw.find(place.quote)
        if start < 0:
            raise GoldError(f"Gold {gold_id}: the evidence quote is not in {article.source}.")
        return article, start, start + len(place.quote)
    assert place.start is not None and place.end is not None
    if place.end > len(article.raw):
        raise GoldError(
            f"Gold {gold_id}: {place.start}:{place.end} lies outside {article.source}, "
            f"which has {len(article.raw)} characters."
        )
    return article, place.start, place.end


def _named(place: Place, articles: Sequence[Article]) -> list[Article]:
    """The articles that a place may mean."""
    # A whole path names one file, even where others of that name lie deeper.
    matching = [a for a in articles if a.source == place.doc] or [a for a in articles if names_doc(a, place.doc)]
    dump = place.doc.rpartition("#")[0]
    if dump and place.sha256 and not any(_sha256(a) == place.sha256 for a in matching):
        # A record's number is its place in the dump, which changes; its text says which one is meant.
        records = [a for a in articles if f"/{a.source}".rpartition("#")[0].endswith(f"/{dump}")]
        return [a for a in records if _sha256(a) == place.sha256][:1] or matching
    return matching


def _sha256(article: Article) -> str:
    return sha256(article.raw.encode("utf-8")).hexdigest()


def in_clean_text(article: Article, start: int, end: int) -> tuple[int, int] | None:
    """Raw characters → where the clean text says the same; None where cleaning took it out."""
    # By text, not by offset: of a text that stands twice in the file, cleaning keeps one.
    text = " ".join(line.text for line in plain_lines(article.raw[start:end]).lines)
    return locate(text, article.text)
