"""Articles added, searched and removed through the chat's library, and what people think of answers."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from rag.__main__ import app
from rag.config import Config
from rag.engine import build, load
from rag.errors import QuestionError, StoreError
from rag.gold import evidence_spans, read_gold
from rag.store import Store
from rag.types import SyncReport

pytest.importorskip("gradio", reason="the chat is an extra: pip install rag-news[chat]")

from killing import HashingEmbedder, story
from ui_fakes import QUOTE, FakeEngine, loaded, make_answer, make_article, make_citation

from ui import handlers, library, render
from ui.feedback import Feedback, Opinion, candidate, places
from ui.library import Library, beside, safe_name
from ui.links import Pointer
from ui.lists import Line
from ui.reasons import reason


@pytest.fixture
def shelf(tmp_path, demo_store, embedder):
    """A library over a copy of the demo index, and the folder where a web server would put files."""
    store = tmp_path / "index"
    shutil.copytree(demo_store, store)
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    loader = loaded(load(store, embedder=embedder))
    return SimpleNamespace(library=Library(loader, incoming), incoming=incoming, engine=loader.engine(), store=store)


def sent(shelf, name: str, content: str | bytes) -> dict[str, str]:
    """A file as the browser sends it."""
    file = shelf.incoming / f"{len(list(shelf.incoming.iterdir()))}-x"
    file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return {"name": name, "path": str(file)}


def add(shelf, *files: dict[str, str]) -> tuple[list[Any], str]:
    *_, last = shelf.library.add(list(files), "en")
    return last


PARROTS = "The parrots of Zorblax\n\nZorblax, 3 May 2024 — The town of Zorblax counted 4,711 green parrots.\n"


def test_an_added_file_can_be_asked_about_replaced_and_removed(shelf):
    before = len(shelf.library.articles())
    steps = list(shelf.library.add([sent(shelf, "parrots.txt", PARROTS)], "en"))
    assert steps[0][0][0].state == "waiting" and not steps[0][1]
    assert steps[-1][0][0].state == "done" and steps[-1][1].startswith("1 article added")
    article = next(a for a in shelf.library.articles() if a.source == "uploads/parrots.txt")
    assert "4,711" in shelf.engine.search("How many parrots has Zorblax?")[0].text
    assert not list(shelf.incoming.iterdir())  # moved, not copied

    assert add(shelf, sent(shelf, "parrots.txt", PARROTS))[0][0].state == "same"
    lines, summary = add(shelf, sent(shelf, "parrots.txt", PARROTS.replace("4,711", "5,000")))
    assert lines[0].state == "done" and "1 changed" in summary
    assert "5,000" in shelf.engine.article(article.id).text

    assert shelf.library.remove(article.id) == article.title
    assert len(shelf.library.articles()) == before
    assert not list((beside(shelf.store) / library.UPLOADS).iterdir())
    assert add(shelf, sent(shelf, "parrots.txt", PARROTS))[0][0].state == "done"  # taken back in gladly


def test_a_bad_file_stops_no_other_and_says_why_without_our_paths(shelf):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("one.txt", PARROTS)
        packed.writestr("two.txt", PARROTS.replace("Zorblax", "Quux"))
        packed.writestr("three.png", b"\x89PNG\r\n\x1a\n")
    lines, summary = add(
        shelf,
        sent(shelf, "empty.txt", " \n"),
        sent(shelf, "dump/news.zip", archive.getvalue()),
        sent(shelf, "song.mp3", "la"),
        {"name": "passwd.txt", "path": "/etc/passwd"},
        {"name": "../..", "path": "nowhere"},
    )
    assert [line.state for line in lines] == ["failed", "done", "failed", "failed", "failed"]
    assert "2 articles added" in summary and "files not taken in: 4" in summary
    said = " ".join(detail for line in lines for detail in line.details)
    assert "there is no text in it" in said and "three.png" in said and "Not a kind of file" in said
    assert str(shelf.store.parent) not in said
    assert Path("/etc/passwd").is_file()
    # A member of an archive goes too, and the archive's other articles stay.
    sources = {a.source: a.id for a in shelf.library.articles()}
    shelf.library.remove(sources["uploads/dump/news.zip/one.txt"])
    left = {a.source for a in shelf.library.articles()}
    assert "uploads/dump/news.zip/two.txt" in left and "uploads/dump/news.zip/one.txt" not in left


@pytest.mark.parametrize(("lang", "says"), [("en", "cleaning leaves nothing"), ("zh", "清理后什么也没有留下")])
def test_a_file_of_which_cleaning_leaves_nothing_is_told_and_not_kept(tmp_path, lang, says):
    # Was wrong once: "added", and nothing was ever found in it. No model is loaded.
    store = Store.open(tmp_path / "index", Config(), HashingEmbedder(), create=True)
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    shelf = SimpleNamespace(library=Library(SimpleNamespace(engine=lambda: SimpleNamespace(store=store)), incoming))
    shelf.incoming = incoming
    *_, (lines, _) = shelf.library.add([sent(shelf, "a.md", "返回搜狐，查看更多责任编辑：\n")], lang)
    assert lines[0].state == "failed" and says in lines[0].details[0] and str(tmp_path) not in lines[0].details[0]
    assert not list((beside(store.path) / library.UPLOADS).iterdir())
    *_, (lines, _) = shelf.library.add([sent(shelf, "a.md", "# 央行\n\n" + story(1))], lang)
    assert lines[0].state == "done"
    *_, (lines, _) = shelf.library.add([sent(shelf, "a.md", "（完）\n")], lang)
    assert lines[0].state == "failed" and ("stays" in lines[0].details[0] or "原来的版本" in lines[0].details[0])
    assert [article.source for article in store.overview()] == ["uploads/a.md"]


@pytest.mark.parametrize(
    "text",
    [
        "it lies in /news: indexed once, as sub/b.txt",
        "it is no longer there; 3 of its articles were not found again and stay in the index: take them out",
        "2 of its files lie in another of the folders, too: indexed once",
        "cleaning leaves nothing of it: add the article's text, or take it out",
    ],
)
def test_what_a_build_notes_is_told_in_chinese(text):
    assert re.search("[一-鿿]", reason(text, "zh")) and reason(text, "en") == text


def test_reasons_are_told_in_chinese_too(shelf):
    *_, (lines, summary) = shelf.library.add(
        [
            sent(shelf, "empty.txt", " "),
            sent(shelf, "broken.json", "{"),
            sent(shelf, "picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
            sent(shelf, "fake.docx", "PK"),
            sent(shelf, "song.mp3", "la"),
            {"name": "x.txt", "path": "/etc/passwd"},
        ],
        "zh",
    )
    assert [line.state for line in lines] == ["failed"] * 6 and "6 个文件未收入" in summary
    for line in lines:
        assert len(line.details) == 1 and re.search("[\u4e00-\u9fff]{4}", line.details[0]), line
        assert not re.search("[a-z]{3,} [a-z]{3,} [a-z]{3,}", line.details[0]) or "(" in line.details[0], line


def test_only_what_was_sent_to_the_server_is_taken_in(shelf, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text(PARROTS, "utf-8")
    (shelf.incoming / "link").symlink_to(secret)
    for path in (secret, shelf.incoming / ".." / "secret.txt", shelf.incoming / "link", shelf.incoming):
        lines, _ = add(shelf, {"name": "x.txt", "path": str(path)})
        assert lines[0].state == "failed" and "did not arrive" in lines[0].details[0]
    assert secret.is_file()


def test_an_article_of_the_index_is_removed_and_search_looks_into_texts(shelf):
    [article] = shelf.library.search("hARBor ledger operatives")
    assert {a.id for a in shelf.library.search("特朗普 海湖庄园")} == {
        a.id for a in shelf.library.search("特朗普 海湖莊園")
    }
    assert article.passages > 1 and not shelf.library.search("nothing like it")
    shelf.library.remove(article.id)
    assert article.id not in {a.id for a in shelf.library.articles()}
    with pytest.raises(StoreError):
        shelf.library.remove(article.id)


@settings(max_examples=60)
@given(st.text(alphabet=st.sampled_from('ab.文/\\:*?"<>|#\x00\n\u202e ~'), max_size=60) | st.text(max_size=300))
def test_no_name_leaves_the_upload_area(name):
    safe = safe_name(name)
    if safe is not None:
        assert safe_name(safe) == safe
        place = PurePosixPath("/area") / safe
        assert len(place.parts) <= 10 and ".." not in place.parts and "\\" not in safe and "#" not in safe
        assert all(part == part.strip(" .") and len(part.encode()) <= 120 for part in safe.split("/"))
        assert not any(ord(c) < 32 or c in "\u202e<>|:" for c in safe)


# ── opinions ───────────────────────────────────────────────────────────────────────────────────


def rated(tmp_path, vote="up", comment="", turn=0, **answer):
    article = make_article()
    engine = FakeEngine(
        [article],
        make_answer("x [1]", citations=(make_citation(article, QUOTE),)) if not answer else make_answer(**answer),
    )
    feedback = Feedback(tmp_path / "index")
    chat = handlers.with_reply(handlers.with_question([], "How much?"), render.answer(engine.answer, 0))
    event = SimpleNamespace(conversation="c1", turn=turn, vote=vote, comment=comment)
    handlers.rate(event, chat, loaded(engine), feedback)
    return feedback


def test_a_thumb_is_kept_with_what_it_was_about(tmp_path):
    rated(tmp_path)
    feedback = rated(tmp_path, comment="right <b>")  # the comment comes after the click and takes its place
    [opinion] = feedback.opinions()
    assert (opinion.vote, opinion.comment, opinion.question) == ("up", "right <b>", "How much?")
    assert opinion.answer.startswith("x [1]") and opinion.evidence[0]["quote"] == QUOTE
    assert feedback.file == tmp_path / "index-added" / "feedback.sqlite"
    rated(tmp_path, "down")
    assert [o.vote for o in feedback.opinions()] == ["down"]
    with pytest.raises(StoreError, match="too long"):
        rated(tmp_path, text="x" * 100_001)
    for wrong in ({"vote": "sideways"}, {"turn": 4}):
        with pytest.raises(QuestionError):
            rated(tmp_path, **wrong)


NEWS = {
    "2024/index.html": "The harbour strike\n\nAna Ruiz spoke to forty crane drivers behind the pier on Monday.\n",
    "2025/index.html": "港口罢工结束\n\n维尔姆港的四十名吊车司机周一在北码头后面听安娜讲了一个小时。\n",
}


@pytest.fixture
def news(tmp_path, embedder):
    """A small corpus that is not ours, two of whose files have one name, and its engine."""
    folder = tmp_path / "news"
    for name, text in NEWS.items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(f"<h1>{text.split(chr(10))[0]}</h1><p>{text.split(chr(10))[2]}</p>", "utf-8")
    build([folder], tmp_path / "index", embedder=embedder)
    return SimpleNamespace(folder=folder, store=tmp_path / "index", engine=load(tmp_path / "index", embedder=embedder))


def told(news, question: str, value: str, turn: int) -> str:
    """The chat's message of an answer that cites the sentence with this value; of a refusal without one."""
    if not value:
        return render.answer(make_answer("They don't say.", question=question, answered=False), turn)
    article = next(a for a in news.engine.articles() if value in a.text)
    citation = make_citation(article, article.text.splitlines()[-1])
    return render.answer(make_answer(f"**{value}** [1]\n\n“…” [1]", question=question, citations=(citation,)), turn)


def test_praise_is_confirmed_and_checked_without_an_edit(news, tmp_path):
    turns = (("Who spoke to the drivers?", "Ana Ruiz"), ("有多少名司机？", "四十名"), ("And in Oslo?", ""))
    chat: list[Any] = []
    for turn, (question, value) in enumerate(turns):
        chat = handlers.with_reply(handlers.with_question(chat, question), told(news, question, value, turn))
    loader = loaded(news.engine)
    for turn in range(len(turns)):
        event = SimpleNamespace(conversation="c", turn=turn, vote="up", comment="good")
        handlers.rate(event, chat, loader, Feedback(news.store))
    exported, gold = tmp_path / "candidates.jsonl", tmp_path / "gold.jsonl"
    done = subprocess.run(
        [sys.executable, "-m", "ui.feedback", "--store", str(news.store)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    exported.write_text(done.stdout, "utf-8")
    confirm = ["gold", "confirm", str(exported), "--to", str(gold), "--store", str(news.store)]
    said = CliRunner().invoke(app, confirm, input="y\n" * len(turns))
    assert said.exit_code == 0 and "3 questions added" in said.output, said.output
    checked = CliRunner().invoke(app, ["gold", "check", str(gold), "--articles", str(news.folder)])
    assert checked.exit_code == 0 and "3 questions, 0 errors, 0 warnings" in checked.output, checked.output
    first, second, third = sorted(read_gold([gold]), key=lambda g: len(g.history))
    assert (first.type, second.type, third.type) == ("fact", "followup", "unanswerable")
    assert first.answer_all == (("Ana Ruiz",),) and third.history == (turns[0][0], turns[1][0])
    assert [g.docs for g in (first, second)] == [("2024/index.html",), ("2025/index.html",)]
    [[(_, start, end)]] = evidence_spans(second, news.engine.articles())
    assert "四十名" in next(a for a in news.engine.articles() if a.language == "zh").text[start:end]


def test_praise_whose_articles_are_gone_is_not_taken_for_a_refusal(tmp_path):
    # Was wrong once: without evidence left it became a question that should be refused.
    praised = replace(next(rated(tmp_path, "up").opinions()), evidence=())
    assert candidate(replace(praised, answer='**$4** [1]\n\n[1] *T* (x): "q"'))["type"] == "fact"
    assert candidate(replace(praised, answer="The articles don't say."))["type"] == "unanswerable"


def test_a_dump_that_lost_a_record_is_no_dump_unchanged():
    report = SyncReport(removed=("a",), unchanged=("b", "c"))
    line = library._told(Line("dump.jsonl"), report, Path("/x"), "en")
    assert line.state == "done" and line.details == ("0 added, 0 changed, 1 removed",)
    assert library._told(Line("dump.jsonl"), SyncReport(unchanged=("b",)), Path("/x"), "en").state == "same"


def test_blame_brings_no_answer_and_no_feedback_is_told(tmp_path):
    [opinion] = rated(tmp_path, "down", comment="wrong").opinions()
    assert candidate(opinion)["answer_all"] == candidate(opinion)["evidence"] == []
    elsewhere = [sys.executable, "-m", "ui.feedback", "--store", str(tmp_path / "other")]
    done = subprocess.run(elsewhere, capture_output=True, text=True, cwd=Path(__file__).parent.parent)
    assert done.returncode == 1 and "There is no feedback" in done.stderr and "Traceback" not in done.stderr


def test_words_that_stand_twice_in_a_file_are_given_by_their_place():
    article = make_article(text="He said no.\n\nHe said no.")
    citation = make_citation(article, "He said no.")
    [place] = places([Pointer.of(citation, 0)], FakeEngine([article]).article, [article.source])
    row = candidate(Opinion("i", "t", "up", "", "What did he say?", (), "x [1]", (place,)))
    assert row["evidence"] == [{"doc": "a1.txt", "start": 0, "end": 11, "sha256": place["sha256"]}]
    assert row["answer_all"] == [["He said no."]]
