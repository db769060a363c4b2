"""HTML and Markdown mark-up → plain lines whose every character knows its place in the file."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from rag.clean.chars import CELL, IMAGE, LINKED, STRONG, Chars, Origin
from rag.clean.markdown import strip_markdown
from rag.text import CJK

BLOCK_TAGS = frozenset(
    "address article aside blockquote br center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 "
    "h6 header hr li main nav ol option p pre section table tbody td tfoot th thead title tr ul".split()
)
SILENT_TAGS = frozenset("script style noscript template svg iframe button select".split())
CELL_TAGS, ROW_TAGS = frozenset({"td", "th"}), frozenset({"tr", "table"})
STRONG_TAGS = frozenset("strong b h2 h3 h4 h5 h6".split())


@dataclass
class Line:
    """One line of visible text. White space is trimmed and its runs are one blank."""

    text: str
    origins: list[Origin]  # one for each character
    links: int = 0  # characters that stand inside links
    strong: int = 0  # characters that are set off as a heading or in bold
    after_image: bool = False  # the last thing before it is a picture
    cell: bool = False  # it stands in a table


@dataclass
class Page:
    """The visible lines of a file, and what its mark-up says of itself."""

    lines: list[Line]
    html_title: str | None = None
    heading: str | None = None  # text of the first <h1> or "# "
    links: list[tuple[str, str]] = field(default_factory=list)  # (visible text, address), in order


_PAGE = re.compile(r"(?is)\ufeff?\s*(?:<\?xml[^>]*+>\s*+|(?><!--.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body)\b")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
_HIDDEN = re.compile(r"(?i)display\s*:\s*none|visibility\s*:\s*hidden")
MOST_HIDDEN = 0.5  # of the file: what hides more hides the article until a script shows it
_BREAK = re.compile("[\n\r\u2028\u2029]")
_WIDE = rf"[{CJK}\u3000-\u303f\uff00-\uffef]"  # between two of these a line break is not even a blank
_WIDE_BREAK = re.compile(rf"(?<={_WIDE})[ \t]*[\n\r]\s*(?={_WIDE})")
MOST_UNENDED = 50
DEEPEST = 100  # blocks in blocks


class _Parser(HTMLParser):
    def __init__(self, raw: str, start: int, page: bool) -> None:
        super().__init__(convert_charrefs=False)
        self.page = page  # in an HTML page a line break of the source is a blank
        self.open: list[str] = []  # blocks around this place: there it is one, too, but for blank lines (Markdown)
        self.hidden: int | None = None  # where what the page hides ends
        self.preformatted = 0
        self.unended = 0
        self.raw, self.base = raw, start
        self.out = Chars()
        self.silent: set[str] = set()
        self.unbalanced: set[str] = set()
        self.strong = 0
        self.cell = False
        self.title: list[str] | None = None
        self.html_title: str | None = None
        self.heading: list[str] | None = None
        self.h1: str | None = None
        self.href: str | None = None
        self.link_text: list[str] = []
        self.links: list[tuple[str, str]] = []
        self._starts = [start]
        for match in re.finditer("\n", raw[start:]):
            self._starts.append(start + match.end())
        ends = re.finditer(r"</([a-z][a-z0-9]*)", raw.lower())
        self._last_end = {match[1]: match.start() for match in ends}

    # A tag that hides what stands inside it hides nothing when it never ends: it would swallow the rest of the file.

    def _ends(self, tag: str) -> bool:
        return self._last_end.get(tag, -1) > self.position()

    def set_cdata_mode(self, elem: str, **options: Any) -> None:
        if self._ends(elem):
            super().set_cdata_mode(elem, **options)

    # The standard parser looks for the end of every tag as far as the end of the file, and stumbles over "<![ ".
    # After some tags that never end, "<" is a character like any other.

    def _tag(self, parse: Callable[[int], int], i: int) -> int:
        if self.unended > MOST_UNENDED:
            self.handle_data("<")
            return i + 1
        place = self.lineno, self.offset
        try:
            k = parse(i)
        except AssertionError:
            self.lineno, self.offset = place  # the parser has moved on before it stumbled
            k = self.parse_bogus_comment(i)
        self.unended += k < 0
        return k

    def parse_starttag(self, i: int) -> int:
        return self._tag(super().parse_starttag, i)

    def parse_endtag(self, i: int) -> int:
        return self._tag(super().parse_endtag, i)

    def parse_comment(self, i: int, report: bool = True) -> int:
        return self._tag(super().parse_comment, i)

    def parse_pi(self, i: int) -> int:
        return self._tag(super().parse_pi, i)

    def parse_html_declaration(self, i: int) -> int:
        return self._tag(super().parse_html_declaration, i)

    def position(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column

    def _emit(self, text: str, start: int, width: int = 1) -> None:
        if self.silent or self.hidden is not None:
            return
        if self.title is not None:
            self.title.append(text)
            return
        if self.heading is not None:
            self.heading.append(text)
        if self.href is not None:
            self.link_text.append(text)
        mark = LINKED * (self.href is not None) | STRONG * (self.strong > 0) | CELL * self.cell
        self.out.add(text, start, width=width, mark=mark)

    def handle_data(self, data: str) -> None:
        start, at = self.position(), 0
        wrapped = self.page or (any(map(self._ends, self.open)) and not _BLANK_LINE.search(data))
        if wrapped and not self.preformatted:
            for gap in _WIDE_BREAK.finditer(data):
                self._emit(_BREAK.sub(" ", data[at : gap.start()]), start + at)
                at = gap.end()
            data = _BREAK.sub(" ", data)
        self._emit(data[at:], start + at)

    def handle_entityref(self, name: str) -> None:
        start = self.position()
        written = f"&{name};" if self.raw[start + len(name) + 1 : start + len(name) + 2] == ";" else f"&{name}"
        decoded = html.unescape(written)
        if decoded == written:
            self._emit(written, start)
        else:
            self._emit(decoded, start, len(written))

    def handle_charref(self, name: str) -> None:
        start = self.position()
        written = f"&#{name};" if self.raw[start + len(name) + 2 : start + len(name) + 3] == ";" else f"&#{name}"
        self._emit(html.unescape(written), start, len(written))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start, width = self.position(), len(self.get_starttag_text() or "")
        if self.hidden is not None and start < self.hidden:
            return
        self.hidden = self._hides(tag, dict(attrs), start + width)
        if tag in SILENT_TAGS:
            if self._ends(tag):
                self.silent.add(tag)
            return
        if self.silent:
            return
        self.strong += tag in STRONG_TAGS
        if tag == "title":
            if self._ends(tag):
                self.title = []
        elif tag == "img":
            self._emit(IMAGE, start, width)
        elif tag in BLOCK_TAGS:
            self.preformatted += tag == "pre"
            self.cell = tag in CELL_TAGS or (self.cell and tag not in ROW_TAGS)
            self._emit("\n", start, width)
            if tag not in ("br", "hr") and len(self.open) < DEEPEST:
                if self.open[-1:] == ["p"]:  # another block ends a paragraph
                    self.open.pop()
                self.open.append(tag)
            if tag == "h1" and self.h1 is None:
                self.heading = []
        elif tag == "a":
            self.href, self.link_text = dict(attrs).get("href") or "", []

    def _hides(self, tag: str, attrs: dict[str, str | None], start: int) -> int | None:
        """Where the element ends, when the page does not show it."""
        if tag in self.unbalanced or not ("hidden" in attrs or _HIDDEN.search(attrs.get("style") or "")):
            return None
        depth = 1
        for match in re.compile(rf"(?i)<(/?){re.escape(tag)}\b").finditer(self.raw, start):
            depth += -1 if match[1] else 1
            if depth == 0:
                return match.start() if match.start() - start <= MOST_HIDDEN * len(self.raw) else None
        self.unbalanced.add(tag)  # and looking for each of its ends would take long
        return None

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in SILENT_TAGS:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self.hidden is not None:
            if self.position() < self.hidden:
                return
            self.hidden = None
        if tag in SILENT_TAGS:
            self.silent.discard(tag)
            return
        self.strong -= tag in STRONG_TAGS and self.strong > 0
        if tag == "title" and self.title is not None:
            self.html_title, self.title = "".join(self.title).strip() or None, None
        elif tag in BLOCK_TAGS:
            self.cell = self.cell and tag not in CELL_TAGS | ROW_TAGS
            if tag in self.open:
                del self.open[len(self.open) - 1 - self.open[::-1].index(tag) :]
            self.preformatted -= tag == "pre" and self.preformatted > 0
            if tag == "h1" and self.heading is not None:
                self.h1, self.heading = "".join(self.heading).strip() or None, None
            self._emit("\n", self.position())
        elif tag == "a" and self.href is not None:
            self.links.append(("".join(self.link_text).strip(), self.href))
            self.href = None


def plain_lines(raw: str, start: int = 0, *, page: bool = False) -> Page:
    """The visible text of `raw[start:]`, line by line, without HTML and Markdown mark-up.

    Args:
        raw: the file.
        start: where its body begins.
        page: it is known to be an HTML page, though it may not begin like one.
    """
    page = page or bool(_PAGE.match(raw, start))
    parser = _Parser(raw, start, page)
    parser.feed(raw[start:])
    parser.close()
    heading = None if page else re.search(r"(?m)^[ \t]*#[ \t]+(.{1,1000}?)[ \t]{0,9}#{0,9}$", "".join(parser.out.chars))
    links = parser.links + ([] if page else strip_markdown(parser.out))  # an asterisk on a page is an asterisk

    lines: list[Line] = []
    current = Line("", [])
    after_image = False

    def finish() -> None:
        nonlocal current, after_image
        while current.text.endswith(" "):
            current.text = current.text[:-1]
            current.origins.pop()
        if current.text:
            current.after_image = after_image
            after_image = False
            lines.append(current)
        current = Line("", [])

    pieces: list[str] = []
    for char, origin, mark in zip(parser.out.chars, parser.out.origins, parser.out.marks, strict=True):
        if char in "\n\r\u2028\u2029":
            current.text = "".join(pieces)
            finish()
            pieces = []
        elif char == IMAGE:
            if not pieces:
                after_image = True
        elif not char.isprintable() and not char.isspace():
            continue  # control and direction characters: nothing to read, and a terminal would obey them
        elif char.isspace():
            if pieces and pieces[-1] != " ":
                pieces.append(" ")
                current.origins.append(origin)
        else:
            pieces.append(char)
            current.origins.append(origin)
            current.links += mark & LINKED > 0
            current.strong += mark & STRONG > 0
            current.cell = current.cell or mark & CELL > 0
    current.text = "".join(pieces)
    finish()
    return Page(lines, parser.html_title, parser.h1 or (heading.group(1).strip() if heading else None), links)
