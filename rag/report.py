"""An evaluation as one self-contained HTML page, and the columns its tables share with the terminal."""

from __future__ import annotations

from html import escape

from rag.evaluate import Report, Result

COLUMNS = (
    "n", "accuracy", "hit@1", "hit@5", "mrr", "ndcg@10", "reranked hit@1", "reranked mrr", "character f1",
    "citation precision", "citation recall",
    "refused", "refused unanswerable", "refusal right", "conflict recall", "false conflict", "p50", "p95",
)  # fmt: skip

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
       margin: 2rem auto; max-width: 1200px; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; font-size: 13px;
        display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid #8884; padding: .3rem .6rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
details { border-left: 4px solid #2a8a4a; padding: .3rem .8rem; margin: .4rem 0; }
details.wrong { border-color: #c0392b; }
summary { cursor: pointer; } blockquote { margin: .3rem 1rem; opacity: .85; } small { opacity: .7; }
"""


def cell(value: float | None, column: str) -> str:
    """One figure as text: counts whole, times in seconds, shares with three decimals."""
    if value is None:
        return "–"
    if column == "n":
        return f"{value:.0f}"
    return f"{value:.2f} s" if column in {"p50", "p95"} else f"{value:.3f}"


def _table(name: str, rows: dict[str, dict[str, float | None]]) -> str:
    head = "".join(f"<th>{escape(c)}</th>" for c in ("", *COLUMNS))
    body = "".join(
        f"<tr><td>{escape(key)}</td>" + "".join(f"<td>{cell(figures.get(c), c)}</td>" for c in COLUMNS) + "</tr>"
        for key, figures in rows.items()
    )
    return f"<h2>{escape(name)}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _question(result: Result) -> str:
    gold, answer = result.gold, result.answer
    quotes = "".join(
        f"<blockquote>[{c.n}] {escape(c.quote)}<br>"
        f"<small>{escape(c.source)} · {escape(c.date or '–')}</small></blockquote>"
        for c in answer.citations
    )
    nearest = "".join(
        f"<blockquote>{escape(p.text)}<br><small>{escape(p.source)} · {p.score:.3f}</small></blockquote>"
        for p in answer.passages[:3]
    )
    wanted = " + ".join(" / ".join(group) for group in gold.answer_all) or "a refusal"
    return (
        f"<details class='{'right' if result.right else 'wrong'}'><summary>{escape(gold.id)} · {escape(gold.type)} · "
        f"{escape(gold.lang)} · {escape(gold.question)}</summary>"
        f"<p>{'Right' if result.right else 'Wrong'}; wanted: {escape(wanted)}. Confidence {answer.confidence:.2f}.</p>"
        f"<p>{escape(answer.text)}</p>{quotes}<h4>Passages</h4>{nearest}</details>"
    )


def html_report(report: Report) -> str:
    """The tables, then every question with its answer, its quotes and what was retrieved."""
    tables = "".join(_table(name, rows) for name, rows in report.tables.items())
    questions = "".join(_question(r) for r in sorted(report.results, key=lambda r: (r.right, r.gold.id)))
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Evaluation</title>"
        f"<meta name='viewport' content='width=device-width'><style>{_STYLE}</style></head><body><h1>Evaluation</h1>"
        f"{tables}<h2>Questions</h2>{questions}</body></html>\n"
    )
