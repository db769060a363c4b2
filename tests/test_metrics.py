"""Figures of merit: values worked out by hand, and laws."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.metrics import character_f1, groups_found, hit_at, mean, ndcg_at, percentile, reciprocal_rank, squeeze

LAW = settings(deadline=None, max_examples=120)
RANKINGS = st.lists(st.booleans(), max_size=15)
WORDING = st.text("港口罢工臺灣abcAB Ｃ１23.,，。 \n", max_size=20)


@pytest.mark.parametrize(
    ("relevant", "k", "expected"),
    [
        ([False, True, False], 1, 0.0),
        ([False, True, False], 2, 1.0),
        ([True], 10, 1.0),
        ([False] * 5, 5, 0.0),
        ([], 3, 0.0),
        ([True], 0, 0.0),
    ],
)
def test_hit_at(relevant, k, expected):
    assert hit_at(relevant, k) == expected


@pytest.mark.parametrize(
    ("relevant", "expected"),
    [([True, True], 1.0), ([False, True, True], 0.5), ([False, False, False, True], 0.25), ([False], 0.0), ([], 0.0)],
)
def test_reciprocal_rank(relevant, expected):
    assert reciprocal_rank(relevant) == expected


@pytest.mark.parametrize(
    ("gains", "ideal", "k", "expected"),
    [
        ([1, 0, 1], 2, 10, (1 + 1 / 2) / (1 + 1 / math.log2(3))),  # log2(4) = 2
        ([0, 1], 1, 10, 1 / math.log2(3)),
        ([0, 0, 1], 1, 2, 0.0),
        ([0, 0, 1], 1, 3, 0.5),
        ([1, 1, 1], 5, 3, 1.0),  # no ranking can show more than k
        ([0, 0, 0], 3, 3, 0.0),
        ([1, 1], 0, 3, 0.0),
        ([], 2, 3, 0.0),
        ([0.5, 1], 2, 2, (0.5 + 1 / math.log2(3)) / (1 + 1 / math.log2(3))),
    ],
)
def test_ndcg_at(gains, ideal, k, expected):
    assert ndcg_at(gains, ideal, k) == pytest.approx(expected)


@LAW
@given(RANKINGS, st.integers(1, 12))
def test_ndcg_is_between_0_and_1_and_1_only_for_an_ideal_ranking(relevant, k):
    gains = [float(good) for good in relevant]
    ideal = sum(relevant)
    value = ndcg_at(gains, ideal, k)
    best = sorted(relevant, reverse=True)
    assert 0 <= value <= 1 + 1e-12
    if ideal:
        assert ndcg_at([float(good) for good in best], ideal, k) == pytest.approx(1)
        assert (value > 1 - 1e-9) == (relevant[:k] == best[:k])


@LAW
@given(RANKINGS, st.integers(0, 12))
def test_rank_measures_agree_with_each_other(relevant, k):
    rank = reciprocal_rank(relevant)
    assert hit_at(relevant, k) == float(bool(rank) and round(1 / rank) <= k)
    assert hit_at(relevant, k) <= hit_at(relevant, k + 1)
    assert (ndcg_at([float(good) for good in relevant], len(relevant), k) > 0) == bool(hit_at(relevant, k))


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        ("港口罢工", "港口罢工", 1.0),
        ("港口", "港口罢工", 2 / 3),  # precision 1, recall 1/2
        ("港港", "港", 2 / 3),  # a character counts as often as it is there
        ("臺灣", "台湾", 1.0),
        ("“5,000 亿”。", "５０００億", 1.0),
        ("abc", "xyz", 0.0),
        ("", "港", 0.0),
        ("", "", 0.0),
        ("……", "……", 0.0),
    ],
)
def test_character_f1(answer, gold, expected):
    assert character_f1(answer, gold) == pytest.approx(expected)


@LAW
@given(WORDING, WORDING)
def test_character_f1_is_symmetric_and_1_for_the_same_text(one, other):
    assert character_f1(one, other) == pytest.approx(character_f1(other, one))
    assert 0 <= character_f1(one, other) <= 1 + 1e-12
    assert character_f1(one, one) == pytest.approx(float(any(char.isalnum() for char in one)))


@pytest.mark.parametrize(
    ("groups", "text", "expected"),
    [
        ([["罢工"]], "港口罷工結束", True),
        ([["strike", "罢工"], ["port"]], "The Strike closed the PORT", True),
        ([["strike"], ["airport"]], "The strike closed the port", False),
        ([["5,000亿"]], "５０００億美元", True),
        ([["5000 亿"]], "5,000亿美元", True),
        ([["$1.5 million"]], "$1.5million", True),
        ([["15"]], "1.5", False),
        ([["3", "三"]], "共三艘", True),
        ([[]], "anything", False),
        ([], "anything", True),
        ([["4,300"]], "in 2024, 300 ships", False),  # Was wrong once: a comma and a blank between two numbers go, too
    ],
)
def test_groups_found(groups, text, expected):
    assert groups_found(groups, text) == expected


@LAW
@given(WORDING)
def test_squeezing_twice_is_squeezing_once_and_leaves_no_blanks(text):
    once = squeeze(text)
    assert not any(char.isspace() for char in once)
    assert squeeze(once) == once


@LAW
@given(st.integers(0, 10**12))
def test_a_squeezed_number_has_no_separators(number):
    assert squeeze(f" {number:,} ") == str(number)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([15, 20, 35, 40, 50], 0.30, 20),  # the nearest-rank example of Wikipedia's article on percentiles
        ([15, 20, 35, 40, 50], 0.40, 20),
        ([15, 20, 35, 40, 50], 0.50, 35),
        ([15, 20, 35, 40, 50], 1.00, 50),
        ([50, 15, 40, 20, 35], 0.95, 50),
        ([15, 20, 35, 40, 50], 0.0, 15),  # Was wrong once: rank 0 is taken from the end
        ([7], 0.5, 7),
        ([], 0.5, 0.0),
    ],
)
def test_percentile_by_nearest_rank(values, share, expected):
    assert percentile(values, share) == expected


@LAW
@given(st.lists(st.integers(-50, 50), min_size=1, max_size=30), st.floats(0.01, 1), st.floats(0.01, 1))
def test_percentiles_are_values_and_rise_with_the_share(values, one, other):
    low, high = sorted([one, other])
    assert percentile(values, low) in values
    assert percentile(values, low) <= percentile(values, high)
    assert sum(value <= percentile(values, low) for value in values) >= low * len(values) - 1e-9


def test_mean():
    assert mean([1, 2, 6]) == 3
    assert mean([]) is None
