"""The answer in an LLM's words: each sentence is checked against what it cites before anybody sees it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from rag.answer import escape, kind_of
from rag.answer.conflicts import conflict_text
from rag.cite import cite, locate
from rag.llm.calls import LLMFailure, tokens
from rag.llm.markers import Sentence, SentenceParser, joined
from rag.llm.prompt import REFUSAL, answer_prompt, script_for
from rag.llm.wording import tell, tell_dropped, tell_failure, tell_marked
from rag.reader import Reader
from rag.support.verifier import Support, Verifier
from rag.types import Answer, Article, Citation, Conflict, Passage

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

Event = tuple[str, Any]
CHARACTERS = 8  # most of a token, from which the output counts as endless
DEFAULT_WINDOW = 3900  # tokens, of a model that doesn't say


@dataclass(frozen=True)
class Task:
    """What an LLM is to answer, and what is there already."""

    question: str  # as the user put it
    full: str  # so that it stands alone
    passages: Sequence[Passage]  # best first
    articles: Mapping[str, Article]  # of the passages, by id
    reader: Reader
    extractive: Answer  # in the articles' own words, in case
    refused: Answer  # that the articles don't say


@dataclass
class _Draft:
    """An answer as it grows."""

    task: Task
    verifier: Verifier
    text: str = ""
    places: list[tuple[str, int, int]] = field(default_factory=list)  # of citations, in order of appearance
    scores: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    waiting: list[tuple[Sentence, str]] = field(default_factory=list)  # unsupported ones, until a supported one comes
    said: list[str] = field(default_factory=list)  # sentences shown already
    unknown: list[int] = field(default_factory=list)

    def number(self, article_id: str, start: int, end: int) -> int:
        """The marker of a place; a sentence that another article has too is cited once."""
        quote = self.task.articles[article_id].text[start:end]
        for n, (known, a, b) in enumerate(self.places, start=1):
            if (known, a, b) == (article_id, start, end) or locate(quote, self.task.articles[known].text[a:b]):
                return n
        self.places.append((article_id, start, end))
        return len(self.places)

    def citations(self) -> tuple[Citation, ...]:
        """Verified citations of all places, with the other articles that have the same sentence."""
        out = []
        for n, (article_id, start, end) in enumerate(self.places, start=1):
            home = self.task.articles[article_id]
            quote = home.text[start:end]
            others = sorted(a.id for a in self.task.articles.values() if a.id != article_id and locate(quote, a.text))
            out.append(cite(home, start, end, n, tuple(others)))
        return tuple(out)


class LLMAnswerer:
    """Asks an LLM, shows what of its answer is supported, and gives the extractive answer where nothing is.

    Args:
        llm: any llama-index LLM that completes; streaming is used where it can.
        timeout: seconds for one answer in all.
        reply: tokens of the longest answer.
        unsupported: "drop" leaves unsupported sentences out, "mark" shows them marked; notes say why in any case.
    """

    def __init__(
        self, llm: LLM, *, timeout: float = 60.0, reply: int = 600, unsupported: Literal["drop", "mark"] = "drop"
    ) -> None:
        self.llm = llm
        self.timeout = timeout
        self.reply = reply
        self.unsupported = unsupported

    def stream(self, task: Task) -> Iterator[Event]:
        """Events: ("token", str) … whose strings join to the answer's text, then ("answer", Answer).

        One call of the LLM, none where there is nothing to read. Closing the generator cancels it.
        """
        lang = task.extractive.language
        if not task.passages:
            yield from told(task.extractive)
            return
        draft = _Draft(task, Verifier(task.reader, task.articles, task.full))
        refused, failure = False, None
        window = self.llm.metadata.context_window or DEFAULT_WINDOW
        answer_in = script_for(task.question, lang)
        prompt, known = answer_prompt(task.full, task.passages, task.articles, window, self.reply, answer_in)
        try:
            if not known:
                raise LLMFailure("room")
            for sentence in self._sentences(prompt, known):
                if sentence.text.strip(" .。").upper().startswith(REFUSAL):
                    refused = True
                    break
                for piece in self._take(sentence, draft):
                    yield "token", piece
        except LLMFailure as error:
            failure = error
        if draft.unknown:
            draft.notes.append(tell("unknown", lang, "".join(f"[{n}]" for n in dict.fromkeys(draft.unknown))))
        if draft.scores:
            if failure:
                draft.notes.append(tell_failure(failure, lang, partly=True))
            conflicts, paragraph = self._conflicts(draft)
            if paragraph:
                draft.text += paragraph
                yield "token", paragraph
            yield "answer", self._answer(draft, conflicts)
        elif refused and not failure:
            yield from told(_refused(task, draft.notes))
        else:
            failure = failure or LLMFailure("unsupported")
            notes = (*task.extractive.notes, *draft.notes, tell_failure(failure, lang))
            yield from told(dataclasses.replace(task.extractive, notes=notes))

    def _sentences(self, prompt: str, known: int) -> Iterator[Sentence]:
        parser = SentenceParser(known)
        most = self.reply * CHARACTERS
        with closing(tokens(self.llm, prompt, timeout=self.timeout, most=most)) as pieces:
            for piece in pieces:
                yield from parser.feed(piece)
        yield from parser.end()  # not after a failure: what was cut off is no sentence

    def _take(self, sentence: Sentence, draft: _Draft) -> Iterator[str]:
        """What is to be shown for a sentence."""
        lang = draft.task.extractive.language
        draft.unknown += sentence.unknown
        if sentence.text in draft.said:
            return
        support = check(sentence, draft.task.passages, draft.verifier)
        if support.reason:
            draft.notes.append(tell_dropped(sentence.text, support, lang))
            if self.unsupported == "mark" and support.reason != "garbled":
                shown = tell_marked(escape(sentence.text), lang)
                if not draft.scores:  # what nothing supports is no answer of its own
                    draft.waiting.append((sentence, shown))
                    return
                yield self._show(draft, sentence, shown)
            return
        for waiting, shown in draft.waiting:
            yield self._show(draft, waiting, shown)
        draft.waiting = []
        numbers = dict.fromkeys(draft.number(e.article.id, e.start, e.end) for e in support.evidence)
        markers = "".join(f"[{n}]" for n in numbers)
        draft.scores.append(support.score)
        draft.said.append(sentence.text)
        yield self._show(draft, sentence, f"{escape(sentence.text)}{' ' if lang == 'en' else ''}{markers}")

    def _show(self, draft: _Draft, sentence: Sentence, shown: str) -> str:
        piece = joined(draft.text, sentence) + shown
        draft.text += piece
        return piece

    def _conflicts(self, draft: _Draft) -> tuple[tuple[Conflict, ...], str]:
        """Where the sources differ, told whether the LLM says so or not; citations that it lacks are added."""
        task = draft.task
        out, text = [], ""
        for conflict in task.extractive.conflicts:
            claims = []
            for claim in conflict.claims:
                cited = [task.extractive.citations[n - 1] for n in claim.citations]
                numbers = dict.fromkeys(draft.number(c.article_id, c.start, c.end) for c in cited)
                claims.append(dataclasses.replace(claim, citations=tuple(numbers)))
            out.append(Conflict(conflict.about, tuple(claims)))
            kind = kind_of(task.question)
            text += "\n\n" + conflict_text(out[-1], [""] * len(claims), kind, task.extractive.language)
        return tuple(out), text

    def _answer(self, draft: _Draft, conflicts: tuple[Conflict, ...]) -> Answer:
        base = draft.task.extractive
        return Answer(
            question=base.question,
            text=draft.text,
            language=base.language,
            answered=True,
            confidence=round(sum(draft.scores) / len(draft.scores), 4),
            citations=draft.citations(),
            conflicts=conflicts,
            passages=base.passages,
            mode="llm",
            notes=tuple(draft.notes),
        )


def check(sentence: Sentence, passages: Sequence[Passage], verifier: Verifier) -> Support:
    """Whether a sentence is supported; then with a sentence of every passage it cites that supports it alone too."""
    if "\ufffd" in sentence.text or re.search(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]", sentence.text):
        return Support("garbled")
    cited = [passages[n - 1] for n in sentence.cited]
    support = verifier.check(sentence.text, cited)
    if support.reason or len(cited) < 2:
        return support
    evidence = list(support.evidence)
    for passage in cited:
        if all(e.passage.id != passage.id for e in evidence):
            alone = verifier.check(sentence.text, [passage])
            evidence += () if alone.reason else alone.evidence[:1]
    return dataclasses.replace(support, evidence=tuple(evidence))


def _refused(task: Task, notes: Sequence[str]) -> Answer:
    lang = task.extractive.language
    note = tell("refused", lang)
    if task.extractive.answered:
        note = tell("refused_but", lang, task.extractive.text.split("\n")[0][:200])
    return dataclasses.replace(task.refused, mode="llm", notes=(*notes, note))


def told(answer: Answer) -> Iterator[Event]:
    """An answer that is there already, as events."""
    for token in re.findall(r"\S+\s*|\s+", answer.text):
        for at in range(0, len(token), 24):  # a Chinese clause has no blanks
            yield "token", token[at : at + 24]
    yield "answer", answer
