"""Folders of articles → an index that holds what lies there now."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from llama_index.core.readers.base import BaseReader

from rag.articles import read_articles
from rag.articles.files import readable
from rag.config import Config
from rag.embed import Progress, SentenceEmbedder, make_embedder
from rag.errors import ArticleError
from rag.store import DATABASE, Store, scopes
from rag.types import SyncReport


def build(
    paths: str | Path | Iterable[str | Path],
    store: str | Path | None = None,
    *,
    config: Config | None = None,
    embedder: SentenceEmbedder | None = None,
    readers: Mapping[str, BaseReader] | None = None,
    restore: bool = False,
    reclean: bool = False,
    progress: Progress | None = None,
) -> SyncReport:
    """Make a store hold what lies under these roots now; articles of other roots stay.

    Args:
        paths: folders or files.
        store: folder of the index; the default store when absent.
        config: settings; environment and rag.toml when absent.
        embedder: instead of the one the settings name.
        readers: more formats, by suffix: llama-index readers.
        restore: bring back articles that were taken out with `remove`.
        reclean: clean and embed unchanged articles again.
        progress: called with (passages embedded, passages to embed).

    Raises:
        RagError: nothing to read, another build is running, or a mismatch; nothing has changed then.
    """
    config = config or Config()
    roots = [Path(p) for p in ([paths] if isinstance(paths, (str, Path)) else paths)]
    if not roots:
        raise ArticleError("No folder of articles was given. Give at least one: build(['path/to/articles']).")
    skipped: list[tuple[str, str]] = []
    notes: list[tuple[str, str]] = []
    unread: dict[str, str] = {}
    places: dict[str, tuple[str, str]] = {}  # source → root, path
    folder = Path(store) if store is not None else config.store_path()
    embedder = embedder or make_embedder(config)
    target = Store.open(folder, config, embedder) if (folder / DATABASE).is_file() else None
    covered = scopes(roots, target.roots() if target else ())
    scope_of = dict(zip(roots, covered, strict=True))
    for root, scope in scope_of.items():
        if scope.below and root.exists():
            notes.append((readable(os.fsencode(root)), f"it lies in {scope.root}: indexed once, as {scope.below}"))
    articles = read_articles(
        roots,
        on_skip=lambda path, reason: skipped.append((path, reason)),
        on_read=lambda article, root, path: places.update({article.source: (scope_of[root].root, path)}),
        on_note=lambda path, note: notes.append((path, note)),
        on_unread=lambda source, path: unread.update({source: path}),
        readers=readers,
        config=config,
        prefixes={root: scope.prefix(root) for root, scope in scope_of.items()},
    )
    read = list(articles)  # a bad root is found before a store is made
    return (target or Store.open(folder, config, embedder, create=True)).sync(
        read,
        covered,
        root_of=lambda article: places[article.source][0],
        path_of=lambda article: places[article.source][1],
        restore=restore,
        reclean=reclean,
        skipped=skipped,
        notes=notes,
        unread=unread,
        progress=progress,
    )
