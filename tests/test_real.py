"""The five real articles: what the mission promises on them. Skipped where they are not at hand."""

import pytest
from test_engine import check_laws

from rag.config import CHECKOUT
from rag.evaluate import evaluate, read_gold
from rag.indexing import build


def test_five_are_added_and_then_unchanged(real_articles, tmp_path, embedder):
    assert len(build([real_articles], tmp_path / "s", embedder=embedder).added) == 5
    again = build([real_articles], tmp_path / "s", embedder=embedder)
    assert len(again.unchanged) == 5 and not again.added


@pytest.mark.parametrize("question", ["who introduced Altman to Trump?", "谁把奥尔特曼引荐给特朗普?"])
def test_who_introduced_them(real, question):
    answer = real.ask(question)
    check_laws(answer, real)
    assert any(name in c.quote for c in answer.citations for name in ("伯古姆", "伯格姆", "Burgum"))


@pytest.mark.parametrize(
    "question",
    ["Who won the 2022 World Cup?", "今天北京天气怎么样？", "What is the population of Iceland?", "番茄炒蛋怎么做"],
)
def test_what_they_do_not_say_is_refused(real, question):
    answer = real.ask(question)
    check_laws(answer, real)
    assert not answer.answered


def test_every_gold_answer_obeys_the_laws(real):
    gold = read_gold([CHECKOUT / "store" / "gold" / "five.jsonl"])
    assert len(gold) >= 150 and sum(g.type == "unanswerable" for g in gold) >= 25
    report = evaluate(real, gold[::4])
    for result in report.results:
        check_laws(result.answer, real)
    # A floor, not the aim: what retrieval and answers reach stands in the README.
    assert report.overall.figures["hit@10"].mean >= 0.7
