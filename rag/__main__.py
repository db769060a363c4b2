"""The command line: build, ask, chat, eval, gold, articles, remove, names."""

from __future__ import annotations

import html
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.markup import escape
from rich.table import Table

from rag.commands import gold
from rag.commands.console import StoreOption, err, out
from rag.commands.console import load as _load
from rag.commands.console import progress as _progress
from rag.commands.console import wide as _wide
from rag.commands.evaluate import evaluate_command
from rag.errors import RagError

if TYPE_CHECKING:
    from rag.engine import RagEngine, Voice
    from rag.types import Answer, Article

app = typer.Typer(
    name="rag",
    help="Ask a folder of news articles, in English or Chinese, and see the exact passages an answer stands on.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(gold.app)
app.command(name="eval")(evaluate_command)

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


@app.command()
def build(
    articles: Annotated[list[Path], typer.Argument(help="Folders or files of articles.", show_default=False)],
    store: StoreOption = None,
    restore: Annotated[bool, typer.Option("--restore", help="Bring back articles taken out with remove.")] = False,
    reclean: Annotated[bool, typer.Option("--reclean", help="Clean and embed unchanged articles again.")] = False,
) -> None:
    """Index articles, or bring the index up to date with their folders. Ctrl-C keeps what is done."""
    from rag.indexing import build as build_index

    try:
        with _progress("Embedding passages", "Reading and cleaning") as step:
            report = build_index(articles, store, restore=restore, reclean=reclean, progress=step)
    except KeyboardInterrupt:
        err.print("Stopped. What was finished is in the index; run the same command again to go on.")
        raise typer.Exit(130) from None
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
    source: Annotated[list[str] | None, typer.Option("--source", help="Only this outlet, file or folder.")] = None,
    language: Annotated[list[str] | None, typer.Option("--language", help="Only articles in en or zh.")] = None,
    since: Annotated[str | None, typer.Option(help="Only articles from this date on: 2025, 2025-07.")] = None,
    until: Annotated[str | None, typer.Option(help="Only articles up to this date.")] = None,
) -> None:
    """Answer one question."""
    engine = _load(store)
    spoken = cast("Voice | None", voice)
    answer = engine.ask(question, voice=spoken, sources=source, languages=language, since=since, until=until)
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


@app.command()
def articles(
    store: StoreOption = None,
    show: Annotated[str | None, typer.Option("--show", help="An id or source: its kept and removed text.")] = None,
) -> None:
    """List what is indexed, or show one article."""
    engine = _load(store)
    if show is not None:
        _show_article(engine, engine.article(engine.store.id_of(show)))
        return
    table = Table()
    for column in ("id", "date", "title", "outlet", "language", "source"):
        table.add_column(column, no_wrap=column in {"id", "date"})
    for a in engine.articles():
        table.add_row(*map(escape, (a.id, (a.date or "–")[:10], a.title, a.outlet or "–", a.language, a.source)))
    _wide().print(table)
    out.print("{} articles, {} passages".format(*engine.store.count()))


def _show_article(engine: RagEngine, article: Article) -> None:
    for key in ("id", "source", "title", "outlet", "date", "authors", "url", "language", "script"):
        value = getattr(article, key)
        out.print(f"[bold]{key}[/]: {escape(', '.join(value) if isinstance(value, tuple) else str(value or '–'))}")
    reprints = [engine.article(other).source for other in engine.store.reprints(article.id)]
    if reprints:
        origin = engine.article(engine.store.origin(article.id)).source
        out.print(f"[bold]same story in[/]: {escape(', '.join(reprints))} (the earliest: {escape(origin)})")
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
    """Print the names of the articles in all their spellings, with the places or the list that prove them."""
    engine = _load(store)
    table = Table()
    for column in ("name", "in the articles", "also known as", "evidence"):
        table.add_column(column)
    for name in engine.names.names:
        forms = [form for form in name.forms if engine.store.frequency(form)]
        if not forms:
            continue
        quotes = [f"{e.quote} ({engine.article(e.article_id).source})" for e in name.evidence[:2]]
        evidence = "; ".join(quotes) or {"world": "list of world names", "user": "your file of names"}[name.source]
        others = [form for form in name.forms if form not in forms]
        table.add_row(*map(escape, (name.latin, "、".join(forms), "、".join(others), evidence)))
    _wide().print(table)


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
