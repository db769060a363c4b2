"""`.html`, `.htm`, `.mhtml`: the page's source as it stands, what its head states, and which blocks are the article.

trafilatura finds the main text but keeps no offsets, so nothing of it becomes text here: its blocks are a hint, and
cleaning finds them again in the source, where every character keeps its place. Title, date, authors and outlet are
read here rather than by trafilatura, whose dates lose their time and zone, and are guessed where none is stated.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

from rag.articles.encodings import Decoded, decode
from rag.articles.head import parse, stated, visible
from rag.articles.limits import BLANK, check_lines, need, quiet, read_bytes
from rag.articles.records import document
from rag.errors import ArticleError

PAGES = (".html", ".htm", ".xhtml")
ARCHIVED = (".mhtml", ".mht")
_CHARSET = re.compile(
    rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})|<\?xml[^>]{1,100}encoding=[\"']([\w.:-]+)", re.I
)


class HtmlReader(BaseReader):
    """A saved page. `raw` is its source."""

    def lazy_load_data(self, file: Path, **_: Any) -> Iterator[Document]:
        """Yield one document.

        Raises:
            ArticleError: the file is too large, not text, without text, or trafilatura is not installed.
        """
        data = read_bytes(file)
        if _is_mhtml(data):  # some browsers save an archive under this ending
            yield _archived(data)
            return
        charset = _CHARSET.search(data[:4096])
        declared = (charset[1] or charset[2]).decode("ascii", "replace") if charset else None
        yield _page(decode(data, declared))


class MhtmlReader(BaseReader):
    """A page saved with all its parts as one file. `raw` is the decoded source of the page itself."""

    def lazy_load_data(self, file: Path, **_: Any) -> Iterator[Document]:
        """Yield one document.

        Raises:
            ArticleError: as HtmlReader, or there is no page in the file.
        """
        yield _archived(read_bytes(file))


def _page(decoded: Decoded, url: str | None = None) -> Document:
    tree = parse(decoded.text)
    if tree is None or not check_lines(visible(tree)).strip(BLANK):
        raise ArticleError(
            "there is no text in it: perhaps a script fills the page; save it from the browser, as a complete page"
        )
    trafilatura = need("trafilatura", "trafilatura", "reading HTML pages")
    with quiet("trafilatura"), quiet("htmldate"):
        try:
            found = trafilatura.bare_extraction(
                decoded.text, include_comments=False, include_tables=True, with_metadata=False, favor_recall=True
            )
        except Exception:  # a hint the fewer: cleaning knows pages too
            found = None
    text = (found.text or "") if found else ""
    head = stated(tree)
    if url and not head.get("url"):
        head["url"] = url
    return document(
        decoded.text, notes=decoded.notes, main=[line for line in text.splitlines() if line.strip()], **head
    )


def _is_mhtml(data: bytes) -> bool:
    head = data[:2000].lstrip().lower()
    return not head.startswith(b"<") and b"content-type: multipart/related" in head


def _archived(data: bytes) -> Document:
    """The page in an MHTML file: its first part that is HTML."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() not in ("text/html", "application/xhtml+xml"):
            continue
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            continue
        charset = _CHARSET.search(payload[:4096])
        declared = part.get_content_charset() or (
            charset[1].decode("ascii", "replace") if charset and charset[1] else None
        )
        url = message.get("Snapshot-Content-Location") or part.get("Content-Location") or ""
        return _page(decode(payload, declared), str(url) if str(url).startswith(("http://", "https://")) else None)
    raise ArticleError("there is no HTML page in it: save it again from the browser, as a web archive or as .html")
