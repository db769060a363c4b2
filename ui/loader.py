"""The engine, brought in by a background thread: the page opens at once, questions wait."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rag.errors import RagError

if TYPE_CHECKING:
    from rag.engine import RagEngine

Progress = Callable[[int, int], None]
Load = Callable[[Progress], "RagEngine"]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Status:
    """How far loading is. `done` and `total` count passages while an index is being built."""

    stage: Literal["loading", "building", "ready", "failed"] = "loading"
    done: int = 0
    total: int = 0


class EngineLoader:
    """Loads an engine once, in its own thread, and hands it to whoever asks, when it is there."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._done = threading.Event()
        self._engine: RagEngine | None = None
        self._error: RagError | None = None
        self.status = Status()
        self.seconds = 0.0  # how long it took

    def start(self) -> None:
        """Begin loading; returns at once."""
        threading.Thread(target=self._run, name="load-engine", daemon=True).start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until loading has ended, well or badly; False when the time is over before."""
        return self._done.wait(timeout)

    def engine(self) -> RagEngine:
        """The engine; waits for it.

        Raises:
            RagError: it could not be loaded.
        """
        self._done.wait()
        if self._engine is None:
            raise self._error or RagError("The engine could not be loaded.")
        return self._engine

    def _run(self) -> None:
        began = time.perf_counter()
        try:
            engine = self._load(self._progress)
            self.status = Status()
            engine.warm()
            self._engine = engine
            self.status = Status("ready")
        except RagError as error:
            self._error = error
        except Exception as error:
            # Whatever it is, those who wait must not wait for ever.
            log.exception("loading failed")
            self._error = RagError(f"The engine could not be loaded ({type(error).__name__}: {error}).")
        if self._error is not None:
            self.status = Status("failed")
        self.seconds = time.perf_counter() - began
        self._done.set()

    def _progress(self, done: int, total: int) -> None:
        self.status = Status("building", done, total)
