"""Questions that yes or no would answer: how they are recognised, and what is concluded."""

import pytest
from test_answer import World, check_laws

from rag.answer import asks_list, asks_yesno, kind_of
from rag.answer.circumstances import elsewhere, somebody_else
from rag.names import NameIndex, world_names


@pytest.mark.parametrize(
    ("question", "yesno", "listed", "kind"),
    [
        ("Is it true that the port closed?", True, False, "what"),
        ("Has the mayor resigned?", True, False, "what"),
        ("In 2016, did she vote?", True, False, "what"),
        ("Isn't the mayor a sailor?", True, False, "what"),
        ("港口关了没有？", True, False, "what"),
        ("他是不是市长？", True, False, "what"),
        ("他去没去过？", True, False, "what"),
        ("她答應了嗎？", True, False, "what"),
        ("她答应了么?", True, False, "what"),
        ("公司有没有参加？", True, False, "what"),
        ("哪怕下雨也开工吗？", True, False, "what"),
        ("她还肯出钱不？", True, False, "what"),
        ("市長叫什麼名字", False, False, "who"),
        ("wich room was it in", False, False, "which"),
        ("What total did they put in?", False, False, "number"),
        ("Did she go to Rome or to Paris?", False, False, "what"),
        ("Can you tell me who won?", False, False, "who"),
        ("Do you know when it opens?", False, False, "when"),
        ("市长为什么没有参加？", False, False, "why"),
        ("他们要不要去，谁去？", False, False, "who"),
        ("为什么？", False, False, "why"),
        ("这是什么？", False, False, "what"),
        ("Who are the investors?", False, True, "who"),
        ("What are the names of the ships?", False, True, "what"),
        ("Which ships sank?", False, True, "which"),
        ("Which two banks lent money?", False, True, "which"),
        ("what cabinet posts did she fill?", False, True, "which"),
        ("Name three firms that bid", False, True, "what"),
        ("What is the name of the ship?", False, False, "what"),
        ("What is on the list of the best?", False, False, "what"),
        ("What does his business do?", False, False, "what"),
        ("Which bus was late?", False, False, "which"),
        ("有哪些公司参加？", False, True, "who"),
        ("投资方有哪几家", False, True, "which"),
        ("列举投资方", False, True, "what"),
        ("谁付钱？各家说法都列一下", False, False, "who"),
        ("How long was the call?", False, False, "number"),
        ("what will the port cost to build", False, False, "number"),
        ("能分到几吉瓦？", False, False, "number"),
        ("几月几号开工？", False, False, "when"),
        ("在哪个厅办的", False, False, "which"),
        ("在哪里办的", False, False, "where"),
        ("Which city is it in?", False, False, "which"),
    ],
)
def test_what_a_question_asks(question, yesno, listed, kind):
    assert asks_yesno(question) is yesno
    assert asks_list(question) is listed
    assert kind_of(question) == kind


def conclude(question, *sources):
    """The first word of the answer over articles of one sentence each: (sentence, span) …"""
    world = World(**{f"a{n}": (f"Post {n}", "2024-05-02", text) for n, (text, _) in enumerate(sources)})
    answer = world.ask(question, *((f"a{n}", span, 0.8 - n / 20) for n, (_, span) in enumerate(sources)))
    check_laws(answer, world)
    words = ("Yes", "No", "Disputed", "Probably yes", "Probably not", "是", "否", "说法不一", "可能是", "可能不是")
    return next((w for w in words if answer.text.startswith(f"**{w}**")), None), answer


@pytest.mark.parametrize(
    ("question", "text", "span", "expected"),
    [
        ("Did the mayor sign the contract?", "The mayor signed the contract on Monday.", "signed the contract", "Yes"),
        ("Did the mayor sign the contract?", "The mayor did not sign the contract.", "did not sign", "No"),
        ("Did the mayor sign the contract?", "The mayor never signed the contract.", "never signed", "No"),
        ("Did the mayor sign the contract?", "The mayor denied signing the contract.", "denied signing", "No"),
        ("Did the mayor sign the contract?", "The mayor refused to sign the contract.", "refused to sign", "No"),
        ("Did the mayor refuse to sign the contract?", "The mayor refused to sign the contract.", "refused", "Yes"),
        ("Didn't the mayor sign the contract?", "The mayor signed the contract.", "signed the contract", "Yes"),
        ("Did the mayor sign the contract?", "The mayor, who did not speak, signed the contract.", "signed", "Yes"),
        (
            "Will the mayor sign the contract?",
            "The mayor is unlikely to sign the contract.",
            "unlikely",
            "Probably not",
        ),
        ("Will the mayor sign the contract?", "The mayor will probably sign the contract.", "probably", "Probably yes"),
        ("Did the mayor sign the contract?", "Fishing boats stayed in the harbor.", "stayed in the harbor", None),
        ("Is the contract worth $5 million?", "The contract is worth $5 million.", "$5 million", "Yes"),
        ("Is the contract worth $5 million?", "The contract is worth $4 million.", "$4 million", "No"),
        ("Is the contract worth $5 million?", "The contract has a worth that the mayor praised.", "praised", None),
        # Was wrong once: a figure that is not the bound itself counted as a denial.
        ("Is the contract worth more than $5 million?", "The contract is worth $6 million.", "$6 million", "Yes"),
        ("Is the contract worth more than $5 million?", "The contract is worth $4 million.", "$4 million", "No"),
        ("Is the contract worth more than $5 million?", "The contract is worth $5 million.", "$5 million", "No"),
        ("Is the contract worth at least $5 million?", "The contract is worth $5 million.", "$5 million", "Yes"),
        ("Is the contract worth less than $5 million?", "The contract is worth $4 million.", "$4 million", "Yes"),
        (
            "Is the contract worth less than $5 million?",
            "The contract is worth over $6 million.",
            "over $6 million",
            "No",
        ),
        (
            "Is the contract worth more than $5 million?",
            "The contract is worth over $4 million.",
            "over $4 million",
            None,
        ),
        ("Is the contract worth $5 million?", "The contract is worth no less than $5 million.", "$5 million", "Yes"),
        ("合同价值超过3亿元吗？", "合同价值为4亿元。", "4亿元", "是"),
        ("合同价值超过3亿元吗？", "合同价值为2亿元。", "2亿元", "否"),
        # No before a day and yes from then on.
        ("Did the mayor sign the contract?", "The mayor did not sign the contract until May.", "until May", None),
        ("Did the mayor sign the contract?", "The mayor wanted to sign the contract.", "wanted to sign", None),
        ("Did the mayor want to sign the contract?", "The mayor wanted to sign the contract.", "wanted", "Yes"),
        ("Did the mayor sign the contract?", "The mayor will resign if she signs the contract.", "if she", None),
        ("Did Tern sue Gull?", "In court papers Tern sued Gull.", "Tern sued Gull", "Yes"),
        ("Did Tern sue Gull?", "In court papers Gull sued Tern.", "Gull sued Tern", None),
        ("Did Tern sue Gull?", "In spring Gull was sued by Tern.", "was sued by Tern", "Yes"),
        ("Was Tern sued by Gull?", "In spring Gull was sued by Tern.", "was sued by Tern", None),
        ("Did the port spend 5,000 dollars?", "The port did spend 5,000 dollars.", "5,000 dollars", "Yes"),
        ("市长签合同了吗？", "市长周一签了合同。", "签了合同", "是"),
        ("市长签合同了吗？", "市长打算周一签合同。", "打算周一签合同", None),
        ("市长是不是签了合同？", "市长没有签合同。", "没有签合同", "否"),
        ("市长签没签合同？", "市长否认签了合同。", "否认签了合同", "否"),
        ("市长会不会签合同？", "市长可能不会签合同。", "可能不会签合同", "可能不是"),
        ("市长是否签合同？", "市长预计会签合同。", "会签合同", "可能是"),
        ("市長有沒有簽合同？", "市长不仅签了合同，还付了钱。", "签了合同", "是"),
        ("市长签合同了吗？", "渔船都留在港里。", "留在港里", None),
        ("Did the mayor sign the contract?", "市长周一签了合同。", "签了合同", None),  # no yes across languages
        # Opposites.
        ("Did the board approve the merger?", "The board vetoed the merger.", "vetoed the merger", "No"),
        ("Did the board veto the merger?", "The board did not veto the merger.", "did not veto", "No"),
        ("Did the mayor support the project?", "The mayor opposed the project.", "opposed the project", "No"),
        ("Did the mayor support the project?", "市长反对这个项目。", "反对这个项目", None),  # no name in common
        ("Did Musk buy the airline?", "Musk sold the airline.", "sold the airline", "No"),
        ("Was anybody hurt in the factory fire?", "Two men were hurt in the factory fire.", "were hurt", "Yes"),
        ("市長支持這個項目嗎？", "市長反對這個項目。", "反對這個項目", "否"),
        ("董事会批准了合并吗？", "董事会否决了合并。", "否决了合并", "否"),
        # Another day, later, or once.
        ("Did Ann meet Bob on Monday?", "Ann met Bob on Tuesday.", "met Bob on Tuesday", None),
        ("Did Ann meet Bob in March 2024?", "Ann met Bob in June 2024.", "met Bob in June 2024", None),
        ("Did Ann meet Bob in 2024?", "Ann met Bob in June 2024.", "met Bob in June 2024", "Yes"),
        ("工厂2027年投产吗？", "工厂2028年投产。", "2028年投产", None),
        ("Has the deal been signed?", "The deal will be signed soon.", "will be signed", None),
        ("Will the deal be signed?", "The deal will be signed soon.", "will be signed", "Yes"),
        ("王五是首席执行官吗？", "王五曾是首席执行官。", "曾是首席执行官", None),
        ("Does Ann regret what she said in 2016?", "In 2016 Ann said that the harbour was lost.", "lost", None),
        ("Did Ann sign the deal when she was mayor?", "Ann signed the deal as mayor.", "signed the deal", "Yes"),
    ],
)
def test_what_one_sentence_lets_conclude(question, text, span, expected):
    assert conclude(question, (text, span))[0] == expected


@pytest.mark.parametrize(
    ("question", "text", "other"),
    [
        ("Did Altman meet Trump in Washington?", "Altman met Trump in Florida.", True),
        ("Did Altman meet Trump in Florida?", "他在佛罗里达见了特朗普。", False),
        ("Did Altman meet Trump in Florida?", "Altman met Trump at the club.", False),
        ("市长在北京见了马斯克吗？", "市长在上海见了马斯克。", True),
        ("奥特曼是共和党人吗？", "奥特曼是民主党人。", True),
        ("Did they meet last year?", "They met in June 2023.", False),  # last year from when?
    ],
)
def test_what_holds_elsewhere_is_no_yes(question, text, other):
    assert elsewhere(question, text, "2024-05-02", NameIndex(world_names())) is other


@pytest.mark.parametrize(
    ("question", "text", "other"),
    [
        ("Did Altman support Trump in 2016?", "In 2016 he backed Hillary Clinton.", True),
        ("Did Altman support Hillary Clinton?", "He backed Hillary Clinton, and warned of Trump.", False),
        ("Did Altman support Hillary Clinton?", "Altman backed Hillary Clinton.", False),
        ("马斯克支持特朗普吗？", "马斯克支持拜登。", True),
    ],
)
def test_somebody_else_is_no_yes(question, text, other):
    assert somebody_else(question, text, NameIndex(world_names())) is other


def test_a_denial_in_another_language_counts_where_it_is_about_the_same_names():
    world = World(
        a=("A", None, "市长林默·哈格里夫（Lim Hargreave）来了。哈格里夫不认为自己是自由党人。"),
    )
    answer = world.ask("Does Hargreave consider himself a liberal?", ("a", "不认为自己是自由党人", 0.8))
    check_laws(answer, world)
    assert answer.text.startswith("**No** — “不认为自己是自由党人” [1]")


def test_sources_that_disagree_are_disputed():
    yes, no = "The mayor signed the contract on Monday.", "The mayor has not signed the contract, aides said."
    word, answer = conclude("Did the mayor sign the contract?", (yes, "signed the contract"), (no, "has not signed"))
    assert word == "Disputed" and [c.value for c in answer.conflicts[0].claims] == ["Yes", "No"]
    assert "**Accounts differ:** Yes (Post 0, 2024-05-02) [1]; No (Post 1, 2024-05-02) [2]." in answer.text


def test_sources_that_agree_are_both_cited_and_a_fact_outweighs_a_forecast():
    one, two = "The mayor will likely sign the contract.", "On Monday the mayor did sign the contract."
    word, answer = conclude("Did the mayor sign the contract?", (one, "likely sign"), (two, "did sign"))
    assert word == "Yes" and len(answer.citations) == 2


def test_a_source_that_only_says_so_is_named():
    _, answer = conclude("市长签合同了吗？", ("据港务局透露，市长周一签了合同。", "签了合同"))
    assert answer.text.startswith("**是** —— “签了合同” [1]，据港务局\n")
