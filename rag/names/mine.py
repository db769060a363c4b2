"""Introductions: where an article writes a name in both languages, 山姆·阿尔特曼(Sam Altman), and what they show."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rag.names.sounds import ALIKE, alike
from rag.text import CJK, fold_text
from rag.types import Article, Record

_LATIN = r"[A-Z][A-Za-z.'’&\-]*(?:\s[A-Za-z0-9.'’&\-]+){0,4}"
_CHINESE = rf"(?:[{CJK}]{{1,12}}[·・‧•])*[{CJK}]{{2,14}}"
# 中文(Latin), 《中文》(Latin), 中文（Latin，1971年生）
_INTRODUCED = re.compile(
    rf"(?P<zh>{_CHINESE})(?P<quote>[”」》])?\s?[（(](?P<latin>{_LATIN})(?:[,，;；][^()（）\n]{{1,30}})?[）)]"
)
# Latin（中文）
_TURNED = re.compile(rf"(?P<latin>{_LATIN})\s?[（(](?P<zh>(?:[{CJK}]{{1,12}}[·・‧•])*[{CJK}]{{2,10}})[）)]")
_DOT = re.compile("[·・‧•]")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’\-]*")
_RUN = re.compile(rf"(?:^|(?<=[^{CJK}]))[{CJK}]{{2,8}}", re.MULTILINE)
# No name begins with one of these: what precedes it is the sentence's own.
_NO_START = frozenset("的和与及或在是就从对把被由为以其这那也都还并而但年月日时中之")
_TITLES = frozenset("jr sr ii iii bin al de van von the of and inc ltd co corp company group".split())


@dataclass(frozen=True)
class Evidence(Record):
    """Where an article introduces a name: clean-text offsets of the whole "中文(Latin)"."""

    article_id: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True)
class Introduction:
    """The short forms that an article goes on to use, 阿尔特曼 and Altman, and the first name it gives, "sam"."""

    chinese: str
    latin: str
    first: str
    evidence: Evidence


@dataclass(frozen=True)
class Name(Record):
    """One name: its Latin form, its Chinese variants, most frequent first, and how they are known to belong together.

    `latin_variants` are further Latin forms, the full one first; `source` is "articles", "world" (the list that comes
    with the program) or "user" (the file that the settings name). `kind` is what a list says it is ("person", "place",
    "firm", …; store/README.md), "" where none does.
    """

    latin: str
    variants: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    latin_variants: tuple[str, ...] = ()
    source: str = "articles"
    kind: str = ""

    @property
    def forms(self) -> tuple[str, ...]:
        """Every spelling."""
        return (self.latin, *self.latin_variants, *self.variants)


def introductions(article: Article) -> list[Introduction]:
    """The names that an article introduces in both languages."""
    found = []
    starts: set[str] | None = None
    for match in sorted(
        [*_INTRODUCED.finditer(article.text), *_TURNED.finditer(article.text)], key=lambda m: m.start()
    ):
        if starts is None:
            starts = _clause_starts(article.text)
        quoted = bool(match.groupdict().get("quote"))
        pair = _pair(match["zh"], match["latin"], quoted, match.re is _TURNED, starts)
        if pair:
            evidence = Evidence(article.id, match.start(), match.end(), match.group())
            first = fold_text(match["latin"].removesuffix(pair[1])).strip()
            found.append(Introduction(*pair, first, evidence))
    return found


def link(found: Iterable[Introduction], frequency: Callable[[str], float]) -> list[Name]:
    """Introductions of a whole corpus → names. Two Chinese spellings introduced with one Latin name are variants.

    Args:
        found: of all articles, in an order that stays.
        frequency: how often the corpus has a Chinese spelling.
    """
    found = list(found)
    given: dict[str, set[str]] = defaultdict(set)  # last name → first names it is introduced with
    for one in found:
        if one.first:
            given[one.latin].add(one.first)
    variants: dict[str, dict[str, list[Evidence]]] = defaultdict(lambda: defaultdict(list))  # Latin form → Chinese
    full: dict[str, set[str]] = defaultdict(set)
    for one in found:
        # Two people of one last name stay two: only the full name links their spellings.
        alone = len(given[one.latin]) < 2
        if alone or one.first:
            latin = one.latin if alone else f"{one.first.title()} {one.latin}"
            variants[latin][one.chinese].append(one.evidence)
            if alone and one.first:
                full[latin].add(f"{one.first.title()} {one.latin}")
    names = []
    for latin in sorted(variants):
        spellings = sorted(variants[latin], key=lambda zh: (-frequency(zh), zh))
        spellings = list({fold_text(zh): zh for zh in reversed(spellings)}.values())[::-1]
        evidence = tuple(e for zh in variants[latin] for e in variants[latin][zh])
        names.append(Name(latin, tuple(spellings), evidence, tuple(sorted(full[latin]))))
    return names


def _pair(chinese: str, latin: str, quoted: bool, turned: bool, starts: set[str]) -> tuple[str, str] | None:
    """The short forms that articles go on to use: (阿尔特曼, Altman) of 首席执行官山姆·阿尔特曼(Sam Altman)."""
    words = [w for w in _LATIN_WORD.findall(latin) if w.lower() not in _TITLES]
    if not words:
        return None
    if _DOT.search(chinese):
        last = _DOT.split(chinese)[-1]
        return (last, words[-1]) if 2 <= len(last) <= 6 else None
    # Works and projects keep their whole title; people and firms are called by the last word.
    latin = latin if quoted else words[-1]
    if turned and (chinese in starts or alike(chinese, words[-1]) >= ALIKE):
        return chinese, latin
    if turned:
        return None
    # Without a dot the name's left end is unknown: 美国总统特朗普(Trump). It is the piece that sounds like the
    # Latin name, or the longest piece that starts a clause elsewhere in the article.
    pieces = [chinese[at:] for at in range(max(0, len(chinese) - 8), len(chinese) - 1) if chinese[at] not in _NO_START]
    sounding = max(pieces, key=lambda piece: (alike(piece, words[-1]), -len(piece)), default="")
    if sounding and alike(sounding, words[-1]) >= ALIKE:
        return sounding, latin
    return next(((piece, latin) for piece in pieces if piece in starts), None)


def _clause_starts(text: str) -> set[str]:
    """The short Chinese strings that stand right after punctuation, a line's start or a Latin word."""
    starts: set[str] = set()
    for match in _RUN.finditer(text):
        piece = match.group()
        # An introduction itself is no evidence for where its name begins.
        whole = text[match.end() : match.end() + 1] in tuple("（(")
        starts.update(piece[:end] for end in range(2, len(piece) + (0 if whole else 1)))
    return starts
