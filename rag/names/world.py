"""Lists of names: the one that comes with the program, and a user's own, which adds and forbids."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from rag.config import shipped
from rag.errors import ConfigError
from rag.names.mine import Name
from rag.text import fold_text, simplified


@cache
def world_names() -> tuple[Name, ...]:
    """People, organisations, firms, media, products and places in the news (written for this project)."""
    return tuple(name for file in ("people", "things") for name in read_names(_list(file), "world")[0])


@cache
def world_terms() -> tuple[Name, ...]:
    """What is no name but has a fixed translation in the news: offices, laws, currencies, events."""
    return tuple(read_names(_list("terms"), "world")[0])


@cache
def world_relations() -> tuple[frozenset[str], ...]:
    """Words for one relation ("introduced", 牵线), in both languages; a group is a set of folded words."""
    lines = _list("relations").read_text("utf-8").splitlines()
    rows = (line.replace("\t", "|").split("|") for line in lines if line and not line.startswith("#"))
    return tuple(frozenset(map(fold_text, row)) for row in rows)


def _list(name: str) -> Path:
    return shipped("names") / f"{name}.tsv"


def read_names(file: Path, source: str = "user") -> tuple[list[Name], list[tuple[str, str]]]:
    """A file of names: (names, forbidden pairs).

    One name a line, Latin spellings, a tab, Chinese spellings, both separated by "|"; what follows another tab and
    lines that begin with # are for people. A line that begins with ! forbids to link a Latin and a Chinese spelling.

    Raises:
        ConfigError: the file is missing, or a line can't be understood; the message names it.
    """
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The file of names {file} can't be read ({error}). Correct the setting `names`.") from error
    names, forbidden = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = line.lstrip("!").split("\t")
        latin, chinese = ([form.strip() for form in part.split("|") if form.strip()] for part in (*columns, "")[:2])
        if not latin or not chinese:
            raise ConfigError(
                f'{file}, line {number}: "{line[:60]}" is not "Latin spellings, tab, Chinese spellings". '
                'An example: "Sam Altman|Altman", a tab, "奥尔特曼|阿尔特曼".'
            )
        if line.startswith("!"):
            forbidden += [(a, b) for a in latin for b in chinese]
        else:
            # A person's shortest form is what articles go on to use; of anything else the first is the usual one.
            kind = (*columns, "", "")[2].strip()
            person = kind in ("person", "")
            short = (
                min((form for form in latin if not form.isupper()), key=len, default=latin[0]) if person else latin[0]
            )
            others = tuple(form for form in latin if form != short)
            names.append(Name(short, tuple(dict.fromkeys(map(simplified, chinese))), (), others, source, kind))
    return names, forbidden
