"""Files → raw text: encodings, formats, limits, sources."""

import codecs
import logging
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

from rag import articles as room
from rag.articles import decode, read_articles
from rag.errors import ArticleError
from rag.types import make_id

TEXT = "港口工人投票结束罢工。\nThe dockers voted to end the strike.\n"


def _write(root, **files):
    """Files below a root, by their paths; returns the root."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def _read(*roots, **options):
    """The articles and what was skipped, as a dictionary of file name → reason."""
    skipped = {}
    found = list(read_articles(roots, on_skip=lambda path, why: skipped.update({Path(path).name: why}), **options))
    return found, skipped


class LineReader(BaseReader):
    """One document a line."""

    def lazy_load_data(self, file, **_):
        for line in file.read_text().splitlines():
            yield Document(text=line)


# ── encodings ──


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("utf-8"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16"),
    ],
)
def test_utf8_and_marked_utf16_give_the_same_text(data):
    assert decode(data) == TEXT


def test_a_utf8_byte_order_mark_hides_nothing():
    assert decode(codecs.BOM_UTF8 + TEXT.encode()).lstrip("\ufeff") == TEXT


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
@settings(deadline=None, max_examples=100)
def test_decoding_undoes_encoding(text):
    assert decode(text.encode("utf-8")) == text
    assert decode(codecs.BOM_UTF16_LE + text.encode("utf-16-le")) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
        (b"plain\0text", "binary"),
        (b"\x7fELF\x02\x01\0\xff", "binary"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8a\x00", "binary"),
        ("码头工人".encode("gb18030"), "iconv"),
        ("碼頭工人".encode("big5"), "UTF-8"),
        ("café".encode("latin-1"), "UTF-8"),
        (codecs.BOM_UTF16_BE + b"\x41", "UTF-16"),
    ],
)
def test_what_is_not_text_is_refused_with_a_reason(data, reason):
    with pytest.raises(ArticleError, match=reason):
        decode(data)


@given(st.binary(max_size=60))
@settings(deadline=None, max_examples=150)
def test_any_bytes_decode_or_are_refused(data):
    try:
        assert "\0" not in decode(data)
    except ArticleError as error:
        assert str(error)


@pytest.mark.parametrize(
    "raw", ["一行\r\n二行\r\n\r\n三行\r", "\n\n a\tb \n", "\u2028x\u0085y", "\ufeff开头", "e\u0301"]
)
def test_raw_is_the_file_to_the_character(tmp_path, raw):
    (article,), _ = _read(_write(tmp_path, **{"a.txt": raw}))
    assert article.raw == raw
    assert article.text == ""  # cleaning is another room's work


# ── which files ──


def test_sources_are_paths_below_the_root_in_order(tmp_path):
    _write(tmp_path, **{"b.txt": TEXT, "a/z.md": TEXT, "a/b/c.markdown": TEXT, "A.TXT": TEXT, "港口/新闻.txt": TEXT})
    found, skipped = _read(tmp_path)
    # Was wrong once: the files of a folder come before its subfolders: A.TXT, b.txt, a/z.md …
    assert [article.source for article in found] == ["A.TXT", "a/b/c.markdown", "a/z.md", "b.txt", "港口/新闻.txt"]
    assert skipped == {}
    assert [article.id for article in found] == [make_id(article.source) for article in found]
    assert _read(tmp_path)[0] == found


def test_folders_are_read_in_order_however_the_disk_lists_them(tmp_path):
    names = [f"{number * 7 % 31:02}/a.txt" for number in range(31)]
    found, _ = _read(_write(tmp_path, **dict.fromkeys(names, TEXT)))
    assert [article.source for article in found] == sorted(names)


def test_an_id_depends_on_the_source_alone(tmp_path):
    (one,), _ = _read(_write(tmp_path / "one", **{"a.txt": TEXT}))
    (other,), _ = _read(_write(tmp_path / "other", **{"a.txt": "Another text."}))
    assert one.id == other.id


def test_hidden_files_and_folders_are_not_even_skipped(tmp_path):
    _write(tmp_path, **{"a.txt": TEXT, ".b.txt": TEXT, ".git/c.txt": TEXT, "d/.e/f.txt": TEXT, ".DS_Store": b"\0"})
    found, skipped = _read(tmp_path)
    assert [article.source for article in found] == ["a.txt"]
    assert skipped == {}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("photo.png", b"\x89PNG\0", "not a format"),
        ("paper.pdf", b"%PDF-1.4", ".pdf"),
        ("README", TEXT, "without ending"),
        ("empty.txt", b"", "no text"),
        ("blank.txt", " \r\n\t\n", "no text"),
        ("mark.txt", codecs.BOM_UTF8, "no text"),
        ("binary.txt", b"a\0b", "binary"),
        ("gb.txt", "码头".encode("gb18030"), "iconv"),
        ("large.txt", "x" * 2000, "limit"),
    ],
)
def test_a_file_that_cannot_be_read_is_skipped_with_its_reason(tmp_path, monkeypatch, name, content, reason):
    monkeypatch.setattr(room, "MAX_BYTES", 1000)
    found, skipped = _read(_write(tmp_path, **{"good.txt": TEXT, name: content}))
    assert [article.source for article in found] == ["good.txt"]
    assert list(skipped) == [name]
    assert reason in skipped[name]


def test_a_file_at_the_limit_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "MAX_BYTES", 1000)
    found, skipped = _read(_write(tmp_path, **{"good.txt": "x" * 1000}))
    assert len(found) == 1 and skipped == {}


def test_skipped_files_are_logged_when_nobody_listens(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        list(read_articles([_write(tmp_path, **{"a.txt": TEXT, "b.pdf": b"%PDF"})]))
    assert "b.pdf" in caplog.text


def test_a_single_file_is_a_root(tmp_path):
    _write(tmp_path, **{"sub/a.txt": TEXT, "sub/b.txt": TEXT})
    (article,), _ = _read(tmp_path / "sub" / "a.txt")
    assert article.source == "a.txt"
    assert article.title == "a"


def test_several_roots_are_read_in_the_order_given(tmp_path):
    _write(tmp_path, **{"one/a.txt": TEXT, "two/b.txt": TEXT})
    assert [article.source for article in _read(tmp_path / "two", tmp_path / "one")[0]] == ["b.txt", "a.txt"]


def test_each_article_is_announced_with_its_root(tmp_path):
    _write(tmp_path, **{"one/a.txt": TEXT, "two/b.txt": TEXT})
    heard = []
    roots = [tmp_path / "one", tmp_path / "two"]
    found = list(read_articles(roots, on_read=lambda article, root: heard.append((article, root))))
    assert heard == list(zip(found, roots, strict=True))


# ── what a user must put right ──


def test_two_roots_with_the_same_source_are_refused(tmp_path):
    _write(tmp_path, **{"one/a.txt": TEXT, "two/a.txt": "Another text."})
    with pytest.raises(ArticleError, match=r"one.*two.*'a\.txt'"):
        _read(tmp_path / "one", tmp_path / "two")


def test_a_missing_root_is_named(tmp_path):
    with pytest.raises(ArticleError, match="nowhere"):
        _read(tmp_path / "nowhere")


def test_an_empty_folder_is_refused_and_says_what_it_reads(tmp_path):
    with pytest.raises(ArticleError, match=r"\.txt"):
        _read(tmp_path)


def test_a_folder_of_unreadable_files_says_why(tmp_path):
    with pytest.raises(ArticleError, match=r"b\.txt.*binary"):
        _read(_write(tmp_path, **{"b.txt": b"a\0b"}))


def test_an_empty_second_root_is_refused_too(tmp_path):
    _write(tmp_path, **{"one/a.txt": TEXT})
    (tmp_path / "two").mkdir()
    with pytest.raises(ArticleError, match="two"):
        _read(tmp_path / "one", tmp_path / "two")


# ── other formats ──


def test_documents_of_a_custom_reader_are_articles_of_their_own(tmp_path):
    _write(tmp_path, **{"dump.jsonl": "第一篇报道。\nSecond report.\n第三篇报道。", "a.txt": TEXT})
    found, skipped = _read(tmp_path, readers={".jsonl": LineReader()})
    assert [article.source for article in found] == ["a.txt", "dump.jsonl#1", "dump.jsonl#2", "dump.jsonl#3"]
    assert [article.raw for article in found[1:]] == ["第一篇报道。", "Second report.", "第三篇报道。"]
    assert [article.language for article in found[1:]] == ["zh", "en", "zh"]
    assert len({article.id for article in found}) == 4
    assert skipped == {}


def test_a_custom_reader_with_one_document_keeps_the_plain_source(tmp_path):
    (article,), _ = _read(_write(tmp_path, **{"dump.JSONL": "只有一篇。"}), readers={".jsonl": LineReader()})
    assert article.source == "dump.JSONL"


def test_a_custom_reader_may_replace_a_built_in_format(tmp_path):
    found, _ = _read(_write(tmp_path, **{"a.txt": "one\ntwo"}), readers={".txt": LineReader()})
    assert [article.raw for article in found] == ["one", "two"]


def test_a_blank_record_does_not_take_its_siblings_along(tmp_path):
    # Was wrong once: one blank record and the whole dump is skipped.
    _write(tmp_path, **{"dump.jsonl": "First report.\n\nThird report.", "a.txt": TEXT})
    found, _ = _read(tmp_path, readers={".jsonl": LineReader()})
    assert [article.raw for article in found[1:]] == ["First report.", "Third report."]


def test_a_custom_reader_that_fails_skips_its_file_only(tmp_path):
    # Was wrong once: the exception ends the whole build.
    class BrokenReader(BaseReader):
        def lazy_load_data(self, file, **_):
            raise ValueError("line 3 is not JSON")

    found, skipped = _read(_write(tmp_path, **{"dump.jsonl": "x", "a.txt": TEXT}), readers={".jsonl": BrokenReader()})
    assert [article.source for article in found] == ["a.txt"]
    assert "line 3 is not JSON" in skipped["dump.jsonl"]
