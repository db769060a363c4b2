"""Files → raw text: encodings, formats, limits, sources."""

import codecs
import logging
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

from rag.articles import decode, limits, read_articles
from rag.articles.encodings import SURE
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
    decoded = decode(data)
    assert (decoded.text, decoded.confidence, decoded.notes) == (TEXT, 1.0, ())


def test_a_utf8_byte_order_mark_hides_nothing():
    assert decode(codecs.BOM_UTF8 + TEXT.encode()).text.lstrip("\ufeff") == TEXT


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Co"]) | st.sampled_from("\n\t\r"), max_size=80))
@settings(max_examples=150)
def test_decoding_undoes_encoding(text):
    # A text that opens with another format's mark ("%PDF-") is that format; one that somebody garbled is put right.
    try:
        plain = decode(text.encode("utf-8"))
    except ArticleError as error:
        assert "binary" in str(error)
    else:
        assert plain.text == text or "put right" in plain.notes[0]
    if not text.startswith("\0"):
        assert decode(codecs.BOM_UTF16_LE + text.encode("utf-16-le")).text == text


ZH = "码头工人周三投票，决定结束为期三周的罢工行动。船东协会说，货船将从周五起陆续恢复靠岸。\n"
HANT = "碼頭工人週三投票，決定結束為期三週的罷工行動。船東協會說，貨船將從週五起陸續恢復靠岸。\n"
EN = "The dockers’ café voted – 12 to 3 – to end the strike that had closed the harbour for weeks.\n"


@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [
        (ZH, "gb18030", "GB18030"),
        (ZH, "gbk", "GB18030"),
        (HANT, "gb18030", "GB18030"),
        (HANT, "big5", "Big5"),
        (HANT, "big5hkscs", "Big5"),
        (ZH, "utf-16-le", "UTF-16 (little endian)"),
        (HANT, "utf-16-be", "UTF-16 (big endian)"),
        (EN, "utf-16-le", "UTF-16 (little endian)"),
        (EN, "utf-16-be", "UTF-16 (big endian)"),
        (EN, "cp1252", "Windows-1252"),
        ("码头工人罢工。", "gbk", "GB18030"),
        ("碼頭工人罷工。", "big5", "Big5"),
        ("<title>News</title> OpenAI 与 AT&T：码头工人投票结束罢工", "gbk", "GB18030"),
    ],
)
def test_other_encodings_are_told_by_their_text_and_reported(text, encoding, named):
    decoded = decode(text.encode(encoding))
    assert decoded.text == text
    assert SURE <= decoded.confidence < 1
    assert f"{named}, confidence 0." in decoded.notes[0]


SENTENCES = st.lists(st.sampled_from([*ZH, *HANT, "船东", "港口", "罢工", "2025", "OpenAI", "，"]), min_size=12).map(
    "".join
)


@given(SENTENCES, st.sampled_from(["gb18030", "utf-16-le", "utf-16-be", "utf-8"]))
def test_what_is_decoded_is_the_text_or_is_marked_or_refused(text, encoding):
    try:
        decoded = decode(text.encode(encoding))
    except ArticleError:
        return
    assert decoded.text == text or decoded.notes


@pytest.mark.parametrize(
    ("data", "text", "note"),
    [
        (codecs.BOM_UTF8 + ZH.encode("gbk"), ZH, "byte order mark says UTF-8, but"),
        (ZH.encode("utf-8").decode("latin-1").encode("utf-8"), ZH, "garbled"),
        (ZH.encode("utf-8")[:-2], ZH[:-2] + "\ufffd", "1 place can't be read"),
        (ZH.encode("utf-8") * 9 + b"\xff" + ZH.encode("utf-8"), ZH * 9 + "\ufffd" + ZH, "1 place can't be read"),
        (ZH.encode("gbk") * 9 + b"\xff" + ZH.encode("gbk"), ZH * 9 + "\ufffd" + ZH, "1 place can't be read"),
        (("一段" + "锟斤拷" + ZH).encode(), "一段锟斤拷" + ZH, "1 place can't be read"),
        ("It’s naïve".encode().decode("cp1252").encode(), "It’s naïve", "garbled"),
        (ZH.encode().decode("gb18030", "replace").encode(), None, "garbled"),
    ],
)
def test_files_that_lie_or_are_damaged_never_pass_in_silence(data, text, note):
    decoded = decode(data)
    assert text is None or decoded.text == text
    assert note in "; ".join(decoded.notes)


@pytest.mark.parametrize(
    ("data", "declared", "note"),
    [
        (ZH.encode("gbk"), "gb2312", None),
        (ZH.encode("gbk"), "utf-8", "it says utf-8, but reads as GB18030"),
        (ZH.encode("gbk"), "big5", "it says big5, but reads as GB18030"),
        (ZH.encode("gbk"), "no-such-thing", "reads as GB18030"),
        (ZH.encode("utf-8"), "gb2312", "it says gb2312, but is UTF-8"),
        (ZH.encode("utf-8"), "utf-8", None),
        (b"plain", "gb2312", None),
    ],
)
def test_a_declared_encoding_is_believed_unless_the_bytes_contradict(data, declared, note):
    decoded = decode(data, declared)
    assert decoded.text in (ZH, "plain")
    assert (note in decoded.notes[0]) if note else decoded.notes == ()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG picture.*binary"),
        (b"plain\0text", "binary"),
        (b"\x7fELF\x02\x01\0\xff", "program"),
        (b"PK\x03\x04" + bytes(30), r"\.zip or \.docx"),
        (bytes(range(256)) * 20, "binary"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8a\x00", "binary"),
        (codecs.BOM_UTF16_BE + b"\x41", "UTF-16"),
        ("café".encode("latin-1"), "can't be told"),
        ("Докеры проголосовали за прекращение забастовки".encode("cp1251"), "can't be told.*iconv"),
        ("港湾労働者はストライキを終えることを決めた".encode("shift_jis"), "can't be told"),
        ("港湾労働者はストライキを終えることを決めた".encode("euc_jp"), "can't be told"),
        ("항만 노동자들이 파업을 끝내기로 했다".encode("euc-kr"), "can't be told"),
    ],
)
def test_what_is_not_text_or_cannot_be_told_is_refused_with_a_reason(data, reason):
    with pytest.raises(ArticleError, match=reason):
        decode(data)


@given(st.binary(max_size=60))
@settings(max_examples=150)
def test_any_bytes_decode_or_are_refused(data):
    try:
        decoded = decode(data)
    except ArticleError as error:
        assert ":" in str(error)
    else:
        assert "\0" not in decoded.text
        assert decoded.notes or data.decode("utf-16" if decoded.encoding == "utf-16" else "utf-8") == decoded.text


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
        ("table.csv", b"a,b", "save it as .jsonl"),
        ("README", TEXT, "without ending"),
        ("empty.txt", b"", "no text"),
        ("blank.txt", " \r\n\t\n", "no text"),
        ("mark.txt", codecs.BOM_UTF8, "no text"),
        ("binary.txt", b"a\0b", "binary"),
        ("latin.txt", "café".encode("latin-1"), "iconv"),
        ("large.txt", "x" * 2000, "limit"),
    ],
)
def test_a_file_that_cannot_be_read_is_skipped_with_its_reason(tmp_path, monkeypatch, name, content, reason):
    monkeypatch.setattr(limits, "MAX_BYTES", 1000)
    found, skipped = _read(_write(tmp_path, **{"good.txt": TEXT, name: content}))
    assert [article.source for article in found] == ["good.txt"]
    assert list(skipped) == [name]
    assert reason in skipped[name]


def test_a_file_at_the_limit_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_BYTES", 1000)
    found, skipped = _read(_write(tmp_path, **{"good.txt": "x" * 1000}))
    assert len(found) == 1 and skipped == {}


def test_skipped_files_are_logged_when_nobody_listens(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        list(read_articles([_write(tmp_path, **{"a.txt": TEXT, "b.png": b"PNG"})]))
    assert "b.png" in caplog.text


def test_a_single_file_is_a_root(tmp_path):
    _write(tmp_path, **{"sub/a.txt": TEXT, "sub/b.txt": TEXT})
    (article,), _ = _read(tmp_path / "sub" / "a.txt")
    assert article.source == "a.txt"
    assert article.title == "a"


def test_several_roots_are_read_in_the_order_given(tmp_path):
    _write(tmp_path, **{"one/a.txt": TEXT, "two/b.txt": TEXT})
    assert [article.source for article in _read(tmp_path / "two", tmp_path / "one")[0]] == ["b.txt", "a.txt"]


def test_each_article_is_announced_with_its_root_and_path(tmp_path):
    _write(tmp_path, **{"one/a.txt": TEXT, "two/b.txt": TEXT})
    heard = []
    roots = [tmp_path / "one", tmp_path / "two"]
    found = list(read_articles(roots, on_read=lambda *heard_of: heard.append(heard_of)))
    assert heard == list(zip(found, roots, [f"{roots[0]}/a.txt", f"{roots[1]}/b.txt"], strict=True))


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
