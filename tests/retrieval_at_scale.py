"""Retrieval among many real news items: `python tests/retrieval_at_scale.py STORE NEWS.jsonl.gz QUESTIONS.jsonl …`.

STORE is an index of the dump, such as `tests/bench.py --news NEWS.jsonl.gz --keep STORE` leaves. A question is found
when a passage of its item, or of a reprint of it, comes up. Questions on items that the weights were trained with are
left out. Prints one table, and how long retrieval takes without the embedding of the question.
"""

import gzip
import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from rag.ablate import RETRIEVERS
from rag.engine import load
from rag.metrics import interval, percentile
from rag.text import language
from rag.train.data import Context

K = 100


def asked(files: list[Path]) -> dict[str, list[tuple[str, str]]]:
    """Answerable questions with their items' ids, by language; none whose item was trained on."""
    out: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            trained = file.name != "known_items.jsonl" and not Context("news", row["doc"], "").held_out
            if not trained and (row.get("start") is not None or row.get("answer")):
                out[language(row["question"])].append((row["question"], row["doc"]))
    return out


def main() -> None:
    store, news = Path(sys.argv[1]), Path(sys.argv[2])
    engine = load(store)
    count, passages = engine.store.count()
    with gzip.open(news, "rt", encoding="utf-8") as lines:
        place = {json.loads(line)["id"]: number for number, line in enumerate(lines, start=1)}
    by_source = {int(a.source.rpartition("#")[2]): a.id for a in engine.overview()}
    print(f"{count:,} articles, {passages:,} passages")
    print("| questions | variant | hit@1 | hit@5 | MRR@100 | p50, p95 without embedding |")
    print("|---|---|---|---|---|---|")
    for lang, questions in sorted(asked([Path(f) for f in sys.argv[3:]]).items()):
        known = [(q, by_source[place[doc]]) for q, doc in questions if place.get(doc) in by_source]
        ranks, times = defaultdict(list), defaultdict(list)
        for question, home in known:
            wanted = {home, *engine.store.reprints(home)}
            # The embedder remembers the wordings of a question: what is timed below is retrieval without embedding.
            for wordings in (engine.names.expand(question), [question]):
                engine.store.embedder.encode(wordings, query=True)
            for name, make in RETRIEVERS.items():
                began = time.perf_counter()
                found = make(engine, K).retrieve(question)
                times[name].append(time.perf_counter() - began)
                homes = [n.node.ref_doc_id for n in found]
                ranks[name].append(next((r for r, h in enumerate(homes, 1) if h in wanted), 0))
        for name, found in ranks.items():
            first = np.array(found)
            cells = []
            for k in (1, 5):
                hits = ((first > 0) & (first <= k)).astype(float)
                low, high = interval(hits.tolist())
                cells.append(f"{hits.mean():.3f} ({low:.2f}–{high:.2f})")
            mrr = np.mean([1 / r if r else 0.0 for r in found])
            took = [1000 * percentile(times[name], p) for p in (0.5, 0.95)]
            print(
                f"| {lang}, {len(known)} | {name} | {' | '.join(cells)} | {mrr:.3f} | {took[0]:.0f}, {took[1]:.0f} ms |"
            )


if __name__ == "__main__":
    main()
