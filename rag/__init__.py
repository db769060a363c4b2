"""Ask a folder of news articles, in English or Chinese, and see the exact passages an answer stands on.

    import rag
    rag.build(["path/to/articles"], store="store/index")
    engine = rag.load("store/index")
    print(engine.ask("who introduced Altman to Trump?").text)

Importing this package is cheap: the parts load when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.config import Config
    from rag.engine import RagEngine, ask, load
    from rag.errors import RagError
    from rag.indexing import build
    from rag.types import Answer, Article, Citation, Passage, SyncReport

__version__ = "0.1.0"

_HOME = {
    "Answer": "types",
    "Article": "types",
    "Citation": "types",
    "Config": "config",
    "Passage": "types",
    "RagEngine": "engine",
    "RagError": "errors",
    "SyncReport": "types",
    "ask": "engine",
    "build": "indexing",
    "load": "engine",
}
__all__ = [
    "Answer",
    "Article",
    "Citation",
    "Config",
    "Passage",
    "RagEngine",
    "RagError",
    "SyncReport",
    "__version__",
    "ask",
    "build",
    "load",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"rag.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
