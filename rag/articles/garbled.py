"""Mojibake: text that was read in a wrong encoding and saved so; put right where that can be told without doubt."""

from __future__ import annotations

from collections import Counter

from rag.articles.frequency import GARBLED, likelihood, plausibility

_SAMPLE = 200_000  # characters looked at to judge a text
_SOUND = 0.5  # a text as plausible as this is not garbled
_FEW = 12  # Chinese characters: fewer prove nothing where any bytes can be read
_LATIN = 0.3  # a text with so many accented letters and signs is none in our languages
_NAMES = {"cp1252": "Windows-1252", "gb18030": "GB18030", "big5": "Big5", "utf-8": "UTF-8"}
# (read as, was): the usual accidents.
_STEPS = (
    ("cp1252", "utf-8"),
    ("gb18030", "utf-8"),
    ("cp1252", "gb18030"),
    ("cp1252", "big5"),
    ("big5", "gb18030"),
    ("gb18030", "big5"),
)

Step = tuple[str, str]


def repair(text: str) -> tuple[str, tuple[str, ...]]:
    """The text put right, and a note that says so; as it is, without a note, where nothing is wrong with it."""
    step = garbling(text)
    repaired = undo(text, step) if step else None
    if step is None or repaired is None:
        return text, ()
    read_as, was = (_NAMES[name] for name in step)
    told = "has been put right, confidence 0.95"
    if step[1] != "utf-8" and step[0] != "cp1252":  # what had no place in the wrong encoding was lost
        told = "has been put right as far as that goes, confidence 0.8: look at it"
    return repaired, (f"its text was garbled ({was} once read as {read_as}) and {told}",)


def garbling(text: str) -> Step | None:
    """What has happened to a text, if that can be told without doubt."""
    if text.isascii():
        return None
    before = Counter(text[:_SAMPLE])
    chinese = any("\u3400" <= char <= "\u9fff" for char in before)
    if chinese and plausibility(before, hanzi_only=True) >= _SOUND:
        return None
    for step in _STEPS:
        repaired = undo(text, step)
        if repaired is None or "\0" in repaired:
            continue
        after = Counter(repaired[:_SAMPLE])
        gain = likelihood(after) - likelihood(before)
        if step[1] == "utf-8":  # other bytes are hardly ever UTF-8
            if gain > 5:
                return step
        elif gain > 20 and plausibility(before) < _SOUND and _is_chinese(after):
            return step
    return None


def _is_chinese(counts: Counter[str]) -> bool:
    hanzi = sum(count for char, count in counts.items() if "\u3400" <= char <= "\u9fff")
    return hanzi >= _FEW and plausibility(counts) >= _SOUND and hanzi >= 0.3 * counts.total()


def undo(text: str, step: Step) -> str | None:
    """The text as it was before; None where it was not so."""
    read_as, was = step
    try:
        data = b"".join(map(_byte, text)) if read_as == "cp1252" else text.encode(read_as)
        return data.decode(was)
    except UnicodeError:
        return None


def _byte(char: str) -> bytes:
    try:
        return char.encode("cp1252")
    except UnicodeEncodeError:
        return char.encode("latin-1")  # the five bytes that Windows-1252 leaves open


def looks_garbled(text: str) -> bool:
    """Whether a text that can't be put right is none in our languages."""
    sample = text[:_SAMPLE]
    latin = sum("\x80" <= char <= "\xff" for char in sample)
    return plausibility(Counter(sample), hanzi_only=True) < GARBLED or latin > _LATIN * max(20, len(sample))
