"""What an HTML page states of itself for machines: JSON-LD and meta elements. Nothing is guessed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from rag.articles.limits import need
from rag.articles.records import names

# JSON-LD types that are the article itself.
_ARTICLES = ("article", "newsarticle", "reportagenewsarticle", "blogposting", "report", "liveblogposting")
_META = {
    "title": ("og:title", "twitter:title", "dc.title", "headline"),
    "outlet": ("og:site_name", "application-name", "dc.publisher", "publisher", "mediaid"),
    "date": (
        *("article:published_time", "og:published_time", "datepublished", "pubdate", "publishdate", "publish_date"),
        *("publish-date", "date", "dc.date", "dc.date.issued", "dcterms.created", "sailthru.date", "parsely-pub-date"),
    ),
    "authors": ("author", "article:author", "dc.creator", "byl", "parsely-author"),
    "url": ("og:url",),
}


def parse(source: str) -> Any:
    """The page as a tree of lxml's; None where it holds nothing that lxml can make one of."""
    html = need("lxml.html", "lxml", "reading HTML pages")
    try:
        # Bytes, because lxml refuses text that names its encoding in an XML declaration.
        parser = html.HTMLParser(encoding="utf-8", huge_tree=True)
        return html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except Exception:  # an empty document is an error to lxml, and each kind of damage another one
        return None


def visible(tree: Any) -> str:
    """What a reader may see of a page, a piece of text a line."""
    pieces = []
    for element in tree.iter():
        if isinstance(element.tag, str) and element.tag not in ("script", "style", "noscript", "template", "title"):
            pieces.append(element.text or "")
        pieces.append(element.tail or "")
    return "\n".join(pieces)


def stated(tree: Any) -> dict[str, Any]:
    """Title, outlet, date, authors and address as the page states them; only what it does state."""
    found: dict[str, Any] = {}
    for item in _linked_data(tree):
        publisher = item.get("publisher")
        _note(found, "title", item.get("headline"))
        _note(found, "date", item.get("datePublished"))
        _note(found, "authors", list(names(item.get("author"))))
        _note(found, "outlet", publisher.get("name") if isinstance(publisher, dict) else publisher)
    meta: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        meta.setdefault(name.strip().lower(), (element.get("content") or "").strip())
    for key, candidates in _META.items():
        for name in candidates:
            _note(found, key, meta.get(name))
    for element in tree.iter("time"):
        if element.get("pubdate") is not None or element.get("itemprop") == "datePublished":
            _note(found, "date", element.get("datetime"))
    times = {element.get("datetime") for element in tree.iter("time")} - {None}
    if len(times) == 1:  # among several, one can't tell the article's own from those of its neighbours
        _note(found, "date", times.pop())
    for element in tree.iter("link"):
        if (element.get("rel") or "").lower() == "canonical":
            _note(found, "url", element.get("href"))
    if not str(found.get("url", "http://")).startswith(("http://", "https://")):
        del found["url"]
    if isinstance(found.get("authors"), str) and found["authors"].startswith(("http://", "https://")):
        del found["authors"]  # article:author is often the address of a profile
    return found


def _note(found: dict[str, Any], key: str, value: Any) -> None:
    """Keep the first value that says something."""
    if value and isinstance(value, (str, list)) and key not in found:
        found[key] = value


def _linked_data(tree: Any) -> Iterator[dict[str, Any]]:
    for element in tree.iter("script"):
        if (element.get("type") or "").lower() != "application/ld+json":
            continue
        with contextlib.suppress(ValueError, RecursionError):
            yield from _articles(json.loads(element.text or "", strict=False))


def _articles(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > 4:
        return
    if isinstance(value, list):
        for item in value:
            yield from _articles(item, depth + 1)
    elif isinstance(value, dict):
        kinds = value.get("@type")
        if any(str(kind).lower() in _ARTICLES for kind in (kinds if isinstance(kinds, list) else [kinds])):
            yield value
        yield from _articles(value.get("@graph"), depth + 1)
