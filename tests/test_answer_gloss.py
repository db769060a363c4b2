"""What stands beside a quote for those who can't read it: figures with hedges, names, dates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_answer import World, check_laws

from rag.answer.gloss import gloss_span, glosses, reading_aid, write_number
from rag.answer.hedges import quantities, write_hedge
from rag.names import NameIndex
from rag.text import Number, numbers

NOBODY = NameIndex(())
NAMES = World(a=("A", None, "市长林默·哈格里夫（Lim Hargreave）来了。哈格里夫走了。")).names
UNITS = [
    "USD",
    "EUR",
    "GBP",
    "CNY",
    "JPY",
    "HKD",
    "GW",
    "MW",
    "minute",
    "hour",
    "job",
    "person",
    "%",
    "day",
    "month",
    "",
]


@given(
    st.integers(1, 10**15) | st.integers(1, 9999).map(lambda n: n / 100),
    st.sampled_from(UNITS),
    st.sampled_from(["en", "zh"]),
)
def test_a_figure_written_in_a_language_is_the_figure_it_was(value, unit, lang):
    written = write_number(Number(0, 0, float(value), unit), lang)
    (found,) = numbers(written)
    assert (found.value, found.unit) == (pytest.approx(value, rel=1e-12), unit)


@pytest.mark.parametrize(
    ("text", "en", "zh"),
    [
        ("5,000亿美元", "US$500 billion", None),
        ("约25分钟", "about 25 minutes", None),
        ("远低于100亿美元", "well under US$10 billion", None),
        ("2亿多美元", "over US$200 million", None),
        ("至少三万五千人", "at least 35,000 people", None),
        ("百分之二十", "20%", None),
        ("150亿至200亿美元", "US$15 billion, US$20 billion", None),
        ("一个小时", "1 hour", None),
        ("$500 billion", None, "5,000亿美元"),
        ("nearly 40 minutes", None, "将近40分钟"),
        ("100,000 jobs", None, "10万个工作岗位"),
        ("1.5 trillion yen", None, "1.5万亿日元"),
        ("under £3.5 million", None, "不到350万英镑"),
        ("20%", "", ""),
        ("2月10日", "10 February", None),
        ("June 3, 2024", None, "2024年6月3日"),
        ("去年6月", "June 2023", "2023年6月"),
        ("2016年", "", ""),
        ("yesterday", "1 May 2024", "2024年5月1日"),
        ("hello", "", ""),
    ],
)  # fmt: skip
def test_a_short_answer_in_the_readers_language(text, en, zh):
    for lang, expected in (("en", en), ("zh", zh)):
        if expected is not None:
            assert gloss_span(text, lang, NOBODY, "2024-05-02") == expected


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("well under $10 billion", "well under $10 billion"),
        ("up to 40 minutes", "up to 40 minutes"),
        ("40 minutes or more", "40 minutes or more"),
        ("遠低於100億美元", "遠低於100億美元"),
        ("约为40分钟左右", "约为40分钟"),
        ("40分钟左右", "40分钟左右"),
        ("最多四十分钟", "最多四十分钟"),
        ("it has 40 minutes", "40 minutes"),
        ("不超过40分钟", "不超过40分钟"),
        ("40分钟以内", "40分钟以内"),
        ("no more than 40 minutes", "no more than 40 minutes"),
        ("twelve people", "twelve people"),
        ("at least twenty-five days", "at least twenty-five days"),
    ],
)
def test_hedges_are_found_before_and_after(text, written):
    (found,) = quantities(f"x {text}。")
    assert f"x {text}。"[found.start : found.end] == written


@pytest.mark.parametrize(
    ("text", "values", "hedge"),
    [
        ("费用不超过5亿美元", {(5e8, "USD")}, "up to"),
        ("没有超过5亿美元", {(5e8, "USD")}, "up to"),
        ("not exceeding $5 billion", {(5e9, "USD")}, "up to"),
        ("no fewer than 12 people", {(12, "person")}, "at least"),
        ("$3-4 billion", {(3e9, "USD"), (4e9, "USD")}, ""),
        ("between $3 and $4 billion", {(3e9, "USD"), (4e9, "USD")}, ""),
        ("150亿至200亿美元", {(1.5e10, "USD"), (2e10, "USD")}, ""),
        ("$300 and $4 billion", {(300, "USD"), (4e9, "USD")}, ""),
        ("耗資300億日圓", {(3e10, "JPY")}, ""),
        ("a million dollars", {(1e6, "USD")}, ""),
        ("数百人", set(), ""),
        ("数十亿美元", set(), ""),
        ("one day", set(), ""),
    ],
)
def test_bounds_ranges_and_words(text, values, hedge):
    found = quantities(text)
    assert {(q.number.value, q.number.unit) for q in found} == values
    assert all(q.hedge == hedge for q in found)


def test_hedges_in_both_languages():
    assert write_hedge("well under", "US$1", "en") == "well under US$1"
    assert write_hedge("well over", "1美元", "zh") == "远超1美元"
    assert write_hedge("about", "1美元", "zh") == "约1美元"


def test_names_are_rendered_unless_the_text_does_it_itself():
    assert [g.rendered for g in glosses("哈格里夫来了", "en", NAMES, None)] == ["Hargreave"]
    assert [g.rendered for g in glosses("Hargreave came", "zh", NAMES, None)] == ["哈格里夫"]
    assert not glosses("哈格里夫（Hargreave）来了", "en", NAMES, None)
    assert not glosses("哈格里夫来了", "zh", NAMES, None)


def test_the_answers_own_span_comes_first_and_the_line_is_short():
    quote = "哈格里夫2月10日说，1亿美元、2亿美元、3亿美元、4亿美元、5亿美元和6亿美元都不够，去年就知道。"
    at = quote.index("5亿美元")
    aid = reading_aid(quote, [(at, at + 4)], "en", NAMES, "2024-05-02")
    assert aid.startswith("*Reading aid, ours: 5亿美元 → US$500 million; ") and aid.count("→") == 6
    assert reading_aid(quote, [], "zh", NAMES, "2024-05-02") == (
        "*日期（由我们推算）：去年 → 2023年（按发表日期推算）*"
    )
    assert reading_aid("Nothing here.", [], "zh", NAMES, None) == ""


def test_the_aid_stands_beside_the_quote_and_not_in_it():
    world = World(
        a=("Post", "2025-02-12", "市长*林默·哈格里夫（Lim Hargreave）*来了。哈格里夫去年6月付了5,000亿美元。")
    )
    answer = world.ask("How much did Hargreave pay?", ("a", "5,000亿美元", 0.8))
    check_laws(answer, world)
    assert answer.text.split("\n\n")[1].split("\n")[1] == (
        "*Reading aid, ours: 5,000亿美元 → US$500 billion; 哈格里夫 → Hargreave; "
        "去年6月 → June 2024, reckoned from the publication date*"
    )
