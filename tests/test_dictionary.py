"""Looking words up in the other language."""

import pytest

from rag.dictionary import dictionary
from rag.text import segments, stem, words


def _chinese(text):
    return {lookup.word: lookup.translations for lookup in dictionary().chinese(text)}


@pytest.mark.parametrize(
    ("question", "word", "translation"),
    [
        ("Who introduced them?", "introduced", "介绍"),
        ("the governors of two states", "governors", "州长"),
        ("a trip to Abu Dhabi", "abu dhabi", "阿布扎比"),  # a phrase before its words
        ("the White House said", "white house", "白宫"),
        ("earthquake relief", "earthquake", "地震"),
    ],
)
def test_english_words_are_looked_up_whatever_their_endings(question, word, translation):
    assert translation in _chinese(question)[word]


def test_function_words_are_not_looked_up():
    assert not {"who", "the", "of", "did"} & set(_chinese("Who did the introduction of the bill?"))


@pytest.mark.parametrize(
    ("question", "word", "translation"),
    [
        ("地震造成多少人受伤", "地震", "earthquake"),
        ("阿布扎比的園區", "阿布扎比", "abu dhabi"),
        ("總統說了什麼", "总统", "president"),
    ],
)
def test_chinese_words_are_looked_up_in_either_script(question, word, translation):
    found = {lookup.word: lookup.translations for lookup in dictionary().english(question)}
    assert translation in found[word]


def test_weights_say_how_sure_a_translation_is():
    for lookup in dictionary().chinese("The president signed an order about energy in Washington"):
        assert all(0 < weight <= 1 for weight in lookup.translations.values())
        assert len(lookup.translations) <= 16


def test_a_word_that_no_dictionary_has():
    assert _chinese("Hargreavesque")["hargreavesque"] == {}
    assert dictionary().chinese("") == [] == dictionary().english("?!")


def test_segments_lose_nothing_of_the_chinese():
    text = "奥尔特曼在白宫宣布5000亿美元的OpenAI数据中心計劃"
    assert "".join(segments(text)) == "奥尔特曼在白宫宣布亿美元的数据中心计划"


@pytest.mark.parametrize(("one", "other"), [("introduced", "introduces"), ("companies", "company"), ("Musk's", "musk")])
def test_forms_of_a_word_have_one_stem(one, other):
    assert stem(one.lower()) == stem(other.lower())


@pytest.mark.parametrize("other", ["$500 billion", "五千亿美元", "5000億美元", "５０００亿美元", "500 billion dollars"])
def test_a_quantity_is_one_word_in_every_notation(other):
    assert "500000000000" in set(words("5,000亿美元")) & set(words(other))
