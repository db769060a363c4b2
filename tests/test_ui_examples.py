"""Questions to begin with: made from sentences, tried, and shown only where the answer is the sentence's own."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from rag.names import NameIndex, world_names
from rag.text import language
from rag.types import Answer

pytest.importorskip("gradio", reason="the chat is an extra: pip install rag-news[chat]")

from ui_fakes import FakeEngine, info, loaded, make_answer, make_article, make_citation

from ui.examples import Draft, Examples, drafts, right, seek
from ui.examples.english import base_form
from ui.i18n import DEMO_QUESTIONS
from ui.library import Library

WORLD = NameIndex(world_names())


def made(text: str, **more: Any) -> dict[str, str]:
    """What is asked about a text, and the words that must answer it."""
    article = make_article(text=text, **more)
    found = drafts(article, WORLD)
    assert all(article.text[d.start : d.end].strip() for d in found)
    return {d.question: d.answer for d in found}


# ── from sentences ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("Elon Musk bought Twitter for $44 billion.", "Who bought Twitter for $44 billion?", "Elon Musk"),
        ("SoftBank invested $40 billion in OpenAI.", "How much did SoftBank invest in OpenAI?", "40 billion"),
        ("The town of Zorblax counted 47 parrots.", "How many parrots did the town of Zorblax count?", "47"),
        ("On June 16, OpenAI announced a deal with G42.", "When did OpenAI announce a deal with G42?", "June 16"),
        ("OpenAI hired Brad Lightcap in May 2018.", "When did OpenAI hire Brad Lightcap?", "May 2018"),
        ("阿布扎比机场占地26平方公里。", "阿布扎比机场占地多少平方公里？", "26"),
        ("马斯克起诉了奥尔特曼（Altman）等人。", "谁起诉了奥尔特曼等人？", "马斯克"),
        ("奥尔特曼与特朗普长谈了47分钟之久。", "谁与特朗普长谈了47分钟之久？", "奥尔特曼"),
        ("奥尔特曼与特朗普的会谈花费47分钟。", "奥尔特曼与特朗普的会谈花费多少分钟？", "47"),
        ("北港造船公司招聘3100人。", "北港造船公司招聘多少人？", "3100"),
    ],
)  # fmt: skip
def test_a_sentence_becomes_a_natural_question(sentence, question, answer):
    found = made(sentence)
    assert question in found, found
    assert found[question] == answer


@pytest.mark.parametrize(
    "sentence",
    [
        "He bought Twitter for $44 billion.",  # who?
        "Elon Musk said that Twitter was his.",  # what is said is a clause
        "The company invested in it in 2019.",
        "他收购了推特公司。",
        "其中，该公司占地26平方公里。",
        "同比增长26%。",
        "记者从本市公安局获悉了3起案件。",
        "总投资计划为7.74亿欧元。",  # of what?
    ],
)
def test_what_leans_on_other_sentences_is_not_asked(sentence):
    assert made(sentence) == {}


@pytest.mark.parametrize(
    ("past", "base"),
    [("announced", "announce"), ("planned", "plan"), ("carried", "carry"), ("visited", "visit"), ("won", "win"),
     ("hundred", None), ("red", None), ("zorbed", None)],
)  # fmt: skip
def test_the_base_form_of_a_verb(past, base):
    assert base_form(past) == base


@pytest.mark.parametrize(
    ("sentence", "asked"),
    [
        ("马斯克去年正式起诉了奥尔特曼。", {"Who sued Sam Altman?": "马斯克"}),
        ("孙正义在台上表示，星际之门将为当地带来三千个岗位。",
         {"What did Masayoshi Son say about Stargate?": "星际之门将为当地带来三千个岗位。"}),
        ("马斯克没有起诉奥尔特曼。", {}),
        ("孙正义在台上表示，那天晚上在场的人里面没有谁喜欢马斯克。", {}),  # by the way
        ("美国起诉了谷歌。", {}),  # a country is nobody
        ("Elon Musk has sued Sam Altman again.", {"谁起诉了山姆·奥特曼？": "Elon Musk"}),
        ("Elon Musk never met Sam Altman there.", {}),
        ("Masayoshi Son said that OpenAI would hire three thousand people.",
         {"孙正义对OpenAI说了什么？": "that OpenAI would hire three thousand people."}),
    ],
)  # fmt: skip
def test_a_sentence_becomes_a_question_in_the_other_language(sentence, asked):
    article = make_article(text=sentence)
    other = "en" if article.language == "zh" else "zh"
    assert {d.question: d.answer for d in drafts(article, WORLD, other)} == asked


# ── tried ──────────────────────────────────────────────────────────────────────────────────────

BRIDGE = "SoftBank invested $40 billion in OpenAI. Much was said."


def test_only_a_sure_answer_from_its_own_sentence_is_right():
    article = make_article(text=BRIDGE)
    sentence = BRIDGE.split(" Much")[0]
    draft = Draft("How much?", "en", "number", "a1", 0, len(sentence), "40 billion")
    good = make_answer("**$40 billion** [1]\n\n“…” [1]", citations=(make_citation(article, sentence),))
    assert right(good, draft)
    elsewhere = make_citation(article, "Much was said.")
    other = make_article("a2", text=BRIDGE)
    wrong: list[Answer] = [
        replace(good, confidence=0.4),
        replace(good, answered=False, citations=()),
        replace(good, text="**$4 billion** [1]"),
        replace(good, text="**$140 billion** [1]"),
        replace(good, text="**$40 billion** [1]; other reports say **$50 billion** [1]"),
        replace(good, text="They invested [1]"),
        replace(good, citations=(elsewhere,)),
        replace(good, citations=(make_citation(other, sentence),)),
    ]
    assert not [answer for answer in wrong if right(answer, draft)]
    assert right(replace(good, citations=(make_citation(other, sentence, also_in=("a1",)),)), draft)


class Reading(FakeEngine):
    """Answers with the sentence that shares most words with the question, and its figure."""

    names = WORLD

    def ask(self, question: str, history: Any = (), **options: Any) -> Answer:
        self.asked.append((question, options))
        for article in self.known.values():
            if article.outlet in question:
                value = article.text.split("$")[1].split(" in ")[0]
                return make_answer(f"**${value}** [1]", question, citations=(make_citation(article, article.text),))
        return make_answer("No.", question, answered=False)


@pytest.fixture
def engine(tmp_path):
    texts = {
        name: f"{name} invested ${n} billion in OpenAI." for n, name in enumerate(("SoftBank", "Oracle", "Nvidia"), 3)
    }
    made = Reading(
        [make_article(f"a{n}", text, outlet=name, source=f"{name}.txt") for n, (name, text) in enumerate(texts.items())]
    )
    made.names = WORLD
    return made


def test_examples_are_varied_tried_and_no_more_than_wanted(engine):
    infos = [info(a) for a in engine.articles()]
    free: list[int] = []
    found = list(seek(engine, infos, "en", 2, lambda: free.append(len(engine.asked))))
    assert len(found) == 2 and len({d.article_id for d in found}) == 2 and free
    assert all(options == {"voice": "extractive", "language": "en"} for _, options in engine.asked)
    assert list(seek(engine, infos, "zh", 2)) == []


def test_what_was_found_stays_until_the_articles_change(engine, tmp_path):
    loader = loaded(engine)
    examples = Examples(loader, Library(loader, tmp_path), lambda: False)

    def settled(lang: Any = "en") -> list[str]:
        wait = threading.Event()
        for _ in range(600):
            found, done = examples.of(lang)
            if done:
                return found
            wait.wait(0.05)
        raise AssertionError("the examples were never found")

    first = settled()
    assert len(first) == 3 and all(q.startswith("How much did") for q in first)
    tried = len(engine.asked)
    assert settled() == first and len(engine.asked) == tried
    assert settled("zh") == first  # no article is in Chinese, and nobody in them has done or said anything
    del engine.known["a1"]
    engine.store.generation += 1
    assert settled() == [q for q in first if "Oracle" not in q]


# ── over real articles ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_chosen_questions_of_the_demo_are_answered(demo, lang):
    for question in DEMO_QUESTIONS[lang]:
        answer = demo.ask(question, language=lang)
        assert answer.answered and answer.citations, question


def test_the_demo_shows_its_chosen_questions_at_once_and_added_articles_first(demo, tmp_path):
    shelf = Library(loaded(demo), tmp_path)
    found, _ = Examples(loaded(demo), shelf, lambda: True).of("zh")
    assert found == list(DEMO_QUESTIONS["zh"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_store_gives_questions_in_both_languages(demo, lang):
    found = list(seek(demo, demo.overview(), lang, 4))
    assert len(found) >= 2
    assert all(language(d.question) == lang for d in found)
    for draft in found:
        answer = demo.ask(draft.question)
        assert draft.answer in demo.article(draft.article_id).text[draft.start : draft.end]
        assert answer.answered and answer.citations[0].quote
