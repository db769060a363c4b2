"""What people think of answers: kept in SQLite beside the store, exported as candidates for gold questions.

python -m ui.feedback --store store/index > candidates.jsonl
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from rag.config import Config
from rag.errors import RagError, StoreError
from rag.gold import doc_of, lang_of
from rag.metrics import bold_values
from rag.types import Article, make_id
from ui.library import beside
from ui.links import Pointer, checksum
from ui.render import without_sources

Vote = Literal["up", "down"]
FILE = "feedback.sqlite"
MAX_COMMENT = 2_000  # characters
MAX_ROWS = 100_000  # nobody fills the disk with thumbs,
MAX_CHARACTERS = 100_000  # or with one of them
TABLE = """
CREATE TABLE IF NOT EXISTS feedback (
    id TEXT PRIMARY KEY, time TEXT NOT NULL, vote TEXT NOT NULL CHECK (vote IN ('up', 'down')),
    comment TEXT NOT NULL, question TEXT NOT NULL, history TEXT NOT NULL, answer TEXT NOT NULL,
    evidence TEXT NOT NULL
)"""


@dataclass(frozen=True)
class Opinion:
    """One vote. `evidence` has the places the answer stood on, as gold questions give them, each with its quote."""

    id: str
    time: str  # ISO 8601, UTC
    vote: Vote
    comment: str
    question: str
    history: tuple[str, ...]
    answer: str  # Markdown, with its sources
    evidence: tuple[dict[str, Any], ...]


def places(
    pointers: Sequence[Pointer], find: Callable[[str], Article], sources: Sequence[str]
) -> tuple[dict[str, Any], ...]:
    """Where an answer's citations stand in the files; those of articles that have gone or changed are left out.

    Args:
        pointers: the citations.
        find: gives an article by its id; raises RagError when it is gone.
        sources: of all articles, to name each by what tells it from the others.
    """
    out = []
    for p in pointers:
        with contextlib.suppress(RagError, ValueError):
            article = find(p.article_id)
            quote = article.text[p.start : p.end]
            if checksum(quote) == p.check:
                start, end = article.raw_span(p.start, p.end)
                raw = article.raw[start:end]
                digest = sha256(article.raw.encode("utf-8", "surrogatepass")).hexdigest()
                place = {"doc": doc_of(article.source, sources), "start": start, "end": end, "sha256": digest}
                # Words that stand twice in the file name no place.
                out.append(place | {"quote": quote, "raw": raw if article.raw.count(raw) == 1 else ""})
    return tuple(out)


class Feedback:
    """The votes on a store's answers."""

    def __init__(self, store: Path) -> None:
        self.file = beside(store) / FILE

    def note(
        self,
        conversation: str,
        turn: int,
        vote: Vote,
        comment: str,
        question: str,
        history: Sequence[str],
        answer: str,
        evidence: Sequence[dict[str, Any]],
    ) -> None:
        """Keep a vote; one on the same answer of the same conversation takes its place.

        Raises:
            StoreError: it can't be written, or is too long.
        """
        opinion = Opinion(
            make_id(conversation, turn, question, answer),
            datetime.now(UTC).isoformat(timespec="seconds"),
            vote,
            comment.strip()[:MAX_COMMENT],
            question,
            tuple(history),
            answer,
            tuple(evidence),
        )
        row = {k: json.dumps(v, ensure_ascii=False) if isinstance(v, tuple) else v for k, v in vars(opinion).items()}
        if sum(map(len, row.values())) > MAX_CHARACTERS:
            raise StoreError("This conversation is too long to be kept with a vote. Ask in a new one.")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self.file, timeout=10)) as db, db:
                db.execute(TABLE)
                if db.execute("SELECT count(*) FROM feedback").fetchone()[0] >= MAX_ROWS:
                    raise StoreError(f"{self.file} holds {MAX_ROWS:,} votes. Export them and delete the file.")
                marks = ", ".join(f":{name}" for name in row)
                db.execute(f"INSERT OR REPLACE INTO feedback ({', '.join(row)}) VALUES ({marks})", row)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"{self.file} can't be written ({error}). Check the space on the disk, then try again."
            ) from error

    def opinions(self) -> Iterator[Opinion]:
        """Every vote, oldest first.

        Raises:
            StoreError: the file is damaged.
        """
        if not self.file.is_file():
            return
        try:
            with contextlib.closing(sqlite3.connect(self.file, timeout=10)) as db:
                db.row_factory = sqlite3.Row
                rows = [dict(row) for row in db.execute("SELECT * FROM feedback ORDER BY time, id")]
        except sqlite3.Error as error:
            raise StoreError(f"{self.file} can't be read ({error}). Move it away to begin anew.") from error
        for row in rows:
            more = {name: tuple(json.loads(row[name])) for name in ("history", "evidence")}
            yield Opinion(**{**row, **more})


def candidate(opinion: Opinion) -> dict[str, Any]:
    """A vote as a gold question still to be confirmed: who confirms it checks type, answers and evidence.

    What was praised brings its answer and its evidence along; what was blamed has neither, so that they are looked
    for anew.
    """
    o = opinion
    good = o.vote == "up"
    gold: dict[str, Any] = {
        "id": f"feedback-{o.id}",
        "lang": lang_of(o.question),
        "type": "unanswerable"
        if good and without_sources(o.answer) == o.answer
        else "followup"
        if o.history
        else "fact",
        "question": o.question,
        "answer_all": _wanted(o) if good else [],
        "evidence": [_place(place) for place in o.evidence] if good else [],
        "feedback": {"vote": o.vote, "comment": o.comment, "time": o.time, "answer": o.answer},
    }
    return gold | ({"history": list(o.history)} if o.history else {})


def _wanted(praised: Opinion) -> list[list[str]]:
    """The values that a praised answer sets in bold; else the first sentence that it quotes."""
    text = re.sub(r"\[\d+\]", "", without_sources(praised.answer)).replace("\\", "")
    values = [values for values in bold_values(text) if values and not values[0].endswith((":", "："))]
    return values if praised.evidence and values else [[place["quote"]] for place in praised.evidence[:1]]


def _place(kept: dict[str, Any]) -> dict[str, Any]:
    """Evidence as gold questions have it: exact words where they name the place, else characters of this very file."""
    names = ("doc", "start", "end", "sha256")
    return {"doc": kept["doc"], "quote": kept["raw"]} if kept.get("raw") else {name: kept[name] for name in names}


def export(
    store: Annotated[
        Path | None, typer.Option("--store", help="Folder of the index.", show_default="the default store")
    ] = None,
) -> None:
    """Print the chat's feedback as candidates for gold questions, one JSON object a line."""
    feedback = Feedback(store if store is not None else Config().store_path())
    if not feedback.file.is_file():
        raise StoreError(
            f"There is no feedback in {feedback.file}. Name the index that the chat ran on: --store FOLDER"
        )
    for opinion in feedback.opinions():
        sys.stdout.write(json.dumps(candidate(opinion), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    try:
        typer.run(export)
    except RagError as error:
        sys.exit(str(error))
