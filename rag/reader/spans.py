"""Questions and passages through the network: span candidates with their scores."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.reader.model import QUESTION_TOKENS, WEIGHTS, Tokens, join, load_network, lower_states, pad, tokenize
from rag.reader.windows import windows
from rag.text import sentences

WINDOW_TOKENS = 150  # of text; with title and question about 190
SPAN_TOKENS = 48  # longest answer
SPANS = 4  # candidates of a window
TITLE = 60  # characters of a title that are read
BATCH = 8


@dataclass(frozen=True)
class Span:
    """A candidate: characters of its text, and what the network thinks of it (logits)."""

    text: int  # which of the texts
    start: int
    end: int
    score: float  # start + end, comparable over all windows of one question
    margin: float  # log probability among the spans of its window
    answers: float  # whether its window answers the question


@dataclass(frozen=True)
class _Window:
    tokens: Tokens
    start: int  # character of the text where it begins
    states: Any  # lower states (T, H)


def title_prompt(title: str) -> str:
    """What stands before a window's own text."""
    return f"passage: {title[:TITLE]}\n" if title else "passage: "


def text_windows(tokenizer: Any, text: str, most: int, first: int | None = None) -> list[tuple[int, int]]:
    """Character spans of a text's windows."""
    offsets = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False, verbose=False)["offset_mapping"]
    return windows(sentences(text), [(a, b) for a, b in offsets if b > a], most, first)


class SpanFinder:
    """The network with the embedder's encoder underneath. Loads on first use; safe to use from several threads.

    Args:
        encoder: gives the bundled SentenceTransformer.
        folder: where the network's weights are.
        remember: texts whose lower states are kept, about 90 kB each.
    """

    def __init__(self, encoder: Callable[[], Any], folder: Path, remember: int = 1000) -> None:
        self._encoder = encoder
        self._folder = folder
        self._remember = remember
        self._parts: tuple[Any, Any, Any] | None = None  # BertModel, tokenizer, network
        self._windows: OrderedDict[tuple[str, str], list[_Window]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def parts(self) -> tuple[Any, Any, Any]:
        """The `BertModel`, its tokenizer and the network over it, all in one precision."""
        with self._lock:
            if self._parts is None:
                model = self._encoder()
                bert = model[0].auto_model
                network = load_network(self._folder / WEIGHTS, bert.config).to(next(bert.parameters()).dtype)
                self._parts = bert, model.tokenizer, network
            return self._parts

    def forget(self) -> None:
        """Drop the states of all texts."""
        with self._lock:
            self._windows.clear()

    def find(self, questions: str | Sequence[str], texts: Sequence[tuple[str, str]]) -> list[Span]:
        """Candidate spans of every text, in order of text; at least one each, however unlikely.

        Args:
            questions: one for all texts, or a wording for each; the first QUESTION_TOKENS tokens are read.
            texts: (title, text) pairs.
        """
        import torch

        bert, tokenizer, network = self.parts
        wordings = [questions] * len(texts) if isinstance(questions, str) else list(questions)
        owned = self._lower(texts)
        jobs = [(number, window) for number, mine in enumerate(owned) for window in mine]
        jobs.sort(key=lambda job: len(job[1].tokens.ids))  # of like length: little padding
        found: list[Span] = []
        with torch.inference_mode():
            distinct = list(dict.fromkeys(wordings))
            states = self._states([tokenize(tokenizer, "query: ", text, QUESTION_TOKENS) for text in distinct])
            asked = dict(zip(distinct, states, strict=True))
            for at in range(0, len(jobs), BATCH):
                batch = jobs[at : at + BATCH]
                given = [asked[wordings[number]] for number, _ in batch]
                start, end, answers = network(*join(given, [w.states for _, w in batch]))
                for row, (number, window) in enumerate(batch):
                    first = len(given[row])
                    stop = first + len(window.tokens.ids)
                    logits = start[row, first:stop].numpy(), end[row, first:stop].numpy()
                    found += best_spans(number, window.tokens, window.start, *logits, float(answers[row]))
        return sorted(found, key=lambda s: (s.text, s.start, s.end))

    def _lower(self, texts: Sequence[tuple[str, str]]) -> list[list[_Window]]:
        """Windows of the texts with their lower states; those seen before come from memory."""
        import torch

        _, tokenizer, _ = self.parts
        with self._lock:
            known = {key: self._windows[key] for key in texts if key in self._windows}
        fresh: list[tuple[tuple[str, str], int, Tokens]] = []
        for key in dict.fromkeys(texts):
            if key not in known:
                title, text = key
                for start, end in text_windows(tokenizer, text, WINDOW_TOKENS):
                    fresh.append((key, start, tokenize(tokenizer, title_prompt(title), text[start:end], 512)))
        with torch.inference_mode():
            states = self._states([tokens for _, _, tokens in fresh])
        made: dict[tuple[str, str], list[_Window]] = {key: [] for key in texts if key not in known}
        for (key, start, tokens), state in zip(fresh, states, strict=True):
            made[key].append(_Window(tokens, start, state))
        mine = [known[key] if key in known else made[key] for key in texts]  # none are none: of white space alone
        with self._lock:
            for key, windows in zip(texts, mine, strict=True):
                self._windows[key] = windows
                self._windows.move_to_end(key)
            while len(self._windows) > self._remember:
                self._windows.popitem(last=False)
        return mine

    def _states(self, rows: Sequence[Tokens]) -> list[Any]:
        bert, tokenizer, _ = self.parts
        out: list[Any] = [None] * len(rows)
        order = sorted(range(len(rows)), key=lambda r: len(rows[r].ids))
        for at in range(0, len(order), BATCH):
            batch = order[at : at + BATCH]
            states = lower_states(bert, *pad([rows[r].ids for r in batch], tokenizer.pad_token_id))
            for row, r in enumerate(batch):
                out[r] = states[row, : len(rows[r].ids)].clone()  # a view would keep the whole batch alive
        return out


def best_spans(
    number: int,
    tokens: Tokens,
    at: int,
    start: np.ndarray[Any, Any],
    end: np.ndarray[Any, Any],
    answers: float,
) -> list[Span]:
    """The SPANS best spans of a window that do not overlap.

    Args:
        number: of the text.
        tokens: of the window, n of them.
        at: character of the text where the window begins.
        start: logits (n,).
        end: logits (n,).
        answers: logit that the window answers.
    """
    offsets = np.array(tokens.offsets)
    real = np.flatnonzero(offsets[:, 1] > offsets[:, 0])
    if not len(real):
        return []
    first, last = start[real], end[real]
    scores = first[:, None] + last[None, :]
    rows, columns = np.indices(scores.shape)
    scores = np.where((columns >= rows) & (columns < rows + SPAN_TOKENS), scores, -np.inf)
    norm = _logsumexp(first) + _logsumexp(last)
    out: list[Span] = []
    for _ in range(SPANS):
        i, j = divmod(int(np.argmax(scores)), scores.shape[1])
        best = float(scores[i, j])
        if best == -np.inf:
            break
        out.append(
            Span(number, at + int(offsets[real[i]][0]), at + int(offsets[real[j]][1]), best, best - norm, answers)
        )
        scores = np.where((rows > j) | (columns < i), scores, -np.inf)  # i'..j' wholly after j or before i
    return out


def _logsumexp(values: np.ndarray[Any, Any]) -> float:
    top = float(values.max())
    return top + float(np.log(np.exp(values - top).sum()))
