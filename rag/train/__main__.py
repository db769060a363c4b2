"""Trains the adapter, the fusion and the reader, and calibrates. Run by hand: python -m rag.train DATA --cache DIR.

Needs the extra `train`: pip install -c constraints.txt -e '.[train]'.

DATA holds SQuAD-format files (drcd_dev.json, drcd_test.json, cmrc2018_dev.json, cmrc2018_trial.json,
xquad_*_first24.json), questions_en.jsonl (English wordings of some of their questions) and news_qa.jsonl with
news_zh_20k.jsonl.gz. Our own questions are in store/training. A fifth of the documents is held out: half of it fits
the calibration, the other half gives the scores in the card.

The cache folder keeps what was computed: a run that was interrupted goes on where it was. One with other steps or
other weights to start from is another run, and needs another folder or the end of the old one's spans.safetensors.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np

from rag.bundled import bundled_e5
from rag.config import CHECKOUT, Config, shipped
from rag.embed import MAPS, Adapter, SentenceEmbedder, make_embedder
from rag.errors import RagError
from rag.reader import FEATURES, Reader, Weights
from rag.reader.model import WEIGHTS
from rag.reader.spans import SpanFinder
from rag.retrieve.fusion import FUSION
from rag.train import calibrate, fusion, maps, spans
from rag.train.data import Context, Example, read_data

STAGES = ("maps", "fusion", "spans", "calibrate")
CONFUSED = 6  # wrong passages that a question's negatives are drawn from


def say(line: str) -> None:
    """Progress of a program run by hand."""
    print(line, flush=True)  # noqa: T201


def confused(
    contexts: list[Context], examples: list[Example], vectors: maps.Vectors, adapter: Adapter
) -> list[list[int]]:
    """For each training question the wrong training passages that retrieval puts first."""
    questions = adapter.apply(vectors.questions, query=True)
    texts = adapter.apply(vectors.contexts, query=False)
    which = np.array([c for c, context in enumerate(contexts) if not context.held_out])
    out = []
    for i, example in enumerate(examples):
        own = contexts[example.context]
        near = which[np.argsort(-(texts[which] @ questions[i]), kind="stable")[: CONFUSED * 3]]
        # XQuAD's other language answers too.
        wrong = [int(c) for c in near if c != example.context and (own.number < 0 or contexts[c].number != own.number)]
        out.append(wrong[:CONFUSED])
    return out


def calibrated(contexts: list[Context], examples: list[Example], out: Path) -> dict[str, Any]:
    """reader.json: the regression and its scores."""
    embedder = make_embedder(Config(), out)
    finder = SpanFinder(lambda: embedder.model, out)
    reader = Reader(embedder, weights=Weights((), 0.0, embedder.fingerprint), finder=finder)
    cases = list(calibrate.cases(contexts, examples, embedder, reader, say))
    coefficients, intercept = calibrate.fit([case for case in cases if case.calibrates])
    figures = calibrate.score([case for case in cases if not case.calibrates], coefficients, intercept)
    figures["character F1, gold passage among the five of its article (XQuAD 17–24)"] = calibrate.among_five(
        contexts, examples, reader, ("xquad-zh", "xquad en→zh", "xquad zh→en", "xquad-en")
    )
    figures["hit@1 over 120 passages (dense, reader, both), hit@15"] = calibrate.reranked(
        contexts, examples, embedder, reader, {"xquad-zh": "xquad-zh", "xquad en→zh": "xquad-zh"}
    )
    for name, rows in figures.items():
        say(f"{name}:")
        for row in rows.items() if isinstance(rows, dict) else rows:
            say(f"  {row}")
    return {
        "features": FEATURES,
        "coefficients": [round(float(c), 5) for c in coefficients],
        "intercept": round(intercept, 5),
        "embedder": embedder.fingerprint,
        "seeds": [maps.SEED, spans.SEED, calibrate.SEED],
        "scores": figures,
    }


def fused(contexts: list[Context], examples: list[Example], out: Path) -> dict[str, Any]:
    """fusion.json: the weights of the legs and their scores."""
    embedder = make_embedder(Config(), out)
    weights = fusion.fit(fusion.candidates(contexts, examples, embedder, say, held_out=False))
    figures = fusion.scores(fusion.candidates(contexts, examples, embedder, say, held_out=True), weights)
    for row in figures.items():
        say(f"  {row}")
    return {"weights": weights, "seed": fusion.SEED, "scores (questions, dense hit@1, hit@1, hit@5, MRR)": figures}


def main() -> None:
    """Train, calibrate, score, write the weights and their scores."""
    parser = argparse.ArgumentParser(
        "python -m rag.train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder of the public data, as above")
    parser.add_argument("--cache", type=Path, required=True, help="folder that keeps work between runs (about 6 GB)")
    parser.add_argument(
        "--own", type=Path, default=CHECKOUT / "store" / "training", help="folder of our own questions (%(default)s)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=shipped("models") / "reader",
        help="where the weights go; by default the shipped ones are overwritten",
    )
    parser.add_argument(
        "--stages",
        nargs="+",
        choices=STAGES,
        default=STAGES,
        help="which to run, in this order; what they need and don't make is copied from the shipped weights",
    )
    parser.add_argument("--steps", type=int, default=spans.STEPS, help="steps of the stage spans (%(default)s)")
    parser.add_argument("--start", type=Path, help="weights of the network to go on from, such as the shipped ones")
    parser.add_argument("--rate", type=float, default=spans.RATE, help="highest learning rate of the network's layers")
    parser.add_argument(
        "--average", type=Path, help="file of weights to take the mean with, usually the one given as --start"
    )
    arguments = parser.parse_args()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

    from safetensors.numpy import save_file

    contexts, examples = read_data(arguments.data, arguments.own)
    say(f"{len(contexts)} passages, {len(examples)} questions")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in (MAPS, FUSION, WEIGHTS):  # what the stages need and don't make
        if not (arguments.out / name).is_file():
            shutil.copyfile(shipped("models") / "reader" / name, arguments.out / name)
    if "maps" in arguments.stages or "spans" in arguments.stages:
        vectors = maps.Vectors(contexts, examples, arguments.cache, say)
    if "maps" in arguments.stages:
        found = {k: v.astype(np.float16) for k, v in maps.train_maps(contexts, examples, vectors, say).items()}
        save_file(found, arguments.out / MAPS)
        (arguments.out / MAPS).chmod(0o644)  # safetensors writes for its owner alone; this is shipped
    if "fusion" in arguments.stages:
        card = fused(contexts, examples, arguments.out)
        (arguments.out / FUSION).write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", "utf-8")
    if "spans" in arguments.stages:
        wrong = confused(contexts, examples, vectors, Adapter.load(arguments.out / MAPS))
        embedder = SentenceEmbedder(bundled_e5, fingerprint="", model_name="", precision="auto")
        steps = {"steps": arguments.steps, "given": arguments.start, "rate": arguments.rate}
        network = spans.train(embedder.model, contexts, examples, wrong, arguments.cache, say, **steps)
        if arguments.average:
            network = spans.average(network, arguments.average, embedder.model[0].auto_model.config)
        spans.save_weights(network, arguments.out)
    if "calibrate" in arguments.stages:
        card = calibrated(contexts, examples, arguments.out)
        (arguments.out / "reader.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    try:
        main()
    except RagError as error:
        sys.exit(str(error))
