"""Text → windows: whole sentences, few enough tokens that reading stays quick."""

from __future__ import annotations

from collections.abc import Sequence


def windows(
    spans: Sequence[tuple[int, int]], tokens: Sequence[tuple[int, int]], most: int, first: int | None = None
) -> list[tuple[int, int]]:
    """Stretches of at most `most` tokens, whole sentences where they fit; together they cover every sentence.

    Args:
        spans: sentences as character spans, in order.
        tokens: character spans of the text's tokens, in order.
        most: tokens in a window; a longer sentence is cut at tokens.
        first: tokens in the first window, where it should be smaller.
    """
    pieces: list[tuple[int, int, int]] = []  # start, end, tokens
    at = 0
    for start, end in spans:
        while at < len(tokens) and tokens[at][1] <= start:
            at += 1
        inside = []
        while at < len(tokens) and tokens[at][0] < end:
            inside.append(tokens[at])
            at += 1
        cut = start
        for begin in range(0, max(len(inside), 1), most):
            part = inside[begin : begin + most]
            stop = end if begin + most >= len(inside) else part[-1][1]
            pieces.append((cut, stop, len(part)))
            cut = stop
    out: list[tuple[int, int]] = []
    room = 0
    for start, end, size in pieces:
        if out and size <= room:
            out[-1] = (out[-1][0], end)
            room -= size
        else:
            room = (min(first, most) if first is not None and not out else most) - size
            out.append((start, end))
    return out
