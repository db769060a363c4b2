"""A follow-up → a standalone question."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.chat import KEEP, Chat, is_follow_up, questions_of, standalone

DEMAND = "What did the dockers demand from the owners?"
CRANES = "Which company built the cranes of Eastport?"
ZH_DEMAND = "码头工人向船东要求了哪些条件？"


@pytest.mark.parametrize(
    "question",
    [
        "And how much did the cranes cost?",
        "What about the owners?",
        "How about Eastport?",
        "Why?",
        "why not",
        "Who else?",
        "When?",
        "How much?",
        "What did he say to reporters?",
        "Where were they built?",
        "Did she sign the deal?",
        "Then what happened in March?",
        "Who paid for that project?",
        "How did the other union vote?",
        "ＷＨＥＮ？",
        "他为什么辞职？",
        "她后来去了哪家公司？",
        "那船东呢？",
        "船东呢？",
        "为什么？",
        "还有谁投了反对票？",
        "那家公司值多少钱？",
        "這個計劃花了多少錢？",
        "其原因是什么？",
        "双方后来见面了吗？",
        "上述条件被接受了吗？",
        "具体要花多少钱？",
    ],
)
def test_a_question_that_leans_on_an_earlier_one_is_a_follow_up(question):
    assert is_follow_up(question)


@pytest.mark.parametrize(
    "question",
    [
        DEMAND,
        CRANES,
        ZH_DEMAND,
        "Who is the mayor of Eastport?",
        "How many ships waited outside the harbour?",
        "Why did the dockers of Eastport go on strike?",
        "谁是港务局长林默？",
        "东港的罢工持续了多少天？",
        "為什麼東港的碼頭工人罷工？",
        # Was wrong once: words that point back are found inside other words, or where they point nowhere.
        "Is there a lawsuit between the dockers and the owners?",  # there is
        "Did the mayor say that Eastport will buy new cranes?",  # that, a conjunction
        "Who is the man who runs the port of Eastport?",  # the man, explained in the question
        "土耳其总统访问了哪个港口？",  # 其 in 土耳其
        "东港市政府应该做什么准备？",  # 该 in 应该
        "东港的罢工因此推迟了几天？",  # 此 in 因此
        "除东港以外，其他港口也罢工了吗？",  # 其 in 其他
        # Was wrong once: a question about one name has one content word and counts as a fragment.
        "What is Stargate?",
        "Who is Hargreave?",
    ],
)
def test_a_question_that_stands_alone_is_none(question):
    assert not is_follow_up(question)


@pytest.mark.parametrize(
    ("question", "history", "expected"),
    [
        ("Why?", [], "Why?"),
        (CRANES, [DEMAND], CRANES),
        ("Why?", [DEMAND], f"{DEMAND}\nWhy?"),
        ("Why?", [CRANES, DEMAND], f"{DEMAND}\nWhy?"),
        ("Why?", [DEMAND, "And when?"], f"{DEMAND}\nAnd when?\nWhy?"),
        ("Why?", [CRANES, DEMAND, "And when?", "Who else?"], f"{DEMAND}\nWho else?\nWhy?"),
        ("Why?", ["When?", "Who else?"], "When?\nWho else?\nWhy?"),
        ("为什么？", [ZH_DEMAND], f"{ZH_DEMAND}\n为什么？"),
        ("那船东呢？", [DEMAND, ZH_DEMAND], f"{ZH_DEMAND}\n那船东呢？"),
        ("为什么？", [DEMAND], f"{DEMAND}\n为什么？"),  # the language may change between questions
        ("Why?", ["", "  "], "Why?"),
        ("", [], ""),
    ],
)
def test_a_follow_up_is_put_after_what_it_leans_on(question, history, expected):
    assert standalone(question, history) == expected
    messages = [{"role": "user", "content": text} for text in history]
    assert standalone(question, messages) == expected


def test_a_history_may_hold_messages_of_both_sides_and_content_in_parts():
    history = [
        "first",
        {"role": "user", "content": "second"},
        {"role": "assistant", "content": "an answer"},
        {"role": "user", "content": [{"type": "text", "text": "third"}, {"type": "text", "text": "part"}]},
        {"role": "user", "content": {"text": "fourth", "files": ["a.png"]}},
        {"role": "user", "content": ["fifth", {"type": "image", "path": "a.png"}]},
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": None},
        {"role": "user"},
        {"content": "nobody's"},
    ]
    assert [" ".join(text.split()) for text in questions_of(history)] == [
        "first", "second", "third part", "fourth", "fifth",
    ]  # fmt: skip


def test_only_the_latest_questions_are_looked_at():
    history = [f"question {i}" for i in range(KEEP + 3)]
    assert questions_of(history) == history[3:]


HISTORIES = st.lists(st.sampled_from([DEMAND, CRANES, ZH_DEMAND, "Why?", "And when?", "那船东呢？", ""]), max_size=9)


@settings(deadline=None, max_examples=120)
@given(HISTORIES, st.sampled_from([DEMAND, ZH_DEMAND, "Why?", "为什么？"]) | st.text(max_size=20))
def test_a_standalone_question_ends_with_the_question_and_adds_only_history(history, question):
    result = standalone(question, history)
    assert result.endswith(question)
    added = result.removesuffix(question).splitlines()
    assert len(added) <= 2
    assert set(added) <= set(history)
    if not is_follow_up(question):
        assert result == question


class ListeningEngine:
    """Answers with the question's length and remembers what it was told."""

    def __init__(self):
        self.heard = []

    def ask(self, question, history=()):
        self.heard.append((question, list(history)))
        if not question:
            raise ValueError("empty")
        return len(question)

    def stream(self, question, history=()):
        yield "token", question[:1]
        yield "answer", self.ask(question, history)


def test_a_chat_remembers_its_questions():
    engine = ListeningEngine()
    chat = Chat(engine)
    assert chat.say("one") == 3
    assert list(chat.stream("three")) == [("token", "t"), ("answer", 5)]
    assert chat.say("last") == 4
    assert engine.heard == [("one", []), ("three", ["one"]), ("last", ["one", "three"])]


def test_a_chat_forgets_what_was_not_answered():
    chat = Chat(ListeningEngine())
    with pytest.raises(ValueError, match="empty"):
        chat.say("")
    assert chat.history == []
