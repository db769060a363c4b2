"""The spine: question → retrieve → read → compose, with every part replaceable; build and load."""

from __future__ import annotations

import dataclasses
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import NodeWithScore, QueryBundle

from rag.answer import compose, say
from rag.articles import read_articles
from rag.chat import History, standalone
from rag.config import Config, shipped
from rag.embed import Progress, SentenceEmbedder, make_embedder
from rag.errors import ArticleError, QuestionError
from rag.names import NameIndex
from rag.reader import Reader, parts
from rag.retrieve import DenseRetriever, passages_of, to_node
from rag.store import DATABASE, Store
from rag.text import Language
from rag.types import Answer, Article, ArticleInfo, Passage, SyncReport

Event = tuple[str, Any]
SHOWN = 10  # passages in an answer


def _union(*found: Sequence[tuple[Passage, float]]) -> list[tuple[Passage, float]]:
    """Passages of several searches, each once with its best score, best first."""
    best: dict[str, tuple[Passage, float]] = {}
    for passage, score in (pair for pairs in found for pair in pairs):
        if passage.id not in best or best[passage.id][1] < score:
            best[passage.id] = (passage, score)
    return sorted(best.values(), key=lambda pair: (-pair[1], pair[0].id))


class RagEngine(BaseQueryEngine):
    """Answers questions over one store. Also a llama-index query engine: `engine.query("…")`.

    Safe to use from several threads. A build by another process is noticed at the next question.
    """

    def __init__(
        self,
        store: Store,
        config: Config,
        *,
        reader: Reader | None = None,
        retriever: BaseRetriever | None = None,
        answerer: Callable[..., Answer] = compose,
    ) -> None:
        super().__init__(callback_manager=CallbackManager([]))
        self.store = store
        self.config = config
        self._given_reader = reader
        self._retriever = retriever
        self._answerer = answerer
        self._reader: tuple[int, Reader] | None = None  # and the generation of the store whose names it knows
        self._lock = threading.Lock()

    # ── what it knows ─────────────────────────────────────────────────────────────────────────

    def articles(self) -> list[Article]:
        """Every indexed article, by source."""
        return self.store.articles()

    def overview(self) -> list[ArticleInfo]:
        """What there is to list of every article, by source; light, however many there are."""
        return self.store.overview()

    def article(self, article_id: str) -> Article:
        """One article by its id. Raises StoreError when there is none."""
        return self.store.article(article_id)

    @property
    def names(self) -> NameIndex:
        """The name variants of the corpus."""
        return self.reader.names

    @property
    def reader(self) -> Reader:
        """The reader, knowing the corpus's names; they are mined anew when the index has changed."""
        generation = self.store.generation
        with self._lock:
            if self._reader is None or self._reader[0] != generation:
                base = self._reader[1] if self._reader else self._given_reader or Reader(self.store.embedder)
                self._reader = (generation, base.with_names(NameIndex.mine(self.store.articles())))
            return self._reader[1]

    def warm(self) -> None:
        """Load the models now instead of at the first question."""
        self.store.embedder.encode(["warm"], query=True)
        _ = self.reader.finder.parts

    # ── asking ────────────────────────────────────────────────────────────────────────────────

    def search(self, question: str, k: int = 10) -> list[Passage]:
        """Retrieval alone: the k best passages, best first.

        Raises:
            QuestionError: the question is empty or too long.
        """
        question = self._checked(question)
        if k < 1:
            raise QuestionError(f"k is {k}; ask for at least one passage.")
        found = self._retrieve(question, k)
        return [dataclasses.replace(p, score=score, scores={"dense": score}) for p, score in found[:k]]

    def ask(self, question: str, history: History = (), *, language: Language | None = None) -> Answer:
        """Answer a question.

        Args:
            question: in English or Chinese.
            history: earlier user questions, or {"role", "content"} messages, oldest first.
            language: of the answer's own words; that of the question when absent.

        Raises:
            QuestionError: the question is empty or too long.
        """
        question = self._checked(question)
        began = time.perf_counter()
        # Rows and vectors of one generation, whatever a build does meanwhile.
        with self.store.snapshot():
            full = standalone(question, history)
            asked = parts(question) if full == question else [full]
            found = [self._retrieve(text, self.config.candidates) for text in dict.fromkeys([full, *asked])]
            retrieved = time.perf_counter()
            reader = self.reader
            readings = [
                reading
                for number, text in enumerate(asked)
                for reading in reader.read(text, _union(found[0], found[-len(asked) + number]), number)
            ]
            readings.sort(key=lambda r: -r.probability)
            read = time.perf_counter()
            passages = reader.rerank(_union(*found), readings)[:SHOWN]
            shown = {p.id for p in passages}
            readings = [r for r in readings if r.passage.id in shown]  # nothing rests on a passage that isn't shown
            answer = self._answerer(
                question,
                readings,
                passages,
                self.store.article,
                self.config.threshold,
                names=reader.names,
                parts=asked if len(asked) > 1 else (),
                **({"lang": language} if language else {}),
            )
        end = time.perf_counter()
        timings = {
            "retrieve": retrieved - began,
            "read": read - retrieved,
            "compose": end - read,
            "total": end - began,
        }
        notes = list(answer.notes)
        if full != question:
            notes.append(say("understood", answer.language, question=full.replace("\n", " / ")))
        if not reader.fitted:
            notes.append(say("uncalibrated", answer.language))
        return dataclasses.replace(answer, notes=tuple(notes), timings={k: round(v, 4) for k, v in timings.items()})

    def stream(self, question: str, history: History = (), *, language: Language | None = None) -> Iterator[Event]:
        """The answer as events: ("token", str) …, whose strings join to its text, then ("answer", Answer)."""
        answer = self.ask(question, history, language=language)
        for token in re.findall(r"\S+\s*|\s+", answer.text):
            for at in range(0, len(token), 24):  # a Chinese clause has no blanks
                yield "token", token[at : at + 24]
        yield "answer", answer

    def _checked(self, question: str) -> str:
        question = question.strip()
        if not question:
            raise QuestionError("The question is empty. Ask something, in English or Chinese.")
        if len(question) > self.config.max_question:
            raise QuestionError(
                f"The question has {len(question):,} characters, the limit is {self.config.max_question:,}. "
                "Ask in a sentence or two; long texts belong among the articles."
            )
        return question

    def _retrieve(self, question: str, k: int) -> list[tuple[Passage, float]]:
        if self._retriever is not None:
            return passages_of(self._retriever.retrieve(question), self.store)[:k]
        dense = DenseRetriever(self.store, self.store.embedder, self.names, k)
        return passages_of(dense.retrieve(question), self.store)

    # ── llama-index ───────────────────────────────────────────────────────────────────────────

    def _query(self, query_bundle: QueryBundle) -> Response:
        answer = self.ask(query_bundle.query_str)
        nodes = [NodeWithScore(node=to_node(p), score=p.score) for p in answer.passages]
        return Response(response=answer.text, source_nodes=nodes, metadata={"answer": answer.to_dict()})

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return self._query(query_bundle)

    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}


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
    root_by_source: dict[str, str] = {}
    articles = read_articles(
        roots,
        on_skip=lambda path, reason: skipped.append((path, reason)),
        on_read=lambda article, root: root_by_source.update({article.source: str(root.resolve())}),
        on_note=lambda path, note: notes.append((path, note)),
        on_unread=lambda source, path: unread.update({source: path}),
        readers=readers,
        config=config,
    )
    read = list(articles)  # a bad root is found before a store is made
    target = Store.open(
        store if store is not None else config.store_path(), config, embedder or make_embedder(config), create=True
    )
    return target.sync(
        read,
        [str(root.resolve()) for root in roots],
        root_of=lambda article: root_by_source[article.source],
        restore=restore,
        reclean=reclean,
        skipped=skipped,
        notes=notes,
        unread=unread,
        progress=progress,
    )


def load(
    store: str | Path | None = None,
    *,
    config: Config | None = None,
    embedder: SentenceEmbedder | None = None,
    reader: Reader | None = None,
    retriever: BaseRetriever | None = None,
    progress: Progress | None = None,
) -> RagEngine:
    """Open a store for questions. Without one: the default store, built from the demo articles on first use.

    Raises:
        RagError: the store does not exist, is damaged, or was made with other settings.
    """
    config = config or Config()
    embedder = embedder or make_embedder(config)
    path = Path(store) if store is not None else config.store_path()
    if store is None and not (path / DATABASE).is_file():
        build([shipped("articles")], path, config=config, embedder=embedder, progress=progress)
    return RagEngine(Store.open(path, config, embedder), config, reader=reader, retriever=retriever)


_default: dict[Path, RagEngine] = {}


def ask(question: str, history: History = ()) -> Answer:
    """Answer a question from the default store, which is opened once and kept."""
    path = Config().store_path()
    if path not in _default:
        _default[path] = load()
    return _default[path].ask(question, history)
