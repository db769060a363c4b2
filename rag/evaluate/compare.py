"""Two runs over the same questions: what got better, what got worse, and whether chance would do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import GoldError
from rag.evaluate.judge import FIGURES, LOWER_IS_BETTER
from rag.metrics import interval, paired_p
from rag.types import Record

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Change(Record):
    """One figure in both runs, over the questions that both judged by it."""

    figure: str
    n: int
    old: float
    new: float
    low: float  # 95 % interval of the difference
    high: float
    p: float  # two-sided, paired
    better: tuple[str, ...]  # ids of the questions whose figure rose (fell, where lower is better)
    worse: tuple[str, ...]

    @property
    def significant(self) -> bool:
        """Whether chance alone would hardly give such a difference."""
        return self.p < SIGNIFICANT


@dataclass(frozen=True)
class Comparison(Record):
    """What changed between two runs."""

    changes: tuple[Change, ...]
    compared: int
    only_old: tuple[str, ...]  # ids of questions that the new run does not have
    only_new: tuple[str, ...]
    edited: tuple[str, ...]  # ids whose question is another by now; not compared
    verdicts: dict[str, tuple[str, str]]  # id → verdicts before and after, where they differ


def read_run(path: Path) -> dict[str, Any]:
    """A report as written by --json or --save.

    Raises:
        GoldError: the file is missing or is no such report.
    """
    try:
        run = json.loads(path.read_text("utf-8"))
        _ = [(q["id"], q["digest"], q["figures"], q["verdict"]) for q in run["questions"]]
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise GoldError(
            f"{path} is not a report of an evaluation ({type(error).__name__}: {error}). "
            "Make one with: python -m rag eval --json FILE"
        ) from None
    return dict(run)


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """Two reports (`Report.to_dict()`), question by question.

    Raises:
        GoldError: they have no question in common.
    """
    before = {q["id"]: q for q in old["questions"]}
    after = {q["id"]: q for q in new["questions"]}
    shared = [name for name in after if name in before and before[name]["digest"] == after[name]["digest"]]
    if not shared:
        raise GoldError("The two reports have no question in common, so there is nothing to compare.")
    changes = []
    for figure in FIGURES:
        pairs = {
            name: (before[name]["figures"][figure], after[name]["figures"][figure])
            for name in shared
            if figure in before[name]["figures"] and figure in after[name]["figures"]
        }
        if pairs:
            changes.append(_change(figure, pairs))
    return Comparison(
        tuple(changes),
        len(shared),
        tuple(name for name in before if name not in after),
        tuple(name for name in after if name not in before),
        tuple(name for name in after if name in before and name not in shared),
        {
            name: (before[name]["verdict"], after[name]["verdict"])
            for name in shared
            if before[name]["verdict"] != after[name]["verdict"]
        },
    )


def _change(figure: str, pairs: Mapping[str, tuple[float, float]]) -> Change:
    gains = {name: new - old for name, (old, new) in pairs.items()}
    around = interval(list(gains.values()))
    assert around is not None
    sign = -1 if figure in LOWER_IS_BETTER else 1
    same = not any(gains.values())
    return Change(
        figure,
        len(pairs),
        sum(old for old, _ in pairs.values()) / len(pairs),
        sum(new for _, new in pairs.values()) / len(pairs),
        0.0 if same else around.low,
        0.0 if same else around.high,
        paired_p(list(gains.values())),
        tuple(name for name, gain in gains.items() if sign * gain > 0),
        tuple(name for name, gain in gains.items() if sign * gain < 0),
    )
