"""What the commands share: where they print, how they show progress, how they open the index."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from rag.engine import RagEngine

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

StoreOption = Annotated[
    Path | None, typer.Option("--store", help="Folder of the index.", show_default="the default store")
]


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr that appears with the first step."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task: list[Any] = []

        def step(done: int, total: int) -> None:
            if not task:
                task.append(bar.add_task(what, total=total))
            bar.update(task[0], completed=done, total=total)

        yield step


def load(store: Path | None) -> RagEngine:
    """The engine over a store; the default one is built on first use."""
    from rag.engine import load as load_engine

    with progress("Building the demo index") as step:
        return load_engine(store, progress=step)


def wide() -> Console:
    """For tables: the terminal's width, or room for everything where the output goes to a file."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 240)
