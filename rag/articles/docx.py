"""`.docx`: paragraphs, headings and tables in the order of the document; each is a block of `raw`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

from rag.articles.archives import check_members
from rag.articles.limits import check_lines, kind_of, need, quiet, read_bytes
from rag.articles.records import document, from_properties
from rag.errors import ArticleError

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


class DocxReader(BaseReader):
    """A Word document: what it shows with all changes accepted, without headers, footers and comments."""

    def lazy_load_data(self, file: Path, **_: Any) -> Iterator[Document]:
        """Yield one document.

        Raises:
            ArticleError: the file is no Word document, damaged, too large, or python-docx is not installed.
        """
        data = read_bytes(file)
        kind = kind_of(data)
        if kind is None or not data.startswith(b"PK"):
            raise ArticleError(f"it is {kind[0] if kind else 'no Word document'}: save it as .docx again")
        docx = need("docx", "python-docx", "reading .docx")
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                check_members(archive, len(data))  # before the parser unpacks it
            with quiet("docx"):
                opened = docx.Document(io.BytesIO(data))
            text = "\n\n".join(_blocks(opened.element.body))
        except ArticleError:
            raise
        except Exception as error:  # zip, XML and python-docx each have errors of their own for damage
            raise ArticleError(f"it is damaged or no Word document ({error}): open it and save it again") from error
        properties = opened.core_properties
        yield document(check_lines(text), **from_properties(text, properties.title, properties.author))


def _blocks(parent: Any) -> Iterator[str]:
    """The blocks below an element: paragraphs, and tables a row a line."""
    for child in parent.iterchildren():
        if child.tag == f"{_W}p":
            text = _text(child)
            if text.strip():
                yield f"# {text.strip()}" if _is_title(child) else text
            for box in child.iter(f"{_W}txbxContent"):  # a text box hangs on a paragraph
                if not any(True for _ in box.iterancestors(_FALLBACK)):
                    yield from _blocks(box)
        elif child.tag == f"{_W}tbl":
            rows = [
                " | ".join(" ".join(" ".join(_blocks(cell)).split()) for cell in row.iterchildren(f"{_W}tc"))
                for row in child.iter(f"{_W}tr")
                if next(row.iterancestors(f"{_W}tbl")) is child
            ]
            yield "\n".join(rows)
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}moveTo", f"{_W}customXml", f"{_W}smartTag"):
            yield from _blocks(child)


def _text(paragraph: Any) -> str:
    """A paragraph's own text. Deleted text has another tag (delText); moved text stands twice."""
    pieces = []
    for node in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}noBreakHyphen"):
        if next(node.iterancestors(f"{_W}p")) is not paragraph:
            continue
        if any(True for _ in node.iterancestors(f"{_W}pPr", f"{_W}moveFrom")):
            continue
        name = node.tag.removeprefix(_W)
        pieces.append(node.text or "" if name == "t" else {"tab": "\t", "noBreakHyphen": "-"}.get(name, "\n"))
    return "".join(pieces)


def _is_title(paragraph: Any) -> bool:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return style is not None and str(style.get(f"{_W}val")).lower() in ("title", "heading1", "1")
