"""The real app in a real browser: ask, see the sentence lit, open its article, ask what no article says."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("gradio", reason="the chat is an extra: pip install rag-news[chat]")
playwright = pytest.importorskip("playwright.sync_api", reason="needs the Python package playwright")

from rag.config import shipped  # noqa: E402 - after the checks for what may be missing

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 40_000  # milliseconds
# One of these will be answered whatever the reader's weights are; this test is about the page.
ANSWERABLE = (
    "Who introduced Altman to Trump?",
    "Besides OpenAI, who are the founding investors in Stargate?",
    "How long did Altman and Trump speak on the phone?",
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over the demo articles and one hostile article, in its own process."""
    from rag.engine import build

    folder = tmp_path_factory.mktemp("articles")
    shutil.copytree(shipped("articles"), folder, dirs_exist_ok=True)
    (folder / "hostile.txt").write_text(
        "<script>window.hacked = 1</script> Zorblax <img src=http://e.invalid/x onerror='window.hacked=2'>\n\n"
        "The town of Zorblax counted 4,711 <b onclick='window.hacked=3'>green</b> parrots. ![x](http://e.invalid/y)\n",
        "utf-8",
    )
    store = tmp_path_factory.mktemp("store") / "index"
    build([folder], store)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-u", "-m", "ui", "--store", str(store), "--port", str(port)]
    log = tmp_path_factory.mktemp("log") / "ui.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=out,
            cwd=Path(__file__).parent.parent,
        )
    try:
        deadline = time.monotonic() + PATIENCE / 1000
        while f"http://127.0.0.1:{port}" not in log.read_text("utf-8"):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text("utf-8")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
        assert "Traceback" not in log.read_text("utf-8"), log.read_text("utf-8")
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """The loaded page; afterwards: nothing was asked of another host, nothing failed in the console."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    strangers: list[str] = []
    errors: list[str] = []
    local = (address, address.replace("http", "ws", 1), "data:", "blob:")
    page.on("request", lambda request: request.url.startswith(local) or strangers.append(request.url))
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    page.wait_for_selector("#chat .welcome a")
    yield page
    context.close()
    assert not strangers
    assert not errors


def ask(page: Any, question: str) -> Any:
    """Ask, and wait for the end of the answer."""
    before = page.locator("#chat .facts").count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_function("n => document.querySelectorAll('#chat .facts').length > n", arg=before)
    return page.locator("#chat .turn").last


def test_ask_see_the_sentence_open_the_article_and_be_refused(page):
    answer = next(turn for turn in (ask(page, q) for q in ANSWERABLE) if turn.locator("a.cite").count())
    turns = page.locator("#chat .turn").count()
    quotes = page.locator("#evidence .card mark").all_inner_texts()
    assert quotes and all(quote in page.locator("#evidence").inner_text() for quote in quotes)

    answer.locator("a.cite").first.click()
    lit = page.wait_for_selector("#evidence .card.lit")
    assert lit.get_attribute("data-n") == "1" and lit.query_selector("mark").inner_text() == quotes[0]

    page.click("#evidence .card.lit a.open")
    page.wait_for_selector(".sheet")
    mark = page.locator(".sheet mark").first
    assert mark.inner_text() == quotes[0]
    page.wait_for_function("() => { const y = document.querySelector('.sheet mark').getBoundingClientRect().y;"
                           " return y > 0 && y < innerHeight; }")  # fmt: skip
    page.keyboard.press("Escape")
    page.wait_for_selector(".sheet", state="detached")

    refused = ask(page, "What is the recipe for sourdough bread?")
    assert "not an answer" in refused.inner_text()
    page.wait_for_timeout(500)
    notice, chat = refused.locator(".refusal").bounding_box(), page.locator("#chat").bounding_box()
    assert chat["y"] <= notice["y"] < chat["y"] + chat["height"] - notice["height"]  # seen before the passages
    assert refused.locator("a.cite").count() == 0 and page.locator("#evidence .card").count() == 0

    # The marker of an earlier turn brings its evidence back.
    page.locator("#chat .turn").nth(turns - 1).locator("a.cite").first.click()
    page.wait_for_selector("#evidence .card.lit")
    assert page.locator("#evidence .card mark").first.inner_text() == quotes[0]

    page.click("#new")
    page.wait_for_selector("#chat .welcome a")
    assert page.locator("#evidence .card").count() == 0


def test_hostile_text_runs_nothing(page):
    question = "<img src=x onerror='window.hacked=4'> How many parrots did the town of Zorblax count?"
    ask(page, question)
    assert page.locator("#chat .asked").first.inner_text() == question
    page.click("button[role=tab] >> nth=1")
    page.fill("#search textarea, #search input", "zorblax")
    page.wait_for_function("() => document.querySelectorAll('#articles tbody tr').length === 1")
    page.click("#articles td.title a")
    page.wait_for_selector(".sheet")
    assert "<b onclick" in page.inner_text(".sheet .text") or "green" in page.inner_text(".sheet .text")
    assert page.evaluate("window.hacked") is None


def test_the_page_speaks_the_browsers_language_and_fits_a_phone(browser, address):
    context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("#chat .welcome a", timeout=PATIENCE)
    assert page.inner_text("#ask") == "提问"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("#language label >> nth=0")
    page.wait_for_function("() => document.querySelector('#ask').innerText === 'Ask'")
    page.reload()
    page.wait_for_function("() => document.querySelector('#ask')?.innerText === 'Ask'")
    context.close()


def test_ask_over_http(address):
    from gradio_client import Client

    client = Client(address, verbose=False)
    answers = [client.predict(question, api_name="/ask") for question in ANSWERABLE]
    assert any(answer["answered"] and answer["citations"] for answer in answers)
    assert all(answer["language"] == "en" and answer["passages"] for answer in answers)
    second = client.predict("那是什么时候？", [ANSWERABLE[0]], api_name="/ask")
    assert second["question"] == "那是什么时候？"
    with pytest.raises(Exception, match="empty"):
        client.predict("  ", api_name="/ask")
