"""Trains the reader's network: where the answer stands in a window, and whether it is there at all.

A question comes with a window that answers it and one that doesn't: another window of the same passage, one of a
passage that retrieval confuses with it, or its own with a detail of the question changed. Spans compete over both
windows of the question (shared normalisation, Clark & Gardner 2018, arXiv:1710.10723), and so does relevance.
Lower layers are frozen, so the states of all training windows are computed once and kept in memory.
"""

from __future__ import annotations

import json
import random
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ModelError
from rag.reader.model import WEIGHTS, join, load_network, network
from rag.train.data import Context, Example
from rag.train.draws import CUTS, Item, Sampler, States

SEED = 11
STEPS, QUESTIONS = 4000, 12  # optimiser steps; questions in a step, with two windows each
RATE, HEAD_RATE, DECAY, WARM = 1.2e-4, 4e-4, 0.01, 200
SHARES = (0.2, 0.3, 0.3, 0.2)  # how often each way to cut is taken
SAVE_EVERY = 500


def train(
    model: Any,
    contexts: Sequence[Context],
    examples: Sequence[Example],
    confused: Sequence[Sequence[int]],
    cache: Path,
    say: Callable[[str], None],
    steps: int = STEPS,
    given: Path | None = None,
    rate: float = RATE,
) -> Any:
    """The trained network, by a GPU where there is one. Resumes from `cache` where the same run was interrupted.

    Args:
        model: the bundled SentenceTransformer.
        contexts: all passages.
        examples: all questions.
        confused: for each question, other passages that retrieval finds for it.
        cache: folder of the checkpoint.
        say: where progress goes.
        steps: optimiser steps.
        given: weights to go on from; the encoder's own upper layers when absent.
        rate: highest learning rate of the layers; the heads' is in proportion.

    Raises:
        ModelError: `cache` holds the checkpoint of another run: other questions, steps, rate or weights to start from.
    """
    import torch
    from torch.nn import functional

    torch.manual_seed(SEED)
    upper: Any = network(model[0].auto_model.config)
    lower = len(model[0].auto_model.encoder.layer) - len(upper.layers)
    for mine, theirs in zip(upper.layers, model[0].auto_model.encoder.layer[lower:], strict=True):
        mine.load_state_dict({name: value.float() for name, value in theirs.state_dict().items()})
    torch.nn.init.normal_(upper.segment.weight, std=0.02)
    if given is not None:
        upper.load_state_dict(load_network(given, model[0].auto_model.config).state_dict())
    device = "cuda" if torch.cuda.is_available() else "cpu"
    upper.to(device)
    head_rate = HEAD_RATE * rate / RATE
    heads = [p for name, p in upper.named_parameters() if not name.startswith("layers.")]
    optimiser = torch.optim.AdamW(
        [{"params": upper.layers.parameters(), "lr": rate}, {"params": heads, "lr": head_rate}],
        weight_decay=DECAY,
        fused=True,
    )
    run = {"questions": len(examples), "steps": steps, "rate": rate, "start": _digest(given)}
    checkpoint, (step, rounds, drawn) = cache / "spans.safetensors", (0, 0, 0)
    if checkpoint.is_file():
        step, rounds, drawn = _resume(checkpoint, run, upper, optimiser)
        say(f"  resumed at step {step}")
    which = [c for c, context in enumerate(contexts) if not context.held_out]
    states = States(model, contexts, which, cache, say)
    sampler = Sampler(contexts, examples, states, confused)
    upper.train()
    warm = min(WARM, max(1, steps // 9))
    began, recent = time.monotonic(), defaultdict(list)
    order = sampler.order(np.random.default_rng([SEED, rounds]))
    while step < steps:
        rng = random.Random(SEED * 1_000_003 + step)
        items: list[Item] = []
        (cut,) = rng.choices(range(len(CUTS)), SHARES)  # windows of one size share a step: less padding
        while len(items) < QUESTIONS:
            if drawn == len(order):
                rounds, drawn = rounds + 1, 0
                order = sampler.order(np.random.default_rng([SEED, rounds]))
            item = sampler.draw(order[drawn], cut, rng)
            drawn += 1
            if item:
                items.append(item)
        asked = states.questions([item.question for item in items])
        pairs = [(q, w) for q, item in zip(asked, items, strict=True) for w in item.windows]
        batch = [t.to(device) for t in join([q for q, _ in pairs], [states.of(w) for _, w in pairs])]
        with torch.autocast(device, dtype=torch.bfloat16):
            start, end, answers = upper(*batch)
        answered = [k for k, item in enumerate(items) if item.answer is not None]
        losses = {}
        target = torch.zeros((len(items), 2), device=device)
        target[answered, 0] = 1.0
        losses["answers"] = functional.binary_cross_entropy_with_logits(answers.view(-1, 2), target)
        if answered:
            length = start.shape[1]
            rows = torch.tensor(answered, device=device)
            offset = torch.tensor([len(asked[k]) for k in answered], device=device)
            span = torch.tensor([items[k].answer for k in answered], device=device) + offset[:, None]
            losses["start"] = functional.cross_entropy(start.view(-1, 2 * length)[rows], span[:, 0])
            losses["end"] = functional.cross_entropy(end.view(-1, 2 * length)[rows], span[:, 1])
            losses["rank"] = functional.cross_entropy(
                answers.view(-1, 2)[rows], torch.zeros(len(rows), dtype=torch.long, device=device)
            )
        loss = losses["answers"] + losses.get("rank", 0.0) + 0.75 * (losses.get("start", 0.0) + losses.get("end", 0.0))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(upper.parameters(), 1.0)
        for group, highest in zip(optimiser.param_groups, (rate, head_rate), strict=True):
            group["lr"] = highest * min((step + 1) / warm, (steps - step) / max(1, steps - warm))
        optimiser.step()
        step += 1
        for name, value in losses.items():
            recent[name].append(value.item())
        if step % 100 == 0:
            pace = (time.monotonic() - began) / 100
            began = time.monotonic()
            means = ", ".join(f"{name} {np.mean(values):.3f}" for name, values in recent.items())
            say(f"  step {step} of {steps}: {means}; {pace:.2f} s a step")
            recent.clear()
        if step % SAVE_EVERY == 0 or step == steps:
            _save(checkpoint, run, upper, optimiser, (step, rounds, drawn))
    return upper.cpu().eval()


def _digest(file: Path | None) -> str:
    return f"{zlib.crc32(file.read_bytes()):08x}" if file else ""


def _save(file: Path, run: dict[str, Any], upper: Any, optimiser: Any, place: tuple[int, int, int]) -> None:
    from safetensors.torch import save_file

    tensors = {f"model.{name}": value.contiguous() for name, value in upper.state_dict().items()}
    for number, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{name}": value.contiguous() for name, value in state.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, file.with_suffix(".new"), {"run": json.dumps(run), "place": json.dumps(place)})
    file.with_suffix(".new").replace(file)


def _resume(file: Path, run: dict[str, Any], upper: Any, optimiser: Any) -> list[int]:
    from safetensors import safe_open

    with safe_open(file, "pt") as saved:
        about = saved.metadata()
        if json.loads(about.get("run", "null")) != run:
            message = f"{file} is the checkpoint of another run. Take another --cache, or delete it."
            raise ModelError(message)
        place: list[int] = json.loads(about["place"])
        tensors = {name: saved.get_tensor(name) for name in saved.keys()}
    upper.load_state_dict({n.removeprefix("model."): v for n, v in tensors.items() if n.startswith("model.")})
    state: dict[int, dict[str, Any]] = defaultdict(dict)
    for name, value in tensors.items():
        if name.startswith("optimiser."):
            _, number, key = name.split(".", 2)
            state[int(number)][key] = value
    whole = optimiser.state_dict()
    whole["state"] = dict(state)
    optimiser.load_state_dict(whole)
    return place


def average(upper: Any, file: Path, config: Any) -> Any:
    """The network with the mean of its weights and those of a file it was trained on from (Wortsman et al. 2022).

    What later steps taught stays for the most part, and what they made it forget comes back (arXiv:2203.05482).

    Raises:
        ModelError: the file is missing, damaged or of another version.
    """
    before = load_network(file, config).state_dict()
    upper.load_state_dict({name: (tensor + before[name]) / 2 for name, tensor in upper.state_dict().items()})
    return upper


def save_weights(upper: Any, folder: Path) -> None:
    """The network in half precision, readable by all."""
    import torch
    from safetensors.torch import save_file

    tensors = {name: value.to(torch.float16).contiguous() for name, value in upper.state_dict().items()}
    save_file(tensors, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors writes for its owner alone; this is shipped
