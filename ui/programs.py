"""The same from programs: /ask over HTTP gives an answer as JSON, and the MCP tools give JSON as text.

All of them wait until the models are loaded, take their place in the line, and remember nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import gradio as gr

from rag.errors import QuestionError, RagError
from ui.line import Line
from ui.loader import EngineLoader

if TYPE_CHECKING:
    from rag.engine import RagEngine

LISTS, TEXTS = frozenset({"sources", "languages"}), frozenset({"since", "until", "language", "voice"})
MOST_PASSAGES = 50
MOST_CHARACTERS = 20_000  # of an article at a time


def wire(loader: EngineLoader, line: Line) -> None:
    """Make the endpoints, inside a `gr.Blocks`."""
    ask = asking(loader, line)
    # Gradio makes a tool of every endpoint and its text of str(result), which is no JSON: the tools below do better.
    ask._mcp_type = "none"  # type: ignore[attr-defined]
    gr.api(ask, api_name="ask")  # type: ignore[attr-defined]  # gradio does not list it in __all__
    for tool in tools(loader, line):
        gr.api(tool, api_name=tool.__name__)  # type: ignore[attr-defined]


def asking(loader: EngineLoader, line: Line) -> Callable[..., dict[str, Any]]:
    """The endpoint /ask."""

    def ask(
        question: str,
        history: list[Any] = [],  # noqa: B006 - shown in the API's description
        options: dict[str, Any] = {},  # noqa: B006
    ) -> dict[str, Any]:
        """Answer a question from the articles. history: earlier questions, or messages, oldest first. options: sources,
        languages, since, until, language and voice, as `RagEngine.ask` takes them."""
        if not isinstance(history, (list, tuple)) or not all(isinstance(x, (str, Mapping)) for x in history):
            raise gr.Error(
                'The history must be a list of questions or of {"role", "content"} messages, oldest first.',
                print_exception=False,
            )
        if not isinstance(options, Mapping) or not all(_fits(*option) for option in options.items()):
            raise gr.Error(
                "The options are an object: sources and languages are lists of strings; since, until, language and "
                "voice are strings.",
                print_exception=False,
            )
        with _turn(loader, line) as engine:
            return engine.ask(_sent(question), history=history, **options).to_dict()

    return ask


def tools(loader: EngineLoader, line: Line) -> tuple[Callable[..., str], ...]:
    """The MCP tools; their names and descriptions are what a client's model reads."""

    def ask_articles(question: str) -> str:
        """Answer a question from the news articles, in their own words with exact citations, or say they don't say.

        Args:
            question: in English or Chinese, understandable alone.

        Returns:
            JSON: text in Markdown with markers [1], answered, confidence from 0 to 1, citations with quote and
            offsets, conflicts between sources, and the passages that were read.
        """
        with _turn(loader, line) as engine:
            return _json(engine.ask(_sent(question)).to_dict())

    def search_passages(query: str, k: int = 5) -> str:
        """Find the passages of the news articles nearest to a question or to key words, best first.

        Args:
            query: in English or Chinese.
            k: how many, at most 50.

        Returns:
            JSON, a list: text, title, source, date, score, and where it stands (article_id, start, end).
        """
        with _turn(loader, line) as engine:
            if not 1 <= k <= MOST_PASSAGES:
                raise QuestionError(f"k is {k}; ask for 1 to {MOST_PASSAGES} passages.")
            return _json([passage.to_dict() for passage in engine.search(_sent(query), k=int(k))])

    def read_article(article_id: str, start: int = 0, characters: int = MOST_CHARACTERS) -> str:
        """Read a news article, whole or in parts.

        Args:
            article_id: as in a citation or a passage.
            start: the first character wanted.
            characters: how many, at most 20000.

        Returns:
            JSON: title, source, outlet, url, date, authors, language; text from start on; total, the characters in all.
        """
        with _turn(loader, line) as engine:
            article = engine.article(_sent(article_id))
            start = max(0, int(start))
            names = ("id", "title", "source", "outlet", "url", "date", "authors", "language")
            about = {name: getattr(article, name) for name in names}
            text = article.text[start : start + max(0, min(int(characters), MOST_CHARACTERS))]
            return _json(about | {"start": start, "total": len(article.text), "text": text})

    return ask_articles, search_passages, read_article


@contextmanager
def _turn(loader: EngineLoader, line: Line) -> Iterator[RagEngine]:
    """The engine, when it is there and it is this caller's turn; a user's mistake reaches the caller as a sentence."""
    try:
        engine = loader.engine()
        with line.stand() as ticket:
            ticket.wait()
            yield engine
    except RagError as error:
        raise gr.Error(str(error), print_exception=False) from error


def _fits(name: Any, value: Any) -> bool:
    if name in LISTS:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return name in TEXTS and isinstance(value, str)


def _sent(text: Any) -> str:
    """A text argument; half a surrogate pair is legal in JSON and can't be sent back.

    Raises:
        QuestionError: it is no text.
    """
    if not isinstance(text, str):
        raise QuestionError("The question must be a string.")
    return text.encode("utf-8", "replace").decode("utf-8")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
