"""What a reader says of a document besides its text: llama-index metadata with agreed keys."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from llama_index.core.schema import Document

from rag.articles.garbled import garbling, repair, undo
from rag.text import language, script, sound
from rag.types import LONGEST_TITLE, Article, file_title, make_id

_GLANCE = 40  # characters that tell the language for now; cleaning looks at the whole text


def document(
    text: str,
    *,
    record: int | None = None,
    key: str | None = None,
    notes: Iterable[str] = (),
    skip: str | None = None,
    main: Iterable[str] = (),
    **known: Any,
) -> Document:
    """A document as the readers of this room make it; others' readers may use the same keys.

    Args:
        text: becomes `Article.raw`.
        record: its number within the file, from 1; gives the source `file#3`.
        key: what its file knows it by, an id or an address.
        notes: what a user should know, for instance a guessed encoding.
        skip: why this record can't be read; the text is empty then.
        main: what looks like the main text, block by block; a hint for cleaning.
        known: title, outlet, url, date, authors, where the format states them.
    """
    step = garbling(text)  # a record's escapes hide it from whoever read the file
    if step:
        text, found = repair(text)
        notes = [*notes, *found]
        known = {key: _undone(value, step) for key, value in known.items()}
    metadata = {"record": record, "key": key, "notes": list(notes), "skip": skip, "main": list(main), **known}
    return Document(text=text, metadata={key: value for key, value in metadata.items() if value})


def _undone(value: Any, step: Any) -> Any:
    if isinstance(value, list):
        return [_undone(one, step) for one in value]
    return (undo(value, step) or value) if isinstance(value, str) else value


def to_article(document: Document, source: str, record_id: str | None = None) -> Article:
    """A document as an article that is not cleaned yet. What the reader did not state stays unknown.

    A file is known by its source; a record has an id of its own (`identity`), as its source is its place.
    """
    stated, raw = document.metadata, sound(document.text)
    return Article(
        id=record_id or make_id(source),
        source=source,
        title=(_line(stated.get("title")) or file_title(source))[:LONGEST_TITLE],
        outlet=_line(stated.get("outlet")),
        url=_line(stated.get("url")),
        date=_line(stated.get("date")),
        authors=names(stated.get("authors")),
        language=language(raw[:_GLANCE]),
        script=script(raw[:_GLANCE]),
        text="",
        raw=raw,
        main=tuple(stated.get("main") or ()),
    )


def from_properties(text: str, title: str | None, author: str | None) -> dict[str, Any]:
    """What a file's properties say, where its first lines say so too.

    Properties alone are hearsay: templates carry their maker's name, and converters their own titles.
    """
    head = "".join(text[:2000].split())
    found = {"title": title or "", "authors": author or ""}
    return {key: value for key, value in found.items() if len(value) > 1 and "".join(value.split()) in head}


def names(value: Any) -> tuple[str, ...]:
    """People as formats write them: a string, a list, objects with a name; each person once."""
    if isinstance(value, str):
        found: list[Any] = re.split(r"\s*[,，、;；]\s*|\s+and\s+", value)
    elif isinstance(value, dict):
        found = [value.get("name")]
    elif isinstance(value, (list, tuple)):
        found = [name for item in value for name in names(item)]
    else:
        found = []
    lines = (_line(name) for name in found)
    return tuple(dict.fromkeys(name for name in lines if name))


def _line(value: Any) -> str | None:
    """A value as one line of text; None when it is empty or no text."""
    return " ".join(sound(value).split()) or None if isinstance(value, str) else None
