"""Raw text → clean text: mark-up and page chrome out, metadata in, every character traced to the file.

`markup` turns the file into lines, `main_text` leaves those of a web page's article, `chrome` and `edges` decide which
lines are not reporting, `metadata` reads title, date, outlet, authors and address, `running` finds what is no reporting
inside a line, `shared` what the articles of one source have in common. This is the last place where text may change.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from rag.clean.chrome import chrome_lines
from rag.clean.edges import edge_lines
from rag.clean.main_text import keep_main
from rag.clean.markup import Line, plain_lines
from rag.clean.metadata import front_matter, read_metadata
from rag.clean.running import tidy
from rag.clean.shared import shared_sentences
from rag.text import language, script
from rag.types import Article, Segment, file_title

_PAGES = (".html", ".htm", ".xhtml", ".mhtml", ".mht")

__all__ = ["clean", "shared_sentences"]


def clean(article: Article, shared: Collection[str] = ()) -> Article:
    """The article with clean `text`, its alignment with `raw`, and the metadata the file has.

    Args:
        article: as read, `raw` filled; what its format states (title, date …) goes before what is found in the text.
        shared: lines and sentences known to be chrome of this source, folded (`shared_sentences` finds them).
    """
    fields, body_start = front_matter(article.raw)
    page = plain_lines(article.raw, body_start, page=article.source.lower().endswith(_PAGES))
    page = dataclasses.replace(page, lines=keep_main(page.lines, article.main))
    metadata = read_metadata(article, fields, page)
    gone = chrome_lines(page.lines, metadata.head_lines, shared)
    names = [name for name in (metadata.title, metadata.outlet, *metadata.authors) if name]
    gone |= edge_lines(page.lines, gone, metadata.title_line or 0, names)
    lines = [line for index, line in enumerate(page.lines) if index not in gone]
    if not lines and metadata.title_line is not None:  # a flash: the headline is all that it reports
        lines = [page.lines[metadata.title_line]]
    lines, found = tidy(lines, metadata.date, metadata.outlet, shared)
    text, alignment = _join(lines)
    untitled = metadata.title == file_title(article.source)
    return dataclasses.replace(
        article,
        title=(found.title if untitled else None) or metadata.title,
        outlet=found.outlet,
        url=metadata.url,
        date=metadata.date,
        authors=metadata.authors or found.authors,
        language=language(text or article.raw),
        script=script(text or article.raw),
        text=text,
        alignment=alignment,
        main=(),
    )


def _join(lines: list[Line]) -> tuple[str, tuple[Segment, ...]]:
    """Lines → text joined by line breaks, and its alignment in as few segments as possible."""
    text = "\n".join(line.text for line in lines)
    segments: list[Segment] = []
    at = 0
    for number, line in enumerate(lines):
        if number:  # the line break stands for whatever lies between the two lines in the file
            segments.append(Segment(at, at + 1, lines[number - 1].origins[-1][1], line.origins[0][0]))
            at += 1
        for start, end in line.origins:
            last = segments[-1] if segments else None
            copied = last is not None and last.end - last.start == last.raw_end - last.raw_start
            if last is not None and copied and last.end == at and last.raw_end == start and end - start == 1:
                segments[-1] = Segment(last.start, at + 1, last.raw_start, end)
            else:
                segments.append(Segment(at, at + 1, start, end))
            at += 1
    return text, tuple(segments)
