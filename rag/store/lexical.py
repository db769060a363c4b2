"""What an index knows of words and names: postings for lexical search, introductions, spellings."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence

from rag.names import Evidence, Introduction, introductions
from rag.store.postings import Lexicon, Term, Weighed
from rag.text import fold_text, name_like, words
from rag.types import Article, Passage

TABLES = """
CREATE TABLE introductions (
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    chinese TEXT NOT NULL, latin TEXT NOT NULL, first TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, quote TEXT NOT NULL
);
CREATE INDEX introductions_by_article ON introductions(article_id);
CREATE TABLE spellings (  -- what looks like a name, folded
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE, form TEXT NOT NULL,
    PRIMARY KEY (article_id, form)
) WITHOUT ROWID;
"""


def embedded_text(article: Article, passage: Passage) -> str:
    """What is searched for a passage: the title is context, and no part of the passage's offsets."""
    return f"{article.title}\n{passage.text}"


def index_names(db: sqlite3.Connection, new: Iterable[Article]) -> None:
    """Write what new articles have of names. The caller holds the transaction."""
    for article in new:
        db.executemany(
            "INSERT INTO introductions VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    article.id,
                    one.chinese,
                    one.latin,
                    one.first,
                    one.evidence.start,
                    one.evidence.end,
                    one.evidence.quote,
                )
                for one in introductions(article)
            ],
        )
        forms = {fold_text(form) for form in name_like(article.text)}
        db.executemany("INSERT INTO spellings VALUES (?, ?)", [(article.id, form) for form in sorted(forms)])


class Words:
    """The lexical half of reading an index. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lexicon: tuple[int, Lexicon] | None = None
        self._lock = threading.Lock()

    def lexicon(self, db: sqlite3.Connection, generation: int) -> Lexicon:
        """The words of a generation."""
        with self._lock:
            if self._lexicon is None or self._lexicon[0] != generation:
                self._lexicon = (generation, Lexicon(db))
            return self._lexicon[1]

    def weigh(self, db: sqlite3.Connection, generation: int, terms: Sequence[Term]) -> list[Weighed]:
        """BM25 weights of terms over the whole index."""
        lexicon = self.lexicon(db, generation)
        return [lexicon.weigh(db, term) for term in terms]

    def frequency(self, db: sqlite3.Connection, generation: int, form: str) -> float:
        """Number of passages that have all words of a form."""
        wording = tuple(words(form))
        return float(len(self.lexicon(db, generation).together(db, wording)[0])) if wording else 0.0


def read_introductions(db: sqlite3.Connection) -> list[Introduction]:
    """Every introduction of a name, by article and place."""
    rows = db.execute("SELECT * FROM introductions ORDER BY article_id, start")
    return [
        Introduction(r["chinese"], r["latin"], r["first"], Evidence(r["article_id"], r["start"], r["end"], r["quote"]))
        for r in rows
    ]


def read_spellings(db: sqlite3.Connection) -> list[str]:
    """Every string that looks like a name, folded, the most frequent first."""
    rows = db.execute("SELECT form FROM spellings GROUP BY form ORDER BY count(*) DESC, form")
    return [row["form"] for row in rows]
