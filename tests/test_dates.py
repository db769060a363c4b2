"""Dates of a text, reckoned from the publication date; laws over any text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_text import MIXED

from rag.text import bounds, dates, same_time, write_date

PUBLISHED = "2025-02-12"  # a Wednesday


def one(text, published=PUBLISHED):
    (found,) = dates(text, published)
    return found


@pytest.mark.parametrize(
    ("text", "span", "value", "relative", "partial"),
    [
        ("2024年6月3日", "2024年6月3日", "2024-06-03", False, False),
        ("二〇二四年十二月三日", "二〇二四年十二月三日", "2024-12-03", False, False),
        ("２０２４年６月", "２０２４年６月", "2024-06", False, False),
        ("June 3, 2024", "June 3, 2024", "2024-06-03", False, False),
        ("3rd June 2024", "3rd June 2024", "2024-06-03", False, False),
        ("in Sept. 2024.", "Sept. 2024", "2024-09", False, False),
        ("on 2024-06-03,", "2024-06-03", "2024-06-03", False, False),
        ("in 2016 he", "2016", "2016", False, False),
        ("于2月10日签署", "2月10日", "2025-02-10", True, True),
        ("12月", "12月", "2024-12", True, True),
        ("On Jan. 17 they", "Jan. 17", "2025-01-17", True, True),
        ("in June", "June", "2025-06", True, True),
        ("去年6月，他", "去年6月", "2024-06", True, False),
        ("去年12月31号", "去年12月31号", "2024-12-31", True, False),
        ("今年", "今年", "2025", True, False),
        ("上周三签署", "上周三", "2025-02-05", True, False),
        ("上個星期三", "上個星期三", "2025-02-05", True, False),
        ("周三签署", "周三", "2025-02-12", True, False),
        ("周四签署", "周四", "2025-02-06", True, False),
        ("将于周四签署", "周四", "2025-02-13", True, False),
        ("昨日宣布", "昨日", "2025-02-11", True, False),
        ("本月7日", "本月7日", "2025-02-07", True, False),
        ("7日表示", "7日", "2025-02-07", True, False),
        ("20日表示", "20日", "2025-01-20", True, False),
        ("将于20日举行", "20日", "2025-02-20", True, False),
        ("上月20日", "上月20日", "2025-01-20", True, False),
        ("上周", "上周", "2025-W06", True, False),
        ("三年前", "三年前", "2022", True, False),
        ("last month", "last month", "2025-01", True, False),
        ("last June", "last June", "2024-06", True, False),
        ("on Tuesday", "Tuesday", "2025-02-11", True, False),
        ("last Wednesday", "last Wednesday", "2025-02-05", True, False),
        ("next Wednesday", "next Wednesday", "2025-02-19", True, False),
        ("will speak on Friday", "Friday", "2025-02-14", True, False),
        ("two weeks ago", "two weeks ago", "2025-W05", True, False),
        ("yesterday", "yesterday", "2025-02-11", True, False),
    ],
)
def test_a_date_and_what_it_was_reckoned_from(text, span, value, relative, partial):
    found = one(text)
    assert text[found.start : found.end] == span
    assert (found.value, found.relative, found.partial) == (value, relative, partial)


@pytest.mark.parametrize(
    "text",
    ["25分钟", "10个月", "三十日内", "目前年均", "同年", "每周三", "周年", "He may leave.", "2000 people",
     "in 2000 jobs", "the march goes on", "2月30日", "13月", "2024-13-40", "今日头条",
     "一周", "5,000", "$2016", "", "7日元"],
)  # fmt: skip
def test_what_is_no_date(text):
    assert not dates(text, PUBLISHED)


def test_without_a_publication_date_only_what_is_written_counts():
    assert not dates("上周三，昨天，last month, 7日", None)
    found = one("2月10日", None)
    assert found.value == found.written == "--02-10" and not found.relative
    assert one("in June", "2025").value == "2025-06"
    assert not dates("昨天", "2025-02") and one("上个月", "2025-02").value == "2025-01"
    assert not dates("昨天", "nonsense")


def test_a_year_that_nobody_wrote_is_not_shown():
    assert write_date(one("2月10日").written, "en") == "10 February"
    assert write_date(one("去年6月").written, "en") == "June 2024"
    assert write_date("2025-W06", "zh") == "2025年2月3日起的一周"
    assert write_date("2024-06-03", "zh") == "2024年6月3日"


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("2024年6月3日", "June 2024", True),
        ("2024年6月", "去年", True),
        ("上周三", "2月5日", True),
        ("上周", "2月5日", True),
        ("2月10日", "10 February 2019", True),  # nobody wrote the first one's year
        ("2月10日", "2月11日", False),
        ("2月", "3月11日", False),
        ("June 2023", "去年6月", False),
        ("昨日", "今日", False),
        ("上周", "last month", False),
    ],
)
def test_which_dates_may_be_one(a, b, same):
    assert same_time(one(a), one(b)) is same_time(one(b), one(a)) is same


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        MIXED
        | st.sampled_from(
            ["去年", "6月", "31日", "上周", "三", "前", "last ", "June ", "30", ", 2024", "Tuesday", "ago"]
        ),
        max_size=8,
    ).map("".join),
    st.none() | st.dates().map(str) | st.sampled_from(["2024", "2024-02", "x", "0001-01-01", "9999-12-31"]),
)
def test_dates_lie_in_the_text_in_order_and_are_days_that_exist(text, published):
    at = 0
    for found in dates(text, published):
        assert at <= found.start < found.end <= len(text)
        at = found.end
        assert published or not found.relative
        span = bounds(found.value)
        assert (span is None) == found.value.startswith("--")
        assert span is None or span[0] <= span[1]
        assert same_time(found, found)
        assert write_date(found.written, "en") and write_date(found.value, "zh")
