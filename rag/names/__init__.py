"""One person, many spellings: variants that the articles give away, a list of world names, and the sound of names.

Where the articles introduce a name as 山姆·阿尔特曼(Sam Altman) they decide; the list that comes with the program
(`store/names`) and the user's own add what they leave out. Spellings that only sound alike are a guess, for finding
passages, never for saying that two are one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.names.mine import Evidence, Introduction, Name, introductions, link
from rag.names.sounds import ALIKE, alike, chinese_skeleton, latin_skeleton, onset
from rag.names.world import read_names, world_names, world_relations, world_terms
from rag.text import cut, fold, fold_text
from rag.types import Article

AROUND = 6  # characters on either side that are looked at to tell words apart
_LETTER = re.compile(r"[a-z0-9\u00df-\u024f]")


class NameIndex:
    """Names and their variants.

    Args:
        names: what comes first wins where two claim one spelling.
        heard: spellings in the corpus that look like names, for guesses by sound.
    """

    def __init__(self, names: Iterable[Name], heard: Iterable[str] = ()) -> None:
        self.names = tuple(names)
        self._forms: dict[str, Name] = {}
        for name in self.names:
            for form in name.forms:
                self._forms.setdefault(fold_text(form), name)
        # A regular expression of thousands of alternatives is slow; lengths by first two characters are few.
        lengths: dict[str, set[int]] = defaultdict(set)
        for form in self._forms:
            lengths[form[:2]].add(len(form))
        self._lengths = {start: sorted(found, reverse=True) for start, found in lengths.items()}
        self._heard = _Heard(heard)

    @classmethod
    def mine(cls, articles: Iterable[Article]) -> NameIndex:
        """The names that articles introduce, and nothing else."""
        articles = list(articles)
        found = [one for article in articles for one in introductions(article)]
        return cls(link(found, lambda form: sum(article.text.count(form) for article in articles)))

    @classmethod
    def of(
        cls,
        mined: Sequence[Name],
        lists: Sequence[Name] = (),
        forbidden: Iterable[tuple[str, str]] = (),
        heard: Iterable[str] = (),
    ) -> NameIndex:
        """The articles' names, completed by lists of names, without what the user forbids."""
        no = {(fold_text(a), fold_text(b)) for a, b in forbidden}
        by_latin: dict[str, list[Name]] = defaultdict(list)
        for name in lists:
            for form in (name.latin, *name.latin_variants):
                by_latin[fold_text(form)].append(name)
        used: set[int] = set()
        out = []
        for name in mined:
            full = [fold_text(form) for form in name.latin_variants] or [fold_text(name.latin)]
            same = next((listed for form in full for listed in by_latin.get(form, ())), None)
            if same is not None and id(same) not in used:
                used.add(id(same))
                name = _together(name, same)
            out.append(name)
        out += [name for name in lists if id(name) not in used]
        return cls([kept for name in out if (kept := _without(name, no))], heard)

    def find(self, text: str) -> list[tuple[int, int, Name]]:
        """Names in a folded text, in order, the longest at each place, with their spans."""
        found = []
        at, end = 0, len(text)
        while at < end:
            for length in self._lengths.get(text[at : at + 2], ()):
                form = text[at : at + length]
                name = self._forms.get(form) if len(form) == length else None
                if name is not None and _whole(text, at, at + length) and not _across(text, at, at + length, name):
                    found.append((at, at + length, name))
                    at += length
                    break
            else:
                at += 1
        return found

    def sounding(self, form: str, most: int = 3) -> list[tuple[str, float]]:
        """Spellings of the corpus in the other language that sound like a name, with how alike they are."""
        return self._heard.like(form)[:most]

    def localise(self, question: str, text: str) -> str:
        """The question with its names spelled as in a text, where that spells them otherwise."""
        folded, there = fold(question), fold_text(text)
        pieces, at = [], 0
        for start, end, name in self.find(folded.text):
            forms = [f for f in (*name.variants, name.latin, *name.latin_variants) if fold_text(f) in there]
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
        for i in range(min(3, max((len(name.variants) for _, _, name in hits), default=0))):
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


class _Heard:
    """Spellings by how they begin and how long they are, so that few need to be compared."""

    def __init__(self, forms: Iterable[str]) -> None:
        self._forms = tuple(dict.fromkeys(forms))
        self._by_onset: dict[tuple[bool, str, int], list[str]] | None = None

    def like(self, form: str) -> list[tuple[str, float]]:
        if self._by_onset is None:
            by_onset: dict[tuple[bool, str, int], list[str]] = defaultdict(list)
            for other in self._forms:
                latin = other.isascii()
                by_onset[latin, *onset(latin_skeleton(other) if latin else chinese_skeleton(other))].append(other)
            self._by_onset = by_onset
        latin = form.isascii()
        first, length = onset(latin_skeleton(form) if latin else chinese_skeleton(form))
        near = [
            other for n in (length - 1, length, length + 1) for other in self._by_onset.get((not latin, first, n), ())
        ]
        scored = [(other, alike(other, form) if latin else alike(form, other)) for other in near]
        return sorted((pair for pair in scored if pair[1] >= ALIKE), key=lambda pair: (-pair[1], pair[0]))


def _whole(text: str, start: int, end: int) -> bool:
    """Whether a Latin form is not a piece of a longer word."""
    before = start > 0 and _LETTER.match(text[start]) and _LETTER.match(text[start - 1])
    after = end < len(text) and _LETTER.match(text[end - 1]) and _LETTER.match(text[end])
    return not before and not after


def _across(text: str, start: int, end: int, name: Name) -> bool:
    """Whether a short Chinese form of a list lies across two words: 中投 in 选举中投票."""
    if end - start > 2 or name.source == "articles" or text[start:end].isascii():
        return False
    left = max(0, start - AROUND)
    place = left
    for word in cut(text[left : end + AROUND]):
        if place >= end:
            break
        # A word that holds the form whole, or ends inside it: 中 | 投票.
        if place < start < place + len(word) < end or start < place < end < place + len(word):
            return True
        place += len(word)
    return False


def _together(mined: Name, listed: Name) -> Name:
    """A name of the articles with the further spellings of a list."""
    have = {fold_text(form) for form in mined.forms}
    variants = tuple(form for form in listed.variants if fold_text(form) not in have)
    latin = tuple(form for form in (*listed.latin_variants, listed.latin) if fold_text(form) not in have)
    return replace(
        mined, variants=mined.variants + variants, latin_variants=mined.latin_variants + latin, kind=listed.kind
    )


def _without(name: Name, forbidden: set[tuple[str, str]]) -> Name | None:
    if not forbidden:
        return name
    latin = [fold_text(form) for form in (name.latin, *name.latin_variants)]
    variants = tuple(v for v in name.variants if not any((form, fold_text(v)) in forbidden for form in latin))
    return replace(name, variants=variants) if variants else None


__all__ = [
    "Evidence", "Introduction", "Name", "NameIndex", "alike", "introductions", "link", "read_names", "world_names",
    "world_relations",
    "world_terms",
]  # fmt: skip
