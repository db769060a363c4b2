"""The laws every answer obeys, on questions with and without an answer, in both languages."""

import json
import re

import pytest
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore

import rag
from rag.cite import verify
from rag.clean.markup import plain_lines
from rag.config import Config
from rag.engine import load
from rag.errors import QuestionError, RagError
from rag.retrieve import to_node
from rag.text import fold_text, language

QUESTIONS = [
    "who introduced Altman to Trump?",
    "谁把奥尔特曼引荐给特朗普？",
    "誰幫奧特曼牽線認識川普？",
    "How much money does SoftBank have in hand?",
    "阿布扎比园区的功率是多少",
    "What did the two executives show in Las Vegas?",
    "马斯克出价多少收购OpenAI",
    "How long was the phone call before the inauguration?",
    "What is the capital of Mongolia?",
    "谁赢得了世界杯？",
    "recipe for sourdough bread",
    "!!!",
    "Ｗｈｏ　ｉｓ　Ｂｕｒｇｕｍ？",
    "<b>who</b> is [1] `Burgum`? *now*",
    "星际之门 就业 岗位",
]


def check_laws(answer, engine):
    markers = [int(n) for n in re.findall(r"(?<!\\)\[(\d+)\]", answer.text)]
    assert list(dict.fromkeys(markers)) == [c.n for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert 0 <= answer.confidence <= 1
    assert answer.language == language(answer.question)
    for c in answer.citations:
        article = engine.article(c.article_id)
        assert article.text[c.start : c.end] == c.quote
        assert c.quote in c.context and c.context in article.text
        # The raw characters, mark-up off, hold the same words.
        raw = " ".join(line.text for line in plain_lines(article.raw[c.raw_start : c.raw_end]).lines)
        assert fold_text(raw).replace(" ", "") == fold_text(c.quote).replace(" ", "")
        assert c.article_id not in c.also_in
        assert all(engine.article(other) for other in c.also_in)
        verify(c, article)
        assert any(p.article_id == c.article_id and p.start <= c.start and c.end <= p.end for p in answer.passages)
    assert len({p.id for p in answer.passages}) == len(answer.passages) <= 10
    for p in answer.passages:
        assert engine.article(p.article_id).text[p.start : p.end] == p.text
        assert p.scores
    assert [p.score for p in answer.passages] == sorted((p.score for p in answer.passages), reverse=True)
    for conflict in answer.conflicts:
        assert len(conflict.claims) >= 2
        assert {n for claim in conflict.claims for n in claim.citations} <= set(markers)
    if answer.answered:
        assert answer.citations
    else:
        assert not answer.citations and not answer.conflicts and not markers
    assert json.loads(json.dumps(answer.to_dict(), ensure_ascii=False))["question"] == answer.question


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_obeys_the_laws(demo, question):
    answer = demo.ask(question)
    check_laws(answer, demo)
    assert demo.ask(question).to_dict() | {"timings": 0} == answer.to_dict() | {"timings": 0}


@pytest.mark.parametrize("question", QUESTIONS[:6])
def test_streamed_tokens_join_to_the_text(demo, question):
    *tokens, last = demo.stream(question)
    assert {kind for kind, _ in tokens} == {"token"} and last[0] == "answer"
    assert "".join(text for _, text in tokens) == last[1].text
    check_laws(last[1], demo)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("who introduced Altman to Trump?", ["伯古姆", "Miller"]),
        ("谁把奥尔特曼引荐给特朗普？", ["伯古姆", "LaCivita"]),
    ],
)
def test_the_missions_question(demo, question, names):
    quotes = " ".join(c.quote for c in demo.ask(question).citations)
    assert all(name in quotes for name in names)


@pytest.mark.parametrize(
    "question", ["What is the capital of Mongolia?", "谁赢得了世界杯？", "recipe for sourdough bread"]
)
def test_what_the_articles_do_not_say_is_refused(demo, question):
    answer = demo.ask(question)
    assert not answer.answered and answer.passages
    assert ("The articles don't say" in answer.text) or ("没有提到" in answer.text)


def test_a_follow_up_leans_on_the_question_before(demo):
    history = ["Which governor connected Altman with Trump?"]
    alone, following = demo.ask("Where did they meet?"), demo.ask("Where did they meet?", history=history)
    assert any("understood as" in note for note in following.notes) and not alone.notes
    messages = [{"role": "user", "content": history[0]}, {"role": "assistant", "content": "…"}]
    assert demo.ask("Where did they meet?", history=messages).text == following.text
    check_laws(following, demo)


@pytest.mark.parametrize("question", ["", "   \n\t　", "谁" * 50_000])
def test_a_question_that_is_none_is_refused_clearly(demo, question):
    for call in (demo.ask, demo.search, lambda q: list(demo.stream(q))):
        with pytest.raises(QuestionError, match="empty|characters"):
            call(question)


def test_a_language_it_does_not_speak_is_refused_clearly(demo):
    with pytest.raises(QuestionError, match='"en" or "zh"'):
        demo.ask("Who paid?", language="fr")


def test_search_is_retrieval_alone(demo):
    passages = demo.search("Burgum", k=3)
    assert len(passages) == 3
    assert [p.score for p in passages] == sorted((p.score for p in passages), reverse=True)
    every = demo.search("Burgum", k=1000)  # all but what a reprint says once more
    assert demo.store.count()[1] - 4 <= len(every) < demo.store.count()[1]
    with pytest.raises(QuestionError):
        demo.search("Burgum", k=0)


def test_it_is_a_llama_index_query_engine(demo):
    assert isinstance(demo, BaseQueryEngine)
    response = demo.query(QUESTIONS[0])
    assert str(response) == response.metadata["answer"]["text"]
    assert response.source_nodes[0].node.start_char_idx is not None


def test_any_llama_index_retriever_can_take_the_place_of_ours(demo, demo_store, embedder):
    class First(BaseRetriever):
        """Gives the first passages of the store, whatever is asked."""

        def _retrieve(self, _query):
            return [NodeWithScore(node=to_node(p), score=0.5) for p in demo.store.passages([0, 1, 2])]

    engine = load(demo_store, embedder=embedder, retriever=First(), config=Config(threshold=0.0))
    answer = engine.ask("anything at all")
    check_laws(answer, engine)
    assert {p.id for p in answer.passages} == {p.id for p in demo.store.passages([0, 1, 2])}


def test_unknown_ids_raise_our_error(demo):
    with pytest.raises(RagError, match="no article"):
        demo.article("nope")


def test_the_default_store_is_built_on_first_use(tmp_path, embedder, monkeypatch):
    monkeypatch.setenv("RAG_STORE", str(tmp_path / "fresh"))
    engine = load(embedder=embedder)
    assert len(engine.articles()) == 11
    assert rag.ask("Who is Doug Burgum?").question == "Who is Doug Burgum?"
    with pytest.raises(RagError, match="There is no index"):
        load(tmp_path / "other", embedder=embedder)


def test_a_first_build_that_was_stopped_is_made_good(tmp_path, embedder, monkeypatch):
    # Was wrong once: Ctrl-C during the first start left an empty index, and the chat had no articles ever after.
    monkeypatch.setenv("RAG_STORE", str(tmp_path / "fresh"))

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(embedder=embedder, progress=stop)
    assert (tmp_path / "fresh" / "articles.sqlite").is_file()
    assert len(load(embedder=embedder).articles()) == 11
