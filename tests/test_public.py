"""Public question sets, from files made here in their formats: open retrieval over all contexts, then span F1."""

import json

import pytest

from rag.ablate import run_variants
from rag.engine import load
from rag.errors import GoldError
from rag.evaluate import evaluate
from rag.evaluate.public import read_dataset
from rag.indexing import build

CONTEXTS = [
    ("Velm", "The port of Velm was founded in 1702. Its lighthouse has a height of 41 metres."),
    ("Velm", "In 1950 a second basin was opened by Mayor Ines Torr. It is 900 metres long."),
    ("Orrin_Lake", "Orrin Lake lies at 1,204 metres. The lake freezes in January."),
]
ASKED = [
    (0, "q1", "When was the port of Velm founded?", "1702", None, "韦尔姆港建于哪一年？"),
    (0, "q2", "How high is the lighthouse of Velm?", "41 metres", 3, "韦尔姆的灯塔有多高？"),  # the offset is off
    (1, "q3", "Who opened the second basin?", "Mayor Ines Torr", None, None),
    (2, "q4", "When does Orrin Lake freeze?", "January", None, "奥林湖什么时候结冰？"),
    (2, "q5", "How deep is the lake?", "30 metres", 0, None),  # not in its context
]


def squad(folder, column=2):
    data = []
    for n, (title, context) in enumerate(CONTEXTS):
        qas = [
            {"id": row[1], "question": row[column],
             "answers": [{"text": row[3], "answer_start": context.find(row[3]) if row[4] is None else row[4]}]}
            for row in ASKED if row[0] == n and row[column]
        ]  # fmt: skip
        data.append({"title": title, "paragraphs": [{"context": context, "qas": qas}]})
    file = folder / f"squad{column}.json"
    file.write_text(json.dumps({"version": "1.1", "data": data}), "utf-8")
    return file


def beir(folder):
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": f"d{n}", "title": title, "text": text} for n, (title, text) in enumerate(CONTEXTS)]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    queries = [{"_id": "a", "text": "port of Velm"}, {"_id": "b", "text": "frozen lake"}, {"_id": "c", "text": "x"}]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)), "utf-8")
    lines = ["query-id\tcorpus-id\tscore", "a\td0\t2", "a\td1\t1", "b\td2\t1", "b\td0\t0"]
    (folder / "qrels" / "test.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def engine_of(dataset, tmp_path, embedder):
    folder = tmp_path / "corpus"
    folder.mkdir()
    dataset.write(folder)
    build([folder], tmp_path / "index", embedder=embedder)
    return load(tmp_path / "index", embedder=embedder)


def test_a_squad_file_is_asked_over_all_its_contexts(tmp_path, embedder):
    found = read_dataset(f"squad:{squad(tmp_path)}")
    assert len(found.documents) == 3 and [g.id for g in found.gold] == ["q1", "q2", "q3", "q4"]
    assert found.left_out == 1
    engine = engine_of(found, tmp_path, embedder)
    cases = found.cases(engine)
    sentence = "Its lighthouse has a height of 41 metres."
    (article, start, end), *_ = cases[1].needs[0]
    assert engine.article(article).text[start:end] == sentence, "the offset was put right, the sentence is evidence"
    report = evaluate(engine, cases)
    assert report.overall.mean("hit@10") == 1 and report.overall.figures["f1"].n == 4
    assert report.overall.mean("f1") > 0.4


def test_questions_in_another_language_are_joined_by_id(tmp_path):
    chinese = read_dataset(f"squad:{squad(tmp_path)}", squad(tmp_path, column=5))
    assert [(g.id, g.lang) for g in chinese.gold] == [("q1", "zh"), ("q2", "zh"), ("q4", "zh")]
    assert chinese.gold[0].answer_all == (("1702",),) and len(chinese.documents) == 3
    lines = tmp_path / "questions.jsonl"
    rows = [{"id": "q3", "en": "By whom?", "file": "squad2"}, {"id": "q1", "en": "?", "file": "another"}]
    lines.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert [g.question for g in read_dataset(f"squad:{squad(tmp_path)}", lines).gold] == ["By whom?"]


def test_a_limit_takes_questions_from_everywhere_and_keeps_the_contexts(tmp_path):
    found = read_dataset(f"squad:{squad(tmp_path)}", limit=2)
    assert [g.id for g in found.gold] == ["q1", "q3"] and len(found.documents) == 3
    assert len(read_dataset(f"squad:{squad(tmp_path)}", limit=99).gold) == 4


def test_a_beir_folder_is_judged_by_whole_documents_and_grades(tmp_path, embedder):
    found = read_dataset(f"beir:{beir(tmp_path / 'set')}")
    assert found.left_out == 1 and [g.id for g in found.gold] == ["a", "b"]
    engine = engine_of(found, tmp_path, embedder)
    cases = found.cases(engine)
    titles = {a.id: a.title for a in engine.articles()}
    assert sorted((titles[k], grade) for k, grade in cases[0].grades.items()) == [("Velm", 1), ("Velm", 2)]
    reports = run_variants(engine, cases, ["dense", "+reader"])
    dense = reports["dense"].overall
    assert dense.mean("recall@100") == 1 and dense.mean("mrr") == 1 and "accuracy" not in dense.figures
    assert reports["+reader"].overall.mean("ndcg@10") > 0.5
    assert any(reports["dense"].results[1].relevant)


@pytest.mark.parametrize(
    ("name", "limit", "says"),
    [
        ("squad", None, "names no data set"),
        ("trec:x", None, "names no data set"),
        ("squad:{tmp}/none.json", None, "can't be read"),
        ("squad:{tmp}/bad.json", None, "not in SQuAD format"),
        ("squad:{tmp}/list.json", None, "not in SQuAD format"),
        ("squad:{tmp}/empty.json", None, "no question that can be used"),
        ("beir:{tmp}", None, "can't be read"),
        ("squad:{tmp}/empty.json", 0, "ask at least one"),
    ],
)
def test_what_is_no_set_is_named(tmp_path, name, limit, says):
    (tmp_path / "bad.json").write_text("{", "utf-8")
    (tmp_path / "list.json").write_text("[1]", "utf-8")
    (tmp_path / "empty.json").write_text('{"data": []}', "utf-8")
    with pytest.raises(GoldError, match=says):
        read_dataset(name.format(tmp=tmp_path), limit=limit)
