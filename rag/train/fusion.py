"""Fits the weights of the fusion: a softmax over each training question's candidates (ListNet, Cao et al. 2007)."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rag.config import Config
from rag.embed import SentenceEmbedder
from rag.retrieve.fusion import FEATURES
from rag.train.data import Context, Example
from rag.train.pool import pool_of, pools

SEED = 5
PER_SLICE = 150
L2 = 1e-3
# Least weights of names: the training questions hardly ever spell a name otherwise than the passage that answers.
# Chosen on the development halves of our gold sets, whose MRR they raise by 0.03 to 0.04.
NAMES = {"name, same": 0.05, "name, other": 0.12}
SHARPNESS = 10.0  # of the softmax at the start: cosines differ by hundredths


def candidates(
    contexts: Sequence[Context],
    examples: Sequence[Example],
    embedder: SentenceEmbedder,
    say: Callable[[str], None],
    *,
    held_out: bool,
    per_slice: int = PER_SLICE,
) -> dict[str, list[tuple[Any, int]]]:
    """For questions of each slice the candidates' FEATURES and the row of the passage with the answer.

    Questions whose passage neither leg finds have nothing to teach and are left out while training; held-out ones
    have row -1.
    """
    rng = random.Random(SEED)
    by_pool = pools(contexts, embedder, Config().passage_tokens, held_out=held_out)
    by_slice: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        if contexts[example.context].held_out == held_out and example.answer:
            by_slice[example.slice].append(example)
    out: dict[str, list[tuple[Any, int]]] = {}
    for name, members in sorted(by_slice.items()):
        rows = []
        for example in rng.sample(members, min(per_slice, len(members))):
            own = contexts[example.context]
            drawn = by_pool[pool_of(own)].retriever.candidates(example.question)
            found, features = drawn.passages, drawn.rows
            # XQuAD's other language answers too.
            keep = [i for i, p in enumerate(found) if not _translates(contexts[int(p.article_id)], own)]
            gold = [j for j, i in enumerate(keep) if _holds(found[i], example)]
            if gold or held_out:
                rows.append((features[keep], gold[0] if gold else -1))
        out[name] = rows
        say(f"  {name}: {len(rows)} questions")
    return out


def _translates(other: Context, own: Context) -> bool:
    return (
        own.number >= 0 and other.number == own.number and other.source != own.source and pool_of(other) == pool_of(own)
    )


def _holds(passage: Any, example: Example) -> bool:
    start = example.answer_start
    return int(passage.article_id) == example.context and start is not None and passage.start <= start < passage.end


def fit(found: dict[str, list[tuple[Any, int]]]) -> dict[str, float]:
    """A weight for each of FEATURES, in units of the cosine's own weight within a language."""
    import torch

    rows = [(torch.from_numpy(features).float(), gold) for some in found.values() for features, gold in some]
    weights = torch.zeros(len(FEATURES), requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimiser.zero_grad()
        scaled = [(features @ weights) * SHARPNESS for features, _ in rows]
        terms = [-torch.log_softmax(s, 0)[gold] for s, (_, gold) in zip(scaled, rows, strict=True)]
        total = torch.stack(terms).mean() + L2 * (weights**2).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    unit = float(weights.detach()[FEATURES.index("dense, same")])
    found_weights = {name: float(w) / unit for name, w in zip(FEATURES, weights.detach(), strict=True)}
    return {name: round(max(weight, NAMES.get(name, weight)), 4) for name, weight in found_weights.items()}


def scores(found: dict[str, list[tuple[Any, int]]], weights: dict[str, float]) -> dict[str, list[float]]:
    """Of held-out questions, by slice: number, hit@1 of the dense leg, hit@1, hit@5 and MRR of the fusion."""
    vector = np.array([weights[name] for name in FEATURES])
    cosine = FEATURES.index("dense, same"), FEATURES.index("dense, other")
    out = {}
    for name, rows in found.items():
        ranks = [_rank(features @ vector, gold) for features, gold in rows]
        dense = [_rank(features[:, cosine[0]] + features[:, cosine[1]], gold) for features, gold in rows]
        figures = (np.mean([r == 1 for r in dense]), np.mean([r == 1 for r in ranks]), np.mean([r <= 5 for r in ranks]))
        out[name] = [len(rows), *(round(float(v), 3) for v in (*figures, np.mean([1 / r for r in ranks])))]
    return out


def _rank(values: Any, gold: int) -> float:
    return float((values > values[gold]).sum()) + 1 if gold >= 0 else float("inf")
