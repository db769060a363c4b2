"""Title, date, outlet, authors and address, from front matter, mark-up, the head of the text and the file name."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any

import yaml

from rag.clean.chrome import CRUMBS, is_chrome, is_sentence, size
from rag.clean.markup import Line, Page
from rag.clean.moments import named_date, parse_date, stated_date
from rag.text import fold_text, sound, words
from rag.types import Article, file_title

_FRONT_MATTER = re.compile(
    r"\ufeff?(?P<fence>---|\+\+\+)[ \t]*\r?\n(?P<block>.*?)\r?\n(?P=fence)[ \t]*(?:\r?\n|$)", re.DOTALL
)
_TITLE_KEYS = ("title", "headline", "标题")
_DATE_KEYS = ("date", "published", "publish_date", "pubdate", "datepublished", "created", "time", "日期")
_OUTLET_KEYS = ("outlet", "source", "site", "publisher", "media", "publication", "来源", "媒体")
_AUTHOR_KEYS = ("authors", "author", "by", "byline", "作者")
_URL_KEYS = ("url", "link", "original_url", "source_url", "canonical", "permalink", "原文链接")

_FIELD = re.compile(
    r"(?P<key>[^\W\d][\w-]{0,40})[ \t]*:(?:[ \t]+(?P<value>[^\s\[{&*!|>%@`][^\x00-\x08\x0b-\x1f]*))?[ \t]*"
)
_ENTRY = re.compile(r"[ \t]*-[ \t]+\S")  # of a list, such as tags
_NOBODY = re.compile(r"人士|知情|官员|官員|发言人|發言人|匿名|网友|網友|[一二两三四五六七八九十\d]+[名位个]")
_LABELLED = re.compile(
    r"(?<![^\s|｜·,，(（])(?:(?P<author>作者|本报记者|记者|記者|撰文|文)|(?P<outlet>文章来源|来源|來源|source)|责任编辑|责编|编辑|編輯|editor)"
    r"\s*[:：/]\s*(?P<who>[^\s|。！？；，]{1,30})(?![^\s|。！？；，])|(?:阅读|浏览|评论|点击|views|comments)\s*[:：]?\s*\d+",
    re.IGNORECASE,
)
_MOMENT = re.compile(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:星期|周|週)[一二三四五六日天]|\d{1,2}[:：]\d{2}", re.IGNORECASE
)
_BY = re.compile(r"^by[:\s]\s*(?P<who>\S.{1,60})$", re.IGNORECASE)
_LATIN_NAMES = re.compile(
    r"^[A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){1,3}(?:(?:,|，| and )\s*[A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){1,3})*$"
)
_LINK_WORDS = re.compile(
    r"(?i)^(?:原文|原文链接|查看原文|阅读原文|原文連結|来源|link|source|original|read more|via).{0,6}$"
)


LEAST_DECK = 8  # words or Chinese characters


@dataclass(frozen=True)
class Metadata:
    """What the file says of itself. `head_lines` are the indices of lines that became metadata, `title_line`
    that of the headline among them."""

    title: str
    date: str | None
    outlet: str | None
    url: str | None
    authors: tuple[str, ...]
    head_lines: frozenset[int]
    title_line: int | None = None


def front_matter(raw: str) -> tuple[dict[str, Any], int]:
    """The block at the top, YAML (---) or TOML (+++), as a dictionary with lower-case keys, and where the body starts.

    A block that is neither counts as text: nothing is lost.
    """
    match = _FRONT_MATTER.match(raw)
    if not match:
        return {}, 0
    try:
        # BaseLoader keeps every value as it is written: a date stays the author's, zone and all.
        yaml_block = match["fence"] == "---"
        fields = yaml.load(match["block"], Loader=yaml.BaseLoader) if yaml_block else _toml(match["block"])
    except (yaml.YAMLError, ValueError, RecursionError):  # brackets nested a thousand deep are no settings either
        fields = _plain_fields(match["block"]) if match["fence"] == "---" else None
    if not isinstance(fields, dict):
        return {}, 0
    return {str(key).lower(): _sound(value) for key, value in fields.items()}, match.end()


def _plain_fields(block: str) -> dict[str, str] | None:
    """Fields of a block that is no YAML for its unquoted colons (`title: Trump: the return`): each line a field."""
    lines = [line for line in block.splitlines() if line.strip() and not _ENTRY.match(line)]
    found = [_FIELD.fullmatch(line) for line in lines]
    fields = {match["key"].lower(): (match["value"] or "").strip().strip("\"'") for match in found if match}
    known = {*_TITLE_KEYS, *_DATE_KEYS, *_OUTLET_KEYS, *_AUTHOR_KEYS, *_URL_KEYS}
    return fields if all(found) and known & set(fields) else None


def _sound(value: Any) -> Any:
    """YAML may write half a character, which no file and no database takes."""
    if isinstance(value, str):
        return sound(value)
    return [_sound(item) for item in value] if isinstance(value, list) else value


def _toml(block: str) -> dict[str, Any]:
    """TOML as a dictionary; static site generators keep more fields in tables such as [extra] or [params]."""
    fields = tomllib.loads(block.replace("\r\n", "\n"))
    tables = [value for value in fields.values() if isinstance(value, dict)]
    return {key: value for table in (*tables, fields) for key, value in table.items() if not isinstance(value, dict)}


def _first(fields: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((fields[key] for key in keys if fields.get(key)), None)


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = re.split(r"\s*[,，、;；]\s*|\s+and\s+", value)
    people = [value] if isinstance(value, dict) else value or ()
    named = (sound(str(person.get("name") or "" if isinstance(person, dict) else person)).strip() for person in people)
    return tuple(name for name in named if name)


def read_metadata(article: Article, fields: dict[str, Any], page: Page) -> Metadata:
    """Everything the file says of itself. What it doesn't say stays None."""
    head = _head(page.lines)
    used: set[int] = set()
    unnamed = file_title(article.source)
    stated = None if article.title == unnamed else article.title  # a file's name is no title, if the text has one
    title = stated or _text(_first(fields, _TITLE_KEYS)) or page.heading
    title_line = None
    if title is None:
        title_line = _title_line(page.lines, head)
        if title_line is not None:
            title = page.lines[title_line].text
            used.add(title_line)
        else:
            title = page.html_title or unnamed
    folded_title = fold_text(title)
    outlet = article.outlet or _text(_first(fields, _OUTLET_KEYS))
    url = article.url or _text(_first(fields, _URL_KEYS))
    if outlet and outlet.startswith(("http://", "https://")):
        outlet, url = None, url or outlet
    authors = article.authors or _names(_first(fields, _AUTHOR_KEYS))
    date = stated_date(article.date or "") or stated_date(str(_first(fields, _DATE_KEYS) or ""))

    chronology = _chronology(page.lines, head)
    for index in head:
        line = page.lines[index]
        folded = fold_text(line.text)
        again = folded.startswith(folded_title) and len(folded) <= len(folded_title) + 30
        if again and (title != unnamed or folded == folded_title):  # any line may begin with the name of a.txt
            used.add(index)  # the title again, often with the outlet: "… by cnbeta"
            title_line = index if title_line is None else title_line
            by = re.match(r"\s*(?:by|[-_|—–])\s*(.{2,28})$", line.text[len(title) :], re.IGNORECASE)
            outlet = outlet or (by.group(1).strip() if by else None)
            continue
        dated = parse_date(line.text)
        rest = line.text[: dated[1]] + line.text[dated[2] :] if dated else line.text
        if len(line.text) > 80 or (dated and is_sentence(line.text)) or index in chronology:
            continue
        for label in _LABELLED.finditer(rest):
            if label["outlet"] and _NOBODY.search(label["who"]):
                continue
            used.add(index)
            if label["author"]:
                authors = authors or _names(label["who"])
            elif label["outlet"]:
                outlet = outlet or label["who"]
        parts = [part.strip(" ·,，-–—:：") for part in re.split(r"[|｜]", _LABELLED.sub("|", rest))]
        if dated:
            used.add(index)
            date = date or dated[0]
        for part in parts:
            by_line = _BY.match(part)
            if by_line or (len(parts) == 1 and _LATIN_NAMES.match(part)):
                used.add(index)
                authors = authors or _names(by_line["who"] if by_line else part)
            elif part and index in used and len(part) <= 30 and not _MOMENT.match(part):
                outlet = outlet or part
    # What is no sentence and stands between title, byline and date is the page's, not the report's.
    between = range(min(used, default=0), max(used, default=0))
    used |= {
        i for i in head if i in between and i not in chronology and not _is_deck(page.lines[i], i - 1 == title_line)
    }
    running = [index for index, line in enumerate(page.lines) if is_sentence(line.text)]
    for index, line in enumerate(page.lines):
        match = _LABELLED.fullmatch(line.text)
        inside = running and running[0] < index < running[-1]
        if match and match["outlet"] and not inside and not _NOBODY.search(match["who"]):
            used.add(index)
            outlet = outlet or match["who"]
    for text, href in reversed(page.links[-3:]):
        line_is_link = any(fold_text(line.text) == fold_text(text) for line in page.lines[-3:])
        if line_is_link and href.startswith(("http://", "https://")):
            url = url or href.rstrip('",')
            if text and not _LINK_WORDS.match(text) and len(text) <= 20:
                outlet = outlet or text
    return Metadata(title, date or named_date(article.source), outlet, url, authors, frozenset(used), title_line)


def _chronology(lines: list[Line], head: list[int]) -> set[int]:
    """Lines of the head that each tell what happened on a day of its own."""
    dated = {index: found for index in head if (found := parse_date(lines[index].text))}
    telling = {i for i, (_, start, end) in dated.items() if size(lines[i].text) - size(lines[i].text[start:end]) >= 2}
    return telling if len({dated[index][0] for index in telling}) >= 3 else set()


def _is_deck(line: Line, under_headline: bool) -> bool:
    """Whether a line between headline and byline sums the story up, rather than being the page's."""
    long = size(line.text) >= LEAST_DECK and not line.links and not is_chrome(line.text)
    return is_sentence(line.text) or (long and under_headline)


def _text(value: Any) -> str | None:
    return str(value).strip() if value and not isinstance(value, (list, dict)) else None


def _head(lines: list[Line]) -> list[int]:
    """Indices of the lines before the report begins: up to the first two running sentences."""
    head = []
    sentences = 0
    for index, line in enumerate(lines[:15]):
        if is_sentence(line.text) and not is_chrome(line.text):
            sentences += 1
            if sentences > 1 or len(line.text) > 120:
                break
        else:
            head.append(index)
    return head


def _title_line(lines: list[Line], head: list[int]) -> int | None:
    """The line of the head that the rest of the text is about: the one whose words come back most often."""
    body = set(words(" ".join(line.text for i, line in enumerate(lines) if i not in head)))
    best, best_score = None, 0.0
    for index in head:
        text = lines[index].text
        if any(i not in head for i in range(index)):  # a subheading, after the report has begun
            break
        own = set(words(text))
        if is_chrome(text) or CRUMBS.match(text) or parse_date(text) or len(own) < 3 or len(text) > 120:
            continue
        score = sum(word in body for word in own) / (len(own) + 3)  # shrunk: three lucky words are no title
        if score > best_score + 0.1:  # the earlier one, unless a later one fits clearly better
            best, best_score = index, score
    return best if best_score >= 0.2 or len(head) == 1 else None
