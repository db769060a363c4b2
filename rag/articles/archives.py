"""`.zip`: its members as if they were files of a folder, `a.zip/b.txt`, within limits that stop a bomb."""

from __future__ import annotations

import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from rag.articles.files import Found, readable
from rag.articles.limits import MAX_DEPTH, MAX_DUMP_BYTES, MAX_MEMBERS, MAX_RATIO, MAX_UNPACKED, RATIO_FROM, check_size
from rag.errors import ArticleError

ARCHIVE = ".zip"


@dataclass
class Room:
    """What may still be unpacked of one archive, those inside it included."""

    left: int

    @classmethod
    def of(cls, packed: int) -> Self:
        """The room of an archive with so many bytes on the disk."""
        return cls(min(MAX_UNPACKED, max(RATIO_FROM, MAX_RATIO * packed)))


def check_members(archive: zipfile.ZipFile, packed: int) -> None:
    """Raise ArticleError when an archive has too many members, or unpacks to too much, in all or in one of them.

    Args:
        archive: opened.
        packed: bytes of the archive's file.
    """
    for member in archive.infolist():
        check_ratio(member)
    check_total(archive, Room.of(packed))


def check_total(archive: zipfile.ZipFile, room: Room) -> None:
    """Take what an archive unpacks to out of the room.

    Members that are refused one by one don't count: they stop nobody else.

    Raises:
        ArticleError: it has too many members, or would unpack to too much.
    """
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise ArticleError(f"it holds {len(members):,} files, the limit is {MAX_MEMBERS:,}: split it")
    total = sum(member.file_size for member in members if not _too_tight(member))
    if total > MAX_UNPACKED:
        raise ArticleError(f"it unpacks to {total / 1e6:,.0f} MB, the limit is {MAX_UNPACKED / 1e6:,.0f} MB: split it")
    if total > room.left:
        raise ArticleError(
            f"it unpacks to {total / 1e6:,.0f} MB, more than {MAX_RATIO} times its size: "
            "it is hardly text; unpack it yourself if you trust it"
        )
    room.left -= total


def check_ratio(member: zipfile.ZipInfo) -> None:
    """Raise ArticleError when a member is packed more tightly than text can be."""
    if _too_tight(member):
        raise ArticleError(
            f"{member.filename} unpacks to {member.file_size // max(1, member.compress_size):,} times its size, "
            f"the limit is {MAX_RATIO}: it is hardly text; unpack it yourself if you trust it"
        )


def _too_tight(member: zipfile.ZipInfo) -> bool:
    return member.file_size > RATIO_FROM and member.file_size > MAX_RATIO * max(1, member.compress_size)


def unpack(archive: Found, depth: int = 1, room: Room | None = None) -> Iterator[Found]:
    """The files in an archive, by name. Each lies on the disk until the next one is asked for.

    What can't be unpacked comes with its problem instead.
    """
    if depth > MAX_DEPTH:
        deep = f"it is an archive inside {MAX_DEPTH} others: unpack the outer ones first"
        yield Found(archive.file, archive.path, archive.source, deep)
        return
    try:
        opened = zipfile.ZipFile(archive.file)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        yield Found(archive.file, archive.path, archive.source, f"it is a damaged archive ({error}): pack it again")
        return
    with opened, tempfile.TemporaryDirectory(prefix="rag-") as folder:
        try:
            room = room or Room.of(archive.file.stat().st_size)
            members = _members(opened, room)
        except ArticleError as error:
            yield Found(archive.file, archive.path, archive.source, str(error))
            return
        seen = set()
        for name, member in members:
            found = Found(
                Path(folder) / f"member{PurePosixPath(name).suffix[:16]}",
                f"{archive.path}/{name}",
                f"{archive.source}/{name}",
            )
            problem = "another file in the archive has the same name: rename one" if name in seen else None
            seen.add(name)
            problem = problem or _extract(opened, member, name, found.file)
            if problem:
                yield Found(found.file, found.path, found.source, problem)
            elif found.file.suffix.lower() == ARCHIVE:
                yield from unpack(found, depth + 1, room)
            else:
                yield found
            found.file.unlink(missing_ok=True)


def _members(archive: zipfile.ZipFile, room: Room) -> list[tuple[str, zipfile.ZipInfo]]:
    """Names and members, by name, without folders and hidden files."""
    check_total(archive, room)
    if "[Content_Types].xml" in archive.namelist():
        raise ArticleError("it is an Office document, no archive: give it the ending .docx, or save it as .docx")
    named = [(_name(member), member) for member in archive.infolist() if not member.is_dir()]
    shown = [
        (name, member)
        for name, member in named
        if not any(part == "__MACOSX" or (part.startswith(".") and part != "..") for part in name.split("/"))
    ]
    return sorted(shown, key=lambda pair: pair[0])


def _name(member: zipfile.ZipInfo) -> str:
    """A member's name. Chinese Windows writes it in GBK without saying so, which zipfile takes for cp437."""
    says_utf8 = member.flag_bits & 0x800
    name = member.filename.encode("utf-8" if says_utf8 else "cp437", "replace")
    return readable(name).replace("\\", "/")


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, target: Path) -> str | None:
    """Unpack one member to a file; returns what is wrong with it, if anything."""
    if name.startswith("/") or ".." in name.split("/"):
        return "its name points outside the archive: pack it again"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "it is a link, not a file: pack the file itself"
    if member.flag_bits & 1:
        return "it is encrypted: unpack it yourself"
    try:
        check_ratio(member)
        check_size(member.file_size, MAX_DUMP_BYTES)
        with archive.open(member) as packed, target.open("wb") as file:
            shutil.copyfileobj(packed, file, 1 << 20)
    except ArticleError as error:
        return str(error)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        return f"it can't be unpacked ({error}): the archive is damaged or packed in an unusual way; pack it again"
    return None
