"""`python -m rag eval`: gold questions, public sets, variants, comparisons, the gate."""

from __future__ import annotations

import dataclasses
import json
import shlex
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.markup import escape

from rag.commands.console import StoreOption, load, out, progress, wide
from rag.config import CHECKOUT, IN_CHECKOUT
from rag.errors import GoldError

if TYPE_CHECKING:
    from rag.engine import RagEngine, Voice
    from rag.evaluate import Case, Report

Folders = Annotated[
    list[Path] | None,
    typer.Option("--articles", help="Evaluate over these articles, in an index of their own; repeatable."),
]
GoldFiles = Annotated[
    list[Path] | None,
    typer.Option("--gold", help="Gold questions (JSONL); repeatable. Without it, the shipped ones on these articles."),
]


def evaluate_command(
    store: StoreOption = None,
    articles: Folders = None,
    gold: GoldFiles = None,
    dataset: Annotated[str | None, typer.Option(help="A public set instead: squad:FILE or beir:FOLDER.")] = None,
    questions: Annotated[
        Path | None, typer.Option(help="Other wordings of its questions, by id: for instance in another language.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="At most so many questions, evenly spread.")] = None,
    variants: Annotated[
        str | None,
        typer.Option(
            help="Compare variants, by comma: a retriever (dense, lexical, rrf, hybrid, hybrid-names, "
            "hybrid-dictionary), a stage (+reader, +similarity, +reranked, +spans, +merging, +no-history, +answer), or "
            "both (dense+answer). 'all': each retriever, then +reader and +answer."
        ),
    ] = None,
    compare: Annotated[Path | None, typer.Option(help="What changed since this report (--json or --save).")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write everything as JSON.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Write a report to read in a browser.")] = None,
    save: Annotated[
        bool, typer.Option("--save", help="Keep the figures, without texts, in results/ beside the gold.")
    ] = False,
    gate: Annotated[
        bool, typer.Option("--gate", help="Fail when the figures fell below the kept ones by more than noise.")
    ] = False,
    voice: Annotated[str, typer.Option(help="Who answers: extractive, or llm where one is set up.")] = "extractive",
    judge: Annotated[bool, typer.Option("--judge", help="Ask the configured LLM for its opinion, too.")] = False,
) -> None:
    """Ask gold questions and print figures for retrieval, answers, citations and abstention."""
    _check_options(store, articles, gold, dataset, questions, limit, variants, save or gate, judge)
    earlier = _read(compare)
    failed = False
    with _questions(store, articles, gold, dataset, questions, limit) as (engine, sets):
        if gate:
            _need_results([file for _, file, _, _ in sets if file])
        for name, file, cases, notes in sets:
            made = _made(engine, file)
            tables: dict[str, Report] = {}
            if variants or (dataset or "").startswith("beir:"):
                tables = _variants(engine, cases, variants)
                last, report = list(tables.items())[-1]
                report = dataclasses.replace(report, name=f"{name}: {last}")
            else:
                report = _evaluate(engine, name, cases, notes, cast("Voice", voice), judge)
            _report(report, made, tables, earlier, json_file, html_file, several=len(sets) > 1)
            if save and file:
                _save(report, made, file)
            if gate and file:
                failed |= not _holds(report, file)
    if failed:
        raise typer.Exit(1)


def _check_options(
    store: Path | None,
    articles: Sequence[Path] | None,
    gold: Sequence[Path] | None,
    dataset: str | None,
    questions: Path | None,
    limit: int | None,
    variants: str | None,
    kept: bool,
    judge: bool,
) -> None:
    clashes = [
        (articles and store, "--articles makes an index of its own; leave --store out"),
        (dataset and (articles or gold), "--dataset brings articles and questions; leave --articles and --gold out"),
        ((questions or limit is not None) and not dataset, "--questions and --limit belong to --dataset"),
        (kept and (variants or dataset), "--save and --gate are for whole gold; leave --variants and --dataset out"),
        (judge and variants, "--judge gives its opinion on answers; leave --variants out"),
    ]
    for clash, message in clashes:
        if clash:
            raise GoldError(f"{message}.")


Set = tuple[str, Path | None, "list[Case]", list[str]]  # name, file, questions, notes


@contextmanager
def _questions(
    store: Path | None,
    folders: Sequence[Path] | None,
    gold: Sequence[Path] | None,
    dataset: str | None,
    questions: Path | None,
    limit: int | None,
) -> Iterator[tuple[RagEngine, list[Set]]]:
    """The engine over the articles, and the question sets that belong to them."""
    from rag.evaluate import cases_of
    from rag.evaluate.public import read_dataset
    from rag.gold import default_gold, read_gold

    with tempfile.TemporaryDirectory(prefix="rag-eval-", ignore_cleanup_errors=True) as scratch:
        if dataset:
            found = read_dataset(dataset, questions, limit)
            corpus = Path(scratch) / "corpus"
            corpus.mkdir()
            found.write(corpus)
            engine = _indexed([corpus], store or Path(scratch) / "index")
            cases = found.cases(engine)
            lost = sum(case.grades is None and not case.needs[0] for case in cases)
            notes = (
                [f"{found.left_out} questions of the set can't be used and were left out."] if found.left_out else []
            )
            notes += [f"The evidence of {lost} questions is not in the cleaned texts; they count as not found."] * bool(
                lost
            )
            yield engine, [(found.name, None, cases, notes)]
            return
        engine = _indexed(folders, Path(scratch) / "index") if folders else load(store)
        listed = engine.articles()
        sets: list[Set] = []
        for file in gold or default_gold(listed):
            sets.append((file.stem, file, cases_of(read_gold([file]), listed), []))
        yield engine, sets


def _indexed(folders: Sequence[Path], store: Path) -> RagEngine:
    from rag.indexing import build

    with progress("Embedding passages") as step:
        build(folders, store, progress=step)
    return load(store)


def _evaluate(engine: RagEngine, name: str, cases: list[Case], notes: list[str], voice: Voice, judge: bool) -> Report:
    from rag.evaluate import evaluate
    from rag.evaluate.opinion import llm_judge

    opinion = llm_judge(getattr(engine, "llm", None)) if judge else None
    with progress(f"Asking {len(cases)} questions of {name}") as step:
        return evaluate(engine, cases, name=name, voice=voice, judge=opinion, progress=step, notes=notes)


def _variants(engine: RagEngine, cases: list[Case], variants: str | None) -> dict[str, Report]:
    from rag.ablate import run_variants, variant_names
    from rag.report import variants_table

    graded = cases[0].grades is not None
    if variants in (None, "all"):
        names = [name for name in variant_names() if not (graded and name.endswith("+answer"))]
    else:
        names = [name.strip() for name in str(variants).split(",") if name.strip()]
    if graded and any("+" in name and not name.endswith("+reader") for name in names):
        raise GoldError("A BEIR set has no answers: name retrievers, alone or with +reader.")
    with progress(f"Asking {len(cases)} questions of {len(names)} variants") as step:
        reports = run_variants(engine, cases, names, progress=step)
    wide().print(variants_table(reports))
    return reports


def _report(
    report: Report,
    made: dict[str, Any],
    variants: dict[str, Report],
    earlier: dict[str, Any] | None,
    json_file: Path | None,
    html_file: Path | None,
    *,
    several: bool,
) -> None:
    from rag.evaluate.compare import compare
    from rag.report import comparison_table, html_report, report_tables

    if not variants:
        for table in report_tables(report):
            wide().print(table)
    whole = {"made": made, **report.to_dict()}
    comparison = compare(earlier, whole) if earlier else None
    if comparison:
        wide().print(comparison_table(comparison))
    if variants:
        whole["variants"] = {name: one.to_dict(texts=False) for name, one in variants.items()}
    if json_file:
        _write(json_file, json.dumps(whole, ensure_ascii=False, indent=1) + "\n", report.name if several else "")
    if html_file:
        page = html_report(report, made=made, variants=variants, comparison=comparison)
        _write(html_file, page, report.name if several else "")


def _write(path: Path, text: str, name: str) -> None:
    """Write a report; with several question sets each gets its name into the file's."""
    target = path.with_stem(f"{path.stem}-{name}") if name else path
    try:
        target.write_text(text, "utf-8")
    except OSError as error:
        raise GoldError(f"{target} can't be written ({error.strerror}).") from None
    out.print(f"[dim]written: {escape(str(target))}[/]")


def _made(engine: RagEngine, file: Path | None) -> dict[str, Any]:
    from rag.evaluate.results import provenance

    words, kept = iter(sys.argv[1:]), []
    for word in words:
        option, value, _ = word.partition("=")
        if option not in ("--html", "--json", "--compare"):  # where a report goes does not change it
            kept.append(word)
        elif not value:
            next(words, None)
    return provenance(engine, file, shlex.join(["python", "-m", "rag", *kept]))


def _read(path: Path | None) -> dict[str, Any] | None:
    from rag.evaluate.compare import read_run

    return read_run(path) if path else None


def _save(report: Report, made: dict[str, Any], file: Path) -> None:
    from rag.evaluate import results

    target = results.results_file(file)
    results.save(report, made, target)
    out.print(f"[dim]written: {escape(str(target))}[/]")
    kept = CHECKOUT / "store" / "gold" / "results"
    if IN_CHECKOUT and target.resolve().parent == kept and results.write_readme(CHECKOUT / "README.md", kept):
        out.print("[dim]written: the table in README.md[/]")


def _need_results(files: Sequence[Path]) -> None:
    """Whether there is something to hold against is known before minutes of asking."""
    from rag.evaluate.results import results_file

    for file in files:
        if not results_file(file).is_file():
            raise GoldError(f"There are no results to hold {file.name} against. Write them first: eval --save")


def _holds(report: Report, file: Path) -> bool:
    from rag.evaluate.results import gate, results_file

    problems = gate(report, results_file(file))
    for problem in problems:
        out.print(f"[red]{escape(file.stem)}: {escape(problem)}[/]")
    if not problems:
        out.print(f"[green]{escape(file.stem)}: not below {escape(str(results_file(file)))} by more than noise[/]")
    return not problems
