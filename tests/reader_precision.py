"""What half precision costs the reader: `python tests/reader_precision.py DATA [--checkpoint CACHE/spans.safetensors]`.

Character F1 of the best span among the five passages of its article (XQuAD, articles 17–24, in DATA), by the shipped
float16 weights computed in float32 and in bfloat16, and by the checkpoint that `python -m rag.train` leaves in its
cache, in float32.
"""

import argparse
import tempfile
import time
from pathlib import Path

from rag.config import CHECKOUT, Config
from rag.embed import make_embedder
from rag.reader import Reader, Weights
from rag.reader.model import WEIGHTS
from rag.reader.spans import SpanFinder
from rag.train.calibrate import among_five
from rag.train.data import read_data

SLICES = ("xquad-zh", "xquad en→zh", "xquad zh→en", "xquad-en")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--checkpoint", type=Path, help="what training left in its cache, or weights in float32")
    options = parser.parse_args()
    contexts, examples = read_data(options.data)
    shipped = CHECKOUT / "store" / "models" / "reader"
    print(f"| weights | computed in | {' | '.join(SLICES)} | seconds |\n|---|---|{'---|' * (len(SLICES) + 1)}")
    with tempfile.TemporaryDirectory() as folder:
        plans = [("float16", shipped, "float32"), ("float16", shipped, "bfloat16")]
        if options.checkpoint:
            from safetensors.torch import load_file, save_file

            given = {n: t for n, t in load_file(options.checkpoint).items() if not n.startswith("optimiser.")}
            save_file({n.removeprefix("model."): t for n, t in given.items()}, Path(folder) / WEIGHTS)
            plans.insert(0, ("float32", Path(folder), "float32"))
        for kept, where, precision in plans:
            embedder = make_embedder(Config(precision=precision))
            reader = Reader(
                embedder,
                weights=Weights((), 0.0, embedder.fingerprint),
                finder=SpanFinder(lambda given=embedder: given.model, where),
            )
            began = time.perf_counter()
            found = among_five(contexts, examples, reader, SLICES)
            cells = [f"{found[name]:.3f}" for name in SLICES]
            print(f"| {kept} | {precision} | {' | '.join(cells)} | {time.perf_counter() - began:.0f} |", flush=True)


if __name__ == "__main__":
    main()
