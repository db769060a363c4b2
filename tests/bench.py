"""Speed and memory, printed as a table: `make bench` or `python tests/bench.py [ARTICLES]`.

`--news DUMP.jsonl.gz [--items 20000]` measures at scale instead: one build of a real dump, then one changed article,
one put in front of all others; in all, and beyond loading (reading the files and opening the index).
`--kill 200` kills that many builds at random instants.
"""

import argparse
import gzip
import json
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


def peak() -> str:
    """The most memory this process has held."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == 'linux' else 1e9):.2f} GB"


def scale(news: Path, items: int, hashing: bool, keep: Path | None) -> list[tuple[str, str]]:
    """One build of a dump, the same again, one changed record, and questions at that size."""
    from rag.articles import read_articles
    from rag.config import Config
    from rag.embed import make_embedder
    from rag.engine import load
    from rag.indexing import build
    from rag.store import Store

    with gzip.open(news, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for _, line in zip(range(items), lines, strict=False)]
    if hashing:
        from killing import HashingEmbedder

        embedder = HashingEmbedder()
    else:
        embedder = make_embedder(Config())
    embedder.encode(["warm"])
    begun, done = [], []

    def step(passages: int, total: int) -> None:
        begun.append(time.perf_counter())
        done.append(passages)
        if len(done) % 50 == 0:
            rate = passages / max(1e-9, begun[-1] - begun[0])
            print(f"{passages:,} of {total:,} passages, {rate:.0f}/s", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as folder:
        dump, store = Path(folder) / "news" / "dump.jsonl", keep or Path(folder) / "index"
        dump.parent.mkdir()

        def write() -> None:
            dump.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")

        def timed() -> tuple[float, float]:
            """Seconds of a build, and of those what it takes beyond loading: reading the dump, opening the index."""
            began = time.perf_counter()
            list(read_articles([dump.parent]))
            if store.exists():
                with Store.open(store, Config(), embedder).snapshot():
                    pass
            loaded = time.perf_counter()
            build([dump.parent], store, embedder=embedder, progress=step)
            took = time.perf_counter() - loaded
            return took, max(0.0, took - (loaded - began))

        def shown(seconds: tuple[float, float]) -> str:
            return "{:.1f} s, of which {:.1f} s beyond loading".format(*seconds)

        write()
        first, _ = timed()
        engine = load(store, embedder=embedder)
        count, passages = engine.store.count()
        reprints = engine.store._db.execute(
            "SELECT count(*) FROM (SELECT one FROM same_story UNION SELECT other FROM same_story)"
        )
        size = sum(f.stat().st_size for f in store.iterdir())
        rows = [
            ("articles / passages", f"{count:,} / {passages:,}"),
            ("first build, model loaded", f"{first:.0f} s, {passages / first:.0f} passages/s"),
            ("of which embedding and writing", f"{begun[-1] - begun[0]:.0f} s"),
            ("articles that have a reprint", f"{reprints.fetchone()[0]:,}"),
            ("index on disk", f"{size / 1e6:.0f} MB, {size / max(1, count) / 1e3:.1f} kB an article"),
            ("peak memory", peak()),
            ("second build, nothing changed", shown(timed())),
        ]
        records[items // 2 % len(records)]["text"] += "编者补记：这一条改过了。"
        write()
        rows.append(("third build, one article changed", shown(timed())))
        records.insert(0, {**records[-1], "id": "new", "url": None, "text": records[0]["text"][::-1]})
        write()
        rows.append(("fourth build, one article in front", shown(timed())))
        engine = load(store, embedder=embedder)
        times = []
        engine.search("港口", k=20)  # reads the vectors in
        for question in QUESTIONS:
            embedder.encode(engine.names.expand(question), query=True)  # it remembers them
            began = time.perf_counter()
            engine.search(question, k=20)
            times.append(time.perf_counter() - began)
        rows.append(
            (
                "retrieval of 20 passages, the question's embedding apart: p50 / p95",
                f"{percentile(times, 0.5):.3f} / {percentile(times, 0.95):.3f} s",
            )
        )
        if not hashing:
            engine.ask(QUESTIONS[0])
            times = []
            for question in QUESTIONS:
                began = time.perf_counter()
                engine.ask(question)
                times.append(time.perf_counter() - began)
            rows.append(("answer: p50 / p95", f"{percentile(times, 0.5):.3f} / {percentile(times, 0.95):.3f} s"))
        rows.append(("peak memory with the reader", peak()))
    return rows


def kills(times: int) -> list[tuple[str, str]]:
    from killing import kill_builds

    with tempfile.TemporaryDirectory() as folder:
        found = kill_builds(Path(folder), times)
    return [(f"of {times} builds", f"{found['killed']} killed in time, {found['partly done']} of them half done")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("articles", type=Path, nargs="?", default=CHECKOUT / "store" / "articles")
    parser.add_argument("--news", type=Path, help="a dump, one JSON record a line, gzipped")
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--hashing", action="store_true", help="without the model: what all but embedding costs")
    parser.add_argument("--keep", type=Path, help="folder that the index of the dump is left in")
    parser.add_argument("--kill", type=int, default=0, help="builds to kill")
    options = parser.parse_args()
    rows = []
    if options.news:
        rows += scale(options.news, options.items, options.hashing, options.keep)
    if options.kill:
        rows += kills(options.kill)
    show(rows or usual(options.articles))


def show(rows: list[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:<{width}}  {value}")


def usual(articles: Path) -> list[tuple[str, str]]:
    """A small folder: start, builds, answers, memory."""
    rows = [("import rag", f"{min(fresh(IMPORT) for _ in range(3)):.2f} s")]
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "index"
        from rag.config import Config
        from rag.embed import make_embedder
        from rag.engine import load
        from rag.indexing import build

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
    rows.append(("peak memory", peak()))
    return rows + reading(engine)  # loads the model twice more, hence after the memory


if __name__ == "__main__":
    main()
