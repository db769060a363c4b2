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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.reader.model import QUESTION_TOKENS, WEIGHTS, join, load_network, lower_states, network, pad, tokenize
from rag.reader.spans import text_windows, title_prompt
from rag.text import language, name_like
from rag.train.data import Context, Example
from rag.train.switch import break_question, code_switch

SEED = 11
STEPS, QUESTIONS = 4000, 12  # optimiser steps; questions in a step, with two windows each
RATE, HEAD_RATE, DECAY, WARM = 1.2e-4, 4e-4, 0.01, 200
# Tokens of a window and of the first one, and whether the title stands before it: each passage is cut in four ways.
CUTS = ((150, None, True), (110, 60, False), (90, 40, True), (64, 30, False))
SHARES = (0.2, 0.3, 0.3, 0.2)  # how often each way is taken
# How often a question of each collection is drawn: news, and what crosses the language, more than encyclopaedias.
OVERSAMPLE = {
    "drcd": 0.3,
    "cmrc": 0.3,
    "xquad-zh": 0.5,
    "xquad-en": 0.5,
    "en→zh": 1.5,
    "xquad en→zh": 1.5,
    "xquad zh→en": 1.5,
    "news en": 1.5,
    "news zh": 1.3,
    "invented en→en": 1.3,
    "invented zh→en": 1.5,
}
SWITCHED, BROKEN = 0.3, 0.15  # share of Chinese questions with English words; of questions that get a false detail
SAVE_EVERY = 500


@dataclass(frozen=True)
class Window:
    """A window of training text, as a stretch of all states."""

    context: int
    start: int  # characters of the context's text
    end: int
    offsets: np.ndarray[Any, Any]  # (tokens, 2): characters of the context's text behind each token; 0, 0 for none
    at: int  # its first row in the states


class States:
    """Lower-layer states of every training window, in four cuts: bfloat16 (tokens, width)."""

    def __init__(
        self, model: Any, contexts: Sequence[Context], which: Sequence[int], cache: Path, say: Callable[[str], None]
    ) -> None:
        import torch

        self.encoder, self.tokenizer = model[0].auto_model, model.tokenizer
        self.windows: list[dict[int, list[Window]]] = [defaultdict(list) for _ in CUTS]  # cut → context → windows
        parts, size = [], 0
        for source in dict.fromkeys(contexts[c].source for c in which):
            rows: list[list[int]] = []
            for windows_of, (most, first, titled) in zip(self.windows, CUTS, strict=True):
                for c in (c for c in which if contexts[c].source == source):
                    for start, end in text_windows(self.tokenizer, contexts[c].text, most, first):
                        prompt = title_prompt(contexts[c].title if titled else "")
                        tokens = tokenize(self.tokenizer, prompt, contexts[c].text[start:end], 512)
                        offsets = np.array(tokens.offsets, np.int32)
                        offsets[offsets[:, 1] > 0] += start
                        windows_of[c].append(Window(c, start, end, offsets, size))
                        rows.append(tokens.ids)
                        size += len(tokens.ids)
            parts.append(self._cached(rows, source, cache))
            say(f"  {source}: {len(rows)} windows")
        self.states = torch.cat(parts)

    def _cached(self, rows: list[list[int]], source: str, cache: Path) -> Any:
        """States of all tokens of the rows, one after another; from the cache folder where they are there."""
        import torch
        from safetensors.torch import load_file, save_file

        file = cache / f"states-{source}-{zlib.crc32(json.dumps(rows).encode()):08x}.safetensors"
        if file.is_file():
            return load_file(file)["states"]
        places = np.cumsum([0, *map(len, rows)])
        out = torch.empty((int(places[-1]), self.encoder.config.hidden_size), dtype=torch.bfloat16)
        order = sorted(range(len(rows)), key=lambda r: len(rows[r]))
        for at in range(0, len(order), 64):
            batch = order[at : at + 64]
            for r, states in zip(batch, self.compute([rows[r] for r in batch]), strict=True):
                out[places[r] : places[r + 1]] = states
        cache.mkdir(parents=True, exist_ok=True)
        save_file({"states": out}, file)
        return out

    def compute(self, rows: list[list[int]]) -> list[Any]:
        """Lower states of token rows: one (tokens, width) tensor each."""
        import torch

        ids, mask = pad(rows, self.tokenizer.pad_token_id)
        with torch.no_grad():
            states = lower_states(self.encoder, ids, mask).to(torch.bfloat16)
        return [states[row, : len(ids)] for row, ids in enumerate(rows)]

    def questions(self, texts: Sequence[str]) -> list[Any]:
        """Lower states of questions."""
        return self.compute([tokenize(self.tokenizer, "query: ", text, QUESTION_TOKENS).ids for text in texts])

    def of(self, window: Window) -> Any:
        """Lower states of a window."""
        return self.states[window.at : window.at + len(window.offsets)]


@dataclass(frozen=True)
class Item:
    """A question with two windows; `answer` is the token span in the first, None where neither answers."""

    question: str
    windows: tuple[Window, Window]
    answer: tuple[int, int] | None


class Sampler:
    """Draws training items."""

    def __init__(
        self,
        contexts: Sequence[Context],
        examples: Sequence[Example],
        states: States,
        confused: Sequence[Sequence[int]],
    ) -> None:
        self.contexts, self.examples, self.states, self.confused = contexts, examples, states, confused
        self.training = [i for i, e in enumerate(examples) if not contexts[e.context].held_out]
        weights = np.array([OVERSAMPLE.get(examples[i].slice, 1.0) for i in self.training])
        self.weights = weights / weights.sum()
        self.names = sorted({name for i in self.training for name in name_like(examples[i].question)})

    def order(self, rng: np.random.Generator) -> list[int]:
        """One round of examples: each about as often as its slice weighs, none twice before others once."""
        counts = self.weights * len(self.weights)
        whole = np.floor(counts + rng.random(len(counts))).astype(int)
        rounds = np.repeat(self.training, whole)
        rng.shuffle(rounds)
        return [int(i) for i in rounds]

    def draw(self, i: int, cut: int, rng: random.Random) -> Item | None:
        """An item of one example, from one way to cut; None where its answer is cut in two."""
        example = self.examples[i]
        own = self.states.windows[cut][example.context]
        if example.answer is None:
            pair = rng.sample(own, 2) if len(own) > 1 else [own[0], self._other(example, i, cut, rng)]
            return Item(example.question, (pair[0], pair[1]), None)
        holding = [w for w in own if w.start <= example.answer[0] and example.answer[1] <= w.end]
        if not holding:
            return None
        window = holding[0]
        text = self.contexts[example.context].text
        question = example.question
        if rng.random() < BROKEN:
            broken = break_question(question, self.names, text, rng)
            if broken:
                return Item(broken, (window, self._other(example, i, cut, rng)), None)
        if language(question) == "zh" and rng.random() < SWITCHED:
            question = code_switch(question, rng, rng.choice((0.4, 0.7, 1.0)))
        span = token_span(window, *example.answer)
        return Item(question, (window, self._other(example, i, cut, rng)), span) if span else None

    def _other(self, example: Example, i: int, cut: int, rng: random.Random) -> Window:
        """A window that does not answer: of the same passage or of one that retrieval confuses with it."""
        answer = self.contexts[example.context].text[slice(*example.answer)] if example.answer else None

        def free(found: list[Window]) -> list[Window]:
            return [w for w in found if answer is None or answer not in self.contexts[w.context].text[w.start : w.end]]

        same = free(self.states.windows[cut][example.context]) if rng.random() < 0.5 else []
        if same:
            return rng.choice(same)
        for c in rng.sample(list(self.confused[i]), len(self.confused[i])):
            near = free(self.states.windows[cut].get(c, []))
            if near:
                return rng.choice(near)
        anywhere = rng.choice(list(self.states.windows[cut]))
        return rng.choice(self.states.windows[cut][anywhere])


def token_span(window: Window, start: int, end: int) -> tuple[int, int] | None:
    """First and last token of a window that touch the characters."""
    touching = np.flatnonzero(
        (window.offsets[:, 1] > start) & (window.offsets[:, 0] < end) & (window.offsets[:, 1] > 0)
    )
    return (int(touching[0]), int(touching[-1])) if len(touching) else None


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
    """The trained network. Resumes from `cache` where a run was interrupted.

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
    head_rate = HEAD_RATE * rate / RATE
    heads = [p for name, p in upper.named_parameters() if not name.startswith("layers.")]
    optimiser = torch.optim.AdamW(
        [{"params": upper.layers.parameters(), "lr": rate}, {"params": heads, "lr": head_rate}],
        weight_decay=DECAY,
        fused=True,
    )
    checkpoint, (step, rounds, drawn) = cache / "spans.safetensors", (0, 0, 0)
    if checkpoint.is_file():
        step, rounds, drawn = _resume(checkpoint, upper, optimiser)
        say(f"  resumed at step {step}")
    which = [c for c, context in enumerate(contexts) if not context.held_out]
    states = States(model, contexts, which, cache, say)
    sampler = Sampler(contexts, examples, states, confused)
    upper.train()
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
        batch = join([q for q, _ in pairs], [states.of(w) for _, w in pairs])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            start, end, answers = upper(*batch)
        answered = [k for k, item in enumerate(items) if item.answer is not None]
        losses = {}
        target = torch.zeros((len(items), 2))
        target[answered, 0] = 1.0
        losses["answers"] = functional.binary_cross_entropy_with_logits(answers.view(-1, 2), target)
        if answered:
            length = start.shape[1]
            rows = torch.tensor(answered)
            offset = torch.tensor([len(asked[k]) for k in answered])
            span = torch.tensor([items[k].answer for k in answered]) + offset[:, None]
            losses["start"] = functional.cross_entropy(start.view(-1, 2 * length)[rows], span[:, 0])
            losses["end"] = functional.cross_entropy(end.view(-1, 2 * length)[rows], span[:, 1])
            losses["rank"] = functional.cross_entropy(
                answers.view(-1, 2)[rows], torch.zeros(len(rows), dtype=torch.long)
            )
        loss = losses["answers"] + losses.get("rank", 0.0) + 0.75 * (losses.get("start", 0.0) + losses.get("end", 0.0))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(upper.parameters(), 1.0)
        for group, highest in zip(optimiser.param_groups, (rate, head_rate), strict=True):
            group["lr"] = highest * min((step + 1) / WARM, (steps - step) / (steps - WARM))
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
            _save(checkpoint, upper, optimiser, (step, rounds, drawn))
    return upper.eval()


def _save(file: Path, upper: Any, optimiser: Any, place: tuple[int, int, int]) -> None:
    from safetensors.torch import save_file

    tensors = {f"model.{name}": value.contiguous() for name, value in upper.state_dict().items()}
    for number, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{name}": value.contiguous() for name, value in state.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, file.with_suffix(".new"), {"place": json.dumps(place)})
    file.with_suffix(".new").replace(file)


def _resume(file: Path, upper: Any, optimiser: Any) -> list[int]:
    from safetensors import safe_open

    with safe_open(file, "pt") as saved:
        place: list[int] = json.loads(saved.metadata()["place"])
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


def save_weights(upper: Any, folder: Path) -> None:
    """The network in half precision, readable by all."""
    import torch
    from safetensors.torch import save_file

    tensors = {name: value.to(torch.float16).contiguous() for name, value in upper.state_dict().items()}
    save_file(tensors, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors writes for its owner alone; this is shipped
