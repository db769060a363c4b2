"""Vectors: unit length, independent of batching and precision within a hair; a wrong model says what to do."""

import numpy as np
import pytest

from rag.config import Config
from rag.embed import make_embedder
from rag.errors import ModelError

TEXTS = ["阿布扎比园区的功率是多少", "How big is the campus?", "短", "word " * 600, "１００億美元"]


def test_vectors_have_length_one_and_follow_the_order_of_the_texts(embedder):
    vectors = embedder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert embedder.encode([text])[0] @ vector > 0.999  # bfloat16 sums in another order in another batch
    assert embedder.encode([]).shape == (0, embedder.dimension)


def test_questions_and_passages_get_their_own_prompts(embedder):
    assert embedder.encode(["软银"], query=True)[0] @ embedder.encode(["软银"])[0] < 0.999


def test_a_question_that_is_asked_again_has_the_same_vectors_whatever_was_done_with_the_first(embedder):
    first = embedder.encode(TEXTS, query=True)
    kept = first.copy()
    first[:] = 0
    assert (embedder.encode(TEXTS, query=True) == kept).all()
    fresh = make_embedder(Config())
    assert np.allclose(fresh.encode(TEXTS, query=True), kept, atol=1e-6)


def test_script_makes_no_difference(embedder):
    for query in (True, False):
        pair = embedder.encode(["軟銀與鴻海簽訂協議", "软银与鸿海签订协议"], query=query)
        assert pair[0] @ pair[1] > 0.9999


def test_native_half_precision_gives_the_same_vectors(embedder):
    full = make_embedder(Config(precision="float32"))
    cosines = (full.encode(TEXTS) * embedder.encode(TEXTS)).sum(axis=1)
    assert cosines.min() > 0.999


def test_it_is_a_llama_index_embedding(embedder):
    assert np.allclose(embedder.get_text_embedding(TEXTS[0]), embedder.encode([TEXTS[0]])[0], atol=1e-3)
    assert np.allclose(embedder.get_query_embedding(TEXTS[1]), embedder.encode([TEXTS[1]], query=True)[0], atol=1e-3)
    assert len(embedder.get_text_embedding_batch(TEXTS)) == len(TEXTS)


def test_progress_counts_to_the_end(embedder):
    seen = []
    embedder.encode(["一句话"] * 70, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (70, 70)
    assert seen == sorted(seen)


def test_a_model_that_can_not_be_loaded_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match='embedder="bundled"'):
        make_embedder(Config(embedder=str(tmp_path / "nothing"))).encode(["x"])
