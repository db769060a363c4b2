"""The command line: build, ask, chat, eval, articles, remove, names."""

from __future__ import annotations

import html
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from rag.errors import RagError

if TYPE_CHECKING:
    from rag.engine import RagEngine, Voice
    from rag.evaluate import Gold, Report
    from rag.types import Answer, Article

app = typer.Typer(
    name="rag",
    help="Ask a folder of news articles, in English or Chinese, and see the exact passages an answer stands on.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

StoreOption = Annotated[
    Path | None, typer.Option("--store", help="Folder of the index.", show_default="the default store")
]

VoiceOption = Annotated[
    str | None, typer.Option("--voice", help="extractive or llm.", show_default="llm where one is set up")
]

LABELS = {
    "sources": {"en": "Sources", "zh": "出处"},
    "nearest": {"en": "Nearest passages (not an answer)", "zh": "最接近的段落（不是答案）"},
    "also": {"en": "also in", "zh": "另见"},
    "confidence": {"en": "confidence", "zh": "置信度"},
    "note": {"en": "Note", "zh": "说明"},
}


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr that appears with the first step."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task: list[Any] = []

        def step(done: int, total: int) -> None:
            if not task:
                task.append(bar.add_task(what, total=total))
            bar.update(task[0], completed=done, total=total)

        yield step


def _load(store: Path | None) -> RagEngine:
    from rag.engine import load

    with _progress("Building the demo index") as step:
        return load(store, progress=step)


@app.command()
def build(
    articles: Annotated[list[Path], typer.Argument(help="Folders or files of articles.", show_default=False)],
    store: StoreOption = None,
    restore: Annotated[bool, typer.Option("--restore", help="Bring back articles taken out with remove.")] = False,
    reclean: Annotated[bool, typer.Option("--reclean", help="Clean and embed unchanged articles again.")] = False,
) -> None:
    """Index articles, or bring the index up to date with their folders."""
    from rag.engine import build as build_index

    with _progress("Embedding passages") as step:
        report = build_index(articles, store, restore=restore, reclean=reclean, progress=step)
    for path, reason in report.skipped:
        out.print(f"[yellow]skipped[/] {escape(path)}: {escape(reason)}")
    for path, note in report.notes:
        out.print(f"[yellow]note[/] {escape(path)}: {escape(note)}")
    kinds = ("added", "changed", "removed", "moved", "unchanged", "skipped")
    out.print(", ".join(f"{len(getattr(report, kind))} {kind}" for kind in kinds))


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="In English or Chinese.", show_default=False)],
    store: StoreOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")] = False,
    voice: VoiceOption = None,
) -> None:
    """Answer one question."""
    engine = _load(store)
    answer = engine.ask(question, voice=cast("Voice | None", voice))
    if as_json:
        sys.stdout.write(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2) + "\n")
    else:
        _print_answer(answer, engine)


@app.command()
def chat(store: StoreOption = None, voice: VoiceOption = None) -> None:
    """Ask and follow up in the terminal; an empty line or Ctrl-D ends."""
    from rag.chat import Chat

    engine = _load(store)
    count = len(engine.articles())
    out.print(f"{count} articles. Ask in English or Chinese; an empty line ends.")
    out.print(f"共 {count} 篇文章，可用中文或英文提问，空行结束。")
    conversation = Chat(engine)
    while True:
        try:
            message = out.input("[bold]> [/]")
        except (EOFError, KeyboardInterrupt):
            break
        if not message.strip():
            break
        try:
            _print_answer(conversation.say(message, cast("Voice | None", voice)), engine)
        except RagError as error:
            err.print(f"[red]{escape(str(error))}[/]")


def _print_answer(answer: Answer, engine: RagEngine) -> None:
    def label(key: str) -> str:
        return LABELS[key][answer.language]

    out.print(escape(_from_markdown(answer.text)))
    if answer.answered:
        out.print(f"\n[bold]{label('sources')}[/]  [dim]{label('confidence')} {answer.confidence:.0%}[/]")
        for c in answer.citations:
            also = f"  ({label('also')} {', '.join(engine.article(a).source for a in c.also_in)})" if c.also_in else ""
            out.print(f"  [{c.n}] {escape(c.source)} [dim]{c.start}–{c.end}[/]{escape(also)}", markup=True)
            if answer.mode == "llm":  # its prose quotes nothing
                out.print(f"      [dim]{escape(c.quote)}[/]")
    elif answer.passages:
        out.print(f"\n[bold]{label('nearest')}[/]")
        for p in answer.passages[:3]:
            out.print(f"  [dim]{escape(p.source)}[/] {escape(p.text[:120])}…")
    for note in answer.notes:
        out.print(f"[dim]{label('note')}: {escape(note)}[/]")


def _from_markdown(text: str) -> str:
    """The answer's Markdown as plain text: emphasis off, escapes off."""
    import re

    text = re.sub(r"(?<!\\)(\*\*|\*)", "", text)
    return html.unescape(re.sub(r"\\([\\`*_\[\]<>])", r"\1", text))


@app.command(name="eval")
def evaluate_command(
    store: StoreOption = None,
    gold: Annotated[list[Path] | None, typer.Option("--gold", help="Gold questions (JSONL); repeatable.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write everything as JSON.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Write a report to read in a browser.")] = None,
    ablation: Annotated[bool, typer.Option("--ablation", help="Show what each stage of answering adds.")] = False,
) -> None:
    """Ask gold questions and print figures for retrieval, answers, citations and abstention."""
    from rag.evaluate import default_gold, evaluate, read_gold
    from rag.report import html_report

    engine = _load(store)
    questions = read_gold(gold or default_gold(engine.articles()))
    if ablation:
        _print_ablation(engine, questions)
        return
    with _progress("Asking gold questions") as step:
        report = evaluate(engine, questions, progress=step)
    _print_report(report)
    if json_file:
        json_file.write_text(json.dumps(report.to_dict(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    if html_file:
        html_file.write_text(html_report(report), "utf-8")


def _print_ablation(engine: RagEngine, questions: list[Gold]) -> None:
    from rag.ablate import ablate
    from rag.report import COLUMNS, cell

    with _progress("Asking with more and more stages") as step:
        reports = ablate(engine, questions, progress=step)
    table = Table(title="what each stage adds", title_justify="left")
    for column in ("", *COLUMNS):
        table.add_column(column, justify="right" if column else "left")
    for stage, report in reports.items():
        figures = report.tables["all"]["all"]
        table.add_row(stage, *(cell(figures.get(column), column) for column in COLUMNS))
    _wide().print(table)


def _print_report(report: Report) -> None:
    from rag.report import COLUMNS, cell

    for name, rows in report.tables.items():
        table = Table(title=f"by {name}" if name != "all" else None, title_justify="left")
        table.add_column("")
        for column in COLUMNS:
            table.add_column(column, justify="right")
        for key, figures in rows.items():
            table.add_row(key, *(cell(figures.get(column), column) for column in COLUMNS))
        _wide().print(table)
    wrong = [r for r in report.results if not r.right]
    if wrong:
        out.print(f"Wrong ({len(wrong)}):")
        for r in wrong:
            out.print(f"  {r.gold.id} [{r.gold.type}] {r.gold.question}", markup=False)


@app.command()
def articles(
    store: StoreOption = None,
    show: Annotated[str | None, typer.Option("--show", help="An id: the article's kept and removed text.")] = None,
) -> None:
    """List what is indexed, or show one article."""
    engine = _load(store)
    if show is not None:
        _show_article(engine.article(show))
        return
    table = Table()
    for column in ("id", "date", "title", "outlet", "language", "source"):
        table.add_column(column, no_wrap=column in {"id", "date"})
    for a in engine.articles():
        table.add_row(*map(escape, (a.id, (a.date or "–")[:10], a.title, a.outlet or "–", a.language, a.source)))
    _wide().print(table)
    out.print("{} articles, {} passages".format(*engine.store.count()))


def _show_article(article: Article) -> None:
    for key in ("id", "source", "title", "outlet", "date", "authors", "url", "language", "script"):
        value = getattr(article, key)
        out.print(f"[bold]{key}[/]: {escape(', '.join(value) if isinstance(value, tuple) else str(value or '–'))}")
    out.print(f"\n[bold]Kept[/] ({len(article.text):,} characters)\n{escape(article.text)}")
    removed = article.removed()
    out.print(f"\n[bold]Removed[/] ({sum(e - s for s, e in removed):,} of {len(article.raw):,} raw characters)")
    for start, end in removed:
        visible = "".join(c for c in article.raw[start:end] if c.isprintable() or c == "\n")
        out.print(f"[dim]{start}–{end}[/] {escape(visible.strip())}")


@app.command()
def remove(
    names: Annotated[list[str], typer.Argument(help="Ids or sources of articles.", show_default=False)],
    store: StoreOption = None,
) -> None:
    """Take articles out of the index; they stay out until build --restore."""
    taken = _load(store).store.remove(names)
    out.print(f"{len(taken)} removed")


@app.command()
def names(store: StoreOption = None) -> None:
    """Print the name variants found in the articles, with the places that prove them."""
    engine = _load(store)
    table = Table()
    for column in ("name", "variants", "evidence"):
        table.add_column(column)
    for name in engine.names.names:
        evidence = "; ".join(f"{e.quote} ({engine.article(e.article_id).source})" for e in name.evidence[:2])
        table.add_row(escape(name.latin), escape("、".join(name.variants)), escape(evidence))
    _wide().print(table)


def _wide() -> Console:
    """For tables: the terminal's width, or room for everything where the output goes to a file."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 240)


def main() -> None:
    """Run a command; a user's mistake is a sentence on stderr and exit code 1."""
    try:
        app()
    except RagError as error:
        err.print(f"[red]{escape(str(error))}[/]")
        sys.exit(1)
    except BrokenPipeError:  # the reader of our output has gone
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
