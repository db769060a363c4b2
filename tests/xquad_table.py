"""Retrieval on public questions that nothing was fitted to: `python tests/xquad_table.py DATA`.

DATA holds xquad_zh_first24.json and xquad_en_first24.json. Their 120 paragraphs of each language are indexed a language
at a time and asked in both for what stands in articles 17–24, which no training saw. A question is found when a
passage holds the sentence of its answer.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from rag.ablate import RETRIEVERS, run_variants
from rag.config import Config
from rag.embed import SentenceEmbedder, make_embedder
from rag.engine import load
from rag.evaluate import Report
from rag.evaluate.public import read_dataset
from rag.indexing import build

LANGUAGES = ("zh", "en")


def reports(
    data: Path, folder: Path, passages: str, embedder: SentenceEmbedder, variants
) -> dict[str, dict[str, Report]]:
    """By the questions' language, one report a variant, over an index of the passages of one language.

    Args:
        data: where the files are.
        folder: an empty one to work in.
        passages: their language.
        embedder: as for `build`.
        variants: names of retrievers.
    """
    for language in LANGUAGES:
        rows = json.loads((data / f"xquad_{language}_first24.json").read_text("utf-8"))["data"]
        for paragraph in (p for row in rows[:16] for p in row["paragraphs"]):
            paragraph["qas"] = []
        (folder / f"{language}.json").write_text(json.dumps({"data": rows}), "utf-8")
    sets = {a: read_dataset(f"squad:{folder / passages}.json", folder / f"{a}.json") for a in LANGUAGES}
    (folder / "corpus").mkdir()
    sets[passages].write(folder / "corpus")
    build([folder / "corpus"], folder / "index", embedder=embedder)
    engine = load(folder / "index", embedder=embedder)
    return {asked: run_variants(engine, one.cases(engine), variants) for asked, one in sets.items()}


def means(report: Report) -> dict[str, float]:
    """Mean of each figure over a report's questions."""
    figures = [result.figures for result in report.results]
    return {name: float(np.mean([f[name] for f in figures])) for name in ("hit@1", "hit@5", "mrr")}


def main() -> None:
    embedder = make_embedder(Config())
    print("| questions → passages | variant | hit@1 | hit@5 | MRR |")
    print("|---|---|---|---|---|")
    for passages in LANGUAGES:
        with tempfile.TemporaryDirectory() as folder:
            found = reports(Path(sys.argv[1]), Path(folder), passages, embedder, list(RETRIEVERS))
        for asked, by_variant in found.items():
            for variant, report in by_variant.items():
                cells = " | ".join(f"{value:.3f}" for value in means(report).values())
                print(f"| {asked} → {passages}, {len(report.results)} | {variant} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
