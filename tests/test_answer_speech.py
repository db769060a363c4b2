"""Who says it, and what is only denied."""

import pytest

from rag.answer.speech import denied, speaker


@pytest.mark.parametrize(
    ("question", "sentence", "span"),
    [
        ("Who helped?", "It was not Ann who helped.", "Ann"),
        ("Who helped?", "The firm denied that Ann helped.", "Ann"),
        ("Who helped?", "The firm rejected claims that Ann helped.", "Ann"),
        ("Who came?", "He came without Ann.", "Ann"),
        ("How much did it pay?", "The firm denied paying $3 million.", "$3"),
        ("谁帮了他？", "他否认王五帮过他。", "王五"),
        ("谁帮了他？", "帮他的不是王五。", "王五"),
        ("谁帮了他？", "他驳斥了关于王五帮忙的说法，即王五出了钱。", "王五出"),
    ],
)
def test_what_is_only_denied(question, sentence, span):
    assert denied(sentence, sentence.index(span), question)


@pytest.mark.parametrize(
    ("question", "sentence", "span"),
    [
        ("How much did he offer?", "The board rejected his offer of $97 million.", "$97"),
        ("When was the suit dismissed?", "A judge dismissed the suit on 3 May 2024.", "3 May"),
        ("Who bought it?", "After the board rejected the first offer, Ann bought the firm.", "Ann"),
        ("Who helped?", "There is no doubt Ann helped.", "Ann"),
        ("Who helped?", "It is no secret that Ann helped.", "Ann"),
        ("Who helped?", "Without Ann, Bob would never have met the mayor.", "Ann"),
        ("How many were hurt?", "No more than 12 people were hurt.", "12 people"),
        ("他出价多少？", "董事会否定了他9700万元的收购要约。", "9700"),
        ("谁捐了款？", "没想到王五捐了100万。", "王五"),
        ("谁来了？", "没多久王五就来了。", "王五"),
        ("谁牵的线？", "牵线的不是别人，正是王五。", "王五"),
        ("谁牵的线？", "若没有王五的引荐，他见不到市长。", "王五"),
        ("谁牵的线？", "没有王五的引荐，他不会见到市长。", "王五"),
    ],
)
def test_what_is_named_beside_a_denial(question, sentence, span):
    # All were wrong once.
    assert not denied(sentence, sentence.index(span), question)


@pytest.mark.parametrize(
    ("sentence", "span", "lang", "who"),
    [
        ("Ann said it cost 5,000 dollars.", "5,000", "en", "Ann"),
        ("The Post reported that it cost 5,000 dollars.", "5,000", "en", "the Post"),
        ("The firm added 5,000 jobs.", "5,000", "en", None),
        ("The storm claimed 12 lives.", "12", "en", None),
        ("Ann wrote The Harbour in 1937.", "1937", "en", None),
        ("王五说花了500万元。", "500万", "zh", "王五"),
        ("港务局透露，花了500万元。", "500万", "zh", "港务局"),
        ("王五游说国会花了500万元。", "500万", "zh", None),
        ("总的来说，王五花了500万元。", "500万", "zh", None),
        ("换句话说，王五花了500万元。", "500万", "zh", None),
        ("王五被认为花了500万元。", "500万", "zh", None),
        ("公司不愿透露花了500万元。", "500万", "zh", None),
    ],
)
def test_who_says_so(sentence, span, lang, who):
    start = sentence.index(span)
    assert speaker(sentence, start, start + len(span), lang) == who
