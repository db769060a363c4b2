"""A follow-up → a standalone question."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.chat import KEEP, Chat, is_follow_up, standalone, turns
from rag.text import words
from rag.types import Answer

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
        # Was wrong once: it may stand for nothing.
        "Is it true that Musk sued OpenAI?",
        "Was it Altman who called Trump?",
        "How long did it take to build the bridge?",
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
        ("Why?", [DEMAND], "dockers demand from owners — Why?"),
        ("Why?", [CRANES, DEMAND], "dockers demand from owners — Why?"),
        ("为什么？", [ZH_DEMAND], "码头工人向船东要求了条件，为什么？"),
        # A pronoun gets the name it stands for; he is a person, it is none.
        ("And how much did he give?", ["Did Trump praise Microsoft?"], "how much did Trump give?"),
        ("When did it pay?", ["Did Trump praise Microsoft?"], "When did Microsoft pay?"),
        ("What is his plan?", ["Did Trump praise Microsoft?"], "What is Trump's plan?"),
        ("他捐了多少？", ["马斯克支持过谁？"], "马斯克捐了多少？"),
        ("它什么时候成立的？", ["马斯克投资了微软吗？"], "微软什么时候成立的？"),
        ("How old is she?", ["Who is Priya Lindqvist?"], "How old is Priya Lindqvist?"),
        # The same about somebody else.
        ("What about Musk?", ["What did Trump say in 2024?"], "What did Musk say in 2024?"),
        ("那微软呢？", ["谷歌投了多少钱？"], "微软投了多少钱？"),
        ("And Musk?", ["How much did Altman donate to Trump?"], "How much did Musk donate to Trump?"),
        ("那马斯克呢？", ["奥尔特曼捐了多少？"], "马斯克捐了多少？"),
        # A name keeps its capitals, and her is not always hers.
        ("When was it founded?", ["Who founded OpenAI?"], "When was OpenAI founded?"),
        ("它是什么时候成立的？", ["谁创办了OpenAI？"], "OpenAI是什么时候成立的？"),
        ("Who met her yesterday?", ["Who is Kamala Harris?"], "Who met Kamala Harris yesterday?"),
        ("Who wrote her speech?", ["Who is Kamala Harris?"], "Who wrote Kamala Harris's speech?"),
        # Over several turns.
        ("他捐了多少？", ["马斯克支持过谁？", "他什么时候说的？"], "马斯克捐了多少？"),
        ("Why?", ["", "  "], "Why?"),
        ("", [], ""),
    ],
)
def test_a_follow_up_is_completed(question, history, expected):
    assert standalone(question, history) == expected
    messages = [{"role": "user", "content": text} for text in history]
    assert standalone(question, messages) == expected


def test_an_answer_may_hold_what_a_pronoun_means():
    asked = {"role": "user", "content": "Who introduced the two?"}
    answered = {"role": "assistant", "content": "**马斯克 (Musk)** [1]"}
    assert standalone("What did he want?", [asked, answered]) == "What did 马斯克 want?"
    assert "马斯克" not in standalone("What did he want?", [asked])


def test_a_new_topic_carries_nothing():
    for question in (CRANES, "谁是港务局长林默？", "Did Apple open an office in Tokyo?"):
        assert (
            standalone(question, ["Did Trump praise Microsoft?", {"role": "assistant", "content": "Yes."}]) == question
        )


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
    assert [(speaker, " ".join(text.split())) for speaker, text in turns(history)] == [
        ("user", "first"), ("user", "second"), ("assistant", "an answer"), ("user", "third part"), ("user", "fourth"),
        ("user", "fifth"),
    ]  # fmt: skip


def test_only_the_latest_questions_are_looked_at():
    history = [f"question {i}" for i in range(2 * KEEP + 3)]
    assert turns(history) == [("user", text) for text in history[3:]]


HISTORIES = st.lists(st.sampled_from([DEMAND, CRANES, ZH_DEMAND, "Why?", "And when?", "那船东呢？", ""]), max_size=9)


@settings(deadline=None, max_examples=120)
@given(HISTORIES, st.sampled_from([DEMAND, ZH_DEMAND, "Why?", "为什么？", "他去了吗？"]) | st.text(max_size=20))
def test_a_standalone_question_adds_only_what_was_said(history, question):
    result = standalone(question, history)
    if not is_follow_up(question) or not any(text.strip() for text in history):
        assert result == question
    else:
        said = set(words(" ".join([*history, question])))
        assert len(result) <= len(question) + sum(map(len, history)) + 3 * len(history) + 3
        assert all(w in said or any(w in s or s in w for s in said) for w in words(result) if w.isascii())


class ListeningEngine:
    """Answers with what it was asked and remembers what it was told."""

    def __init__(self):
        self.heard = []

    def ask(self, question, history=(), voice=None):
        self.heard.append((question, [m["content"] for m in history], voice))
        if not question:
            raise ValueError("empty")
        return Answer(question, f"said: {question}\n\nquotes", "en", True, 1.0)

    def stream(self, question, history=(), voice=None):
        yield "token", "said"
        yield "answer", self.ask(question, history, voice)


def test_a_chat_remembers_both_sides():
    engine = ListeningEngine()
    chat = Chat(engine)
    assert chat.say("one").question == "one"
    assert [kind for kind, _ in chat.stream("two", voice="llm")] == ["token", "answer"]
    chat.say("three")
    assert engine.heard == [
        ("one", [], None),
        ("two", ["one", "said: one"], "llm"),
        ("three", ["one", "said: one", "two", "said: two"], None),
    ]


def test_two_chats_share_nothing():
    engine = ListeningEngine()
    first, second = Chat(engine), Chat(engine)
    first.say("one")
    second.say("two")
    assert engine.heard[1] == ("two", [], None) and first.history[0]["content"] == "one"


def test_a_chat_forgets_what_was_not_answered():
    chat = Chat(ListeningEngine())
    with pytest.raises(ValueError, match="empty"):
        chat.say("")
    next(chat.stream("broken off"))
    assert chat.history == []
