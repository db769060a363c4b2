"""Public question sets: SQuAD files (XQuAD, DRCD, CMRC 2018 …) and BEIR folders.

Retrieval is open: every context (or document) of the set is an article of one index, and each question has to find
its own among all of them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.engine import RagEngine
from rag.errors import GoldError
from rag.evaluate.judge import Case
from rag.gold import Evidence, Gold, lang_of
from rag.gold.evidence import in_clean_text
from rag.text import sentences

CORPUS = "contexts.jsonl"


@dataclass(frozen=True)
class Document:
    """One context or document of a set."""

    title: str
    text: str


@dataclass(frozen=True)
class Dataset:
    """A public set: documents, and questions whose evidence names them by number."""

    name: str
    documents: tuple[Document, ...]
    gold: tuple[Gold, ...]
    grades: dict[str, dict[str, int]] | None  # BEIR: question id → source of an article → how relevant it is
    left_out: int  # questions that can't be used: no answer, or none that stands in the context

    def write(self, folder: Path) -> None:
        """The documents as a dump that `build` reads; document n becomes the article `contexts.jsonl#n`."""
        with (folder / CORPUS).open("w", encoding="utf-8") as file:
            for document in self.documents:
                file.write(json.dumps({"title": document.title, "text": document.text}, ensure_ascii=False) + "\n")

    def cases(self, engine: RagEngine) -> list[Case]:
        """The questions with their evidence in the clean texts of an index of this set.

        Raises:
            GoldError: the index is not of this set.
        """
        articles = {article.source: article for article in engine.articles()}
        cases = []
        for gold in self.gold:
            if self.grades is not None:
                grades = self.grades[gold.id]
                cases.append(Case(gold, (), {articles[s].id: n for s, n in grades.items() if s in articles}))
                continue
            place = gold.evidence[0]
            article = articles.get(place.doc)
            if article is None or place.start is None or place.end is None:
                raise GoldError(f"{place.doc} of {self.name} is not in this index. Build a fresh one: another --store")
            span = in_clean_text(article, place.start, place.end)
            cases.append(Case(gold, ((((article.id, *span),) if span else ()),)))
        return cases


def read_dataset(name: str, questions: Path | None = None, limit: int | None = None) -> Dataset:
    """A set by its name on the command line: `squad:FILE` or `beir:FOLDER`.

    Args:
        name: format and path.
        questions: other wordings of the questions, joined by id: a SQuAD file, or JSONL with `id` and `question`.
        limit: at most so many questions, evenly spread; all documents stay.

    Raises:
        GoldError: the name, a file or the limit is not as it should be.
    """
    kind, _, path = name.partition(":")
    if kind not in {"squad", "beir"} or not path:
        raise GoldError(f"{name!r} names no data set. Say squad:FILE or beir:FOLDER")
    if limit is not None and limit < 1:
        raise GoldError(f"The limit is {limit}; ask at least one question.")
    try:
        found = _squad(Path(path), questions) if kind == "squad" else _beir(Path(path))
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"The data set {name} can't be read: {error}") from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        shape = "SQuAD format" if kind == "squad" else "BEIR format (corpus.jsonl, queries.jsonl, qrels/test.tsv)"
        raise GoldError(f"{path} is not in {shape}: {type(error).__name__}: {error}") from None
    if not found.gold:
        raise GoldError(f"{name} holds no question that can be used.")
    if limit is None or limit >= len(found.gold):
        return found
    chosen = tuple(found.gold[n * len(found.gold) // limit] for n in range(limit))
    return Dataset(found.name, found.documents, chosen, found.grades, found.left_out)


# ── SQuAD ──────────────────────────────────────────────────────────────────────────────────────


def _squad(path: Path, questions: Path | None) -> Dataset:
    other = _wordings(questions, path.stem) if questions else None
    documents: list[Document] = []
    gold: list[Gold] = []
    left_out = 0
    for title, context, qas in _paragraphs(json.loads(path.read_text("utf-8"))):
        documents.append(Document(title, context))
        for qa in qas:
            question = other.get(str(qa["id"])) if other is not None else qa["question"]
            if question is None:  # not among the other wordings
                continue
            span = _answer_span(qa, context)
            if span is None or not question.strip():
                left_out += 1
                continue
            gold.append(_gold(str(qa["id"]), question, qa, len(documents), context, span))
    return Dataset(path.stem, tuple(documents), tuple(gold), None, left_out)


def _paragraphs(data: Mapping[str, Any]) -> Iterator[tuple[str, str, Sequence[Mapping[str, Any]]]]:
    for article in data["data"]:
        for paragraph in article["paragraphs"]:
            yield str(article.get("title") or "").replace("_", " "), paragraph["context"], paragraph["qas"]


def _answer_span(qa: Mapping[str, Any], context: str) -> tuple[int, int] | None:
    """Where the first answer stands; offsets that are off are put right where the text stands nearby."""
    if qa.get("is_impossible") or not qa.get("answers"):
        return None
    text, start = qa["answers"][0]["text"], int(qa["answers"][0]["answer_start"])
    if not text.strip():
        return None
    if context[start : start + len(text)] == text:
        return start, start + len(text)
    starts = [n for n in range(len(context)) if context.startswith(text, n)]
    nearest = min(starts, key=lambda n: abs(n - start), default=None)
    return None if nearest is None else (nearest, nearest + len(text))


def _gold(name: str, question: str, qa: Mapping[str, Any], number: int, context: str, span: tuple[int, int]) -> Gold:
    # A short answer may stand in several places of a text; its sentence does not.
    around = [(a, b) for a, b in sentences(context) if a < span[1] and b > span[0]]
    start, end = min(around[0][0], span[0]), max(around[-1][1], span[1])
    return Gold(
        id=name,
        lang=lang_of(question),
        type="fact",
        question=question,
        answer_all=(tuple(dict.fromkeys(a["text"] for a in qa["answers"] if a["text"].strip())),),
        evidence=(Evidence(doc=f"{CORPUS}#{number}", start=start, end=end),),
    )


def _wordings(path: Path, stem: str) -> dict[str, str]:
    """Question id → wording: of a SQuAD file, or of JSONL with `id` and `question`, `en` or `zh`."""
    if path.suffix == ".json":
        paragraphs = _paragraphs(json.loads(path.read_text("utf-8")))
        return {str(qa["id"]): qa["question"] for *_, qas in paragraphs for qa in qas}
    out = {}
    for line in filter(str.strip, path.read_text("utf-8").split("\n")):
        row = json.loads(line)
        if row.get("file", stem) == stem:
            out[str(row["id"])] = next(row[key] for key in ("question", "en", "zh") if key in row)
    return out


# ── BEIR ───────────────────────────────────────────────────────────────────────────────────────


def _beir(folder: Path) -> Dataset:
    numbers: dict[str, int] = {}
    documents = []
    for row in _rows(folder / "corpus.jsonl"):
        documents.append(Document(str(row.get("title") or ""), row["text"]))
        numbers[str(row["_id"])] = len(documents)
    grades: dict[str, dict[str, int]] = {}
    names: dict[str, list[str]] = {}
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            query, document, grade = row["query-id"], row["corpus-id"], int(row["score"])
            if grade > 0 and document in numbers:
                grades.setdefault(query, {})[f"{CORPUS}#{numbers[document]}"] = grade
                names.setdefault(query, []).append(document)
    gold, left_out = [], 0
    for row in _rows(folder / "queries.jsonl"):
        query, text = str(row["_id"]), row["text"]
        if query not in grades:  # of another split, or nothing of the corpus is relevant
            left_out += 1
            continue
        gold.append(Gold(id=query, lang=lang_of(text), type="what", question=text, answer_all=(tuple(names[query]),)))
    return Dataset(folder.name, tuple(documents), tuple(gold), grades, left_out)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)
