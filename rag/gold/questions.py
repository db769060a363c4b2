"""One gold question a line: the model every line is held to, and files of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from rag.config import shipped
from rag.errors import GoldError
from rag.text import language, script
from rag.types import Article

Lang = Literal["en", "zh", "zh-Hant"]
Kind = Literal[
    "fact", "who", "what", "number", "date", "place", "why", "yesno", "list", "multi", "conflict", "alias",
    "followup", "unanswerable",
]  # fmt: skip
LANGUAGES: tuple[str, ...] = get_args(Lang)
TYPES: tuple[str, ...] = get_args(Kind)

Filled = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Strict):
    """Where a fact stands: characters of a raw file, or an exact quote from it."""

    doc: Filled = Field(description="how the file's name begins")
    quote: Filled | None = Field(default=None, description="exact characters of the raw file")
    start: int | None = Field(default=None, ge=0, description="first character of the raw file")
    end: int | None = Field(default=None, description="one past the last character")
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$", description="of the file's text in UTF-8")

    @model_validator(mode="after")
    def _quote_or_span(self) -> Place:
        span = self.start is not None and self.end is not None
        if (self.quote is None) == (not span) or (self.start is None) != (self.end is None):
            raise ValueError("each evidence needs doc and either quote or start and end")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("end must be greater than start")
        return self


class Evidence(Place):
    """One needed fact: a place, and others that would do as well."""

    alt: tuple[Place, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """The place itself, then the others."""
        return (self, *self.alt)


class Gold(_Strict):
    """One gold question."""

    id: Filled
    lang: Lang
    type: Kind
    question: Filled
    history: tuple[Filled, ...] = Field(default=(), description="the user's earlier questions, oldest first")
    answer_all: tuple[Annotated[tuple[Filled, ...], Field(min_length=1)], ...] = Field(
        default=(), description="right = each group has one of its strings in the answer"
    )
    correction: tuple[Annotated[tuple[Filled, ...], Field(min_length=1)], ...] = Field(
        default=(),
        description="of a wrong premise: saying this, cited, is as right as refusing",
    )
    evidence: tuple[Evidence, ...] = ()
    split: Literal["dev", "test"] | None = Field(
        default=None, description="dev: looked at while choosing settings; test: not"
    )

    @model_validator(mode="after")
    def _answers_fit_the_type(self) -> Gold:
        if (self.type == "unanswerable") != (not self.answer_all):
            raise ValueError("answer_all must be empty for unanswerable questions, and only for them")
        if self.correction and self.answerable:
            raise ValueError("correction is for unanswerable questions with a wrong premise")
        return self

    @property
    def answerable(self) -> bool:
        """Whether the articles answer it."""
        return self.type != "unanswerable"

    @property
    def docs(self) -> tuple[str, ...]:
        """The documents its evidence names, each once."""
        return tuple(dict.fromkeys(place.doc for item in self.evidence for place in item.places))

    @property
    def digest(self) -> str:
        """What identifies the question as it is now: changes with any of its fields."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:12]


def parse_gold(line: str) -> Gold:
    """One line of a gold file.

    Raises:
        GoldError: what is wrong with it; without file and line, which the caller knows.
    """
    try:
        return Gold.model_validate(json.loads(line))
    except ValidationError as error:
        raise GoldError("; ".join(map(plain_problem, error.errors()))) from None
    except ValueError as error:
        raise GoldError(f"not JSON ({error})") from None


def plain_problem(error: Any) -> str:
    """One of pydantic's findings as a clause."""
    where = ".".join(map(str, error["loc"]))
    if error["type"] == "missing":
        return f"{where} is missing"
    if error["type"] == "extra_forbidden":
        return f"there is no key {where!r} in the format"
    message = str(error["msg"]).removeprefix("Value error, ")
    if not where:
        return message
    if error["type"] == "literal_error":
        return f"{where} is {error['input']!r}, not one of {error['ctx']['expected']}"
    if "pattern" in error.get("ctx", {}) or error["type"] == "string_too_short":
        return f"{where} is empty" if not str(error["input"]).strip() else f"{where}: {message}"
    return f"{where} is {error['input']!r}: {message}"


def read_lines(path: Path) -> list[tuple[int, Gold | GoldError]]:
    """Every filled line of a gold file with its number: the question, or what is wrong with it.

    Raises:
        GoldError: the file can't be read.
    """
    try:
        lines = path.read_text("utf-8").split("\n")  # JSON strings may hold the other line breaks
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"The gold file {path} can't be read: {error}") from None
    out: list[tuple[int, Gold | GoldError]] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                out.append((number, parse_gold(line)))
            except GoldError as error:
                out.append((number, error))
    return out


def read_gold(paths: Iterable[str | Path]) -> list[Gold]:
    """Read gold files (JSONL).

    Raises:
        GoldError: a file is missing or lines do not follow the format; the message lists every such line.
    """
    out: list[Gold] = []
    first: dict[str, str] = {}
    problems: list[str] = []
    for path in map(Path, paths):
        for number, found in read_lines(path):
            where = f"{path}, line {number}"
            if isinstance(found, GoldError):
                problems.append(f"{where}: {found}.")
            elif found.id in first:
                problems.append(f"{where}: the id {found.id!r} is there twice (first {first[found.id]}).")
            else:
                first[found.id] = where
                out.append(found)
    if problems:
        raise GoldError("\n".join(problems))
    if not out:
        raise GoldError("The gold files hold no question.")
    return out


def lang_of(question: str) -> Lang:
    """A question's language as gold files name it."""
    return "en" if language(question) == "en" else "zh-Hant" if script(question) == "Hant" else "zh"


def names_doc(article: Article, doc: str) -> bool:
    """Whether a gold question means this article.

    `doc` is how its file's name begins, all of `dump.jsonl#3`, or the end of its path, `2025/index.html`.
    """
    return _means(article.source, doc)


def _means(source: str, doc: str) -> bool:
    if "/" in doc:
        return f"/{source}".endswith(f"/{doc}")
    name = PurePosixPath(source).name
    return name == doc if "#" in doc else name.startswith(doc)


def doc_of(source: str, sources: Iterable[str]) -> str:
    """How gold questions name the article of this path: by its file's name, or by as much of the path as it takes."""
    parts, others = source.split("/"), [other for other in sources if other != source]
    ends = ("/".join(parts[-kept:]) for kept in range(1, len(parts)))
    return next((doc for doc in ends if not any(_means(other, doc) for other in others)), source)


def default_gold(articles: Sequence[Article]) -> list[Path]:
    """The shipped gold files whose documents are all among these articles.

    Raises:
        GoldError: none fits.
    """
    fitting = []
    for file in sorted(shipped("gold").glob("*.jsonl")):
        docs = {doc for gold in read_gold([file]) for doc in gold.docs}
        if docs and all(any(names_doc(article, doc) for article in articles) for doc in docs):
            fitting.append(file)
    if not fitting:
        raise GoldError("None of the shipped gold files belongs to these articles. Give your own: --gold FILE")
    return fitting
