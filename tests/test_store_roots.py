"""Folders that are renamed, that lie in each other, that are gone; and articles of which cleaning leaves nothing."""

import os
import sys

import pytest
from conftest import write_articles
from killing import HashingEmbedder, old_folder, state, story

from rag.clean import clean
from rag.config import Config
from rag.errors import ArticleError, StoreError
from rag.indexing import build
from rag.store import Store

EMBEDDER = HashingEmbedder()


def sync(store, *roots, **options):
    return build(roots, store, config=Config(), embedder=EMBEDDER, **options)


def changes(report):
    kinds = ("added", "changed", "removed", "moved", "unchanged")
    return {kind: len(getattr(report, kind)) for kind in kinds if getattr(report, kind)}


def roots(store):
    return Store.open(store, Config(), EMBEDDER).roots()


def test_a_renamed_folder_is_recognised(tmp_path):
    # Was wrong once: "already indexed from …/news. Rename one of the two", though that folder was gone.
    folder, store = old_folder(tmp_path / "news", 12), tmp_path / "s"
    sync(store, folder)
    before = state(store)
    renamed = folder.rename(tmp_path / "news2")
    report = sync(store, renamed)
    assert changes(report) == {"unchanged": 12} and report.notes == ()
    assert state(store) == before and roots(store) == [str(renamed)]
    assert changes(sync(store, renamed)) == {"unchanged": 12}


def test_a_folder_that_is_renamed_and_edited_says_what_was_not_found_again(tmp_path):
    folder, store = old_folder(tmp_path / "news", 6), tmp_path / "s"
    sync(store, folder)
    renamed = folder.rename(tmp_path / "news2")
    (renamed / "0000.txt").write_text(story(0, version=1), "utf-8")
    (renamed / "0001.txt").rename(renamed / "other.txt")
    (renamed / "0002.txt").unlink()
    report = sync(store, renamed)
    assert changes(report) == {"changed": 1, "moved": 1, "unchanged": 3}
    ((path, note),) = report.notes
    assert path == str(folder) and "1 of its articles" in note and "remove" in note
    assert state(store)["0000.txt"] == story(0, version=1) and {"other.txt", "0002.txt"} <= state(store).keys()
    assert sync(store, renamed).notes == ()


def test_a_folder_that_is_gone_for_now_loses_nothing(tmp_path):
    one, two, store = old_folder(tmp_path / "one", 4), tmp_path / "two", tmp_path / "s"
    sync(store, one)
    one.rename(tmp_path / "elsewhere")
    report = sync(store, write_articles(two, {"b.txt": story(80)}))
    assert changes(report) == {"added": 1} and report.notes == () and len(state(store)) == 5


def test_two_folders_that_both_exist_still_may_not_clash(tmp_path):
    store = tmp_path / "s"
    sync(store, write_articles(tmp_path / "one", {"a.txt": story(1)}))
    with pytest.raises(StoreError, match="already indexed from"):
        sync(store, write_articles(tmp_path / "two", {"a.txt": story(2)}))


@pytest.fixture
def news(tmp_path):
    return write_articles(tmp_path / "news", {"a.txt": story(1), "sub/b.txt": story(2), "sub/c.txt": story(3)})


WHOLE = {"a.txt", "sub/b.txt", "sub/c.txt"}


@pytest.mark.parametrize(
    "builds",
    [
        [["."], ["sub"]],
        [["sub"], ["."]],
        [[".", "sub"]],
        [["sub", "."]],
        [["."], ["a.txt"]],
        [["a.txt"], ["sub/b.txt"], ["."]],
        [["."], ["sub/b.txt"], ["sub"]],
        [[".", "a.txt", "sub"], [".", "sub/b.txt"]],
        [[".", "."]],
    ],
)
def test_a_file_in_two_folders_is_indexed_once_whatever_is_built_when(tmp_path, news, builds):
    # Was wrong once: sub/b.txt and b.txt both stayed, or "already indexed from".
    reports = [sync(tmp_path / "s", *(news / path for path in paths)) for paths in builds]
    assert state(tmp_path / "s").keys() == WHOLE and roots(tmp_path / "s") == [str(news)]
    assert [*reports[-1].notes, *(note for report in reports for note in report.notes)] or builds[-1] == ["."]
    assert changes(sync(tmp_path / "s", news)) == {"unchanged": 3}


def test_a_part_of_a_folder_is_brought_up_to_date_alone(tmp_path, news):
    store = tmp_path / "s"
    sync(store, news)
    (news / "a.txt").write_text(story(9), "utf-8")
    (news / "sub" / "b.txt").write_text(story(8), "utf-8")
    (news / "sub" / "c.txt").unlink()
    report = sync(store, news / "sub")
    assert changes(report) == {"changed": 1, "removed": 1}
    ((path, note),) = report.notes
    assert path == str(news / "sub") and f"it lies in {news}" in note
    assert state(store) == {"a.txt": story(1), "sub/b.txt": story(8)}


def test_an_inner_folder_that_is_missing_is_still_an_error(tmp_path, news):
    sync(tmp_path / "s", news)
    with pytest.raises(Exception, match="no file or folder"):
        sync(tmp_path / "s", news / "nowhere")
    assert state(tmp_path / "s").keys() == WHOLE


def test_the_outer_folder_removes_what_is_gone_of_an_inner_one(tmp_path, news):
    sync(tmp_path / "s", news / "sub")
    (news / "sub" / "b.txt").unlink()
    report = sync(tmp_path / "s", news)
    assert changes(report) == {"added": 1, "moved": 1, "removed": 1}


def test_an_article_is_found_by_its_source_too(tmp_path, news):
    (one, *_), store = sync(tmp_path / "s", news).added, Store.open(tmp_path / "s", Config(), EMBEDDER)
    assert store.id_of("a.txt") == store.id_of(one) == one and store.id_of("nobody") == "nobody"


# ── nothing left ──

EMPTY = "返回搜狐，查看更多责任编辑：\n"


# ── taken out by hand ──────────────────────────────────────────────────────────────────────────


def test_what_was_taken_out_stays_out_under_another_name(tmp_path):
    # Was wrong once: seen from the folder above, or renamed, it was an article that nobody had taken out.
    folder, store = old_folder(tmp_path / "x" / "news", 4), tmp_path / "s"
    sync(store, folder)
    Store.open(store, Config(), EMBEDDER).remove(["0001.txt"])
    (folder / "0001.txt").rename(folder / "renamed.txt")
    assert changes(sync(store, folder)) == {"unchanged": 3}
    report = sync(store, tmp_path / "x")
    assert changes(report) == {"moved": 3} and [path for path, _ in report.skipped] == ["news/renamed.txt"]
    assert changes(sync(store, tmp_path / "x", restore=True)) == {"added": 1, "unchanged": 3}
    assert changes(sync(store, tmp_path / "x")) == {"unchanged": 4}


def test_what_was_taken_out_of_one_folder_is_not_missed_in_another(tmp_path):
    one, other, store = old_folder(tmp_path / "one", 2), old_folder(tmp_path / "other", 0), tmp_path / "s"
    (other / "0001.txt").write_text(story(77), "utf-8")  # by the same name
    sync(store, one)
    Store.open(store, Config(), EMBEDDER).remove(["0001.txt"])
    assert changes(sync(store, other, restore=True)) == {"added": 1}
    assert changes(sync(store, one)) == {"unchanged": 1}  # what is brought back elsewhere brings back nothing here


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux alone")
def test_a_folder_whose_name_is_not_utf_8_is_told_or_read_from_above(tmp_path):
    inner, store = tmp_path / "news" / os.fsdecode("港口".encode("gbk")), tmp_path / "s"
    inner.mkdir(parents=True)
    (inner / "a.txt").write_text(story(1), "utf-8")
    with pytest.raises(ArticleError, match="港口 is not UTF-8: rename it"):
        sync(store, inner)
    assert not store.exists()
    assert changes(sync(store, tmp_path / "news")) == {"added": 1}
    report = sync(store, inner)
    assert changes(report) == {"unchanged": 1} and set(state(store)) == {"港口/a.txt"}
    str(report.notes).encode()


def test_a_build_over_lost_vectors_says_what_to_do(tmp_path):
    folder, store = old_folder(tmp_path / "news", 3), tmp_path / "s"
    sync(store, folder)
    for file in store.glob("vectors-*"):
        file.unlink()
    (folder / "new.txt").write_text(story(9), "utf-8")
    with pytest.raises(StoreError, match="vectors .* are missing. Delete the folder"):
        sync(store, folder)


# ── nothing left ───────────────────────────────────────────────────────────────────────────────


def test_an_article_of_which_nothing_is_left_is_told_and_not_added(tmp_path):
    # Was wrong once: "added 2", and nothing was ever found in one of them.
    folder, store = write_articles(tmp_path / "news", {"a.txt": story(1), "b.md": EMPTY}), tmp_path / "s"
    for expected in ({"added": 1}, {"unchanged": 1}):
        report = sync(store, folder)
        ((path, reason),) = report.skipped
        assert changes(report) == expected and path == str(folder / "b.md")
        assert "cleaning leaves nothing" in reason and "take it out" in reason
    assert state(store).keys() == {"a.txt"}
    (folder / "b.md").write_text(EMPTY + story(2), "utf-8")
    report = sync(store, folder)
    assert changes(report) == {"added": 1, "unchanged": 1} and report.skipped == ()


def test_what_is_found_empty_is_cleaned_once(tmp_path, monkeypatch):
    folder, cleaned = write_articles(tmp_path / "news", {"a.txt": story(1), "b.md": EMPTY}), []
    monkeypatch.setattr("rag.store.sync.clean", lambda *given: cleaned.append(given) or clean(*given))
    sync(tmp_path / "s", folder)
    sync(tmp_path / "s", folder)
    assert len(cleaned) == 2
    sync(tmp_path / "s", folder, reclean=True)
    assert len(cleaned) == 4


def test_an_article_that_has_become_empty_keeps_its_old_version_and_says_so(tmp_path):
    folder, store = write_articles(tmp_path / "news", {"a.txt": story(1), "b.md": story(2)}), tmp_path / "s"
    sync(store, folder)
    before = state(store)
    (folder / "b.md").write_text(EMPTY, "utf-8")
    report = sync(store, folder)
    ((_, reason),) = report.skipped
    assert changes(report) == {"unchanged": 1} and "before stays" in reason and state(store) == before
    (folder / "b.md").unlink()
    assert changes(sync(store, folder)) == {"unchanged": 1, "removed": 1}


def test_a_folder_of_empty_articles_only_is_told_too(tmp_path):
    report = sync(tmp_path / "s", write_articles(tmp_path / "news", {"a.md": EMPTY}))
    assert changes(report) == {} and len(report.skipped) == 1
