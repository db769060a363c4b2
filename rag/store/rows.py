"""The shape of the database, and articles to and from its rows."""

from __future__ import annotations

import dataclasses
import json
import sqlite3

from rag.store import lexical, postings, reprints
from rag.types import Article, Segment

SCHEMA = 4  # raise it whenever TABLES changes
DATABASE = "articles.sqlite"

TABLES = (
    """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE articles (
    id TEXT PRIMARY KEY, source TEXT NOT NULL, root TEXT NOT NULL, hash TEXT NOT NULL,
    title TEXT NOT NULL, outlet TEXT, url TEXT, date TEXT, authors TEXT NOT NULL,
    language TEXT NOT NULL, script TEXT NOT NULL, text TEXT NOT NULL, raw TEXT NOT NULL, alignment TEXT NOT NULL
);
CREATE INDEX articles_by_source ON articles(source);  -- not unique: records of a dump change places within a sync
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the vector's id in FAISS, never used again
    id TEXT NOT NULL UNIQUE, article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, words INTEGER NOT NULL  -- words: how many, of text.words
);
CREATE INDEX passages_by_article ON passages(article_id, start);
CREATE TABLE excluded (  -- taken out by hand
    id TEXT NOT NULL, source TEXT NOT NULL, root TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (id, root)
);
CREATE TABLE emptied (id TEXT PRIMARY KEY, hash TEXT NOT NULL);  -- articles of which cleaning left nothing
CREATE TABLE boilerplate (root TEXT NOT NULL, sentence TEXT NOT NULL, PRIMARY KEY (root, sentence)) WITHOUT ROWID;
"""
    + postings.TABLES
    + lexical.TABLES
    + reprints.TABLES
)


def insert_article(db: sqlite3.Connection, article: Article, digest: str, root: str) -> None:
    """Write an article's row, with the hash of its file and the root it lies under."""
    db.execute(
        "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            article.id,
            article.source,
            root,
            digest,
            article.title,
            article.outlet,
            article.url,
            article.date,
            json.dumps(article.authors, ensure_ascii=False),
            article.language,
            article.script,
            article.text,
            article.raw,
            json.dumps([dataclasses.astuple(segment) for segment in article.alignment]),
        ),
    )


def to_article(row: sqlite3.Row) -> Article:
    """A row as an article."""
    return Article(
        id=row["id"],
        source=row["source"],
        title=row["title"],
        outlet=row["outlet"],
        url=row["url"],
        date=row["date"],
        authors=tuple(json.loads(row["authors"])),
        language=row["language"],
        script=row["script"],
        text=row["text"],
        raw=row["raw"],
        alignment=tuple(Segment(*values) for values in json.loads(row["alignment"])),
    )
