"""Gold files: format, evidence, judgement; the shipped ones are sound."""

import dataclasses
import json

import pytest

from rag.config import CHECKOUT
from rag.errors import GoldError
from rag.evaluate import LANGUAGES, TYPES, Gold, default_gold, evaluate, evidence_spans, judge, read_gold, summarise
from rag.report import html_report

GOLD = CHECKOUT / "store" / "gold"
LINE = {"id": "x", "lang": "en", "type": "who", "question": "Who?", "answer_all": [["a"]], "evidence": []}


@pytest.mark.parametrize("name", ["demo.jsonl", "five.jsonl"])
def test_the_shipped_gold_covers_every_type_and_both_languages(name):
    gold = read_gold([GOLD / name])
    assert {g.type for g in gold} == set(TYPES)
    assert {g.lang for g in gold} == set(LANGUAGES)
    assert sum(g.type == "unanswerable" for g in gold) >= 6
    for g in gold:
        assert bool(g.evidence) == (g.type != "unanswerable")
        assert bool(g.history) == (g.type == "followup")


def test_the_real_gold_holds_places_not_sentences():
    for line in (GOLD / "five.jsonl").read_text("utf-8").splitlines():
        for item in json.loads(line)["evidence"]:
            assert "quote" not in item and item["sha256"] and item["start"] < item["end"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lang": "fr"}, "lang is"),
        ({"type": "riddle"}, "type is"),
        ({"question": " "}, "empty"),
        ({"answer_all": []}, "answer_all"),
        ({"type": "unanswerable"}, "answer_all"),
        ({"evidence": [{"doc": "x"}]}, "evidence"),
        ({"id": None, "question": None}, "gold|question"),
    ],
)
def test_a_bad_line_is_named(tmp_path, change, says):
    file = tmp_path / "gold.jsonl"
    rows = [LINE, LINE | {"id": "y"} | change]
    file.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    with pytest.raises(GoldError, match=f"line 2.*(?:{says})"):
        read_gold([file])


def test_ids_are_unique_and_files_exist(tmp_path):
    file = tmp_path / "gold.jsonl"
    file.write_text(json.dumps(LINE) + "\n" + json.dumps(LINE), "utf-8")
    with pytest.raises(GoldError, match="twice"):
        read_gold([file])
    with pytest.raises(GoldError, match="can't be read"):
        read_gold([tmp_path / "none.jsonl"])
    (tmp_path / "empty.jsonl").write_text("\n", "utf-8")
    with pytest.raises(GoldError, match="no question"):
        read_gold([tmp_path / "empty.jsonl"])


def test_every_evidence_of_the_demo_gold_is_found(demo):
    articles = demo.articles()
    assert default_gold(articles) == [GOLD / "demo.jsonl", GOLD / "followups.jsonl"]
    for gold in read_gold(default_gold(articles)):
        for spans in evidence_spans(gold, articles):
            assert spans, gold.id


def test_gold_of_other_articles_is_refused(demo):
    with pytest.raises(GoldError, match="names 0 of the indexed articles"):
        evaluate(demo, read_gold([GOLD / "five.jsonl"]))


def test_a_perfect_answer_is_judged_perfect_and_a_wrong_one_wrong(demo):
    gold = next(g for g in read_gold([GOLD / "demo.jsonl"]) if g.id == "demo-001")
    articles = demo.articles()
    answer = demo.ask(gold.question)
    (span, *_), *_ = evidence_spans(gold, articles)
    article = demo.article(span[0])
    from rag.cite import cite

    right = dataclasses.replace(answer, answered=True, citations=(cite(article, span[1], span[2], 1),))
    passage = next(p for p in demo.search(gold.question, 100) if p.article_id == span[0] and p.start <= span[1] < p.end)
    figures = judge(gold, right, [passage], articles)
    assert figures.right and figures.figures["citation precision"] == figures.figures["hit@1"] == 1
    other = next(a for a in articles if a.id not in {s[0] for spans in evidence_spans(gold, articles) for s in spans})
    wrong = dataclasses.replace(answer, answered=True, text="nothing [1]", citations=(cite(other, 0, 10, 1),))
    figures = judge(gold, wrong, [], articles)
    assert not figures.right and figures.figures["citation precision"] == figures.figures["mrr"] == 0
    refused = dataclasses.replace(answer, answered=False, citations=(), text="no")
    assert not judge(gold, refused, [], articles).right
    assert judge(Gold("u", "en", "unanswerable", "?"), refused, [], articles).right


def test_the_report_is_deterministic_and_escaped(demo):
    gold = read_gold([GOLD / "demo.jsonl"])[:4]
    hostile = dataclasses.replace(gold[0], id="h", question="<script>alert(1)</script> who is Burgum?")
    one, two = (evaluate(demo, [*gold, hostile]) for _ in range(2))

    def figures(report):
        return [(r.gold.id, r.right, {k: v for k, v in r.figures.items() if k != "latency"}) for r in report.results]

    assert figures(one) == figures(two)
    page = html_report(one)
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert summarise(one.results)["n"] == 5
