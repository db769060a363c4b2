"""Articles added, searched and removed through the chat's library, and what people think of answers."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.engine import load
from rag.errors import QuestionError, StoreError
from rag.evaluate import evidence_spans, read_gold

pytest.importorskip("gradio", reason="the chat is an extra: pip install rag-news[chat]")

from ui_fakes import QUOTE, FakeEngine, loaded, make_answer, make_article, make_citation

from ui import handlers, library, render
from ui.feedback import Feedback, candidate
from ui.library import Library, beside, safe_name


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
    assert "2 articles added" in summary and "4 files not taken in" in summary
    said = " ".join(detail for line in lines for detail in line.details)
    assert "there is no text in it" in said and "three.png" in said and "Not a kind of file" in said
    assert str(shelf.store.parent) not in said
    assert Path("/etc/passwd").is_file()
    # A member of an archive goes too, and the archive's other articles stay.
    sources = {a.source: a.id for a in shelf.library.articles()}
    shelf.library.remove(sources["uploads/dump/news.zip/one.txt"])
    left = {a.source for a in shelf.library.articles()}
    assert "uploads/dump/news.zip/two.txt" in left and "uploads/dump/news.zip/one.txt" not in left


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
    for wrong in ({"vote": "sideways"}, {"turn": 4}):
        with pytest.raises(QuestionError):
            rated(tmp_path, **wrong)


def test_praise_becomes_a_valid_gold_question(tmp_path, demo):
    answer = demo.ask("Who introduced Altman to Trump?")
    assert answer.citations
    chat = handlers.with_reply(handlers.with_question([], answer.question), render.answer(answer, 0))
    refused = demo.ask("What is the recipe for sourdough bread?")
    chat = handlers.with_reply(handlers.with_question(chat, refused.question), render.answer(refused, 1))
    feedback = Feedback(tmp_path / "index")
    for turn in (0, 1):
        event = SimpleNamespace(conversation="c", turn=turn, vote="up", comment="")
        handlers.rate(event, chat, loaded(demo), feedback)
    done = subprocess.run(
        [sys.executable, "-m", "ui.feedback", "--store", str(tmp_path / "index")],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows == [candidate(o) for o in feedback.opinions()]
    bare = [json.dumps({key: value for key, value in row.items() if key != "feedback"}) for row in rows]
    gold = {g.question: g for g in read_gold([_file(tmp_path, "\n".join(bare))])}
    spans = evidence_spans(gold[answer.question], demo.articles())
    assert [span for [span] in spans] == [(c.article_id, c.start, c.end) for c in answer.citations]
    assert not gold[refused.question].answer_all and gold[refused.question].history == (answer.question,)


def _file(folder: Path, text: str) -> Path:
    file = folder / "candidates.jsonl"
    file.write_text(text, "utf-8")
    return file
