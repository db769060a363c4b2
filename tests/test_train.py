"""Training: the data is read whole, a run that was interrupted ends where an uninterrupted one does."""

import gzip
import json
import random
from collections import defaultdict

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from rag.config import shipped
from rag.errors import ModelError
from rag.reader import FEATURES
from rag.reader.model import WEIGHTS, load_network
from rag.text import fold_text, language
from rag.train import calibrate, draws, spans
from rag.train.data import Context, Example, read_data
from rag.train.switch import break_question, code_switch

ZH = "灯塔由石匠乔恩·里德在1907年建成，高41米。后来它被改成博物馆，馆长是玛拉·金。每年有9万人参观。港口另有两座新灯塔。"
EN = "The mason Jon Reed built the lighthouse in 1907. It is 41 metres high. Mara King heads the museum inside it."


def squad(text, *pairs):
    qas = [
        {"id": f"{text[:2]}{k}", "question": q, "answers": [{"text": a, "answer_start": text.index(a)}]}
        for k, (q, a) in enumerate(pairs)
    ]
    return {"title": "灯塔", "paragraphs": [{"context": text, "qas": qas}]}


@pytest.fixture
def folder(tmp_path):
    zh = squad(ZH, ("谁建了灯塔？", "乔恩·里德"), ("灯塔有多高？", "41米"))
    en = squad(EN, ("Who built the lighthouse?", "Jon Reed"), ("How high is it?", "41 metres"))
    for question, same in zip(en["paragraphs"][0]["qas"], zh["paragraphs"][0]["qas"], strict=True):
        question["id"] = same["id"]
    for name in ("drcd_dev", "drcd_test", "cmrc2018_dev", "cmrc2018_trial", "xquad_zh_first24"):
        (tmp_path / f"{name}.json").write_text(json.dumps({"data": [zh]}), "utf-8")
    broken = json.loads(json.dumps(zh))
    broken["paragraphs"][0]["qas"][0]["answers"][0]["answer_start"] = 3  # repaired
    broken["paragraphs"][0]["qas"][1]["answers"][0]["text"] = "42米"  # skipped
    (tmp_path / "drcd_dev.json").write_text(json.dumps({"data": [broken]}), "utf-8")
    (tmp_path / "xquad_en_first24.json").write_text(json.dumps({"data": [en]}), "utf-8")
    row = {"file": "drcd_test", "id": zh["paragraphs"][0]["qas"][0]["id"], "en": "Who put up the lighthouse?"}
    (tmp_path / "questions_en.jsonl").write_text(json.dumps(row), "utf-8")
    rows = [
        {"doc": "n1", "lang": "en", "type": "who", "question": "Who heads it?", "answer": "玛拉·金"},
        {"doc": "n1", "lang": "zh", "type": "unanswerable", "question": "门票多少钱？", "answer": ""},
    ]
    (tmp_path / "news_qa.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    with gzip.open(tmp_path / "news_zh_20k.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(json.dumps({"id": n, "date": None, "text": ZH}) for n in ("n1", "n2", "n3")))
    own = tmp_path / "own"
    own.mkdir()
    start = ZH.index("1907年")
    mine = {"doc": "n2", "lang": "zh", "type": "date", "question": "何时建成？", "start": start, "end": start + 5}
    (own / "news_questions.jsonl").write_text(json.dumps(mine), "utf-8")
    asked = {
        "lang": "zh",
        "type": "who",
        "question": "谁管博物馆？",
        "start": EN.index("Mara"),
        "end": EN.index(" heads"),
    }
    article = {"id": "x1", "title": "Light", "text": EN, "questions": [asked, {**asked, "start": None, "end": None}]}
    (own / "english_articles.jsonl").write_text(json.dumps(article), "utf-8")
    return tmp_path


def test_every_question_is_read_with_its_exact_answer(folder):
    contexts, examples = read_data(folder, folder / "own")
    answers = defaultdict(list)
    for e in examples:
        if e.answer:
            answers[e.slice].append(contexts[e.context].text[slice(*e.answer)])
    assert answers["drcd"] == ["乔恩·里德", "乔恩·里德", "41米"], "offsets repaired, unfindable answers skipped"
    assert answers["en→zh"] == ["乔恩·里德"] and answers["xquad zh→en"] == ["Jon Reed", "41 metres"]
    assert answers["xquad en→zh"] == ["乔恩·里德", "41米"]
    assert answers["news zh"] == ["1907年"] and answers["news en"] == ["玛拉·金"]
    assert answers["invented zh→en"] == ["Mara King"]
    assert sum(e.answer is None for e in examples) == 2
    assert [c.group for c in contexts if c.source == "news"] == ["n1", "n2"], "only items that are asked about"


def test_an_interrupted_run_ends_where_a_whole_one_does(folder, tmp_path, embedder, monkeypatch):
    monkeypatch.setattr(Context, "held_out", property(lambda self: False))
    monkeypatch.setattr(spans, "QUESTIONS", 2)
    monkeypatch.setattr(spans, "SAVE_EVERY", 2)
    contexts, examples = read_data(folder, folder / "own")
    wrong = [[c for c in range(len(contexts)) if c != e.context][:3] for e in examples]
    lines = []

    def run(cache, steps):
        return spans.train(embedder.model, contexts, examples, wrong, cache, lines.append, steps)

    whole = run(tmp_path / "a", 4).state_dict()

    class Interrupted(Exception):
        pass

    saved = spans._save

    def save_then_stop(*args):
        saved(*args)
        raise Interrupted

    monkeypatch.setattr(spans, "_save", save_then_stop)
    with pytest.raises(Interrupted):
        run(tmp_path / "b", 4)
    monkeypatch.setattr(spans, "_save", saved)
    resumed = run(tmp_path / "b", 4).state_dict()
    assert "  resumed at step 2" in lines
    for name, value in whole.items():
        torch.testing.assert_close(resumed[name], value, rtol=1e-4, atol=1e-6)
    with pytest.raises(ModelError, match="another run"):
        run(tmp_path / "b", 6)


def test_training_goes_on_from_given_weights(folder, tmp_path, embedder):
    file = shipped("models") / "reader" / WEIGHTS
    contexts, examples = read_data(folder, folder / "own")
    wrong = [[] for _ in examples]
    same = spans.train(embedder.model, contexts, examples, wrong, tmp_path, lambda line: None, 0, given=file)
    for name, value in load_file(file).items():
        torch.testing.assert_close(same.state_dict()[name], value.float())


def test_weights_are_averaged_with_those_before(embedder):
    file, config = shipped("models") / "reader" / WEIGHTS, embedder.model[0].auto_model.config
    upper = load_network(file, config)
    with torch.no_grad():
        upper.span.bias += 2
    mean = spans.average(upper, file, config).state_dict()
    before = load_network(file, config).state_dict()
    torch.testing.assert_close(mean["span.bias"], before["span.bias"] + 1)
    torch.testing.assert_close(mean["hidden.weight"], before["hidden.weight"])


def test_negatives_never_hold_the_answer(folder, tmp_path, embedder, monkeypatch):
    monkeypatch.setattr(Context, "held_out", property(lambda self: False))
    contexts, examples = read_data(folder, folder / "own")
    wrong = [[c for c in range(len(contexts)) if c != e.context][:6] for e in examples]
    states = draws.States(embedder.model, contexts, range(len(contexts)), tmp_path, lambda line: None)
    sampler = draws.Sampler(contexts, examples, states, wrong)
    rng = random.Random(1)
    seen = 0
    for i, example in enumerate(examples):
        for cut in range(len(draws.CUTS)):
            item = sampler.draw(i, cut, rng)
            if item is None or item.answer is None:
                continue
            seen += 1
            window = item.windows[0]
            first, last = item.answer
            text = contexts[window.context].text
            found = text[window.offsets[first][0] : window.offsets[last][1]]
            assert text[slice(*example.answer)] in found
            other = item.windows[1]
            assert text[slice(*example.answer)] not in contexts[other.context].text[other.start : other.end]
    assert seen > 20


# ── questions changed on purpose ───────────────────────────────────────────────────────────────


def test_code_switching_keeps_what_the_dictionary_does_not_know():
    question = "总统在2016年宣布了什么计划？"
    switched = code_switch(question, random.Random(0), 1.0)
    assert "2016" in switched and "president" in switched.lower() and "总统" not in switched
    assert code_switch(question, random.Random(0), 0.0) == question


def test_a_broken_question_asks_for_something_the_passage_does_not_have():
    question = "灯塔在1907年由谁建成？"
    tries = [break_question(question, ["阿尔瓦雷斯", "Smith"], ZH, random.Random(seed)) for seed in range(12)]
    assert any(tries)
    for broken in filter(None, tries):
        changed = "".join(c for c in broken if c.isdigit())
        assert language(broken) == "zh" and len(changed) == 4 and changed not in fold_text(ZH)
    assert break_question("谁建了灯塔？", [], ZH, random.Random(0)) is None


# ── calibration ────────────────────────────────────────────────────────────────────────────────


def test_the_fit_is_calibrated_on_what_it_saw():
    """Scores that carry a known probability are found again."""
    rng = np.random.default_rng(5)
    cases = []
    for k in range(1500):
        features = rng.normal(size=(4, len(FEATURES))).astype(np.float32)
        features[0, 0] += 2.0
        example = Example("?", k, (0, 1), "s")
        passage = calibrate.Passage(f"{k}", f"{k}", "", "", None, "x", 0, 1)
        hit = rng.random() < 1 / (1 + np.exp(-features[0, 0]))
        right = np.array([float(hit), 0, 0, 0])
        spans_ = [calibrate.Span(0, 0, 1, 0.0, 0.0, 0.0)] * 4
        cases.append(calibrate.Case(example, True, [(passage, 0.5)], spans_, features, right))
    coefficients, intercept = calibrate.fit(cases)
    figures = calibrate.score(cases, coefficients, intercept)
    rows = figures["reliability (cases, mean probability, share right)"]
    assert sum(n for n, _, _ in rows) == 2 * len(cases)
    assert all(abs(p - share) < 0.12 for n, p, share in rows if n >= 60)
