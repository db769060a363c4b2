"""Passages in memory that can be searched as an index is, for training and calibration."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np

from rag.chunks import split
from rag.dictionary import dictionary
from rag.embed import SentenceEmbedder
from rag.names import NameIndex, world_names
from rag.retrieve import HybridRetriever
from rag.store import Store, Term, Weighed
from rag.store.postings import TABLES, Lexicon, add
from rag.text import fold_text, name_like, words
from rag.train.data import Context
from rag.types import Passage


class Pool:
    """What of a `Store` retrieval needs, over the passages of some contexts.

    A passage's `article_id` is the context's number; titles are searched with the text, as in an index.
    """

    def __init__(
        self, contexts: Sequence[Context], which: Sequence[int], embedder: SentenceEmbedder, tokens: int
    ) -> None:
        self.all = [passage for c in which for passage in _passages(contexts[c], c, tokens)]
        texts = [f"{p.title}\n{p.text}" if p.title else p.text for p in self.all]
        self.vectors = embedder.encode(texts)
        self._db = sqlite3.connect(":memory:")
        self._db.executescript(TABLES + "CREATE TABLE passages (number INTEGER PRIMARY KEY, words INTEGER NOT NULL);")
        found = [words(text) for text in texts]
        sizes = [(number, len(of_text)) for number, of_text in enumerate(found)]
        self._db.executemany("INSERT INTO passages VALUES (?, ?)", sizes)
        add(self._db, enumerate(found))
        self._lexicon = Lexicon(self._db)
        heard = dict.fromkeys(fold_text(form) for text in texts for form in name_like(text))
        self.names = NameIndex.of((), world_names(), (), heard)
        self.retriever = HybridRetriever(cast(Store, self), embedder, self.names, dictionary())

    @property
    def top_number(self) -> int:
        """As of a store."""
        return len(self.all) - 1

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """As of a store."""
        yield

    def weigh(self, terms: Sequence[Term]) -> list[Weighed]:
        """As of a store."""
        return [self._lexicon.weigh(self._db, term) for term in terms]

    def dense(self, vectors: Any, k: int, among: None = None) -> list[tuple[int, float]]:
        """As of a store."""
        scores = self.vectors @ np.atleast_2d(vectors).T
        near = {int(n) for one in scores.T for n in np.argsort(-one, kind="stable")[:k]}
        return sorted(((n, float(scores[n].max())) for n in near), key=lambda hit: (-hit[1], hit[0]))

    def cosines(self, vectors: Any, numbers: Sequence[int]) -> Any:
        """As of a store."""
        return (self.vectors[list(numbers)] @ np.atleast_2d(vectors).T).max(axis=1)

    def reprints(self, article_id: str) -> tuple[str, ...]:
        """As of a store; what trains is not reprinted."""
        return ()

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """As of a store."""
        return [self.all[number] for number in numbers]


def _passages(context: Context, number: int, tokens: int) -> list[Passage]:
    return [
        Passage(f"{number}-{start}", str(number), context.title, str(number), None, context.text[start:end], start, end)
        for start, end in split(context.text, tokens)
    ]


def pool_of(context: Context) -> str:
    """The pool that a context belongs to. A folder of news is mixed: XQuAD's two languages share one."""
    return context.source.removesuffix("-zh").removesuffix("-en")


def pools(contexts: Sequence[Context], embedder: SentenceEmbedder, tokens: int, *, held_out: bool) -> dict[str, Pool]:
    """A pool for each collection, of its held-out documents or of the others."""
    members: dict[str, list[int]] = {}
    for c, context in enumerate(contexts):
        if context.held_out == held_out:
            members.setdefault(pool_of(context), []).append(c)
    return {name: Pool(contexts, which, embedder, tokens) for name, which in members.items()}
