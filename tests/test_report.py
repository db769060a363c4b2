"""Reports: everything escaped, nothing fetched, plots that say what the figures say."""

import dataclasses
import html
import re
import shutil

import pytest
from rich.console import Console

from rag.config import CHECKOUT
from rag.evaluate import Report, cases_of, evaluate, read_gold
from rag.evaluate.compare import compare
from rag.evaluate.results import provenance
from rag.report import comparison_table, html_report, report_tables
from rag.report.plots import latency_plot, risk_plot, slice_plot
from rag.report.questions import LONGEST, _marked, question

VOID = {"meta", "input", "br"}
EVIL = "<script>alert(1)</script>'\" onmouseover=x &amp;"


@pytest.fixture(scope="module")
def report(demo):
    cases = cases_of(read_gold([CHECKOUT / "store" / "gold" / "demo.jsonl"]), demo.articles())
    found = evaluate(demo, cases[::20], name="demo")
    # Every other one right, whatever the engine makes of them today.
    judged = [
        dataclasses.replace(
            r, verdict=verdict, figures=r.figures | {"accuracy": right}, slices=r.slices | {"verdict": [verdict]}
        )
        for n, r in enumerate(found.results)
        for right, verdict in [(1.0, "right") if n % 2 else (0.0, "wrong")]
    ]
    return Report.of("demo", judged)


@pytest.fixture(scope="module")
def hostile(report):
    """The same report with hostile text wherever text of others can be."""
    results = []
    for result in report.results:
        gold = result.gold.model_copy(update={"question": EVIL, "id": EVIL + result.gold.id})
        answer = dataclasses.replace(result.answer, text=f"**{EVIL}** {EVIL}", notes=(EVIL,))
        passages = tuple(dataclasses.replace(p, text=EVIL, source=EVIL) for p in result.retrieved)
        slices = result.slices | {"article": [EVIL, "other"]}
        case = dataclasses.replace(result.case, gold=gold)
        results.append(dataclasses.replace(result, case=case, answer=answer, retrieved=passages, slices=slices))
    return Report.of(EVIL, results, [EVIL])


def test_the_page_is_self_contained_and_escaped(hostile, demo):
    run = hostile.to_dict(texts=False)
    made = provenance(demo, None, f"python -m rag eval {EVIL}")
    page = html_report(hostile, made=made, variants={EVIL: hostile}, comparison=compare(run, run))
    assert "<script" not in page and "&lt;script&gt;" in page
    # SVG's namespace is a name, not an address that is fetched.
    assert not re.findall(r"(?:src|href|url)\s*[=(]|https?://(?!www\.w3\.org/2000/svg)|@import", page)
    for attribute in re.findall(r"\w+='[^']*'", page):
        assert "alert(1)" not in attribute or "&lt;script" in attribute
    tags = re.findall(r"""<(/?)(\w+)((?:[^>"']|"[^"]*"|'[^']*')*)>""", page)
    opened = [name for end, name, rest in tags if not end and not rest.endswith("/") and name not in VOID]
    assert sorted(opened) == sorted(name for end, name, _ in tags if end)


def test_every_question_opens_to_its_answer_and_passages(report):
    page = html_report(report)
    assert page.count("<details class='q'") == len(report.results)
    for result in report.results:
        assert result.gold.id in page and f"data-verdict='{result.verdict}'" in page
    wrong = [page.index(r.gold.id) for r in report.results if not r.right]
    assert max(wrong) < min(page.index(r.gold.id) for r in report.results if r.right), "wrong ones come first"


def test_evidence_is_marked_where_a_passage_holds_it(report):
    result = next(r for r in report.results if any(r.relevant) and r.gold.evidence[0].quote)
    shown = question(result)
    held = [p for p, good in zip(result.retrieved, result.relevant, strict=True) if good]
    needed = [place for places in result.case.needs for place in places]
    for passage in held:
        spans = [(s, e) for a, s, e in needed if a == passage.article_id and passage.start <= s and e <= passage.end]
        for start, end in spans:
            assert f"<mark>{html.escape(passage.text[start - passage.start : end - passage.start])}" in shown
    assert f"evidence in {result.gold.evidence[0].doc}" in shown
    assert re.search(r"lang='zh-Han[st]'", "".join(question(r) for r in report.results))


def test_marked_text_is_the_text_whatever_the_spans():
    text = "a<b" * 400
    for spans in ([], [(0, 3)], [(2, 9), (5, 12), (3, 4)], [(1100, 1200)], [(0, 1200)]):
        marked = re.sub("</?mark>", "", _marked(text, spans))
        shown = max([LONGEST, *(end for _, end in spans)])
        assert html.unescape(marked) == text[:shown] + ("…" if shown < len(text) else "")


def test_plots_place_figures_where_they_belong(report):
    rows = report.tables["language"]
    drawn = slice_plot("By language", rows)
    dots = [float(x) for x in re.findall(r'cx="([\d.]+)" cy="[\d.]+" r="5" class="dot"', drawn)]
    means = [row.figures["accuracy"].mean for row in rows.values()]
    scale = {round((x - 150) / (560 - 150 - 56), 2) for x in dots}
    assert scale == {round(mean, 2) for mean in means}
    curve = [(0.25, 0.0), (0.5, 0.5), (0.75, 1.0)]
    points = re.search(r'polyline points="([^"]+)"', risk_plot(curve)).group(1).split()
    xs, ys = zip(*(map(float, point.split(",")) for point in points), strict=True)
    assert list(xs) == sorted(xs) and list(ys) == sorted(ys, reverse=True), "risk grows upwards"
    assert "75% answered, 100% wrong" in risk_plot(curve)
    assert "polyline" not in risk_plot([]) and "total" in latency_plot(report.overall.latency)


def test_the_terminal_shows_figures_slices_and_what_went_wrong(report):
    console = Console(width=220, record=True, file=open("/dev/null", "w"))
    for table in report_tables(report):
        console.print(table)
    console.print(comparison_table(compare(report.to_dict(), report.to_dict())))
    text = console.export_text()
    assert "by type" in text and "accuracy" in text and "time: total" in text and "compared with" in text
    for result in report.results:
        assert result.right or result.gold.id in text


@pytest.mark.browser
def test_filters_hide_questions_without_a_script(report, tmp_path):
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("there is no Chromium")
    from playwright.sync_api import sync_playwright

    file = tmp_path / "report.html"
    file.write_text(html_report(report), "utf-8")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 390, "height": 800}, java_script_enabled=True)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        right = sum(r.right for r in report.results)
        page.locator("label", has_text=re.compile("^right$")).click()
        assert page.locator("details.q:visible").count() == right
        page.locator("details.q:visible summary").first.click()
        assert page.locator("details.q[open] .said").first.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, "no sideways scrolling on a phone"
        assert asked == [file.as_uri()]
        chromium.close()
