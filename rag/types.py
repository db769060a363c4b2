"""What flows between rooms: frozen values that know how to become plain dictionaries."""

from __future__ import annotations

import bisect
import dataclasses
import re
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any, Literal

from rag.text import Language, Script

Mode = Literal["extractive", "llm"]
LONGEST_TITLE = 300  # characters: what is longer is a text in the wrong place


def make_id(*parts: object) -> str:
    """A short stable id: 16 hexadecimal digits of the SHA-256 of the parts."""
    return sha256("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def file_title(source: str) -> str:
    """What an article is called that says nothing of itself: its file's name, without ending and record number."""
    return PurePosixPath(re.sub(r"#\d+$", "", source)).stem


class Record:
    """Shared by all values here: `to_dict()` gives plain JSON-ready data, tuples as lists."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data of every public field, nested values included."""
        return {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self) if f.repr}  # type: ignore[arg-type]


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


@dataclass(frozen=True)
class Segment:
    """A stretch of clean text and the stretch of raw text it came from, as half-open character spans.

    Equal lengths mean a copy, character by character; otherwise the raw side is an entity or white space.
    """

    start: int
    end: int
    raw_start: int
    raw_end: int


@dataclass(frozen=True)
class Article(Record):
    """One article. `text` is the clean text all other offsets refer to; `raw` is the file as decoded."""

    id: str
    source: str  # path below the root given to build
    title: str
    outlet: str | None
    url: str | None
    date: str | None  # ISO 8601, as precise as the article says
    authors: tuple[str, ...]
    language: Language
    script: Script
    text: str
    raw: str
    alignment: tuple[Segment, ...] = field(default=(), repr=False)  # covers `text`, in order
    main: tuple[str, ...] = field(default=(), repr=False)  # as read: what looks like the main text; a hint for clean

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """The raw characters behind `text[start:end]`.

        Raises:
            ValueError: the span is empty or outside the text.
        """
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"span {start}:{end} lies outside a text of {len(self.text)} characters")
        first, last = self._segment(start), self._segment(end - 1)
        same = first.end - first.start == first.raw_end - first.raw_start
        raw_start = first.raw_start + (start - first.start if same else 0)
        same = last.end - last.start == last.raw_end - last.raw_start
        return raw_start, last.raw_start + (end - last.start) if same else last.raw_end

    def _segment(self, position: int) -> Segment:
        index = bisect.bisect_right(self.alignment, position, key=lambda s: s.start) - 1
        return self.alignment[index]

    def removed(self) -> list[tuple[int, int]]:
        """Raw spans that cleaning left out (mark-up, chrome, front matter), white space apart."""
        spans, at = [], 0
        # A line break stands for all that lay between two lines, so it hides nothing here.
        kept = [s for s in self.alignment if self.text[s.start : s.end] != "\n"]
        for segment in (*kept, Segment(0, 0, len(self.raw), len(self.raw))):
            if self.raw[at : segment.raw_start].strip():
                spans.append((at, segment.raw_start))
            at = max(at, segment.raw_end)
        return spans


@dataclass(frozen=True)
class ArticleInfo(Record):
    """What a list of articles shows of one, without its text."""

    id: str
    source: str
    title: str
    outlet: str | None
    date: str | None
    authors: tuple[str, ...]
    language: Language
    script: Script
    characters: int  # of the clean text
    passages: int


@dataclass(frozen=True)
class Passage(Record):
    """A piece of an article: whole sentences, an exact slice `article.text[start:end] == text`."""

    id: str
    article_id: str
    title: str
    source: str
    date: str | None
    text: str
    start: int
    end: int
    score: float = 0.0
    scores: dict[str, float] = field(default_factory=dict)  # one entry a leg: dense, reader …


@dataclass(frozen=True)
class Citation(Record):
    """An exact quote: `article.text[start:end] == quote`; `raw_start:raw_end` is the same place in the file."""

    n: int  # its marker in the answer's text, from 1
    id: str
    article_id: str
    title: str
    source: str
    url: str | None
    date: str | None
    start: int
    end: int
    quote: str
    context: str  # the sentence the quote stands in
    raw_start: int
    raw_end: int
    also_in: tuple[str, ...] = ()  # ids of articles that carry the same sentence


@dataclass(frozen=True)
class Claim(Record):
    """One side of a conflict."""

    value: str
    citations: tuple[int, ...]
    source: str
    date: str | None


@dataclass(frozen=True)
class Conflict(Record):
    """Sources that give different values to the same question."""

    about: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Answer(Record):
    """What a question gets. When `answered` is false there are no citations and `passages` are the nearest ones."""

    question: str
    text: str  # Markdown with markers [1], [2] … one for each citation
    language: Language
    answered: bool
    confidence: float  # 0–1, calibrated
    citations: tuple[Citation, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    passages: tuple[Passage, ...] = ()
    mode: Mode = "extractive"
    notes: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)  # seconds a stage


@dataclass(frozen=True)
class SyncReport(Record):
    """What a build changed. Tuples of article ids, but for `moved` (old id, new id) and `skipped` (path, reason).

    `notes` (path, note) are on files that were read, but not for certain: a guessed encoding, a page without text.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
