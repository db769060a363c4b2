"""What a click carries: links that name a place in an article, and tell whether it still says the same."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote, unquote, urlsplit

from rag.types import Citation


def safe_url(url: str | None) -> str | None:
    """The address if it is a plain web address, else None: javascript: and data: must never become links."""
    try:
        parts = urlsplit((url or "").strip())
    except ValueError:
        return None
    return (url or "").strip() if parts.scheme in {"http", "https"} and parts.netloc else None


def checksum(text: str) -> str:
    """Tells whether a span still holds the same words after the index has changed."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


@dataclass(frozen=True)
class Pointer:
    """A citation as a link carries it: enough to show it again at any time, whatever the server remembers."""

    turn: int
    n: int
    article_id: str
    start: int
    end: int
    check: str
    also_in: tuple[str, ...] = ()

    @classmethod
    def of(cls, citation: Citation, turn: int) -> Pointer:
        """The pointer to a citation of the answer in this turn."""
        c = citation
        return cls(turn, c.n, c.article_id, c.start, c.end, checksum(c.quote), c.also_in)

    @property
    def href(self) -> str:
        """The link of its marker."""
        parts = (self.turn, self.n, self.article_id, self.start, self.end, self.check, "+".join(self.also_in))
        return "#cite/" + "/".join(quote(str(part), safe="+") for part in parts)

    @classmethod
    def parse(cls, href: str) -> Pointer:
        """The pointer in a link.

        Raises:
            ValueError: it is no such link.
        """
        kind, *parts = href.split("/")
        if kind != "#cite" or len(parts) != 7:
            raise ValueError(f"{href[:80]!r} is no link to a citation")
        turn, n, article_id, start, end, check, also = (unquote(part) for part in parts)
        others = tuple(x for x in also.split("+") if x)
        return cls(int(turn), int(n), article_id, int(start), int(end), check, others)


def read_href(article_id: str, start: int = 0, end: int = 0, text: str = "") -> str:
    """The link that opens an article, at a span if there is one."""
    span = f"/{start}/{end}/{checksum(text)}" if end > start else ""
    return f"#read/{quote(article_id, safe='')}{span}"
