"""The real Ollama client against a server that speaks Ollama's protocol as its documentation has it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rag.config import Config
from rag.llm import LLMFailure, make_llm
from rag.llm.calls import tokens

pytest.importorskip("llama_index.llms.ollama")
SAID = ["Miller", " introduced", " Altman", " [1]", ".", ""]


class Handler(BaseHTTPRequestHandler):
    """POST /api/chat as a chunked stream of JSON lines; the model's name chooses what goes wrong."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append((self.path, dict(self.headers), request))
        model = request["model"]
        if model == "unknown":
            return self.refuse(404, f"model '{model}' not found")
        if model == "locked":
            return self.refuse(401, "unauthorized")
        if model == "huge":
            return self.refuse(500, "model requires more system memory (40 GiB) than is available (8 GiB)")
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for n, piece in enumerate(SAID, start=1):
            if n == 4 and model == "crashes":  # as when llama.cpp dies under it
                self.chunk(json.dumps({"error": "an error was encountered while running the model"}) + "\n")
                break
            line = {"model": model, "message": {"role": "assistant", "content": piece}, "done": n == len(SAID)}
            if line["done"]:
                line |= {
                    "done_reason": "length" if model == "long" else "stop",
                    "prompt_eval_count": 9,
                    "eval_count": 5,
                }
            text = json.dumps(line) + "\n"
            if n == 4 and model == "cut":  # the connection is gone, in the middle of a line
                self.chunk(text[:20])
                self.close_connection = True
                return None
            if n == 4 and model == "ends":  # a proxy that ends the reply properly, but early
                break
            self.chunk(text)
        self.wfile.write(b"0\r\n\r\n")
        return None

    def chunk(self, text):
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def refuse(self, status, message):
        body = json.dumps({"error": message}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.heard = []
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def ollama(server, monkeypatch):
    """A model's name → the LLM that settings make of it; a proxy of the environment leads nowhere."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server.heard.clear()
    url = f"http://127.0.0.1:{server.server_port}"
    return lambda model, **more: make_llm(
        Config(**{"llm": "ollama", "llm_model": model, "llm_url": url, "llm_context": 5000, "llm_tokens": 77} | more)
    )


def test_it_streams_and_says_how_long_context_and_answer_are(ollama, server):
    assert "".join(tokens(ollama("m", llm_key="k"), "Who?", timeout=30, most=1000)) == "".join(SAID)
    ((path, headers, request),) = server.heard
    assert path == "/api/chat" and headers["authorization"] == "Bearer k"
    assert request["messages"] == [{"role": "user", "content": "Who?"}] and request["stream"] is True
    assert request["options"] == {"temperature": 0.0, "num_ctx": 5000, "num_predict": 77}
    assert request["think"] is False


@pytest.mark.parametrize(
    ("model", "key"),
    [
        ("unknown", "model"),
        ("locked", "key"),
        ("huge", "error"),
        ("crashes", "error"),
        ("cut", "broken"),
        ("ends", "broken"),
        ("long", "length"),
    ],
)
def test_its_failures_have_names(ollama, model, key):
    with pytest.raises(LLMFailure) as caught:
        list(tokens(ollama(model), "Who?", timeout=30, most=1000))
    assert caught.value.key == key
    if key == "error":
        assert "memory" in caught.value.detail or "running the model" in caught.value.detail


def test_nobody_there_is_told(ollama):
    with pytest.raises(LLMFailure, match="unreachable"):
        list(tokens(ollama("m", llm_url="http://127.0.0.1:9"), "Who?", timeout=30, most=1000))


@pytest.mark.parametrize("model", ["cut", "ends", "crashes"])
def test_half_a_sentence_is_never_shown(demo, ollama, model):
    answer = type(demo)(demo.store, demo.config, reader=demo.reader, llm=ollama(model)).ask("who introduced Altman?")
    assert answer.mode == "extractive" and "articles' own words" in answer.notes[-1]
