"""`python -m rag gold confirm`: a person makes gold questions of candidates, one by one, in the terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from rag.commands.console import out
from rag.errors import GoldError

if TYPE_CHECKING:
    from rag.gold import Gold
    from rag.gold.draft import Candidate
    from rag.types import Article

HELP = "y keep · e edit · s skip · q stop"


def confirm_all(candidates: Sequence[Candidate], target: Path, articles: Sequence[Article]) -> int:
    """Ask about each candidate; those kept are added to the target file at once. Returns how many were kept.

    Raises:
        GoldError: the target holds something else than gold questions, or can't be written.
    """
    from rag.gold import read_gold

    done = {gold.id for gold in read_gold([target])} if target.exists() and target.stat().st_size else set()
    left = [candidate for candidate in candidates if candidate.id not in done]
    out.print(f"{len(left)} candidates to look at, {len(candidates) - len(left)} more already in {target}. {HELP}")
    kept = 0
    for number, candidate in enumerate(left, start=1):
        show(candidate, f"{number}/{len(left)}")
        try:
            gold = _decide(candidate, articles)
        except (EOFError, KeyboardInterrupt, _Stop):
            break
        if gold is not None:
            _append(target, gold)
            kept += 1
    return kept


class _Stop(Exception):
    """The person has had enough."""


def show(candidate: Candidate, place: str) -> None:
    """Print what a candidate asks, wants and stands on."""
    out.print(f"\n[bold]{place}[/] [dim]{escape(candidate.id)} {candidate.lang or ''} {candidate.type}[/]")
    out.print("  " + " → ".join([*candidate.history, candidate.question]), markup=False, style="bold")
    for group in candidate.answer_all:
        out.print(f"  = {' / '.join(group)}", markup=False, style="green")
    for item in candidate.evidence:
        where = item.quote if item.quote is not None else f"{item.start}:{item.end}"
        out.print(f"  [dim]{escape(item.doc)}[/] {escape(str(where))}")
    if candidate.feedback:
        said = candidate.feedback
        out.print(f"  [yellow]{escape(str(said.get('vote', '')))}[/] {escape(str(said.get('comment', '')))}")


def _decide(candidate: Candidate, articles: Sequence[Article]) -> Gold | None:
    changes: dict[str, Any] = {}
    while True:
        choice = out.input("[bold]y/e/s/q>[/] ").strip().lower()
        if choice == "q":
            raise _Stop
        if choice == "s":
            return None
        if choice == "e":
            changes = _edit(candidate, changes, articles)
        elif choice != "y":
            out.print(HELP)
            continue
        try:
            gold = candidate.as_gold(**changes)
            _sound(gold, articles)
        except GoldError as error:
            out.print(f"[red]{escape(str(error))}[/]")
            continue
        if choice == "y":
            return gold
        out.print(escape(gold.model_dump_json(exclude_defaults=True)))


def _sound(gold: Gold, articles: Sequence[Article]) -> None:
    from rag.gold import locate_place
    from rag.gold.check import form_problems

    for item in gold.evidence:
        for place in item.places:
            locate_place(gold.id, place, articles)
    errors = [message for level, message in form_problems(gold) if level == "error"]
    if errors:
        raise GoldError("; ".join(errors))


def _edit(candidate: Candidate, changes: dict[str, Any], articles: Sequence[Article]) -> dict[str, Any]:
    """Ask for every field; an empty line keeps what is there."""
    from rag.gold import TYPES, lang_of
    from rag.gold.draft import place_of

    old = candidate.model_dump() | changes
    question = _asked("question", old["question"])
    kind = _asked(f"type ({' '.join(TYPES)})", old["type"])
    groups = " ; ".join(" / ".join(group) for group in old["answer_all"])
    said = _asked("answers, wordings by / and groups by ;", groups)
    answers = [[part.strip() for part in group.split(" / ") if part.strip()] for group in said.split(";")]
    new: dict[str, Any] = {"question": question, "type": kind, "lang": lang_of(question)}
    new |= {"answer_all": [group for group in answers if group] if kind != "unanswerable" else []}
    quote = out.input("evidence: exact words of the article, empty to keep ").strip()
    if kind == "unanswerable":
        new["evidence"] = []
    elif quote:
        place = place_of(quote, articles)
        if place is None:
            out.print("[red]These words do not stand exactly once in one article; the evidence stays as it was.[/]")
        else:
            new["evidence"] = [place.model_dump()]
    return changes | new


def _asked(what: str, old: str) -> str:
    """What is typed in; an empty line keeps the old."""
    out.print(f"{what} [{old}] ", markup=False, end="")
    return out.input().strip() or old


def _append(target: Path, gold: Gold) -> None:
    line = json.dumps(gold.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)
    try:
        with target.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        raise GoldError(f"{target} can't be written ({error.strerror}).") from None
