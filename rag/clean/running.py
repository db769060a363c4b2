"""Page furniture inside running text: many dumps have a whole page, menus and all, in one line.

Datelines, bylines, credits, captions, advertisements and notices are told by their form (`phrases`) and by where they
stand: at the beginning, at the end, or right after a sentence. Whatever is taken out splits the line there, so no
sentence and no quote reaches across it. A dateline goes only when the day it names is kept as metadata.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from rag.clean import phrases
from rag.clean.chrome import size
from rag.clean.markup import Line
from rag.clean.shared import page_units
from rag.text import CJK, fold_text, sentences, simplified

Span = tuple[int, int]

TAIL, LONG_TAIL = 700, 4000  # characters at a text's end that notices and credits may fill
WINDOW = 240  # characters before the end in which a credit begins
HEAD = 240  # characters at its beginning that hold headline, byline and dateline
COPIED = 16  # words or characters from which a sentence that stands twice is a copy, not a refrain
MOST_NOTICE = 0.4  # a notice that claims more of the text than this is no notice
MOST_CAPTIONS = 0.5  # a text that is captions for the most part is a story in pictures
MOST_RELATED = 0.3  # nor is a list of other articles


@dataclass
class Found:
    """What the furniture says of the article."""

    title: str | None = None
    outlet: str | None = None
    authors: tuple[str, ...] = ()


def tidy(
    lines: Sequence[Line], date: str | None, outlet: str | None, shared: Collection[str]
) -> tuple[list[Line], Found]:
    """Lines without the furniture inside them, and what it says of the article.

    Args:
        lines: those that report.
        date: ISO 8601, as far as known; a dateline of the same day says nothing more.
        outlet: as far as known.
        shared: sentences known to be chrome of this source (folded).
    """
    found = Found(outlet=outlet)
    texts = [simplified(line.text) for line in lines]  # for the patterns; offsets are the same
    spans: list[list[Span]] = []
    for line, text in zip(lines, texts, strict=True):
        credits = [match.span() for match in phrases.BRACKETED_CREDIT.finditer(text)]
        for start, end in credits:
            _credit(line.text[start:end], found)
        spans.append(credits + [match.span() for pattern in phrases.ANYWHERE for match in pattern.finditer(text)])
        spans[-1] += _captions(text)
    for index in range(len(lines) - 1, -1, -1):  # the end may fill several short lines
        end, credits = _end(texts[index], spans[index], shared)
        for start, stop in credits:
            _credit(lines[index].text[start:stop], found)
        if end < len(texts[index]):
            spans[index].append((end, len(texts[index])))
        if end > 0:
            break
    for index, line in enumerate(lines):
        start, titled = _start(line.text, texts[index], spans[index], found) if index == 0 else (0, False)
        spans[index] += _datelines(line.text, texts[index], spans[index], start, titled, date, found)
    _copies(lines, spans)
    kept = [piece for line, gone in zip(lines, spans, strict=True) for piece in _without(line, gone)]
    return kept, found


def _captions(text: str) -> list[Span]:
    """Captions with their photographers; of a story told in captions the photographers alone."""
    found = list(phrases.CAPTION.finditer(text))
    told = sum(size(match["said"]) for match in found)
    whole = told <= MOST_CAPTIONS * size(text)
    return [match.span() if whole else (match.end("said"), match.end()) for match in found]


def _end(text: str, spans: Sequence[Span], shared: Collection[str]) -> tuple[int, list[Span]]:
    """Where the text ends once credits, notices and calls to the reader are off, and where the credits stand."""
    credits: list[Span] = []
    least = len(text) - min(LONG_TAIL, max(TAIL, int(MOST_NOTICE * len(text)))) if len(text) > 160 else 0
    least = max(0, least)
    units = [least + start for start, _ in page_units(text[least:])]
    end = next((start for start in units if _is_appendix(text[start:], len(text))), len(text))
    while end > least:
        before = len(text[:end].rstrip())
        end = min([before, *(start for start, stop in spans if start < before <= stop)])  # that goes anyway
        window = max(least, end - WINDOW)
        match = next((m for pattern in phrases.ENDINGS if (m := pattern.search(text, window, end))), None)
        if match and match.end() == end:
            credits.append(match.span())
            end = match.start()
        elif end == before:
            start = max((start for start in units if start < end), default=end)
            unit = text[start:end]
            if not unit or not (fold_text(unit) in shared or _speaks_of_page(unit)):
                break
            end = start
    return end, credits


def _is_appendix(rest: str, length: int) -> bool:
    """Whether a declared notice or a list of other articles begins here and fills the rest of the text."""
    if len(rest) <= max(MOST_NOTICE * length, 60) and phrases.DECLARED.match(rest) and phrases.NOTICE.search(rest):
        return True
    return len(rest) <= MOST_RELATED * length and bool(phrases.RELATED.match(rest))


def _speaks_of_page(sentence: str) -> bool:
    """Whether a sentence at the end talks to readers about the page: two signs, since a report may quote one."""
    calls = len(set(phrases.CALL.findall(sentence)))
    notice = phrases.NOTICE.search(sentence)
    short = len(sentence) <= 120
    return len(sentence) <= 260 and bool(
        (notice and phrases.THIS_PAGE.search(sentence))
        or (notice and phrases.MATERIAL.search(sentence) and phrases.ASKS.search(sentence))
        or (
            short
            and calls
            and phrases.TO_READER.search(sentence)
            and (calls >= 3 or phrases.CALL_PLACE.search(sentence))
        )
        or (short and phrases.CONTACT.search(sentence) and phrases.DESK.search(sentence))
    )


def _start(original: str, text: str, spans: list[Span], found: Found) -> tuple[int, bool]:
    """Where the text begins after advertisements and a labelled headline (spans are added), and whether it has one."""
    at, titled = 0, False
    while True:
        ahead = next((stop for start, stop in sorted(spans) if start <= at < stop), None)
        label = phrases.LABEL.match(text, at) if ahead is None else None
        stamp = phrases.STAMP.match(text, at)
        carried = phrases.REPRINTED.match(text, at) or (phrases.SCENE.match(text) if at == 0 else None)
        if ahead is not None:
            at = ahead
        elif stamp:  # a day without its year stays
            at = stamp.end()
        elif carried and label is None:
            spans.append(carried.span())
            at = carried.end()
        elif label is None:
            return at, titled
        else:
            end = label.end()
            _credit(original[at:end], found)
            if label["title"]:
                titled = True
                end += _headline(text[end:], found.outlet)
                found.title = found.title or _once(original[label.end() : end].strip()) or None
            spans.append((at, end))
            at = end


def _once(title: str) -> str:
    half = len(title) // 2
    return title[:half] if half and title[:half] == title[-half:] and len(title) - 2 * half <= 1 else title


def _headline(text: str, outlet: str | None) -> int:
    """Length of a headline glued to the text, where the text says it again or a dateline follows; else 0."""
    for length in range(min(80, len(text) // 2), 5, -1):
        if text.startswith(text[:length].strip(), length):
            return length * 2 if text[length * 2 : length * 2 + 1].isspace() else length
    matches = [match for match in _datelines_in(text[:HEAD], 0, outlet, titled=True) if 6 <= match.start() <= 60]
    # The shortest of its kind that ends in the same place: 发电厂IT之家 is no outlet.
    alike = [m.start() for m in matches if m.end() == matches[0].end() and m.re is matches[0].re]
    title = text[: max(alike)] if alike else ""
    balanced = all(title.count(left) == title.count(right) for left, right in ("（）", "()", "【】", "“”", "《》"))
    return len(title) if balanced and "。" not in title else 0


def _datelines_in(text: str, start: int, outlet: str | None = None, *, titled: bool = False) -> Iterator[re.Match[str]]:
    """Datelines and bylines: after a boundary, or right where the known outlet's name stands.

    "… 8月3日报道" after the first sentence is somebody else's report that is quoted.
    """
    bounds = {0, start, *(m.end() for m in re.finditer(r"[。！？!?…”』」）)】〗\]×\s]\s*", text))}
    if outlet:
        bounds |= {m.start() for m in re.finditer(re.escape(outlet), text)}
    bounds |= {m.start() for m in phrases.REPORTERS.finditer(text[:HEAD])}
    bounds |= {m.start() for m in phrases.AGENCIES.finditer(text[:HEAD])}
    bounds |= {m.start() for m in re.finditer(r"20\d\d-\d\d-\d\d\s", text[:HEAD])}
    if titled:  # a headline may touch the outlet's name: 发电厂IT之家
        bounds |= {m.end() for m in re.finditer(f"[{CJK}](?=[A-Za-z])", text[:HEAD])}
    for at in sorted(bounds):
        match = next((m for pattern in phrases.DATELINES if (m := pattern.match(text, at))), None)
        if match is None or phrases.ATTRIBUTED.match(match.group()):
            continue
        if match.groupdict().get("report") and at > start and not titled:
            continue
        yield match


def _datelines(
    original: str, text: str, taken: Sequence[Span], start: int, titled: bool, date: str | None, found: Found
) -> list[Span]:
    spans: list[Span] = []
    for match in _datelines_in(text, start, found.outlet, titled=titled):
        if any(left < match.end() and match.start() < right for left, right in (*taken, *spans)):
            continue
        groups = match.groupdict()
        by = groups.get("by")
        if match.start() > start + HEAD and not (by and by.startswith(("(", "（", "【"))):
            continue
        if by:
            _credit(original[slice(*match.span("by"))], found)
        if groups.get("m") and not _same_day(date, int(groups["m"]), int(groups["d"])):
            if by:  # the reporters go, the day stays
                spans.append(match.span("by"))
            continue
        if groups.get("outlet") and not found.outlet:
            found.outlet = _outlet(original[slice(*match.span("outlet"))])
        spans.append(match.span())
    return spans


def _outlet(name: str) -> str | None:
    """An outlet's name, unless it is none ("本报")."""
    name = phrases.OUTLET_EDGES.sub("", name.strip("@|"))
    return name if 2 <= len(name) <= 20 and not phrases.NO_OUTLET.fullmatch(name) else None


def _same_day(date: str | None, month: int, day: int) -> bool:
    if not date or len(date) < 10:
        return False
    try:
        known = dt.date.fromisoformat(date[:10])
    except ValueError:
        return False
    return (known.month, known.day) == (month, day)


def _credit(text: str, found: Found) -> None:
    """Outlet and authors from a byline, a dateline or a credit."""
    labels = list(re.finditer(phrases.CREDIT, simplified(text)))
    for number, label in enumerate(labels, start=1):
        after = labels[number].start() if number < len(labels) else len(text)
        words = [word for word in phrases.BETWEEN_NAMES.split(text[label.end() : after]) if word]
        if phrases.IS_AUTHOR.fullmatch(label.group()) and not found.authors:
            people = (word for word in words if re.fullmatch(phrases.NAME, word) and not phrases.NO_NAME.search(word))
            found.authors = tuple(dict.fromkeys(people))
        if phrases.IS_OUTLET.fullmatch(label.group()) and words and not found.outlet:
            found.outlet = _outlet(words[0])


def _copies(lines: Sequence[Line], spans: list[list[Span]]) -> None:
    """Add the sentences that stand in the article a second time."""
    seen: set[str] = set()
    for line, gone in zip(lines, spans, strict=True):
        for start, end in _rest(line.text, gone):
            for left, right in sentences(line.text[start:end]):
                unit = line.text[start + left : start + right]
                if size(unit) < COPIED:
                    continue
                key = fold_text(unit)
                if key in seen:
                    gone.append((start + left, start + right))
                seen.add(key)


def _rest(text: str, gone: Sequence[Span]) -> list[Span]:
    """What lies between spans."""
    rest, at = [], 0
    for start, end in sorted(gone):
        if start > at:
            rest.append((at, start))
        at = max(at, end)
    return [*rest, (at, len(text))] if at < len(text) else rest


def _without(line: Line, gone: Sequence[Span]) -> Iterator[Line]:
    """The line's pieces between the spans."""
    if not gone:
        yield line
        return
    for start, end in _rest(line.text, gone):
        while start < end and line.text[start].isspace():
            start += 1
        while end > start and line.text[end - 1].isspace():
            end -= 1
        if re.search(r"\w", line.text[start:end]):
            yield replace(line, text=line.text[start:end], origins=line.origins[start:end], links=0)
