"""Fitting the fusion, on a pool small enough to see through."""

import numpy as np
import pytest

from rag.retrieve.fusion import FEATURES
from rag.train import fusion
from rag.train.data import Context, Example
from rag.train.pool import Pool, pools

TEXTS = ["港口的新码头在六月开放。", "博物馆周末免费。", "邻省发生地震，救援队出发了。", "市长谈到税收。"]


def _contexts():
    return [Context("news", f"g{i}", text) for i, text in enumerate(TEXTS)]


def test_a_pool_is_searched_as_an_index_is(embedder):
    contexts = _contexts()
    pool = Pool(contexts, range(len(contexts)), embedder, 200)
    found = pool.retriever.search("地震 救援")
    assert found[0].article_id == "2" and contexts[2].text[found[0].start : found[0].end] == found[0].text
    assert pool.retriever.search("earthquake rescue team")[0].article_id == "2"


def test_candidates_name_the_row_of_the_passage_that_answers(embedder):
    contexts = _contexts()
    held_out = [c.held_out for c in contexts]
    examples = [Example("新码头什么时候开放", 0, (6, 8), "news zh"), Example("博物馆免费吗", 1, (5, 7), "news zh")]
    for part in (True, False):
        found = fusion.candidates(contexts, examples, embedder, print, held_out=part)
        questions = sum(held_out[e.context] == part for e in examples)
        assert sum(map(len, found.values())) == questions
        for rows in found.values():
            for features, gold in rows:
                assert features.shape[1] == len(FEATURES) and 0 <= gold < len(features)
        assert sum(len(p.all) for p in pools(contexts, embedder, 200, held_out=part).values()) == held_out.count(part)


def test_the_fit_trusts_the_leg_that_is_right():
    rng = np.random.default_rng(1)
    dense, word = FEATURES.index("dense, same"), FEATURES.index("word, same")
    rows = []
    for _ in range(60):
        features = np.zeros((8, len(FEATURES)))
        features[:, 0] = 1
        features[:, dense] = rng.normal(0.8, 0.01, 8)
        features[:, word] = rng.random(8)
        features[3, word] += 0.6
        features[3, dense] += 0.003
        rows.append((features, 3))
    weights = fusion.fit({"all": rows})
    assert weights["dense, same"] == 1.0 and weights["word, same"] > 0 == weights["word, other"]
    (figures,) = fusion.scores({"all": rows}, weights).values()
    count, dense_first, first, among_five, mrr = figures
    assert count == 60 and dense_first < first and first <= among_five <= 1 and first <= mrr <= 1


def test_a_passage_that_is_not_found_counts_as_missed():
    rows = [(np.zeros((2, len(FEATURES))), -1)]
    assert fusion.scores({"all": rows}, dict.fromkeys(FEATURES, 1.0)) == {"all": [1, 0.0, 0.0, 0.0, pytest.approx(0.0)]}
