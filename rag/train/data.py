"""Public questions with their passages, split by document into training and held-out parts."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Context:
    """A passage of training text."""

    source: str
    group: str  # documents are held out by group
    text: str
    title: str = ""
    number: int = -1  # place in its file: XQuAD's two languages have the same text at the same place

    @property
    def held_out(self) -> bool:
        """XQuAD by its agreed split (articles 17–24), the others by a hash of the group."""
        if self.source.startswith("xquad"):
            return int(self.group.rpartition("-")[2]) >= 16
        return zlib.crc32(f"{self.source}/{self.group}".encode()) % 5 == 0

    @property
    def calibrates(self) -> bool:
        """The half of the held-out part that fits the calibration."""
        return zlib.crc32(f"half/{self.source}/{self.group}".encode()) % 2 == 0


@dataclass(frozen=True)
class Example:
    """A question, its passage, and where its answer stands (None: the passage doesn't say)."""

    question: str
    context: int
    answer: tuple[int, int] | None
    slice: str

    @property
    def answer_start(self) -> int | None:
        """First character of the answer."""
        return self.answer[0] if self.answer else None


def _answer(text: str, start: int, answer: str) -> tuple[int, int] | None:
    if text[start : start + len(answer)] != answer:
        start = text.find(answer)  # some offsets are off; repair or skip
    return (start, start + len(answer)) if start >= 0 and answer else None


def read_data(folder: Path, own: Path | None = None) -> tuple[list[Context], list[Example]]:
    """Every context and question of the data folder, and of `own`: questions written for this project.

    `own` holds news_questions.jsonl (questions on items of the news file, answers as offsets) and
    english_articles.jsonl (invented articles with their questions).
    """
    contexts: list[Context] = []
    examples: list[Example] = []
    by_id: dict[tuple[str, str], Example] = {}
    for name, short in (
        ("drcd_dev", "drcd"),
        ("drcd_test", "drcd"),
        ("cmrc2018_dev", "cmrc"),
        ("cmrc2018_trial", "cmrc"),
        ("xquad_zh_first24", "xquad-zh"),
        ("xquad_en_first24", "xquad-en"),
    ):
        data = json.loads((folder / f"{name}.json").read_text("utf-8"))["data"]
        for group, article in enumerate(data):
            for paragraph in article["paragraphs"]:
                place = sum(c.source == short for c in contexts)
                text = paragraph["context"]
                contexts.append(Context(short, f"{name}-{group}", text, article.get("title") or "", place))
                for question in paragraph["qas"]:
                    first = question["answers"][0]
                    answer = _answer(text, first["answer_start"], first["text"])
                    if answer is None:
                        continue
                    example = Example(question["question"], len(contexts) - 1, answer, short)
                    examples.append(example)
                    by_id[name, str(question["id"])] = example
    for line in (folder / "questions_en.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        original = by_id.get((row["file"], str(row["id"])))
        if original:
            examples.append(Example(row["en"], original.context, original.answer, "en→zh"))
    for (name, number), original in list(by_id.items()):
        parallel = by_id.get(("xquad_zh_first24", number))
        if name == "xquad_en_first24" and parallel:
            examples.append(Example(original.question, parallel.context, parallel.answer, "xquad en→zh"))
            examples.append(Example(parallel.question, original.context, original.answer, "xquad zh→en"))
    questions = _rows(folder / "news_qa.jsonl")
    mine = _rows(own / "news_questions.jsonl") if own else []
    wanted = {row["doc"] for row in [*questions, *mine]}
    documents: dict[str, int] = {}
    with gzip.open(folder / "news_zh_20k.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["id"] in wanted:
                documents[row["id"]] = len(contexts)
                contexts.append(Context("news", row["id"], row["text"]))
    for row in questions:
        context = documents[row["doc"]]
        answer = _answer(contexts[context].text, 0, row["answer"]) if row["answer"] else None
        if answer or not row["answer"]:
            examples.append(Example(row["question"], context, answer, f"news {row['lang']}"))
    for row in mine:
        examples.append(Example(row["question"], documents[row["doc"]], _span(row), f"news {row['lang']}"))
    for article in _rows(own / "english_articles.jsonl") if own else []:
        contexts.append(Context("invented", article["id"], article["text"], article["title"]))
        for row in article["questions"]:
            examples.append(Example(row["question"], len(contexts) - 1, _span(row), f"invented {row['lang']}→en"))
    return contexts, examples


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def _span(row: dict[str, Any]) -> tuple[int, int] | None:
    return None if row["start"] is None else (row["start"], row["end"])
