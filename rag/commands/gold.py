"""`python -m rag gold`: check gold questions, read them over, draft new ones, confirm them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from rag.commands.console import StoreOption, load, out, wide
from rag.errors import GoldError

if TYPE_CHECKING:
    from rag.gold import Gold
    from rag.gold.check import Coverage
    from rag.types import Article

app = typer.Typer(name="gold", help="Gold questions: check them, read them over, draft new ones.", no_args_is_help=True)

Files = Annotated[list[Path], typer.Argument(help="Gold questions (JSONL).", show_default=False)]
Articles = Annotated[
    list[Path] | None,
    typer.Option("--articles", help="Folder of their articles; repeatable.", show_default="found for shipped gold"),
]
AROUND = 60  # characters shown on either side of an evidence


@app.command()
def check(files: Files, articles: Articles = None) -> None:
    """Check format, places, answers, leaks and coverage. Errors fail; warnings are for a person to judge."""
    from rag.gold.check import check as check_gold
    from rag.gold.check import coverage

    known = _articles(files, articles)
    findings, gold = check_gold(files, known)
    for finding in findings:
        colour = "red" if finding.level == "error" else "yellow"
        out.print(f"[{colour}]{finding.level}[/] {escape(str(finding))}")
    _print_coverage(coverage(gold, known))
    errors = sum(finding.level == "error" for finding in findings)
    out.print(f"{len(gold)} questions, {errors} errors, {len(findings) - errors} warnings")
    if errors:
        raise typer.Exit(1)


@app.command()
def show(
    files: Files,
    articles: Articles = None,
    only: Annotated[list[str] | None, typer.Option("--id", help="Only these questions; repeatable.")] = None,
) -> None:
    """Print every question with its answers and its evidence in context: for a second reading."""
    from rag.gold import locate_place, read_gold

    known = _articles(files, articles)
    for gold in read_gold(files):
        if only and gold.id not in only:
            continue
        out.print(f"[bold]{escape(gold.id)}[/] [dim]{gold.lang} {gold.type}[/]", end=" ")
        out.print(" → ".join([*gold.history, gold.question]), markup=False, style="bold")
        for group in gold.answer_all:
            out.print(f"  = {' / '.join(group)}", markup=False, style="green")
        if not gold.answerable:
            out.print("  = (the articles don't say)", style="green")
        for number, item in enumerate(gold.evidence, start=1):
            for place in item.places:
                article, start, end = locate_place(gold.id, place, known)
                before, after = article.raw[max(0, start - AROUND) : start], article.raw[end : end + AROUND]
                mark = f"{number}" if place is item else f"{number} or"
                out.print(f"  [cyan]{mark}[/] [dim]{escape(article.source)} {start}:{end}[/]")
                shown = (escape(re.sub(r"\s+", " ", part)) for part in (before, article.raw[start:end], after))
                out.print("    [dim]…{}[/][reverse]{}[/][dim]{}…[/]".format(*shown))
        out.print()


@app.command()
def draft(
    target: Annotated[Path, typer.Argument(help="File that the candidates are written to.", show_default=False)],
    store: StoreOption = None,
    number: Annotated[int, typer.Option("--n", min=1, help="How many, about.")] = 20,
    with_llm: Annotated[bool, typer.Option("--llm", help="Let the configured LLM word the questions.")] = False,
) -> None:
    """Draft candidate questions from what is indexed, for a person to confirm."""
    from rag.gold.draft import draft as draft_candidates

    engine = load(store)
    llm = getattr(engine, "llm", None) if with_llm else None
    if with_llm and llm is None:
        raise GoldError("--llm needs a language model, and none is configured. See Settings in the README.")
    if target.exists():
        raise GoldError(f"{target} is there already. Name another file, or delete it.")
    found = list(draft_candidates(engine.articles(), engine.names, number, llm=llm))
    lines = [json.dumps(one.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False) for one in found]
    try:
        target.write_text("".join(line + "\n" for line in lines), "utf-8")
    except OSError as error:
        raise GoldError(f"{target} can't be written ({error.strerror}).") from None
    out.print(f"{len(found)} candidates in {target}. Next: python -m rag gold confirm {target} --to FILE", markup=False)


@app.command()
def confirm(
    candidates: Annotated[Path, typer.Argument(help="Drafted, or exported from the chat.", show_default=False)],
    target: Annotated[Path, typer.Option("--to", help="Gold file that what you keep is added to.")],
    store: StoreOption = None,
) -> None:
    """Look at candidates one by one: keep, edit or skip. What is kept is written at once; run it again to go on."""
    from rag.commands.confirm import confirm_all
    from rag.gold.draft import read_candidates

    found = read_candidates(candidates)
    kept = confirm_all(found, target, load(store).articles())
    out.print(f"{kept} questions added to {target}", markup=False)


def _articles(files: Sequence[Path], folders: Sequence[Path] | None) -> list[Article]:
    from rag.gold.check import find_articles, read_cleaned
    from rag.gold.questions import read_lines

    if not folders:
        read = [found for file in files for _, found in read_lines(file)]
        gold: list[Gold] = [found for found in read if not isinstance(found, GoldError)]
        folders = [find_articles(gold)]
    return read_cleaned(folders)


def _print_coverage(spread: Coverage) -> None:
    for title, counts in (("language", spread.by_language), ("type", spread.by_type)):
        out.print(f"by {title}: " + ", ".join(f"{name} {number}" for name, number in counts.items()))
    table = Table(title="questions by third of each article", title_justify="left")
    for column in ("article", "begin", "middle", "end"):
        table.add_column(column, justify="left" if column == "article" else "right")
    for source, thirds in spread.by_article.items():
        table.add_row(escape(source), *(str(n) if n else "[red]0[/]" for n in thirds.values()))
    wide().print(table)
