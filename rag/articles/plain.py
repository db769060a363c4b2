"""`.txt` and Markdown: the decoded characters as they stand, line ends and all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

from rag.articles.encodings import decode
from rag.articles.limits import check_lines, read_bytes
from rag.articles.records import document

PLAIN = (".txt", ".md", ".markdown")


class PlainTextReader(BaseReader):
    """Plain text and Markdown; front matter and mark-up are left to cleaning."""

    def lazy_load_data(self, file: Path, **_: Any) -> Iterator[Document]:
        """Yield one document.

        Raises:
            ArticleError: the file is too large, empty, binary or in an unknown encoding; the message says what to do.
        """
        decoded = decode(read_bytes(file))
        yield document(check_lines(decoded.text), notes=decoded.notes)
