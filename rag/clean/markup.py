"""HTML and Markdown mark-up → plain lines whose every character knows its place in the file."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from rag.text import CJK

Origin = tuple[int, int]  # raw start, raw end of one character

BLOCK_TAGS = frozenset(
    "address article aside blockquote br center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 "
    "h6 header hr li main nav ol option p pre section table tbody td tfoot th thead title tr ul".split()
)
SILENT_TAGS = frozenset("script style noscript template svg iframe button select".split())
STRONG_TAGS = frozenset("strong b h2 h3 h4 h5 h6".split())
LINKED, STRONG = 1, 2


@dataclass
class Line:
    """One line of visible text. White space is trimmed and its runs are one blank."""

    text: str
    origins: list[Origin]  # one for each character
    links: int = 0  # characters that stand inside links
    strong: int = 0  # characters that are set off as a heading or in bold
    after_image: bool = False  # the last thing before it is a picture


@dataclass
class Page:
    """The visible lines of a file, and what its mark-up says of itself."""

    lines: list[Line]
    html_title: str | None = None
    heading: str | None = None  # text of the first <h1> or "# "
    links: list[tuple[str, str]] = field(default_factory=list)  # (visible text, address), in order


@dataclass
class _Chars:
    """Characters with origins and marks (LINKED, STRONG); edited together so they can't drift apart."""

    chars: list[str] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)

    def add(self, text: str, start: int, *, width: int = 1, mark: int = 0) -> None:
        for i, char in enumerate(text):
            self.chars.append(char)
            self.origins.append((start + i, start + i + 1) if width == 1 else (start, start + width))
            self.marks.append(mark)

    def mark(self, start: int, end: int, mark: int) -> None:
        self.marks[start:end] = [old | mark for old in self.marks[start:end]]

    def delete(self, spans: list[tuple[int, int]]) -> None:
        for start, end in reversed(spans):
            del self.chars[start:end], self.origins[start:end], self.marks[start:end]


_PAGE = re.compile(r"(?is)\ufeff?\s*(?:<\?xml[^>]*+>\s*+|(?><!--.*?-->)\s*+)*+<(?:!doctype\s+html|html)\b")
_BREAK = re.compile("[\n\r\u2028\u2029]")
_WIDE = rf"[{CJK}\u3000-\u303f\uff00-\uffef]"  # between two of these a line break is not even a blank
_WIDE_BREAK = re.compile(rf"(?<={_WIDE})[ \t]*[\n\r]\s*(?={_WIDE})")
MOST_UNENDED = 50
IMAGE = "\ufffc"  # object replacement character: stands for a picture until lines are made


class _Parser(HTMLParser):
    def __init__(self, raw: str, start: int, page: bool) -> None:
        super().__init__(convert_charrefs=False)
        self.page = page  # in an HTML page a line break of the source is a blank
        self.preformatted = 0
        self.unended = 0
        self.raw, self.base = raw, start
        self.out = _Chars()
        self.silent: set[str] = set()
        self.strong = 0
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
        ends = re.finditer(r"</(script|style|noscript|template|svg|iframe|button|select|title|textarea)\b", raw.lower())
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
        if self.silent:
            return
        if self.title is not None:
            self.title.append(text)
            return
        if self.heading is not None:
            self.heading.append(text)
        if self.href is not None:
            self.link_text.append(text)
        mark = LINKED * (self.href is not None) | STRONG * (self.strong > 0)
        self.out.add(text, start, width=width, mark=mark)

    def handle_data(self, data: str) -> None:
        start, at = self.position(), 0
        if self.page and not self.preformatted:
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
            self._emit("\n", start, width)
            if tag == "h1" and self.h1 is None:
                self.heading = []
        elif tag == "a":
            self.href, self.link_text = dict(attrs).get("href") or "", []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in SILENT_TAGS:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT_TAGS:
            self.silent.discard(tag)
            return
        self.strong -= tag in STRONG_TAGS and self.strong > 0
        if tag == "title" and self.title is not None:
            self.html_title, self.title = "".join(self.title).strip() or None, None
        elif tag in BLOCK_TAGS:
            self.preformatted -= tag == "pre" and self.preformatted > 0
            if tag == "h1" and self.heading is not None:
                self.h1, self.heading = "".join(self.heading).strip() or None, None
            self._emit("\n", self.position())
        elif tag == "a" and self.href is not None:
            self.links.append(("".join(self.link_text).strip(), self.href))
            self.href = None


# Markdown, from the outside in. Each pattern's group "keep" stays, the rest of the match goes. Possessive and bounded,
# because a file of nothing but brackets must not keep a build busy for hours.
_MARKDOWN = [
    re.compile(r"!\[(?P<image>[^\]\n]{0,1000}+)\]\([^)\n]{0,3000}+\)"),
    re.compile(r"(?<!\!)\[(?P<keep>[^\]\n]{0,1000}+)\]\((?P<href>[^)\s]{0,3000}+)[^)\n]{0,1000}+\)"),
    re.compile(r"(?P<bold>\*\*|__)(?=\S)(?P<keep>[^\n]{0,2000}?\S)(?P=bold)"),
    re.compile(r"(?m)^[ \t]*#{1,6}[ \t]+(?P<keep>[^\n]{0,1000}?)[ \t]{0,9}#{0,9}$"),
    re.compile(r"(?m)^[ \t]*(?:>[ \t]?)+(?P<keep>[^\n]*)$"),
    re.compile(r"(?m)^[ \t]*(?:[-*_=][ \t]*){3,}$(?P<keep>)"),
    re.compile(r"(?m)^[ \t]*[-*+•·■●][ \t]+(?P<keep>[^\n]*)$"),
]

_SET_OFF = (_MARKDOWN[2], _MARKDOWN[3])  # bold, headings


def _strip_markdown(out: _Chars) -> list[tuple[str, str]]:
    links = []
    for pattern in _MARKDOWN:
        gone: list[tuple[int, int]] = []
        text = "".join(out.chars)
        for match in pattern.finditer(text):
            groups = match.groupdict()
            if "image" in groups:  # one character stays as the picture's place
                out.chars[match.start()] = IMAGE
                gone.append((match.start() + 1, match.end()))
                continue
            if "href" in groups:
                links.append((match["keep"].strip(), match["href"]))
                out.mark(*match.span("keep"), LINKED)
            elif pattern in _SET_OFF:
                out.mark(*match.span("keep"), STRONG)
            gone += [(match.start(), match.start("keep")), (match.end("keep"), match.end())]
        out.delete([span for span in gone if span[0] < span[1]])
    return links


def plain_lines(raw: str, start: int = 0) -> Page:
    """The visible text of `raw[start:]`, line by line, without HTML and Markdown mark-up."""
    page = bool(_PAGE.match(raw, start))
    parser = _Parser(raw, start, page)
    parser.feed(raw[start:])
    parser.close()
    heading = None if page else re.search(r"(?m)^[ \t]*#[ \t]+(.{1,1000}?)[ \t]{0,9}#{0,9}$", "".join(parser.out.chars))
    links = parser.links + ([] if page else _strip_markdown(parser.out))  # an asterisk on a page is an asterisk

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
    current.text = "".join(pieces)
    finish()
    return Page(lines, parser.html_title, parser.h1 or (heading.group(1).strip() if heading else None), links)
