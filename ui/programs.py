"""The same from programs: HTTP endpoints through gradio's API, which are MCP tools under the functions' names.

/ask is `ask_articles`, /search is `search_passages`, /article is `read_article`. All of them wait until the
models are loaded, take their place in the line, and remember nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import gradio as gr

from rag.errors import QuestionError, RagError
from ui.line import Line
from ui.loader import EngineLoader

MOST_PASSAGES = 50
MOST_CHARACTERS = 20_000  # of an article at a time


def wire(loader: EngineLoader, line: Line) -> None:
    """Make the endpoints, inside a `gr.Blocks`."""
    for name, function in (
        ("ask", ask_with(loader, line)),
        ("search", search_with(loader, line)),
        ("article", read_with(loader)),
    ):
        gr.api(function, api_name=name)  # type: ignore[attr-defined]  # gradio does not list it in __all__


def ask_with(loader: EngineLoader, line: Line) -> Callable[..., dict[str, Any]]:
    """The endpoint /ask."""

    def ask_articles(question: str, history: list[Any] = []) -> dict[str, Any]:  # noqa: B006 - shown in the API
        """Answer a question from the news articles, in its own words with exact citations, or say that they don't say.

        Args:
            question: in English or Chinese.
            history: earlier questions as strings, or messages with "role" and "content", oldest first.

        Returns:
            The answer: text in Markdown with markers [1], whether it is answered, confidence from 0 to 1,
            citations with quote and offsets, conflicts between sources, and the passages that were read.
        """
        if not isinstance(history, (list, tuple)) or not all(isinstance(x, (str, Mapping)) for x in history):
            raise gr.Error(
                'The history must be a list of questions or of {"role", "content"} messages, oldest first.',
                print_exception=False,
            )
        with _told(), line.stand() as ticket:
            engine = loader.engine()
            ticket.wait()
            return engine.ask(_sent(question), history=history).to_dict()

    return ask_articles


def search_with(loader: EngineLoader, line: Line) -> Callable[..., list[dict[str, Any]]]:
    """The endpoint /search."""

    def search_passages(query: str, k: int = 5) -> list[dict[str, Any]]:
        """Find the passages of the news articles nearest to a question or to key words, best first.

        Args:
            query: in English or Chinese.
            k: how many, at most 50.

        Returns:
            Passages: text, title, source, date, score, and where they stand (article_id, start, end).
        """
        with _told(), line.stand() as ticket:
            engine = loader.engine()
            ticket.wait()
            if not 1 <= k <= MOST_PASSAGES:
                raise QuestionError(f"k is {k}; ask for 1 to {MOST_PASSAGES} passages.")
            return [passage.to_dict() for passage in engine.search(_sent(query), k=int(k))]

    return search_passages


def read_with(loader: EngineLoader) -> Callable[..., dict[str, Any]]:
    """The endpoint /article."""

    def read_article(article_id: str, start: int = 0, characters: int = MOST_CHARACTERS) -> dict[str, Any]:
        """Read a news article, whole or in parts.

        Args:
            article_id: as in a citation or passage.
            start: the first character wanted.
            characters: how many, at most 20000.

        Returns:
            Title, source, outlet, url, date, authors, language; text from start on; total, the characters in all.
        """
        with _told():
            article = loader.engine().article(_sent(article_id))
            start = max(0, int(start))
            text = article.text[start : start + max(0, min(int(characters), MOST_CHARACTERS))]
            names = ("id", "title", "source", "outlet", "url", "date", "language")
            about = {name: getattr(article, name) for name in names}
            return about | {
                "authors": list(article.authors),
                "start": start,
                "total": len(article.text),
                "text": text,
            }

    return read_article


def _sent(text: Any) -> str:
    """A text argument; half a surrogate pair is legal in JSON and can't be sent back.

    Raises:
        QuestionError: it is no text.
    """
    if not isinstance(text, str):
        raise QuestionError("The question must be a string.")
    return text.encode("utf-8", "replace").decode("utf-8")


@contextmanager
def _told() -> Iterator[None]:
    """A user's mistake reaches the caller as its sentence."""
    try:
        yield
    except RagError as error:
        raise gr.Error(str(error), print_exception=False) from error
