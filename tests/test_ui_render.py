"""What the chat shows: escaped, well-formed, and each citation where it stands."""

from __future__ import annotations

import html
import re

import pytest

from rag.types import Claim, Conflict, Passage

pytest.importorskip("gradio", reason="the chat is an extra: pip install rag-news[chat]")

from ui_fakes import HOSTILE, QUOTE, TEXT, FakeEngine, Seen, harmless, info, make_answer, make_article, make_citation

from ui import lists, render, sheets
from ui.i18n import t

# ── escaping ───────────────────────────────────────────────────────────────────────────────────


def test_hostile_text_is_shown_and_does_nothing_wherever_it_stands():
    article = make_article(
        text=f"x\n{HOSTILE}\ny",
        title=HOSTILE,
        outlet=HOSTILE,
        source=HOSTILE,
        url="javascript:alert(4)",
        authors=(HOSTILE,),
    )
    citation = make_citation(article, HOSTILE, also_in=("a2",))
    twin = make_article("a2", title=HOSTILE, outlet=HOSTILE)
    find = FakeEngine([article, twin]).article
    conflict = Conflict(HOSTILE, (Claim(HOSTILE, (1,), HOSTILE, HOSTILE),))
    answer = make_answer(
        f"{HOSTILE} [1]", question=HOSTILE, conflicts=(conflict,), citations=(citation,), notes=(HOSTILE,)
    )
    passage = Passage("p", "a1", HOSTILE, HOSTILE, HOSTILE, HOSTILE, 0, 5)
    refusal = make_answer(HOSTILE, question=HOSTILE, answered=False, passages=(passage,))
    pointer = render.Pointer.of(citation, 0)
    shown = {
        "question": render.question(HOSTILE),
        "answer": render.answer(answer, 0),
        "refusal": render.answer(refusal, 0),
        "streaming": render.streaming(HOSTILE, "en"),
        "failure": render.failure(HOSTILE, "en"),
        "evidence": sheets.evidence(HOSTILE, [pointer], find, "en", lit=1),
        "reader": sheets.reader(article, "en", citation.start, citation.end, pointer.check),
        "removable": sheets.reader(article, "en", removable=True),
        "catalogue": lists.catalogue([info(article)], 1, "en", removable=True),
        "welcome": lists.welcome(1, [HOSTILE], "en"),
        "report": lists.report([lists.Line(HOSTILE, "failed", 0, (HOSTILE,))], "en", finished=True, summary=HOSTILE),
        "status": lists.status(HOSTILE, "ready", "en"),
    }
    for name, source in shown.items():
        seen = harmless(source)
        assert "onerror=alert(2)" in seen.text, name
        assert not seen.links("javascript"), name


def test_messages_are_one_line_so_that_markdown_leaves_them_alone():
    text = "One\n\n*two* [1]\nthree\n\n\n    four"
    assert "\n" not in render.failure(text.replace("\n", " "), "en") + render.answer(
        make_answer(text), 0
    ) + render.question(text) + render.streaming(text, "zh")


@pytest.mark.parametrize("text", ["a < b && c > d", "line one\nline two", HOSTILE, "&lt;b&gt; &amp;amp;", "半个\ud800"])
def test_a_question_comes_back_from_its_message_as_it_was(text):
    assert render.asked(render.question(text)) == text.encode("utf-8", "replace").decode()


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.example/x?y=1", True),
        ("http://a.example", True),
        ("javascript:alert(1)", False),
        (" JavaScript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example", False),
        ("http://[", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(url, safe):
    links = [a for tag, a in harmless(sheets.reader(make_article(url=url), "en")).tags if a.get("target")]
    assert bool(links) is safe
    assert all(a["rel"] == "noopener noreferrer" and a["target"] == "_blank" for a in links)


# ── the answer ─────────────────────────────────────────────────────────────────────────────────


def test_markdown_of_answers():
    def plain(text: str) -> str:
        return render.markdown(text, lambda n: f"<a>{n}</a>" if n < 3 else None)

    assert plain("*T* (O): “q” [1]") == "<p><em>T</em> (O): “q”\u00a0<a>1</a></p>"
    assert plain(r"\[1\] \*x\* \<b\>") == "<p>[1] *x* &lt;b&gt;</p>"
    assert plain("**a *b** c") == "<p><strong>a <em>b</em></strong> c</p>"
    assert plain("one\n\ntwo\nthree") == "<p>one</p><p>two<br>three</p>"
    assert plain("[7] [x]") == "<p>[7] [x]</p>"
    assert plain("") == ""


def test_markdown_is_well_formed_wherever_a_stream_is_cut():
    text = "**The *sources* differ:** a\\] [1]; *b\n\nc* [2]\n\n**d"
    for cut in range(len(text) + 1):
        Seen(render.streaming(text[:cut], "en"))


def test_every_marker_becomes_a_link_that_knows_its_citation():
    article = make_article()
    citations = (make_citation(article, QUOTE, 1, ("a2", "a3")), make_citation(article, "Another paragraph.", 2))
    seen = harmless(render.answer(make_answer("A [1], B [2], again [1].", citations=citations), 3))
    pointers = [render.Pointer.parse(href) for href in seen.links("#cite/")]
    assert [(p.turn, p.n) for p in pointers] == [(3, 1), (3, 2), (3, 1)]
    first = pointers[0]
    assert article.text[first.start : first.end] == QUOTE and first.also_in == ("a2", "a3")
    assert all("A “title”" in str(a["title"]) for tag, a in seen.tags if a.get("class") == "cite")


def test_confidence_in_words_with_the_number_in_the_tooltip():
    for value, word in ((0.31, "low"), (0.6, "fair"), (0.93, "high")):
        source = render.answer(make_answer(confidence=value), 0)
        assert f"Confidence: {word}" in source and f"{value:.0%}" in source
    assert "把握：较高" in render.answer(make_answer(question="多少？"), 0)
    assert "0.4 s" in source and t("extractive", "en") in html.unescape(source)


def test_conflicts_stand_side_by_side_and_are_not_said_twice():
    article = make_article()
    citations = (make_citation(article, QUOTE, 1), make_citation(article, "Another paragraph.", 2))
    claims = (Claim("$4", (1,), "The Outlet", "2025-02-09"), Claim("5美元", (2,), "某报", None))
    text = "A [1]\n\nB [2]\n\n**The sources differ:** $4 [1]; 5美元 [2]."
    source = render.answer(make_answer(text, citations=citations, conflicts=(Conflict("cost", claims),)), 0)
    seen = harmless(source)
    assert source.count('class="claim"') == 2 and "The Outlet · 9 February 2025" in seen.text
    assert seen.text.count("The sources differ") == 1
    assert len(seen.links("#cite/0/1/")) == 2  # in the text and in its box


def test_a_refusal_is_calm_and_its_passages_are_no_answer():
    passages = tuple(Passage(f"p{i}", f"a{i}", f"T{i}", f"s{i}", None, "word " * 100, 3, 9) for i in range(5))
    seen = harmless(render.answer(make_answer("The articles don't say.", answered=False, passages=passages), 0))
    assert "No answer in the articles" in seen.text and "not an answer" in seen.text
    assert [link.split("/")[1] for link in seen.links("#read/")] == ["a0", "a1", "a2"]
    assert not seen.links("#cite/") and "Confidence" not in seen.text


def test_a_follow_up_tells_how_it_was_understood():
    note = "understood as: Who built <it>? / and when?"
    assert "understood as: Who built &lt;it&gt;? / and when?" in render.answer(make_answer(notes=(note,)), 0)


@pytest.mark.parametrize(
    ("date", "en", "zh"),
    [
        ("2025-02-09", "9 February 2025", "2025年2月9日"),
        ("2025-02-09T10:40:00", "9 February 2025", "2025年2月9日"),
        ("2025-02", "February 2025", "2025年2月"),
        ("2025", "2025", "2025年"),
        ("last week", "last week", "last week"),
        (None, "", ""),
    ],
)
def test_dates(date, en, zh):
    assert (render.format_date(date, "en"), render.format_date(date, "zh")) == (en, zh)


# ── evidence and articles ──────────────────────────────────────────────────────────────────────


def test_a_card_marks_exactly_the_quote_inside_its_paragraph():
    article = make_article()
    citation = make_citation(article, QUOTE)
    card = Seen(sheets.card(render.Pointer.of(citation, 0), FakeEngine([article]).article, "en"))
    assert card.marks == [citation.quote]
    assert f"Before. {QUOTE} After." in card.text and "Another paragraph" not in card.text
    assert "The Outlet · 9 February 2025" in card.text


def test_a_long_paragraph_is_cut_between_sentences():
    text = "First of all. " * 60 + QUOTE + " And so on it goes." * 60
    before, after = sheets.surroundings(text, text.index(QUOTE), text.index(QUOTE) + len(QUOTE))
    assert before.startswith("… First") and after.endswith("goes. …")
    assert len(before) <= sheets.AROUND + 2 and len(after) <= sheets.AROUND + 2


def test_evidence_lights_one_card_and_names_reprints():
    article, twin = make_article(), make_article("a2", outlet="The Twin")
    pointers = [
        render.Pointer.of(make_citation(article, QUOTE, 1, ("a2", "gone")), 0),
        render.Pointer.of(make_citation(article, "Another paragraph.", 2), 0),
    ]
    source = sheets.evidence("Q?", pointers, FakeEngine([article, twin]).article, "en", lit=2)
    assert re.findall(r'class="card( lit)?"', source) == ["", " lit"]
    assert "Also in The Twin" in Seen(source).text


def test_evidence_of_changed_or_removed_articles_marks_nothing():
    article = make_article()
    pointer = render.Pointer.of(make_citation(article, QUOTE), 0)
    changed = FakeEngine([make_article(text=TEXT.replace("2 years", "9 years"))])
    assert not Seen(sheets.card(pointer, changed.article, "en")).marks
    assert t("changed", "en") in sheets.card(pointer, changed.article, "en")
    assert t("gone", "zh") in sheets.card(pointer, FakeEngine([]).article, "zh")


def test_the_open_article_shows_all_text_with_the_quote_marked():
    article = make_article()
    citation = make_citation(article, "After.\n\nAnother")
    check = render.Pointer.of(citation, 0).check
    seen = Seen(sheets.reader(article, "en", citation.start, citation.end, check))
    assert seen.marks == ["After.", "Another"]  # a quote over two paragraphs
    for part in ("Heading", QUOTE, "a1.txt", "By N. N.", "https://o.example/1"):
        assert part in seen.text
    assert not Seen(sheets.reader(article, "en", citation.start, citation.end, "other")).marks


# ── taking an answer along ─────────────────────────────────────────────────────────────────────


def test_a_copy_holds_the_answer_and_each_source_with_its_quote():
    article = make_article(title="A *starred* [title]")
    citations = (make_citation(article, QUOTE, 1), make_citation(article, "Another paragraph.", 2))
    given = make_answer("So: “x” [1]\n\nand [2]", citations=citations)
    message = render.answer(given, 0)
    copied = render.copied(message)
    assert copied == render.as_markdown(given)
    text, *sources = copied.rsplit("\n\n", 1)[0], *copied.rsplit("\n\n", 1)[1].split("\n")
    assert text == given.text and len(sources) == 2
    assert sources[0].startswith(
        r"[1] *A \*starred\* \[title\]* (a1.txt, 9 February 2025, https://o.example/1): “The bridge"
    )
    assert render.copied(render.failure("no", "en")) == ""


def test_a_message_gives_its_citations_back():
    article = make_article()
    citations = (make_citation(article, QUOTE, 1, ("a2",)), make_citation(article, "Another paragraph.", 2))
    message = render.answer(make_answer("b [2], a [1], b [2]", citations=citations), 5)
    assert render.pointers(message) == [render.Pointer.of(c, 5) for c in citations]
    assert render.pointers('<a class="cite" href="#cite/x/y">1</a>') == []


def test_every_finished_message_can_be_tried_again():
    refusal = render.answer(make_answer("They don't say.", answered=False), 0)
    cut = render.stopped(render.streaming("Half", "en"), "en")
    for message in (render.answer(make_answer(), 0), refusal, cut, render.failure("No.", "zh")):
        assert harmless(message).links("#retry") and harmless(message).links("#undo")
    assert render.finished(refusal) and not render.finished(cut)


# ── the list of articles ───────────────────────────────────────────────────────────────────────


def test_the_list_opens_each_article_and_removes_only_where_that_is_allowed():
    articles = [info(make_article(f"a{i}")) for i in range(lists.LISTED + 5)]
    seen = harmless(lists.catalogue(articles, 999, "en", removable=True))
    assert len(seen.links("#read/")) == len(seen.links("#remove/")) == lists.LISTED
    assert "205 of 999 articles" in seen.text and str(lists.LISTED) in seen.text
    assert not harmless(lists.catalogue(articles, 999, "zh")).links("#remove/")
    assert t("none_found", "en") in lists.catalogue([], 3, "en")
    assert t("knows_nothing", "zh") in lists.catalogue([], 0, "zh")
