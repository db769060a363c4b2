"""Trains the adapter: two linear maps that take the encoder's vectors from "similar" to "answers".

InfoNCE over the passages of the batch and random others (van den Oord et al. 2018, arXiv:1807.03748), pulled towards
the identity, with noise on the vectors.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rag.bundled import NAME, bundled_e5
from rag.embed import SentenceEmbedder
from rag.text import simplified
from rag.train.data import Context, Example

SEED = 7
EPOCHS, BATCH, OTHERS, ENGLISH = 5, 192, 400, 60
IDENTITY_PULL, NOISE, RATE = 0.01, 0.02, 1.5e-3
MAX_TEXT = 700  # characters of a passage that are embedded


class Vectors:
    """The model's own vectors of all passages and questions, kept in a cache folder between runs."""

    def __init__(
        self, contexts: list[Context], examples: list[Example], cache: Path | None, say: Callable[[str], None]
    ) -> None:
        self.embedder = SentenceEmbedder(bundled_e5, fold=simplified, fingerprint=f"{NAME}+simplified", model_name=NAME)
        self.questions = self._cached(cache, "questions", [e.question for e in examples], True, say)
        self.contexts = self._cached(cache, "contexts", [c.text[:MAX_TEXT] for c in contexts], False, say)

    def _cached(self, cache: Path | None, name: str, texts: list[str], query: bool, say: Callable[[str], None]) -> Any:
        key = zlib.crc32("\0".join([self.embedder.fingerprint, *texts]).encode())
        file = cache / f"{name}-{key:08x}.npy" if cache else None
        if file and file.is_file():
            return np.load(file).astype(np.float32)

        def progress(done: int, total: int) -> None:
            if done % 3200 == 0 or done == total:
                say(f"  {name}: {done} of {total}")

        vectors = self.embedder.encode(texts, query=query, progress=progress)
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, vectors.astype(np.float16))
        return vectors


def train_maps(
    contexts: list[Context], examples: list[Example], vectors: Vectors, say: Callable[[str], None]
) -> dict[str, Any]:
    """The two linear maps with their biases, as float32 arrays."""
    import torch
    from torch.nn import functional

    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    questions, texts = torch.from_numpy(vectors.questions), torch.from_numpy(vectors.contexts)
    training = [
        (i, example.context)
        for i, example in enumerate(examples)
        if example.answer and not contexts[example.context].held_out
    ]
    pool = np.array([c for c, context in enumerate(contexts) if not context.held_out])
    # English passages are few: without a share of their own, maps would learn that answers are Chinese.
    english = np.array([c for c in pool if contexts[c].source in ("xquad-en", "invented")], int)
    # XQuAD's two languages say the same: what answers in one answers in the other.
    same = torch.tensor([context.number if context.number >= 0 else -1 - c for c, context in enumerate(contexts)])
    size = questions.shape[1]
    identity = torch.eye(size)
    sides = [torch.nn.Linear(size, size) for _ in range(2)]
    for side in sides:
        torch.nn.init.eye_(side.weight)
        torch.nn.init.zeros_(side.bias)
    log_scale = torch.nn.Parameter(torch.tensor(3.0))
    parameters = [*sides[0].parameters(), *sides[1].parameters(), log_scale]
    optimiser = torch.optim.AdamW(parameters, lr=RATE, weight_decay=0.0)
    batch_size = min(BATCH, len(training))
    steps = EPOCHS * (len(training) // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps + 1)

    def through(side: Any, x: Any) -> Any:
        return functional.normalize(side(x + torch.randn_like(x) * NOISE), dim=-1)

    for epoch in range(EPOCHS):
        order = rng.permutation(len(training))
        losses = []
        for at in range(0, len(order) - batch_size + 1, batch_size):
            batch = [training[i] for i in order[at : at + batch_size]]
            others = [*rng.choice(pool, min(OTHERS, len(pool)), replace=False)]
            others += [*rng.choice(english, min(ENGLISH, len(english)), replace=False)]
            shown = list(dict.fromkeys([*(c for _, c in batch), *map(int, others)]))
            place = {c: row for row, c in enumerate(shown)}
            target = torch.tensor([place[c] for _, c in batch])
            asked = through(sides[0], questions[[i for i, _ in batch]])
            logits = (asked @ through(sides[1], texts[shown]).T) * log_scale.exp()
            translated = same[shown][None, :] == same[[c for _, c in batch]][:, None]
            translated[torch.arange(len(batch)), target] = False
            loss = functional.cross_entropy(logits.masked_fill(translated, -1e4), target)
            pull = sum(((side.weight - identity) ** 2).sum() for side in sides)
            optimiser.zero_grad()
            (loss + IDENTITY_PULL * pull).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        say(f"  epoch {epoch + 1} of {EPOCHS}: loss {np.mean(losses):.3f}")
    return {
        "question_map": sides[0].weight.detach().numpy(),
        "question_bias": sides[0].bias.detach().numpy(),
        "passage_map": sides[1].weight.detach().numpy(),
        "passage_bias": sides[1].bias.detach().numpy(),
    }
