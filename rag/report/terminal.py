"""Reports as tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from rag.evaluate import LOWER_IS_BETTER, Report, Summary
from rag.evaluate.compare import Comparison, compare
from rag.report.columns import COLUMNS, columns_of, seconds, written

SHORT = (
    "accuracy", "f1", "hit@1", "hit@5", "recall@100", "mrr", "ndcg@10", "reader hit@1", "citation precision",
    "citation recall", "false refusal", "abstention recall", "conflict recall", "llm judge",
)  # fmt: skip
VERDICT_COLOURS = {"right": "green", "incomplete": "yellow", "wrong": "red", "refused": "yellow", "not refused": "red"}
LISTED = 60  # characters of a question in a list


def report_tables(report: Report) -> Iterator[RenderableType]:
    """Every figure over all with its interval, the slices, times, and the questions that went wrong."""
    yield _overall(report)
    for name, rows in report.tables.items():
        if name != "verdict":
            yield _slices(f"by {name}", rows)
    yield from map(Text, report.notes)
    wrong = [result for result in report.results if not result.right]
    if wrong:
        table = Table("id", "type", "verdict", "question", title=f"wrong ({len(wrong)})", title_justify="left")
        for result in wrong:
            colour = VERDICT_COLOURS.get(result.verdict, "red")
            asked = result.gold.question
            asked = asked if len(asked) <= LISTED else asked[: LISTED - 1] + "…"
            table.add_row(
                escape(result.gold.id),
                result.gold.type,
                f"[{colour}]{result.verdict}[/]",
                escape(asked),
                end_section=False,
            )
        yield table


def _overall(report: Report) -> Table:
    title = f"{report.name}: {report.overall.n} questions, 95 % intervals"
    table = Table("figure", "value", "interval", "questions", title=escape(title), title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for name in columns_of(report.overall):
        estimate = report.overall.figures[name]
        lower = " (lower is better)" if name in LOWER_IS_BETTER else ""
        table.add_row(
            name + lower, f"[bold]{written(estimate)}[/]", f"{estimate.low:.2f}–{estimate.high:.2f}", str(estimate.n)
        )
    for stage, latency in report.overall.latency.items():
        table.add_row(f"time: {stage}, p50 / p95", f"{seconds(latency.p50)} / {seconds(latency.p95)}", "", "")
    return table


def _slices(title: str, rows: Mapping[str, Summary]) -> Table:
    shown = [name for name in columns_of(*rows.values()) if name in SHORT]
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for heading in ("n", *(COLUMNS[name] for name in shown), "p50"):
        table.add_column(heading, justify="right")
    for value, summary in rows.items():
        total = summary.latency.get("total")
        cells = [written(summary.figures.get(name), around=name == "accuracy") for name in shown]
        table.add_row(escape(value), str(summary.n), *cells, seconds(total.p50) if total else "–")
    return table


def variants_table(reports: Mapping[str, Report]) -> Table:
    """A row a variant; * marks what differs from the row above by more than chance (paired, p < 0.05)."""
    summaries = [report.overall for report in reports.values()]
    shown = columns_of(*summaries)
    title = "variants over the same questions; * differs from the row above by more than chance"
    table = Table(title=title, title_justify="left")
    table.add_column("variant")
    for name in shown:
        table.add_column(COLUMNS[name], justify="right")
    table.add_column("p50", justify="right")
    marks = significant_steps(list(reports.values()))
    for (name, report), differs in zip(reports.items(), marks, strict=True):
        cells = [written(report.overall.figures.get(figure)) + ("*" if figure in differs else " ") for figure in shown]
        total = report.overall.latency.get("total")
        table.add_row(escape(name), *cells, seconds(total.p50) if total else "–")
    return table


def significant_steps(reports: Sequence[Report]) -> list[frozenset[str]]:
    """For each report, the figures that differ from the report before by more than chance."""
    runs = [report.to_dict(texts=False) for report in reports]
    steps: list[frozenset[str]] = [frozenset()]
    for before, after in zip(runs, runs[1:], strict=False):
        changes = compare(before, after).changes
        steps.append(frozenset(change.figure for change in changes if change.significant))
    return steps


def comparison_table(comparison: Comparison) -> RenderableType:
    """What changed since another run, figure by figure and question by question."""
    title = f"compared with the other run, {comparison.compared} questions in common"
    table = Table("figure", "before", "now", "difference", "p", "better", "worse", title=title, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for change in comparison.changes:
        if change.figure not in COLUMNS:
            continue
        gain = change.new - change.old
        up = (gain < 0) == (change.figure in LOWER_IS_BETTER)
        colour = "dim" if not change.significant else "green" if up else "red"
        interval = f"{gain:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"
        table.add_row(
            COLUMNS[change.figure], f"{change.old:.3f}", f"{change.new:.3f}", f"[{colour}]{escape(interval)}[/]",
            f"[{colour}]{change.p:.3f}[/]", str(len(change.better)), str(len(change.worse)),
        )  # fmt: skip
    lines: list[RenderableType] = [table]
    if comparison.verdicts:
        flips = Table("id", "before", "now", title="questions whose verdict changed", title_justify="left")
        for name, (before, after) in comparison.verdicts.items():
            colour = "green" if after == "right" else "red" if before == "right" else "yellow"
            flips.add_row(escape(name), before, f"[{colour}]{after}[/]")
        lines.append(flips)
    rest = {"only before": comparison.only_old, "only now": comparison.only_new, "edited": comparison.edited}
    lines += [Text(f"{what}, not compared: {', '.join(names)}") for what, names in rest.items() if names]
    return Group(*lines)
