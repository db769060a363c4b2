"""Is a gold file sound? Format, places, answers, leaks and coverage, each finding with its line."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from rag.articles import read_articles
from rag.clean import clean
from rag.config import CHECKOUT, shipped
from rag.errors import GoldError
from rag.gold.evidence import in_clean_text, locate_place
from rag.gold.questions import LANGUAGES, TYPES, Gold, Place, read_lines
from rag.metrics import squeeze
from rag.text import CJK, fold_text, language
from rag.types import Article

LEAK_ZH, LEAK_EN = 16, 48  # characters in a row that only a copy has in common with an article
LONG = 400  # characters of evidence beyond which a passage covers it only by luck
SHORT = 2
Level = Literal["error", "warning"]
Said = tuple[Level, str]
THIRDS = ("begin", "middle", "end")
FREE = {"why", "yesno", "list", "multi", "conflict"}  # types whose answers need not be words of the evidence


@dataclass(frozen=True)
class Finding:
    """Something about one line (or, without a line, about a whole file)."""

    file: Path
    line: int | None
    id: str
    level: Level
    message: str

    def __str__(self) -> str:
        where = f"{self.file}" if self.line is None else f"{self.file}, line {self.line}"
        return f"{where}{f' ({self.id})' if self.id else ''}: {self.message}"


@dataclass(frozen=True)
class Coverage:
    """How a gold set is spread: counts of questions."""

    by_language: dict[str, int]
    by_type: dict[str, int]
    by_article: dict[str, dict[str, int]]  # source → third of the article that the evidence stands in → questions


def read_cleaned(folders: Iterable[Path]) -> list[Article]:
    """Articles as an index would hold them, without making one.

    Raises:
        ArticleError: a folder is missing or holds no article.
    """
    return [clean(article) for article in read_articles(folders, on_skip=lambda path, reason: None)]


def find_articles(gold: Sequence[Gold]) -> Path:
    """Where the articles of a gold set are: the demo corpus, $RAG_ARTICLES, or ../shared/articles beside a checkout.

    Raises:
        GoldError: in none of these places.
    """
    docs = {doc for one in gold for doc in one.docs}
    given = os.environ.get("RAG_ARTICLES")
    folders = [shipped("articles"), Path(given) if given else CHECKOUT.parent / "shared" / "articles"]
    for folder in folders:
        names = [path.name for path in folder.glob("*")]
        if docs and all(any(name.startswith(doc) for name in names) for doc in docs):
            return folder
    raise GoldError(
        "The articles of this gold file are neither the demo articles nor in $RAG_ARTICLES. Say where they are: "
        "--articles FOLDER"
    )


def check(paths: Sequence[Path], articles: Sequence[Article]) -> tuple[list[Finding], list[Gold]]:
    """Every finding on these gold files against their articles, and the questions that could be read.

    Raises:
        GoldError: a file can't be read at all.
    """
    findings: list[Finding] = []
    read: list[tuple[Path, int, Gold]] = []
    for path in paths:
        for number, found in read_lines(path):
            if isinstance(found, GoldError):
                findings.append(Finding(path, number, "", "error", str(found)))
            else:
                read.append((path, number, found))
    by_id: dict[str, str] = {}
    by_question: dict[str, str] = {}
    trained = training_questions()
    for path, number, gold in read:
        here = f"{path.name}, line {number}"
        said = [*form_problems(gold), *_places(gold, articles), *_copies(gold, articles)]
        if gold.id in by_id:
            said.append(("error", f"the id is there twice (first {by_id[gold.id]})"))
        asked = "\n".join(map(squeeze, (*gold.history, gold.question)))
        if asked in by_question:
            said.append(("error", f"the same question stands in {by_question[asked]}"))
        if squeeze(gold.question) in trained:
            said.append(("error", "the reader was trained on this question (store/training)"))
        by_id.setdefault(gold.id, here)
        by_question.setdefault(asked, here)
        findings += [Finding(path, number, gold.id, level, message) for level, message in said]
    return findings, [gold for _, _, gold in read]


def form_problems(gold: Gold) -> Iterable[Said]:
    """What the format allows and the type does not."""
    if gold.answerable and not gold.evidence:
        yield "error", "an answerable question needs evidence"
    if not gold.answerable and bool(gold.evidence) != bool(gold.correction):
        yield "error", "an unanswerable question has evidence only for the correction of its premise, and then needs it"
    if gold.type == "followup" and not gold.history:
        yield "error", "follow-ups need a history"
    if gold.history and gold.type not in {"followup", "unanswerable"}:
        yield "error", "only follow-ups and unanswerable questions have a history"
    if (language(gold.question) == "en") != (gold.lang == "en"):
        yield "warning", f"lang is {gold.lang}, but the question looks otherwise"
    if gold.type in {"multi", "conflict"} and len(gold.answer_all) < 2:
        yield "warning", f"a {gold.type} question usually needs more than one group of answers"
    asked = squeeze(gold.question)
    for group in gold.answer_all:
        told = [text for text in group if squeeze(text) in asked]
        if told and gold.type not in {"yesno", "alias"}:
            yield "warning", f"the question says the answer: {', '.join(told)}"


def _places(gold: Gold, articles: Sequence[Article]) -> Iterable[Said]:
    """Whether the evidence is where it says, survives cleaning, and holds the answers."""
    texts = []
    for item in gold.evidence:
        lost = []
        for place in item.places:
            if place.quote is not None and place.sha256 is not None:
                yield "error", "evidence with a sha256 is on an article that is not ours: give start and end, no quote"
            if place.quote is None and place.sha256 is None:
                yield "error", "start and end need the file's sha256"
            try:
                article, start, end = locate_place(gold.id, place, articles)
            except GoldError as error:
                yield "error", str(error).removeprefix(f"Gold {gold.id}: ")
                continue
            span = article.raw[start:end]
            texts.append(span)
            at = f"{start}:{end} of {article.source}"
            if span != span.strip():
                yield "warning", f"{at} begins or ends with white space"
            if len(span) < SHORT:
                yield "warning", f"{at} has {len(span)} characters, too few to be evidence"
            if len(span) > LONG:
                yield "warning", f"{at} has {len(span)} characters; choose the sentence that says it"
            if in_clean_text(article, start, end) is None:
                lost.append(at)
        level: Level = "error" if len(lost) == len(item.places) else "warning"
        for at in lost:
            yield level, f"{at} is not in the clean text: cleaning takes it out, or it runs across what goes"
    said = squeeze("\n".join(texts))
    for number, group in enumerate(gold.answer_all, start=1):
        if texts and gold.type not in FREE and not any(squeeze(text) in said for text in group):
            yield "warning", f"no string of group {number} ({' / '.join(group)}) stands in the evidence"


def _copies(gold: Gold, articles: Sequence[Article]) -> Iterable[Said]:
    """Sentences of articles that are not ours must not stand in the project."""
    if not any(place.sha256 for item in gold.evidence for place in item.places) and gold.evidence:
        return
    ours = {path.name for path in shipped("articles").glob("*")}
    foreign = [a for a in articles if a.source.rsplit("/", 1)[-1] not in ours]
    for text in (gold.question, *gold.history, *(string for group in gold.answer_all for string in group)):
        for article in foreign:
            copied = longest_copy(text, article.raw)
            if copied:
                yield "error", f"{copied!r} is copied from {article.source}"
                break


def longest_copy(text: str, source: str) -> str | None:
    """A stretch of the folded text so long that only a copy has it in common with the source; None without one."""
    folded, inside = fold_text(text), _folded(source)
    for at in range(len(folded)):
        piece = folded[at : at + LEAK_ZH]
        if len(piece) == LEAK_ZH and sum(map(_chinese, piece)) > LEAK_ZH // 2 and piece in inside:
            return piece
        piece = folded[at : at + LEAK_EN]
        if len(piece) == LEAK_EN and piece in inside:
            return piece
    return None


@lru_cache(maxsize=64)
def _folded(text: str) -> str:
    return fold_text(text)


@lru_cache(maxsize=4096)
def _chinese(char: str) -> bool:
    return re.match(f"[{CJK}]", char) is not None


@lru_cache(maxsize=1)
def training_questions() -> frozenset[str]:
    """The questions of store/training, squeezed; none where that folder did not come along."""
    out: set[str] = set()
    for file in sorted((CHECKOUT / "store" / "training").glob("*.jsonl")):
        for line in file.read_text("utf-8").split("\n"):
            row = json.loads(line or "{}")
            for item in row.get("questions") or [row]:
                out.update(squeeze(item[key]) for key in ("question", "en", "zh") if isinstance(item.get(key), str))
    return frozenset(out)


def coverage(gold: Sequence[Gold], articles: Sequence[Article]) -> Coverage:
    """Questions by language, type, and third of each article that evidence stands in."""
    by_article: dict[str, Counter[str]] = {article.source: Counter() for article in articles}
    for one in gold:
        seen = set()
        for item in one.evidence:
            third = _third(one, item, articles)
            if third:
                seen.add(third)
        for source, part in seen:
            by_article[source][part] += 1
    languages = Counter(str(one.lang) for one in gold)
    types = Counter(str(one.type) for one in gold)
    return Coverage(
        {name: languages[name] for name in LANGUAGES},
        {name: types[name] for name in TYPES},
        {source: {third: counts[third] for third in THIRDS} for source, counts in by_article.items()},
    )


def _third(gold: Gold, place: Place, articles: Sequence[Article]) -> tuple[str, str] | None:
    """An article's source, and which third of its clean text a place stands in; None for a place that is wrong."""
    try:
        article, start, end = locate_place(gold.id, place, articles)
    except GoldError:
        return None
    span = in_clean_text(article, start, end)
    return (article.source, THIRDS[min(2, 3 * span[0] // len(article.text))]) if span else None
