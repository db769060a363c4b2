"""The commands as a user types them: fixed names, exit codes, sentences instead of tracebacks."""

import json
import subprocess
import sys

import pytest
from conftest import DEMO, write_articles
from typer.testing import CliRunner

from rag.__main__ import app
from rag.config import CHECKOUT
from rag.errors import RagError

runner = CliRunner()


def run(*arguments, input=None):
    """A command in this process (the model loads once); our errors surface as the exit code a user sees."""
    result = runner.invoke(app, [str(a) for a in arguments], input=input)
    if result.exception and not isinstance(result.exception, SystemExit):
        assert isinstance(result.exception, RagError), result.exception
    return result


def command(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "rag", *map(str, arguments)], capture_output=True, text=True, cwd=cwd, check=False
    )


@pytest.fixture(autouse=True)
def share_the_model(monkeypatch, embedder):
    for room in ("engine", "indexing"):
        monkeypatch.setattr(f"rag.{room}.make_embedder", lambda config: embedder)


def test_build_ask_and_the_rest(tmp_path):
    store = tmp_path / "s"
    assert "11 added" in run("build", DEMO, "--store", store).stdout
    assert "11 unchanged" in run("build", DEMO, "--store", store).stdout
    answer = json.loads(run("ask", "who introduced Altman to Trump?", "--store", store, "--json").stdout)
    assert answer["answered"] and any("Miller" in c["quote"] for c in answer["citations"])
    plain = run("ask", "谁把奥尔特曼引荐给特朗普？", "--store", store).stdout
    assert "[1]" in plain and "出处" in plain and "\\" not in plain
    refused = run("ask", "What is the capital of Mongolia?", "--store", store).stdout
    assert "not an answer" in refused
    listing = run("articles", "--store", store).stdout
    assert "2025-02-09-altman-trump-burgum.md" in listing and "11 articles" in listing
    page = next(line.split("│")[1].strip() for line in listing.splitlines() if "2025-02-12-musk-openai-bid" in line)
    shown = run("articles", "--store", store, "--show", page).stdout
    assert shown == run("articles", "--store", store, "--show", "2025-02-12-musk-openai-bid.md").stdout
    kept, removed = shown.split("Removed")
    assert "974亿美元" in kept and "<p>" not in kept and "<strong>" in removed
    assert "伯古姆" in run("names", "--store", store).stdout
    assert "1 removed" in run("remove", page, "--store", store).stdout
    assert "10 articles" in run("articles", "--store", store).stdout


def test_chat_remembers_and_survives_a_bad_question(demo_store):
    long = "x" * 5000
    talk = run("chat", "--store", demo_store, input=f"Who is Doug Burgum?\n{long}\nWhere did he meet them?\n\n")
    assert talk.exit_code == 0
    assert "11 articles" in talk.stdout and "understood as" in talk.stdout
    assert "the limit is" in talk.output


@pytest.fixture(scope="module")
def some_gold(tmp_path_factory):
    """A few of the demo questions, so that asking them takes seconds."""
    lines = (CHECKOUT / "store" / "gold" / "demo.jsonl").read_text("utf-8").splitlines()[::24]
    file = tmp_path_factory.mktemp("gold") / "some.jsonl"
    file.write_text("\n".join(lines), "utf-8")
    return file


def test_eval_prints_writes_saves_and_guards(demo_store, some_gold, tmp_path):
    common = ("eval", "--store", demo_store, "--gold", some_gold)
    missing = run(*common, "--gate")
    assert "no results to hold some.jsonl against" in str(missing.exception)
    page, whole = tmp_path / "r.html", tmp_path / "r.json"
    result = run(*common, "--json", whole, "--html", page, "--save")
    assert result.exit_code == 0 and "by language" in result.stdout and "accuracy" in result.stdout
    report = json.loads(whole.read_text("utf-8"))
    questions = report["questions"]
    assert report["overall"]["n"] == len(questions) == len(some_gold.read_text("utf-8").splitlines())
    assert all(q["gold"]["question"] and q["answer"]["text"] and q["passages"] for q in questions)
    assert all(q["id"] in page.read_text("utf-8") for q in questions)
    kept = some_gold.parent / "results" / "some.json"
    assert json.loads(kept.read_text("utf-8"))["made"]["gold"]["file"] == "some.jsonl"
    held = run(*common, "--gate", "--compare", whole)
    assert held.exit_code == 0 and "by more than noise" in held.stdout and "compared with" in held.stdout


def test_eval_compares_variants_in_one_table(demo_store, some_gold):
    result = run("eval", "--store", demo_store, "--gold", some_gold, "--variants", "dense,+reader")
    assert result.exit_code == 0 and "dense" in result.stdout and "+reader" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--articles", "a", "--store", "b"), "leave --store out"),
        (("--dataset", "squad:x", "--gold", "y"), "leave --articles and --gold out"),
        (("--limit", "5"), "belong to --dataset"),
        (("--save", "--variants", "dense"), "for whole gold"),
        (("--judge", "--variants", "dense"), "leave --variants out"),
        (("--compare", "no.json"), "not a report"),
        (("--dataset", "squad:no.json"), "can't be read"),
    ],
)
def test_options_that_clash_are_named(arguments, says):
    assert says in str(run("eval", *arguments).exception)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("build", "{tmp}/missing"), "There is no file or folder"),
        (("build", "{tmp}/empty"), "No readable article"),
        (("build", "{tmp}/binary.txt"), "binary"),
        (("ask", "who?", "--store", "{tmp}/nowhere"), "There is no index"),
        (("ask", "   ", "--store", "{demo}"), "empty"),
        (("ask", "谁" * 50_000, "--store", "{demo}"), "the limit is"),
        (("articles", "--store", "{demo}", "--show", "nobody"), "no article"),
        (("remove", "nobody", "--store", "{demo}"), "No article"),
        (("eval", "--store", "{demo}", "--gold", "{tmp}/bad.jsonl"), "line 1"),
        (("eval", "--store", "{demo}", "--gold", "{tmp}/none.jsonl"), "can't be read"),
    ],
)
def test_mistakes_raise_our_errors(tmp_path, demo_store, arguments, says):
    write_articles(tmp_path, {"bad.jsonl": '{"id": "x"}\n'})
    (tmp_path / "empty").mkdir()
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)))
    result = run(*(a.format(tmp=tmp_path, demo=demo_store) for a in arguments))
    assert isinstance(result.exception, RagError)
    assert says in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("build", "no/such/folder"), 1), (("ask",), 2), (("ask", "  ", "--store", "nowhere"), 1), (("frobnicate",), 2)],
)
def test_exit_codes_and_no_traceback(tmp_path, arguments, code):
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert done.stderr.strip() and "Traceback" not in done.stderr and not done.stdout.strip()


def test_a_wrong_setting_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("RAG_PASSAGE_TOKENS", "lots")
    done = command("ask", "who?", cwd=tmp_path)
    assert done.returncode == 1 and "passage_tokens" in done.stderr and "Traceback" not in done.stderr


def test_version_and_help_are_quick_to_understand():
    result = run("--help")
    for name in ("build", "ask", "chat", "eval", "gold", "articles", "remove", "names"):
        assert name in result.stdout
