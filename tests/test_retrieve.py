"""Both legs and their fusion: laws, languages, filters, time."""

from datetime import date

import numpy as np
import pytest
from conftest import write_articles
from llama_index.core.base.base_retriever import BaseRetriever

from rag.config import Config
from rag.dictionary import dictionary
from rag.engine import load
from rag.errors import QuestionError
from rag.indexing import build
from rag.retrieve import DenseRetriever, Filters, HybridRetriever, LexicalRetriever, reciprocal_ranks
from rag.retrieve.filters import BOOST, time_boosts
from rag.retrieve.fusion import FEATURES, features, fusion_weights
from rag.retrieve.lexical import best, lexical_evidence
from rag.retrieve.terms import sought


def _dated(day, outlet, title, text):
    return f"---\ndate: {day}\nsource: {outlet}\n---\n# {title}\n\n{text}\n"


NEWS = {
    "harbour/a.md": _dated("2024-03-02", "Harbour Post", "港口", "港务局周三说，新码头将在六月开放，造价五千亿元。"),
    "harbour/b.md": _dated("2025-07-10", "Harbour Post", "Harbour", "The harbour master said the quay cost too much."),
    "city/c.md": _dated("2025-01-20", "城市报", "博物館", "市立博物館週末免費開放，館長表示遊客增加了兩倍。"),
    "city/d.txt": "天气\n\n周末有雨，气温下降，市民应当注意保暖。\n",
    "city/e.md": _dated("2025-02-11", "城市报", "地震", "邻省发生地震，救援队已经出发，伤亡人数还不清楚。"),
}
DICTIONARY = dictionary()


@pytest.fixture(scope="module")
def engine(tmp_path_factory, embedder):
    folder = tmp_path_factory.mktemp("retrieve")
    build([write_articles(folder / "news", NEWS)], folder / "store", embedder=embedder)
    return load(folder / "store", embedder=embedder)


def _first(engine, question, **filters):
    found = engine.search(question, k=3, **filters)
    return found[0].source if found else None


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("新码头什么时候开放", "harbour/a.md"),
        ("新碼頭什麼時候開放？", "harbour/a.md"),
        ("When will the new quay be opened, and what did the port authority say?", "harbour/a.md"),
        ("博物馆 周末 免费", "city/c.md"),
        ("museum free weekend", "city/c.md"),
        ("Was there an earthquake in the next province?", "city/e.md"),
        ("哪里 earthquake 了", "city/e.md"),
        ("ＥＡＲＴＨＱＵＡＫＥ　ｒｅｓｃｕｅ　ｔｅａｍ", "city/e.md"),
        ("who complained of the quay's price?", "harbour/b.md"),
        ("what costs 500 billion yuan", "harbour/a.md"),
        ("请问一下，我昨天在路上听别人说起，好像邻省出了什么大事，救援队都去了，到底发生了什么？" * 5, "city/e.md"),
    ],
)
def test_the_passage_is_found_whatever_the_language_and_the_wording(engine, question, source):
    assert _first(engine, question) == source


def test_scores_fall_and_carry_their_legs(engine):
    found = engine.search("earthquake rescue", k=5)
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    assert all({"dense", "lexical"} <= set(p.scores) for p in found)
    assert len({p.id for p in found}) == len(found)
    assert found[0].scores["lexical"] > 0


def test_every_retriever_is_llama_indexs_own_kind(engine):
    store = engine.store
    for retriever in (
        DenseRetriever(store, store.embedder, k=3),
        LexicalRetriever(store, engine.names, DICTIONARY, k=3),
        HybridRetriever(store, store.embedder, engine.names, DICTIONARY, k=3),
    ):
        assert isinstance(retriever, BaseRetriever)
        nodes = retriever.retrieve("地震 救援")
        assert nodes[0].node.metadata["source"] == "city/e.md"
        assert [n.score for n in nodes] == sorted((n.score for n in nodes), reverse=True)


def test_an_empty_index_gives_nothing(tmp_path, embedder):
    news = write_articles(tmp_path / "news", {"a.txt": "标题\n\n港口开放了。\n"})
    build([news], tmp_path / "store", embedder=embedder)
    engine = load(tmp_path / "store", embedder=embedder)
    engine.store.remove(["a.txt"])
    assert engine.search("港口") == []
    assert LexicalRetriever(engine.store).retrieve("港口") == []


# ── terms and evidence ─────────────────────────────────────────────────────────────────────────


def _legs(question, engine, known=DICTIONARY):
    return {(one.leg, one.written) for one in sought(question, engine.names, known)}


def test_a_question_is_taken_apart_into_what_it_is_about(engine):
    legs = _legs("Did Trump's earthquake adviser Hargravesky speak?", engine)
    assert ("name", "trump") in legs and ("translation", "earthquake") in legs and ("word", "earthquak") in legs
    assert not any(leg == "translation" for leg, _ in _legs("Trump earthquake", engine, None))


def test_evidence_is_what_the_legs_add_up_to(engine):
    store = engine.store
    evidence = lexical_evidence("earthquake rescue 地震", store, engine.names, DICTIONARY)
    hits = best(evidence.score(), 5)
    assert [n for n, _ in hits] == [
        n.node.node_id
        and store._db.execute("SELECT number FROM passages WHERE id = ?", (n.node.node_id,)).fetchone()[0]
        for n in LexicalRetriever(store, engine.names, DICTIONARY, k=5).retrieve("earthquake rescue 地震")
    ]
    numbers = [n for n, _ in hits]
    coverage = evidence.coverage(numbers)
    assert coverage.shape == (len(hits), 4) and (coverage >= 0).all()


def test_the_best_are_the_highest_with_ties_by_place():
    scores = np.array([0.0, 2.0, 1.0, 2.0, 1.0, 1.0])
    assert best(scores, 4) == [(1, 2.0), (3, 2.0), (2, 1.0), (4, 1.0)]
    assert best(scores, 99) == [(1, 2.0), (3, 2.0), (2, 1.0), (4, 1.0), (5, 1.0)]
    assert best(np.zeros(3), 2) == best(np.zeros(0), 2) == []


# ── fusion ─────────────────────────────────────────────────────────────────────────────────────


def test_the_fusion_has_a_weight_for_every_feature_and_counts_in_cosines():
    weights = fusion_weights()
    assert weights.shape == (len(FEATURES),)
    assert weights[FEATURES.index("dense, same")] == 1.0
    # A guess never outvotes a match.
    assert weights[FEATURES.index("word, same")] > weights[FEATURES.index("sound, other")]


def test_a_leg_that_knows_nothing_leaves_the_order_of_the_other_alone():
    cosines = np.array([0.3, 0.5, 0.4])
    rows = features(cosines, np.zeros((3, 4)), np.array([False, False, False]))
    assert np.argsort(-(rows @ fusion_weights())).tolist() == np.argsort(-cosines).tolist()


def test_plain_reciprocal_rank_fusion():
    assert reciprocal_ranks([[1, 2, 3], [3, 1]]) == [1, 3, 2]
    assert reciprocal_ranks([]) == []


def test_one_article_does_not_take_all_places(tmp_path, embedder):
    quays = (f"港口第{i}号码头在周三开放，" + "工人们说很忙，" * 25 + "。" for i in range(9))
    texts = {"long.txt": "港口新闻\n\n" + "\n\n".join(quays), "b.txt": "码头\n\n港口的码头开放了。\n"}
    news = write_articles(tmp_path / "news", texts | {"c.txt": "港口\n\n第一号码头。\n"})
    build([news], tmp_path / "store", embedder=embedder)
    found = load(tmp_path / "store", embedder=embedder).search("港口的码头什么时候开放", k=4)
    assert {p.source for p in found} == {"long.txt", "b.txt", "c.txt"}


# ── filters and time ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("filters", "sources"),
    [
        ({"sources": ["Harbour Post"]}, {"harbour/a.md", "harbour/b.md"}),
        ({"sources": ["city"]}, {"city/c.md", "city/d.txt", "city/e.md"}),
        ({"sources": ["city/d.txt", "harbour/a.md"]}, {"city/d.txt", "harbour/a.md"}),
        ({"sources": ["cit"]}, set()),
        ({"languages": ["en"]}, {"harbour/b.md"}),
        ({"since": "2025"}, {"harbour/b.md", "city/c.md", "city/e.md"}),
        ({"until": "2024"}, {"harbour/a.md"}),
        ({"since": "2025-01", "until": "2025-02-11"}, {"city/c.md", "city/e.md"}),
        ({"since": "2025-02", "until": "2025-02"}, {"city/e.md"}),
        ({"sources": ["城市报"], "languages": ["zh"], "until": "2025-01"}, {"city/c.md"}),
    ],
)
def test_filters_let_through_what_they_name_and_nothing_else(engine, filters, sources):
    found = {p.source for p in engine.search("港口 museum 天气", k=10, **filters)}
    assert found == sources
    made = Filters.of(**filters)
    assert {a.source for a in engine.articles() if made.keeps(a)} == sources
    answer = engine.ask("新码头什么时候开放", **filters)
    assert {p.source for p in answer.passages} == sources and all(c.source in sources for c in answer.citations)


def test_filters_that_leave_nothing_are_told_and_not_an_empty_index(engine):
    assert engine.ask("Which museum opened?", since="2031").text.startswith("No article fits these filters.")
    assert engine.ask("哪座博物馆开放了？", since="2031").text.startswith("没有符合筛选条件的文章")


@pytest.mark.parametrize(
    "filters", [{"since": "yesterday"}, {"until": "2025-13"}, {"since": "2025-02-30"}, {"languages": ["fr"]}]
)
def test_filters_that_make_no_sense_are_refused(engine, filters):
    with pytest.raises(QuestionError):
        engine.search("港口", **filters)


def test_a_given_retriever_is_filtered_too(engine):
    given = load(
        engine.store.path,
        embedder=engine.store.embedder,
        retriever=DenseRetriever(engine.store, engine.store.embedder, k=9),
    )
    assert {p.source for p in given.search("港口", since="2025-02", until="2025-02")} == {"city/e.md"}


DATES = ["2024-03-02", "2025-07-10T08:00:00+08:00", None, "2025-02-11"]
TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("question", "favoured"),
    [
        ("what did he say in July 2025?", [1]),
        ("2025年2月发生了什么", [3]),
        ("去年的地震", [1, 3]),
        ("last year's earthquake", [1, 3]),
        ("who is he?", []),
    ],
)
def test_words_of_time_favour_articles_of_that_time(question, favoured):
    assert np.flatnonzero(time_boosts(question, DATES, TODAY)).tolist() == favoured


@pytest.mark.parametrize("question", ["the latest news on the harbour", "港口最新消息"])
def test_the_latest_are_favoured_in_order(question):
    boosts = time_boosts(question, DATES, TODAY)
    assert boosts[1] == BOOST and boosts[1] > boosts[3] > boosts[0] == boosts[2] == 0.0


def test_a_dictionary_is_a_setting(engine):
    bare = load(engine.store.path, embedder=engine.store.embedder, config=Config(dictionary=False))
    assert bare.search("museum free weekend", k=1)  # found by vectors alone


# ── reprints ───────────────────────────────────────────────────────────────────────────────────

STORY = "港务局周三宣布新码头停工。" + "".join(
    f"局长说第{i}号泊位的造价是{i * 37}万元，工期要延长{i}个月，工会对此表示不满。" for i in range(3, 12)
)


def test_a_reprint_takes_no_place_and_is_told_at_the_citation(tmp_path, embedder):
    texts = {
        "a.md": _dated("2025-03-01", "甲报", "码头停工", STORY),
        "b.md": _dated("2025-03-02", "乙报", "碼頭停工", STORY.replace("码头", "碼頭").replace("周三", "周三已")),
        "c.md": _dated("2025-03-03", "丙报", "博物馆", "博物馆周末免费开放，第5号展厅除外。"),
    }
    build([write_articles(tmp_path / "news", texts)], tmp_path / "store", embedder=embedder)
    engine = load(tmp_path / "store", embedder=embedder, config=Config(threshold=0.0))
    by_source = {article.source: article.id for article in engine.articles()}
    found = engine.search("第5号泊位的造价是多少", k=6)
    assert len({p.text[:9] for p in found}) == len(found) == 3  # two pieces of the story, wherever they were taken from
    citation = engine.ask("第5号泊位的造价是多少").citations[0]
    (other,) = citation.also_in
    assert {citation.article_id, other} == {by_source["a.md"], by_source["b.md"]}
