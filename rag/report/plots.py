"""Plots as inline SVG: no script, no outside file; colours come from the page's style, so both themes work."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from rag.evaluate import Estimate, Latency, Summary
from rag.report.columns import seconds

WIDTH = 560
_LEFT, _RIGHT, _ROW = 150, 56, 24
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def _svg(height: float, body: str, label: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(label)}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(label)}</title>{body}</svg>'
    )


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _short(text: str, most: int = 19) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def slice_plot(title: str, rows: Mapping[str, Summary], figures: Sequence[str] = ("accuracy", "hit@5")) -> str:
    """A row for each value of a slice: the first figure as a dot with its interval, the second as a ring."""
    span = WIDTH - _LEFT - _RIGHT
    height = 18 + _ROW * len(rows) + 6
    parts = [_axis(span, height, _TICKS)]
    for number, (value, summary) in enumerate(rows.items()):
        y = 18 + _ROW * (number + 0.5)
        parts.append(f"<g><title>{escape(value)}: {escape(_said(summary, figures))}</title>")
        parts.append(_text(_LEFT - 10, y + 4, _short(value), "name", "end"))
        parts.append(_text(WIDTH, y + 4, f"n = {summary.n}", "faint", "end"))
        for place, figure in reversed(list(enumerate(figures))):
            estimate = summary.figures.get(figure)
            if estimate is not None:
                parts.append(_mark(estimate, span, y, place))
        parts.append("</g>")
    return _svg(height, "".join(parts), f"{title}: {' and '.join(figures)}")


def _axis(span: float, height: float, ticks: Sequence[float]) -> str:
    parts = []
    for tick in ticks:
        x = _LEFT + span * tick
        parts += [
            _line(x, 16, x, height - 4, "grid"),
            _text(x, 10, f"{tick:g}", "tick", "middle"),
        ]
    return "".join(parts)


def _mark(estimate: Estimate, span: float, y: float, place: int) -> str:
    x = _LEFT + span * estimate.mean
    if place:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" class="ring"/>'
    low, high = _LEFT + span * estimate.low, _LEFT + span * estimate.high
    return _line(low, y, high, y, "whisker") + f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" class="dot"/>'


def _said(summary: Summary, figures: Sequence[str]) -> str:
    found = [(name, summary.figures[name]) for name in figures if name in summary.figures]
    return ", ".join(f"{name} {e.mean:.2f} [{e.low:.2f}–{e.high:.2f}]" for name, e in found) + f", n = {summary.n}"


def risk_plot(curve: Sequence[tuple[float, float]]) -> str:
    """Risk against coverage, from the surest answer to all that were given; the last point is the default threshold."""
    left, top, height = 46, 14, 250
    span, rise = WIDTH - left - 16, height - top - 40
    most = max(2, math.ceil(5 * max((risk for _, risk in curve), default=0.0))) / 5

    def at(coverage: float, risk: float) -> tuple[float, float]:
        return left + span * coverage, top + rise * (1 - risk / most)

    parts = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, _ = at(tick, 0)
        _, y = at(0, tick * most)
        parts += [_line(left, y, left + span, y, "grid"), _text(left - 8, y + 4, f"{tick * most:.0%}", "tick", "end")]
        parts.append(_text(x, top + rise + 18, f"{tick:.0%}", "tick", "middle"))
    parts.append(_text(left + span / 2, height - 4, "coverage: share of all questions answered", "faint", "middle"))
    if curve:
        points = [at(*point) for point in curve]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        area = f"{points[0][0]:.1f},{top + rise:.1f} {path} {points[-1][0]:.1f},{top + rise:.1f}"
        parts += [f'<polygon points="{area}" class="area"/>', f'<polyline points="{path}" class="curve"/>']
        for (x, y), (coverage, risk) in zip(points, curve, strict=True):
            label = f"{coverage:.0%} answered, {risk:.0%} of them wrong"
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" class="hover"><title>{label}</title></circle>')
        x, y = points[-1]
        coverage, risk = curve[-1]
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" class="dot"/>')
        beside = ("end", x - 10) if coverage > 0.5 else ("start", x + 10)
        parts.append(
            _text(beside[1], max(top + 10, y - 9), f"now: {coverage:.0%} answered, {risk:.0%} wrong", "name", beside[0])
        )
    return _svg(height, "".join(parts), "risk against coverage")


def latency_plot(latency: Mapping[str, Latency]) -> str:
    """A bar a stage: median filled, up to the 95th percentile pale."""
    span = WIDTH - _LEFT - 120
    height = 8 + 30 * len(latency)
    most = max((stage.p95 for stage in latency.values()), default=0.0) or 1.0
    parts = []
    for number, (name, stage) in enumerate(latency.items()):
        y = 6 + 30 * number
        label = f"{seconds(stage.p50)} / {seconds(stage.p95)}"
        wide, narrow = span * stage.p95 / most, span * stage.p50 / most
        parts += [
            f"<g><title>{escape(name)}: {label}</title>",
            _text(_LEFT - 10, y + 15, _short(name), "name", "end"),
            f'<rect x="{_LEFT}" y="{y + 4}" width="{max(1.0, wide):.1f}" height="14" rx="3" class="pale"/>',
            f'<rect x="{_LEFT}" y="{y + 4}" width="{max(1.0, narrow):.1f}" height="14" rx="3" class="bar"/>',
            _text(_LEFT + wide + 8, y + 15, label, "faint"),
            "</g>",
        ]
    return _svg(height, "".join(parts), "latency by stage")


def verdict_bar(counts: Mapping[str, int]) -> str:
    """One bar, a stretch for each verdict; a stretch too narrow for its number has it in the legend alone."""
    return "".join(
        f"<span class='{verdict_class(name)}' style='flex:{count}' title='{escape(name)}: {count}'>{count}</span>"
        for name, count in counts.items()
    )


def verdict_class(verdict: str) -> str:
    """The class that gives a verdict its colour."""
    return "v-" + verdict.replace(" ", "-")
