"""`.pdf` with text: the text of its pages, in paragraphs. Scanned pages hold pictures of text and are told apart."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

from rag.articles.limits import MAX_PAGES, check_lines, kind_of, need, quiet, read_bytes
from rag.articles.records import document, from_properties
from rag.articles.reflow import paragraphs
from rag.errors import ArticleError

MOST_HIDDEN = 0.05  # share of characters without a meaning (fonts that don't say what their signs are)


class PdfReader(BaseReader):
    """`raw` is the extractor's text, with the lines of a paragraph joined again."""

    def lazy_load_data(self, file: Path, **_: Any) -> Iterator[Document]:
        """Yield one document.

        Raises:
            ArticleError: the file is no PDF, damaged, encrypted, too long, without text, or pypdf is not installed.
        """
        data = read_bytes(file)
        if b"%PDF-" not in data[:1024]:
            kind = kind_of(data)
            raise ArticleError(
                f"it is {kind[0] if kind else 'no PDF file'}: open it, and save it as .pdf or .html again"
            )
        pypdf = need("pypdf", "pypdf", "reading .pdf")
        with quiet("pypdf"):
            try:
                reader = pypdf.PdfReader(io.BytesIO(data))
                if reader.is_encrypted and not reader.decrypt(""):
                    raise ArticleError("it needs a password: save it without one")
                count = len(reader.pages)
                if count > MAX_PAGES:
                    raise ArticleError(f"it has {count:,} pages, the limit is {MAX_PAGES}: split it")
                pages = [page.extract_text() or "" for page in reader.pages]
                properties = reader.metadata
                title, author = (properties.title, properties.author) if properties else (None, None)
            except ArticleError:
                raise
            except Exception as error:  # pypdf raises of all kinds on damaged files
                reason = str(error) or type(error).__name__
                raise ArticleError(
                    f"it is damaged or protected ({reason}): open it and print it to a new PDF"
                ) from error
        text = "\n\n".join(paragraphs(pages))
        letters = sum(not char.isspace() for char in text)
        if not letters:
            raise ArticleError("there is no text in it, only pictures: run OCR first, for instance with ocrmypdf")
        hidden = sum(char == "\ufffd" or "\ue000" <= char <= "\uf8ff" for char in text) + 5 * text.count("(cid:")
        if hidden > MOST_HIDDEN * letters:
            raise ArticleError(
                "its fonts don't say which characters they show: run OCR, for instance ocrmypdf --force-ocr"
            )
        empty = [str(number) for number, page in enumerate(pages, 1) if not page.strip()]
        notes = []
        if empty:
            shown = ", ".join(empty[:10]) + (" …" if len(empty) > 10 else "")
            notes.append(
                f"page{'s' * (len(empty) > 1)} {shown} of {count} without text: pictures, if not blank; OCR reads them"
            )
        yield document(check_lines(text), notes=notes, **from_properties(text, title, author))
