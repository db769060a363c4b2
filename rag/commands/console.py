"""What the commands share: where they print, how they show progress, how they open the index."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

if TYPE_CHECKING:
    from rag.engine import RagEngine

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

StoreOption = Annotated[
    Path | None, typer.Option("--store", help="Folder of the index.", show_default="the default store")
]


class _Rate(ProgressColumn):
    """Steps a second."""

    def render(self, task: Task) -> Text:
        """The rate, once it is known."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


@contextmanager
def progress(what: str, before: str = "") -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr with rate and time left; until the first step it shows what comes before."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, speed_estimate_period=120) as bar:
        task = bar.add_task(before, total=None) if before else None

        def step(done: int, total: int) -> None:
            nonlocal task
            if task is None:
                task = bar.add_task(what, total=total)
            elif bar.tasks[0].total is None:
                bar.reset(task, description=what, total=total)
            bar.update(task, completed=done, total=total)

        yield step


def load(store: Path | None) -> RagEngine:
    """The engine over a store; the default one is built on first use."""
    from rag.engine import load as load_engine

    with progress("Building the demo index") as step:
        return load_engine(store, progress=step)


def wide() -> Console:
    """For tables: the terminal's width, or room for everything where the output goes to a file."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 240)
