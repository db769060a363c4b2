"""Clean text → passages: coverage, exact slices, budget, stable ids, the same through llama-index."""

import dataclasses
import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.schema import Document, MetadataMode

from rag.chunks import PassageSplitter, _cl100k, count_tokens, passages, split
from rag.text import sentences
from rag.types import Article, Segment, make_id

LAW = settings(deadline=None, max_examples=100)

PIECES = [
    "码头工人周三投票，决定结束为期三周的罢工行动。", "船东协会随后表示，货船将从周五起恢复靠岸！",
    "碼頭工人投票後回到崗位。", "好。", "”",
    "Dock workers voted on Wednesday to end a strike of three weeks. ", "It is over. ", "U.S. ", "3.5 ", "$1,200 ",
    "😀", "👩‍🚀", "e\u0301",
    "，", "；", "：", "（", "）", " ", "\u3000", "\n", "\n\n", "\t", "𠮷", "\x00", "&", "supercalifragilistic", "𒀀𒁀",
    "\u0e01\u0e33",
    "港" * 40, "a" * 60, "9" * 30, "，海" * 30,
]  # fmt: skip
TEXTS = st.lists(
    st.sampled_from(PIECES) | st.text(st.characters(exclude_categories=["Cs"]), max_size=6), max_size=40
).map("".join)
BUDGETS = st.integers(16, 120)


def _article(text, source="a.txt"):
    return Article(
        id=make_id(source), source=source, title="Strike", outlet=None, url=None, date="2025-03-01", authors=(),
        language="zh", script="Hans", text=text, raw=text, alignment=(Segment(0, len(text), 0, len(text)),),
    )  # fmt: skip


@LAW
@given(TEXTS, BUDGETS)
def test_passages_cover_all_but_white_space_in_order_without_overlap(text, budget):
    at = 0
    for start, end in split(text, budget):
        assert at <= start < end <= len(text)
        assert not text[at:start].strip()
        assert text[start:end].strip()
        at = end
    assert not text[at:].strip()


@LAW
@given(TEXTS, BUDGETS)
def test_no_passage_is_over_the_budget(text, budget):
    text = re.sub(r"[^\S\n]*\n\s*", "\n", re.sub(r"[^\S\n]+", " ", text))  # white space as cleaning leaves it
    for start, end in split(text, budget):
        assert count_tokens(text[start:end]) <= budget


def test_no_passage_is_over_the_budget_for_its_white_space():
    # whatever lies between two sentences counts as one token; matters for texts that were never cleaned.
    text = "好。" + "\u2003\u3000" * 40 + "好。"
    assert all(count_tokens(text[start:end]) <= 32 for start, end in split(text, 32))


@LAW
@given(TEXTS, BUDGETS)
def test_no_sentence_below_the_budget_is_cut(text, budget):
    spans = split(text, budget)
    for left, right in sentences(text):
        if count_tokens(text[left:right]) < budget:
            assert any(start <= left and right <= end for start, end in spans)


@LAW
@given(TEXTS, BUDGETS)
def test_passages_are_exact_slices_with_unique_stable_ids(text, budget):
    article = _article(text)
    found = passages(article, budget)
    assert [article.text[p.start : p.end] for p in found] == [p.text for p in found]
    assert len({p.id for p in found}) == len(found)
    assert passages(article, budget) == found
    assert {(p.article_id, p.source, p.title, p.date) for p in found} <= {(article.id, "a.txt", "Strike", "2025-03-01")}


@LAW
@given(TEXTS, BUDGETS)
def test_llama_index_gets_the_same_spans_and_ids(text, budget):
    article = _article(text)
    nodes = PassageSplitter(passage_tokens=budget).get_nodes_from_documents([Document(text=text, id_=article.id)])
    assert [(n.node_id, n.start_char_idx, n.end_char_idx, n.text) for n in nodes] == [
        (p.id, p.start, p.end, p.text) for p in passages(article, budget)
    ]


def test_a_long_text_is_packed_close_to_the_budget():
    text = "码头工人周三投票，决定结束为期三周的罢工行动。" * 60
    sizes = [count_tokens(text[start:end]) for start, end in split(text, 200)]
    assert all(150 <= size <= 200 for size in sizes[:-1])
    assert len(sizes) < 15


@pytest.mark.parametrize("budget", [32, 200, 400])
def test_a_sentence_over_the_budget_is_cut_at_clauses(budget):
    clause = "码头工人又等了整整一天，"
    text = clause * 80 + "船来了。"
    found = [text[start:end] for start, end in split(text, budget)]
    assert "".join(found) == text
    assert all(piece.endswith(("，", "。")) for piece in found)


def test_a_paragraph_ends_a_passage_that_is_mostly_full():
    paragraph = "码头工人周三投票，决定结束为期三周的罢工行动。" * 3
    size = count_tokens(paragraph)
    text = paragraph + "\n" + paragraph
    assert [text[start:end] for start, end in split(text, int(size * 1.5))] == [paragraph, paragraph]
    assert split(text, size * 3) == [(0, len(text))]


@pytest.mark.parametrize("text", ["", " \n\t\u3000 "])
def test_a_blank_text_has_no_passages(text):
    assert split(text, 200) == []
    assert passages(_article(text), 200) == []
    assert PassageSplitter().get_nodes_from_documents([Document(text=text)]) == []


def test_ids_do_not_depend_on_other_articles_and_differ_between_articles():
    text = "码头工人周三投票，决定结束为期三周的罢工行动。" * 20
    splitter = PassageSplitter(passage_tokens=64)
    one, other = Document(text=text, id_="one"), Document(text="前言。" + text, id_="other")
    alone = [node.node_id for node in splitter.get_nodes_from_documents([one])]
    together = [node.node_id for node in splitter.get_nodes_from_documents([other, one])]
    assert together[-len(alone) :] == alone
    assert len(set(together)) == len(together)
    first, second = passages(_article(text), 64), passages(_article(text, "b.txt"), 64)
    assert not {p.id for p in first} & {p.id for p in second}


def test_an_id_does_not_depend_on_metadata():
    article = _article("码头工人周三投票。" * 30)
    renamed = dataclasses.replace(article, title="Another", date=None, outlet="Harbour News")
    assert [p.id for p in passages(article, 64)] == [p.id for p in passages(renamed, 64)]


def test_repeated_text_keeps_its_own_offsets():
    paragraph = "码头工人周三投票，决定结束为期三周的罢工行动。" * 4
    text = "\n".join([paragraph] * 5)
    nodes = PassageSplitter(passage_tokens=count_tokens(paragraph) + 8).get_nodes_from_documents([Document(text=text)])
    starts = [node.start_char_idx for node in nodes]
    assert starts == [i * (len(paragraph) + 1) for i in range(5)]
    assert len({node.node_id for node in nodes}) == 5


def test_metadata_stays_with_the_node_but_out_of_what_is_embedded():
    document = Document(text="码头工人周三投票。", metadata={"title": "Strike", "date": "2025-03-01"}, id_="a")
    (node,) = PassageSplitter().get_nodes_from_documents([document])
    assert node.metadata == document.metadata
    assert node.get_content(metadata_mode=MetadataMode.EMBED) == document.text
    assert node.ref_doc_id == "a"


def test_tokens_are_those_of_cl100k():
    assert count_tokens("") == 0
    assert count_tokens("hello world") == 2
    assert count_tokens("tiktoken is great!") == 6  # the example of OpenAI's cookbook
    assert count_tokens("<|endoftext|>") > 1  # special tokens are plain text here


@pytest.mark.parametrize("before", [None, "/nowhere"])
def test_the_environment_is_left_as_it_was(monkeypatch, before):
    if before is None:
        monkeypatch.delenv("TIKTOKEN_CACHE_DIR", raising=False)
    else:
        monkeypatch.setenv("TIKTOKEN_CACHE_DIR", before)
        count_tokens("warm")  # loaded already: no download is tried from the empty folder
    if before is None:
        _cl100k.cache_clear()
    assert count_tokens("hello world") == 2
    assert os.environ.get("TIKTOKEN_CACHE_DIR") == before
