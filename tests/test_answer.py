"""Composition: one source a statement, reprints together, figures that differ, refusals."""

import re

import pytest
from conftest import write_articles

from rag.answer import WORDING, compose, same_statement
from rag.articles import read_articles
from rag.clean import clean
from rag.reader import Reading
from rag.types import Passage

ONE = "The bridge across the strait will cost 4 billion dollars, the transport ministry said in a statement on Monday."
EDITED = "The bridge across the strait will cost 4 billion dollars, the transport ministry said in a statement Monday."
OTHER = "Engineers who drew up the plans put the price of the bridge across the strait at 6.5 billion dollars."
FORGED = ONE.replace("4 billion", "5 billion")


@pytest.fixture
def corpus(tmp_path):
    texts = {
        "a.md": f"---\ntitle: A\ndate: 2024-03-02\nsource: First Post\n---\n\n{ONE} Work begins in May [7].\n",
        "b.md": f"---\ntitle: B\ndate: 2024-03-01\nsource: Second Post\n---\n\n{EDITED} Nobody objected to it.\n",
        "c.md": f"---\ntitle: C *bold* [1]\ndate: 2024-03-05\n---\n\n{OTHER} They did not say why.\n",
    }
    articles = [clean(a) for a in read_articles([write_articles(tmp_path, texts)])]
    return {a.id: a for a in articles}, {a.title[0]: a for a in articles}


def reading(article, sentence, probability):
    start = article.text.index(sentence)
    passage = Passage(
        article.id, article.id, article.title, article.source, article.date, article.text, 0, len(article.text)
    )
    return Reading(passage, start, start + len(sentence), probability)


def answer(corpus, readings, question="How much will the bridge cost?", threshold=0.5):
    by_id, _ = corpus
    return compose(question, readings, [r.passage for r in readings], by_id.__getitem__, threshold)


def test_reprints_count_as_one_source_and_the_earliest_is_quoted(corpus):
    _, by = corpus
    result = answer(corpus, [reading(by["A"], ONE, 0.9), reading(by["B"], EDITED, 0.88)])
    (citation,) = result.citations
    assert citation.article_id == by["B"].id and citation.also_in == (by["A"].id,)
    assert not result.conflicts and "also in 1 more article" in result.text


def test_different_figures_of_one_unit_are_a_conflict(corpus):
    _, by = corpus
    result = answer(corpus, [reading(by["A"], ONE, 0.9), reading(by["C"], OTHER, 0.8)])
    (conflict,) = result.conflicts
    assert [c.value for c in conflict.claims] == ["4 billion dollars", "6.5 billion dollars"]
    assert [c.citations for c in conflict.claims] == [(1,), (2,)]
    assert conflict.claims[0].source == "First Post" and "sources differ" in result.text


def test_figures_are_not_compared_where_none_is_asked_for(corpus):
    _, by = corpus
    readings = [reading(by["A"], ONE, 0.9), reading(by["C"], OTHER, 0.8)]
    assert not answer(corpus, readings, question="Who spoke about the bridge?").conflicts


def test_below_the_threshold_nothing_is_cited(corpus):
    _, by = corpus
    result = answer(corpus, [reading(by["A"], ONE, 0.4)])
    assert not result.answered and not result.citations and result.passages
    assert not re.search(r"\[\d", result.text)


def test_unlikely_further_sentences_are_left_out(corpus):
    _, by = corpus
    assert len(answer(corpus, [reading(by["A"], ONE, 0.9), reading(by["C"], OTHER, 0.1)]).citations) == 1


def test_a_bracketed_number_in_an_article_is_no_marker(corpus):
    _, by = corpus
    result = answer(corpus, [reading(by["A"], "Work begins in May [7].", 0.9), reading(by["C"], OTHER, 0.8)])
    assert re.findall(r"(?<!\\)\[(\d+)\]", result.text) == ["1", "2"]


def test_no_readings_means_no_articles():
    result = compose("Who?", [], [], {}.__getitem__, 0.5)
    assert not result.answered and "no articles yet" in result.text


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (ONE, ONE.upper(), True),
        (ONE, EDITED, True),
        (ONE, FORGED, False),
        (ONE, OTHER, False),
        (ONE, ONE.replace("will cost", "will not cost"), False),
        ("甲公司在三年前收购了乙公司的全部股份", "乙公司在三年前收购了甲公司的全部股份", False),
        ("甲公司承认收购了乙公司的股份", "甲公司否认收购了乙公司的股份", False),
        ("軟銀的現金約為250億美元", "软银的现金约为250亿美元", True),
        ("软银的现金约为250亿美元", "软银的现金约为25亿美元", False),
    ],
)
def test_a_statement_is_the_same_with_small_edits_but_not_with_another_figure(a, b, same):
    assert same_statement(a, b) is same


def test_every_phrase_is_there_in_both_languages():
    for key, phrases in WORDING.items():
        assert set(phrases) == {"en", "zh"}, key
        slots = [set(re.findall(r"{(\w+)}", text)) - {"s"} for text in phrases.values()]
        assert slots[0] == slots[1], key
