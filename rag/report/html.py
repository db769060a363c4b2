"""A report as one self-contained HTML page: no script, nothing fetched, everything escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from rag.evaluate import FIGURES, LOWER_IS_BETTER, Report, Summary
from rag.evaluate.compare import Comparison
from rag.evaluate.summary import VERDICTS
from rag.report.columns import CARDS, COLUMNS, columns_of, seconds, written, wrong_first
from rag.report.plots import latency_plot, risk_plot, slice_plot, verdict_bar, verdict_class
from rag.report.questions import question

PLOTTED = ("language", "type", "direction", "names", "script", "article")


def html_report(
    report: Report,
    *,
    made: Mapping[str, Any] | None = None,
    variants: Mapping[str, Report] | None = None,
    comparison: Comparison | None = None,
) -> str:
    """The whole page.

    Args:
        report: whose questions are shown one by one.
        made: what made it (`results.provenance`).
        variants: more reports over the same questions, as a table.
        comparison: with another run.
    """
    style = (Path(__file__).parent / "style.css").read_text("utf-8")
    parts = [_head(report, made or {}), _cards(report.overall)]
    if variants:
        parts.append(_variants(variants))
    if comparison:
        parts.append(_comparison(comparison))
    parts += [_plots(report), _tables(report), _questions(report), _legend()]
    return (
        f"<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><title>Evaluation: {escape(report.name)}</title>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<style>{style}{_filter_rules(report)}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def _head(report: Report, made: Mapping[str, Any]) -> str:
    lines = []
    if made:
        versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
        index = made["index"]
        lines = [
            f"{escape(made['date'])} · {index['articles']} articles, {index['passages']} passages · "
            f"<code>{escape(made['command'])}</code>",
            escape(f"{versions} · {made['machine']}"),
        ]
    shown = "".join(f"<p class='made'>{line}</p>" for line in [*lines, *map(escape, report.notes)])
    return f"<h1>Evaluation: {escape(report.name)}, {report.overall.n} questions</h1>{shown}"


def _cards(overall: Summary) -> str:
    cards = []
    for name in CARDS:
        estimate = overall.figures.get(name)
        if estimate:
            below = ", lower is better" if name in LOWER_IS_BETTER else ""
            heading = "MRR" if name == "mrr" else name
            cards.append(
                f"<div class='card' title='{escape(FIGURES[name])}'><span>{heading}</span><b>{written(estimate)}</b>"
                f"<span>{estimate.low:.2f}–{estimate.high:.2f}</span><span>n = {estimate.n}{below}</span></div>"
            )
    total = overall.latency.get("total")
    if total:
        cards.append(
            f"<div class='card'><span>time to answer</span><b>{seconds(total.p50)}</b>"
            f"<span>95 % within {seconds(total.p95)}</span></div>"
        )
    return f"<div class='cards'>{''.join(cards)}</div>"


def _plots(report: Report) -> str:
    counts = Counter(result.verdict for result in report.results)
    ordered = {name: counts[name] for name in (*VERDICTS, *sorted(set(counts) - set(VERDICTS))) if counts[name]}
    key = "".join(f"<li><i class='{verdict_class(v)}'></i>{escape(v)} {count}</li>" for v, count in ordered.items())
    bar = (
        f"<div class='plot verdicts'><h3>Verdicts</h3><div class='stretch'>{verdict_bar(ordered)}</div>"
        f"<ul class='legend'>{key}</ul></div>"
    )
    figures = ("accuracy", "hit@5") if "accuracy" in report.overall.figures else ("mrr", "hit@5")
    key = (
        f"<ul class='legend'><li><i class='dot'></i>{figures[0]}, 95 % interval</li>"
        f"<li><i class='ring'></i>{figures[1]}</li></ul>"
    )
    plots = []
    for name in (name for name in PLOTTED if name in report.tables):
        plot = slice_plot(f"By {name}", report.tables[name], figures)
        plots.append(f"<div class='plot'><h3>By {name}</h3>{plot}{key}</div>")
    if report.curve:
        plots.append(
            f"<div class='plot'><h3>Risk and coverage</h3>{risk_plot(report.curve)}<p class='hint'>Up: the "
            "share of wrong ones among the answers that are given when only the surest are.</p></div>"
        )
    if report.overall.latency:
        plots.append(
            f"<div class='plot'><h3>Time by stage</h3>{latency_plot(report.overall.latency)}<ul class='legend'>"
            "<li><i class='bar'></i>median</li><li><i class='pale'></i>95th percentile</li></ul></div>"
        )
    return f"<h2>At a glance</h2>{bar}<div class='plots'>{''.join(plots)}</div>"


def _table(heads: list[str], rows: list[str]) -> str:
    head = "".join(
        f"<th title='{escape(FIGURES.get(h, ''), quote=True)}'>{escape(COLUMNS.get(h, h))}</th>" for h in heads
    )
    return f"<div class='scroll'><table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"


def _row(name: str, summary: Summary, shown: list[str]) -> str:
    cells = "".join(f"<td>{written(summary.figures.get(figure))}{_around(summary, figure)}</td>" for figure in shown)
    total = summary.latency.get("total")
    time = seconds(total.p50) if total else "–"
    return f"<tr><td>{escape(name)}</td><td>{summary.n}</td>{cells}<td>{time}</td></tr>"


def _around(summary: Summary, figure: str) -> str:
    estimate = summary.figures.get(figure)
    if estimate is None or figure not in ("accuracy", "mrr"):
        return ""
    return f" <small>{estimate.low:.2f}–{estimate.high:.2f}</small>"


def _tables(report: Report) -> str:
    shown = columns_of(report.overall)
    rows = [_row("all", report.overall, shown)]
    for name, values in report.tables.items():
        if name != "verdict":
            rows.append(f"<tr class='group'><th colspan='{len(shown) + 3}'>by {escape(name)}</th></tr>")
            rows += [_row(value, summary, shown) for value, summary in values.items()]
    return f"<h2>All figures</h2>{_table(['', 'n', *shown, 'p50'], rows)}"


def _variants(variants: Mapping[str, Report]) -> str:
    shown = columns_of(*(report.overall for report in variants.values()))
    rows = [_row(name, report.overall, shown) for name, report in variants.items()]
    return f"<h2>Variants</h2>{_table(['', 'n', *shown, 'p50'], rows)}"


def _comparison(comparison: Comparison) -> str:
    rows = []
    for change in comparison.changes:
        gain = change.new - change.old
        good = (gain < 0) == (change.figure in LOWER_IS_BETTER)
        kind = ("up" if good else "down") if change.significant else ""
        rows.append(
            f"<tr><td>{escape(COLUMNS.get(change.figure, change.figure))}</td><td>{change.old:.3f}</td>"
            f"<td>{change.new:.3f}</td><td class='{kind}'>{gain:+.3f} <small>{change.low:+.3f} to {change.high:+.3f}"
            f"</small></td><td>{change.p:.3f}</td><td>{len(change.better)}</td><td>{len(change.worse)}</td></tr>"
        )
    flips = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(before)}</td>"
        f"<td class='{'up' if after == 'right' else 'down' if before == 'right' else ''}'>{escape(after)}</td></tr>"
        for name, (before, after) in comparison.verdicts.items()
    )
    heads = ["", "before", "now", "difference, 95 %", "p", "better", "worse"]
    changed = (
        f"<h3 class='next'>Verdicts that changed</h3>{_table(['question', 'before', 'now'], [flips])}" if flips else ""
    )
    return (
        f"<h2>Compared with the other run</h2><p class='hint'>{comparison.compared} questions in common; coloured "
        "where chance alone would hardly do it (paired permutation test, p &lt; 0.05).</p>"
        f"{_table(heads, rows)}{changed}"
    )


# ── questions ──────────────────────────────────────────────────────────────────────────────────


def _filters(report: Report) -> dict[str, list[str]]:
    """What questions can be filtered by → its values, as they stand in a question's data- attributes."""
    verdicts = {result.verdict for result in report.results}
    return {
        "verdict": [name for name in VERDICTS if name in verdicts] + sorted(verdicts - set(VERDICTS)),
        "type": list(report.tables.get("type", {})),
        "lang": list(report.tables.get("language", {})),
    }


def _filter_rules(report: Report) -> str:
    """Style rules that hide the questions a chosen filter leaves out: filters without a script."""
    return "".join(
        f"body:has(#f-{name}-{number}:checked) .q:not([data-{name}='{value}']){{display:none}}"
        for name, values in _filters(report).items()
        for number, value in enumerate(values)
    )


def _questions(report: Report) -> str:
    filters = []
    for name, values in _filters(report).items():
        if len(values) > 1:
            choices = [("all", "checked", "all")] + [(str(n), "", value) for n, value in enumerate(values)]
            filters.append(
                f"<fieldset class='filters'><legend>{name}</legend>"
                + "".join(
                    f"<label><input type='radio' name='f-{name}' id='f-{name}-{key}' {checked}>"
                    f"<span>{escape(value)}</span></label>"
                    for key, checked, value in choices
                )
                + "</fieldset>"
            )
    shown = "".join(question(report.results[n]) for n in wrong_first(report))
    return f"<h2>Questions</h2>{''.join(filters)}{shown}"


def _legend() -> str:
    rows = [f"<tr><td>{name}</td><td class='prose'>{escape(text)}</td></tr>" for name, text in FIGURES.items()]
    return f"<h2>What the figures say</h2>{_table(['figure', ''], rows)}"
