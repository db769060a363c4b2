"""Which files lie below a root, by their path, links followed once, and what can't be entered."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.articles.encodings import decode
from rag.articles.limits import unreadable
from rag.errors import ArticleError


@dataclass(frozen=True)
class Found:
    """A file to read, or why it can't be."""

    file: Path  # where its bytes are
    path: str  # what the user calls it
    source: str  # its path below the root
    problem: str | None = None


def walk(root: Path) -> Iterator[Found]:
    """Every file below a root in the order of their sources; hidden files and folders are not looked at.

    A link to a folder is followed unless that folder is read anyway: so a loop of links ends.

    Raises:
        ArticleError: there is nothing at the root.
    """
    if root.is_dir():
        found = list(_walk(root))
        yield from sorted(found, key=lambda f: f.source)
    elif root.exists():
        yield _checked(root, readable(os.fsencode(root)), readable(os.fsencode(root.name)))
    else:
        raise ArticleError(f"There is no file or folder {root}. Give the folder that holds your articles.")


def _walk(root: Path) -> Iterator[Found]:
    """Real folders first, then what links lead to, so that a folder is read under its own name if it has one."""
    seen: set[tuple[int, int]] = set()
    links: list[tuple[Path, str]] = []
    folders: list[tuple[Path, str]] = [(root, "")]
    shown = readable(os.fsencode(root))
    while folders or links:
        is_link = not folders
        folder, below = folders.pop(0) if folders else links.pop(0)
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in seen:
                if is_link:
                    again = "it is a link to a folder that is read already: remove it"
                    yield Found(folder, f"{shown}/{below[:-1]}", below[:-1], again)
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                names = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield Found(folder, f"{shown}/{below[:-1]}", below[:-1], str(unreadable(error)))
            continue
        for entry in names:
            if entry.name.startswith("."):
                continue
            path, source = folder / entry.name, below + readable(os.fsencode(entry.name))
            if entry.is_dir(follow_symlinks=False):
                folders.append((path, f"{source}/"))
            elif entry.is_symlink() and path.is_dir():
                links.append((path, f"{source}/"))
            else:
                yield _checked(path, f"{shown}/{source}", source)


def readable(name: bytes) -> str:
    """A file's name as text. One that another system wrote in GBK or Big5 is decoded; what no terminal shows goes."""
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = decode(name).text
        except ArticleError:  # a name is only a name: better a strange one than no article
            text = name.decode("cp437")
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _checked(path: Path, shown: str, source: str) -> Found:
    """A file, with its problem where it is none that can be read: a dead link, a pipe, a device."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        dead = " (a link that leads nowhere or in a circle)" if path.is_symlink() else ""
        return Found(path, shown, source, f"{unreadable(error)}{dead}")
    if not stat.S_ISREG(mode):
        return Found(path, shown, source, "it is a pipe or a device, not a file: leave it out")
    return Found(path, shown, source)
