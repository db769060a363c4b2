"""Figures of merit: values worked out by hand, and laws."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.metrics import (
    character_f1,
    exact_match,
    groups_found,
    interval,
    mean,
    overlap_f1,
    paired_p,
    percentile,
    rank_measures,
    risk_coverage,
    squeeze,
)

LAW = settings(deadline=None, max_examples=120)
WORDING = st.text("港口罢工臺灣abcAB Ｃ１23.,，。 \n", max_size=20)


def ranked(relevant, unmet=0):
    """The measures of a ranking given as relevant or not, with so many more relevant ones that were not found."""
    gains = {f"p{n}": int(good) for n, good in enumerate(relevant)} | {f"unmet {n}": 1 for n in range(unmet)}
    return rank_measures([f"p{n}" for n in range(len(relevant))], gains)


@pytest.mark.parametrize(
    ("relevant", "unmet", "expected"),
    [
        ([False, True, False], 0, {"hit@1": 0, "hit@5": 1, "mrr": 1 / 2, "ndcg@10": 1 / math.log2(3), "recall@10": 1}),
        ([True], 1, {"hit@1": 1, "mrr": 1, "recall@10": 1 / 2, "ndcg@10": 1 / (1 + 1 / math.log2(3))}),
        # log2(4) = 2
        ([True, False, True], 0, {"hit@1": 1, "ndcg@10": (1 + 1 / 2) / (1 + 1 / math.log2(3))}),
        ([False] * 5 + [True], 0, {"hit@5": 0, "hit@10": 1, "mrr": 1 / 6}),
        ([False] * 10 + [True], 0, {"hit@10": 0, "ndcg@10": 0, "recall@10": 0, "mrr": 1 / 11}),
        ([False, False], 0, dict.fromkeys(["hit@1", "hit@10", "mrr", "ndcg@10", "recall@10"], 0)),
        ([], 2, dict.fromkeys(["hit@1", "hit@10", "mrr", "ndcg@10", "recall@10"], 0)),
    ],
)
def test_ranking_measures_worked_out_by_hand(relevant, unmet, expected):
    values = ranked(relevant, unmet)
    assert {name: values[name] for name in expected} == pytest.approx(expected)


@LAW
@given(st.lists(st.booleans(), max_size=10), st.integers(0, 3))
def test_ranking_measures_agree_with_each_other(relevant, unmet):
    values = ranked(relevant, unmet)
    assert all(0 <= value <= 1 + 1e-9 for value in values.values())
    assert values["hit@1"] <= values["hit@5"] <= values["hit@10"]
    assert (values["mrr"] > 0) == (values["recall@10"] > 0) == (values["ndcg@10"] > 0) == any(relevant)
    assert values["hit@1"] == float(values["mrr"] == 1)
    assert (values["ndcg@10"] > 1 - 1e-9) == (any(relevant) and not unmet and all(relevant[: sum(relevant)]))


def test_a_ranking_has_each_id_once():
    with pytest.raises(ValueError, match="twice"):
        rank_measures(["a", "a"], {"a": 1})


def test_grades_count_more_than_a_hit():
    best, worst = (rank_measures(order, {"a": 3, "b": 1})["ndcg@10"] for order in (["a", "b"], ["b", "a"]))
    assert best == pytest.approx(1) and worst < best


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
def test_overlap_f1_is_symmetric_and_exact_match_means_1(one, other):
    assert overlap_f1(one, other) == pytest.approx(overlap_f1(other, one))
    assert 0 <= overlap_f1(one, other) <= 1 + 1e-12
    if exact_match(one, other):
        assert overlap_f1(one, other) == pytest.approx(1)


@pytest.mark.parametrize(
    ("answer", "gold", "f1", "exact"),
    [
        ("the port strike", "Port strike.", 1.0, 1.0),  # English articles, case and full stops say nothing
        ("port strike", "strike", 2 / 3, 0.0),  # words count, not letters
        ("港口罷工", "港口罢工", 1.0, 1.0),
        ("港口", "港口罢工", 2 / 3, 0.0),  # characters count
        ("OpenAI公司", "OpenAI", 1 / 2, 0.0),  # a mixture: one word and two characters
        ("5,000亿", "5000亿", 1.0, 1.0),
        ("", "港", 0.0, 0.0),
        ("", "", 0.0, 0.0),
    ],
)
def test_overlap_f1_and_exact_match(answer, gold, f1, exact):
    assert overlap_f1(answer, gold) == pytest.approx(f1)
    assert exact_match(answer, gold) == exact


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
        # Was wrong once: a figure was found within a longer one.
        ([["15"]], "in 2015", False),
        ([["190亿"]], "1190亿", False),
        ([["15"]], "15.5 or 1,515", False),
        ([["15"]], "on page 15.", True),
        ([["15 ships"]], "In 2024 15 ships came", True),
        ([["3", "三"]], "共三艘", True),
        ([[]], "anything", False),
        ([], "anything", True),
        ([["4,300"]], "in 2024, 300 ships", False),  # Was wrong once: a comma and a blank between two numbers go, too
    ],
)
def test_groups_found(groups, text, expected):
    assert all(groups_found(groups, text)) == expected


@LAW
@given(WORDING)
def test_squeezing_twice_is_squeezing_once_and_leaves_blanks_between_figures_alone(text):
    once = squeeze(text)
    assert all(once[n - 1].isdigit() and once[n + 1].isdigit() for n, char in enumerate(once) if char.isspace())
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


def test_the_interval_holds_the_mean_and_narrows_with_more_questions():
    few, many = interval([0, 1, 1]), interval([0, 1, 1] * 40)
    assert few.low <= 2 / 3 <= few.high and many.low <= 2 / 3 <= many.high
    assert many.high - many.low < few.high - few.low
    assert interval([0, 1, 1]) == few, "the same in every run"
    assert interval([]) is None


def test_all_right_is_not_certainty():
    assert interval([1.0] * 3).low == pytest.approx(0.4385, abs=1e-3)  # Wilson for 3 of 3
    assert interval([1.0] * 300).low > 0.98
    assert interval([0.5, 0.5]) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("differences", "alternative", "p"),
    [
        ([0, 0, 0], "two-sided", 1.0),
        ([-1], "less", 0.5),
        ([-1] * 5, "less", 1 / 32),
        ([-1] * 5, "greater", 1.0),
        ([1] * 6 + [0] * 50, "two-sided", 2 / 64),  # questions that did not change say nothing
        ([1, -1, 1, -1], "two-sided", 1.0),
    ],
)
def test_the_paired_test_is_exact_for_few_changes(differences, alternative, p):
    assert paired_p(differences, alternative) == pytest.approx(p)


def test_risk_rises_where_wrong_answers_are_let_in():
    curve = risk_coverage([0.9, 0.5, 0.7, 0.5], [True, False, True, True], total=8)
    assert curve == [(1 / 8, 0), (2 / 8, 0), (4 / 8, 1 / 4)]  # the two of one confidence come together
    assert risk_coverage([], [], 3) == []
