"""How alike a Chinese and a Latin spelling of a name sound.

Both are brought to a skeleton of consonant classes, Chinese by way of pinyin, and compared by a weighted edit distance.
Transliteration keeps consonants and their order well; vowels, r and silent letters badly (Wan & Verspoor 1998).
"""

from __future__ import annotations

import re
from functools import lru_cache

ALIKE = 0.8  # from here on two spellings may be one name
SHORTEST = 3  # consonants: Lee and 李 sound like half the world

# What letters sound like, in both transcriptions; longer spellings first.
_LATIN = (
    ("sch", "S"), ("tch", "S"), ("ph", "F"), ("th", "T"), ("sh", "S"), ("ch", "S"), ("ck", "K"), ("gh", "K"),
    ("dg", "S"), ("qu", "K"), ("zh", "S"), ("ce", "S"), ("ci", "S"), ("cy", "S"), ("ge", "S"), ("gi", "S"), ("x", "KS"),
    ("c", "K"), ("k", "K"), ("q", "K"), ("g", "K"), ("b", "P"), ("p", "P"), ("d", "T"), ("t", "T"), ("f", "F"),
    ("v", "W"), ("w", "W"), ("s", "S"), ("z", "S"), ("j", "S"), ("m", "N"), ("n", "N"), ("l", "L"), ("r", "R"),
    ("h", "H"),
)  # fmt: skip
_PINYIN = {
    "b": "P", "p": "P", "m": "N", "f": "F", "d": "T", "t": "T", "n": "N", "l": "L", "g": "K", "k": "K", "h": "H",
    "j": "S", "q": "S", "x": "S", "zh": "S", "ch": "S", "sh": "S", "r": "R", "z": "S", "c": "S", "s": "S", "w": "W",
}  # fmt: skip
_VOWELS = {"a": "a", "e": "i", "i": "i", "y": "i", "o": "u", "u": "u", "ü": "i"}
_SYLLABLE = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcsw])?([a-zü]*?)(ng|n|r)?$")
# Cost of a sound too many or missing, and of one for another; anything else costs 1.
_DROPPED = {"R": 0.2, "H": 0.3, "L": 0.7, "W": 0.5, "T": 0.7}
_CHANGED = {
    frozenset("LR"): 0.1, frozenset("WF"): 0.3, frozenset("HK"): 0.4, frozenset("ST"): 0.6, frozenset("KS"): 0.6,
    frozenset("PW"): 0.4, frozenset("Wu"): 0.1, frozenset("Ri"): 0.2, frozenset("WH"): 0.5, frozenset("PF"): 0.5,
}  # fmt: skip


@lru_cache(maxsize=32768)
def latin_skeleton(name: str) -> str:
    """A Latin name as classes of consonants (capitals) and vowels (a, i, u)."""
    rest = re.sub(r"[^a-z]", "", name.lower())
    out = ""
    while rest:
        for letters, sound in _LATIN:
            if rest.startswith(letters):
                sounds = sound
                # ce, gi …: the vowel is not part of the sound
                rest = rest[len(letters) - (letters[-1] in "eiy" and len(letters) > 1) :]
                break
        else:
            sounds = _VOWELS.get(rest[0], "")
            rest = rest[1:]
        out += sounds if out[-1:] != sounds else ""
    return out


@lru_cache(maxsize=65536)
def chinese_skeleton(name: str) -> str:
    """The same of the pinyin of a Chinese spelling."""
    from pypinyin import lazy_pinyin

    out = ""
    for syllable in lazy_pinyin(name, errors="ignore"):
        match = _SYLLABLE.match(syllable)
        if match is None:
            continue
        sounds = "R" if syllable == "er" else _PINYIN.get(match[1] or "", "") + _vowel(match[2])
        sounds += "N" if match[3] in ("n", "ng") else ""
        for sound in sounds:
            out += sound if out[-1:] != sound else ""
    return out


def _vowel(final: str) -> str:
    return _VOWELS.get(final[-1:] if final not in ("ai", "ei", "ao", "ou") else final[0], "")


def _cost(sound: str) -> float:
    return 0.12 if sound.islower() else _DROPPED.get(sound, 1.0)


def _change(a: str, b: str) -> float:
    if a == b:
        return 0.0
    if a.islower() and b.islower():
        return 0.12
    return _CHANGED.get(frozenset((a, b)), 1.0)


@lru_cache(maxsize=65536)
def _distance(a: str, b: str) -> float:
    row = [0.0]
    for sound in b:
        row.append(row[-1] + _cost(sound))
    for sound in a:
        fresh = [row[0] + _cost(sound)]
        for j, other in enumerate(b):
            fresh.append(min(row[j] + _change(sound, other), row[j + 1] + _cost(sound), fresh[j] + _cost(other)))
        row = fresh
    return row[-1]


def _consonants(skeleton: str) -> int:
    return sum(sound.isupper() for sound in skeleton)


def onset(skeleton: str) -> tuple[str, int]:
    """What two skeletons must nearly share to be alike: the first consonant, r as l, and the number of them."""
    consonants = [sound for sound in skeleton if sound.isupper() and sound != "R" or sound == skeleton[0]]
    first = next((sound for sound in skeleton if sound.isupper()), "")
    return "L" if first == "R" else first, len(consonants)


def alike(chinese: str, latin: str) -> float:
    """How alike two spellings sound, 0 to 1; 0 where one is too short to say."""
    a, b = chinese_skeleton(chinese), latin_skeleton(latin)
    if min(_consonants(a), _consonants(b)) < SHORTEST:
        return 0.0
    return max(0.0, 1 - _distance(a, b) / max(_consonants(a), _consonants(b)))
