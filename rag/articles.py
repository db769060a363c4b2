"""Files → raw text: which files, which encodings, which limits. Formats plug in as llama-index readers."""

from __future__ import annotations

import codecs
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

from rag.errors import ArticleError
from rag.text import language, script
from rag.types import Article, make_id

MAX_BYTES = 20_000_000
SUFFIXES = (".txt", ".md", ".markdown")

OnSkip = Callable[[str, str], None]
OnRead = Callable[[Article, Path], None]
log = logging.getLogger(__name__)


class PlainTextReader(BaseReader):
    """`.txt` and Markdown: the decoded characters as they stand, line ends and all."""

    def lazy_load_data(self, file: Path, **_: Any) -> Iterator[Document]:
        """Yield one document.

        Raises:
            ArticleError: the file is too large, empty, binary or in another encoding; the message says what to do.
        """
        yield Document(text=decode(_read_bytes(file)))


def read_articles(
    paths: Iterable[str | Path],
    *,
    on_skip: OnSkip | None = None,
    on_read: OnRead | None = None,
    readers: Mapping[str, BaseReader] | None = None,
) -> Iterator[Article]:
    """Read every article below the given roots, in the order of their sources, not yet cleaned.

    Args:
        paths: folders or single files. An article's `source` is its path below the root.
        on_skip: called with (path, reason) for each file that can't be read; logged when absent.
        on_read: called with (article, root) before each article is yielded.
        readers: more formats, by lower-case suffix: any llama-index `BaseReader` whose documents are articles.

    Raises:
        ArticleError: a root is missing or holds no readable article, or two files have the same source.
    """
    skip = on_skip or (lambda path, reason: log.warning("skipped %s: %s", path, reason))
    by_suffix: dict[str, BaseReader] = {suffix: PlainTextReader() for suffix in SUFFIXES} | dict(readers or {})
    origin: dict[str, str] = {}
    for root in map(Path, paths):
        reasons: list[str] = []
        found = False
        for file, source in _files(root):
            try:
                articles = list(_read_file(file, source, by_suffix))
            except ArticleError as error:
                reasons.append(f"{file}: {error}")
                skip(str(file), str(error))
                continue
            for article in articles:
                if article.source in origin:
                    raise ArticleError(
                        f"{origin[article.source]} and {file} would both be called {article.source!r}. "
                        "Put the two folders under one and build that, or rename a file."
                    )
                origin[article.source] = str(file)
                found = True
                if on_read:
                    on_read(article, root)
                yield article
        if not found:
            why = f" Skipped: {'; '.join(reasons[:3])}" if reasons else f" It reads {', '.join(by_suffix)}."
            raise ArticleError(f"No readable article in {root}.{why}")


def _files(root: Path) -> Iterator[tuple[Path, str]]:
    if root.is_file():
        yield root, root.name
        return
    if not root.is_dir():
        raise ArticleError(f"There is no file or folder {root}. Give the folder that holds your articles.")
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = [Path(folder) / name for name in names if not name.startswith(".")]
        found += [(path, path.relative_to(root).as_posix()) for path in paths]
    yield from sorted(found, key=lambda pair: pair[1])


def _read_file(file: Path, source: str, readers: Mapping[str, BaseReader]) -> Iterator[Article]:
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise ArticleError(f"{file.suffix or 'a file without ending'} is not a format it reads ({', '.join(readers)})")
    try:
        documents = list(reader.lazy_load_data(file))
    except ArticleError:
        raise
    except Exception as error:  # somebody else's reader: whatever it raises concerns this file alone
        raise ArticleError(f"{type(reader).__name__} could not read it ({type(error).__name__}: {error})") from error
    if not any(document.text.strip("\ufeff \t\r\n") for document in documents):
        raise ArticleError("there is no text in it")
    for number, document in enumerate(documents, start=1):
        raw = document.text
        if not raw.strip("\ufeff \t\r\n"):
            continue  # an empty record among others
        name = source if len(documents) == 1 else f"{source}#{number}"
        yield Article(
            id=make_id(name),
            source=name,
            title=file.stem,
            outlet=None,
            url=None,
            date=None,
            authors=(),
            language=language(raw),
            script=script(raw),
            text="",
            raw=raw,
        )


def _read_bytes(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise ArticleError(f"it has {size / 1e6:.0f} MB, the limit is {MAX_BYTES / 1e6:.0f} MB: split it")
        return file.read_bytes()
    except OSError as error:
        raise ArticleError(f"it can't be opened ({error.strerror}): check that it exists and may be read") from error


def decode(data: bytes) -> str:
    """Decode UTF-8 or, with a byte order mark, UTF-16.

    Raises:
        ArticleError: the bytes are not text, or text in another encoding.
    """
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if b"\0" in data:
            raise ArticleError("it is a binary file, not text") from None
        raise ArticleError(
            f"it is not valid {encoding.upper()}: convert it first, for instance with iconv -f GB18030 -t UTF-8"
        ) from None
    if "\0" in text:
        raise ArticleError("it is a binary file, not text")
    return text
