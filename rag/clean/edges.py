"""What of the page stands before and after the report: told by signs, never by a missing full stop alone."""

from __future__ import annotations

import re
from collections.abc import Collection

from rag.clean import phrases
from rag.clean.chrome import CRUMBS, SHORT, introduced, is_sentence, size
from rag.clean.markup import Line
from rag.text import fold_text, simplified

# Lines after which a page has nothing more to report, when they stand near its end.
_END_MARK = re.compile(
    r"^[\W]*(?:相关内容|相关报道|相关报导|相关阅读|相关推荐|推荐阅读|延伸阅读|读者评论|热门排行榜?|网友评论|评论区"
    r"|related(?:\s(?:articles?|stories|news|coverage))?|comments?|most\s(?:read|popular)|you\smay\salso\slike|more\sfrom\s.{1,30})\s*[:：]?[\W\d]*$",
    re.IGNORECASE,
)
_FULL_STOP = re.compile(r"[。！？!?.][”’」』）)\"'】\]]*$")
_BAR = re.compile(r"\s*[|｜·•/>›»→]\s*")
_BAR_ENTRY = 4  # words or Chinese characters
_ADDRESSED = 24  # words or Chinese characters: a longer line that is no sentence may report all the same


def edge_lines(lines: list[Line], gone: Collection[int], headline: int, names: Collection[str]) -> set[int]:
    """Indices of the page's lines before the first and after the last running sentence.

    A line without a full stop may be a quotation, the entry of a list, a row of a table or a correction, so each needs
    a sign of its own: it stands before the headline or after an end mark, it is a link, a menu in one line, a name that
    the metadata have, a byline, or speaks to readers.

    Args:
        lines: of the page.
        gone: indices of those known to go.
        headline: index of the headline among them; 0 where there is none.
        names: outlet, authors and title of the article.
    """
    sentences = [i for i, line in enumerate(lines) if i not in gone and is_sentence(line.text)]
    if not sentences:
        return set()
    end = _page_end(lines, gone)
    # A short sentence at the edge ("风停了。") reports as well.
    body = [i for i, line in enumerate(lines) if i not in gone and (i in sentences or _FULL_STOP.search(line.text))]
    body = [i for i in body if i < end] or body
    end = max(end, body[-1] + 1)
    known = {fold_text(name) for name in names}
    edge = [*range(body[0]), *range(body[-1] + 1, end)]
    before = {i for i in edge if i < headline and size(lines[i].text) <= SHORT and not introduced(lines, i)}
    return before | {i for i in edge if _has_sign(lines, i, known)} | set(range(end, len(lines)))


def _has_sign(lines: list[Line], index: int, known: Collection[str]) -> bool:
    line = lines[index]
    text = simplified(line.text)
    return (
        line.links >= 0.5 * len(text)
        or (fold_text(line.text) in known and not line.cell)
        or _is_bar(lines, index)
        or bool(phrases.BYLINE.fullmatch(text))
        or (size(text) <= _ADDRESSED and bool(phrases.CALL.search(text) and phrases.CALL_PLACE.search(text)))
    )


def _is_bar(lines: list[Line], index: int) -> bool:
    """Whether a line is a menu or a breadcrumb trail; a table's rows look like one, but stand together."""
    if CRUMBS.match(lines[index].text) and not introduced(lines, index):
        return True
    entries = _entries(lines[index])
    around = {_entries(lines[i]) for i in (index - 1, index + 1) if 0 <= i < len(lines)}
    short = all(size(part) <= _BAR_ENTRY for part in _BAR.split(lines[index].text))
    return entries >= 3 and short and entries not in around and not re.search(r"\d", lines[index].text)


def _entries(line: Line) -> int:
    return len(_BAR.split(line.text))


def _page_end(lines: list[Line], gone: Collection[int]) -> int:
    """Index of the first end mark with at most a quarter of the text after it, or the number of lines."""
    left = total = sum(len(line.text) for i, line in enumerate(lines) if i not in gone)
    for i, line in enumerate(lines):
        if _END_MARK.match(fold_text(line.text)) and left <= 0.25 * total:
            return i
        if i not in gone:
            left -= len(line.text)
    return len(lines)
