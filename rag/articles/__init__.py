"""Files → raw text and what they state of themselves. Formats are llama-index readers; more of them plug in.

`files` finds them, `archives` unpacks, `plain`, `html`, `pdf`, `docx` and `dumps` read, `encodings` decodes,
`limits` says no. A file that can't be read is reported and never stops the others.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from llama_index.core.readers.base import BaseReader

from rag.articles.archives import ARCHIVE, unpack
from rag.articles.docx import DocxReader
from rag.articles.dumps import JSON, LINES, DumpReader
from rag.articles.encodings import Decoded, decode
from rag.articles.files import Found, walk
from rag.articles.html import ARCHIVED, PAGES, HtmlReader, MhtmlReader
from rag.articles.identity import record_ids
from rag.articles.limits import BLANK, not_a_format
from rag.articles.pdf import PdfReader
from rag.articles.plain import PLAIN, PlainTextReader
from rag.articles.records import to_article
from rag.config import Config
from rag.errors import ArticleError
from rag.types import Article

__all__ = ["Decoded", "PlainTextReader", "decode", "read_articles", "readers_of"]

OnFile = Callable[[str, str], None]
OnRead = Callable[[Article, Path, str], None]
SHOWN = 50  # records of one file that are reported each; the rest are counted
log = logging.getLogger(__name__)


def readers_of(config: Config | None = None) -> dict[str, BaseReader]:
    """What reads which ending. Parsers are imported with the first file that needs them."""
    page, archived, dump = HtmlReader(), MhtmlReader(), DumpReader(config)
    return (
        dict.fromkeys(PLAIN, PlainTextReader())
        | dict.fromkeys(PAGES, page)
        | dict.fromkeys(ARCHIVED, archived)
        | {".pdf": PdfReader(), ".docx": DocxReader()}
        | dict.fromkeys((*JSON, *LINES), dump)
    )


def read_articles(
    paths: Iterable[str | Path],
    *,
    on_skip: OnFile | None = None,
    on_read: OnRead | None = None,
    on_note: OnFile | None = None,
    on_unread: OnFile | None = None,
    readers: Mapping[str, BaseReader] | None = None,
    config: Config | None = None,
    prefixes: Mapping[Path, str] | None = None,
) -> Iterator[Article]:
    """Read every article below the given roots, in the order of their sources, not yet cleaned.

    A file that lies under several of the roots is read once.

    Args:
        paths: folders or single files. An article's `source` is its path below the root.
        on_skip: called with (path, reason) for each file or record that can't be read; logged when absent.
        on_read: called with (article, root, path) before each article is yielded.
        on_note: called with (path, note) for what was read, but not for certain; logged when absent.
        on_unread: called with (source, path) for each source that can't be read, whatever is or was below it.
        readers: more formats, by lower-case suffix: any llama-index `BaseReader` whose documents are articles.
        config: which fields of a JSON record are what.
        prefixes: what stands before the sources of a root.

    Raises:
        ArticleError: a root is missing or holds no readable article, or two roots have the same source.
    """
    reading = _Reading(
        readers_of(config) | dict(readers or {}),
        on_skip or (lambda path, reason: log.warning("skipped %s: %s", path, reason)),
        on_note or (lambda path, note: log.warning("%s: %s", path, note)),
        on_unread or (lambda source, path: None),
    )
    origin: dict[str, tuple[str, Path]] = {}
    roots = list(map(Path, paths))
    read: dict[Path, int] = {}
    for number, root in enumerate(roots):
        reading.reasons = []
        found, again = False, 0
        for below in walk(root):
            file = replace(below, source=(prefixes or {}).get(root, "") + below.source)
            if len(roots) > 1 and read.setdefault(file.file.resolve(), number) != number:
                found, again = True, again + 1
                continue
            for article, path in reading.articles(file):
                if article.source in origin:
                    other, other_root = origin[article.source]
                    remedy = "Put the two folders under one and build that, or rename a file."
                    if other_root == root:  # for instance a folder called a.zip# beside an archive
                        reading.skip(Found(Path(path), path, article.source), f"{other} has the same name: rename one")
                        continue
                    raise ArticleError(f"{other} and {path} would both be called {article.source!r}. {remedy}")
                origin[article.source] = (path, root)
                found = True
                if on_read:
                    on_read(article, root, path)
                yield article
        if again:
            reading.on_note(str(root), f"{again:,} of its files lie in another of the folders, too: indexed once")
        if not found:
            known = ", ".join([*reading.readers, ARCHIVE])
            why = f" Skipped: {'; '.join(reading.reasons[:3])}" if reading.reasons else f" It reads {known}."
            raise ArticleError(f"No readable article in {root}.{why}")


class _Reading:
    """One run over the roots: which readers, and whom to tell."""

    def __init__(self, readers: Mapping[str, BaseReader], on_skip: OnFile, on_note: OnFile, on_unread: OnFile) -> None:
        self.readers = readers
        self.on_skip, self.on_note, self.on_unread = on_skip, on_note, on_unread
        self.reasons: list[str] = []
        self._reported: Counter[str] = Counter()

    def skip(self, found: Found, reason: str) -> None:
        """Report what can't be read."""
        self.reasons.append(f"{found.path}: {reason}")
        self.on_unread(found.source, found.path)
        self.on_skip(found.path, reason)

    def articles(self, found: Found) -> Iterator[tuple[Article, str]]:
        """The articles in a file, each with its path; an archive's members too."""
        if found.problem is None and found.file.suffix.lower() == ARCHIVE and ARCHIVE not in self.readers:
            empty = True
            for member in unpack(found):
                empty = False
                yield from self.articles(member)
            if empty:
                self.skip(found, "there is no file in it")
            return
        try:
            if found.problem is not None:
                raise ArticleError(found.problem)
            yield from self._documents(found)
        except ArticleError as error:
            self.skip(found, str(error))

    def _documents(self, found: Found) -> Iterator[tuple[Article, str]]:
        reader = self.readers.get(found.file.suffix.lower())
        if reader is None:
            raise not_a_format(found.file.suffix, ", ".join([*self.readers, ARCHIVE]))
        try:
            documents = list(reader.lazy_load_data(found.file))
        except ArticleError:
            raise
        except Exception as error:  # somebody else's reader: whatever it raises concerns this file alone
            raise ArticleError(
                f"{type(reader).__name__} could not read it ({type(error).__name__}: {error})"
            ) from error
        if not any(document.text.strip(BLANK) for document in documents):
            raise ArticleError("there is no text in it: fill it, or take it out")
        skipped = 0
        ids = record_ids(documents, found.source)
        for place, (document, record_id) in enumerate(zip(documents, ids, strict=True), start=1):
            stated = document.metadata
            number = stated.get("record") if isinstance(stated.get("record"), int) else None
            number = number if number is not None or len(documents) == 1 else place
            name = "" if number is None else f"#{number}"
            record = Found(found.file, found.path + name, found.source + name)
            for note in stated.get("notes") or ():
                self.on_note(found.path, str(note))
            if document.text.strip(BLANK):
                article = to_article(document, record.source, None if number is None else record_id)
                if article.raw != document.text:
                    self.on_note(record.path, "half characters in it (lone surrogates, zeros) stand as \ufffd")
                yield article, record.path
                continue
            skipped += 1
            if skipped <= SHOWN:
                self.skip(record, str(stated.get("skip") or "there is no text in it"))
            else:
                self.on_unread(record.source, record.path)
        if skipped > SHOWN:
            self.on_skip(found.path, f"and {skipped - SHOWN:,} more records in it, likewise")
