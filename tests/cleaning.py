"""How well cleaning tells reporting from page furniture: `python tests/cleaning.py ARTICLES NEWS.jsonl.gz [-v]`.

The labels in store/labels/cleaning.jsonl are places in articles that are not ours and not here.
"""

import gzip
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from rag.articles import read_articles
from rag.articles.records import document, to_article
from rag.clean import clean, shared_sentences
from rag.clean.markup import plain_lines
from rag.clean.metadata import front_matter
from rag.config import CHECKOUT
from rag.text import sentences
from rag.types import Article

LABELS = CHECKOUT / "store" / "labels" / "cleaning.jsonl"


@dataclass
class Counts:
    """Characters or sentences: rightly removed, wrongly removed, wrongly kept, rightly kept."""

    right: int = 0
    lost: int = 0
    missed: int = 0
    kept: int = 0

    def add(self, removed: bool, label: bool) -> None:
        name = {(True, True): "right", (True, False): "lost", (False, True): "missed", (False, False): "kept"}
        setattr(self, name[removed, label], getattr(self, name[removed, label]) + 1)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.lost)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)

    @property
    def reporting_lost(self) -> float:
        return self.lost / max(1, self.lost + self.kept)


def labels(split: str | None = None) -> list[dict]:
    rows = [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]
    return [row for row in rows if split in (None, row["split"])]


def record(item: dict) -> Article:
    """An item of the news file as an article."""
    return to_article(document(item["text"], date=item["date"]), f"{item['id']}.txt")


def labelled(articles: list[Article], split: str | None = None) -> Iterator[tuple[dict, Article]]:
    known = {article.source.removesuffix(".txt"): article for article in articles}
    for row in labels(split):
        article = known.get(row["doc"])
        if article is not None:
            assert sha256(article.raw.encode()).hexdigest() == row["sha256"], f"{row['doc']} is another text"
            yield row, article


def judge(row: dict, article: Article, shared: frozenset[str], chars: Counts, units: Counts) -> dict[str, str]:
    """Count what cleaning did to one article; returns what went wrong, for reading."""
    cleaned = clean(article, shared)
    left = set()
    for s in cleaned.alignment:
        if cleaned.text[s.start : s.end] != "\n":
            left.update(range(s.raw_start, s.raw_end))
    removed = {at for start, end in row["removed"] for at in range(start, end)}
    either = {at for start, end in row["either"] for at in range(start, end)}
    wrong: dict[str, list[str]] = {"lost": [], "missed": []}
    _, body = front_matter(article.raw)
    for line in plain_lines(article.raw, body).lines:
        for start, end in sentences(line.text):
            places = [origin[0] for origin in line.origins[start:end] if not article.raw[origin[0]].isspace()]
            judged = [at for at in places if at not in either]
            for at in judged:
                chars.add(at not in left, at in removed)
                if (at not in left) != (at in removed):
                    wrong["missed" if at in removed else "lost"].append(article.raw[at])
            if len(judged) > len(places) / 2:
                gone = sum(at not in left for at in judged) > len(judged) / 2
                units.add(gone, sum(at in removed for at in judged) > len(judged) / 2)
        for pieces in wrong.values():
            if pieces and pieces[-1] != " ":
                pieces.append(" ")
    return {kind: "".join(pieces) for kind, pieces in wrong.items() if pieces}


def measure(
    articles: list[Article], shared: frozenset[str], split: str | None = None, show: bool = False
) -> tuple[int, Counts, Counts]:
    """How many articles, and the counts by characters and by sentences."""
    chars, units, count = Counts(), Counts(), 0
    for row, article in labelled(articles, split):
        count += 1
        wrong = judge(row, article, shared, chars, units)
        if show and wrong:
            print(row["doc"], wrong)
    return count, chars, units


def read(folder: Path, news: Path) -> tuple[list[Article], frozenset[str]]:
    """The labelled articles, and what the items of the dump share."""
    wanted = {row["doc"] for row in labels()}
    with gzip.open(news, "rt", encoding="utf-8") as lines:
        items = [json.loads(line) for line in lines]
    shared = shared_sentences(item["text"] for item in items)
    return [*read_articles([folder]), *(record(item) for item in items if item["id"] in wanted)], shared


def main() -> None:
    articles, shared = read(Path(sys.argv[1]), Path(sys.argv[2]))
    print("| labels | articles | counted by | precision | recall | reporting lost |")
    print("|---|---|---|---|---|---|")
    for split in (*dict.fromkeys(row["split"] for row in labels()), None):
        count, *counts = measure(articles, shared, split, show=split is not None and "-v" in sys.argv)
        for name, c in zip(("characters", "sentences"), counts, strict=True):
            figures = f"{c.precision:.3f} | {c.recall:.3f} | {c.reporting_lost:.2%}"
            print(f"| {split or 'all'} | {count} | {name} | {figures} |")


if __name__ == "__main__":
    main()
