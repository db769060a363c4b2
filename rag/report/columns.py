"""Which figures tables show, and how a figure is written."""

from __future__ import annotations

from rag.evaluate import Estimate, Report, Summary

# Figure → heading. The first is what a run is judged by.
COLUMNS = {
    "accuracy": "accuracy",
    "f1": "F1",
    "exact match": "EM",
    "hit@1": "hit@1",
    "hit@5": "hit@5",
    "hit@10": "hit@10",
    "recall@10": "recall@10",
    "recall@100": "recall@100",
    "mrr": "MRR",
    "ndcg@10": "nDCG@10",
    "reader hit@1": "reader hit@1",
    "reader mrr": "reader MRR",
    "citation precision": "cit. prec.",
    "citation recall": "cit. recall",
    "span exactness": "spans exact",
    "coverage": "coverage",
    "false refusal": "false refusal",
    "abstention precision": "abst. prec.",
    "abstention recall": "abst. recall",
    "conflict recall": "confl. recall",
    "false conflict": "false confl.",
    "llm judge": "LLM judge",
}
CARDS = ("accuracy", "hit@5", "mrr", "citation precision", "citation recall", "abstention recall", "false refusal")


def columns_of(*summaries: Summary) -> list[str]:
    """The figures that at least one summary has, in the order of COLUMNS."""
    return [name for name in COLUMNS if any(name in summary.figures for summary in summaries)]


def written(estimate: Estimate | None, *, around: bool = False) -> str:
    """A figure with two decimals, on demand with its interval; a dash where it applies to nothing."""
    if estimate is None:
        return "–"
    return f"{estimate.mean:.2f}" + (f" [{estimate.low:.2f}–{estimate.high:.2f}]" if around else "")


def seconds(value: float) -> str:
    """A time in the unit that reads best."""
    return f"{value:.2f} s" if value >= 0.1 else f"{1000 * value:.0f} ms"


def wrong_first(report: Report) -> list[int]:
    """Places of the results, wrong ones first, then in the order asked."""
    return sorted(range(len(report.results)), key=lambda n: (report.results[n].right, n))
