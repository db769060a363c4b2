"""Passage size and overlap by retrieval: `python tests/passage_size.py ARTICLES NEWS.jsonl.gz NEWS_QA.jsonl [DOCS]`.

Dense retrieval alone, without reader and reranking: the share of questions whose evidence lies in one of the first k
passages. A larger passage holds more evidence, so the characters that ten passages bring along are listed beside it.
"""

import gzip
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from rag.articles import read_articles
from rag.chunks import passages
from rag.clean import clean
from rag.config import CHECKOUT, Config
from rag.embed import make_embedder
from rag.evaluate import covers, default_gold, evidence_spans, read_gold
from rag.text import sentences
from rag.types import Article, Passage

SIZES = [(100, 0), (150, 0), (200, 0), (300, 0), (200, 1)]  # tokens, sentences of overlap


def overlapped(article: Article, found: list[Passage], count: int) -> list[Passage]:
    """Passages that begin `count` sentences earlier."""
    starts = [start for start, _ in sentences(article.text)]
    out = []
    for passage in found:
        before = [start for start in starts if start < passage.start][-count:] if count else []
        start = before[0] if before else passage.start
        out.append(replace(passage, start=start, text=article.text[start : passage.end]))
    return out


def ranks(questions: list[tuple[str, list[list[tuple[str, int, int]]]]], articles, budget, overlap, embedder):
    """For each question the rank of the first passage that holds evidence (0 = none), and the size of ten passages."""
    found = [p for article in articles for p in overlapped(article, passages(article, budget), overlap)]
    vectors = embedder.encode([f"{p.title}\n{p.text}" for p in found])
    asked = embedder.encode([question for question, _ in questions], query=True)
    order = np.argsort(-(asked @ vectors.T), axis=1, kind="stable")[:, :20]
    first = []
    for row, (_, needs) in zip(order, questions, strict=True):
        hits = [
            rank
            for rank, index in enumerate(row, 1)
            if any(covers((found[index].article_id, found[index].start, found[index].end), spans) for spans in needs)
        ]
        first.append(hits[0] if hits else 0)
    ten = float(np.mean([sum(len(found[i].text) for i in row[:10]) for row in order]))
    return np.asarray(first), ten, len(found)


def news(file: Path, qa: Path, docs: int) -> tuple[list[Article], list[tuple[str, list]]]:
    from cleaning import record

    rows = [row for line in qa.read_text("utf-8").splitlines() if (row := json.loads(line))["answer"]]
    wanted = sorted({row["doc"] for row in rows})[:docs]
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        items = {item["id"]: item for line in lines if (item := json.loads(line))["id"] in set(wanted)}
    articles = {name: clean(record(items[name])) for name in wanted}
    asked = []
    for row in rows:
        article = articles.get(row["doc"])
        start = article.text.find(row["answer"]) if article else -1
        if article and start >= 0:
            asked.append((row["question"], [[(article.id, start, start + len(row["answer"]))]]))
    return list(articles.values()), asked


def main() -> None:
    folder, file, qa = map(Path, sys.argv[1:4])
    embedder = make_embedder(Config())
    sets = {}
    for name, root in (("five", folder), ("demo", CHECKOUT / "store" / "articles")):
        articles = [clean(article) for article in read_articles([root])]
        gold = [g for g in read_gold(default_gold(articles)) if g.type != "unanswerable" and not g.history]
        sets[name] = articles, [(g.question, [s for s in evidence_spans(g, articles) if s]) for g in gold]
    sets["news"] = news(file, qa, int(sys.argv[4]) if len(sys.argv) > 4 else 200)
    print("| set | tokens | overlap | passages | hit@1 | hit@5 | hit@10 | MRR | characters in ten |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, (articles, questions) in sets.items():
        for budget, overlap in SIZES:
            began = time.perf_counter()
            first, ten, count = ranks(questions, articles, budget, overlap, embedder)
            hits = [float(np.mean((first > 0) & (first <= k))) for k in (1, 5, 10)]
            mrr = float(np.mean([1 / r if r else 0.0 for r in first]))
            cells = [
                name,
                budget,
                f"{overlap} sentences",
                count,
                *(f"{h:.3f}" for h in hits),
                f"{mrr:.3f}",
                f"{ten:,.0f}",
            ]
            print("| " + " | ".join(map(str, cells)) + " |", flush=True)
            print(f"  {len(questions)} questions, {time.perf_counter() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
