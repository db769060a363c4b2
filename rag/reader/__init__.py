"""Is this passage relevant, where is the answer, and is there one at all?

A small network of our own over the bundled encoder finds candidate spans (model.py, spans.py); a logistic regression
over what it and the retriever think gives each span the probability of being right (`python -m rag.train`; card in
store/models/reader).
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from rag.bundled import NAME, bundled_e5
from rag.config import shipped
from rag.embed import Matrix, SentenceEmbedder
from rag.errors import ModelError
from rag.names import NameIndex
from rag.reader.asked import Asked
from rag.reader.edges import sentence_of, trim
from rag.reader.kinds import asking, asks_number, asks_who, is_heading, parts, remark_apart
from rag.reader.spans import Span, SpanFinder
from rag.text import fold_text, language, name_like, numbers, words
from rag.types import Passage

FEATURES = (
    "answers",
    "score",
    "margin",
    "lead",
    "passage",
    "coverage",
    "cross_language",
    "number",
    "number_absent",
    "name",
    "name_absent",
    "match",
    "common",
    "names_absent",
    "met",
)
MATCHED = 12  # spans, the best by score, whose sentences are compared with the question
MAX_SENTENCE = 400  # characters of a sentence that are embedded


@dataclass(frozen=True)
class Reading:
    """A span as an answer: `article.text[start:end]`, and how likely it is to be right (0–1)."""

    passage: Passage
    start: int
    end: int
    probability: float
    sentence: tuple[int, int]  # the sentence that holds the span, as characters of the article
    part: int = 0  # which part of a question that asks several things ("where, and why?") it answers

    @property
    def text(self) -> str:
        """The span."""
        return self._slice(self.start, self.end)

    @property
    def statement(self) -> str:
        """The sentence."""
        return self._slice(*self.sentence)

    def _slice(self, start: int, end: int) -> str:
        return self.passage.text[start - self.passage.start : end - self.passage.start]


@dataclass(frozen=True)
class Weights:
    """A logistic regression over FEATURES, and the fingerprint of the embedder it was fitted with."""

    coefficients: tuple[float, ...]
    intercept: float
    embedder: str

    def probabilities(self, features: Matrix) -> Matrix:
        """Of rows of FEATURES (n, len(FEATURES)): (n,)."""
        logits = features @ np.asarray(self.coefficients, np.float32) + self.intercept
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


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
        raise ModelError(f"The reader's weights in {folder} are of another version. Reinstall the package.")
    return Weights(tuple(card["coefficients"]), card["intercept"], card["embedder"])


class Reader:
    """Reads passages for a question. With another embedder than it was fitted with, probabilities are guesses.

    Args:
        embedder: whose encoder is shared where it is the bundled one; else that is loaded besides.
        names: of the corpus.
        weights: of the regression; the shipped ones when absent.
        finder: the network; the shipped one when absent.
        remember: sentences whose vectors are kept, 1.5 kB each.
    """

    def __init__(
        self,
        embedder: SentenceEmbedder,
        names: NameIndex | None = None,
        weights: Weights | None = None,
        finder: SpanFinder | None = None,
        remember: int = 20_000,
    ) -> None:
        folder = shipped("models") / "reader"
        shares = embedder.fingerprint.startswith(NAME)
        self.embedder = embedder
        self.remember = remember
        self.names = names or NameIndex(())
        self.weights = weights or load_weights(folder)
        self.finder = finder or SpanFinder((lambda: embedder.model) if shares else bundled_e5, folder)
        self._vectors: dict[str, Matrix] = {}  # sentence → vector

    def with_names(self, names: NameIndex) -> Reader:
        """The same reader over a corpus with other names."""
        reader = Reader(self.embedder, names, self.weights, self.finder, self.remember)
        reader._vectors = self._vectors
        return reader

    @property
    def fitted(self) -> bool:
        """Whether the probabilities were calibrated on this embedder's vectors."""
        return self.embedder.fingerprint == self.weights.embedder

    def read(self, question: str, passages: Sequence[tuple[Passage, float]], part: int = 0) -> list[Reading]:
        """Candidate spans of the passages, the most probable first; ties by place.

        Args:
            question: as asked.
            passages: with the retriever's score of each.
            part: what the readings are marked with.
        """
        spans = self.spans(question, passages)
        if not spans:
            return []
        chances = self.weights.probabilities(self.features(question, passages, spans))
        readings = []
        for span, chance in zip(spans, chances, strict=True):
            passage = passages[span.text][0]
            start, end = sentence_of(passage.text, span.start, span.end)
            shift = passage.start
            readings.append(
                Reading(
                    passage, shift + span.start, shift + span.end, float(chance), (shift + start, shift + end), part
                )
            )
        return sorted(readings, key=lambda r: (-r.probability, r.passage.source, r.start))

    def rerank(self, passages: Sequence[tuple[Passage, float]], readings: Sequence[Reading]) -> list[Passage]:
        """The passages by their best span, with its score beside those of the legs."""
        best: dict[str, float] = {}
        for reading in readings:
            best[reading.passage.id] = max(best.get(reading.passage.id, 0.0), reading.probability)
        scored = [
            (replace(p, score=best.get(p.id, 0.0), scores={**p.scores, "reader": best.get(p.id, 0.0)}), score)
            for p, score in passages
        ]
        return [p for p, score in sorted(scored, key=lambda pair: (-pair[0].score, -pair[1], pair[0].id))]

    def spans(self, question: str, passages: Sequence[tuple[Passage, float]]) -> list[Span]:
        """Candidate spans, trimmed; `span.text` counts passages, offsets count characters of the passage's text."""
        found: dict[tuple[int, int, int], Span] = {}
        # Each passage is asked with the names as it spells them itself.
        wordings = [self.names.localise(question, f"{p.title}\n{p.text}") for p, _ in passages]
        for span in self.finder.find(wordings, [(p.title, p.text) for p, _ in passages]):
            text = passages[span.text][0].text
            start, end = trim(text, span.start, span.end)
            if start < end and not is_heading(text[slice(*sentence_of(text, start, end))]):
                span = replace(span, start=start, end=end)
                key = (span.text, start, end)
                if key not in found or found[key].score < span.score:
                    found[key] = span
        return list(found.values())

    # ── features ──────────────────────────────────────────────────────────────────────────────

    def features(self, question: str, passages: Sequence[tuple[Passage, float]], spans: Sequence[Span]) -> Matrix:
        """One row of FEATURES for each span: float array of shape (spans, len(FEATURES))."""
        asked_language = language(question)
        foreign = [language(p.text) != asked_language for p, _ in passages]
        coverage = self._coverage(question, [p.text for p, _ in passages])
        wants, asks = asks_number(question), asks_who(question)
        given = {n.value for n in numbers(question)}
        known = fold_text(" ".join([question, *self.names.expand(question)]))
        top = max(span.score for span in spans)
        about = Asked(question, self.names)
        absent = [about.absent(f"{p.title}\n{p.text}") for p, _ in passages]
        common = _common([fold_text(p.text) for p, _ in passages])
        rows = []
        for span, match in zip(spans, self._matches(question, passages, spans), strict=True):
            passage, dense = passages[span.text]
            text = passage.text[span.start : span.end]
            number = any(n.value not in given for n in numbers(text))
            named = bool(name_like(text)) or any(True for _ in self.names.find(fold_text(text)))
            named = named and fold_text(text) not in known
            cross = foreign[span.text]
            statement = passage.text[slice(*sentence_of(passage.text, span.start, span.end))]
            rows.append(
                (
                    span.answers,
                    span.score,
                    span.margin,
                    span.score - top,
                    dense,
                    0.0 if cross else coverage[span.text],  # across languages only names could be in common
                    cross,
                    wants and number,
                    wants and not number,
                    asks and named,
                    asks and not named,
                    match,
                    common(fold_text(text)),
                    absent[span.text],
                    about.met(statement),
                )
            )
        return np.asarray(rows, np.float32)

    def _matches(self, question: str, passages: Sequence[tuple[Passage, float]], spans: Sequence[Span]) -> list[float]:
        """Cosine of the question, best wording, with each span's sentence; for weak spans with the passage."""
        likely = sorted(range(len(spans)), key=lambda k: -spans[k].score)[:MATCHED]
        sentence = {}
        for k in likely:
            text = passages[spans[k].text][0].text
            sentence[k] = text[slice(*sentence_of(text, spans[k].start, spans[k].end))][:MAX_SENTENCE]
        kept = self._vectors  # another thread may put an empty one in its place
        missing = [text for text in dict.fromkeys(sentence.values()) if text not in kept]
        fresh = dict(zip(missing, self.embedder.encode(missing), strict=True))
        vectors = {text: fresh[text] if text in fresh else kept[text] for text in sentence.values()}
        if len(kept) + len(fresh) > self.remember:
            self._vectors = {}
        self._vectors.update(fresh)
        asked = self.embedder.encode(self.names.expand(question), query=True)
        return [
            float((asked @ vectors[sentence[k]]).max()) if k in sentence else _cosine(*passages[span.text])
            for k, span in enumerate(spans)
        ]

    def _coverage(self, question: str, texts: Sequence[str]) -> list[float]:
        """Share of the question's words that a text has, rare words counting more (idf over these texts)."""
        asked = sorted(set(self._terms(question)))
        bags = [frozenset(self._terms(text)) for text in texts]
        if not asked:
            return [0.0] * len(texts)
        frequency = Counter(term for bag in bags for term in bag)
        idf = {term: math.log(1 + len(bags) / (0.5 + frequency[term])) for term in asked}
        total = sum(idf.values())
        return [sum(idf[t] for t in asked if t in bag) / total for bag in bags]

    def _terms(self, text: str) -> list[str]:
        """Content words, every known name as one term whatever its spelling."""
        folded = fold_text(text)
        out, rest, at = [], [], 0
        for start, end, name in self.names.find(folded):
            out.append(f"name:{name.latin}")
            rest.append(folded[at:start])
            at = end
        return out + words(" ".join([*rest, folded[at:]]))


def _common(texts: Sequence[str]) -> Callable[[str], float]:
    """How common a folded string is: the share of the other passages that have it. Who is everywhere is no news."""

    @cache
    def share(text: str) -> float:
        return (sum(text in other for other in texts) - 1) / max(1, len(texts) - 1)

    return share


def _cosine(passage: Passage, score: float) -> float:
    """A passage's cosine with the question; the retriever's score where that says nothing of it."""
    return passage.scores.get("dense", score)


__all__ = [
    "FEATURES", "Asked", "Reader", "Reading", "Weights", "asking", "asks_number", "asks_who", "is_heading",
    "load_weights", "parts", "remark_apart", "sentence_of", "trim",
]  # fmt: skip
