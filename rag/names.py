"""One person, many spellings: name variants that the articles themselves give away.

News introduces a foreign name as 山姆·阿尔特曼(Sam Altman). Two Chinese spellings that are introduced with
the same Latin name are variants of each other. Only what the corpus shows is linked, so a wrong link needs
a wrong article.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rag.text import CJK, fold, fold_text
from rag.types import Article, Record

_INTRODUCED = re.compile(
    rf"(?P<zh>(?:[{CJK}]{{1,12}}[·・‧•])*[{CJK}]{{2,14}})[”」》]?\s?[（(](?P<latin>[A-Z][A-Za-z.'’&\-]*(?:\s[A-Za-z.'’&\-]+){{0,4}})[）)]"
)
_DOT = re.compile("[·・‧•]")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’\-]*")
_QUOTED = re.compile(r"[”」》]\s?[（(]")
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
class Name(Record):
    """One name: its Latin form and its Chinese variants, most frequent first."""

    latin: str
    variants: tuple[str, ...]
    evidence: tuple[Evidence, ...]


class NameIndex:
    """The names of a corpus and their variants."""

    def __init__(self, names: Iterable[Name]) -> None:
        self.names = tuple(names)
        self._forms: dict[str, Name] = {}
        for name in self.names:
            for form in (name.latin, *name.variants):
                self._forms.setdefault(fold_text(form), name)
        # Longest first, so that 奥尔特曼 is not taken for a shorter name inside it.
        forms = sorted(self._forms, key=lambda form: (-len(form), form))
        pattern = "|".join(
            rf"(?<![a-z]){re.escape(form)}(?![a-z])" if form.isascii() else re.escape(form) for form in forms
        )
        self._pattern = re.compile(pattern) if pattern else None

    @classmethod
    def mine(cls, articles: Iterable[Article]) -> NameIndex:
        """Collect every introduction "中文(Latin)" of the articles."""
        articles = list(articles)
        word_starts = _word_starts(articles)
        counts: Counter[str] = Counter()
        found: dict[str, dict[str, list[Evidence]]] = defaultdict(lambda: defaultdict(list))  # Latin form → Chinese
        pairs: list[tuple[str, str, str, Evidence]] = []
        for article in articles:
            for match in _INTRODUCED.finditer(article.text):
                quoted = bool(_QUOTED.search(match.group()))
                pair = _pair(match["zh"], match["latin"], quoted, word_starts)
                if pair:
                    where = Evidence(article.id, match.start(), match.end(), match.group())
                    pairs.append((*pair, fold_text(match["latin"].removesuffix(pair[1])).strip(), where))
        given: dict[str, set[str]] = defaultdict(set)  # last name → first names it is introduced with
        for _, latin, first, _ in pairs:
            if first:
                given[latin].add(first)
        for chinese, latin, first, where in pairs:
            # Two people of one last name stay two: only the full name links their spellings.
            alone = len(given[latin]) < 2
            if alone or first:
                found[latin if alone else f"{first.title()} {latin}"][chinese].append(where)
        for article in articles:
            for chinese in {zh for variants in found.values() for zh in variants}:
                counts[chinese] += article.text.count(chinese)
        names = []
        for latin in sorted(found):
            variants = sorted(found[latin], key=lambda zh: (-counts[zh], zh))
            variants = list({fold_text(zh): zh for zh in reversed(variants)}.values())[::-1]
            names.append(Name(latin, tuple(variants), tuple(e for zh in found[latin] for e in found[latin][zh])))
        return cls(names)

    def find(self, text: str) -> list[tuple[int, int, Name]]:
        """Names in a folded text, in order, with their spans."""
        if not self._pattern:
            return []
        return [(m.start(), m.end(), self._forms[m.group()]) for m in self._pattern.finditer(text)]

    def localise(self, question: str, text: str) -> str:
        """The question with its names spelled as in a text, where that spells them otherwise."""
        folded, there = fold(question), fold_text(text)
        pieces, at = [], 0
        for start, end, name in self.find(folded.text):
            forms = [f for f in (*name.variants, name.latin) if fold_text(f) in there]
            if forms and folded.text[start:end] not in there:
                first, last = folded.offsets[start], folded.offsets[end - 1] + 1
                pieces += [question[at:first], forms[0]]
                at = last
        return "".join([*pieces, question[at:]])

    def expand(self, question: str) -> list[str]:
        """The question with its names written as the articles write them; the question itself comes first.

        A name gives one more wording with each Chinese variant at most, never a product of all: wording i takes
        variant i of every name.
        """
        folded = fold(question)
        hits = [
            (folded.offsets[start], folded.offsets[end - 1] + 1, name) for start, end, name in self.find(folded.text)
        ]
        out = [question]
        for i in range(max((len(name.variants) for _, _, name in hits), default=0)):
            pieces, at = [], 0
            for start, end, name in hits:
                written = fold_text(question[start:end])
                if written.isascii():
                    new = name.variants[min(i, len(name.variants) - 1)]
                else:
                    # Never the Latin form: one Latin word in a Chinese question draws any English sentence near.
                    others = [v for v in name.variants if fold_text(v) != written] or [question[start:end]]
                    new = others[min(i, len(others) - 1)]
                pieces += [question[at:start], new]
                at = end
            wording = "".join([*pieces, question[at:]])
            if wording not in out:
                out.append(wording)
        return out


def _pair(chinese: str, latin: str, quoted: bool, word_starts: Counter[str]) -> tuple[str, str] | None:
    """The short forms that articles go on to use: (阿尔特曼, Altman) of 首席执行官山姆·阿尔特曼(Sam Altman)."""
    words = [w for w in _LATIN_WORD.findall(latin) if w.lower() not in _TITLES]
    if not words:
        return None
    if _DOT.search(chinese):
        last = _DOT.split(chinese)[-1]
        return (last, words[-1]) if 2 <= len(last) <= 6 else None
    # Without a dot the name's left end is unknown: 美国总统特朗普(Trump). It is the longest piece that starts
    # a clause somewhere in the corpus.
    for start in range(max(0, len(chinese) - 8), len(chinese) - 1):
        if chinese[start] not in _NO_START and word_starts[chinese[start:]] >= 1:
            # Works and projects keep their whole title; people and firms are called by the last word.
            return chinese[start:], latin if quoted else words[-1]
    return None


def _word_starts(articles: Iterable[Article]) -> Counter[str]:
    """How often each short Chinese string stands right after punctuation, a line's start or a Latin word."""
    starts: Counter[str] = Counter()
    run = re.compile(rf"(?:^|(?<=[^{CJK}]))[{CJK}]{{2,8}}", re.MULTILINE)
    for article in articles:
        for match in run.finditer(article.text):
            piece = match.group()
            following = article.text[match.end() : match.end() + 1]
            # An introduction itself is no evidence for where its name begins.
            whole = following in "（("
            for end in range(2, len(piece) + (0 if whole and following else 1)):
                starts[piece[:end]] += 1
    return starts
