"""Hand-made articles and answers, and an engine that gives them, for tests of the chat without models."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from rag.errors import StoreError
from rag.names import NameIndex
from rag.text import language, script
from rag.types import Answer, Article, ArticleInfo, Citation, Passage, Segment
from ui.loader import EngineLoader

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> [x](javascript:alert(3)) ![y](http://e.vil/z) **b** $$q$$"
)
QUOTE = "The bridge <b>cost</b> $4 & took 2 years."
TEXT = f"Heading\n\nBefore. {QUOTE} After.\n\nAnother paragraph."


def make_article(id: str = "a1", text: str = TEXT, title: str = "A “title”", **more: Any) -> Article:
    values: dict[str, Any] = dict(
        source=f"{id}.txt", outlet="The Outlet", url="https://o.example/1", date="2025-02-09", authors=("N. N.",)
    )
    values["alignment"] = (Segment(0, len(text), 0, len(text)),)
    return Article(
        id=id, title=title, text=text, raw=text, language=language(text), script=script(text), **values | more
    )


def info(a: Article) -> ArticleInfo:
    return ArticleInfo(a.id, a.source, a.title, a.outlet, a.date, a.authors, a.language, a.script, len(a.text), 1)


def make_citation(article: Article, quote: str, n: int = 1, also_in: tuple[str, ...] = ()) -> Citation:
    at = article.text.index(quote)
    end = at + len(quote)
    return Citation(
        n,
        f"c{n}",
        article.id,
        article.title,
        article.source,
        article.url,
        article.date,
        at,
        end,
        quote,
        quote,
        at,
        end,
        also_in,
    )


def make_answer(text: str = "So it is: “quote” [1]", question: str = "How much?", **more: Any) -> Answer:
    values = dict(answered=True, confidence=0.9, timings={"total": 0.42})
    return Answer(question, text, language(question), **values | more)


class FakeEngine:
    """Answers with what it was given and remembers what it was asked."""

    def __init__(self, articles: list[Article], answer: Answer | Exception | None = None) -> None:
        self.known = {a.id: a for a in articles}
        self.answer = answer
        self.asked: list[tuple[str, Any]] = []
        self.names = NameIndex(())
        self._folder = TemporaryDirectory()  # the chat keeps beside the index what people add
        texts = [(a.id, a.text) for a in articles]
        self.store = SimpleNamespace(generation=1, path=Path(self._folder.name, "index"), texts=lambda: iter(texts))

    def warm(self) -> None:
        pass

    def articles(self) -> list[Article]:
        return list(self.known.values())

    def overview(self) -> list[ArticleInfo]:
        return [info(a) for a in self.known.values()]

    def search(self, question: str, k: int = 10) -> list[Passage]:
        found = [Passage(f"p{a.id}", a.id, a.title, a.source, a.date, a.text[:20], 0, 20) for a in self.known.values()]
        return found[:k]

    def article(self, article_id: str) -> Article:
        if article_id not in self.known:
            raise StoreError(f"There is no article {article_id!r}.")
        return self.known[article_id]

    def ask(self, question: str, history: Any = (), **options: Any) -> Answer:
        self.asked.append((question, history))
        self.options = options
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or make_answer(question=question)

    def stream(self, question: str, history: Any = (), **options: Any) -> Any:
        answer = self.ask(question, history, **options)
        yield from (("token", word + " ") for word in answer.text.split(" "))
        yield "answer", answer


def loaded(engine: Any) -> EngineLoader:
    loader = EngineLoader(lambda progress: engine)  # type: ignore[arg-type,return-value]
    loader.start()
    assert loader.wait(60)
    return loader


class Seen(HTMLParser):
    """Tags with their attributes, visible text, and the text inside each <mark>."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marks: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"br", "img", "input"}:
            self._open.append(tag)
        if tag == "mark":
            self.marks.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> closes {self._open[-1:]}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        if "mark" in self._open:
            self.marks[-1] += data

    def links(self, start: str) -> list[str]:
        return [str(a["href"]) for tag, a in self.tags if tag == "a" and str(a.get("href")).startswith(start)]


def harmless(source: str) -> Seen:
    """Nothing in this HTML can run or load anything."""
    seen = Seen(source)
    for tag, attributes in seen.tags:
        assert tag not in {"script", "img", "iframe", "style", "svg", "object", "base", "b"}, tag
        assert not [name for name in attributes if name.startswith("on") or name in {"src", "style"}]
        assert re.match(r"#|https?://", attributes.get("href") or "#"), attributes
    return seen
