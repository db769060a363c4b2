"""What an index knows of names: introductions, spellings; and what of a passage is searched."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from rag.names import Evidence, Introduction, introductions
from rag.text import fold_text, name_like
from rag.types import Article

TITLE = 300  # characters: what is longer is no title, and would stand before every passage

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


def embedded_text(title: str, text: str) -> str:
    """What is searched for a passage: the title is context, and no part of the passage's offsets."""
    return f"{title[:TITLE]}\n{text}"


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
