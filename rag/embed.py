"""Text → unit vectors, by the bundled model or any sentence-transformers model.

The bundled model's vectors go through an adapter: one small linear map for questions and one for passages,
trained on questions and the sentences that answer them (`python -m rag.train`; card in store/models/reader).
It turns "similar" into "answers" and takes away the model's preference for its own language.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from rag import bundled
from rag.config import Config, shipped
from rag.errors import ModelError
from rag.text import simplified

Progress = Callable[[int, int], None]
Matrix = np.ndarray[Any, np.dtype[np.float32]]
BATCH = 32
REMEMBERED = 64  # questions
MAPS = "maps.safetensors"


def unit(vectors: Matrix) -> Matrix:
    """Vectors (n, dimension) at length 1."""
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return np.asarray(vectors / lengths, np.float32)


@dataclass(frozen=True)
class Adapter:
    """Two linear maps (dimension, dimension) with biases (dimension,), one for each side of a comparison."""

    question_map: Matrix
    question_bias: Matrix
    passage_map: Matrix
    passage_bias: Matrix

    def apply(self, vectors: Matrix, *, query: bool) -> Matrix:
        """Unit vectors (n, dimension) → unit vectors (n, dimension)."""
        if query:
            return unit(vectors @ self.question_map.T + self.question_bias)
        return unit(vectors @ self.passage_map.T + self.passage_bias)

    @classmethod
    def load(cls, file: Path) -> Adapter:
        """Read the maps.

        Raises:
            ModelError: the file is missing or is not an adapter.
        """
        from safetensors.numpy import load_file

        try:
            maps = load_file(file)
            return cls(**{name: maps[name].astype(np.float32) for name in cls.__dataclass_fields__})
        except Exception as error:  # safetensors has its own error for damaged files
            raise ModelError(f"The adapter {file} is missing or damaged ({error}). Reinstall the package.") from error


class SentenceEmbedder(BaseEmbedding):
    """A llama-index embedding over a `SentenceTransformer`; vectors have length 1, so a dot product is the cosine.

    The model loads on first use, once, whichever thread asks first.

    Args:
        load: gives the model.
        adapter: what its vectors go through.
        fold: what texts go through before they are embedded.
        values: fingerprint, prompts and precision, and llama-index's own.
    """

    fingerprint: str
    query_prompt: str = "query: "
    passage_prompt: str = "passage: "
    precision: str = "auto"
    _load: Callable[[], Any] = PrivateAttr()
    _fold: Callable[[str], str] = PrivateAttr(default=str)
    _adapter: Adapter | None = PrivateAttr(default=None)
    _model: Any = PrivateAttr(default=None)
    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)
    # Retrieval and reading ask for the same wordings. Kept call by call: a text's last digits depend on its batch.
    _asked: OrderedDict[tuple[str, ...], Any] = PrivateAttr(default_factory=OrderedDict)

    def __init__(
        self, load: Callable[[], Any], adapter: Adapter | None = None, fold: Callable[[str], str] = str, **values: Any
    ) -> None:
        super().__init__(embed_batch_size=BATCH, **values)
        self._load = load
        self._adapter = adapter
        self._fold = fold

    @classmethod
    def class_name(cls) -> str:
        """Name that llama-index stores."""
        return "SentenceEmbedder"

    @property
    def model(self) -> Any:
        """The `SentenceTransformer`, loaded."""
        with self._lock:
            if self._model is None:
                self._model = _to_precision(self._load(), self.precision)
            return self._model

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.model.get_embedding_dimension())

    def encode(
        self, texts: Sequence[str], *, query: bool = False, progress: Progress | None = None
    ) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Unit vectors of the texts, in order: float32 of shape (n, dimension).

        Args:
            texts: questions or passages; beyond the model's length they are cut.
            query: whether the texts are questions (they get another prompt).
            progress: called with (done, total) after each batch.
        """
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        if not query or progress or len(texts) > BATCH:
            return self._encode(texts, query, progress)
        key = tuple(texts)
        with self._lock:
            known = self._asked.get(key)
        if known is None:
            known = self._encode(texts, query, progress)
            with self._lock:
                self._asked[key] = known
                if len(self._asked) > REMEMBERED:
                    self._asked.popitem(last=False)
        return known.copy()

    def _encode(
        self, texts: Sequence[str], query: bool, progress: Progress | None
    ) -> np.ndarray[Any, np.dtype[np.float32]]:
        prompt = self.query_prompt if query else self.passage_prompt
        # Texts of like length share a batch, so little is spent on padding.
        order = sorted(range(len(texts)), key=lambda i: (len(texts[i]), i))
        out = np.empty((len(texts), self.dimension), np.float32)
        for at in range(0, len(order), BATCH):
            batch = order[at : at + BATCH]
            vectors = self.model.encode(
                [prompt + self._fold(texts[i]) for i in batch],
                batch_size=BATCH,
                convert_to_tensor=True,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
            out[batch] = vectors.float().cpu().numpy()
            if progress:
                progress(min(at + BATCH, len(order)), len(order))
        out = unit(out)  # bfloat16 leaves lengths a few thousandths off; a cosine must not depend on that
        return self._adapter.apply(out, query=query) if self._adapter else out

    def _get_query_embedding(self, query: str) -> list[float]:
        return list(map(float, self.encode([query], query=True)[0]))

    def _get_text_embedding(self, text: str) -> list[float]:
        return list(map(float, self.encode([text])[0]))

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [list(map(float, vector)) for vector in self.encode(texts)]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


def _to_precision(model: Any, precision: str) -> Any:
    import torch

    if precision == "auto":
        # Native bfloat16 (AMX or AVX-512 BF16) is twice as fast or more; emulated, it is slower than float32.
        capable = (
            getattr(torch.cpu, "_is_amx_tile_supported", bool)()
            or getattr(torch.cpu, "_is_avx512_bf16_supported", bool)()
        )
        precision = "bfloat16" if capable else "float32"
    return model.to(torch.bfloat16) if precision == "bfloat16" else model


def _from_hub(name: str) -> Any:
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(name, device="cpu")
    except Exception as error:
        raise ModelError(
            f"The embedding model {name!r} could not be loaded ({type(error).__name__}: {str(error)[:200]}). "
            'Give the folder of a sentence-transformers model, go online once, or use embedder="bundled".'
        ) from error


def make_embedder(config: Config, weights: Path | None = None) -> SentenceEmbedder:
    """The embedder a configuration names; the model itself loads on first use.

    Args:
        config: names it.
        weights: folder of the adapter for the bundled model; the shipped one when absent.

    Raises:
        ModelError: the adapter is missing or damaged.
    """
    # The tokenizer's own threads and torch's forked workers don't mix; texts are batched here anyway.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    common: dict[str, Any] = {
        "query_prompt": config.query_prompt,
        "passage_prompt": config.passage_prompt,
        "precision": config.precision,
    }
    if config.embedder == "bundled":
        maps = (weights or shipped("models") / "reader") / MAPS
        adapter = Adapter.load(maps)
        return SentenceEmbedder(
            bundled.bundled_e5,
            adapter,
            simplified,  # a question finds the same passages whichever script it and they are written in
            fingerprint=f"{bundled.NAME}+{sha256(maps.read_bytes()).hexdigest()[:12]}+simplified",
            model_name=bundled.NAME,
            **common,
        )
    return SentenceEmbedder(
        lambda: _from_hub(config.embedder),
        fingerprint=config.embedder,
        model_name=config.embedder,
        **common,
    )
