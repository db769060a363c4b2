"""What a build does with files that can't be read, or not for certain; no model is loaded."""

import json

import numpy as np
import pytest
from test_articles import _write
from test_articles_formats import RECORD, _lines
from test_articles_limits import make_zip
from test_clean import EN, ZH

from rag.config import Config
from rag.embed import SentenceEmbedder
from rag.errors import ArticleError
from rag.indexing import build
from rag.store import Store


class LengthEmbedder(SentenceEmbedder):
    """A text's vector is its length in eight bits: legible, and quick."""

    def __init__(self):
        super().__init__(lambda: None, fingerprint="lengths")

    @property
    def dimension(self):
        return 8

    def encode(self, texts, *, query=False, progress=None):
        return np.array([[float(len(text) >> bit & 1) for bit in range(8)] for text in texts], np.float32).reshape(
            -1, 8
        )


@pytest.fixture
def index(tmp_path):
    """Builds a folder into one store; returns the report and what the store holds then."""
    embedder = LengthEmbedder()

    def sync(*roots, **options):
        config = options.pop("config", None) or Config()
        report = build(roots, tmp_path / "index", embedder=embedder, config=config, **options)
        held = Store.open(tmp_path / "index", config, embedder).articles()
        return report, {article.source: article for article in held}

    return sync


FILES = {
    "a.txt": ZH[0],
    "dump.jsonl": _lines(RECORD, {"text": EN[0]}),
    "old.zip": make_zip({"x/c.txt": ZH[1], "d.txt": ZH[2]}),
}


def _folder(tmp_path, **files):
    return _write(tmp_path / "news", **{**FILES, **files})


@pytest.mark.parametrize(
    ("name", "now", "stays"),
    [
        ("a.txt", b"\0\1\2", ["a.txt"]),
        ("a.txt", b"", ["a.txt"]),
        ("dump.jsonl", b"\0\1\2", ["dump.jsonl#1", "dump.jsonl#2"]),
        ("dump.jsonl", _lines(RECORD) + "\n{broken", ["dump.jsonl#1", "dump.jsonl#2"]),
        ("old.zip", b"PK no more", ["old.zip/d.txt", "old.zip/x/c.txt"]),
        ("old.zip", make_zip({"x/c.txt": b"\0", "d.txt": ZH[2]}), ["old.zip/d.txt", "old.zip/x/c.txt"]),
    ],
)
def test_what_has_become_unreadable_keeps_its_old_version(tmp_path, index, name, now, stays):
    folder = _folder(tmp_path)
    first, before = index(folder)
    assert len(first.added) == 5 and first.skipped == ()
    _write(folder, **{name: now})
    report, after = index(folder)
    assert (report.added, report.changed, report.removed, report.moved) == ((), (), (), ())
    assert {source: after[source].text for source in stays} == {source: before[source].text for source in stays}
    assert after.keys() == before.keys()
    ((path, reason),) = report.skipped
    assert path.startswith(str(folder / name)) and "before stays" in reason
    # And when it can be read again, or is gone for good, the index follows.
    _write(folder, **{name: FILES[name]})
    assert len(index(folder)[0].unchanged) == 5
    (folder / name).unlink()
    report, after = index(folder)
    assert len(report.removed) == len(stays) and not after.keys() & set(stays)


def test_a_file_that_never_was_readable_has_nothing_to_keep(tmp_path, index):
    report, _ = index(_folder(tmp_path, **{"bad.txt": b"\0"}))
    ((_, reason),) = report.skipped
    assert "before stays" not in reason


def test_a_record_that_is_no_longer_there_is_removed(tmp_path, index):
    folder = _folder(tmp_path)
    index(folder)
    _write(folder, **{"dump.jsonl": _lines(RECORD)})
    report, after = index(folder)
    assert len(report.removed) == 1 and "dump.jsonl#2" not in after


def test_a_folder_of_nothing_readable_changes_nothing(tmp_path, index):
    folder = _folder(tmp_path)
    _, before = index(folder)
    for name in ("a.txt", "dump.jsonl", "old.zip"):
        (folder / name).write_bytes(b"\0")
    with pytest.raises(ArticleError, match="No readable article"):
        index(folder)
    for name in ("a.txt", "dump.jsonl", "old.zip"):
        (folder / name).write_bytes(FILES[name].encode() if isinstance(FILES[name], str) else FILES[name])
    assert index(folder)[1] == before


def test_a_guessed_encoding_is_in_the_report(tmp_path, index):
    folder = _folder(tmp_path, **{"gb.txt": ZH[0].encode("gb18030")})
    report, after = index(folder)
    assert report.notes == (
        (str(folder / "gb.txt"), "its encoding is a guess: GB18030, confidence 0.99; save it as UTF-8 to be sure"),
    )
    assert after["gb.txt"].raw == ZH[0]
    assert report.to_dict()["notes"] == [list(report.notes[0])]


@pytest.mark.parametrize(
    ("key", "value"), [("title", "新标题"), ("date", "2025-03-02"), ("source", "河港报"), ("author", "王五")]
)
def test_a_record_whose_metadata_changes_has_changed(tmp_path, index, key, value):
    # Was wrong once: only the text was compared.
    folder = _folder(tmp_path)
    index(folder)
    _write(folder, **{"dump.jsonl": _lines({**RECORD, key: value}, {"text": EN[0]})})
    report, after = index(folder)
    assert len(report.changed) == 1 and len(report.unchanged) == 4
    assert value in json.dumps(after["dump.jsonl#1"].to_dict(), ensure_ascii=False)


def test_a_moved_file_is_recognised_whatever_its_name_and_format(tmp_path, index):
    folder = _folder(
        tmp_path, **{"page.html": f"<html><head><title>T</title></head><body><p>{ZH[0]}{EN[0]}</p></body></html>"}
    )
    index(folder)
    for name in ("a.txt", "page.html"):
        (folder / name).rename(folder / f"moved-{name}")
    report, after = index(folder)
    assert len(report.moved) == 2 and not report.removed and not report.added
    assert {"moved-a.txt", "moved-page.html"} <= after.keys()


def test_field_names_come_from_the_settings(tmp_path, index):
    folder = _write(tmp_path / "news", **{"dump.jsonl": _lines({"story": ZH[0]})})
    with pytest.raises(ArticleError, match="RAG_TEXT_FIELDS"):
        index(folder)
    assert index(folder, config=Config(text_fields="story"))[1]["dump.jsonl#1"].raw == ZH[0]
