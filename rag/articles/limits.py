"""What is too large, what is no text at all, and what to do about it."""

from __future__ import annotations

import contextlib
import importlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.errors import ArticleError, missing_extra

MAX_BYTES = 20_000_000  # one article's file
MAX_DUMP_BYTES = 500_000_000  # a file of many records is read whole, so memory is the bound
MAX_LINE = 1_000_000  # characters: no article has such a line, and cleaning one takes seconds
MAX_PAGES = 500
MAX_MEMBERS = 50_000
MAX_UNPACKED = 2_000_000_000
MAX_RATIO = 100  # of a member and of an archive: text shrinks three- to twentyfold; beyond this it is a bomb or no text
RATIO_FROM = 1_000_000  # what unpacks to less may shrink as much as it likes
MAX_DEPTH = 2  # an archive in an archive; no third one inside
BLANK = "\ufeff \t\r\n\u00a0\u3000\u200b"

# First bytes that tell what a file is, whatever it is called, and what to do with it.
_MAGIC = [
    (b"%PDF-", "a PDF file", "give it the ending .pdf"),
    (b"PK\x03\x04", "a ZIP archive or an Office document", "give it the ending .zip or .docx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document", "save it as .docx"),
    (b"{\\rtf", "an RTF document", "save it as .docx"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture", "save its text, for instance with OCR"),
    (b"\xff\xd8\xff", "a JPEG picture", "save its text, for instance with OCR"),
    (b"GIF8", "a GIF picture", "save its text, for instance with OCR"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it first"),
    (b"BZh", "a bzip2 archive", "unpack it first"),
    (b"\xfd7zXZ\0", "an xz archive", "unpack it first"),
    (b"SQLite format 3\0", "an SQLite database", "export it as .jsonl"),
    (b"\x7fELF", "a program", "leave it out"),
]
# What to do with endings it does not read.
_ADVICE = {
    ".doc": "save it as .docx",
    ".wps": "save it as .docx",
    ".rtf": "save it as .docx",
    ".odt": "save it as .docx",
    ".pages": "save it as .docx",
    ".epub": "save it as .html",
    ".xml": "save it as .html or .jsonl",
    ".csv": "save it as .jsonl",
    ".xlsx": "save it as .jsonl",
    ".gz": "unpack it first, or pack it as .zip",
    ".tar": "unpack it first, or pack it as .zip",
    ".7z": "unpack it first, or pack it as .zip",
    ".rar": "unpack it first, or pack it as .zip",
}


def not_a_format(suffix: str, known: str) -> ArticleError:
    """The error for a file whose ending nothing reads."""
    advice = _ADVICE.get(suffix.lower(), "save it as one of them, or leave it out")
    return ArticleError(f"{suffix or 'a file without ending'} is not a format it reads ({known}): {advice}")


def read_bytes(file: Path, limit: int | None = None) -> bytes:
    """A file's bytes.

    Raises:
        ArticleError: it can't be opened, is no ordinary file, or is larger than the limit (default MAX_BYTES).
    """
    limit = MAX_BYTES if limit is None else limit
    try:
        check_size(file.stat().st_size, limit)
        return file.read_bytes()
    except OSError as error:
        raise unreadable(error) from error


def check_size(size: int, limit: int) -> None:
    """Raise ArticleError when a file has more bytes than the limit."""
    if size > limit:
        raise ArticleError(f"it has {size / 1e6:,.0f} MB, the limit is {limit / 1e6:,.0f} MB: split it")


def unreadable(error: OSError) -> ArticleError:
    """The error for a file the system does not give."""
    return ArticleError(f"it can't be opened ({error.strerror or error}): check that it exists and may be read")


def kind_of(data: bytes) -> tuple[str, str] | None:
    """What the first bytes say a binary file is, and what to do with it; None when they say nothing."""
    for magic, kind, advice in _MAGIC:
        if data.startswith(magic):
            return kind, advice
    return None


def check_lines(text: str) -> str:
    """The text itself.

    Raises:
        ArticleError: it has a line far longer than any article's.
    """
    longest = max(map(len, text.splitlines()), default=0)
    if longest > MAX_LINE:
        raise ArticleError(
            f"it has a line of {longest:,} characters, the limit is {MAX_LINE:,}: "
            "break it into paragraphs, or split it if it holds many articles"
        )
    return text


def need(module: str, package: str, what: str) -> Any:
    """Import a module of the `formats` extra.

    Raises:
        ArticleError: it is not installed; the message has the command.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ArticleError(missing_extra(what, package, "formats")) from error


@contextlib.contextmanager
def quiet(name: str) -> Iterator[None]:
    """Keep a library's warnings on damaged files off the terminal: what matters is reported by us."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
