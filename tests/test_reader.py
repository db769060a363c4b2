"""The reader: windows cover the text, spans are exact, memory changes nothing, parts of a question."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.chunks import split
from rag.errors import ModelError
from rag.names import NameIndex, world_names
from rag.reader import Asked, Reader, load_weights, parts, remark_apart, sentence_of, trim
from rag.reader.model import Tokens, load_network
from rag.reader.postprocess import ReaderPostprocessor
from rag.reader.spans import SPAN_TOKENS, SpanFinder, best_spans
from rag.reader.windows import windows
from rag.types import Passage

STORY = (
    "Lighthouse keeper Orla Finch was named director of the harbour museum on 3 March. She replaces Tom Baird, who "
    "retired after 19 years. The museum paid 42 million yuan for its new wing, said its accountant, Li Wenhao."
)
BERICHT = "港口博物馆3月3日宣布，灯塔看守人奥拉·芬奇出任馆长。她接替任职19年后退休的汤姆·贝尔德。新馆耗资4200万元。"
OTHER = "The weather on the coast stayed mild, and the ferries ran on time through the whole of the week."


def passage(text, title="", number=0):
    return Passage(f"p{number}", f"a{number}", title, f"{number}.md", None, text, 100, 100 + len(text))


@pytest.fixture(scope="module")
def reader(embedder):
    return Reader(embedder)


# ── windows ────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.integers(1, 30), min_size=1, max_size=20), st.integers(3, 20), st.none() | st.integers(3, 20))
def test_windows_cover_every_token_once_and_keep_to_their_size(sizes, most, first):
    tokens = [(i, i + 1) for i in range(sum(sizes))]
    bounds = np.cumsum([0, *sizes]).tolist()
    spans = list(zip(bounds, bounds[1:], strict=False))
    found = windows(spans, tokens, most, first)
    assert "".join(str(k) for a, b in found for k in range(a, b)) == "".join(map(str, range(sum(sizes))))
    assert all(b - a <= most for a, b in found)
    # A sentence that fits is never cut.
    ends = {b for _, b in found}
    assert all(not any(a < end < b for end in ends) for a, b in spans if b - a <= most)


# ── decoding ───────────────────────────────────────────────────────────────────────────────────


@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_the_best_span_is_what_brute_force_finds(n, seed):
    rng = np.random.default_rng(seed)
    start, end = rng.normal(size=n), rng.normal(size=n)
    tokens = Tokens([0] * n, [(2 * i, 2 * i + 2) for i in range(n)])
    found = best_spans(0, tokens, 5, start, end, 0.0)
    best = max(start[i] + end[j] for i in range(n) for j in range(i, min(n, i + SPAN_TOKENS)))
    assert found[0].score == pytest.approx(best) and found[0].margin <= 1e-6
    assert all(s.score <= found[0].score for s in found)
    ordered = sorted(found, key=lambda s: s.start)
    assert all(a.end <= b.start for a, b in zip(ordered, ordered[1:], strict=False)), "spans overlap"


@pytest.mark.parametrize(
    ("text", "span", "kept"),
    [
        ("said (Orla Finch), a", "(Orla Finch), ", "Orla Finch"),
        ("奥拉·芬奇(Orla Finch)说", "奥拉·芬奇(Orla Finch", "奥拉·芬奇(Orla Finch)"),
        ("奥拉·芬奇(Orla Finch)说", "奥拉·芬奇(Orla", "奥拉·芬奇"),
        ("说“奥拉”和“汤姆”", "“奥拉”和“汤姆”", "“奥拉”和“汤姆”"),
        ("said Orla Finch), a", " Orla Finch), ", "Orla Finch"),
        ("《港口》，新馆", "《港口》，", "《港口》"),
        ("，4200万元。", "，4200万元。", "4200万元"),
        ("。。。", "。。。", ""),
    ],
)
def test_spans_lose_punctuation_but_not_half_a_pair(text, span, kept):
    start = text.index(span)
    a, b = trim(text, start, start + len(span))
    assert text[a:b] == kept


def test_the_sentence_of_a_span_holds_it():
    for start, end in [(0, 4), (90, 100), (70, 130)]:
        a, b = sentence_of(STORY, start, end)
        assert a <= start < end <= b
    assert STORY[slice(*sentence_of(STORY, 90, 95))].startswith("She replaces")


# ── reading ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Who became director of the harbour museum?", STORY, "Orla Finch"),
        ("港口博物馆的新馆长是谁？", BERICHT, "奥拉·芬奇"),
        ("How much did the new wing of the harbour museum cost?", BERICHT, "4200万元"),
        ("港口博物館的新館花了多少錢？", BERICHT, "4200万元"),
    ],
)
def test_it_finds_the_answer_in_either_language(reader, question, text, answer):
    best = reader.read(question, [(passage(OTHER, number=1), 0.3), (passage(text), 0.3)])[0]
    assert answer in best.text and best.passage.text == text


def test_readings_are_exact_and_ordered(reader):
    passages = [(passage(text, number=n), 0.3) for n, text in enumerate((STORY, BERICHT, OTHER))]
    readings = reader.read("Who became director of the harbour museum?", passages)
    assert {r.passage.id for r in readings} == {"p0", "p1", "p2"}
    chances = [r.probability for r in readings]
    assert chances == sorted(chances, reverse=True) and all(0 <= c <= 1 for c in chances)
    for r in readings:
        assert r.sentence[0] <= r.start < r.end <= r.sentence[1] <= r.passage.end
        assert r.text in r.statement in r.passage.text
        assert r.text == r.passage.text[r.start - 100 : r.end - 100]
    best = reader.rerank(passages, readings)
    assert best[0].id == readings[0].passage.id and best[0].scores["reader"] == pytest.approx(chances[0])


def test_memory_and_company_change_nothing(reader):
    """A passage read alone, with others or a second time gets the same span."""
    alone = reader.read("Who retired from the museum?", [(passage(STORY), 0.3)])
    again = reader.read("Who retired from the museum?", [(passage(STORY), 0.3)])
    assert [(r.start, r.end, r.probability) for r in alone] == [(r.start, r.end, r.probability) for r in again]
    among = reader.read("Who retired from the museum?", [(passage(STORY), 0.3), (passage(OTHER, number=1), 0.3)])
    assert next(r for r in among if r.passage.id == "p0").text == alone[0].text


def test_forgetting_changes_nothing(embedder, reader):
    small = SpanFinder(lambda: embedder.model, reader.finder._folder, remember=1)
    texts = [("", STORY), ("", BERICHT), ("", OTHER)]
    for _ in range(2):
        ours = [(s.text, s.start, s.end) for s in small.find("Who retired?", texts)]
        assert ours == [(s.text, s.start, s.end) for s in reader.finder.find("Who retired?", texts)]
    assert len(small._windows) == 1


def test_traditional_script_reads_as_simplified(reader):
    import opencc

    traditional = opencc.OpenCC("s2t").convert(BERICHT)
    assert len(traditional) == len(BERICHT) and traditional != BERICHT
    question = "港口博物馆的新馆长是谁？"
    ours = reader.read(question, [(passage(BERICHT), 0.3)])[0]
    theirs = reader.read(question, [(passage(traditional), 0.3)])[0]
    assert (ours.start, ours.end) == (theirs.start, theirs.end)


def test_long_passages_are_read_to_their_end(reader):
    text = " ".join([OTHER] * 25 + [STORY])
    assert len(split(text, 200)) > 2
    assert "Orla Finch" in reader.read("Who became director of the harbour museum?", [(passage(text), 0.3)])[0].text


def test_nothing_to_read(reader):
    assert reader.read("Who?", []) == []
    assert reader.read("Who?", [(passage("..."), 0.1)]) == []


def test_the_postprocessor_reranks_nodes(reader):
    from llama_index.core.schema import NodeWithScore

    from rag.retrieve import to_node

    nodes = [NodeWithScore(node=to_node(passage(t, number=n)), score=0.3) for n, t in enumerate((OTHER, STORY))]
    kept = ReaderPostprocessor(reader=reader, top_n=1).postprocess_nodes(nodes, query_str="Who became director?")
    assert [n.node.node_id for n in kept] == ["p1"] and 0 < kept[0].score <= 1
    assert kept[0].node.metadata["answer"] == "Orla Finch" or "Finch" in kept[0].node.metadata["answer"]


# ── weights ────────────────────────────────────────────────────────────────────────────────────


def test_damaged_weights_are_a_clear_error(tmp_path, embedder):
    (tmp_path / "reader.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelError, match="Reinstall"):
        load_network(tmp_path / "reader.safetensors", embedder.model[0].auto_model.config)
    (tmp_path / "reader.json").write_text('{"features": ["other"], "coefficients": [1], "intercept": 0}')
    with pytest.raises(ModelError, match="another version"):
        load_weights(tmp_path)


# ── parts of a question ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("Where did they meet, and why wasn't Finch there?", 2),
        ("Who replaced Tom Baird? And how much did the wing cost?", 2),
        ("Who became director and chair of the museum?", 1),
        ("What did Finch and Baird say about what comes next?", 1),
        ("新馆在哪个城市？花了多少钱？", 2),
        ("港口博物馆新馆的设计师是谁，造价多少？", 2),
        ("在新馆开幕那天，谁去了？", 1),
        ("Finch museum director", 1),
    ],
)
def test_parts(question, count):
    found = parts(question)
    assert len(found) == count
    assert found == [question] or count > 1


NAMED = NameIndex.of((), world_names(), ())


@pytest.mark.parametrize(
    ("question", "text", "absent"),
    [
        ("What did Trump say about Microsoft?", "川普谈到了微软。", 0.0),
        ("What did Trump say about Microsoft?", "川普谈到了关税。", 0.5),
        ("What did Trump say about Microsoft?", "Rain is expected.", 1.0),
        ("Who hired Finch?", "A museum hired Finch.", 0.0),
        ("Who hired Finch?", "A museum hired Baird.", 1.0),
        ("Who hired Finch?", "博物馆聘请了芬奇。", 0.0),  # nobody knows how Finch is written there
        ("what is said about rain?", "Rain is expected.", 0.0),
    ],
)
def test_the_share_of_names_that_a_text_lacks(question, text, absent):
    assert Asked(question, NAMED).absent(text) == absent


@pytest.mark.parametrize(
    ("question", "text", "met"),
    [
        ("Who donated the museum's boats?", "He donated the boats to a museum.", 1.0),
        ("Who donated the museum's boats?", "The museum sold two boats.", 2 / 3),
        ("Who donated paintings?", "市长捐款了。", 0.5),
        ("谁捐了钱？", "She contributed money.", 1.0),
        ("Trump?", "Anything at all.", 0.0),
    ],
)
def test_the_share_of_other_words_that_a_sentence_has(question, text, met):
    assert Asked(question, NAMED).met(text) == pytest.approx(met)


def test_a_part_that_leaves_its_verb_to_the_first_gets_it():
    assert parts("How much did Baird give to the wing, and how much to the park?")[1] == (
        "How much did Baird give to the park?"
    )
    assert parts("Who paid for the wing, and who for Finch's trip?")[1] == "Who paid for Finch's trip?"
    assert parts("When did Baird go to Oslo, and how much did it cost?")[1].endswith("how much did it cost?")


@pytest.mark.parametrize(
    ("question", "asked", "remarked"),
    [
        ("What did the wing cost? I keep seeing different figures", "What did the wing cost?", True),
        ("新馆造价到底多少？几篇文章写的不一样", "新馆造价到底多少？", True),
        ("新館到底拆了沒有？有的說拆了有的說沒拆", "新館到底拆了沒有？", True),
        ("The dates don't add up - when did it open?", "when did it open?", True),
        ("How do the two reports differ?", "How do the two reports differ?", False),
        ("两家报纸的说法有什么不同？", "两家报纸的说法有什么不同？", False),
        ("What is different about the new wing, and who built it?", None, False),
        ("different figures, different reports", None, False),
    ],
)
def test_a_remark_that_reports_differ_is_not_part_of_the_question(question, asked, remarked):
    assert remark_apart(question) == (asked or question, remarked)
