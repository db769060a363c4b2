"""Cleaning against hand labels, where the labelled articles are at hand."""

import pytest
from cleaning import labels, measure, read

from rag.articles import read_articles


def test_labels_are_places_in_order_and_hold_no_text():
    for row in labels():
        assert set(row) == {"doc", "sha256", "split", "removed", "either"}
        for kind in ("removed", "either"):
            assert all(0 <= start < end for start, end in row[kind])
            assert all(one[1] <= two[0] for one, two in zip(row[kind], row[kind][1:], strict=False)), row["doc"]


def test_the_five_real_articles_keep_their_reporting_and_lose_their_furniture(real_articles):
    count, chars, sentences = measure(list(read_articles([real_articles])), frozenset())
    assert count == 5
    assert chars.precision >= 0.99 and chars.recall >= 0.95 and chars.reporting_lost <= 0.005
    assert sentences.precision >= 0.95 and sentences.recall >= 0.9


def test_the_labelled_dump_items_do_too(real_articles):
    news = real_articles.parent / "data" / "news_zh_20k.jsonl.gz"
    if not news.is_file():
        pytest.skip(f"the news dump is not at {news}")
    count, chars, sentences = measure(*read(real_articles, news))
    assert count >= 45
    assert chars.precision >= 0.95 and chars.recall >= 0.9 and chars.reporting_lost <= 0.005
    assert sentences.precision >= 0.95 and sentences.recall >= 0.9
