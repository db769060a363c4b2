"""The index: exact search, sync by content, atomic replacement, mismatches, readers and writers."""

import threading

import numpy as np
import pytest
from conftest import write_articles

from rag.config import Config
from rag.embed import make_embedder
from rag.engine import load
from rag.errors import ArticleError, StoreError
from rag.indexing import build
from rag.store import Store

A = "标题甲\n\n港口去年新增了三条航线，吞吐量达到九百万箱。市长在周一的会议上说，明年还会增加两条。\n"
B = "Title B\n\nThe harbour opened three new lines last year. The mayor said on Monday that two more will follow.\n"


@pytest.fixture
def folder(tmp_path):
    return write_articles(tmp_path / "news", {"a.txt": A, "b.txt": B})


def contents(store):
    """Everything that must survive: ids, spans and texts."""
    engine = load(store, embedder=EMBEDDER[0])
    return {a.id: (a.source, a.text, a.raw, a.alignment) for a in engine.articles()}, [
        (p["id"], p["start"], p["end"]) for p in engine.store._db.execute("SELECT * FROM passages ORDER BY number")
    ]


EMBEDDER = []


@pytest.fixture(autouse=True)
def _embedder(embedder):
    EMBEDDER[:] = [embedder]


def sync(folder, store, **options):
    return build([folder], store, embedder=EMBEDDER[0], **options)


def test_a_second_build_changes_nothing(folder, tmp_path):
    first = sync(folder, tmp_path / "s")
    assert len(first.added) == 2 and not first.unchanged
    before, generation = contents(tmp_path / "s"), load(tmp_path / "s", embedder=EMBEDDER[0]).store.generation
    second = sync(folder, tmp_path / "s")
    assert set(second.unchanged) == set(first.added)
    assert not (second.added or second.changed or second.removed or second.moved)
    assert contents(tmp_path / "s") == before
    assert load(tmp_path / "s", embedder=EMBEDDER[0]).store.generation == generation


def test_two_stores_of_the_same_articles_have_the_same_ids(folder, tmp_path):
    sync(folder, tmp_path / "one")
    sync(folder, tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_sync_reports_each_kind_of_change(folder, tmp_path):
    store = tmp_path / "s"
    ids = {a: i for i, a in zip(sync(folder, store).added, ["a", "b"], strict=True)}
    (folder / "a.txt").write_text(A.replace("九百万", "八百万"), "utf-8")
    (folder / "c.txt").write_text("丙\n\n第三篇文章讲的是完全不同的事情，它谈到一座新建的博物馆。\n", "utf-8")
    report = sync(folder, store)
    assert report.changed == (ids["a"],) and report.unchanged == (ids["b"],) and len(report.added) == 1
    (folder / "b.txt").rename(folder / "moved.txt")
    (folder / "c.txt").unlink()
    report = sync(folder, store)
    assert report.moved[0][0] == ids["b"] and report.removed and not report.added
    engine = load(store, embedder=EMBEDDER[0])
    assert [a.source for a in engine.articles()] == ["a.txt", "moved.txt"]
    assert "八百万" in engine.articles()[0].text
    assert engine.store.dense(np.ones(384, np.float32), 99)[0][0] in range(99)
    assert len(engine.store.dense(np.ones(384, np.float32), 99)) == engine.store.count()[1]


def test_other_roots_are_left_alone_and_sources_may_not_clash(folder, tmp_path):
    other = write_articles(tmp_path / "other", {"z.txt": B})
    sync(folder, tmp_path / "s")
    report = sync(other, tmp_path / "s")
    assert len(report.added) == 1 and not report.removed
    clash = write_articles(tmp_path / "clash", {"a.txt": B})
    with pytest.raises(StoreError, match="already indexed from"):
        sync(clash, tmp_path / "s")
    with pytest.raises(ArticleError, match="would both be called"):
        build([folder, clash], tmp_path / "s2", embedder=EMBEDDER[0])
    assert not (tmp_path / "s2").exists()


@pytest.mark.parametrize("bad", ["missing", "empty", "binary"])
def test_a_bad_root_raises_and_changes_nothing(folder, tmp_path, bad):
    sync(folder, tmp_path / "s")
    before = contents(tmp_path / "s")
    root = tmp_path / bad
    if bad == "empty":
        root.mkdir()
    if bad == "binary":
        root.mkdir()
        (root / "x.txt").write_bytes(bytes(range(256)) * 10)
    with pytest.raises(ArticleError):
        sync(root, tmp_path / "s")
    assert contents(tmp_path / "s") == before


def test_a_bad_file_is_reported_and_the_rest_is_indexed(folder, tmp_path):
    (folder / "x.txt").write_bytes(b"\xff\xfe\x00" + bytes(200))
    (folder / "y.docx").write_bytes(b"PK")
    report = sync(folder, tmp_path / "s")
    assert len(report.added) == 2
    assert [path.rsplit("/", 1)[1] for path, _ in report.skipped] == ["x.txt", "y.docx"]
    assert all(reason for _, reason in report.skipped)


def test_dense_search_equals_brute_force(demo, embedder):
    store = demo.store
    rows = store._db.execute("SELECT number, article_id, start, end FROM passages ORDER BY number").fetchall()
    texts = [
        f"{store.article(r['article_id']).title}\n{store.article(r['article_id']).text[r['start'] : r['end']]}"
        for r in rows
    ]
    vectors = embedder.encode(texts)
    for question in ("软银有多少钱", "Who connected them?", "Abu Dhabi"):
        query = embedder.encode([question], query=True)[0]
        exact = sorted(zip((-(vectors @ query)).tolist(), [r["number"] for r in rows], strict=True))
        got = store.dense(query, 7)
        assert [n for n, _ in got] == [n for _, n in exact[:7]] or np.allclose(
            [s for _, s in got], [-s for s, _ in exact[:7]], atol=2e-3
        )
        assert np.allclose([s for _, s in got], [-s for s, _ in exact[:7]], atol=2e-3)


def test_several_vectors_find_what_each_finds_with_the_best_score(demo, embedder):
    store = demo.store
    vectors = embedder.encode(["软银有多少钱", "SoftBank 有多少钱", "Who connected them?"], query=True)
    best = {}
    for vector in vectors:
        for number, score in store.dense(vector, 7):
            best[number] = max(score, best.get(number, -1.0))
    found = store.dense(vectors, 7)
    assert dict(found) == pytest.approx(best, abs=1e-6) and [s for _, s in found] == sorted(best.values(), reverse=True)
    numbers = sorted(best)
    alone = np.max([store.cosines(vector, numbers) for vector in vectors], axis=0)
    assert store.cosines(vectors, numbers) == pytest.approx(alone, abs=1e-6)


def test_a_passage_is_its_span_of_the_article(tmp_path):
    rare = "𠮷野家在港口旁开了新店😀，é 与 e\u0301 都照原样；店长说，第一天就卖出三百份\u3000牛肉饭。"
    folder = write_articles(tmp_path / "news", {"a.txt": A + "\n" + rare + "\n", "b.txt": B})
    sync(folder, tmp_path / "s")
    store = load(tmp_path / "s", embedder=EMBEDDER[0]).store
    passages = store.passages(range(store.top_number + 1))
    assert len(passages) == store.count()[1]
    for passage in passages:
        article = store.article(passage.article_id)
        assert passage.text == article.text[passage.start : passage.end]
        assert (passage.title, passage.source, passage.date) == (article.title, article.source, article.date)
        assert store.passage(passage.id) == passage
    assert any("😀" in passage.text for passage in passages)


def test_removed_articles_stay_out_until_restored(folder, tmp_path):
    store = tmp_path / "s"
    sync(folder, store)
    engine = load(store, embedder=EMBEDDER[0])
    (taken,) = engine.store.remove(["a.txt"])
    assert [a.source for a in engine.articles()] == ["b.txt"]
    report = sync(folder, store)
    assert not report.added and any("a.txt" in path and "--restore" in why for path, why in report.skipped)
    assert sync(folder, store, restore=True).added == (taken,)
    assert sync(folder, store).unchanged and len(engine.articles()) == 2
    with pytest.raises(StoreError, match="No article has the id or source"):
        engine.store.remove(["a.txt", "nobody.txt"])
    assert len(engine.articles()) == 2


def test_reclean_reads_unchanged_articles_again(folder, tmp_path):
    added = sync(folder, tmp_path / "s").added
    before = contents(tmp_path / "s")[0]
    assert sync(folder, tmp_path / "s", reclean=True).changed == added
    assert contents(tmp_path / "s")[0] == before


class Broken(Exception):
    pass


@pytest.mark.parametrize("moment", ["embedding", "vectors written", "before commit"])
def test_an_interrupted_build_leaves_the_old_index(folder, tmp_path, monkeypatch, moment):
    store = tmp_path / "s"
    sync(folder, store)
    before = contents(store)
    (folder / "a.txt").write_text(A.replace("九百万", "八百万"), "utf-8")

    def fail(*_, **__):
        raise Broken

    with monkeypatch.context() as patch:
        if moment == "embedding":
            patch.setattr("rag.embed.SentenceEmbedder.encode", fail)
        elif moment == "vectors written":
            patch.setattr("faiss.write_index", fail)
        else:
            patch.setattr("rag.store.write.insert_article", fail)
        with pytest.raises(Broken):
            sync(folder, store)
    assert contents(store) == before
    assert len(list(store.glob("vectors-*.faiss"))) == 1
    assert len(sync(folder, store).changed) == 1


def test_a_second_writer_is_told(folder, tmp_path):
    sync(folder, tmp_path / "s")
    engine = load(tmp_path / "s", embedder=EMBEDDER[0])
    with engine.store.writing():
        error = []

        def other():
            try:
                sync(folder, tmp_path / "s")
            except StoreError as e:
                error.append(str(e))

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert error and "Another build is writing" in error[0]


def test_readers_see_a_new_generation_without_restart(folder, tmp_path):
    store = tmp_path / "s"
    sync(folder, store)
    engine = load(store, embedder=EMBEDDER[0])
    engine.search("博物馆", k=3)
    (folder / "c.txt").write_text("丙\n\n城东新建的博物馆将在十月开放，门票免费，藏品有两千件。\n", "utf-8")
    sync(folder, store)
    assert engine.search("博物馆什么时候开放", k=1)[0].source == "c.txt"


def test_a_reader_inside_a_snapshot_keeps_its_generation(folder, tmp_path):
    store = tmp_path / "s"
    sync(folder, store)
    engine = load(store, embedder=EMBEDDER[0])
    with engine.store.snapshot() as vectors:
        count, articles = vectors.ntotal, len(engine.articles())
        (folder / "b.txt").unlink()
        thread = threading.Thread(target=sync, args=(folder, store))
        thread.start()
        thread.join()
        assert (vectors.ntotal, len(engine.articles())) == (count, articles)
    assert len(engine.articles()) == articles - 1


def test_mismatches_say_what_to_do(folder, tmp_path):
    sync(folder, tmp_path / "s")
    with pytest.raises(StoreError, match="There is no index"):
        load(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    with pytest.raises(StoreError, match="built with the embedding model"):
        load(tmp_path / "s", config=Config(embedder="some/other-model"))
    with pytest.raises(StoreError, match="RAG_PASSAGE_TOKENS=200"):
        load(tmp_path / "s", config=Config(passage_tokens=100))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "articles.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="damaged"):
        load(tmp_path / "broken")
    config = Config()
    store = Store.open(tmp_path / "s", config, make_embedder(config))
    store._vector_file(store.generation).unlink()
    with pytest.raises(StoreError, match="vectors .* missing"):
        store.dense(np.ones(384, np.float32), 3)
