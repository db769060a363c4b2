"""Values that merge, values that clash, and those that can't be compared."""

import pytest
from test_answer import World, check_laws, lead

from rag.answer.questions import kind_of
from rag.names import NameIndex, world_names
from rag.reader import Asked


def ask(question, first, second, dates=("2024-05-02", "2024-05-03"), second_probability=0.7):
    """The answer where two articles give a span each: ("text", "span")."""
    world = World(a=("First Post", dates[0], first[0]), b=("Second Post", dates[1], second[0]))
    answer = world.ask(question, ("a", first[1], 0.8), ("b", second[1], second_probability))
    check_laws(answer, world)
    return answer


COST = "How much does the bridge cost?"
WHO = "Who designed the bridge?"
WHEN = "When does the bridge open?"
WHICH = "Which room hosted the signing?"
SAME, CLASH, APART = "same", "clash", "apart"  # one value of two sources; two that differ; neither


@pytest.mark.parametrize(
    ("question", "first", "second", "expected"),
    [
        # figures
        (COST, ("It costs $4 billion.", "$4 billion"), ("造价为40亿美元。", "40亿美元"), SAME),
        (COST, ("It costs $4 billion.", "$4 billion"), ("The price is 4bn dollars.", "4bn dollars"), SAME),
        (COST, ("It costs $4 billion.", "$4 billion"), ("The price is about $4 billion.", "$4 billion"), SAME),
        (COST, ("It costs $4 billion.", "$4 billion"), ("The price is nearly $4.1 billion.", "$4.1 billion"), SAME),
        (COST, ("It costs $4 billion.", "$4 billion"), ("造价为六十亿美元。", "六十亿美元"), CLASH),
        (COST, ("It costs over $200 million.", "$200 million"), ("The price is $270 million.", "$270 million"), CLASH),
        (COST, ("It costs $4 billion.", "$4 billion"), ("The price is under $4 billion.", "$4 billion"), CLASH),
        (COST, ("It costs $4 billion.", "$4 billion"), ("造价远不到40亿美元。", "40亿美元"), CLASH),
        (COST, ("It costs $4 billion.", "$4 billion"), ("It takes 30% of the budget.", "30%"), APART),
        (COST, ("It costs $4 billion.", "$4 billion"), ("It costs €3 billion.", "€3 billion"), APART),
        (COST, ("It costs $4 billion.", "$4 billion"), ("造价为40亿。", "40亿"), SAME),
        (COST, ("It costs 15 to 20 billion dollars.", "15 to 20 billion dollars"),
         ("造价为150亿至200亿美元。", "150亿至200亿美元"), SAME),
        (COST, ("It costs 15 to 20 billion dollars.", "15 to 20 billion dollars"),
         ("The price is $18 billion.", "$18 billion"), APART),
        (COST, ("It costs $4 billion in all.", "$4 billion"), ("They pay $1 billion initially.", "$1 billion"), APART),
        (COST, ("它耗资40亿美元,预算另计。", "40亿美元"), ("They pay $1 billion initially.", "$1 billion"), APART),
        ("How many jobs does it bring?", ("它带来10万个就业岗位。", "10万个"), ("She counts 60,000.", "60,000"), CLASH),
        # people
        (WHO, ("Ann Lee designed it.", "Ann Lee"), ("It was drawn by architect Ann Lee.", "architect Ann Lee"), SAME),
        (WHO, ("Ann Lee designed it.", "Ann Lee"), ("It was the work of Lee.", "Lee"), SAME),
        (WHO, ("Ann Lee designed it.", "Ann Lee"), ("Bo Karlsen drew the plans.", "Bo Karlsen"), CLASH),
        (WHO, ("Ann Lee designed it.", "Ann Lee"), ("Lee and Bo Karlsen drew it.", "Lee and Bo Karlsen"), APART),
        (WHO, ("Ann Lee designed it.", "Ann Lee"), ("The city's engineers drew it.", "The city's engineers"), APART),
        (WHO, ("Ann Lee designed it.", "Ann Lee"), ("设计者是安妮·李文斯。", "安妮·李文斯"), APART),
        (WHO, ("总统哈格里夫设计了它。", "总统哈格里夫"), ("设计者是哈格里夫。", "哈格里夫"), SAME),
        (WHO, ("哈格里夫的律师设计了它。", "哈格里夫的律师"), ("设计者是哈格里夫。", "哈格里夫"), APART),
        (WHO, ("哈格里夫设计了它。", "哈格里夫"), ("设计者是德罗兰。", "德罗兰"), CLASH),
        (WHO, ("The Lee family paid.", "Lee family"), ("Stephen Lee paid.", "Stephen Lee"), APART),
        # dates
        (WHEN, ("It opens on June 3, 2024.", "June 3, 2024"), ("它6月3日开通。", "6月3日"), SAME),
        (WHEN, ("It opens in June.", "June"), ("它将于2024年6月3日开通。", "2024年6月3日"), SAME),
        (WHEN, ("It opens tomorrow.", "tomorrow"), ("它今天开通。", "今天"), SAME),
        (WHEN, ("It opens on June 3.", "June 3"), ("它6月5日开通。", "6月5日"), CLASH),
        (WHEN, ("It opened last June.", "last June"), ("它前年6月开通。", "前年6月"), CLASH),
        (WHEN, ("It opens after the storm.", "after the storm"), ("它6月5日开通。", "6月5日"), APART),
        # short answers to "which"
        (WHICH, ("They met in the Blue Room.", "Blue Room"), ("They met in the Long Gallery.", "Long Gallery"), CLASH),
        (WHICH, ("They met in the Blue Room.", "the Blue Room"), ("The Blue Room was full.", "Blue Room"), SAME),
        (WHICH, ("They met in the Blue Room.", "Blue Room"), ("他们在长廊会面。", "长廊"), APART),
        ("签字在哪个厅？", ("他们在蓝厅签字。", "蓝厅"), ("签字在圆形办公室。", "圆形办公室"), CLASH),
        ("签字在哪个厅？", ("他们在蓝厅签字。", "蓝厅"), ("签字在总督府。", "总督府"), APART),
        ("在哪个厅签字？", ("他们在蓝厅签字。", "蓝厅"), ("他们在橡树厅签字。", "橡树厅"), CLASH),
        ("在哪个厅签字？", ("他们在蓝厅签字。", "蓝厅"), ("他们在市政大楼签字。", "市政大楼"), APART),
        # what has no form to be compared by
        ("Why was it late?", ("It was late for lack of steel.", "lack of steel"),
         ("Workers fell ill.", "Workers fell ill"), APART),
        ("Where do they meet?", ("They meet in Oslo.", "Oslo"), ("They meet in Norway.", "Norway"), APART),
        (WHO, ("It costs $4 billion.", "$4 billion"), ("The price is $5 billion.", "$5 billion"), APART),
    ],
)  # fmt: skip
def test_two_sources(question, first, second, expected):
    answer = ask(question, first, second)
    if expected == CLASH:
        (conflict,) = answer.conflicts
        assert [c.source for c in conflict.claims] == ["First Post", "Second Post"]
        assert [c.citations for c in conflict.claims] == [(1,), (2,)]
        assert first[1] in conflict.claims[0].value and second[1] in conflict.claims[1].value
    else:
        assert not answer.conflicts
        both = answer.text.split("\n\n")[0].count("[")
        assert (both == 2) is (expected == SAME), answer.text


def test_hedges_are_shown_with_both_figures():
    answer = ask(COST, ("造价为2亿多美元。", "2亿多美元"), ("The price was $270 million.", "$270 million"))
    assert [c.value for c in answer.conflicts[0].claims] == ["2亿多美元", "$270 million"]
    assert lead(answer) == "2亿多美元 (over US$200 million); other reports say $270 million"
    assert (
        "**The sources differ:** 2亿多美元 = over US$200 million (First Post, 2024-05-02) [1]; $270 million (Sec"
        in answer.text
    )


def test_older_and_newer_figures_are_told_apart_by_date():
    answer = ask(COST, ("It costs $4 billion.", "$4 billion"), ("It costs $5 billion.", "$5 billion"),
                 dates=("2024-05-02", "2024-06-02"))  # fmt: skip
    assert "$4 billion (earlier report: First Post, 2024-05-02) [1]; $5 billion (newer report: Second" in answer.text
    near = ask(COST, ("It costs $4 billion.", "$4 billion"), ("It costs $5 billion.", "$5 billion"))
    assert "newer" not in near.text
    undated = ask(COST, ("It costs $4 billion.", "$4 billion"), ("It costs $5 billion.", "$5 billion"),
                  dates=(None, "2024-06"))  # fmt: skip
    assert undated.conflicts and "newer" not in undated.text


def test_people_are_accounts_not_figures():
    answer = ask("谁设计了桥？", ("哈格里夫设计了它。", "哈格里夫"), ("设计者是德罗兰。", "德罗兰"))
    assert "**各家记述不同：**哈格里夫（First Post，2024-05-02）[1]；德罗兰" in answer.text


def test_one_article_and_its_reprint_do_not_contradict_themselves():
    text = "The bridge costs $4 billion. The tunnel beside it costs $5 billion. Work starts soon. Nobody objects."
    world = World(a=("A", None, text), b=("B", None, text + " More follows."))
    answer = world.ask(COST, ("a", "$4 billion", 0.8), ("a", "$5 billion", 0.7), ("b", "$5 billion", 0.7))
    check_laws(answer, world)
    assert not answer.conflicts


def test_rooms_that_are_known_by_name_are_compared_across_languages():
    first, second = (
        ("They met in the Oval Office.", "Oval Office"),
        ("他们在罗斯福厅会面。", "罗斯福厅"),
    )
    world = World(a=("First Post", None, first[0]), b=("Second Post", None, second[0]))
    world.names = NameIndex.of((), world_names(), ())
    answer = world.ask(WHICH, ("a", first[1], 0.8), ("b", second[1], 0.7))
    check_laws(answer, world)
    assert [c.value for c in answer.conflicts[0].claims] == ["Oval Office", "罗斯福厅"]


def test_an_article_speaks_for_the_figure_that_it_gives_most_surely():
    text = "The mayor says that it costs $4 billion. The auditor says that it costs $5 billion."
    world = World(a=("First Post", "2024-05-02", "造价为40亿美元。"), b=("Second Post", "2024-05-03", text))
    for sure, doubtful, sides in (("$5 billion", "$4 billion", 2), ("$4 billion", "$5 billion", 0)):
        answer = world.ask(COST, ("a", "40亿美元", 0.6), ("b", sure, 0.5), ("b", doubtful, 0.4))
        check_laws(answer, world)
        assert len(answer.conflicts[0].claims if answer.conflicts else ()) == sides, answer.text
    assert len(answer.citations) == 2  # its sentence confirms the first article's figure then


def test_an_unlikely_value_contradicts_nobody():
    pair = ("It costs $4 billion.", "$4 billion"), ("It costs $5 billion.", "$5 billion")
    assert ask(COST, *pair, second_probability=0.21).conflicts
    assert not ask(COST, *pair, second_probability=0.19).conflicts


def test_who_merely_stands_near_does_not_lead_where_another_is_nearly_as_likely():
    near, other = ("Hargrave stood at the ribbon.", "Hargrave"), ("Delorne designed the bridge.", "Delorne")
    assert ask(WHO, near, other, second_probability=0.7).text.startswith("**Delorne** [")
    assert ask(WHO, near, other, second_probability=0.4).text.startswith("**Hargrave** [")


def test_a_span_of_two_sentences_is_cut_to_the_one_that_speaks_of_what_is_asked():
    text = "The town hired Ada Delorne. It was Delorne who designed the bridge."
    world = World(a=("Post", "2024-05-02", text))
    answer = world.ask(WHO, ("a", "Ada Delorne. It was Delorne", 0.8))
    assert answer.text.startswith("**Delorne** [1]") and answer.citations[0].quote.startswith("It was Delorne")


def test_who_merely_stands_near_is_no_other_account():
    first, near = ("Delorne designed the bridge.", "Delorne"), ("Hargrave stood at the ribbon.", "Hargrave")
    for question in (WHO, "谁设计了桥？"):
        assert "Hargrave" not in ask(question, first, near, second_probability=0.6).text
        for told in (("Hargrave designed all of it.", "Hargrave"), ("哈格里夫设计了它。", "哈格里夫")):
            assert told[1] in ask(question, first, told, second_probability=0.3).text
        # One that is nearly as strong as the answer stands for itself.
        assert "Hargrave" in ask(question, first, near).text


@pytest.mark.parametrize("question", ["Who donated money to the museum?", "谁向博物馆捐了款？"])
def test_a_sentence_speaks_of_what_is_asked_in_either_language(question):
    relation = Asked(question, NameIndex(()))
    for sentence in ("Li Wenhao donated to the museum.", "李文浩给博物馆捐款。"):
        assert relation.speaks(sentence)
    for sentence in ("The ferries ran on time.", "渡轮准时开出。"):
        assert not relation.speaks(sentence)


def test_another_word_for_the_same_relation_speaks_of_it_too():
    for question in ("Who introduced Altman to Trump?", "谁把奥尔特曼引荐给特朗普？"):
        speaks = Asked(question, NameIndex.of((), world_names(), ())).speaks
        assert speaks("替两人牵线的是一位州长。") and speaks("A governor had brokered it.")
        assert not speaks("站在他身后的是孙正义。") and not speaks("Masayoshi Son stood behind him.")


@pytest.mark.parametrize(("written", "meant"), [("anounced", True), ("introducd", False), ("enounced", False)])
def test_a_mistyped_word_for_a_relation_is_understood(written, meant):
    speaks = Asked(f"wich room was it {written} in", NameIndex(())).speaks
    assert speaks("The plan was unveiled on Monday.") is meant


def test_of_names_alone_every_sentence_speaks():
    assert Asked("Trump?", NameIndex.of((), world_names(), ())).speaks("The ferries ran on time.")


def test_whoever_the_question_names_is_no_other_account():
    question = "Who introduced Altman to Trump?"
    first = ("Doug Burgum introduced Altman to Trump.", "Doug Burgum")
    second = ("Trump's cheering guests heard him introduce Altman.", "Trump's cheering guests")
    world = World(
        a=("First Post", None, first[0]), b=("Second Post", None, second[0]),
        c=("Third", None, "特朗普（Trump）和奥尔特曼（Altman）通了电话。"),
    )  # fmt: skip
    assert "cheering" not in world.ask(question, ("a", first[1], 0.8), ("b", second[1], 0.7)).text
    assert world.ask(question, ("b", second[1], 0.8), ("a", first[1], 0.7)).text.startswith("**Doug Burgum")
    assert "cheering" in world.ask(question, ("b", second[1], 0.8), ("a", first[1], 0.5)).text  # it may lead


@pytest.mark.parametrize("remark", ["I keep seeing different numbers.", "The reports disagree!"])
def test_who_says_that_reports_differ_sees_the_less_likely_one_too(remark):
    first, second = ("It costs $4 billion.", "$4 billion"), ("The price is $6 billion.", "$6 billion")
    assert not ask(COST, first, second, second_probability=0.18).conflicts
    assert len(ask(f"{COST} {remark}", first, second, second_probability=0.18).conflicts[0].claims) == 2


def test_items_of_a_list_are_no_conflict():
    answer = ask(
        "Which towns does the bridge join?", ("It joins Eastport.", "Eastport"), ("It joins Westport.", "Westport")
    )
    assert not answer.conflicts and lead(answer) == "Eastport, Westport"


def test_three_values_stand_side_by_side():
    world = World(
        **{k: (k.upper(), None, f"It costs ${n} billion, as {k} found.") for k, n in (("a", 4), ("b", 5), ("c", 6))}
    )
    answer = world.ask(COST, ("a", "$4 billion", 0.8), ("b", "$5 billion", 0.7), ("c", "$6 billion", 0.6))
    check_laws(answer, world)
    assert [c.value for c in answer.conflicts[0].claims] == ["$4 billion", "$5 billion", "$6 billion"]


def test_the_questions_here_are_of_the_kinds_they_stand_for():
    assert [kind_of(q) for q in (COST, WHO, WHEN, WHICH)] == ["number", "who", "when", "which"]


def test_each_side_is_told_in_words_that_can_be_read_or_glossed():
    world = World(
        a=("A", "2024-05-02", "它上周三开通。"),
        b=("B", "2024-05-20", "It opened on April 24."),
        c=("C", None, "它4月26日才开通。"),
    )
    answer = world.ask(WHEN, ("a", "上周三", 0.7), ("b", "April 24", 0.6), ("c", "4月26日", 0.5))
    check_laws(answer, world)
    assert [c.value for c in answer.conflicts[0].claims] == ["April 24", "4月26日"]
    assert answer.text.endswith("**The sources differ:** April 24 (B, 2024-05-20) [1][2]; 4月26日 = 26 April (C) [3].")
    assert "上周三 → 24 April 2024, reckoned from the publication date" in answer.text
