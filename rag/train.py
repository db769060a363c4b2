"""Trains the reader's maps and calibrates it. Run by hand: python -m rag.train DATA [--cache DIR].

DATA holds SQuAD-format files (drcd_dev.json, drcd_test.json, cmrc2018_dev.json, xquad_*_first24.json),
questions_en.jsonl (English wordings of some of their questions) and news_qa.jsonl with news_zh_20k.jsonl.gz.
A fifth of the documents is held out: half of it fits the calibration, the other half gives the scores in the card.

Maps: InfoNCE over the sentences of the batch's own passages and of random others, and over the gold passage
alone (van den Oord et al. 2018, arXiv:1807.03748), pulled towards the identity, with noise on the vectors.
"""

from __future__ import annotations

import argparse
import gzip
import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.config import Config, shipped
from rag.embed import make_embedder
from rag.reader import FEATURES, MAX_SENTENCE, Reader, Weights
from rag.text import sentences

SEED = 7
EPOCHS, BATCH, OTHERS = 6, 128, 40
IDENTITY_PULL, NOISE, RATE = 0.01, 0.02, 1.5e-3
CANDIDATES = 12  # passages a question is read with when the calibration is fitted


@dataclass(frozen=True)
class Context:
    """A passage of training text."""

    source: str
    group: str  # documents are held out by group
    text: str

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
    """A question, its passage, and where the answer starts in it (None: the passage doesn't say)."""

    question: str
    context: int
    answer_start: int | None
    slice: str


def read_data(folder: Path) -> tuple[list[Context], list[Example]]:
    """Every context and question of the data folder."""
    contexts: list[Context] = []
    examples: list[Example] = []
    by_id: dict[tuple[str, str], Example] = {}
    for name, short in (
        ("drcd_dev", "drcd"),
        ("drcd_test", "drcd"),
        ("cmrc2018_dev", "cmrc"),
        ("xquad_zh_first24", "xquad-zh"),
        ("xquad_en_first24", "xquad-en"),
    ):
        data = json.loads((folder / f"{name}.json").read_text("utf-8"))["data"]
        for group, article in enumerate(data):
            for paragraph in article["paragraphs"]:
                contexts.append(Context(short, f"{name}-{group}", paragraph["context"]))
                for question in paragraph["qas"]:
                    start, answer = question["answers"][0]["answer_start"], question["answers"][0]["text"]
                    if paragraph["context"][start : start + len(answer)] != answer:
                        start = paragraph["context"].find(answer)  # some offsets are off; repair or skip
                    if start < 0:
                        continue
                    example = Example(question["question"], len(contexts) - 1, start, short)
                    examples.append(example)
                    by_id[name, str(question["id"])] = example
    for line in (folder / "questions_en.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        original = by_id.get((row["file"], str(row["id"])))
        if original:
            examples.append(Example(row["en"], original.context, original.answer_start, "en→zh"))
    for (name, number), original in list(by_id.items()):
        parallel = by_id.get(("xquad_zh_first24", number))
        if name == "xquad_en_first24" and parallel:
            examples.append(Example(original.question, parallel.context, parallel.answer_start, "xquad en→zh"))
            examples.append(Example(parallel.question, original.context, original.answer_start, "xquad zh→en"))
    questions = [json.loads(line) for line in (folder / "news_qa.jsonl").read_text("utf-8").splitlines()]
    wanted = {row["doc"] for row in questions}
    documents: dict[str, int] = {}
    with gzip.open(folder / "news_zh_20k.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["id"] in wanted:
                documents[row["id"]] = len(contexts)
                contexts.append(Context("news", row["id"], row["text"]))
    for row in questions:
        context = documents[row["doc"]]
        start = contexts[context].text.find(row["answer"]) if row["answer"] else None
        if start is None or start >= 0:
            examples.append(Example(row["question"], context, start, f"news {row['lang']}"))
    return contexts, examples


class Vectors:
    """Vectors of all sentences and questions, kept in a cache folder between runs."""

    def __init__(
        self, contexts: list[Context], examples: list[Example], cache: Path | None, say: Callable[[str], None]
    ) -> None:
        self.spans = [(c, a, b) for c, context in enumerate(contexts) for a, b in sentences(context.text)]
        self.of_context: dict[int, list[int]] = defaultdict(list)
        for row, (c, _, _) in enumerate(self.spans):
            self.of_context[c].append(row)
        self.texts = [contexts[c].text[a:b] for c, a, b in self.spans]
        self.embedder = make_embedder(Config())
        self.sentences = self._cached(cache, "sentences", [t[:MAX_SENTENCE] for t in self.texts], False, say)
        self.questions = self._cached(cache, "questions", [e.question for e in examples], True, say)
        self.contexts = self._cached(cache, "contexts", [c.text for c in contexts], False, say)

    def _cached(self, cache: Path | None, name: str, texts: list[str], query: bool, say: Callable[[str], None]) -> Any:
        key = zlib.crc32("\0".join([self.embedder.fingerprint, *texts]).encode())
        file = cache / f"{name}-{key:08x}.npy" if cache else None
        if file and file.is_file():
            return np.load(file).astype(np.float32)

        def progress(done: int, total: int) -> None:
            if done % 3200 == 0 or done == total:
                say(f"  {name}: {done} of {total}")

        vectors = self.embedder.encode(texts, query=query, progress=progress)
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, vectors.astype(np.float16))
        return vectors

    def gold(self, example: Example) -> int | None:
        """Row of the sentence that holds the answer."""
        start = example.answer_start
        if start is None:
            return None
        return next((r for r in self.of_context[example.context] if self.spans[r][1] <= start < self.spans[r][2]), None)


def train_maps(
    contexts: list[Context], examples: list[Example], vectors: Vectors, say: Callable[[str], None]
) -> dict[str, Any]:
    """The two linear maps with their biases, as float32 arrays."""
    import torch
    from torch.nn import functional

    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    questions, texts = torch.from_numpy(vectors.questions), torch.from_numpy(vectors.sentences)
    training = [
        (i, example.context, gold)
        for i, example in enumerate(examples)
        if not contexts[example.context].held_out and (gold := vectors.gold(example)) is not None
    ]
    pool = [c for c, context in enumerate(contexts) if not context.held_out]
    size = questions.shape[1]
    identity = torch.eye(size)
    sides = [torch.nn.Linear(size, size) for _ in range(2)]
    for side in sides:
        torch.nn.init.eye_(side.weight)
        torch.nn.init.zeros_(side.bias)
    log_scale = torch.nn.Parameter(torch.tensor(3.0))
    parameters = [*sides[0].parameters(), *sides[1].parameters(), log_scale]
    optimiser = torch.optim.AdamW(parameters, lr=RATE, weight_decay=0.0)
    steps = EPOCHS * (len(training) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps + 1)

    def through(side: Any, x: Any) -> Any:
        return functional.normalize(side(x + torch.randn_like(x) * NOISE), dim=-1)

    for epoch in range(EPOCHS):
        order = rng.permutation(len(training))
        losses = []
        for at in range(0, len(order) - BATCH + 1, BATCH):
            batch = [training[i] for i in order[at : at + BATCH]]
            place: dict[int, int] = {}
            for c in (*(c for _, c, _ in batch), *rng.choice(pool, OTHERS, replace=False).tolist()):
                for row in vectors.of_context[c]:
                    place.setdefault(row, len(place))
            asked = through(sides[0], questions[[i for i, _, _ in batch]])
            logits = (asked @ through(sides[1], texts[list(place)]).T) * log_scale.exp()
            target = torch.tensor([place[gold] for _, _, gold in batch])
            own = torch.full_like(logits, -1e4)
            for r, (_, c, _) in enumerate(batch):
                own[r, [place[row] for row in vectors.of_context[c]]] = 0.0
            loss = functional.cross_entropy(logits, target) + functional.cross_entropy(logits + own, target)
            pull = sum(((side.weight - identity) ** 2).sum() for side in sides)
            optimiser.zero_grad()
            (loss + IDENTITY_PULL * pull).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        say(f"  epoch {epoch + 1} of {EPOCHS}: loss {np.mean(losses):.3f}")
    return {
        "question_map": sides[0].weight.detach().numpy(),
        "question_bias": sides[0].bias.detach().numpy(),
        "sentence_map": sides[1].weight.detach().numpy(),
        "sentence_bias": sides[1].bias.detach().numpy(),
    }


def held_out_cases(
    contexts: list[Context], examples: list[Example], vectors: Vectors, reader: Reader
) -> Iterator[tuple[Example, bool, Any, list[int]]]:
    """Held-out questions with the passages retrieval would give: (example, gold among them?, features, rows).

    Every question is asked twice, once with its own passage taken away: then nothing is an answer.
    """
    pools = defaultdict(list)
    for c, context in enumerate(contexts):
        if context.held_out:
            # Both languages of XQuAD hold the same text: only one of them may be in a pool.
            pools[context.source].append(c)
    for i, example in enumerate(examples):
        if not contexts[example.context].held_out:
            continue
        pool = pools[contexts[example.context].source]
        scores = vectors.contexts[pool] @ vectors.questions[i]
        ranked = [(pool[j], float(scores[j])) for j in np.argsort(-scores, kind="stable")[: CANDIDATES + 1]]
        for present in (True, False):
            chosen = [(c, s) for c, s in ranked if present or c != example.context][:CANDIDATES]
            rows = [(row, c, s) for c, s in chosen for row in vectors.of_context[c]]
            features = reader.features(
                [example.question],
                [vectors.texts[r] for r, _, _ in rows],
                [contexts[c].text for _, c, _ in rows],
                [s for _, _, s in rows],
            )
            yield example, present and example.answer_start is not None, features, [r for r, _, _ in rows]


def main() -> None:
    """Train, calibrate, score, write the weights and their scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, help="folder that keeps vectors between runs")
    parser.add_argument("--out", type=Path, default=shipped("models") / "reader")
    arguments = parser.parse_args()

    def say(line: str) -> None:
        print(line, flush=True)  # noqa: T201  # progress of a program run by hand

    from safetensors.numpy import save_file
    from sklearn.linear_model import LogisticRegression

    contexts, examples = read_data(arguments.data)
    say(f"{len(contexts)} passages, {len(examples)} questions")
    vectors = Vectors(contexts, examples, arguments.cache, say)
    maps = train_maps(contexts, examples, vectors, say)
    half = {name: value.astype(np.float16) for name, value in maps.items()}
    maps = {name: value.astype(np.float32) for name, value in half.items()}
    weights = Weights(**maps, coefficients=(0.0,) * len(FEATURES), intercept=0.0, embedder=vectors.embedder.fingerprint)
    reader = Reader(vectors.embedder, weights=weights, remember=10 * len(vectors.texts))
    reader._known = dict(zip([t[:MAX_SENTENCE] for t in vectors.texts], vectors.sentences, strict=True))

    cases = list(held_out_cases(contexts, examples, vectors, reader))
    fit_x, fit_y = [], []
    for example, present, features, rows in cases:
        if contexts[example.context].calibrates:
            gold = vectors.gold(example) if present else None
            # The best wrong sentences are what the gold one is confused with.
            worst = np.argsort(-features[:, 0], kind="stable")[:8].tolist()
            keep = {*worst, *(k for k, row in enumerate(rows) if row == gold)}
            fit_x += [features[k] for k in sorted(keep)]
            fit_y += [int(rows[k] == gold) for k in sorted(keep)]
    model = LogisticRegression(C=10.0, max_iter=2000).fit(np.array(fit_x), np.array(fit_y))
    coefficients, intercept = model.coef_[0], float(model.intercept_[0])
    # What is shown as confidence is the best sentence's: a second fit makes its probability true (Platt 1999).
    tops = [(features @ coefficients + intercept, *case) for case in cases for features in (case[2],)]
    tops = [t for t in tops if contexts[t[1].context].calibrates]
    top_x = [[float(np.max(logits))] for logits, *_ in tops]
    top_y = [
        int(present and rows[int(np.argmax(logits))] == vectors.gold(example))
        for logits, example, present, _, rows in tops
    ]
    platt = LogisticRegression(C=100.0).fit(np.array(top_x), np.array(top_y))
    slope, shift = float(platt.coef_[0][0]), float(platt.intercept_[0])
    coefficients, intercept = coefficients * slope, intercept * slope + shift

    hits: dict[str, list[tuple[bool, bool, float]]] = defaultdict(list)  # slice → (present, right, probability)
    raw: dict[str, list[bool]] = defaultdict(list)
    for example, present, features, rows in cases:
        if not contexts[example.context].calibrates:
            gold = vectors.gold(example) if present else None
            logits = features @ coefficients + intercept
            best = int(np.argmax(logits))
            hits[example.slice].append((present, rows[best] == gold, float(1 / (1 + np.exp(-logits[best])))))
            if present:
                raw[example.slice].append(rows[int(np.argmax(features[:, 1]))] == gold)
    scores = {}
    for name, values in sorted(hits.items()):
        inside = [right for present, right, _ in values if present]
        scores[name] = {
            "questions": len(inside),
            "similarity": round(float(np.mean(raw[name])), 3),
            "reader": round(float(np.mean(inside)), 3),
        }
        say(f"  {name}: {scores[name]}")
    every = [v for values in hits.values() for v in values]
    table = []
    for low in np.arange(0, 1, 0.1):
        inside = [right for _, right, p in every if low <= p < low + 0.1]
        if inside:
            table.append([round(float(low), 1), len(inside), round(float(np.mean(inside)), 3)])
    say(f"  reliability (from, n, right): {table}")
    for threshold in np.arange(0.2, 0.7, 0.05):
        kept = np.mean([p >= threshold for present, _, p in every if present])
        refused = np.mean([p < threshold for present, _, p in every if not present])
        right = np.mean([r for _, r, p in every if p >= threshold])
        say(
            f"  threshold {threshold:.2f}: answers {kept:.2f} of the answerable, "
            f"refuses {refused:.2f} of the rest, {right:.2f} right"
        )
    arguments.out.mkdir(parents=True, exist_ok=True)
    save_file(half, arguments.out / "maps.safetensors")
    card = {
        "features": FEATURES,
        "coefficients": [round(float(c), 5) for c in coefficients],
        "intercept": round(intercept, 5),
        "embedder": vectors.embedder.fingerprint,
        "seed": SEED,
        "scores": scores,
        "reliability": table,
    }
    (arguments.out / "reader.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
