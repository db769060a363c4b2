"""The spine: question → retrieve → read → compose, with every part replaceable."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack, cast

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.schema import NodeWithScore, QueryBundle

from rag.answer import compose, say
from rag.chat import History, standalone, turns
from rag.config import Config, shipped
from rag.dictionary import dictionary
from rag.embed import Progress, SentenceEmbedder, make_embedder
from rag.errors import ConfigError, QuestionError
from rag.indexing import build
from rag.llm import LLMAnswerer, LLMFailure, Task, condense, make_llm, tell, told
from rag.names import NameIndex, link, read_names, world_names
from rag.reader import Reader, parts, remark_apart
from rag.retrieve import Filters, HybridRetriever, passages_of, to_node
from rag.store import DATABASE, Store
from rag.text import Language, fold_text
from rag.text import language as language_of
from rag.types import Answer, Article, ArticleInfo, Passage

if TYPE_CHECKING:
    from llama_index.core.llms import LLM


class Limits(TypedDict, total=False):
    """Which articles count; all where nothing is said.

    Attributes:
        sources: only those of these outlets, or with these paths or below them.
        languages: only those in these: "en", "zh".
        since: only those published then or later: "2025", "2025-07", "2025-07-12".
        until: likewise; the whole year, month or day counts.
    """

    sources: Sequence[str] | None
    languages: Sequence[str] | None
    since: str | None
    until: str | None


Event = tuple[str, Any]
Voice = Literal["extractive", "llm"]
SHOWN = 10  # passages in an answer


def _union(*found: Sequence[Passage]) -> list[Passage]:
    """Passages of several searches, each once with its best score, best first."""
    best: dict[str, Passage] = {}
    for passage in (one for some in found for one in some):
        if passage.id not in best or best[passage.id].score < passage.score:
            best[passage.id] = passage
    return sorted(best.values(), key=lambda p: (-p.score, p.id))


def _scored(passages: Sequence[Passage]) -> list[tuple[Passage, float]]:
    return [(passage, passage.score) for passage in passages]


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
        llm: LLM | None = None,
        answerer: Callable[..., Answer] = compose,
    ) -> None:
        super().__init__(callback_manager=CallbackManager([]))
        self.store = store
        self.config = config
        self.llm = llm
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
        """What there is to list of every article, by source, without their texts."""
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
                self._reader = (generation, base.with_names(self._read_names()))
            return self._reader[1]

    def _read_names(self) -> NameIndex:
        """The articles' names, then the user's, then the world's: what comes first wins."""
        mine, forbidden = read_names(self.config.names) if self.config.names else ([], [])
        mined = link(self.store.introductions(), self.store.frequency)
        return NameIndex.of(mined, [*mine, *world_names()], forbidden, self.store.spellings())

    def warm(self) -> None:
        """Load the models now instead of at the first question."""
        dictionary()
        self.store.embedder.encode(["warm"], query=True)
        _ = self.reader.finder.parts

    # ── asking ────────────────────────────────────────────────────────────────────────────────

    def search(
        self,
        question: str,
        k: int = 10,
        **limits: Unpack[Limits],
    ) -> list[Passage]:
        """Retrieval alone: the k best passages, best first. `limits` as for `ask`.

        Raises:
            QuestionError: the question is empty or too long, or a filter can't be understood.
        """
        question = self._checked(question)
        if k < 1:
            raise QuestionError(f"k is {k}; ask for at least one passage.")
        return self._retrieve(question, k, Filters.of(**limits))

    def ask(
        self,
        question: str,
        history: History = (),
        voice: Voice | None = None,
        *,
        language: Language | None = None,
        **limits: Unpack[Limits],
    ) -> Answer:
        """Answer a question.

        Args:
            question: in English or Chinese.
            history: earlier user questions, or {"role", "content"} messages, oldest first.
            voice: "extractive" for the articles' own words, "llm" for the LLM's; by default the LLM's if there is one.
            language: of the answer's own words; that of the question when absent.
            limits: which articles count (`Limits`).

        Raises:
            QuestionError: the question is empty or too long, or a filter can't be understood.
            ConfigError: the LLM's voice is wanted and there is none.
        """
        *_, (_, answer) = self.stream(question, history, voice, language=language, **limits)
        return cast(Answer, answer)

    def stream(
        self,
        question: str,
        history: History = (),
        voice: Voice | None = None,
        *,
        language: Language | None = None,
        **limits: Unpack[Limits],
    ) -> Iterator[Event]:
        """The answer as events: ("token", str) …, whose strings join to its text, then ("answer", Answer).

        What the LLM says comes sentence by sentence, each checked first. Closing the generator cancels its call.
        Takes and raises what `ask` does.
        """
        filters = Filters.of(**limits)
        if language not in (None, "en", "zh"):
            raise QuestionError(f'{language!r} is no language known here. Say "en" or "zh".')
        question = self._checked(question)
        llm = self._speaker(voice)
        began = time.perf_counter()
        lang = language or language_of(question)
        full, notes = self._standalone(question, history, llm, lang)
        task, timings = self._read(question, full, filters, lang, began)
        if not task.reader.fitted:
            notes.append(say("uncalibrated", lang))
        asked = time.perf_counter()
        if llm is None:
            events = told(task.extractive)
        else:
            config = self.config
            events = LLMAnswerer(
                llm, timeout=config.llm_timeout, reply=config.llm_tokens, unsupported=config.llm_unsupported
            ).stream(task)
        for kind, value in events:
            if kind == "answer":
                end = time.perf_counter()
                timings |= ({"llm": end - asked} if llm is not None else {}) | {"total": end - began}
                rounded = {k: round(v, 4) for k, v in timings.items()}
                value = dataclasses.replace(value, notes=(*value.notes, *notes), timings=rounded)
            yield kind, value

    def _read(
        self, question: str, full: str, filters: Filters, lang: Language, began: float
    ) -> tuple[Task, dict[str, float]]:
        """Retrieve, read, and answer in the articles' own words; and how long each took."""
        # Rows and vectors of one generation, whatever a build does meanwhile.
        with self.store.snapshot():
            asked = parts(remark_apart(question)[0]) if full == question else [full]
            found = [self._retrieve(text, self.config.candidates, filters) for text in dict.fromkeys([full, *asked])]
            retrieved = time.perf_counter()
            reader = self.reader
            readings = [
                reading
                for number, text in enumerate(asked)
                for reading in reader.read(text, _scored(_union(found[0], found[-len(asked) + number])), number)
            ]
            readings.sort(key=lambda r: -r.probability)
            read = time.perf_counter()
            passages = reader.rerank(_scored(_union(*found)), readings)[:SHOWN]
            shown = {p.id for p in passages}
            readings = [r for r in readings if r.passage.id in shown]  # nothing rests on a passage that isn't shown
            common: dict[str, Any] = {
                "names": reader.names,
                "lang": lang,
                "carried_by": self._carried_by,
                "filtered": bool(filters) and self.store.top_number >= 0,
            }
            threshold, article = self.config.threshold, self.store.article
            several = asked if len(asked) > 1 else ()
            # Composed for what a follow-up means, and told as it was asked.
            answer = self._answerer(full, readings, passages, article, threshold, parts=several, **common)
            refused = self._answerer(full, [], passages, article, threshold, **common)
            answer, refused = (dataclasses.replace(one, question=question) for one in (answer, refused))
            articles = {p.article_id: self.store.article(p.article_id) for p in passages}
        task = Task(question, full, passages, articles, reader, extractive=answer, refused=refused)
        end = time.perf_counter()
        return task, {"retrieve": retrieved - began, "read": read - retrieved, "compose": end - read}

    def _carried_by(self, article_id: str, quote: str) -> tuple[str, ...]:
        """The reprints of an article that have a sentence of it, too."""
        others = self.store.reprints(article_id)
        return tuple(one for one in others if fold_text(quote) in fold_text(self.store.article(one).text))

    def _speaker(self, voice: Voice | None) -> LLM | None:
        if voice not in (None, "extractive", "llm"):
            raise ConfigError(f'There is no voice {voice!r}. It is "extractive" or "llm".')
        if voice == "llm" and self.llm is None:
            raise ConfigError("No LLM is set up. Give one: load(llm=…), or set RAG_LLM and RAG_LLM_MODEL (see README).")
        return None if voice == "extractive" else self.llm

    def _standalone(self, question: str, history: History, llm: LLM | None, lang: Language) -> tuple[str, list[str]]:
        """The question so that it can be understood alone, in its own language, and notes on that in the answer's."""
        notes: list[str] = []
        full = standalone(question, history, self.names) if history else question
        if llm is not None and turns(history):
            try:
                condensed = condense(llm, question, turns(history), self.names, timeout=self.config.llm_timeout)
            except LLMFailure as failure:
                notes.append(tell(failure.key, lang, failure.detail))
                condensed = None
            if condensed is None:
                notes.append(tell("rule", lang))
            full = condensed or full
        if full != question:
            notes.append(say("understood", lang, question=full.replace("\n", " / ")))
        return full, notes

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

    def _retrieve(self, question: str, k: int, filters: Filters) -> list[Passage]:
        if self._retriever is not None:
            given = passages_of(self._retriever.retrieve(question), self.store)
            kept = [p for p in given if filters.keeps(self.store.article(p.article_id))]
            return kept[:k]
        known = dictionary() if self.config.dictionary else None
        return HybridRetriever(self.store, self.store.embedder, self.names, known, k, filters).search(question)

    # ── llama-index ───────────────────────────────────────────────────────────────────────────

    def _query(self, query_bundle: QueryBundle) -> Response:
        answer = self.ask(query_bundle.query_str)
        nodes = [NodeWithScore(node=to_node(p), score=p.score) for p in answer.passages]
        return Response(response=answer.text, source_nodes=nodes, metadata={"answer": answer.to_dict()})

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return self._query(query_bundle)

    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}


def load(
    store: str | Path | None = None,
    *,
    config: Config | None = None,
    embedder: SentenceEmbedder | None = None,
    reader: Reader | None = None,
    retriever: BaseRetriever | None = None,
    llm: LLM | None = None,
    progress: Progress | None = None,
) -> RagEngine:
    """Open a store for questions. Without one: the default store, built from the demo articles on first use.

    Parts that are given take the place of those that the settings name; any llama-index LLM that completes will do.

    Raises:
        RagError: the store does not exist, is damaged, or was made with other settings.
    """
    config = config or Config()
    embedder = embedder or make_embedder(config)
    path = Path(store) if store is not None else config.store_path()
    first = store is None and not (path / DATABASE).is_file()
    if store is None and not first:
        first = Store.open(path, config, embedder).generation == 0  # a first build that was stopped has written nothing
    if first:
        build([shipped("articles")], path, config=config, embedder=embedder, progress=progress)
    opened = Store.open(path, config, embedder)
    return RagEngine(opened, config, reader=reader, retriever=retriever, llm=llm or make_llm(config))


_default: dict[Path, RagEngine] = {}


def ask(question: str, history: History = ()) -> Answer:
    """Answer a question from the default store, which is opened once and kept."""
    path = Config().store_path()
    if path not in _default:
        _default[path] = load()
    return _default[path].ask(question, history)
