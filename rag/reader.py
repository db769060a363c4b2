"""Is this passage relevant, and which of its sentences answers the question?

Two opinions: how well the vectors of question and sentence match (the embedder's adapter is trained for that),
and how many words they have in common, names in all their spellings included. A logistic regression over both
gives the probability that a sentence answers the question (`python -m rag.train`; card in store/models/reader).
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rag.config import shipped
from rag.embed import Matrix, SentenceEmbedder
from rag.errors import ModelError
from rag.names import NameIndex
from rag.text import fold_text, language, name_like, numbers, sentences, words
from rag.types import Passage

FEATURES = (
    "match",
    "passage",
    "coverage",
    "coverage_passage",
    "cross_language",
    "number",
    "number_absent",
    "name",
    "name_absent",
    "short",
)
MAX_SENTENCE = 400  # characters of a sentence that are embedded

_ENDED = re.compile(r"[。！？!?.…；;][”’」』）)\"'】\]]*$")
_ASKS_NUMBER = re.compile(
    r"how (?:much|many|long|old|far|large|big|often|tall|high)|when |which year"
    r"|what (?:percentage|percent|share|number|amount|sum|year|date)"
    r"|多少|几[个名位家次年月天倍岁号人]|几成|几点|多大|多久|多长|多高|何时|什么时候|哪一?[年天月]|年份|日期|比例|金额|规模"
)


@dataclass(frozen=True)
class Reading:
    """A sentence as an answer: `article.text[start:end]`, and how likely it is to hold the answer (0–1)."""

    passage: Passage
    start: int
    end: int
    probability: float

    @property
    def text(self) -> str:
        """The sentence."""
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]


@dataclass(frozen=True)
class Weights:
    """A logistic regression over FEATURES, and the fingerprint of the embedder it was fitted with."""

    coefficients: tuple[float, ...]
    intercept: float
    embedder: str


def load_weights(folder: Path) -> Weights:
    """Read `reader.json`.

    Raises:
        ModelError: the file is missing or does not fit this version.
    """
    try:
        card = json.loads((folder / "reader.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"The reader's weights in {folder} are missing or damaged. Reinstall the package.") from error
    if tuple(card["features"]) != FEATURES:
        raise ModelError(f"The reader's weights in {folder} are of another version. Train anew: python -m rag.train")
    return Weights(tuple(card["coefficients"]), card["intercept"], card["embedder"])


_ASKS_WHO = re.compile(
    r"\bwho(?:m|se)?\b|which (?:person|people|man|woman|official|company|firm|lobbyist)|谁|哪[位些个]人?|何人|什么人"
)


def asks_who(question: str) -> bool:
    """Whether the answer must name somebody."""
    return bool(_ASKS_WHO.search(fold_text(question)))


def asks_number(question: str) -> bool:
    """Whether the answer must hold a quantity or a date."""
    return bool(_ASKS_NUMBER.search(fold_text(question)))


def is_heading(text: str) -> bool:
    """Whether a sentence is a subheading or another scrap: short, and not ended like a sentence."""
    return len(text) < 40 and not _ENDED.search(text) and len(words(text)) < 8


class Reader:
    """Reads passages for a question. With another embedder than it was fitted with, probabilities are guesses."""

    def __init__(
        self,
        embedder: SentenceEmbedder,
        names: NameIndex | None = None,
        weights: Weights | None = None,
        remember: int = 20_000,
    ) -> None:
        self.embedder = embedder
        self.remember = remember  # sentences whose vectors are kept: 1.5 kB each
        self.names = names or NameIndex(())
        self.weights = weights or load_weights(shipped("models") / "reader")
        self._known: dict[str, Matrix] = {}  # sentence → vector
        self._bags: dict[str, frozenset[str]] = {}  # text → its terms

    def with_names(self, names: NameIndex) -> Reader:
        """The same reader over a corpus with other names."""
        reader = Reader(self.embedder, names, self.weights, self.remember)
        reader._known = self._known
        return reader

    @property
    def fitted(self) -> bool:
        """Whether the probabilities were calibrated on this embedder's vectors."""
        return self.embedder.fingerprint == self.weights.embedder

    def read(
        self, question: str, passages: Sequence[tuple[Passage, float]], wordings: Sequence[str] = ()
    ) -> list[Reading]:
        """Every sentence of the passages as a reading, the most probable first; ties by place.

        Args:
            question: as asked.
            passages: with the retriever's score of each.
            wordings: the question with its names written otherwise; a sentence counts with its best.
        """
        spans = [
            (number, passage.start + start, passage.start + end)
            for number, (passage, _) in enumerate(passages)
            for start, end in sentences(passage.text)
            if not is_heading(passage.text[start:end])
        ]
        if not spans:
            return []
        texts = [passages[n][0].text[s - passages[n][0].start : e - passages[n][0].start] for n, s, e in spans]
        features = self.features(
            question,
            self.embedder.encode([question, *(w for w in wordings if w != question)], query=True),
            texts,
            self._sentence_vectors(texts),
            [passages[n][0].text for n, _, _ in spans],
            [passages[n][1] for n, _, _ in spans],
        )
        logits = features @ np.asarray(self.weights.coefficients) + self.weights.intercept
        readings = [
            Reading(passages[n][0], start, end, 1 / (1 + math.exp(-float(logit))))
            for (n, start, end), logit in zip(spans, logits, strict=True)
        ]
        return sorted(readings, key=lambda r: (-r.probability, r.passage.source, r.start))

    def rerank(self, passages: Sequence[tuple[Passage, float]], readings: Sequence[Reading]) -> list[Passage]:
        """The passages by their best sentence, with the scores of both legs."""
        best: dict[str, float] = {}
        for reading in readings:
            best[reading.passage.id] = max(best.get(reading.passage.id, 0.0), reading.probability)
        scored = [
            replace(p, score=best.get(p.id, 0.0), scores={"dense": dense, "reader": best.get(p.id, 0.0)})
            for p, dense in passages
        ]
        return sorted(scored, key=lambda p: (-p.score, -p.scores["dense"], p.id))

    # ── features ──────────────────────────────────────────────────────────────────────────────

    def features(
        self,
        question: str,
        question_vectors: Matrix,
        texts: Sequence[str],
        vectors: Matrix,
        contexts: Sequence[str],
        passage_scores: Sequence[float],
    ) -> Matrix:
        """One row of FEATURES for each sentence: float array of shape (sentences, len(FEATURES)).

        Args:
            question: as asked.
            question_vectors: of its wordings, (wordings, dimension); a sentence counts with its best.
            texts: the sentences.
            vectors: of the sentences, (sentences, dimension).
            contexts: the passage each sentence stands in.
            passage_scores: the retriever's score of that passage.
        """
        match = (vectors @ question_vectors.T).max(axis=1)
        asked_language = language(question)
        cross = np.array([language(text) != asked_language for text in contexts], np.float32)
        wants = asks_number(question)
        given = {n.value for n in numbers(question)}
        has = np.array([any(n.value not in given for n in numbers(text)) for text in texts], np.float32)
        asks = asks_who(question)
        known = fold_text(" ".join([question, *self.names.expand(question)]))
        named = np.array([any(fold_text(n) not in known for n in name_like(text)) for text in texts], np.float32)
        columns = [
            match,
            np.asarray(passage_scores, np.float32),
            # Across languages only names could be in common, and a sentence does not answer for naming someone.
            self._coverage(question, texts) * (1 - cross),
            self._coverage(question, contexts) * (1 - cross),
            cross,
            has * wants,
            (1 - has) * wants,
            named * asks,
            (1 - named) * asks,
            np.array([len(words(text)) < 6 for text in texts], np.float32),
        ]
        return np.stack(columns, axis=1).astype(np.float32)

    def _coverage(self, question: str, texts: Sequence[str]) -> Matrix:
        """Share of the question's words that a text has, rare words counting more (idf over these texts)."""
        asked = sorted(set(self._terms(question)))
        bags = [self._bag(text) for text in texts]
        if not asked:
            return np.zeros(len(texts), np.float32)
        frequency = Counter(term for bag in bags for term in bag)
        idf = {term: math.log(1 + len(bags) / (0.5 + frequency[term])) for term in asked}
        total = sum(idf.values())
        return np.array([sum(idf[t] for t in asked if t in bag) / total for bag in bags], np.float32)

    def _bag(self, text: str) -> frozenset[str]:
        bag = self._bags.get(text)
        if bag is None:
            if len(self._bags) >= self.remember:
                self._bags.clear()
            bag = self._bags[text] = frozenset(self._terms(text))
        return bag

    def _terms(self, text: str) -> list[str]:
        """Content words, every known name as one term whatever its spelling."""
        folded = fold_text(text)
        out, rest, at = [], [], 0
        for start, end, name in self.names.find(folded):
            out.append(f"name:{name.latin}")
            rest.append(folded[at:start])
            at = end
        return out + words(" ".join([*rest, folded[at:]]))

    def _sentence_vectors(self, texts: Sequence[str]) -> Matrix:
        """Vectors of sentences; those seen before come from memory."""
        keys = [text[:MAX_SENTENCE] for text in texts]
        missing = list(dict.fromkeys(key for key in keys if key not in self._known))
        fresh = dict(zip(missing, self.embedder.encode(missing), strict=True))
        known = {key: fresh[key] if key in fresh else self._known[key] for key in keys}
        if len(self._known) + len(fresh) > self.remember:
            self._known = {}
        self._known.update(fresh)
        return np.stack([known[key] for key in keys])
