"""What a training step is drawn from: windows of all passages with their lower states, questions with two windows."""

from __future__ import annotations

import json
import random
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rag.chat import in_context
from rag.reader.model import QUESTION_TOKENS, lower_states, pad, tokenize
from rag.reader.spans import text_windows, title_prompt
from rag.text import language, name_like
from rag.train.data import Context, Example
from rag.train.switch import break_question, code_switch

# Tokens of a window and of the first one, and whether the title stands before it: each passage is cut in four ways.
CUTS = ((150, None, True), (110, 60, False), (90, 40, True), (64, 30, False))
# How often a question of each collection is drawn: news, and what crosses the language, more than encyclopaedias.
OVERSAMPLE = {
    "drcd": 0.2,
    "cmrc": 0.2,
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
# Shares: of Chinese questions with English words; of questions that get a false detail; of those that follow another.
SWITCHED, BROKEN, FOLLOWING = 0.3, 0.15, 0.12


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
        self.beside: dict[int, list[int]] = defaultdict(list)  # context → its questions
        for i in self.training:
            self.beside[examples[i].context].append(i)
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
        item = self._plain(example, i, cut, rng)
        if item is None or rng.random() >= FOLLOWING:
            return item
        before = self.examples[rng.choice(self.beside[example.context])].question
        return item if before == example.question else replace(item, question=in_context(item.question, before))

    def _plain(self, example: Example, i: int, cut: int, rng: random.Random) -> Item | None:
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
