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

from rag.bundled import NAME, bundled_e5
from rag.config import Config, shipped
from rag.embed import MAPS, Adapter, SentenceEmbedder, make_embedder
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
                place = sum(c.source == short for c in contexts)
                contexts.append(Context(short, f"{name}-{group}", paragraph["context"], place))
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
        # The model's own vectors: the adapter is what is trained here.
        self.embedder = SentenceEmbedder(bundled_e5, fingerprint=NAME, model_name=NAME)
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


@dataclass(frozen=True)
class Adapted:
    """The same vectors through the adapter."""

    questions: Any
    sentences: Any
    contexts: Any


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
    english = [c for c in pool if contexts[c].source == "xquad-en"]
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
            # English passages are few: without a share of their own, maps would learn that answers are Chinese.
            others = [*rng.choice(pool, OTHERS, replace=False), *rng.choice(english, OTHERS // 2, replace=False)]
            parallel = {contexts[c].number for _, c, _ in batch if contexts[c].source.startswith("xquad")}
            others = [c for c in map(int, others) if contexts[c].number not in parallel]
            for c in (*(c for _, c, _ in batch), *others):
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
        "passage_map": sides[1].weight.detach().numpy(),
        "passage_bias": sides[1].bias.detach().numpy(),
    }


@dataclass(frozen=True)
class Case:
    """A held-out question with the sentences retrieval would give it."""

    example: Example
    present: bool  # whether the sentence that answers may be among them
    features: Any
    similarity: Any  # the model's own cosine, for comparison
    rows: list[int]


def held_out_cases(
    contexts: list[Context], examples: list[Example], vectors: Vectors, adapted: Adapted, reader: Reader
) -> Iterator[Case]:
    """Held-out questions with the passages retrieval would give.

    Every question is asked twice, once with its own passage taken away: then nothing is an answer.
    """
    pools = defaultdict(list)
    for c, context in enumerate(contexts):
        if context.held_out:
            # A folder of news is mixed: XQuAD's two languages share a pool (without the gold passage's translation).
            pools[context.source.removesuffix("-zh").removesuffix("-en")].append(c)
    for i, example in enumerate(examples):
        if not contexts[example.context].held_out:
            continue
        own = contexts[example.context]
        pool = [
            c
            for c in pools[own.source.removesuffix("-zh").removesuffix("-en")]
            if not own.source.startswith("xquad") or contexts[c].number != own.number or c == example.context
        ]
        scores = adapted.contexts[pool] @ adapted.questions[i]
        ranked = [(pool[j], float(scores[j])) for j in np.argsort(-scores, kind="stable")[: CANDIDATES + 1]]
        for present in (True, False):
            chosen = [(c, s) for c, s in ranked if present or c != example.context][:CANDIDATES]
            rows = [(row, c, s) for c, s in chosen for row in vectors.of_context[c]]
            numbers = [row for row, _, _ in rows]
            features = reader.features(
                example.question,
                adapted.questions[[i]],
                [vectors.texts[row] for row in numbers],
                adapted.sentences[numbers],
                [contexts[c].text for _, c, _ in rows],
                [s for _, _, s in rows],
            )
            similarity = vectors.sentences[numbers] @ vectors.questions[i]
            yield Case(example, present and example.answer_start is not None, features, similarity, numbers)


def fit(cases: list[Case], vectors: Vectors) -> tuple[Any, float]:
    """Coefficients and intercept: a regression over sentences, then a calibration of the best one."""
    from sklearn.linear_model import LogisticRegression

    x, y = [], []
    for case in cases:
        gold = vectors.gold(case.example) if case.present else None
        # The best wrong sentences are what the gold one is confused with.
        worst = np.argsort(-case.features[:, 0], kind="stable")[:8].tolist()
        for k in sorted({*worst, *(k for k, row in enumerate(case.rows) if row == gold)}):
            x.append(case.features[k])
            y.append(int(case.rows[k] == gold))
    model = LogisticRegression(C=10.0, max_iter=2000).fit(np.array(x), np.array(y))
    coefficients, intercept = model.coef_[0], float(model.intercept_[0])
    # What is shown as confidence is the best sentence's: a second fit makes its probability true (Platt 1999).
    top_x, top_y = [], []
    for case in cases:
        logits = case.features @ coefficients + intercept
        top_x.append([float(np.max(logits))])
        top_y.append(int(case.present and case.rows[int(np.argmax(logits))] == vectors.gold(case.example)))
    platt = LogisticRegression(C=100.0).fit(np.array(top_x), np.array(top_y))
    slope, shift = float(platt.coef_[0][0]), float(platt.intercept_[0])
    return coefficients * slope, intercept * slope + shift


def score(cases: list[Case], vectors: Vectors, coefficients: Any, intercept: float) -> dict[str, Any]:
    """Figures on held-out questions: the best sentence by slice, the reliability table, thresholds."""
    slices: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    tops: list[tuple[bool, bool, float]] = []  # present, right, probability
    for case in cases:
        gold = vectors.gold(case.example) if case.present else None
        logits = case.features @ coefficients + intercept
        right = case.rows[int(np.argmax(logits))] == gold
        tops.append((case.present, right, float(1 / (1 + np.exp(-np.max(logits))))))
        if case.present:
            slices[case.example.slice].append((case.rows[int(np.argmax(case.similarity))] == gold, right))
    reliability = []
    for low in np.arange(0, 1, 0.1):
        inside = [(p, right) for _, right, p in tops if low <= p < low + 0.1]
        if inside:
            reliability.append([len(inside), *(round(float(v), 3) for v in np.mean(inside, axis=0))])
    thresholds = []
    for threshold in np.arange(0.2, 0.65, 0.05):
        answered = np.mean([p >= threshold for present, _, p in tops if present])
        refused = np.mean([p < threshold for present, _, p in tops if not present])
        correct = np.mean([r for _, r, p in tops if p >= threshold])
        thresholds.append([round(float(v), 3) for v in (threshold, answered, refused, correct)])
    return {
        "slices (questions, similarity alone, reader)": {
            name: [len(v), *(round(float(m), 3) for m in np.mean(v, axis=0))] for name, v in sorted(slices.items())
        },
        "reliability (cases, mean probability, share right)": reliability,
        "thresholds (at, answerable answered, others refused, answers right)": thresholds,
    }


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

    contexts, examples = read_data(arguments.data)
    say(f"{len(contexts)} passages, {len(examples)} questions")
    vectors = Vectors(contexts, examples, arguments.cache, say)
    maps = {name: value.astype(np.float16) for name, value in train_maps(contexts, examples, vectors, say).items()}
    arguments.out.mkdir(parents=True, exist_ok=True)
    save_file(maps, arguments.out / MAPS)
    (arguments.out / MAPS).chmod(0o644)  # safetensors writes for its owner alone; this is shipped
    adapter = Adapter.load(arguments.out / MAPS)
    adapted = Adapted(
        adapter.apply(vectors.questions, query=True),
        adapter.apply(vectors.sentences, query=False),
        adapter.apply(vectors.contexts, query=False),
    )
    embedder = make_embedder(Config(), arguments.out)
    reader = Reader(embedder, weights=Weights((), 0.0, embedder.fingerprint), remember=len(vectors.texts))
    cases = list(held_out_cases(contexts, examples, vectors, adapted, reader))
    calibrating = [case for case in cases if contexts[case.example.context].calibrates]
    coefficients, intercept = fit(calibrating, vectors)
    figures = score([c for c in cases if not contexts[c.example.context].calibrates], vectors, coefficients, intercept)
    for name, rows in figures.items():
        say(f"{name}:")
        for row in rows.items() if isinstance(rows, dict) else rows:
            say(f"  {row}")
    card = {
        "features": FEATURES,
        "coefficients": [round(float(c), 5) for c in coefficients],
        "intercept": round(intercept, 5),
        "embedder": embedder.fingerprint,
        "seed": SEED,
        "scores": figures,
    }
    (arguments.out / "reader.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
