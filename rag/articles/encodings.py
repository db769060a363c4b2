"""Bytes → text: UTF-8 and UTF-16 for certain, GB18030, Big5 and Windows-1252 by likelihood, nothing in silence.

A decoding is judged by how probable its characters are in English or Chinese text (`frequency`). The candidates'
likelihoods give the confidence; too little of it, and the file is refused rather than turned into mojibake.
"""

from __future__ import annotations

import codecs
import math
import re
from collections import Counter
from dataclasses import dataclass

from rag.articles.frequency import likelihood, plausibility
from rag.articles.garbled import looks_garbled, repair
from rag.articles.limits import kind_of
from rag.errors import ArticleError

SURE = 0.84  # below this confidence a guess is refused: of 1,900 news texts in three encodings none of 8 or more
# characters was guessed wrong, and nearly all were above it; Korean and Japanese read as Chinese stay below
MOST_GONE = 1 / 10  # of valid UTF-8 that says itself that they are lost: what is left is no article
MOST_LOST = 1 / 200  # characters of a file that may be undecodable before it counts as unreadable
_SAMPLE = 200_000  # characters looked at to judge a decoding
_MARKS = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
# Each with how likely such a file is before anything is known of it.
_CANDIDATES = {"utf-8": 0.3, "gb18030": 0.3, "big5": 0.2, "utf-16-le": 0.08, "utf-16-be": 0.04, "cp1252": 0.08}
_NAMES = {
    "utf-16-le": "UTF-16 (little endian)",
    "utf-16-be": "UTF-16 (big endian)",
    "cp1252": "Windows-1252",
    "big5": "Big5",
}
# Browsers read these names as their larger relatives, and so do we.
_SAME = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "ascii": "cp1252", "cp950": "big5"} | {
    "big5hkscs": "big5",
    "utf-16": "utf-16-le",
}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LOST = re.compile("\ufffd|(?:锟斤拷)+")


@dataclass(frozen=True)
class Decoded:
    """A text, the encoding it was in, how sure that is, and what a user should know about it."""

    text: str
    encoding: str
    confidence: float = 1.0
    notes: tuple[str, ...] = ()


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Decode the bytes of a text file.

    Args:
        data: the whole file.
        declared: the encoding the file says it has (an HTML page's charset); believed unless the bytes contradict.

    Raises:
        ArticleError: the bytes are not text, or in an encoding that can't be told.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _marked(data, name)
    kind = kind_of(data)
    if kind:
        raise ArticleError(f"it is {kind[0]}, a binary file, not text: {kind[1]}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _guess(data, declared)
    if "\0" in text:
        return _guess(data, declared)
    if len(_CONTROL.findall(text)) > len(text) / 100:
        raise _binary()
    return _look_again(text, declared)


def _binary() -> ArticleError:
    return ArticleError("it is a binary file, not text: leave it out, or save its text")


def _name(encoding: str) -> str:
    return _NAMES.get(encoding, encoding.upper())


def _marked(data: bytes, name: str) -> Decoded:
    """A file with a byte order mark: what the mark says, where the bytes agree."""
    found = _attempt(data, name)
    if found is None and name == "utf-8":
        decoded = _guess(data[len(codecs.BOM_UTF8) :], None)
        notes = (f"its byte order mark says UTF-8, but it is not; {decoded.notes[0]}", *decoded.notes[1:])
        return Decoded(decoded.text, decoded.encoding, decoded.confidence, notes)
    if found is None or "\0" in found:
        raise ArticleError(
            f"its byte order mark says {_name(name)}, but it is not: a binary or damaged file; save its text as UTF-8"
        )
    return Decoded(found, name, notes=_lost(found))


def _attempt(data: bytes, encoding: str) -> str | None:
    """The text in this encoding, at most a few places lost; None where it can't be this encoding."""
    for codec in ("cp950", "big5hkscs") if encoding == "big5" else (encoding,):
        try:
            return data.decode(codec)
        except (UnicodeError, LookupError):
            continue
    if encoding == "cp1252":
        return None  # nearly any byte is valid there, so one that is not speaks against it
    try:
        text = data.decode("cp950" if encoding == "big5" else encoding, "replace")
    except (UnicodeError, LookupError):
        return None
    lost = text.count("\ufffd")
    # Bytes at the very end are missing where a download broke off.
    return text if lost <= len(text) * MOST_LOST or (lost == 1 and text[-1] == "\ufffd" and len(text) > 20) else None


def _guess(data: bytes, declared: str | None) -> Decoded:
    """The most likely decoding, with its confidence."""
    priors = dict(_CANDIDATES)
    named = _canonical(declared)
    if named:
        priors[named] = 100.0
    scores: dict[str, tuple[float, str]] = {}
    for encoding, prior in priors.items():
        text = _attempt(data, encoding)
        if text is None or "\0" in text or len(_CONTROL.findall(text)) > len(text) / 100:
            continue
        # The same bytes give texts of different lengths: the likelihood is of the bytes, so a part must be of them too.
        share = max(1.0, len(text) / _SAMPLE)
        scores[encoding] = (likelihood(Counter(text[:_SAMPLE])) * share + math.log(prior), text)
    if not scores:
        if b"\0" in data or len(data) < 4 or _looks_binary(data):
            raise _binary()
        raise ArticleError(_cant_tell([]))
    ranked = sorted(scores, key=lambda e: -scores[e][0])
    best = ranked[0]
    text = scores[best][1]
    total = sum(math.exp(max(-700.0, score - scores[best][0])) for score, _ in scores.values())
    confidence = min(1.0, plausibility(Counter(text[:_SAMPLE])) / 0.6) / total
    if best == named and confidence >= 0.3:
        return Decoded(text, best, max(confidence, 0.9), _lost(text))
    if confidence < SURE:
        if b"\0" in data or _looks_binary(data):
            raise _binary()
        raise ArticleError(_cant_tell(ranked[:2]))
    confidence = min(confidence, 0.99)  # a guess is never certain
    said = f"it says {declared}, but reads as" if declared else "its encoding is a guess:"
    note = f"{said} {_name(best)}, confidence {confidence:.2f}; save it as UTF-8 to be sure"
    return Decoded(text, best, confidence, (note, *_lost(text)))


def _looks_binary(data: bytes) -> bool:
    sample = data[:4096]
    return sum(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in sample) > len(sample) / 50


def _cant_tell(likely: list[str]) -> str:
    names = " or ".join(map(_name, likely))
    return (
        f"it is not valid UTF-8, and its encoding can't be told{f' (perhaps {names})' if names else ''}: "
        "convert it first, for instance with iconv -f GB18030 -t UTF-8"
    )


def _canonical(declared: str | None) -> str | None:
    try:
        name = codecs.lookup((declared or "").strip()).name
    except (LookupError, ValueError):
        return None
    return _SAME.get(name, name)


def _look_again(text: str, declared: str | None) -> Decoded:
    """Valid UTF-8 may still be mojibake that somebody saved as UTF-8."""
    lost = len(_LOST.findall(text))
    if lost > len(text) * MOST_GONE:
        raise ArticleError(f"{lost} places in it were lost when it was saved: look for an undamaged copy")
    repaired, notes = repair(text)
    if notes:
        return Decoded(repaired, "utf-8", 0.95, (*notes, *_lost(repaired)))
    found = list(_lost(text))
    named = _canonical(declared)
    if named not in (None, "utf-8", "cp1252") and not text.isascii():
        found.append(f"it says {declared}, but is UTF-8, and was read as such")
    if looks_garbled(text):
        found.append("its characters are so rare that the text may be garbled: look at it")
    return Decoded(text, "utf-8", 1.0, tuple(found))


def _lost(text: str) -> tuple[str, ...]:
    lost = len(_LOST.findall(text))
    return (f"{lost} place{'s' * (lost != 1)} can't be read and stand{'s' * (lost == 1)} as \ufffd",) if lost else ()
