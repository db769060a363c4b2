"""Results that are committed beside the gold: kept without texts, guarded against regressions, shown in the README."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import __version__
from rag.errors import GoldError
from rag.evaluate.compare import compare, read_run
from rag.metrics import paired_p

if TYPE_CHECKING:
    from rag.engine import RagEngine
    from rag.evaluate import Report

GATED = ("accuracy", "mrr")
NOISE = 0.05  # chance of a false alarm, shared by the gated figures (Bonferroni)
PACKAGES = ("torch", "faiss-cpu", "sentence-transformers", "llama-index-core", "numpy", "opencc", "ir-measures")
BEGIN, END = "<!-- results: written by python -m rag eval --save -->", "<!-- /results -->"
# Column of the README's table → figure.
COLUMNS = {
    "accuracy": "accuracy",
    "F1": "f1",
    "hit@1": "hit@1",
    "reader hit@1": "reader hit@1",
    "hit@5": "hit@5",
    "MRR": "mrr",
    "citation precision": "citation precision",
    "citation recall": "citation recall",
    "answerable refused": "false refusal",
    "unanswerable refused": "abstention recall",
    "conflicts shown": "conflict recall",
}


def provenance(engine: RagEngine, gold_file: Path | None, command: str) -> dict[str, Any]:
    """What made a result: command, date, versions, settings, gold and index."""
    articles, passages = engine.store.count()
    made: dict[str, Any] = {
        "command": command,
        "date": dt.date.today().isoformat(),
        "versions": {"rag-news": __version__, "python": platform.python_version()}
        | {name: metadata.version(name) for name in PACKAGES},
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "embedder": engine.store.embedder.fingerprint,
        "settings": {key: getattr(engine.config, key) for key in ("passage_tokens", "candidates", "threshold")},
        "index": {"articles": articles, "passages": passages},
    }
    if gold_file is not None:
        made["gold"] = {"file": gold_file.name, "sha256": sha256(gold_file.read_bytes()).hexdigest()}
    return made


def results_file(gold_file: Path) -> Path:
    """Where the results of a gold file are kept: results/ beside it."""
    return gold_file.parent / "results" / f"{gold_file.stem}.json"


def save(report: Report, made: Mapping[str, Any], path: Path) -> None:
    """Write a report without any text: ids, places and figures. A line a question, so that a change shows as such."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_by_line({"made": dict(made), **report.to_dict(texts=False)}) + "\n", "utf-8")


def _by_line(value: Any, depth: int = 0) -> str:
    """JSON of which everything deeper than two levels stands on one line."""
    pad = " " * (depth + 1)
    if depth < 2 and isinstance(value, dict) and value:
        rows = [f"{pad}{json.dumps(key)}: {_by_line(item, depth + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(rows) + "\n" + pad[1:] + "}"
    if depth < 2 and isinstance(value, list) and value and isinstance(value[0], dict):
        rows = [pad + json.dumps(item, ensure_ascii=False) for item in value]
        return "[\n" + ",\n".join(rows) + "\n" + pad[1:] + "]"
    return json.dumps(value, ensure_ascii=False)


def gate(report: Report, committed: Path) -> list[str]:
    """Where a report falls below committed results by more than noise; empty when it holds.

    A figure has fallen when a one-sided paired permutation test over the questions says so (p below NOISE, divided
    by the number of gated figures).

    Raises:
        GoldError: there are no committed results, or they are of other questions.
    """
    if not committed.is_file():
        raise GoldError(f"There are no results to hold this against in {committed}. Write them: eval --save")
    old, new = read_run(committed), report.to_dict(texts=False)
    comparison = compare(old, new)
    if comparison.edited or comparison.only_old or comparison.only_new:
        changed = (*comparison.edited, *comparison.only_old, *comparison.only_new)
        raise GoldError(
            f"The results in {committed} are of other questions ({len(changed)} differ, for instance {changed[0]}). "
            "Write them anew: eval --save"
        )
    before = {q["id"]: q["figures"] for q in old["questions"]}
    problems = []
    for change in comparison.changes:
        if change.figure in GATED:
            gains = [
                q["figures"][change.figure] - before[q["id"]][change.figure]
                for q in new["questions"]
                if change.figure in q["figures"] and change.figure in before[q["id"]]
            ]
            p = paired_p(gains, "less")
            if p < NOISE / len(GATED):
                worse = ", ".join(change.worse[:12])
                problems.append(
                    f"{change.figure} fell from {change.old:.3f} to {change.new:.3f} (p = {p:.3f}); worse: {worse}"
                )
    return problems


def readme_table(files: Sequence[Path]) -> str:
    """The README's table of results, Markdown, from committed results."""
    head = ["", "questions", *COLUMNS]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    made = []
    for file in files:
        run = read_run(file)
        overall = run["overall"]
        cells = [run["name"], str(overall["n"])]
        for figure in COLUMNS.values():
            found = overall["figures"].get(figure)
            cells.append(_cell(found, figure) if found else "–")
        lines.append("| " + " | ".join(cells) + " |")
        made.append(f"{run['name']} {run['made']['date']} with `{run['made']['command']}`")
    return "\n".join([*lines, "", f"95 % intervals in brackets. Made: {'; '.join(made)}."])


def _cell(found: Mapping[str, float], figure: str) -> str:
    text = f"{found['mean']:.2f}"
    return text + (f" [{found['low']:.2f}–{found['high']:.2f}]" if figure == "accuracy" else "")


def write_readme(readme: Path, folder: Path) -> bool:
    """Put the table of a folder of results between the README's two marks; False where it has none."""
    files = sorted(folder.glob("*.json"))
    text = readme.read_text("utf-8")
    if BEGIN not in text or END not in text:
        return False
    before, rest = text.split(BEGIN, 1)
    readme.write_text(f"{before}{BEGIN}\n{readme_table(files)}\n{END}{rest.split(END, 1)[1]}", "utf-8")
    return True
