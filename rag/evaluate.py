"""Gold questions → figures: retrieval, answers, citations, abstention, conflicts, latency; over all and by slice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from rag import metrics
from rag.chat import standalone
from rag.cite import locate
from rag.clean.markup import plain_lines
from rag.config import shipped
from rag.engine import RagEngine
from rag.errors import GoldError
from rag.types import Answer, Article, Citation, Passage, Record

LANGUAGES = ("en", "zh", "zh-Hant")
TYPES = (
    "fact", "who", "what", "number", "date", "place", "why", "yesno", "list", "multi", "conflict", "alias",
    "followup", "unanswerable",
)  # fmt: skip
COVERED = 0.8  # share of an evidence sentence that a passage or citation must cover

Span = tuple[str, int, int]  # article id, start, end in its clean text


@dataclass(frozen=True)
class Gold(Record):
    """One gold question."""

    id: str
    lang: str
    type: str
    question: str
    history: tuple[str, ...] = ()
    answer_all: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Result(Record):
    """One gold question, answered and judged. Figures that don't apply are None."""

    gold: Gold
    answer: Answer
    right: bool
    figures: dict[str, float | None]
    documents: tuple[str, ...]  # sources the evidence stands in


@dataclass(frozen=True)
class Report(Record):
    """What an evaluation found: `tables[slice][value]` → figures."""

    results: tuple[Result, ...]
    tables: dict[str, dict[str, dict[str, float | None]]] = field(default_factory=dict)


def read_gold(paths: Iterable[str | Path]) -> list[Gold]:
    """Read gold files (JSONL).

    Raises:
        GoldError: a file is missing or a line does not follow the format; the message names file and line.
    """
    out: list[Gold] = []
    seen: set[str] = set()
    for path in map(Path, paths):
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise GoldError(f"The gold file {path} can't be read: {error}") from None
        for number, line in enumerate(lines, start=1):
            if line.strip():
                gold = _parse(line, f"{path}, line {number}")
                if gold.id in seen:
                    raise GoldError(f"{path}, line {number}: the id {gold.id!r} is there twice.")
                seen.add(gold.id)
                out.append(gold)
    if not out:
        raise GoldError("The gold files hold no question.")
    return out


def _parse(line: str, where: str) -> Gold:
    try:
        row = json.loads(line)
        gold = Gold(
            id=str(row["id"]),
            lang=row["lang"],
            type=row["type"],
            question=row["question"],
            history=tuple(row.get("history") or ()),
            answer_all=tuple(tuple(group) for group in row["answer_all"]),
            evidence=tuple(row["evidence"]),
        )
    except (ValueError, TypeError) as error:
        raise GoldError(f"{where}: not a gold question in JSON ({error}).") from None
    except KeyError as error:
        raise GoldError(f"{where}: {error} is missing.") from None
    problems = []
    if gold.lang not in LANGUAGES:
        problems.append(f"lang is {gold.lang!r}, not one of {', '.join(LANGUAGES)}")
    if gold.type not in TYPES:
        problems.append(f"type is {gold.type!r}, not one of {', '.join(TYPES)}")
    if not isinstance(gold.question, str) or not gold.question.strip():
        problems.append("the question is empty")
    if (gold.type == "unanswerable") != (not gold.answer_all):
        problems.append("answer_all must be empty for unanswerable questions, and only for them")
    for item in gold.evidence:
        for place in (item, *item.get("alt", ())):
            if "doc" not in place or not ("quote" in place or {"start", "end"} <= place.keys()):
                problems.append("each evidence needs doc and either quote or start and end")
    if problems:
        raise GoldError(f"{where}: {'; '.join(problems)}.")
    return gold


# ── evidence ───────────────────────────────────────────────────────────────────────────────────


def evidence_spans(gold: Gold, articles: Sequence[Article]) -> list[list[Span]]:
    """For each needed piece of evidence, the places in clean texts that hold it.

    Raises:
        GoldError: a document is not indexed, its file is another version, or the quote is not in it.
    """
    return [
        [span for place in (item, *item.get("alt", ())) for span in _places(gold, place, articles)]
        for item in gold.evidence
    ]


def _places(gold: Gold, place: dict[str, Any], articles: Sequence[Article]) -> list[Span]:
    matching = [a for a in articles if PurePosixPath(a.source).name.startswith(place["doc"])]
    if len(matching) != 1:
        raise GoldError(
            f"Gold {gold.id}: {place['doc']!r} names {len(matching)} of the indexed articles, it must name one. "
            "Is this the gold file of this store?"
        )
    article = matching[0]
    if "sha256" in place and sha256(article.raw.encode("utf-8")).hexdigest() != place["sha256"]:
        raise GoldError(f"Gold {gold.id}: {article.source} is not the version the gold was written for.")
    if "quote" in place:
        start = article.raw.find(place["quote"])
        end = start + len(place["quote"])
        if start < 0:
            raise GoldError(f"Gold {gold.id}: the evidence quote is not in {article.source}.")
    else:
        start, end = place["start"], place["end"]
        if not 0 <= start < end <= len(article.raw):
            raise GoldError(f"Gold {gold.id}: {start}:{end} lies outside {article.source}.")
    text = " ".join(line.text for line in plain_lines(article.raw[start:end]).lines)
    # By text, not by offset: of a text that stands twice in the file, cleaning keeps one.
    found = locate(text, article.text)
    return [(article.id, *found)] if found else []


def covers(article_id: str, start: int, end: int, spans: Sequence[Span]) -> bool:
    """Whether a stretch of an article covers one of the evidence spans (at least COVERED of it)."""
    return any(article_id == a and min(end, e) - max(start, s) >= COVERED * (e - s) for a, s, e in spans)


def _proves(citation: Citation, article: Article, spans: Sequence[Span]) -> bool:
    start = article.text.find(citation.context, max(0, citation.start - len(citation.context)))
    end = start + len(citation.context)
    # A sentence inside a longer evidence proves as well as one around it.
    inside = any(
        citation.article_id == a and min(end, e) - max(start, s) >= COVERED * (end - start) for a, s, e in spans
    )
    return inside or covers(citation.article_id, start, end, spans)


# ── judging ────────────────────────────────────────────────────────────────────────────────────


def judge(gold: Gold, answer: Answer, retrieved: Sequence[Passage], articles: Sequence[Article]) -> Result:
    """Compare one answer with its gold."""
    by_id = {a.id: a for a in articles}
    needs = evidence_spans(gold, articles)
    said = "\n".join([answer.text.replace("\\", ""), *(c.quote for c in answer.citations)])
    answerable = gold.type != "unanswerable"
    right = answer.answered and metrics.groups_found(gold.answer_all, said) if answerable else not answer.answered
    figures: dict[str, float | None] = {"accuracy": float(right), "latency": answer.timings.get("total", 0.0)}
    if answerable:
        figures["refused"] = float(not answer.answered)
        relevant = [any(covers(p.article_id, p.start, p.end, spans) for spans in needs) for p in retrieved]
        left, gains = list(needs), []
        for p in retrieved:
            new = [spans for spans in left if covers(p.article_id, p.start, p.end, spans)]
            left = [spans for spans in left if spans not in new]
            gains.append(float(bool(new)))
        figures |= {
            "hit@1": metrics.hit_at(relevant, 1),
            "hit@5": metrics.hit_at(relevant, 5),
            "hit@10": metrics.hit_at(relevant, 10),
            "mrr": metrics.reciprocal_rank(relevant),
            "ndcg@10": metrics.ndcg_at(gains, len(needs), 10),
        }
        final = [any(covers(p.article_id, p.start, p.end, spans) for spans in needs) for p in answer.passages]
        figures |= {"reranked hit@1": metrics.hit_at(final, 1), "reranked mrr": metrics.reciprocal_rank(final)}
        flat = [span for spans in needs for span in spans]
        if answer.answered:
            proofs = [_proves(c, by_id[c.article_id], flat) for c in answer.citations]
            figures["citation precision"] = sum(proofs) / len(proofs) if proofs else 0.0
            met = [any(_proves(c, by_id[c.article_id], spans) for c in answer.citations) for spans in needs]
            figures["citation recall"] = sum(met) / len(met) if met else None
            gold_text = " ".join(by_id[spans[0][0]].text[spans[0][1] : spans[0][2]] for spans in needs if spans)
            figures["character f1"] = metrics.character_f1(" ".join(c.quote for c in answer.citations), gold_text)
    else:
        figures["refused unanswerable"] = float(not answer.answered)
    if not answer.answered:
        figures["refusal right"] = float(not answerable)
    if gold.type == "conflict":
        shown = [
            " ".join([claim.value, *(answer.citations[n - 1].quote for n in claim.citations)])
            for conflict in answer.conflicts
            for claim in conflict.claims
        ]
        figures["conflict recall"] = float(
            bool(shown) and all(any(metrics.groups_found([g], s) for s in shown) for g in gold.answer_all)
        )
    elif answerable:
        figures["false conflict"] = float(bool(answer.conflicts))
    documents = tuple(dict.fromkeys(by_id[span[0]].source for spans in needs for span in spans[:1]))
    return Result(gold, answer, right, figures, documents)


def summarise(results: Sequence[Result]) -> dict[str, float | None]:
    """The mean of every figure over the results it applies to; latency as percentiles in seconds."""
    names = list(dict.fromkeys(name for r in results for name in r.figures if name != "latency"))
    out: dict[str, float | None] = {"n": float(len(results))}
    for name in names:
        out[name] = metrics.mean([v for r in results if (v := r.figures.get(name)) is not None])
    latency = [r.figures["latency"] or 0.0 for r in results]
    return out | {"p50": metrics.percentile(latency, 0.5), "p95": metrics.percentile(latency, 0.95)}


def evaluate(engine: RagEngine, gold: Sequence[Gold], *, progress: Callable[[int, int], None] | None = None) -> Report:
    """Ask every gold question and judge the answers.

    Raises:
        GoldError: the gold does not fit the articles of the store.
    """
    articles = engine.articles()
    for one in gold:
        evidence_spans(one, articles)  # all misfits are found before anything is asked
    engine.warm()
    results = []
    for done, one in enumerate(gold, start=1):
        answer = engine.ask(one.question, history=one.history)
        retrieved = engine.search(_searched(one, answer), k=10)
        results.append(judge(one, answer, retrieved, articles))
        if progress:
            progress(done, len(gold))
    return Report(tuple(results), _tables(results))


def _searched(gold: Gold, answer: Answer) -> str:
    """What the engine searched for: a follow-up in its full form."""
    return standalone(gold.question, gold.history) if gold.history else answer.question


def _tables(results: Sequence[Result]) -> dict[str, dict[str, dict[str, float | None]]]:
    slices: dict[str, Callable[[Result], Iterable[str]]] = {
        "all": lambda r: ["all"],
        "language": lambda r: [r.gold.lang],
        "type": lambda r: [r.gold.type],
        "article": lambda r: r.documents,
    }
    tables: dict[str, dict[str, dict[str, float | None]]] = {}
    for name, keys in slices.items():
        groups: dict[str, list[Result]] = {}
        for result in results:
            for key in keys(result):
                groups.setdefault(key, []).append(result)
        order = sorted(groups, key=lambda k: (LANGUAGES + TYPES).index(k) if k in LANGUAGES + TYPES else -1)
        tables[name] = {key: summarise(groups[key]) for key in (sorted(groups) if name == "article" else order)}
    return tables


def default_gold(articles: Sequence[Article]) -> list[Path]:
    """The shipped gold files whose documents are all among these articles.

    Raises:
        GoldError: none fits.
    """
    names = [PurePosixPath(a.source).name for a in articles]
    fitting = []
    for file in sorted(shipped("gold").glob("*.jsonl")):
        docs = {place["doc"] for gold in read_gold([file]) for place in gold.evidence}
        if all(any(name.startswith(doc) for name in names) for doc in docs):
            fitting.append(file)
    if not fitting:
        raise GoldError("None of the shipped gold files belongs to these articles. Give your own: --gold FILE")
    return fitting
