"""Name variants that articles give away, and what a question gets from them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.config import CHECKOUT, Config
from rag.engine import load
from rag.errors import ConfigError
from rag.indexing import build
from rag.names import Name, NameIndex, alike, read_names, world_names
from rag.text import fold_text
from rag.types import Article, Segment, make_id


def _article(text, source="a.txt"):
    return Article(
        id=make_id(source), source=source, title="t", outlet=None, url=None, date=None, authors=(),
        language="zh", script="Hans", text=text, raw=text, alignment=(Segment(0, len(text), 0, len(text)),),
    )  # fmt: skip


def _mine(*texts):
    return NameIndex.mine(_article(text, f"{number}.txt") for number, text in enumerate(texts))


def _pairs(index):
    return {name.latin: name.variants for name in index.names}


ONE = "港务局长林默·哈格里夫(Lim Hargreave)周三上任。哈格里夫说他会重开码头，哈格里夫没有说何时。"
TWO = "东港来了新局长：林姆·哈格瑞夫（Lim Hargreave）。哈格瑞夫是工程师。"


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        (ONE, {"Hargreave": ("哈格里夫",)}),
        (TWO, {"Hargreave": ("哈格瑞夫",)}),
        ("他叫林默•哈格里夫 (Lim Hargreave)。", {"Hargreave": ("哈格里夫",)}),
        ("小林默·哈格里夫(Lim Hargreave Jr.)来了。", {"Hargreave": ("哈格里夫",)}),
        ("艾尔莎·玛丽·德洛姆(Elsa Marie Delorme)来了。", {"Delorme": ("德洛姆",)}),
        ("东港市长德洛姆(Delorme)来了。德洛姆说好。", {"Delorme": ("德洛姆",)}),
        ("造船商海光(Seabright)破产了。海光去年亏损。", {"Seabright": ("海光",)}),
        ("造船商海光集团(Seabright Group)破产了。海光集团去年亏损。", {"Seabright": ("海光集团",)}),
        ("东港市长德洛姆(Delorme)来了。", {"Delorme": ("德洛姆",)}),  # by its sound
        ("东港船商海光(Seabright)破产了。", {}),  # where the name begins is not shown anywhere
        ("他去过很多地方(Eastport)。", {}),
        ("港口(2025)和码头（三号）都开了。", {}),
        ("Hargreave (哈格里夫) came.", {"Hargreave": ("哈格里夫",)}),
        ("市长丽莎·德洛姆（Lisa Delorme，1971年生）来了。", {"Delorme": ("德洛姆",)}),
        ("哈格里夫说好。Hargreave said so.", {}),  # no introduction, no link
        ("", {}),
    ],
)
def test_pairs_are_what_an_article_introduces(text, pairs):
    assert _pairs(_mine(text)) == pairs


def test_spellings_introduced_with_the_same_latin_name_are_variants_most_frequent_first():
    assert _pairs(_mine(ONE, TWO)) == {"Hargreave": ("哈格里夫", "哈格瑞夫")}
    assert _pairs(_mine(TWO, ONE)) == _pairs(_mine(ONE, TWO))


def test_the_two_scripts_of_a_name_are_one_variant():
    pairs = _pairs(_mine("艾尔·德罗兰(Al Deroland)来了。德罗兰说好。", "艾爾·德羅蘭(Al Deroland)來了。"))
    assert pairs == {"Deroland": ("德罗兰",)}


def test_evidence_is_an_exact_slice_of_its_article():
    articles = {make_id("0.txt"): ONE, make_id("1.txt"): TWO}
    (name,) = _mine(ONE, TWO).names
    assert len(name.evidence) == 2
    for evidence in name.evidence:
        assert articles[evidence.article_id][evidence.start : evidence.end] == evidence.quote
        assert "Lim Hargreave" in evidence.quote


def test_two_people_of_one_family_name_are_not_variants_of_each_other():
    # Was wrong once: only the last words are compared, so 布朗 and 布劳恩 become one name.
    pairs = _pairs(_mine("伊恩·布朗(Ian Brown)来了。布朗说好。", "李·布劳恩(Lee Brown)也来了。布劳恩没说话。"))
    assert all(not {"布朗", "布劳恩"} <= set(variants) for variants in pairs.values())


@pytest.mark.parametrize(
    ("question", "wordings"),
    [
        ("What did Hargreave say?", ["What did 哈格里夫 say?", "What did 哈格瑞夫 say?"]),
        ("what did HARGREAVE say?", ["what did 哈格里夫 say?", "what did 哈格瑞夫 say?"]),
        ("哈格瑞夫说了什么？", ["哈格里夫说了什么？"]),
        ("哈格里夫说了什么？", ["哈格瑞夫说了什么？"]),
        ("Hargreave’s plan", ["哈格里夫’s plan", "哈格瑞夫’s plan"]),
        ("Ｈａｒｇｒｅａｖｅ 是谁", ["哈格里夫 是谁", "哈格瑞夫 是谁"]),
        ("What about Hargreaves?", []),
        ("McHargreave", []),
        ("谁是市长？", []),
        ("", []),
    ],
)
def test_a_question_is_expanded_with_the_articles_spellings(question, wordings):
    assert _mine(ONE, TWO).expand(question) == [question, *wordings]


def test_two_names_in_a_question_change_together_and_never_as_a_product():
    index = _mine(ONE, TWO, "艾尔·德洛姆(Al Delorme)来了。")
    assert index.expand("Did Hargreave meet Delorme?") == [
        "Did Hargreave meet Delorme?",
        "Did 哈格里夫 meet 德洛姆?",
        "Did 哈格瑞夫 meet 德洛姆?",
    ]


def test_the_longest_name_is_taken():
    index = _mine("安·罗兰(Ann Roland)来了。", "安·罗兰德斯(Ann Rolandes)也来了。")
    assert index.expand("What did Rolandes say?")[1:] == ["What did 罗兰德斯 say?"]
    assert index.expand("What did Roland say?")[1:] == ["What did 罗兰 say?"]
    assert [name.latin for _, _, name in index.find("罗兰德斯和罗兰")] == ["Rolandes", "Roland"]


def test_a_traditional_question_finds_a_simplified_name():
    index = _mine("艾尔·德罗兰(Al Deroland)来了。")
    assert [name.latin for _, _, name in index.find(fold_text("德羅蘭是誰？"))] == ["Deroland"]
    assert index.expand("德羅蘭是誰？") == ["德羅蘭是誰？"]  # nothing to add: a Latin form is never put in


def test_an_index_without_names_leaves_questions_alone():
    assert NameIndex([]).expand("Who is Hargreave?") == ["Who is Hargreave?"]
    assert NameIndex([]).find("anything") == []


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.sampled_from([*"哈格里夫瑞说德洛姆 ，?", "Hargreave", "hargreave ", "德洛姆", "哈格瑞夫"]), max_size=12
    ).map("".join)
)
def test_expansion_begins_with_the_question_and_repeats_nothing(question):
    index = _mine(ONE, TWO, "艾尔·德洛姆(Al Delorme)来了。")
    wordings = index.expand(question)
    assert wordings[0] == question
    assert len(set(wordings)) == len(wordings) <= 3
    hits = index.find(fold_text(question))
    if len(wordings) > 1:
        assert hits
    for start, end, name in hits:
        assert fold_text(question)[start:end] in map(fold_text, (name.latin, *name.variants))


# ── lists of names ─────────────────────────────────────────────────────────────────────────────


def test_the_list_of_world_names_can_be_read_and_claims_no_ordinary_words():
    names = world_names()
    assert len(names) > 5000
    forms = {fold_text(form) for name in names for form in name.forms}
    assert not forms & {"who", "it", "us", "an", "target", "nice", "the"}
    assert all(len(form) > 1 for form in forms)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Trump", "川普"), ("Musk", "马斯克"), ("Nvidia", "輝達"), ("Abu Dhabi", "阿布达比"), ("奥特曼", "阿尔特曼")],
)
def test_world_names_join_spellings_that_no_article_introduces(one, other):
    index = NameIndex.of((), world_names())
    (found,), (same,) = ([name for _, _, name in index.find(fold_text(form))] for form in (one, other))
    assert found == same


@pytest.mark.parametrize(("one", "other"), [("阿尔特曼", "奥巴马"), ("Trump", "特鲁多"), ("马斯克", "马克龙")])
def test_world_names_keep_people_apart(one, other):
    index = NameIndex.of((), world_names())
    assert index.find(fold_text(one))[0][2] != index.find(fold_text(other))[0][2]


def test_the_articles_own_spelling_comes_before_those_of_a_list():
    mined = NameIndex.mine([_article("山姆·奥特门(Sam Altman)来了。")]).names
    index = NameIndex.of(mined, world_names())
    (name,) = {name for _, _, name in index.find("altman")}
    assert name.variants[0] == "奥特门" and "奥尔特曼" in name.variants and name.evidence


def test_a_users_file_adds_and_forbids(tmp_path):
    file = tmp_path / "names.tsv"
    file.write_text("# mine\nLim Hargreave|Hargreave\t哈爷\n!Hargreave\t哈格瑞夫\n", "utf-8")
    mine, forbidden = read_names(file)
    index = NameIndex.of(NameIndex.mine([_article(ONE, "0.txt"), _article(TWO, "1.txt")]).names, mine, forbidden)
    assert [name.latin for _, _, name in index.find("哈爷")] == ["Hargreave"]
    assert not index.find("哈格瑞夫")
    assert index.find("哈格里夫")


@pytest.mark.parametrize("line", ["Hargreave", "Hargreave 哈格里夫", "\t哈格里夫", "Hargreave\t"])
def test_a_bad_line_in_a_users_file_is_named(tmp_path, line):
    file = tmp_path / "names.tsv"
    file.write_text(f"A B\t甲乙\n{line}\n", "utf-8")
    with pytest.raises(ConfigError, match="line 2"):
        read_names(file)


def test_a_missing_users_file_is_said():
    with pytest.raises(ConfigError, match="can't be read"):
        read_names(CHECKOUT / "no-such-file.tsv")


def test_a_users_names_reach_retrieval(tmp_path, embedder):
    news = tmp_path / "news"
    news.mkdir()
    (news / "a.txt").write_text("港务局新闻\n\n老林在周三说，码头明年重开。\n", "utf-8")
    (news / "b.txt").write_text("天气新闻\n\n周三有大雨，码头附近的道路被淹。\n", "utf-8")
    build([news], tmp_path / "store", embedder=embedder)
    file = tmp_path / "names.tsv"
    file.write_text("Lim Hargreave|Hargreave\t老林\n", "utf-8")
    engine = load(tmp_path / "store", embedder=embedder, config=Config(names=file))
    best = engine.search("What did Hargreave say?", k=2)[0]
    assert "老林" in best.text


# ── sounds ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("chinese", "latin"),
    [
        ("奥尔特曼", "Altman"),
        ("伯古姆", "Burgum"),
        ("伯格姆", "Burgum"),
        ("纳德拉", "Nadella"),
        ("托贝罗夫", "Toberoff"),
    ],
)
def test_transliterations_sound_like_their_names(chinese, latin):
    assert alike(chinese, latin) > 0.8


@pytest.mark.parametrize(
    ("chinese", "latin"), [("奥巴马", "Altman"), ("霍夫曼", "Altman"), ("马克龙", "Merkel"), ("李", "Lee")]
)
def test_other_names_do_not(chinese, latin):
    assert alike(chinese, latin) < 0.7


def test_a_name_that_no_list_has_is_guessed_by_its_sound_in_both_directions():
    index = NameIndex((), ["哈格里夫", "德洛姆", "hargreave", "delorme"])
    assert index.sounding("hargreave")[0][0] == "哈格里夫"
    assert index.sounding("德洛姆")[0][0] == "delorme"
    assert index.sounding("zimbalist") == []


@given(st.text("阿尔特曼伯古姆", max_size=6), st.text("abcdhklmnorst", max_size=9))
def test_likeness_is_a_share(chinese, latin):
    assert 0.0 <= alike(chinese, latin) <= 1.0


# ── finding ────────────────────────────────────────────────────────────────────────────────────

FORMS = ["ab", "abc", "b c", "甲乙", "甲乙丙", "丙", "乙丙"]


@given(st.text("abc 甲乙丙丁", max_size=14))
def test_names_are_found_without_overlaps_and_the_longest_first(text):
    index = NameIndex([Name(form, ()) for form in FORMS])
    found = index.find(text)
    assert all(text[a:b] == name.latin for a, b, name in found)
    assert all(first[1] <= second[0] for first, second in zip(found, found[1:], strict=False))
    for a, b, name in found:
        longer = [f for f in FORMS if len(f) > b - a and text[a : a + len(f)] == f]
        assert all(not _bounded(text, a, a + len(f)) for f in longer), name


def _bounded(text, start, end):
    letter = str.isascii
    before = (
        start > 0
        and text[start - 1].isalpha()
        and letter(text[start - 1])
        and letter(text[start])
        and text[start].isalpha()
    )
    after = (
        end < len(text)
        and text[end].isalpha()
        and letter(text[end])
        and letter(text[end - 1])
        and text[end - 1].isalpha()
    )
    return not before and not after
