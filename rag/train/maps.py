"""Trains the adapter: two linear maps that take the encoder's vectors from "similar" to "answers".

InfoNCE over the sentences of the batch's own passages and of random others, and over the gold passage
alone (van den Oord et al. 2018, arXiv:1807.03748), pulled towards the identity, with noise on the vectors.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rag.bundled import NAME, bundled_e5
from rag.embed import SentenceEmbedder
from rag.text import sentences
from rag.train.data import Context, Example

SEED = 7
EPOCHS, BATCH, OTHERS = 6, 128, 40
IDENTITY_PULL, NOISE, RATE = 0.01, 0.02, 1.5e-3
MAX_SENTENCE = 400  # characters of a sentence that are embedded


class Vectors:
    """Vectors of all sentences and questions, kept in a cache folder between runs."""

    def __init__(
        self, contexts: list[Context], examples: list[Example], cache: Path | None, say: Callable[[str], None]
    ) -> None:
        self.spans = [(c, a, b) for c, context in enumerate(contexts) for a, b in sentences(context.text)]
        self.of_context: dict[int, list[int]] = defaultdict(list)
        for row, (c, _, _) in enumerate(self.spans):
            self.of_context[c].append(row)
        self.texts = [contexts[c].text[a:b] for c, a, b in self.spans]
        # The model's own vectors: the adapter is what is trained here.
        self.embedder = SentenceEmbedder(bundled_e5, fingerprint=NAME, model_name=NAME)
        self.sentences = self._cached(cache, "sentences", [t[:MAX_SENTENCE] for t in self.texts], False, say)
        self.questions = self._cached(cache, "questions", [e.question for e in examples], True, say)
        self.contexts = self._cached(cache, "contexts", [c.text for c in contexts], False, say)

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

    def gold(self, example: Example) -> int | None:
        """Row of the sentence that holds the answer."""
        start = example.answer_start
        if start is None:
            return None
        return next((r for r in self.of_context[example.context] if self.spans[r][1] <= start < self.spans[r][2]), None)


def train_maps(
    contexts: list[Context], examples: list[Example], vectors: Vectors, say: Callable[[str], None]
) -> dict[str, Any]:
    """The two linear maps with their biases, as float32 arrays."""
    import torch
    from torch.nn import functional

    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    questions, texts = torch.from_numpy(vectors.questions), torch.from_numpy(vectors.sentences)
    training = [
        (i, example.context, gold)
        for i, example in enumerate(examples)
        if not contexts[example.context].held_out and (gold := vectors.gold(example)) is not None
    ]
    pool = [c for c, context in enumerate(contexts) if not context.held_out]
    english = [c for c in pool if contexts[c].source == "xquad-en"]
    size = questions.shape[1]
    identity = torch.eye(size)
    sides = [torch.nn.Linear(size, size) for _ in range(2)]
    for side in sides:
        torch.nn.init.eye_(side.weight)
        torch.nn.init.zeros_(side.bias)
    log_scale = torch.nn.Parameter(torch.tensor(3.0))
    parameters = [*sides[0].parameters(), *sides[1].parameters(), log_scale]
    optimiser = torch.optim.AdamW(parameters, lr=RATE, weight_decay=0.0)
    steps = EPOCHS * (len(training) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps + 1)

    def through(side: Any, x: Any) -> Any:
        return functional.normalize(side(x + torch.randn_like(x) * NOISE), dim=-1)

    for epoch in range(EPOCHS):
        order = rng.permutation(len(training))
        losses = []
        for at in range(0, len(order) - BATCH + 1, BATCH):
            batch = [training[i] for i in order[at : at + BATCH]]
            place: dict[int, int] = {}
            # English passages are few: without a share of their own, maps would learn that answers are Chinese.
            others = [*rng.choice(pool, OTHERS, replace=False), *rng.choice(english, OTHERS // 2, replace=False)]
            parallel = {contexts[c].number for _, c, _ in batch if contexts[c].source.startswith("xquad")}
            others = [c for c in map(int, others) if contexts[c].number not in parallel]
            for c in (*(c for _, c, _ in batch), *others):
                for row in vectors.of_context[c]:
                    place.setdefault(row, len(place))
            asked = through(sides[0], questions[[i for i, _, _ in batch]])
            logits = (asked @ through(sides[1], texts[list(place)]).T) * log_scale.exp()
            target = torch.tensor([place[gold] for _, _, gold in batch])
            own = torch.full_like(logits, -1e4)
            for r, (_, c, _) in enumerate(batch):
                own[r, [place[row] for row in vectors.of_context[c]]] = 0.0
            loss = functional.cross_entropy(logits, target) + functional.cross_entropy(logits + own, target)
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
