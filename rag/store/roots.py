"""What a build covers: folders and files, and how they lie in each other, so that a file is indexed once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from rag.articles.files import readable
from rag.errors import ArticleError


@dataclass(frozen=True)
class Scope:
    """A root, or the part of it that lies below a path. Sources are named from the root."""

    root: str
    below: str = ""

    def has(self, source: str) -> bool:
        """Whether an article of the root lies in this part of it."""
        return not self.below or source == self.below or source.startswith((f"{self.below}/", f"{self.below}#"))

    def prefix(self, path: Path) -> str:
        """What stands before the sources of a path that is this scope: its folder's path, as seen from the root."""
        inner = PurePath(self.below) if path.is_dir() else PurePath(self.below).parent
        return "" if inner == PurePath() else f"{inner.as_posix()}/"


def scopes(paths: Iterable[Path], known: Iterable[str]) -> list[Scope]:
    """The scope of each path: its part of the outermost root that it lies in, among the others and those known.

    Raises:
        ArticleError: a root's name can't be written in UTF-8.
    """
    real = [path.resolve() for path in paths]
    folders = sorted({*real, *map(Path, known)}, key=lambda folder: (len(folder.parts), str(folder)))
    outer = [folder for folder in folders if folder.is_dir()]
    found = [_scope(path, outer) for path in real]
    for scope in found:
        try:
            scope.root.encode()
        except UnicodeEncodeError:
            shown = readable(os.fsencode(scope.root))
            raise ArticleError(
                f"The name of the folder {shown} is not UTF-8: rename it, or give the folder above it."
            ) from None
    return found


def _scope(path: Path, folders: Sequence[Path]) -> Scope:
    for folder in folders:
        below = inside(folder, path)
        if below is not None:
            return Scope(str(folder), below)
    return Scope(str(path))


def inside(folder: PurePath, path: PurePath) -> str | None:
    """The way from a folder to what lies in it; None when it lies elsewhere, or hidden, where no build looks."""
    if path == folder or not path.is_relative_to(folder):
        return None
    parts = path.relative_to(folder).parts
    return None if any(part.startswith(".") for part in parts) else "/".join(readable(os.fsencode(p)) for p in parts)


def seen_from(folder: str, root: str, source: str) -> str | None:
    """The source that an article of a root has when it is named from a folder; None when it lies elsewhere."""
    if root == folder:
        return source
    below = inside(PurePath(folder), PurePath(root))
    if below is None:
        return None
    of_file = not Path(root).is_dir() and source.startswith(PurePath(root).name)
    parent = PurePath(below).parent if of_file else PurePath(below)
    return (parent / source).as_posix()
