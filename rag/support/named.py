"""Names of a claim, in whatever spelling, and whether its evidence has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.names import Name, NameIndex, world_names, world_terms
from rag.text import CJK, fold_text, language, name_like, simplified

# Words for what a listed name is of, as they are written; no list of names has them, for they are none of their own.
_DERIVED = {
    form: name
    for name, forms in {
        "United States": "US U.S. America American Americans",
        "China": "Chinese",
        "United Kingdom": "British Briton Britons",
        "Japan": "Japanese",
        "Europe": "European Europeans",
        "Russia": "Russian Russians",
        "Ukraine": "Ukrainian Ukrainians",
        "France": "French",
        "Germany": "German Germans",
        "India": "Indian Indians",
        "Israel": "Israeli Israelis",
        "Iran": "Iranian Iranians",
        "Canada": "Canadian Canadians",
        "Mexico": "Mexican Mexicans",
        "Taiwan": "Taiwanese",
        "South Korea": "Korean Koreans",
        "United Arab Emirates": "Emirati Emiratis",
        "Saudi Arabia": "Saudi Saudis",
        "Palestine": "Palestinian Palestinians",
        "Democratic Party": "Democrat Democratic",
    }.items()
    for form in forms.split()
}
_DERIVED_FORM = re.compile(
    rf"(?<![\w.])(?:{'|'.join(re.escape(form) for form in sorted(_DERIVED, key=len, reverse=True))})(?!\w)"
)
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f0-9][A-Za-z\u00c0-\u024f0-9'’&-]*")
_PRONOUN = re.compile(
    r"\b(?:he|him|his|she|her|it|its|they|them|their|the (?:company|firm|group|president|man|woman|two|deal|project"
    r"|plan|campus|agency|party|venture|startup|chief executive))\b"
    "|[他她它]们?|其(?![他它实中余次])|该|公司|集团|两人|双方|二人"
    "|项目|计划|总统|本人|自己|当地"
)  # fmt: skip
NOT_NAMES = frozenset(
    "did do does is are was were be been has have had will would can could should may might must shall let please "
    "i a an the he she it they we you his her its their this that these those there then and but or so if as at by for "
    "from in into of on to with when where while who what which why how both each all some several many most other "
    "another after before during since until although though because however meanwhile according later earlier now "
    "also only even still just about around nearly almost more less no not yes one two three four five six seven eight "
    "nine ten last next first second third mr mrs ms dr president governor chief minister secretary chairman executive "
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december jan feb mar apr jun jul aug sep sept oct nov dec people reports sources "
    "officials news once under over between among against without within through apart besides like unlike despite "
    "instead investors executives lawmakers analysts critics supporters opponents men women part half none "
    "ceo cfo coo senator senators representative representatives congressional".split()
)
_COMMON_ENDING = re.compile(r"(?:ly|ing|ed|ers|ors|ists|ysts|ants|ials|ives|ions|ments|ness|ity|ies|ers')$")
_GLOSSED = re.compile(
    rf"([A-Z][\w.'’ -]*)\s?[（(]([{CJK}·・‧]{{2,15}})[）)]|([{CJK}·・‧]{{2,15}})\s?[（(]([A-Z][\w.'’ -]*)[）)]"
)


@lru_cache(maxsize=4)
def with_terms(names: NameIndex | None = None) -> NameIndex:
    """The corpus's names, or the world's when absent, with the laws and events that have fixed translations."""
    base = world_names() if names is None else names.names
    return NameIndex((*base, *(term for term in world_terms() if term.kind in ("law", "event"))))


@dataclass(frozen=True)
class Named:
    """A name in a text: its key is one for all spellings that are known to be one."""

    key: str
    written: str
    start: int  # in the folded text
    name: Name | None = None  # with its other spellings, if any are known

    @property
    def known(self) -> bool:
        """Whether other spellings are known."""
        return self.name is not None

    @property
    def end(self) -> int:
        """Where it ends in the folded text."""
        return self.start + len(self.written)


def is_place(name: Named) -> bool:
    """Whether a name is a known place."""
    return name.name is not None and name.name.kind == "place"


def is_person(name: Named) -> bool:
    """Whether a name is a known person's, or is introduced like one: 山姆·奥尔特曼(Sam Altman)."""
    if name.name is None or name.name.kind:
        return name.name is not None and name.name.kind == "person"
    return any(re.search(r"[·・‧•]|[（(]\s?[A-Z][\w.'’-]*\s[A-Z]", e.quote) for e in name.name.evidence)


def named(text: str, names: NameIndex, common: str = "") -> list[Named]:
    """The names of a text in order, each place once.

    Args:
        text: a claim or a sentence.
        names: known spellings.
        common: text in which a lower-case word is no name (for the first word of a sentence).
    """
    folded = fold_text(text)
    found = [Named(fold_text(name.latin), folded[a:b], a, name) for a, b, name in names.find(folded)]
    if len(folded) == len(text):  # else offsets differ, and only known names count
        found += _derived(text, names, found)
        for match in _WORD.finditer(text):
            word = re.sub(r"['’]s?$", "", match[0])
            if _free(match.start(), match.end(), found) and _is_name(word, text, match.start(), common):
                found.append(Named(fold_text(word), word, match.start()))
    for piece in name_like(text):
        at = folded.find(fold_text(piece))
        if at >= 0 and not piece.isascii() and _free(at, at + len(piece), found):
            found.append(Named(fold_text(piece), piece, at))
    return sorted(found, key=lambda n: n.start)


def _derived(text: str, names: NameIndex, taken: Sequence[Named]) -> list[Named]:
    """Americans, U.S., Democratic: case tells them from "us"."""
    out = []
    for match in _DERIVED_FORM.finditer(text):
        own = names.find(fold_text(_DERIVED[match[0]]))
        if own and _free(match.start(), match.end(), taken):
            name = own[0][2]
            out.append(Named(fold_text(name.latin), fold_text(match[0]), match.start(), name))
    return out


def _free(start: int, end: int, taken: Sequence[Named]) -> bool:
    return all(end <= n.start or n.end <= start for n in taken)


def _is_name(word: str, text: str, at: int, common: str) -> bool:
    lower = word.lower()
    if lower in NOT_NAMES or not re.search("[A-Z]", word):
        return False
    first = not re.search(r"[\w,]", text[:at]) or bool(re.search(r"[.!?:“\"]\s*$", text[:at]))
    if first and word[1:].islower() and language(text) == "en":
        return not _COMMON_ENDING.search(word) and not re.search(rf"\b{re.escape(lower)}\b", common)
    return True


def absent(claim: str, names: NameIndex, main: str, around: str, question: str) -> list[str]:
    """The names of a claim, as written, that its evidence can't be shown to have.

    Args:
        claim: a sentence.
        names: known spellings.
        main: the sentence that says most of it; a name that is only around it must be what a pronoun there means.
        around: what stands before that sentence in its passage, and the title.
        question: the user's; what it writes in lower case is no name.
    """
    inside, outside = named(main, names), named(around, names)
    here, there = {n.key for n in inside}, {n.key for n in outside}
    main_text, text = fold_text(main), fold_text(around)
    glosses = {fold_text(a or d): fold_text(b or c) for a, b, c, d in _GLOSSED.findall(simplified(claim))}
    missing, elsewhere = [], []
    mine = named(claim, names, common=f"{around} {question}")
    for name in mine:
        if name.key in here or _has(main_text, name.key) or _has(main_text, fold_text(name.written)):
            continue
        if _surname(name, mine, inside):
            continue
        if name.key in there or _has(text, fold_text(name.written)) or _surname(name, mine, outside):
            elsewhere.append(name)
            continue
        if any(_glossed(name, latin, chinese, text) for latin, chinese in glosses.items()):
            continue
        if _given_name(name, mine):
            continue
        missing.append(name.written)
    # A name that the sentence itself does not have may only stand for a pronoun of it.
    keys = list(dict.fromkeys(n.key for n in elsewhere if not any(n.end + 1 == m.start for m in mine)))
    slots = len({m[0] for m in _PRONOUN.finditer(main_text)}) or int(
        language(main) == "zh" and not _starts_named(main, names)
    )
    if len(keys) > slots:
        missing += [n.written for n in elsewhere if n.key in keys[slots:]]
    return missing


def _has(text: str, form: str) -> bool:
    return bool(re.search(rf"(?<![a-z0-9]){re.escape(form)}(?![a-z0-9])", text)) if form.isascii() else form in text


def _glossed(name: Named, latin: str, chinese: str, text: str) -> bool:
    """Whether a name stands in brackets beside, or before, a spelling that the evidence has: Lutnick (卢特尼克)."""
    sides = (latin, chinese)
    mine = [side for side in sides if fold_text(name.written) in side]
    return bool(mine) and any(_has(text, side) for side in sides)


def _given_name(name: Named, mine: Sequence[Named]) -> bool:
    """Whether a name is the first name of the known one that follows, as lists or an article have it."""
    own = next((n.name for n in mine if n.name and n.start == name.end + 1), None)
    return own is not None and _has(
        fold_text(" ".join([*own.forms, *(e.quote for e in own.evidence)])), fold_text(name.written)
    )


def _surname(name: Named, mine: Sequence[Named], given: Sequence[Named]) -> bool:
    """Whether a name is the last name of a person in a text, or that text has this person's last name: Son, 孙正义.

    Args:
        name: one of a claim.
        mine: all names of the claim.
        given: those of the text.
    """
    if name.name is None:
        return _alone(name, mine) and any(is_person(n) and name.key in _last_names(n) for n in given)
    return is_person(name) and any(not n.known and _alone(n, given) and n.key in _last_names(name) for n in given)


def _alone(name: Named, among: Sequence[Named]) -> bool:
    """Whether no other name, which might be a first name, stands right before it."""
    return all(n.end + 1 != name.start for n in among)


def _last_names(name: Named) -> set[str]:
    latin = (name.name.latin, *name.name.latin_variants) if name.name else ()
    return {fold_text(form).split()[-1] for form in latin if form.strip()}


def _starts_named(text: str, names: NameIndex) -> bool:
    found = named(text, names)
    return bool(found) and found[0].start < 8
