"""The real app in a real browser, over the demo articles and two hostile ones.

Nothing here depends on how good an answer is: questions that don't get a citation are followed by others.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("gradio", reason="the chat is an extra: pip install rag-news[chat]")
playwright = pytest.importorskip("playwright.sync_api", reason="needs the Python package playwright")

from rag.config import CHECKOUT, shipped  # noqa: E402 - after the checks for what may be missing

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
PATIENCE = 120_000  # milliseconds
ANSWERABLE = (
    "Who introduced Altman to Trump?",
    "Besides OpenAI, who are the founding investors in Stargate?",
    "How long did Altman and Trump speak on the phone?",
)
CHINESE = ("软银到底落实了多少资金？", "阿布扎比园区有多大？")
HOSTILE = {
    "<img src=x onerror='window.hacked=7'>.txt": (
        "<script>window.hacked = 1</script> Zorblax <img src=http://e.invalid/x onerror='window.hacked=2'>\n\n"
        "The town of Zorblax counted 4,711 <b onclick='window.hacked=3'>green</b> parrots. ![x](http://e.invalid/y) "
        "[click](javascript:window.hacked=5) \x1b[31mred\x1b[0m </mark></div><script>window.hacked=6</script>\n"
    ),
    "front.md": (
        "---\ntitle: \"<svg onload='window.hacked=8'> ](javascript:window.hacked=9)\"\n"
        "url: javascript:window.hacked=10\n"
        "source: <iframe src=http://e.invalid>\n---\nThe mayor of Quuxville is called Plugh Xyzzy.\n"
    ),
}
# Two reports that nobody can read in another way.
DIFFERING = {
    "post.md": (
        "---\ntitle: New ferry terminal opens\nsource: Glimmerhaven Post\ndate: 2025-03-02\n---\n"
        "The ferry terminal of Glimmerhaven cost 73 million crowns.\n\nThe first boat left with 40 cyclists.\n"
    ),
    "auditor.md": (
        "---\ntitle: What the quay really took\nsource: Northern Auditor\ndate: 2025-06-19\n---\n"
        "The ferry terminal of Glimmerhaven cost 91 million crowns.\n\nThe report has 212 pages and no pictures.\n"
    ),
}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, embedder: Any) -> Iterator[str]:
    """The app in its own process; afterwards: no traceback in its output."""
    from rag.indexing import build

    folder = tmp_path_factory.mktemp("articles")
    shutil.copytree(shipped("articles"), folder, dirs_exist_ok=True)
    for name, text in (HOSTILE | DIFFERING).items():
        (folder / name).write_text(text, "utf-8")
    store = tmp_path_factory.mktemp("store") / "index"
    build([folder], store, embedder=embedder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-u", "-m", "ui", "--store", str(store), "--port", str(port)]
    log = tmp_path_factory.mktemp("log") / "ui.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=CHECKOUT)
    try:
        deadline = time.monotonic() + PATIENCE / 1000
        while f"http://127.0.0.1:{port}" not in log.read_text("utf-8"):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text("utf-8")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
        assert "Traceback" not in log.read_text("utf-8"), log.read_text("utf-8")
    finally:
        process.terminate()
        process.wait(60)  # it ends by itself, tidily


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Any]:
    """Opens the page as somebody; afterwards: no other host was asked, nothing failed or ran that should not."""
    contexts, strangers, errors = [], [], []
    local = (address, address.replace("http", "ws", 1), "data:", "blob:")

    def come(width: int = 1440, height: int = 900, locale: str = "en-US", scheme: str = "light") -> Any:
        context = browser.new_context(
            locale=locale,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: request.url.startswith(local) or strangers.append(request.url))
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        page.wait_for_selector("#chat .welcome a")
        return page

    yield come
    for context in contexts:
        for page in context.pages:
            assert page.evaluate("window.hacked") is None
        context.close()
    assert not strangers
    assert not errors


def ask(page: Any, question: str) -> Any:
    """Ask, and wait for the end of the answer."""
    before = page.locator("#chat .acts").count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    return answered(page, before)


def answered(page: Any, before: int) -> Any:
    page.wait_for_function("n => document.querySelectorAll('#chat .acts').length > n", arg=before)
    page.wait_for_selector("#ask")  # free for the next question
    return page.locator("#chat .turn").last


def cited(page: Any, questions: tuple[str, ...] = ANSWERABLE) -> Any:
    """The answer to the first question that gets one with a citation."""
    return next(turn for turn in (ask(page, q) for q in questions) if turn.locator("a.cite").count())


def in_view(page: Any, selector: str) -> None:
    page.wait_for_function(
        "s => { const y = document.querySelector(s)?.getBoundingClientRect().y; return y > 0 && y < innerHeight; }",
        arg=selector,
    )


def test_ask_see_the_sentence_open_the_article_and_be_refused(visit):
    page = visit()
    answer = cited(page)
    turns = page.locator("#chat .turn").count()
    quotes = page.locator("#evidence .card mark").all_inner_texts()
    assert quotes and all(quote in page.locator("#evidence").inner_text() for quote in quotes)

    answer.locator("a.cite").last.hover()
    page.wait_for_selector("#evidence .card.lit")
    answer.locator("a.cite").first.click()
    lit = page.wait_for_selector("#evidence .card[data-n='1'].lit")
    assert lit.query_selector("mark").inner_text() == quotes[0]

    page.click("#evidence .card.lit a.open")
    page.wait_for_selector(".sheet")
    assert page.locator(".sheet mark").first.inner_text() == quotes[0]
    in_view(page, ".sheet mark")
    page.keyboard.press("Escape")
    page.wait_for_selector(".sheet", state="detached")

    refused = ask(page, "What is the recipe for sourdough bread?")
    assert "not an answer" in refused.inner_text()
    page.wait_for_timeout(300)
    notice, chat = refused.locator(".refusal").bounding_box(), page.locator("#chat").bounding_box()
    assert chat["y"] <= notice["y"] < chat["y"] + chat["height"] - notice["height"]  # seen before the passages
    assert refused.locator("a.cite").count() == 0 and page.locator("#evidence .card").count() == 0

    # After a reload the conversation is there, and the marker of an earlier turn brings its evidence back.
    page.reload()
    page.wait_for_selector("#chat .turn.refused")
    assert page.locator("#chat .turn").count() == turns + 1
    page.locator("#chat .turn").nth(turns - 1).locator("a.cite").first.click()
    page.wait_for_selector("#evidence .card.lit")
    assert page.locator("#evidence .card mark").first.inner_text() == quotes[0]


def test_sources_that_differ_stand_side_by_side(visit):
    page = visit()
    answer = ask(page, "How much did the ferry terminal of Glimmerhaven cost?")
    claims = answer.locator(".conflict .claims > *")
    assert claims.count() == 2
    told = sorted(claims.all_inner_texts(), key=lambda text: "91" in text)
    for text, sides in zip(
        told, (("73 million", "Glimmerhaven Post", "2025"), ("91 million", "Northern Auditor", "2025")), strict=True
    ):
        assert all(part in text for part in sides), told
    boxes = [claim.bounding_box() for claim in claims.all()]
    assert boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] != boxes[1]["x"]  # beside each other
    for claim in claims.all():
        claim.locator("a.cite").first.click()
        lit = page.wait_for_selector("#evidence .card.lit mark").inner_text()
        assert ("73 million" in lit) == ("73 million" in claim.inner_text())
        assert ("91 million" in lit) == ("91 million" in claim.inner_text())


def test_retry_edit_undo_and_several_conversations(visit):
    page = visit()
    ask(page, "What is the recipe for sourdough bread?")
    page.click("#chat a[href='#retry']")
    page.wait_for_selector("#chat .turn.pending, #chat .turn.streaming, #chat .acts")
    answered(page, 0)
    page.locator("#chat .asked").hover()
    page.click("#chat a.edit")
    page.fill("#chat .form textarea", "How is rye bread <b>baked</b>?")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#chat .asked').innerText.includes('rye')")
    answered(page, 0)
    assert page.inner_text("#chat .asked") == "How is rye bread <b>baked</b>?"

    page.click("#new")
    page.wait_for_selector("#chat .welcome a")
    page.click("#chat .welcome a >> nth=1")  # an example
    answered(page, 0)
    assert page.locator("#talks .open").count() == 2
    page.click("#talks .open:has-text('rye bread')")
    page.wait_for_function("() => document.querySelector('#chat .asked').innerText.includes('rye')")
    with page.expect_download() as download:
        page.click("#talks .download")
    assert "## How is rye bread <b>baked</b>?" in Path(download.value.path()).read_text("utf-8")

    page.click("#chat a[href='#undo']")
    page.wait_for_selector("#chat .welcome a")
    assert page.input_value("#question textarea") == "How is rye bread <b>baked</b>?"
    page.wait_for_function("() => document.querySelectorAll('#talks .open').length === 1")
    page.reload()
    page.wait_for_selector("#talks .open")
    page.locator("#talks li").hover()
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("#talks .away")
    page.wait_for_selector("#talks .open", state="detached")


def test_stop_ends_an_answer_and_the_next_can_be_asked(visit):
    page = visit()
    page.fill("#question textarea", ANSWERABLE[0])
    page.press("#question textarea", "Enter")
    # In one step: a quick answer may be there before a click that waits for the button to hold still.
    page.wait_for_function("() => { const stop = document.querySelector('#stop'); stop?.click(); return !!stop }")
    page.wait_for_selector("#chat .facts")
    assert page.locator("#chat .turn .note, #chat .acts").count()  # stopped, or done before that
    page.wait_for_selector("#ask")
    assert ask(page, ANSWERABLE[1]).locator(".acts").count()


def test_thumbs_copies_and_the_answers_language(visit):
    page = visit()
    answer = cited(page)
    answer.locator("a.copy").click()
    page.wait_for_selector("#chat .said")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"^\[1\] \*.+\* \(.+\): “.+”$", copied, re.MULTILINE)
    answer.locator(".thumb.down").click()
    page.fill("#chat .form textarea", "Not <i>this</i> one.")
    page.keyboard.press("Enter")
    page.wait_for_selector("#chat .said")
    assert "on" in page.locator("#chat .thumb.down").last.get_attribute("class").split()

    page.click("#options > button")
    page.click("#answer-language label:has-text('中文')")
    assert "秒" in ask(page, ANSWERABLE[0]).locator(".facts").first.inner_text()


def unfold(page: Any) -> None:
    if not page.locator("#since").is_visible():
        page.click("#options > button")
        page.wait_for_selector("#since :is(input, textarea)")


def chosen(page: Any) -> dict[str, Any]:
    """What stands in the filters and the answer's language; they are on the page once they have been unfolded."""
    unfold(page)
    return page.evaluate(
        """() => ({
          language: document.querySelector("#answer-language input:checked")?.value ?? "",
          sources: [...document.querySelectorAll("#sources .token")].map((e) => e.innerText.trim()),
          languages: [...document.querySelectorAll("#languages input:checked")].map((e) => e.name),
          since: document.querySelector("#since :is(input, textarea)").value,
        })"""
    )


def test_filters_survive_a_reload_and_belong_to_their_conversation(visit):
    page = visit()
    unset = chosen(page)
    page.click("#answer-language label:has-text('中文')")
    page.click("#languages label:has-text('English')")
    page.fill("#since :is(input, textarea)", "2025-02")
    page.click("#sources input")
    page.keyboard.type("Harbor")
    page.keyboard.press("Enter")
    page.wait_for_selector("#sources .token")
    page.keyboard.press("Escape")
    wanted = chosen(page)
    assert wanted["sources"] == ["The Harbor Ledger"] and wanted["since"] == "2025-02" and len(wanted["languages"]) == 1
    page.wait_for_selector("#options > button[data-on='Filters on: 3']")

    page.reload()  # before anything was asked
    page.wait_for_selector("#chat .welcome a")
    page.wait_for_selector("#options > button[data-on='Filters on: 3']")
    unfold(page)
    page.wait_for_selector("#sources .token")
    assert chosen(page) == wanted
    assert "The Harbor Ledger" in ask(page, ANSWERABLE[0]).locator(".note").last.inner_text()

    page.reload()
    page.wait_for_selector("#chat .turn")
    unfold(page)
    page.wait_for_selector("#sources .token")
    assert chosen(page) == wanted
    page.click("#new")
    page.wait_for_selector("#sources .token", state="detached")
    assert chosen(page) == unset | {"language": wanted["language"]}  # how to answer is a habit, filters are not
    page.wait_for_selector("#options > button:not([data-on^='Filters'])")

    page.click("#talks .open")
    page.wait_for_selector("#sources .token")
    assert chosen(page) == wanted
    # A filter whose articles have gone can still be seen and taken back.
    page.evaluate(
        """() => { const kept = JSON.parse(localStorage["filters/1"]); const id = memory.current();
          kept[id][0] = ["Gone Gazette"]; localStorage["filters/1"] = JSON.stringify(kept); }"""
    )
    page.reload()
    page.wait_for_selector("#options > button[data-on='Filters on: 3']")
    unfold(page)
    page.wait_for_selector("#sources .token:has-text('Gone Gazette')")
    ask(page, ANSWERABLE[1])
    unfold(page)
    page.locator("#sources .token-remove").first.click()
    page.wait_for_selector("#options > button[data-on='Filters on: 2']")


def test_sending_tells_how_far_it_is(visit, tmp_path):
    page = visit()
    page.click("button[role=tab] >> nth=1")
    page.wait_for_selector("#adder .files")
    for name in ("one.json", "two.json"):  # large, and soon found to be no JSON
        (tmp_path / name).write_text("{" + " " * 1_500_000, "utf-8")
    page.evaluate(
        """() => { window.told = []; new MutationObserver(() => {
          const box = document.querySelector("#adder .sending"); if (!box) return;
          window.told.push([box.querySelector("h3").innerText, box.querySelector(".working .state")?.innerText ?? "",
            box.querySelector("progress")?.value ?? -1]);
        }).observe(document.querySelector("#adder"), { childList: true, subtree: true, characterData: true }); }"""
    )
    slow = page.context.new_cdp_session(page)
    slow.send("Network.enable")
    speed = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 1_000_000}
    slow.send("Network.emulateNetworkConditions", speed)
    page.set_input_files("#adder input[multiple]", [tmp_path / "one.json", tmp_path / "two.json"])
    page.wait_for_selector("#report .report.finished")
    told = page.evaluate("window.told")
    whole = [int(m[1]) for head, _, _ in told if (m := re.search(r"(\d+)%", head))]
    assert whole == sorted(whole) and whole[0] == 0 and len({x for x in whole if 0 < x < 100}) >= 3
    assert {head.split(":")[0] for head, _, _ in told if head} == {"Sending file 1 of 2", "Sending file 2 of 2"}
    assert [bar for _, state, bar in told if re.fullmatch(r"Sending [1-9]\d?%", state) and 0 < bar < 1]
    assert page.locator("#adder .sending").count() == 0
    assert page.inner_text("#report").count("not JSON") == 2


def test_hostile_text_runs_nothing(visit):
    page = visit()
    question = "<img src=x onerror='window.hacked=4'> How many parrots did the town of Zorblax count?"
    ask(page, question)
    assert page.locator("#chat .asked").first.inner_text() == question
    ask(page, "Who is the mayor of Quuxville? [x](javascript:window.hacked=11)")
    for marker in page.locator("#chat .turn >> nth=1 >> a.cite").all()[:2]:
        marker.click()
        page.wait_for_selector("#evidence .card.lit")
    page.click("button[role=tab] >> nth=1")
    page.fill("#search textarea, #search input", "zorblax")
    page.wait_for_function("() => document.querySelectorAll('#articles tbody tr').length === 1")
    page.click("#articles td.title a")
    page.wait_for_selector(".sheet")
    assert "parrots" in page.inner_text(".sheet .text")
    page.keyboard.press("Escape")
    page.fill("#search textarea, #search input", "quuxville")
    page.wait_for_function("() => document.querySelector('#articles tbody tr')?.innerText.includes('svg')")
    page.click("#articles td.title a")
    page.wait_for_selector(".sheet")
    assert page.locator(".sheet a[target]").count() == 0  # javascript: is no address
    places = page.evaluate("[...document.querySelectorAll('[src], [href]')].map(e => String(e.src || e.href))")
    assert not [url for url in places if url.startswith(("http://e.invalid", "javascript:"))]


def test_added_files_are_asked_about_and_removed(visit, tmp_path):
    page = visit()
    page.click("button[role=tab] >> nth=1")
    page.wait_for_selector("#articles tbody tr")
    before = page.locator("#articles tbody tr").count()
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "wobble.txt").write_text(
        "Bridge of Wobbleton\n\nThe bridge of Wobbleton cost 73 million crowns.\n", "utf-8"
    )
    (folder / "empty.txt").write_text(" ", "utf-8")
    (folder / "song.mp3").write_bytes(b"la")
    with zipfile.ZipFile(folder / "more.zip", "w") as packed:
        packed.writestr("a.txt", "Harbour of Plonk\n\nThe harbour of Plonk was opened in 1987 by a goat.\n")
    page.set_input_files("#adder input[webkitdirectory]", folder)
    page.wait_for_selector("#report .report.finished")
    said = page.inner_text("#report")
    assert "2 articles added" in said and "there is no text in it" in said
    assert "song.mp3" in page.inner_text("#adder") and "Not a kind of file" in page.inner_text("#adder")
    page.wait_for_function("n => document.querySelectorAll('#articles tbody tr').length === n", arg=before + 2)

    page.click("button[role=tab] >> nth=0")
    answer = ask(page, "How much did the bridge of Wobbleton cost?")
    assert "73 million" in answer.inner_text()

    page.click("button[role=tab] >> nth=1")
    page.fill("#search textarea, #search input", "wobbleton")
    page.wait_for_function("() => document.querySelectorAll('#articles tbody tr').length === 1")
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("#articles a.remove")
    page.wait_for_selector("#articles .none")
    if page.locator("#evidence .card").count():  # what was cited is told to be gone
        page.click("button[role=tab] >> nth=0")
        answer.locator("a.cite").first.click()
        page.locator("#evidence a.open").first.click(timeout=1000) if page.locator("#evidence a.open").count() else None


def test_the_page_speaks_the_browsers_language_and_fits_a_phone(visit):
    page = visit(390, 844, "zh-CN", "dark")
    assert page.inner_text("#ask") == "提问"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    answer = cited(page, CHINESE + ANSWERABLE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    answer.locator("a.cite").first.click()
    in_view(page, "#evidence .card.lit mark")
    page.click("#evidence a.lower")
    page.click("#masthead a.talks")
    page.wait_for_selector("#talks .open")
    page.keyboard.press("Escape")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.click("a[href='#theme']")  # auto → light
    page.wait_for_function(f"old => {ground} !== old", arg=dark)
    page.click("#language label >> nth=0")
    page.wait_for_function("() => document.querySelector('#ask').innerText === 'Ask'")
    page.reload()
    page.wait_for_function("() => document.querySelector('#ask')?.innerText === 'Ask'")
    assert page.evaluate(ground) != dark


def test_everything_by_keyboard(visit):
    page = visit()
    page.keyboard.type("What is the recipe for sourdough bread?")  # the question has the focus
    page.keyboard.press("Enter")
    answered(page, 0)

    def tab_to(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement?.matches(s)", selector):
                ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert ring != "none", f"{selector} does not show that it has the focus"
                return
        raise AssertionError(f"{selector} can't be reached")

    tab_to("#new")
    tab_to(".nearest a")
    page.keyboard.press("Enter")
    page.wait_for_selector(".sheet")
    for _ in range(5):
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('.sheet').contains(document.activeElement)")
    page.keyboard.press("Escape")
    page.wait_for_selector(".sheet", state="detached")
    assert page.evaluate("document.activeElement.matches('.nearest a')")  # back where it was
    tab_to("#chat a.copy")

    answer = cited(page)
    answer.locator("a.cite").first.focus()
    for wanted in ("#evidence .card", ".sheet"):  # from the marker to its card, from there to the article
        page.keyboard.press("Enter")
        page.wait_for_function("s => document.activeElement?.matches(s)", arg=wanted)
        if wanted == "#evidence .card":
            tab_to("#evidence .card a")
    page.keyboard.press("Escape")
    page.wait_for_selector(".sheet", state="detached")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('#chat a.cite')")


CONTRAST = """() => {
  const rgb = (c) => c.match(/[\\d.]+/g).map(Number);
  const lum = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if ((c[3] ?? 1) > 0.99) return c; } return [255, 255, 255]; };
  const bad = [];
  for (const e of document.querySelectorAll("#top *, #tabs *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    const style = getComputedStyle(e);
    if (!own || !e.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (style.fontSize === "0px" || e.closest(".sr")) continue;
    const [a, b] = [lum(rgb(style.color)), lum(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) bad.push([ratio.toFixed(2), e.className, e.textContent.trim().slice(0, 40)]);
  }
  return bad;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(visit, scheme):
    page = visit(1440, 900, "en-US", scheme)
    assert page.evaluate(CONTRAST) == []
    cited(page)
    ask(page, "What is the recipe for sourdough bread?")
    page.click("#chat a.cite >> nth=0")
    page.wait_for_selector("#evidence .card.lit")
    page.click("#options > button")
    page.wait_for_timeout(400)
    assert page.evaluate(CONTRAST) == []
    page.click("button[role=tab] >> nth=1")
    page.wait_for_selector("#articles tbody tr")
    page.wait_for_timeout(400)
    assert page.evaluate(CONTRAST) == []


# ── from programs, over the same server ────────────────────────────────────────────────────────


def test_over_http_with_gradios_own_client(address):
    from gradio_client import Client

    client = Client(address, verbose=False)
    answers = [client.predict(question, api_name="/ask") for question in ANSWERABLE[:2]]
    assert any(answer["answered"] and answer["citations"] for answer in answers)
    assert all(answer["language"] == "en" and answer["passages"] for answer in answers)
    second = client.predict("那是什么时候？", [ANSWERABLE[0]], api_name="/ask")
    assert second["question"] == "那是什么时候？"
    with pytest.raises(Exception, match="empty"):
        client.predict("  ", api_name="/ask")
    passages = json.loads(client.predict("Abu Dhabi campus", 3, api_name="/search_passages"))
    assert len(passages) == 3
    first = passages[0]
    article = json.loads(client.predict(first["article_id"], first["start"], 50, api_name="/read_article"))
    assert first["text"].startswith(article["text"]) and article["total"] > 50


def test_sixteen_people_at_once(address):
    from gradio_client import Client

    def person(n: int) -> tuple[int, dict[str, Any]]:
        return n, Client(address, verbose=False).predict(f"Who introduced Altman to Trump ({n})?", api_name="/ask")

    with ThreadPoolExecutor(16) as people:
        for n, answer in people.map(person, range(16)):
            assert answer["question"] == f"Who introduced Altman to Trump ({n})?" and answer["passages"]
