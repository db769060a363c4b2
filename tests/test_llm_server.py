"""A real model behind a real server: llama.cpp with SmolLM2 135M. It invents freely; nothing of that passes."""

import threading
import time

import pytest
from test_engine import check_laws

from rag.config import Config
from rag.llm import LLMFailure, make_llm
from rag.llm.calls import tokens
from rag.llm.gguf import serve_gguf

KEY = "test-key"


@pytest.fixture(scope="session")
def server(gguf):
    """The address of an OpenAI-compatible server of that model."""
    pytest.importorskip("llama_index.llms.openai_like")
    running = serve_gguf(gguf, context=4096, key=KEY, threads=1)
    yield f"{running.listening_address}/v1"
    del running


@pytest.fixture
def settings(server, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)

    def make(**more):
        values = {"llm": "openai", "llm_model": "smollm2", "llm_url": server, "llm_key": KEY, "llm_context": 1800}
        return Config(**(values | {"llm_tokens": 40, "llm_timeout": 120.0} | more))

    return make


@pytest.mark.parametrize("question", ["who introduced Altman to Trump?", "软银落实了多少资金？"])
def test_whatever_it_says_the_answer_stands_on_the_articles(demo, settings, question):
    config = settings()
    engine = type(demo)(demo.store, config, reader=demo.reader, llm=make_llm(config))
    *told, (kind, answer) = engine.stream(question)
    assert kind == "answer" and "".join(text for _, text in told) == answer.text
    assert answer.answered and answer.timings["llm"] > 0
    assert answer.mode == "llm" or "articles' own words" in answer.notes[-1] or "文章原文" in answer.notes[-1]
    check_laws(answer, demo)


def test_it_streams_and_stops_when_nobody_listens(settings):
    pieces = tokens(make_llm(settings(llm_tokens=2000)), "Count from one to a thousand.", timeout=120, most=10**6)
    assert isinstance(next(pieces), str)
    began = time.monotonic()
    pieces.close()
    assert time.monotonic() - began < 1
    until = time.monotonic() + 20
    while any(t.name == "llm" and t.is_alive() for t in threading.enumerate()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(t.name == "llm" and t.is_alive() for t in threading.enumerate())


@pytest.mark.parametrize(
    ("change", "prompt", "key"),
    [
        ({"llm_key": "wrong"}, "Hello.", "key"),
        ({"llm_url": "http://127.0.0.1:9/v1"}, "Hello.", "unreachable"),
        ({}, "word " * 6000, "context"),
        ({"llm_timeout": 0.05, "llm_tokens": 2000}, "Tell a long story. " * 50, "timeout"),
    ],
)
def test_its_failures_have_names(settings, change, prompt, key):
    config = settings(**change)
    with pytest.raises(LLMFailure) as caught:
        list(tokens(make_llm(config), prompt, timeout=config.llm_timeout, most=10**6))
    assert caught.value.key.startswith(key), caught.value.__cause__
