"""Speed and memory, printed as a table: `make bench` or `python tests/bench.py [ARTICLES]`."""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rag.config import CHECKOUT
from rag.metrics import percentile

QUESTIONS = [
    "who introduced Altman to Trump?",
    "谁把奥尔特曼引荐给特朗普？",
    "How much money does SoftBank have?",
    "阿布扎比数据中心的功率是多少？",
    "Why did Altman miss the meeting in Las Vegas?",
    "马斯克为什么离开OpenAI？",
    "What is the capital of Mongolia?",
    "星际之门由谁出资？",
    "When did the call take place?",
    "特朗普的就职典礼收到了多少捐款？",
]
IMPORT = "import time; t = time.perf_counter(); import rag; print(time.perf_counter() - t)"
COLD = """
import time; t = time.perf_counter()
import rag, sys
rag.load(sys.argv[1]).ask("who introduced Altman to Trump?")
print(time.perf_counter() - t)
"""


def fresh(code: str, *arguments: str) -> float:
    """Seconds that a piece of code reports from a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def reading(engine) -> list[tuple[str, str]]:
    """Reranking and reading 20 passages, in this CPU's best precision and in float32."""
    from rag.config import Config
    from rag.embed import make_embedder
    from rag.reader import Reader

    passages = [(p, p.score) for p in engine.search(QUESTIONS[0], k=20)]
    rows = []
    for precision in ("auto", "float32"):
        reader = Reader(make_embedder(Config(precision=precision)), engine.names)
        reader.read("warm", passages[:2])
        fresh_times, warm = [], []
        for question in QUESTIONS:
            for times in (fresh_times, warm):
                if times is fresh_times:
                    reader.finder.forget()
                began = time.perf_counter()
                reader.read(question, passages)
                times.append(time.perf_counter() - began)
        kind = next(reader.finder.parts[2].parameters()).dtype
        rows += [
            (f"read {len(passages)} passages, {kind}, unseen: p50", f"{percentile(fresh_times, 0.5):.3f} s"),
            (f"read {len(passages)} passages, {kind}, seen before: p50", f"{percentile(warm, 0.5):.3f} s"),
        ]
    return rows


def main() -> None:
    articles = Path(sys.argv[1]) if len(sys.argv) > 1 else CHECKOUT / "store" / "articles"
    rows = [("import rag", f"{min(fresh(IMPORT) for _ in range(3)):.2f} s")]
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "index"
        from rag.config import Config
        from rag.embed import make_embedder
        from rag.engine import build, load

        embedder = make_embedder(Config())
        began = time.perf_counter()
        embedder.encode(["warm"])
        rows.append(("load the embedder (imports included)", f"{time.perf_counter() - began:.1f} s"))
        for name in ("first build", "second build, nothing changed"):
            began = time.perf_counter()
            report = build([articles], store, embedder=embedder)
            took = time.perf_counter() - began
            rows.append((f"{name} ({len(report.added) + len(report.unchanged)} articles)", f"{took:.2f} s"))
        engine = load(store, embedder=embedder)
        rows.append(("passages", str(engine.store.count()[1])))
        size = sum(f.stat().st_size for f in store.iterdir())
        rows.append(("index on disk", f"{size / 1e6:.1f} MB"))
        rows.append(("cold start to first answer (new process)", f"{fresh(COLD, str(store)):.1f} s"))
        first, again = [], []
        for times in (first, again):
            for question in QUESTIONS:
                began = time.perf_counter()
                engine.ask(question)
                times.append(time.perf_counter() - began)
        for name, times in (("answer, sentences not seen before", first), ("answer, warm", again)):
            rows.append((f"{name}: p50 / p95", f"{percentile(times, 0.5):.3f} / {percentile(times, 0.95):.3f} s"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "linux" else 1e9)
    rows.append(("peak memory", f"{peak:.2f} GB"))
    rows += reading(engine)  # loads the model twice more, hence after the memory
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:<{width}}  {value}")


if __name__ == "__main__":
    main()
