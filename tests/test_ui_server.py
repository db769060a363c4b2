"""The web server of the chat, over a made-up engine: what it lets in, what it sends, and who may."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from rag.config import CHECKOUT
from rag.errors import QuestionError

pytest.importorskip("gradio", reason="the chat is an extra: pip install rag-news[chat]")

import gradio as gr
import httpx
from ui_fakes import FakeEngine, loaded, make_answer, make_article

from ui import programs
from ui.__main__ import _port
from ui.app import make_app
from ui.launch import launch
from ui.line import Line


def serve(changes: bool = True, auth: tuple[str, str] | None = None) -> Any:
    app = make_app(loaded(FakeEngine([make_article()])), changes=changes)
    return app, launch(app, host="127.0.0.1", port=_port("127.0.0.1", None), auth=auth, changes=changes).rstrip("/")


@pytest.fixture(scope="module")
def public() -> Iterator[str]:
    """A server on which nothing can be changed."""
    app, address = serve(changes=False)
    yield address
    app.close(verbose=False)


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    """A server that asks for a password."""
    app, address = serve(auth=("ann", "secret"))
    yield address
    app.close(verbose=False)


def test_the_page_asks_no_other_host_and_allows_none(public):
    page = httpx.get(public)
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    loads = re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"']?(https?:)?//", page.text)
    assert not loads
    assert "gradio-app" in page.text and not re.search(r"googleapis|gstatic|cdnjs|huggingface\.co", page.text)
    config = httpx.get(f"{public}/config").json()
    assert config["analytics_enabled"] is False


def test_nothing_can_be_sent_where_nothing_may_be_changed(public):
    sent = httpx.post(f"{public}/gradio_api/upload", files={"files": ("a.txt", b"hello")})
    assert sent.status_code == 413
    config = httpx.get(f"{public}/config").json()
    assert not [d for d in config["dependencies"] for target in d["targets"] if target[1] == "sent"]


def test_files_of_the_machine_are_not_served(guarded, public):
    for path in ("/etc/passwd", str(CHECKOUT / "pyproject.toml"), "pyproject.toml", "../../../etc/passwd"):
        assert httpx.get(f"{public}/gradio_api/file={path}").status_code in {401, 403, 404}, path


def test_a_password_guards_everything(guarded):
    for path in ("/config", "/gradio_api/info", "/gradio_api/file=x"):
        assert httpx.get(guarded + path).status_code == 401, path
    assert httpx.post(f"{guarded}/gradio_api/call/ask", json={"data": ["Q?", []]}).status_code == 401
    assert httpx.post(f"{guarded}/gradio_api/upload", files={"files": ("a.txt", b"hello")}).status_code == 401
    hello = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    accept = {"accept": "application/json, text/event-stream"}
    assert httpx.post(f"{guarded}/gradio_api/mcp/", json=hello, headers=accept).status_code in {401, 404, 405}
    with httpx.Client() as ann:
        assert ann.post(f"{guarded}/login", data={"username": "ann", "password": "secret"}).status_code == 200
        assert ann.get(f"{guarded}/config").status_code == 200


def test_only_what_is_for_programs_is_open_to_them():
    api = make_app(loaded(FakeEngine([]))).get_api_info()
    assert set(api["named_endpoints"]) == {"/ask", "/ask_articles", "/search_passages", "/read_article"}
    assert not api["unnamed_endpoints"]


def test_ask_is_stateless_and_strict():
    engine = FakeEngine([])
    ask = programs.asking(loaded(engine), Line(1))
    assert ask("Q?", ["earlier", {"role": "user", "content": "and this"}]) == make_answer(question="Q?").to_dict()
    assert engine.asked[-1][1] == ["earlier", {"role": "user", "content": "and this"}]
    ask("half \ud800", [])
    assert engine.asked[-1] == ("half ?", [])
    ask("Q?", [], {"sources": ["The Ledger"], "since": "2025", "language": "zh"})
    assert engine.options == {"sources": ["The Ledger"], "since": "2025", "language": "zh"}
    for wrong in ([], {"sources": "The Ledger"}, {"since": 2025}, {"k": "3"}):
        with pytest.raises(gr.Error, match="options are an object"):
            ask("Q?", [], wrong)
    for question, history in ((None, []), ("Q?", "earlier"), ("Q?", [3])):
        with pytest.raises(gr.Error, match="must be"):
            ask(question, history)
    engine.answer = QuestionError("Too long.")
    with pytest.raises(gr.Error, match="Too long"):
        ask("Q?")


def test_tools_give_json_and_keep_to_their_limits():
    article = make_article(text="字" * 30_000)
    _, search, read = programs.tools(loaded(FakeEngine([article])), Line(1))
    assert json.loads(search("x", 1))[0]["article_id"] == "a1"
    part = json.loads(read("a1", 29_990, 50))
    assert (part["text"], part["total"], part["authors"]) == ("字" * 10, 30_000, ["N. N."])
    assert len(json.loads(read("a1", -5, 10**9))["text"]) == programs.MOST_CHARACTERS
    for call in (lambda: search("x", 0), lambda: search("x", 51), lambda: read("nope")):
        with pytest.raises(gr.Error):
            call()


def test_mcp_with_a_real_client(public):
    pytest.importorskip("mcp", reason="needs the Python package mcp")
    import anyio
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async def talk() -> tuple[dict[str, Any], list[Any]]:
        async with (
            streamablehttp_client(f"{public}/gradio_api/mcp/") as (receive, send, _),
            ClientSession(receive, send) as session,
        ):
            await session.initialize()
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            calls = [
                ("ask_articles", {"question": "How much did the bridge cost?"}),
                ("search_passages", {"query": "bridge", "k": 1}),
                ("read_article", {"article_id": "a1", "start": 3, "characters": 20}),
                ("read_article", {"article_id": "nope"}),
                ("search_passages", {"query": "bridge", "k": 0}),
            ]
            return tools, [await session.call_tool(name, arguments) for name, arguments in calls]

    tools, results = anyio.run(talk)
    assert set(tools) == {"ask_articles", "search_passages", "read_article"}
    assert "exact citations" in tools["ask_articles"].description
    assert {"query", "k"} <= set(tools["search_passages"].inputSchema["properties"])
    answer, found, article = (json.loads(result.content[0].text) for result in results[:3])
    assert answer == make_answer(question="How much did the bridge cost?").to_dict()
    assert found[0]["article_id"] == "a1" and article["text"] == make_article().text[3:23]
    # A mistake is an error that says what to do, not a crash of the session.
    for result, said in zip(results[3:], ("There is no article", "ask for 1 to 50"), strict=True):
        assert result.isError and said in result.content[0].text


def test_the_server_waits_for_no_model():
    # What must be imported before the address can be printed; gradio itself takes nearly all of it.
    code = (
        "import sys, time, ui.app, ui.launch; "
        "print({'torch', 'llama_index'} & set(sys.modules), time.process_time() < 10)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=CHECKOUT)
    assert done.stdout.split() == ["set()", "True"]


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node on this machine")
def test_scripts_are_well_formed(tmp_path):
    for file in (CHECKOUT / "ui" / "page").glob("*.js"):
        wrapped = tmp_path / file.name
        wrapped.write_text(
            f"async function f(element, trigger, props, watch, upload) {{\n{file.read_text('utf-8')}\n}}\n"
        )
        subprocess.run(["node", "--check", str(wrapped)], check=True)
