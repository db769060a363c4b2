"""One copy in memory of what belongs to a generation, for as long as somebody reads in it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class Generations(Generic[T]):
    """Values by generation: the newest is kept, an older one only while a reader holds it. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._alive: WeakValueDictionary[int, T] = WeakValueDictionary()
        self._newest: tuple[int, T] | None = None

    def get(self, generation: int, load: Callable[[], T]) -> T:
        """The value of a generation; loaded once, however many ask for it at a time."""
        with self._lock:
            found = self._alive.get(generation)
            if found is None:
                found = self._alive[generation] = load()
            if self._newest is None or self._newest[0] < generation:
                self._newest = (generation, found)
            return found
