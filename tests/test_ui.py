"""The chat without a browser: what is rendered, and what the handlers do, over hand-made articles and answers."""

from __future__ import annotations

import html
import re
import socket
import threading
import time
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest

from rag.errors import QuestionError, RagError, StoreError
from rag.text import language, script
from rag.types import Answer, Article, Citation, Claim, Conflict, Passage

pytest.importorskip("gradio", reason="the chat is an extra: pip install rag-news[chat]")

from ui import handlers, render, sheets
from ui.i18n import DEMO_QUESTIONS, TEXTS, t
from ui.loader import EngineLoader

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> [x](javascript:alert(3)) ![y](http://e.vil/z) **b** $$q$$"
)
QUOTE = "The bridge <b>cost</b> $4 & took 2 years."
TEXT = f"Heading\n\nBefore. {QUOTE} After.\n\nAnother paragraph."


def make_article(id: str = "a1", text: str = TEXT, title: str = "A “title”", **more: Any) -> Article:
    values = dict(
        source=f"{id}.txt", outlet="The Outlet", url="https://o.example/1", date="2025-02-09", authors=("N. N.",)
    )
    return Article(
        id=id, title=title, text=text, raw=text, language=language(text), script=script(text), **values | more
    )


def make_citation(article: Article, quote: str, n: int = 1, also_in: tuple[str, ...] = ()) -> Citation:
    at = article.text.index(quote)
    end = at + len(quote)
    return Citation(
        n,
        f"c{n}",
        article.id,
        article.title,
        article.source,
        article.url,
        article.date,
        at,
        end,
        quote,
        quote,
        at,
        end,
        also_in,
    )


def make_answer(text: str = "So it is: “quote” [1]", question: str = "How much?", **more: Any) -> Answer:
    values = dict(answered=True, confidence=0.9, timings={"total": 0.42})
    return Answer(question, text, language(question), **values | more)


class FakeEngine:
    """Answers with what it was given and remembers what it was asked."""

    def __init__(self, articles: list[Article], answer: Answer | Exception | None = None) -> None:
        self.known = {a.id: a for a in articles}
        self.answer = answer
        self.asked: list[tuple[str, Any]] = []
        self.store = SimpleNamespace(generation=1)

    def warm(self) -> None:
        pass

    def articles(self) -> list[Article]:
        return list(self.known.values())

    def article(self, article_id: str) -> Article:
        if article_id not in self.known:
            raise StoreError(f"There is no article {article_id!r}.")
        return self.known[article_id]

    def ask(self, question: str, history: Any = ()) -> Answer:
        self.asked.append((question, history))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or make_answer(question=question)

    def stream(self, question: str, history: Any = ()) -> Any:
        answer = self.ask(question, history)
        yield from (("token", word + " ") for word in answer.text.split(" "))
        yield "answer", answer


def loaded(engine: FakeEngine) -> EngineLoader:
    loader = EngineLoader(lambda progress: engine)  # type: ignore[arg-type,return-value]
    loader.start()
    assert loader.wait(5)
    return loader


def respond(chat: list[Any], loader: EngineLoader) -> Any:
    return handlers.respond(chat, loader, threading.Event())


class Seen(HTMLParser):
    """Tags with their attributes, visible text, and the text inside each <mark>."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marks: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"br", "img", "input"}:
            self._open.append(tag)
        if tag == "mark":
            self.marks.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> closes {self._open[-1:]}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        if "mark" in self._open:
            self.marks[-1] += data

    def links(self, start: str) -> list[str]:
        return [str(a["href"]) for tag, a in self.tags if tag == "a" and str(a.get("href")).startswith(start)]


def harmless(source: str) -> Seen:
    """Nothing in this HTML can run or load anything."""
    seen = Seen(source)
    for tag, attributes in seen.tags:
        assert tag not in {"script", "img", "iframe", "style", "svg", "object", "base", "b"}, tag
        assert not [name for name in attributes if name.startswith("on") or name in {"src", "style"}]
        assert re.match(r"#|https?://", attributes.get("href") or "#"), attributes
    return seen


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
        "catalogue": sheets.catalogue([article], 1, "en"),
        "welcome": sheets.welcome(1, [HOSTILE], "en"),
    }
    for name, source in shown.items():
        seen = harmless(source)
        assert "onerror=alert(2)" in seen.text, name
        assert not seen.links("javascript"), name


def test_messages_are_one_line_so_that_markdown_leaves_them_alone():
    text = "One\n\n*two* [1]\nthree\n\n\n    four"
    assert "\n" not in render.answer(make_answer(text), 0) + render.question(text) + render.streaming(text, "zh")


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


def test_the_list_of_articles_is_searched_in_both_scripts():
    articles = [
        make_article("a1", date="2025-01-01"),
        make_article("a2", "輝達在德州建廠。", "輝達建廠", date="2025-03-01"),
        make_article("a3", "别的事情。", "别的", date=None),
    ]
    catalogue = handlers.Catalogue(loaded(FakeEngine(articles)))
    assert [a.id for a in catalogue.articles()] == ["a2", "a1", "a3"]
    assert [a.id for a in catalogue.search("辉达 德州")] == ["a2"]
    assert [a.id for a in catalogue.search("BRIDGE")] == ["a1"]
    assert not catalogue.search("nothing like it")
    assert "1 of 3 articles" in sheets.catalogue(catalogue.search("bridge"), 3, "en")


# ── handlers ───────────────────────────────────────────────────────────────────────────────────


def test_a_question_streams_and_ends_with_its_evidence():
    article = make_article()
    answer = make_answer("Well: “x” [1]", citations=(make_citation(article, QUOTE),))
    engine = FakeEngine([article], answer)
    chat = handlers.with_question([], "How much?")
    states = list(respond(chat, loaded(engine)))
    assert handlers.answering(states[0][0]) and states[0][1] is None
    final, evidence = states[-1]
    assert len(final) == 2 and not handlers.answering(final)
    assert evidence is not None and Seen(evidence).marks == [QUOTE]
    assert engine.asked == [("How much?", [])]


def test_follow_ups_send_the_earlier_questions():
    engine = FakeEngine([])
    chat: list[Any] = []
    for question in ("First <one>?", "second?"):
        *_, (chat, _) = respond(handlers.with_question(chat, question), loaded(engine))
    assert engine.asked[-1] == ("second?", ["First <one>?"])
    kept, question = handlers.undone(chat)
    assert question == "second?" and handlers.questions(kept) == ["First <one>?"]


def test_a_marker_of_an_earlier_turn_brings_back_its_evidence():
    article = make_article()
    citations = (make_citation(article, QUOTE, 1), make_citation(article, "Another paragraph.", 2))
    engine = FakeEngine([article], make_answer("a [1] b [2]", citations=citations))
    chat: list[Any] = []
    for question in ("One?", "二呢？"):
        *_, (chat, _) = respond(handlers.with_question(chat, question), loaded(engine))
    # What the browser gives back: parts instead of a string.
    chat = [{"role": m["role"], "content": [{"type": "text", "text": m["content"]}]} for m in chat]
    links = Seen(handlers.text_of(chat[1])).links("#cite/")
    pane = handlers.evidence_again(links, 2, chat, loaded(engine))
    assert pane is not None and Seen(pane).marks == [QUOTE, "Another paragraph."]
    assert "One?" in pane and pane.count("card lit") == 1
    assert handlers.evidence_again(["#cite/0/x"], 1, chat, loaded(engine)) is None
    assert handlers.evidence_again([links[0].replace("/0/", "/9/", 1)], 1, chat, loaded(engine)) is None


def test_errors_are_sentences_and_the_conversation_goes_on(caplog):
    chat = handlers.with_question([], "问题？")
    *_, (failed, _) = respond(chat, loaded(FakeEngine([], QuestionError("Too long <by far>."))))
    assert "这个问题没法回答。 Too long &lt;by far&gt;." in failed[-1]["content"]
    *_, (failed, _) = respond(chat, loaded(FakeEngine([], ZeroDivisionError("x"))))
    assert "程序内部出错" in failed[-1]["content"] and "ZeroDivisionError" in caplog.text
    *_, (answered, _) = respond(handlers.with_question(failed, "And now?"), loaded(FakeEngine([])))
    assert len(answered) == 4


def test_a_question_waits_for_the_models_and_says_so():
    release = []

    def load(progress: Any) -> Any:
        progress(3, 7)
        while not release:
            time.sleep(0.01)
        return FakeEngine([])

    loader = EngineLoader(load)
    loader.start()
    states = respond(handlers.with_question([], "Well?"), loader)
    assert "comes next" in next(states)[0][-1]["content"]
    assert "3 of 7 passages" in next(states)[0][-1]["content"]
    release.append(True)
    assert "So it is" in list(states)[-1][0][-1]["content"]


def test_what_can_not_be_loaded_is_told_to_all_who_wait():
    def load(progress: Any) -> Any:
        raise StoreError("There is no index in x.")

    loader = EngineLoader(load)
    loader.start()
    *_, (chat, _) = respond(handlers.with_question([], "Well?"), loader)
    assert "There is no index in x." in chat[-1]["content"] and loader.status.stage == "failed"
    with pytest.raises(StoreError, match="no index"):
        loader.engine()


def test_stopping_keeps_what_there_is():
    chat = handlers.with_reply(handlers.with_question([], "Q?"), render.streaming("Half an", "en"))
    source = handlers.stopped(chat)[-1]["content"]
    assert "Half an" in Seen(source).text and "Stopped." in Seen(source).text
    assert not handlers.answering(handlers.stopped(chat))
    pending = handlers.with_reply(chat, render.pending("Reading…", "en"))
    assert "Reading" not in handlers.stopped(pending)[-1]["content"]


def test_stop_takes_effect_while_the_engine_is_busy():
    class Slow(FakeEngine):
        def stream(self, question: str, history: Any = ()) -> Any:
            yield "token", "Begun "
            time.sleep(30)

    stops = handlers.Stops()
    assert not stops.ask("somebody")
    with stops.running("somebody") as stop:
        with stops.running("somebody") as second:
            assert stop is not None and second is None
        states = handlers.respond(handlers.with_question([], "Q?"), loaded(Slow([])), stop)
        next(states)
        assert stops.ask("somebody") and not stops.ask("somebody else")
        began = time.monotonic()
        *_, (chat, _) = states
        assert "Stopped." in chat[-1]["content"] and time.monotonic() - began < 5
    assert not stops.ask("somebody")


def test_reading_needs_an_article():
    loader = loaded(FakeEngine([make_article()]))
    assert QUOTE in Seen(handlers.read("#read/a1", "en", loader)).text
    assert QUOTE in Seen(handlers.read("#read/a1/x/y/z", "en", loader)).text
    with pytest.raises(RagError):
        handlers.read("#read/nope", "en", loader)


def test_example_questions():
    from rag.config import shipped

    mine = [make_article("a1", title="Bridge " * 30), make_article("a2", "大桥建成了。", "大桥"), make_article("a3")]
    examples = handlers.example_questions(mine)
    assert len(examples) == 3 and "“大桥”讲了什么？" in examples
    assert all(len(question) < 100 for question in examples)
    demo = [make_article(str(i), source=path.name) for i, path in enumerate(shipped("articles").iterdir())]
    assert handlers.example_questions(demo) == list(DEMO_QUESTIONS)
    assert {language(question) for question in DEMO_QUESTIONS} == {"en", "zh"}
    assert handlers.example_questions([]) == []


# ── texts and HTTP ─────────────────────────────────────────────────────────────────────────────


def test_every_text_is_there_in_both_languages_with_the_same_blanks():
    for key, texts in TEXTS.items():
        assert set(texts) == {"en", "zh"}, key
        blanks = {lang: set(re.findall(r"{(\w+)}", text)) for lang, text in texts.items()}
        words = {"articles", "quotes"}  # nouns with a number, which Chinese writes out
        assert blanks["en"] - words == blanks["zh"] - words, key
    for kind in ("low", "fair", "high", "extractive", "llm", "Latn", "Hans", "Hant"):
        assert kind in TEXTS


def test_ask_over_http_is_stateless_and_strict():
    engine = FakeEngine([])
    answer = handlers.ask("Q?", ["earlier", {"role": "user", "content": "and this"}], loaded(engine))
    assert answer == make_answer(question="Q?").to_dict()
    assert engine.asked[-1][1] == ["earlier", {"role": "user", "content": "and this"}]
    handlers.ask("half \ud800", [], loaded(engine))
    assert engine.asked[-1] == ("half ?", [])
    for question, history in ((None, []), ("Q?", "earlier"), ("Q?", [3])):
        with pytest.raises(QuestionError):
            handlers.ask(question, history, loaded(engine))  # type: ignore[arg-type]


def test_only_ask_is_open_to_the_outside():
    from ui.app import make_app

    app = make_app(loaded(FakeEngine([])))
    api = app.get_api_info()
    assert list(api["named_endpoints"]) == ["/ask"] and not api["unnamed_endpoints"]


def test_a_mistake_on_the_command_line_is_one_sentence(tmp_path, capsys, monkeypatch):
    from ui.__main__ import main

    taken = socket.create_server(("127.0.0.1", 0))

    for arguments, said in (
        (["--store", str(tmp_path / "none")], "There is no index"),
        (["--auth", "nobody"], "user:password"),
        (["--port", str(taken.getsockname()[1])], "can't listen on port"),
        (["--host", "203.0.113.9"], "can't listen on 203.0.113.9"),
    ):
        monkeypatch.setattr("sys.argv", ["ui", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        captured = capsys.readouterr().err
        assert (
            stopped.value.code == 1 and said in captured and "Traceback" not in captured and captured.count("\n") == 1
        )
