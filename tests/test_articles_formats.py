"""Every format, by real files: what is read, what it states of itself, and the way from clean text back to raw."""

import io
import json
import re
import sys
import textwrap
from email.message import EmailMessage

import docx
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas
from test_articles import _read, _write
from test_clean import EN, ZH, _assert_aligned

from rag.articles.reflow import paragraphs
from rag.clean import clean
from rag.config import Config

HEADLINE = "码头工人结束罢工"
MENU = "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in ["首页", "国内", "国际", "财经", "体育"])
PAGE = f"""<!DOCTYPE html>
<html lang="zh"><head><meta charset="{{charset}}"><title>{HEADLINE} - 海港报网</title>
<meta property="og:site_name" content="海港报"><link rel="canonical" href="https://example.com/strike">
<script type="application/ld+json">{{{{"@context": "https://schema.org", "@graph": [{{{{"@type": "NewsArticle",
 "headline": "{HEADLINE}", "datePublished": "2025-03-01T08:30:00+08:00",
 "author": [{{{{"@type": "Person", "name": "王五"}}}}, {{{{"@type": "Person", "name": "李四"}}}}]}}}}]}}}}</script>
<style>p {{{{ color: red }}}}</style></head>
<body><nav><ul>{MENU}</ul></nav>
<article><h1>{HEADLINE}</h1><div class="meta">2025-03-01 08:30 海港报</div>
<p>{ZH[0]}</p>
<p>{ZH[1][:10]}
{ZH[1][10:]}</p><p>会后&nbsp;<b>{ZH[2][:8]}</b>{ZH[2][8:]}</p>
<p>{{body}}</p></article>
<aside><h3>热门</h3><p>本报昨日另有一则与此无关的消息，说的是城里新开了一家卖乐器的商店。</p><ul>{MENU}</ul></aside>
<footer><p>海港报版权所有，未经许可不得转载，联系电话请见首页下方的说明。</p></footer></body></html>"""


def page(charset="utf-8", body=EN[0]):
    return PAGE.format(charset=charset, body=body)


def _one(root, **options):
    """The only article of a folder, clean and checked against its raw text."""
    found, skipped = _read(root, **options)
    assert skipped == {} and len(found) == 1, skipped
    return _cleaned(found[0])


def _cleaned(article):
    cleaned = clean(article)
    _assert_aligned(cleaned)
    assert cleaned.main == ()
    return cleaned


# ── HTML ──


@pytest.mark.parametrize("suffix", ["html", "htm", "HTML", "xhtml"])
def test_a_page_gives_its_article_and_states_its_metadata(tmp_path, suffix):
    article = _one(_write(tmp_path, **{f"a.{suffix}": page()}))
    assert article.raw == page()
    assert article.text.split("\n") == [*ZH[:2], "会后 " + ZH[2], EN[0]]
    assert (article.title, article.outlet, article.url) == (HEADLINE, "海港报", "https://example.com/strike")
    assert (article.date, article.authors) == ("2025-03-01T08:30:00+08:00", ("王五", "李四"))


def test_a_line_break_in_the_source_of_a_page_is_a_blank_except_in_pre(tmp_path):
    lines = "\n".join(EN[0].split())
    body = f"<p>{lines}</p><p>{EN[1]}</p><p>{EN[2]}</p><pre>{ZH[0]}\n{ZH[1]}</pre><p>{ZH[2]}</p>"
    article = _one(_write(tmp_path, **{"a.html": f"<!DOCTYPE html><html><body>{body}</body></html>"}))
    assert article.text.split("\n") == [*EN, *ZH]


def test_asterisks_and_brackets_of_a_page_are_no_markdown(tmp_path):
    sentence = "The league wrote that its **new** offer [of Friday](see below) was * final * and would not be raised."
    article = _one(_write(tmp_path, **{"a.html": f"<html><body><p>{EN[0]}</p><p>{sentence}</p></body></html>"}))
    assert article.text.split("\n") == [EN[0], sentence]


def test_nothing_that_reports_is_lost_with_the_page_furniture(tmp_path):
    # Every sentence of a long article is there, whatever the extractor thinks of it.
    sentences = [
        f"{EN[i % 3][:-1]} for the {i}th time, as paper number {i * 7} of the harbour says." for i in range(40)
    ]
    body = "".join(f"<p>{s}</p>" for s in sentences)
    article = _one(_write(tmp_path, **{"a.html": page(body=f"</p>{body}<p>")}))
    assert article.text.split("\n")[3:] == sentences


LEAD = "<h1>Dock workers end strike</h1>"
LAYOUTS = {  # as sites really build their pages: no two agree on where an article stands
    "breaks": f"<div>{LEAD}<div>2025-03-01 08:30</div>　　{ZH[0]}<br><br>　　{ZH[1]}<br>{ZH[2]}<br>　　{EN[0]}</div>",
    "paragraphs": f"<div>{LEAD}<span>2025-03-01 08:30</span>{''.join(f'<p>{s}' for s in (*ZH, EN[0]))}</div>",
    "sections": f"<main>{LEAD}<time>2025-03-01 08:30</time>{''.join(f'<section>{s}</section>' for s in (*ZH, EN[0]))}",
    "table": f"<table><tr><td>{MENU}<td>{LEAD}<br>2025-03-01 08:30<p>{'<p>'.join((*ZH, EN[0]))}</table>",
    "spans": f"<article>{LEAD}<p>2025-03-01 08:30</p>{''.join(f'<p><span>{s}</span></p>' for s in (*ZH, EN[0]))}",
}
TEASERS = "".join(
    f"<li><a href='/{i}'>城里第{i}条新的电车线路今天通车，沿线的居民出行更加方便</a></li>" for i in range(6)
)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("before", [True, False])
def test_the_article_is_found_wherever_it_stands(tmp_path, layout, before):
    side = f"<div><h3>热门</h3><ul>{TEASERS}</ul></div>"
    body = f"{side}{LAYOUTS[layout]}" if before else f"{LAYOUTS[layout]}{side}"
    _write(tmp_path, **{"a.html": f"<html><body><ul>{MENU}</ul>{body}<div>© 2025 海港报 版权所有</div></body></html>"})
    article = _one(tmp_path)
    assert article.text.split("\n") == [*ZH, EN[0]]
    assert (article.title, article.date) == ("Dock workers end strike", "2025-03-01T08:30:00")


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8"])
def test_a_page_is_decoded_by_what_it_declares_and_what_it_is(tmp_path, encoding):
    declared = {"gb18030": "gb2312"}.get(encoding, encoding)
    notes = []
    _write(tmp_path, **{"a.html": page(declared).encode(encoding)})
    article = _one(tmp_path, on_note=lambda path, note: notes.append(note))
    assert article.title == HEADLINE and ZH[0] in article.text
    assert notes == []


def test_a_page_that_lies_about_its_encoding_is_read_and_reported(tmp_path):
    notes = []
    _write(tmp_path, **{"a.html": page("utf-8").encode("gb18030")})
    article = _one(tmp_path, on_note=lambda path, note: notes.append(note))
    assert ZH[0] in article.text
    assert "it says utf-8, but reads as GB18030, confidence 0.99" in notes[0]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<meta property="article:published_time" content="2025-03-01T08:30:00Z">', {"date": "2025-03-01T08:30:00Z"}),
        ('<meta name="author" content="Ann Lee">', {"authors": ("Ann Lee",)}),
        ('<meta property="article:author" content="https://example.com/ann">', {"authors": ()}),
        ('<meta property="og:title" content="Strike ends">', {"title": "Strike ends"}),
        ('<meta property="og:url" content="https://example.com/y">', {"url": "https://example.com/y"}),
        ('<link rel="canonical" href="/relative">', {"url": None}),
        ('<time datetime="2025-03-01T08:30:00Z"></time>', {"date": "2025-03-01T08:30:00Z"}),
        ('<time datetime="2025-03-01"></time><time datetime="2025-03-02"></time>', {"date": None}),
        ('<script type="application/ld+json">{broken</script>', {"date": None}),
        ('<script type="application/ld+json">{"@type": "WebSite", "headline": "No"}</script>', {"date": None}),
        (
            '<script type="application/ld+json">[{"@type": ["Article"], "publisher": {"name": "Harbour"}}]</script>',
            {"outlet": "Harbour"},
        ),
        ("", {"date": None, "authors": (), "outlet": None, "url": None, "title": "a"}),
    ],
)
def test_what_a_pages_head_states(tmp_path, head, expected):
    body = "".join(f"<p>{sentence}</p>" for sentence in EN)
    _write(tmp_path, **{"a.html": f"<html><head>{head}</head><body>{body}</body></html>"})
    article = _one(tmp_path)
    assert {key: getattr(article, key) for key in expected} == expected
    assert article.text.split("\n") == EN


@given(
    st.lists(st.sampled_from([*ZH, *EN, "<b>", "&amp;", "<p>", "</div>", "<!--", "<ul>", "<li>x", "\n"]), max_size=20)
)
def test_any_page_is_aligned(tmp_path_factory, pieces):
    root = tmp_path_factory.mktemp("page")
    _write(root, **{"a.html": f"<html><body>{' '.join(pieces)}", "good.txt": ZH[0]})
    for article in _read(root)[0]:
        _cleaned(article)


@pytest.mark.parametrize("suffix", ["mhtml", "mht", "html"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_saved_page_with_all_its_parts(tmp_path, suffix, encoding):
    message = EmailMessage()
    message["Snapshot-Content-Location"] = "https://example.com/saved"
    message["Subject"] = "saved"
    message.make_related()
    part = EmailMessage()
    part.set_content(page(encoding).encode(encoding), "text", "html", cte="quoted-printable")
    del part["Content-Type"]
    part["Content-Type"] = "text/html"
    message.attach(part)
    message.add_related(b"\x89PNG", "image", "png", cid="<picture>")
    article = _one(_write(tmp_path, **{f"a.{suffix}": message.as_bytes()}))
    assert article.raw == page(encoding)  # the decoded page, so that offsets point into something readable
    assert article.text.split("\n") == [*ZH[:2], "会后 " + ZH[2], EN[0]]
    assert article.url == "https://example.com/strike"


# ── Markdown ──


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (f'+++\ntitle = "{HEADLINE}"\ndate = 2025-03-01T08:30:00+08:00\nauthors = ["王五"]\n+++', "+08:00"),
        (f"+++\r\ntitle = '{HEADLINE}'\r\ndate = '2025-03-01T08:30:00Z'\r\nauthor = '王五'\r\n+++", "Z"),
        (f"---\ntitle: {HEADLINE}\ndate: 2025-03-01T08:30:00Z\nauthor: {{name: 王五}}\n---", "Z"),
        (f"+++\ntitle = '{HEADLINE}'\ndate = 2025-03-01T08:30:00Z\n[extra]\nauthor = '王五'\n+++", "+00:00"),
    ],
)
@pytest.mark.parametrize("suffix", ["md", "markdown"])
def test_front_matter_in_yaml_and_toml(tmp_path, suffix, block, expected):
    article = _one(_write(tmp_path, **{f"a.{suffix}": f"{block}\n\n{ZH[0]}\n\n<p>{ZH[1]}</p>\n"}))
    assert article.text.split("\n") == ZH[:2]
    assert (article.title, article.date, article.authors) == (HEADLINE, f"2025-03-01T08:30:00{expected}", ("王五",))


def test_front_matter_that_is_no_toml_counts_as_text(tmp_path):
    article = _one(_write(tmp_path, **{"a.md": f"+++\n{ZH[0]}\n+++\n{ZH[1]}"}))
    assert article.text.split("\n") == ZH[:2]


# ── PDF ──


def make_pdf(pages, title=None, author=None, head=None):
    """A PDF with these pages: lists of lines; None is a page without text."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    file = io.BytesIO()
    sheet = canvas.Canvas(file, pagesize=A4)
    if title:
        sheet.setTitle(title)
    if author:
        sheet.setAuthor(author)
    for number, lines in enumerate(pages, 1):
        sheet.setFont("STSong-Light", 10)
        if head and lines:
            sheet.drawString(60, 810, head)
            sheet.drawString(290, 30, f"{number}")
        for row, line in enumerate(lines or ()):
            sheet.drawString(60, 780 - 14 * row, line)
        sheet.showPage()
    sheet.save()
    return file.getvalue()


def wrapped(*texts, width=44):
    """Paragraphs in lines, as a page has them: full lines, and a shorter one at the end."""
    return [
        line
        for text in texts
        for line in (textwrap.wrap(text, width * 2) if text.isascii() else textwrap.wrap(text, width))
    ]


PARAGRAPHS = [
    "".join(ZH) + "港务局另外宣布，新的码头将在明年年底以前投入使用。",
    " ".join(EN).replace("“", '"').replace("”", '"'),
]


def test_a_pdf_gives_its_paragraphs(tmp_path):
    pdf = make_pdf([[HEADLINE, *wrapped(*PARAGRAPHS)]], title=HEADLINE, author="anonymous")
    article = _one(_write(tmp_path, **{"a.pdf": pdf}))
    assert article.raw == "\n\n".join([HEADLINE, *PARAGRAPHS])
    assert article.text.split("\n") == PARAGRAPHS
    assert article.title == HEADLINE
    assert article.authors == ()  # a file's properties are hearsay where the page does not say so


def test_a_pdf_over_pages_loses_running_heads_and_joins_sentences(tmp_path):
    body = wrapped(*PARAGRAPHS * 3)
    pages = [body[start : start + 5] for start in range(0, len(body), 5)]
    article = _one(_write(tmp_path, **{"a.pdf": make_pdf(pages, head="海港报 2025年3月1日 第3版")}))
    assert article.raw == "\n\n".join(PARAGRAPHS * 3)


def test_pages_without_text_are_noted_and_a_pdf_of_pictures_is_refused(tmp_path):
    notes = []
    root = _write(tmp_path, **{"a.pdf": make_pdf([wrapped(*PARAGRAPHS), None]), "scan.pdf": make_pdf([None, None])})
    found, skipped = _read(root, on_note=lambda path, note: notes.append((path, note)))
    assert [article.source for article in found] == ["a.pdf"]
    assert "OCR" in skipped["scan.pdf"]
    assert notes == [(str(root / "a.pdf"), "page 2 of 2 without text: pictures, if not blank; OCR reads them")]


def test_a_pdf_with_an_empty_password_is_read_and_one_with_another_is_refused(tmp_path):
    for name, password in (("open", ""), ("locked", "secret")):
        writer = pypdf.PdfWriter(clone_from=io.BytesIO(make_pdf([wrapped(*PARAGRAPHS)])))
        writer.encrypt(password, owner_password="owner", algorithm="RC4-128")
        writer.write(tmp_path / f"{name}.pdf")
    found, skipped = _read(tmp_path)
    assert [article.raw for article in found] == ["\n\n".join(PARAGRAPHS)]
    assert "password" in skipped["locked.pdf"]


@given(st.lists(st.lists(st.sampled_from([*ZH, *EN, "", "  ", "3", "第 3 页", "短行"]), max_size=12), max_size=5))
def test_reflowing_loses_no_running_sentence(pages):
    text = "\n".join(paragraphs(["\n".join(lines) for lines in pages])).replace("\n", "")
    if len(pages) < 3:  # below that nothing counts as a running head
        for sentence in {s for lines in pages for s in lines if s in (*ZH, *EN)}:
            assert "".join(sentence.split()) in "".join(text.split())


def test_words_cut_at_a_line_end_are_joined():
    lines = ["The harbour office said that the strike was over and that all ships may re-", "turn by Friday."]
    (paragraph,) = paragraphs(["\n".join(lines)])
    assert paragraph == "The harbour office said that the strike was over and that all ships may return by Friday."


# ── DOCX ──


def make_docx(fill):
    file, document = io.BytesIO(), docx.Document()
    fill(document)
    document.save(file)
    return file.getvalue()


def test_a_word_document_gives_headings_paragraphs_and_tables_in_order(tmp_path):
    def fill(document):
        document.add_heading(HEADLINE, 0)
        document.add_paragraph(ZH[0])
        table = document.add_table(rows=2, cols=2)
        for number, text in enumerate(["码头", "货船（艘）", "东港", "十二"]):
            table.cell(number // 2, number % 2).text = text
        paragraph = document.add_paragraph(EN[0][:20])
        paragraph.add_run(EN[0][20:]).bold = True
        document.add_paragraph(ZH[1])
        document.sections[0].footer.paragraphs[0].text = "海港报内部资料"
        document.core_properties.author = "python-docx"

    article = _one(_write(tmp_path, **{"a.docx": make_docx(fill)}))
    assert article.raw.split("\n\n") == [f"# {HEADLINE}", ZH[0], "码头 | 货船（艘）\n东港 | 十二", EN[0], ZH[1]]
    assert article.title == HEADLINE
    assert article.authors == ()
    assert [line for line in article.text.split("\n") if line in (*ZH, *EN)] == [ZH[0], EN[0], ZH[1]]


def test_tracked_changes_count_as_accepted(tmp_path):
    def fill(document):
        paragraph = document.add_paragraph(ZH[0])
        element = paragraph._p
        for tag, text_tag, text in (("ins", "t", "补充说明"), ("del", "delText", "删去的话")):
            change = element.makeelement(f"{{{element.nsmap['w']}}}{tag}", {})
            run = element.makeelement(f"{{{element.nsmap['w']}}}r", {})
            words = element.makeelement(f"{{{element.nsmap['w']}}}{text_tag}", {})
            words.text = text
            run.append(words)
            change.append(run)
            element.append(change)

    (article,), _ = _read(_write(tmp_path, **{"a.docx": make_docx(fill)}))
    assert article.raw == ZH[0] + "补充说明"


def test_moved_text_stands_where_it_has_gone(tmp_path):
    # Was wrong once: it stood in both places.
    def fill(document):
        for tag, text in (("moveFrom", EN[0]), ("", ZH[0]), ("moveTo", EN[0])):
            paragraph = document.add_paragraph(text)
            if tag:
                run = paragraph._p.r_lst[0]
                change = run.makeelement(f"{{{run.nsmap['w']}}}{tag}", {})
                run.addprevious(change)
                change.append(run)

    (article,), _ = _read(_write(tmp_path, **{"a.docx": make_docx(fill)}))
    assert article.raw == f"{ZH[0]}\n\n{EN[0]}"


# ── dumps ──

RECORD = {
    "title": HEADLINE,
    "text": f"{ZH[0]}\n{ZH[1]}",
    "date": "2025-03-01",
    "source": "海港报",
    "url": "https://a.b/c",
}


def _lines(*records):
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records)


@pytest.mark.parametrize("suffix", ["jsonl", "ndjson", "json"])
def test_a_record_a_line(tmp_path, suffix):
    found, skipped = _read(
        _write(tmp_path, **{f"dump.{suffix}": _lines(RECORD, {"text": EN[0]}) + "\n\n" + _lines(RECORD)})
    )
    assert skipped == {}
    assert [article.source for article in found] == [f"dump.{suffix}#{n}" for n in (1, 2, 4)]  # its line
    first = _cleaned(found[0])
    assert first.raw == RECORD["text"] and first.text.split("\n") == ZH[:2]
    assert (first.title, first.outlet, first.date, first.url) == (HEADLINE, "海港报", "2025-03-01", "https://a.b/c")
    assert _cleaned(found[1]).title == "dump"


@pytest.mark.parametrize(
    "wrap",
    [
        lambda records: records,
        lambda records: {"status": "ok", "articles": records},
        lambda records: {"tags": ["x"], "anything": records},
        lambda records: {"hits": {"total": 2, "hits": [{"_id": "1", "_source": r} for r in records]}},
        lambda records: {"data": {"items": records}},
        lambda records: {str(number): record for number, record in enumerate(records)},
    ],
)
def test_records_are_found_however_they_are_wrapped(tmp_path, wrap):
    _write(
        tmp_path, **{"dump.json": json.dumps(wrap([RECORD, {**RECORD, "text": EN[0]}]), ensure_ascii=False, indent=1)}
    )
    found, _ = _read(tmp_path)
    assert [article.source for article in found] == ["dump.json#1", "dump.json#2"]
    assert [_cleaned(article).text.split("\n") for article in found] == [ZH[:2], EN[:1]]
    assert {article.title for article in found} == {HEADLINE}


def test_a_broken_first_line_stops_no_other_and_a_broken_list_is_told_as_one(tmp_path):
    # Was wrong once: of a .json with a record a line the first line decided for all.
    lines = "{broken\n" + _lines(RECORD, {"text": EN[0]})
    broken = json.dumps([RECORD, RECORD], ensure_ascii=False, indent=1)[:-9]
    found, skipped = _read(_write(tmp_path, **{"a.json": lines, "b.json": broken}))
    assert [article.source for article in found] == ["a.json#2", "a.json#3"]
    assert set(skipped) == {"a.json#1", "b.json"} and all("not JSON" in why for why in skipped.values())


@pytest.mark.parametrize(
    "record",
    [
        {"title": {"rendered": HEADLINE + " &#8211; x"}, "content": {"rendered": EN[0]}},
        {"title": HEADLINE + " – x", "body": {"value": EN[0], "format": "plain"}},
        {"data": {"type": "article", "attributes": {"title": HEADLINE + " – x", "text": EN[0]}}},
        {"title": HEADLINE + " – x", "text": EN[0], "id": 0},
        # Was wrong once: what stands in a list beside the text was taken for the records.
        {"article": {"title": HEADLINE + " – x", "body": EN[0]}, "related": [{"title": "y", "text": "Another one."}]},
        {"title": HEADLINE + " – x", "data": {"text": EN[0]}, "comments": [{"text": "First!"}, {"text": "Second."}]},
        {"_id": "1", "_source": {"title": HEADLINE + " – x", "text": EN[0]}, "tags": [{"name": "harbour"}]},
    ],
)
def test_records_as_content_systems_wrap_them(tmp_path, record):
    article = _one(_write(tmp_path, **{"a.json": json.dumps(record)}))
    assert (article.title, article.text) == (HEADLINE + " – x", EN[0])


def test_a_title_that_is_a_text_is_cut(tmp_path):
    article = _one(_write(tmp_path, **{"a.json": json.dumps({"title": "港口" * 50_000, "text": EN[0]})}))
    assert article.title == "港口" * 150


def test_a_line_dump_may_hold_one_list_or_begin_with_a_broken_line(tmp_path):
    whole = json.dumps([RECORD, RECORD], ensure_ascii=False, indent=1)
    pretty = json.dumps(RECORD, ensure_ascii=False, indent=1)
    _write(tmp_path, **{"a.jsonl": whole, "b.jsonl": pretty, "c.jsonl": "{broken\n" + _lines(RECORD)})
    found, skipped = _read(tmp_path)
    assert [article.source for article in found] == ["a.jsonl#1", "a.jsonl#2", "b.jsonl", "c.jsonl#2"]
    assert list(skipped) == ["c.jsonl#1"]


def test_one_object_is_one_article_with_the_files_name(tmp_path):
    article = _one(_write(tmp_path, **{"a.json": json.dumps({**RECORD, "tags": [{"id": 1}]})}))
    assert (article.source, article.title) == ("a.json", HEADLINE)


def test_one_line_keeps_its_number_so_that_a_second_one_changes_no_id(tmp_path):
    assert [article.source for article in _read(_write(tmp_path, **{"d.jsonl": _lines(RECORD)}))[0]] == ["d.jsonl#1"]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"body": ZH[0]}, {"text": ZH[0]}),
        ({"Content": ZH[0], "Headline": HEADLINE}, {"text": ZH[0], "title": HEADLINE}),
        ({"text": "", "content": ZH[0]}, {"text": ZH[0]}),
        ({"text": [ZH[0], {"text": ZH[1]}]}, {"text": f"{ZH[0]}\n{ZH[1]}"}),
        ({"正文": ZH[0], "标题": HEADLINE, "来源": "海港报"}, {"title": HEADLINE, "outlet": "海港报"}),
        ({"text": f"<p>{ZH[0]}</p><p>{ZH[1]}</p>"}, {"text": f"{ZH[0]}\n{ZH[1]}"}),
        ({"text": ZH[0], "source": {"id": None, "name": "海港报"}}, {"outlet": "海港报"}),
        ({"text": ZH[0], "source": "https://a.b/c"}, {"outlet": None, "url": "https://a.b/c"}),
        ({"text": ZH[0], "authors": [{"name": "王五"}, "李四"]}, {"authors": ("王五", "李四")}),
        ({"text": ZH[0], "author": "Ann Lee and Bo Chan"}, {"authors": ("Ann Lee", "Bo Chan")}),
        ({"text": ZH[0], "date": 1740789000}, {"date": "2025-03-01T00:30:00+00:00"}),
        ({"text": ZH[0], "timestamp": "1740789000000"}, {"date": "2025-03-01T00:30:00+00:00"}),
        ({"text": ZH[0], "date": {"$date": "2025-03-01T00:30:00Z"}}, {"date": "2025-03-01T00:30:00Z"}),
        ({"text": ZH[0], "pubDate": "Sat, 01 Mar 2025 08:30:00 +0800"}, {"date": "2025-03-01T08:30:00+08:00"}),
        ({"text": ZH[0], "publishedAt": "2025年3月1日"}, {"date": "2025-03-01"}),
        ({"text": ZH[0], "date": 5}, {"date": None}),
        ({"text": ZH[0], "date": "yesterday"}, {"date": None}),
        ({"text": ZH[0]}, {"title": "dump", "date": None, "outlet": None, "url": None, "authors": ()}),
    ],
)
def test_fields_as_dumps_name_them(tmp_path, record, expected):
    (article,), _ = _read(_write(tmp_path, **{"dump.jsonl": _lines(record)}))
    article = _cleaned(article)
    assert {key: getattr(article, key) for key in expected} == expected


def test_other_field_names_are_a_setting(tmp_path):
    _write(
        tmp_path,
        **{"dump.jsonl": _lines({"doc": {"story": ZH[0], "head": HEADLINE}, "text": "not this", "when": "2025-03-01"})},
    )
    config = Config(text_fields="doc.story", title_fields="doc.head", date_fields="when")
    (article,), _ = _read(tmp_path, config=config)
    assert (article.raw, article.title, article.date) == (ZH[0], HEADLINE, "2025-03-01")


def test_a_bad_record_does_not_take_its_siblings_along(tmp_path):
    bad = ['{"text": "broken', "[1, 2]", '{"name": "x"}', '{"text": " "}', '{"text": 5}', "[" * 100_000]
    found, skipped = _read(_write(tmp_path, **{"dump.jsonl": "\n".join([_lines(RECORD), *bad, _lines(RECORD)])}))
    assert [article.source for article in found] == ["dump.jsonl#1", "dump.jsonl#8"]
    reasons = ["not JSON", "no JSON object", "RAG_TEXT_FIELDS", "no text in its field 'text'", "'text'", "not JSON"]
    assert [name for name in skipped] == [f"dump.jsonl#{n}" for n in range(2, 8)]
    assert all(reason in why for reason, why in zip(reasons, skipped.values(), strict=True))


def test_thousands_of_bad_records_are_counted_not_listed(tmp_path):
    found, skipped = _read(_write(tmp_path, **{"dump.jsonl": "\n".join([_lines(RECORD), *["{}"] * 200])}))
    assert len(found) == 1 and len(skipped) == 51
    assert skipped["dump.jsonl"] == "and 150 more records in it, likewise"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"title": "x"}', "RAG_TEXT_FIELDS"),
        ('[{"name": "x"}, {"name": "y"}]', "no record in it can be read: none of the fields"),
        ("[1, 2, 3]", "no JSON object"),
        ("[]", "no text"),
        ("{", "not JSON"),
        ("not json at all", "not JSON"),
        ("5", "no JSON object"),
        ('[{"text": "x"}, {"text": "y"', "not JSON .*column 29"),
    ],
)
def test_a_dump_without_articles_says_what_to_do(tmp_path, content, reason):
    _, skipped = _read(_write(tmp_path, **{"good.txt": ZH[0], "bad.json": content}))
    assert re.search(reason, skipped["bad.json"]), skipped


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_dumps_have_encodings_too(tmp_path, encoding):
    notes = []
    _write(tmp_path, **{"dump.jsonl": _lines(RECORD, RECORD).encode(encoding)})
    found, _ = _read(tmp_path, on_note=lambda path, note: notes.append(note))
    assert [article.raw for article in found] == [RECORD["text"]] * 2
    assert len(notes) == (encoding == "gb18030")


# ── without the extra ──


@pytest.mark.parametrize(
    ("module", "name", "package"),
    [
        ("trafilatura", "a.html", "trafilatura"),
        ("lxml.html", "a.html", "lxml"),
        ("pypdf", "a.pdf", "pypdf"),
        ("docx", "a.docx", "python-docx"),
    ],
)
def test_a_missing_package_is_named_with_the_command_and_stops_nothing(tmp_path, monkeypatch, module, name, package):
    files = {
        "a.html": page(),
        "a.pdf": make_pdf([wrapped(*PARAGRAPHS)]),
        "a.docx": make_docx(lambda d: d.add_paragraph("x")),
    }
    monkeypatch.setitem(sys.modules, module, None)
    found, skipped = _read(_write(tmp_path, **{name: files[name], "good.txt": ZH[0]}))
    assert [article.source for article in found] == ["good.txt"]
    assert f"needs {package}, which is not installed: pip install 'rag-news[formats]'" in skipped[name]
