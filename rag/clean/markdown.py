"""Markdown marks out of a text, headings, bold and links noted."""

from __future__ import annotations

import re

from rag.clean.chars import IMAGE, LINKED, STRONG, Chars

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


def strip_markdown(out: Chars) -> list[tuple[str, str]]:
    """Take the marks out, and leave what they mean; returns the links as (visible text, address)."""
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
