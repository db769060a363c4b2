"""A model file run in the process itself: the real llama.cpp with the real file of SmolLM2 135M."""

import subprocess
import sys
import threading
import time

import pytest

from rag.config import Config
from rag.errors import ModelError
from rag.llm import LLMFailure, make_llm
from rag.llm.calls import tokens
from rag.llm.gguf import LlamaCpp

STORY = "Tell a long story about a harbour."


@pytest.fixture(scope="module")
def llm(gguf):
    return LlamaCpp(gguf, context=2048, reply=400, threads=1)


def until_idle():
    """Wait until no call is going on."""
    until = time.monotonic() + 60
    while any(t.name in ("llm", "gguf") and t.is_alive() for t in threading.enumerate()):
        assert time.monotonic() < until, "a call that nobody listens to goes on"
        time.sleep(0.02)


def test_it_streams_an_answer_and_says_why_it_ended(llm):
    *_, last = responses = list(llm.stream_complete("What is the capital of France?", max_tokens=20))
    assert last.text.strip() and last.text == "".join(r.delta for r in responses)
    assert llm.complete("What is the capital of France?", max_tokens=20).text == last.text  # at temperature 0
    with pytest.raises(LLMFailure, match="length"):
        list(tokens(llm.model_copy(update={"reply": 3}), STORY, timeout=60, most=10**6))


def test_settings_make_it_and_the_engine_speaks_through_it(demo, gguf):
    config = Config(llm="gguf", llm_model=str(gguf), llm_context=1800, llm_tokens=30, llm_timeout=120)
    made = make_llm(config)
    assert made.metadata.context_window == 1800 and made.metadata.num_output == 30
    answer = type(demo)(demo.store, config, reader=demo.reader, llm=made).ask("who introduced Altman to Trump?")
    assert answer.answered and answer.timings["llm"] > 0
    assert answer.mode == "llm" or "articles' own words" in answer.notes[-1]


def test_a_time_out_stops_it_while_it_reads(llm):
    prompt = "word " * 1500
    with pytest.raises(LLMFailure, match="timeout"):
        list(tokens(llm, prompt, timeout=0.3, most=10**6))
    until_idle()
    again = llm.stream_complete(prompt)
    progress = next(r.raw["prompt_progress"] for r in again if "prompt_progress" in r.raw)
    again.close()
    assert progress["cache"] < 0.9 * progress["total"]  # the rest had not been read when it was stopped
    until_idle()


def test_closing_cancels_it_while_it_writes(llm):
    pieces = tokens(llm, STORY, timeout=120, most=10**6)
    assert isinstance(next(pieces), str)
    pieces.close()
    until_idle()


def test_a_prompt_that_is_too_long_is_told(llm):
    with pytest.raises(LLMFailure, match="context"):
        list(tokens(llm, "word " * 3000, timeout=60, most=10**6))


def test_two_calls_take_turns(llm):
    said = []
    ask = lambda: said.append(llm.complete("Say yes.", max_tokens=4).text)  # noqa: E731
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 2 and said[0] == said[1] != ""


def test_a_file_that_is_no_model_is_told(tmp_path, gguf):
    whole = gguf.read_bytes()
    files = {"half": whole[: len(whole) // 2], "nonsense": b"GGUF nonsense", "text": b"Not a model.", "empty": b""}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ModelError, match=name):
            make_llm(Config(llm="gguf", llm_model=str(tmp_path / name)))
    for missing in (tmp_path / "nowhere.gguf", tmp_path):
        with pytest.raises(ModelError, match="can't be read"):
            make_llm(Config(llm="gguf", llm_model=str(missing)))


def test_a_process_that_is_interrupted_while_it_answers_ends_cleanly(gguf):
    program = f"""
from pathlib import Path
from rag.llm.gguf import LlamaCpp
llm = LlamaCpp(Path({str(gguf)!r}), context=512, threads=1)
next(piece for piece in llm.stream_complete({STORY!r}) if piece.delta)
raise KeyboardInterrupt
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert ended.stderr.strip().endswith("KeyboardInterrupt") and ended.returncode in (1, 130, -2)
