"""What happens when somebody asks, clicks or comes back, over hand-made articles and answers."""

from __future__ import annotations

import ast
import re
import socket
import threading
import time
from typing import Any

import pytest

from rag.config import CHECKOUT
from rag.errors import QuestionError, RagError, StoreError
from rag.text import language

pytest.importorskip("gradio", reason="the chat is an extra: pip install rag-news[chat]")

from ui_fakes import QUOTE, FakeEngine, Seen, loaded, make_answer, make_article, make_citation

from ui import handlers, lists, render
from ui.i18n import TEXTS, explain
from ui.line import Line
from ui.loader import EngineLoader
from ui.options import Options


def respond(chat: list[Any], loader: EngineLoader) -> Any:
    return handlers.respond(chat, loader, threading.Event(), Line(2))


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
    told = make_answer().text
    before = [{"role": "user", "content": "First <one>?"}, {"role": "assistant", "content": told}]
    assert engine.asked[-1] == ("second?", before)
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
    pane = handlers.evidence_again(chat, 0, 2, loaded(engine))
    assert pane is not None and Seen(pane).marks == [QUOTE, "Another paragraph."]
    assert "One?" in pane and pane.count("card lit") == 1
    for turn in (-1, 2):
        assert handlers.evidence_again(chat, turn, 1, loaded(engine)) is None
    # After the first turn is gone, the second one's cards carry the number of its new place.
    pane = handlers.evidence_again(chat[2:], 0, 0, loaded(engine))
    assert pane is not None and 'id="card-0-1"' in pane and "二呢？" in pane


def test_errors_are_sentences_and_the_conversation_goes_on(caplog):
    chat = handlers.with_question([], "问题？")
    *_, (failed, _) = respond(chat, loaded(FakeEngine([], QuestionError("Too long <by far>."))))
    assert (
        "请用一两句话重新提问。 Too long &lt;by far&gt;." in failed[-1]["content"]
    )  # of a kind, but not known by words
    *_, (failed, _) = respond(chat, loaded(FakeEngine([], ZeroDivisionError("x"))))
    assert "程序内部出错" in failed[-1]["content"] and "ZeroDivisionError" in caplog.text
    *_, (answered, _) = respond(handlers.with_question(failed, "And now?"), loaded(FakeEngine([])))
    assert len(answered) == 4


ROOMS = ("rag/engine.py", "rag/retrieve/filters.py", "rag/store", "ui/feedback.py", "ui/handlers.py", "ui/loader.py")
KINDS = {"RagError", "QuestionError", "StoreError", "ConfigError"}
NOT_IN_THE_CHAT = ("There is no feedback",)  # only the commands say these


def messages() -> list[str]:
    """Every message of an error that the chat can meet, as the sources have it; 7 stands for what is filled in."""
    files = [
        file for room in map(CHECKOUT.joinpath, ROOMS) for file in (room.glob("*.py") if room.is_dir() else [room])
    ]
    out = []
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in KINDS and node.args:
            parts = node.args[0].values if isinstance(node.args[0], ast.JoinedStr) else [node.args[0]]
            out.append("".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts))
    return [text for text in out if not text.startswith(NOT_IN_THE_CHAT)]


@pytest.mark.parametrize("message", messages())
def test_what_the_library_says_is_told_in_chinese(message):
    told = explain(StoreError(message), "zh")
    assert language(told) == "zh" and told.endswith(("。", "7")) and "：" in told
    assert not re.search("[a-z]{2,} [a-z]{2,} [a-z]{2,} [a-z]{2,}", told), told
    assert explain(StoreError(message), "en") == message


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
    next(states)
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
        def stream(self, question: str, history: Any = (), **options: Any) -> Any:
            yield "token", "Begun "
            time.sleep(30)

    stops = handlers.Stops()
    assert not stops.ask("somebody")
    with stops.running("somebody") as stop:
        with stops.running("somebody") as second:
            assert stop is not None and second is None
        states = handlers.respond(handlers.with_question([], "Q?"), loaded(Slow([])), stop, Line(1))
        next(states)
        assert stops.ask("somebody") and not stops.ask("somebody else")
        began = time.monotonic()
        *_, (chat, _) = states
        assert "Stopped." in chat[-1]["content"] and time.monotonic() - began < 5
    assert not stops.ask("somebody")


def test_what_is_stopped_in_line_is_never_asked():
    engine, line, stop = FakeEngine([]), Line(1), threading.Event()
    with line.stand():
        states = handlers.respond(handlers.with_question([], "Q?"), loaded(engine), stop, line)
        next(states)
        next(states)
        stop.set()
        *_, (chat, _) = states
    time.sleep(0.05)
    assert "Stopped." in chat[-1]["content"] and not engine.asked and not line.tickets


# ── several conversations ──────────────────────────────────────────────────────────────────────


def test_a_question_is_put_another_way_and_what_followed_goes():
    engine = FakeEngine([])
    chat: list[Any] = []
    for question in ("One?", "Two?", "Three?"):
        *_, (chat, _) = respond(handlers.with_question(chat, question), loaded(engine))
    again = handlers.edited(chat, 1, " Two, really? ")
    assert again is not None and handlers.questions(again) == ["One?", "Two, really?"]
    assert handlers.edited(chat, 3, "x") is None and handlers.edited(chat, 0, " ") is None


def test_what_the_browser_kept_comes_back_and_nothing_else():
    engine = FakeEngine([])
    chat: list[Any] = []
    for question in ("One <b>?", "二？"):
        *_, (chat, _) = respond(handlers.with_question(chat, question), loaded(engine))
    kept = [{"role": m["role"], "text": m["content"]} for m in chat]
    assert handlers.restored(kept) == chat
    cut = [*kept[:3], {"role": "assistant", "text": render.streaming("半", "zh")}]
    assert "已停止" in handlers.restored(cut)[-1]["content"]
    assert "已停止" in handlers.restored(kept[:3])[-1]["content"]  # closed before anything was said
    for rubbish in (None, 3, "x", {}, [1, {}, {"role": "system", "text": "x"}, {"role": "user", "text": 5}]):
        assert handlers.restored(rubbish) == []
    sneaked = handlers.restored([{"role": "user", "text": "<img src=x onerror=alert(1)>"}])
    assert "<img" not in sneaked[0]["content"]


def test_a_place_in_the_line_is_told_and_kept_in_order():
    line = Line(1)
    with line.stand() as first, line.stand() as second, line.stand() as third:
        assert (first.ahead, second.ahead, third.ahead) == (0, 1, 2)
        assert first.wait(0) and not second.wait(0.01)
        states = handlers.respond(handlers.with_question([], "Q?"), loaded(FakeEngine([])), threading.Event(), line)
        next(states)
        assert "number 3 in line" in next(states)[0][-1]["content"]
    assert "So it is" in list(states)[-1][0][-1]["content"]  # the others have gone
    assert not line.tickets


def test_sixteen_people_get_their_own_answers():
    class Counting(FakeEngine):
        now = most = 0
        lock = threading.Lock()

        def stream(self, question: str, history: Any = (), **options: Any) -> Any:
            with self.lock:
                self.now += 1
                self.most = max(self.most, self.now)
            time.sleep(0.02)
            with self.lock:
                self.now -= 1
            yield "answer", make_answer(f"You asked {question}", question=question)

    engine, line, finals = Counting([]), Line(3), {}
    loader = loaded(engine)

    def person(name: str) -> None:
        chat = handlers.with_question([], f"{name}?")
        *_, (finals[name], _) = handlers.respond(chat, loader, threading.Event(), line)

    people = [threading.Thread(target=person, args=(f"p{i}",)) for i in range(16)]
    for each in people:
        each.start()
    for each in people:
        each.join(20)
    assert all(f"You asked {name}?" in chat[-1]["content"] for name, chat in finals.items()) and len(finals) == 16
    assert engine.most <= 3


# ── how to answer ──────────────────────────────────────────────────────────────────────────────


def test_options_reach_the_engine_only_when_chosen():
    engine = FakeEngine([])
    nothing = Options.of("", None, [], None, "", " ")
    assert nothing.for_engine("en") == {} and nothing.filters("en") == ""
    chosen = Options.of("zh", "extractive", ["The Times"], ["en"], "2025-02", "2025-03-01")
    states = handlers.respond(handlers.with_question([], "Q?"), loaded(engine), threading.Event(), Line(1), chosen)
    final = list(states)[-1][0][-1]["content"]
    assert engine.options == {
        "language": "zh", "voice": "extractive", "sources": ("The Times",), "languages": ("en",),
        "since": "2025-02", "until": "2025-03-01",
    }  # fmt: skip
    assert "Only looked at: The Times, English, Published since 2025-02" in final
    wrong = Options.of("", "", [], [], "last week", "")
    *_, (chat, _) = handlers.respond(
        handlers.with_question([], "Q?"), loaded(engine), threading.Event(), Line(1), wrong
    )
    assert "“last week” is not a date" in chat[-1]["content"]
    for since, until, said in (("2025-02-31", "", "不是日期"), ("2025-03", "2025-02", "对调"), ("2025", "2025-01", "")):
        chosen = Options.of("", "", [], [], since, until)
        if said:
            with pytest.raises(QuestionError, match=said):
                chosen.for_engine("zh")
        else:
            assert chosen.for_engine("zh") == {"since": since, "until": until}


def test_choices_come_back_from_the_browser_and_rubbish_does_not():
    kept = ["zh", "extractive", ["The Times", 3], ["en", "fr"], "2025-02", "x" * 99]
    chosen = Options.restored(kept)
    assert chosen == Options("zh", "extractive", ("The Times",), ("en",), "2025-02", "x" * 40)
    assert Options.restored(["en"]) == Options(language="en")
    for rubbish in (None, 3, {}, "zh", [], [{}, [], "The Times", 7, None, ["2025"]]):
        assert Options.restored(rubbish) == Options()


def test_reading_needs_an_article():
    loader = loaded(FakeEngine([make_article()]))
    assert QUOTE in Seen(handlers.read("#read/a1", "en", loader)).text
    assert QUOTE in Seen(handlers.read("#read/a1/x/y/z", "en", loader)).text
    with pytest.raises(RagError):
        handlers.read("#read/nope", "en", loader)


# ── texts and the command line ─────────────────────────────────────────────────────────────────────────────


def test_every_text_is_there_in_both_languages_with_the_same_blanks():
    for key, texts in TEXTS.items():
        assert set(texts) == {"en", "zh"}, key
        blanks = {lang: set(re.findall(r"{(\w+)}", text)) for lang, text in texts.items()}
        words = {"articles", "quotes"}  # nouns with a number, which Chinese writes out
        assert blanks["en"] - words == blanks["zh"] - words, key
    assert set(lists.LABELS) <= TEXTS.keys()
    for kind in ("low", "fair", "high", "extractive", "llm", "Latn", "Hans", "Hant"):
        assert kind in TEXTS


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
