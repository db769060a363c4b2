"""The network: the embedder's lower layers, one text at a time; upper layers of our own over question and window.

The lower layers (and the embedding table) are the embedder's own, frozen, and see question and window apart, as
they were trained to; so a window's states can be computed once and kept whatever is asked (DeFormer, Cao et al.
2020, arXiv:2005.00697). The upper layers are trained and see both. Heads: start and end of the answer at every
token, and whether the window answers at all, from the question's first token (BERT for SQuAD 2.0, Devlin et al.
2019, arXiv:1810.04805).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ModelError
from rag.text import simplified

if TYPE_CHECKING:
    from torch import Tensor, nn

LOWER = 4  # layers of the embedder that are used as they are
WEIGHTS = "reader.safetensors"
QUESTION_TOKENS = 96  # longer questions are cut: their first tokens


class Tokens:
    """A text as token ids with the characters behind each: `offsets[i] = (start, end)`, (0, 0) for specials."""

    __slots__ = ("ids", "offsets")

    def __init__(self, ids: list[int], offsets: list[tuple[int, int]]) -> None:
        self.ids = ids
        self.offsets = offsets


def tokenize(tokenizer: Any, prompt: str, text: str, most: int) -> Tokens:
    """Tokens of prompt + text with offsets into `text`; the prompt's tokens count as specials. Cut at `most`."""
    # XLM-R's vocabulary knows simplified script better, and one script needs no second lesson.
    encoding = tokenizer(prompt + simplified(text), return_offsets_mapping=True, truncation=True, max_length=most)
    skip = len(prompt)
    offsets = [(max(0, a - skip), max(0, b - skip)) for a, b in encoding["offset_mapping"]]
    return Tokens(list(encoding["input_ids"]), offsets)


def network(config: Any) -> nn.Module:
    """The trained part, with fresh weights. `config`: the embedder's `BertConfig`."""
    import copy

    from torch import nn
    from transformers.models.bert.modeling_bert import BertLayer

    config = copy.deepcopy(config)
    config._attn_implementation = "eager"  # faster than torch's fused attention on short windows here
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0  # random masks cost more than they give

    class Upper(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList(BertLayer(config) for _ in range(config.num_hidden_layers - LOWER))
            self.segment = nn.Embedding(2, config.hidden_size)
            self.span = nn.Linear(config.hidden_size, 2)
            self.hidden = nn.Linear(config.hidden_size, config.hidden_size)
            self.relevance = nn.Linear(config.hidden_size, 1)

        def forward(self, states: Tensor, segments: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            """Logits of start (B, T), end (B, T) and of answering at all (B,).

            Args:
                states: lower states (B, T, H) of question and window, one after the other.
                segments: 0 for the question, 1 for the window (B, T).
                mask: what is no padding (B, T).
            """
            import torch

            states = states + self.segment(segments).to(states.dtype)
            bias = torch.zeros(mask.shape, dtype=states.dtype).masked_fill_(~mask, -1e4)[:, None, None, :]
            for layer in self.layers:
                out = layer(states, bias)
                states = out[0] if isinstance(out, tuple) else out
            span = self.span(states).float().masked_fill(~(mask & (segments == 1))[:, :, None], -1e4)
            answers = self.relevance(torch.tanh(self.hidden(states[:, 0]))).float()[:, 0]
            return span[:, :, 0], span[:, :, 1], answers

    return Upper()


def lower_states(encoder: Any, ids: Tensor, mask: Tensor) -> Tensor:
    """States (B, T, H) after the embedder's lowest LOWER layers. `encoder`: its `BertModel`."""
    import torch

    states: Tensor = encoder.embeddings(input_ids=ids)
    bias = torch.zeros(mask.shape, dtype=states.dtype).masked_fill_(~mask, -1e4)[:, None, None, :]
    for layer in encoder.encoder.layer[:LOWER]:
        out = layer(states, bias)
        states = out[0] if isinstance(out, tuple) else out
    return states


def join(questions: list[Tensor], windows: list[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Pairs of states (Tq, H) and (Tw, H) → padded states (B, T, H), segments (B, T), mask (B, T)."""
    import torch

    lengths = [len(q) + len(w) for q, w in zip(questions, windows, strict=True)]
    states = torch.zeros((len(lengths), max(lengths), questions[0].shape[1]), dtype=questions[0].dtype)
    segments = torch.zeros(states.shape[:2], dtype=torch.long)
    mask = torch.zeros(states.shape[:2], dtype=torch.bool)
    for row, (q, w) in enumerate(zip(questions, windows, strict=True)):
        states[row, : len(q)] = q
        states[row, len(q) : lengths[row]] = w
        segments[row, len(q) : lengths[row]] = 1
        mask[row, : lengths[row]] = True
    return states, segments, mask


def pad(rows: list[list[int]], padding: int) -> tuple[Tensor, Tensor]:
    """Token ids and mask, (B, T) each."""
    import torch

    longest = max(map(len, rows))
    ids = torch.tensor([row + [padding] * (longest - len(row)) for row in rows])
    mask = torch.tensor([[True] * len(row) + [False] * (longest - len(row)) for row in rows])
    return ids, mask


def load_network(file: Path, config: Any) -> nn.Module:
    """The trained network.

    Raises:
        ModelError: the file is missing, damaged or of another version.
    """
    from safetensors.torch import load_file

    upper = network(config)
    try:
        upper.load_state_dict({name: value.float() for name, value in load_file(file).items()})
    except Exception as error:  # safetensors and torch have their own errors for damaged files
        raise ModelError(f"The reader {file} is missing or damaged ({error}). Reinstall the package.") from error
    return upper.eval()
