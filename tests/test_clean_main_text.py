"""Which lines of a page are its article: the hint is followed, but no sentence is lost to it."""

from hypothesis import given
from hypothesis import strategies as st
from test_clean import EN, ZH

from rag.clean.main_text import keep_main
from rag.clean.markup import Line

SENTENCES = [*ZH, *EN]


def _lines(*texts, links=()):
    return [Line(text, [(i, i + 1) for i in range(len(text))], links=len(text) * (text in links)) for text in texts]


def _kept(lines, main):
    return [line.text for line in keep_main(lines, main)]


def test_without_a_hint_or_with_a_lost_one_every_line_stays():
    lines = _lines("首页", *SENTENCES, "热门")
    for main in ([], ["something else entirely, that is nowhere on this page"], [ZH[0][:5]]):
        assert keep_main(lines, main) == lines
    assert keep_main(lines, ZH[:1]) == lines  # a sixth of the page's sentences: the extractor has lost its way


def test_furniture_around_the_article_goes_and_its_own_short_lines_stay():
    lines = _lines("首页", "热门", EN[0], "导航", "标题在此", "2025-03-01", *ZH, "背景", EN[1], "相关", EN[2], "版权")
    kept = _kept(lines, [*ZH, "背景", EN[1]])
    assert kept == [
        "首页",
        "热门",
        "导航",
        "标题在此",
        "2025-03-01",
        *ZH,
        "背景",
        EN[1],
    ]  # the head is metadata's matter


def test_extractors_may_change_quotes_blanks_and_blocks():
    lines = _lines("热门", *SENTENCES, "相关")
    joined = " ".join(SENTENCES).replace("“", '"').replace("”", '"').replace("，", ", ")
    assert _kept(lines, [joined])[1:] == SENTENCES
    assert (
        _kept(lines, [half for s in SENTENCES for half in (s[: len(s) // 2 + 9], s[len(s) // 2 + 9 :])])[1:]
        == SENTENCES
    )


@given(st.sets(st.integers(0, 5), min_size=1), st.lists(st.sampled_from(["小标题", "图", "一"]), max_size=4))
def test_no_sentence_that_stands_among_chosen_ones_is_lost(chosen, between):
    lines = _lines(*(text for i, s in enumerate(SENTENCES) for text in (s, *between[i : i + 1])))
    kept = _kept(lines, [SENTENCES[i] for i in sorted(chosen)])
    assert set(SENTENCES[min(chosen) : max(chosen) + 1]) <= set(kept)


def test_sentences_next_to_the_last_chosen_one_stay_up_to_a_heading_or_a_link():
    lines = _lines(*ZH, EN[0], EN[1], "Related", EN[2])
    assert _kept(lines, [*ZH, EN[0]]) == [*ZH, EN[0], EN[1]]
    lines = _lines(*ZH, EN[0], EN[1], EN[2], links=[EN[1]])
    assert _kept(lines, [*ZH, EN[0]]) == [*ZH, EN[0]]
