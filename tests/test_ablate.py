"""Variants: the same questions for each, judged in the order that the variant ends with."""

import pytest
from typer.main import get_command

from rag.__main__ import app
from rag.ablate import RETRIEVERS, STAGES, run_variants, variant_names
from rag.config import CHECKOUT
from rag.errors import GoldError
from rag.evaluate import cases_of, evaluate, read_gold
from rag.report import variants_table
from rag.report.terminal import significant_steps


@pytest.fixture(scope="module")
def cases(demo):
    gold = read_gold([CHECKOUT / "store" / "gold" / "demo.jsonl"])
    chosen = [*gold[:3], next(g for g in gold if g.type == "followup"), next(g for g in gold if not g.answerable)]
    return cases_of(chosen, demo.articles())


def test_variants_answer_the_same_questions_and_the_last_is_the_whole(demo, cases):
    steps = []
    names = ["hybrid", "+reader", "+similarity", "+merging", "+no-history", "+answer"]
    reports = run_variants(demo, cases, names, progress=lambda done, total: steps.append((done, total)))
    assert list(reports) == names and steps[-1] == (5 * len(cases), 5 * len(cases)), "reader and answer share a run"
    for report in reports.values():
        assert [r.gold.id for r in report.results] == [case.gold.id for case in cases]
    assert all(r.answer is None and "accuracy" not in r.figures for r in reports["hybrid"].results)
    assert all(r.answer is None and "accuracy" not in r.figures for r in reports["+reader"].results)
    assert all(r.answer.answered for r in reports["+similarity"].results), "similarity never refuses"
    assert all(not r.answer.conflicts for r in reports["+merging"].results)
    whole = evaluate(demo, cases)
    assert [r.answer.text for r in reports["+answer"].results] == [r.answer.text for r in whole.results]
    assert reports["hybrid"].overall.mean("mrr") == whole.overall.mean("mrr")
    for ranked in ("+reader", "+answer"):
        assert reports[ranked].overall.mean("mrr") == whole.overall.mean("reader mrr")
    alone = next(r for r in reports["+no-history"].results if r.gold.type == "followup")
    assert alone.gold.history and not any("understood as" in note for note in alone.answer.notes)
    assert len(significant_steps(list(reports.values()))) == len(names)
    assert variants_table(reports).row_count == len(names)


def test_a_named_retriever_ranks_like_the_engine_that_uses_it(demo, cases):
    reports = run_variants(demo, cases[:2], ["hybrid", "hybrid+reader", "+reader"])
    assert [[p.id for p in r.retrieved] for r in reports["hybrid+reader"].results] == [
        [p.id for p in r.retrieved] for r in reports["+reader"].results
    ]


def test_the_help_names_every_variant():
    told = get_command(app).commands["eval"].params
    text = next(p.help for p in told if p.name == "variants")
    assert all(name in text for name in (*RETRIEVERS, *(f"+{stage}" for stage in STAGES)))


@pytest.mark.parametrize("name", ["nonsense", "dense+nonsense", "+", "dense+", "", "+dense"])
def test_a_variant_that_is_none_is_named(demo, cases, name):
    with pytest.raises(GoldError, match="There is no variant"):
        run_variants(demo, cases, [name])


def test_the_variants_that_are_compared_when_none_are_named():
    assert variant_names() == [*RETRIEVERS, "+reader", "+answer"]


def test_every_retriever_ranks(demo, cases):
    reports = run_variants(demo, cases[:2], list(RETRIEVERS))
    assert list(reports) == ["dense", "lexical", "rrf", "hybrid", "hybrid-names", "hybrid-dictionary"]
    for report in reports.values():
        assert all(r.retrieved and len({p.id for p in r.retrieved}) == len(r.retrieved) for r in report.results)
