"""Characters on their way from mark-up to lines, each with its place in the file and its marks."""

from __future__ import annotations

from dataclasses import dataclass, field

Origin = tuple[int, int]  # raw start, raw end of one character
LINKED, STRONG, CELL = 1, 2, 4  # marks
IMAGE = "\ufffc"  # object replacement character: stands for a picture until lines are made


@dataclass
class Chars:
    """Characters with origins and marks (LINKED, STRONG, CELL); edited together so they can't drift apart."""

    chars: list[str] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)

    def add(self, text: str, start: int, *, width: int = 1, mark: int = 0) -> None:
        """Append a text that begins there; with a width, all of it stands for one piece of mark-up."""
        for i, char in enumerate(text):
            self.chars.append(char)
            self.origins.append((start + i, start + i + 1) if width == 1 else (start, start + width))
            self.marks.append(mark)

    def mark(self, start: int, end: int, mark: int) -> None:
        """Give a span one mark more."""
        self.marks[start:end] = [old | mark for old in self.marks[start:end]]

    def delete(self, spans: list[tuple[int, int]]) -> None:
        """Take spans out, which are in order."""
        for start, end in reversed(spans):
            del self.chars[start:end], self.origins[start:end], self.marks[start:end]
