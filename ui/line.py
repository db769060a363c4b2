"""Who is answered now and who waits: a fair line, so that everybody can be told their place."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Ticket:
    """A place in the line."""

    def __init__(self, line: Line) -> None:
        self._line = line

    @property
    def ahead(self) -> int:
        """How many come before this one is answered; 0 when it is its turn."""
        with self._line.moved:
            return max(0, self._line.tickets.index(self) + 1 - self._line.places)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for this one's turn; False when the time is over before."""
        with self._line.moved:
            turn = lambda: self._line.tickets.index(self) < self._line.places  # noqa: E731
            return self._line.moved.wait_for(turn, timeout)


class Line:
    """Lets so many be answered at once, in the order they came."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.tickets: list[Ticket] = []
        self.moved = threading.Condition()

    @contextmanager
    def stand(self) -> Iterator[Ticket]:
        """Take a place, and leave it at the end whatever happens."""
        ticket = Ticket(self)
        with self.moved:
            self.tickets.append(ticket)
        try:
            yield ticket
        finally:
            with self.moved:
                self.tickets.remove(ticket)
                self.moved.notify_all()
