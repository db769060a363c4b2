"""Fits the probabilities of the reader's spans on held-out questions, and scores the reader on others.

Every question is read with the passages that retrieval finds among all held-out ones of its kind, in the program's
own passages; once more without its own passage, where nothing is an answer.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rag.config import Config
from rag.embed import SentenceEmbedder
from rag.metrics import character_f1
from rag.reader import FEATURES, Reader
from rag.reader.spans import Span
from rag.train.data import Context, Example
from rag.train.pool import Pool, pool_of, pools
from rag.types import Passage

SEED = 3
CANDIDATES = 12  # passages a question is read with
# Questions of a slice, about half for fitting and half for scoring; more of what the program is for.
PER_SLICE = {"news en": 240, "news zh": 240, "invented en→en": 120, "invented zh→en": 120}
OTHERS = 80
L2 = 0.02
RIGHT = 0.5  # character F1 from which a span counts as the answer


@dataclass(frozen=True)
class Case:
    """A held-out question and what was found for it."""

    example: Example
    calibrates: bool
    passages: list[tuple[Passage, float]]
    spans: list[Span]
    features: Any  # (spans, FEATURES)
    right: Any  # (spans,) character F1 with the answer, 0 in other passages


def cases(
    contexts: Sequence[Context],
    examples: Sequence[Example],
    embedder: SentenceEmbedder,
    reader: Reader,
    say: Callable[[str], None],
) -> Iterator[Case]:
    """Held-out questions, read."""
    rng = random.Random(SEED)
    by_slice: dict[str, list[int]] = defaultdict(list)
    for i, example in enumerate(examples):
        if contexts[example.context].held_out:
            by_slice[example.slice].append(i)
    by_pool = pools(contexts, embedder, Config().passage_tokens, held_out=True)
    for name, members in sorted(by_slice.items()):
        chosen = rng.sample(members, min(PER_SLICE.get(name, OTHERS), len(members)))
        for i in chosen:
            yield _case(contexts, examples[i], by_pool[pool_of(contexts[examples[i].context])], reader)
        say(f"  {name}: {len(chosen)} questions")


def _case(contexts: Sequence[Context], example: Example, pool: Pool, reader: Reader) -> Case:
    own = contexts[example.context]
    found: list[tuple[Passage, float]] = []
    foreign = 0
    reader = reader.with_names(pool.names)
    pool.retriever.k = 6 * CANDIDATES
    for passage in pool.retriever.search(example.question):
        context = contexts[int(passage.article_id)]
        if own.number >= 0 and context.number == own.number and context.source != own.source:
            continue  # the gold passage's translation would answer too
        mine = int(passage.article_id) == example.context
        if (mine and len(found) < CANDIDATES) or foreign < CANDIDATES:
            found.append((passage, passage.score))
            foreign += not mine
        if foreign >= CANDIDATES:
            break
    spans = reader.spans(example.question, found)
    right = np.zeros(len(spans))
    if example.answer:
        answer = own.text[slice(*example.answer)]
        for k, span in enumerate(spans):
            passage = found[span.text][0]
            if int(passage.article_id) == example.context:
                right[k] = character_f1(passage.text[span.start : span.end], answer)
    return Case(example, own.calibrates, found, spans, reader.features(example.question, found, spans), right)


def present(case: Case, *, own: bool) -> Any:
    """Mask of the spans of the first CANDIDATES passages, with or without the question's own."""
    keep = [k for k, (p, _) in enumerate(case.passages) if own or p.article_id != str(case.example.context)][
        :CANDIDATES
    ]
    return np.array([span.text in set(keep) for span in case.spans])


def fit(found: Sequence[Case]) -> tuple[Any, float]:
    """Coefficients and intercept.

    A softmax over each question's spans and "none of them", with and without the question's own passage, in which
    every right span counts (as in shared normalisation, Clark & Gardner 2018); then a calibration of the best one.
    """
    import torch

    sets = []
    for case in found:
        for own in (True, False):
            mask = present(case, own=own)
            right = case.right[mask] >= RIGHT
            sets.append(
                (torch.from_numpy(case.features[mask]).float(), torch.from_numpy(np.append(right, not right.any())))
            )
    scale = torch.cat([features for features, _ in sets]).std(0) + 1e-6
    weights, none = torch.zeros(len(FEATURES), requires_grad=True), torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights, none], max_iter=150, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimiser.zero_grad()
        logits = [torch.cat([(features / scale) @ weights, none]) for features, _ in sets]
        terms = [x.logsumexp(0) - x[right].logsumexp(0) for x, (_, right) in zip(logits, sets, strict=True)]
        total = torch.stack(terms).mean() + L2 * (weights**2).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    coefficients = (weights / scale).detach().numpy().astype(float)
    intercept = -float(none.detach())
    # What is shown as confidence is the best span's: a last fit makes its probability true (Platt 1999).
    tops = [best_of(case, coefficients, intercept, own=own) for case in found for own in (True, False)]
    slope, shift = _regression([[logit] for logit, _ in tops], [int(right >= RIGHT) for _, right in tops])
    return coefficients * slope[0], intercept * slope[0] + shift


def _regression(x: Sequence[Any], y: Sequence[int]) -> tuple[Any, float]:
    from sklearn.linear_model import LogisticRegression

    scale = np.std(x, axis=0) + 1e-6
    model = LogisticRegression(C=3.0, max_iter=5000).fit(np.array(x) / scale, np.array(y))
    return model.coef_[0] / scale, float(model.intercept_[0])


def best_of(case: Case, coefficients: Any, intercept: float, *, own: bool) -> tuple[float, float]:
    """Logit of the best span, and its character F1."""
    mask = present(case, own=own)
    if not mask.any():
        return -20.0, 0.0
    logits = np.where(mask, case.features @ coefficients + intercept, -np.inf)
    k = int(np.argmax(logits))
    return float(logits[k]), float(case.right[k])


def score(found: Sequence[Case], coefficients: Any, intercept: float) -> dict[str, Any]:
    """Figures on held-out questions: the best span by slice, the reliability table, thresholds."""
    slices: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    tops: list[tuple[bool, bool, bool, float]] = []  # with its own passage, answerable, right, probability
    for case in found:
        for own in (True, False):
            logit, right = best_of(case, coefficients, intercept, own=own)
            answerable = own and case.example.answer is not None
            tops.append((own, answerable, right >= RIGHT, float(1 / (1 + np.exp(-logit)))))
            if answerable:
                top = case.passages[0][0].article_id == str(case.example.context)
                mask = present(case, own=True)
                logits = np.where(mask, case.features @ coefficients, -np.inf)
                first = case.passages[case.spans[int(np.argmax(logits))].text][0] if mask.any() else None
                reranked = first is not None and first.article_id == str(case.example.context)
                slices[case.example.slice].append((top, reranked, right))
    reliability = []
    for low in np.arange(0, 1, 0.1):
        inside = [(p, right) for *_, right, p in tops if low <= p < low + 0.1]
        if inside:
            reliability.append([len(inside), *(round(float(v), 3) for v in np.mean(inside, axis=0))])
    thresholds = []
    for threshold in np.arange(0.1, 0.65, 0.05):
        answered = np.mean([p >= threshold for _, answerable, _, p in tops if answerable])
        foreign = np.mean([p < threshold for own, *_, p in tops if not own])
        near = [p < threshold for own, answerable, _, p in tops if own and not answerable]
        correct = np.mean([right for *_, right, p in tops if p >= threshold])
        figures = (threshold, answered, foreign, np.mean(near) if near else 0.0, correct)
        thresholds.append([round(float(v), 3) for v in figures])
    return {
        "slices (questions, dense hit@1, reranked hit@1, span F1)": {
            name: [len(v), *(round(float(m), 3) for m in np.mean(v, axis=0))] for name, v in sorted(slices.items())
        },
        "reliability (cases, mean probability, share right)": reliability,
        "thresholds (at, answerable answered, foreign refused, near misses refused, answers right)": thresholds,
    }


# ── the agreed tests on XQuAD articles 17–24 ───────────────────────────────────────────────────


def among_five(
    contexts: Sequence[Context], examples: Sequence[Example], reader: Reader, slices: Sequence[str]
) -> dict[str, float]:
    """Character F1 of the best span with the gold passage among the five of its article (span scores alone)."""
    out: dict[str, list[float]] = defaultdict(list)
    for example in examples:
        own = contexts[example.context]
        if example.slice not in slices or not own.held_out or example.answer is None:
            continue
        article = [
            c for c, context in enumerate(contexts) if (context.source, context.group) == (own.source, own.group)
        ]
        texts = [(contexts[c].title, contexts[c].text) for c in article]
        spans = reader.finder.find(example.question, texts)
        best = max(spans, key=lambda s: s.score + s.answers)
        text = contexts[article[best.text]].text[best.start : best.end]
        out[example.slice].append(character_f1(text, own.text[slice(*example.answer)]))
    return {name: round(float(np.mean(values)), 3) for name, values in out.items()}


def reranked(
    contexts: Sequence[Context],
    examples: Sequence[Example],
    embedder: SentenceEmbedder,
    reader: Reader,
    slices: dict[str, str],
    depth: int = 15,
) -> dict[str, tuple[float, ...]]:
    """hit@1 over all XQuAD passages of one language: dense, reader over the dense top `depth`, and the mean of both.

    Args:
        contexts: all.
        examples: all.
        embedder: gives the dense ranking.
        reader: reranks.
        slices: slice of examples → source of its passages.
        depth: passages reranked.
    """
    out = {}
    for name, source in slices.items():
        pool = [c for c, context in enumerate(contexts) if context.source == source]
        vectors = embedder.encode([contexts[c].text for c in pool])
        chosen = [e for e in examples if e.slice == name and contexts[e.context].held_out]
        asked = embedder.encode([e.question for e in chosen], query=True)
        hits = []
        for example, vector in zip(chosen, asked, strict=True):
            scores = vectors @ vector
            near = np.argsort(-scores, kind="stable")[:depth]
            spans = reader.finder.find(example.question, [("", contexts[pool[k]].text) for k in near])
            best = np.full(len(near), -99.0)
            for span in spans:
                best[span.text] = max(best[span.text], span.answers + span.score)
            both = best / 4 + 20 * scores[near]
            gold = pool.index(example.context)
            hits.append(
                (near[0] == gold, near[int(np.argmax(best))] == gold, near[int(np.argmax(both))] == gold, gold in near)
            )
        out[name] = tuple(round(float(v), 3) for v in np.mean(hits, axis=0))
    return out
