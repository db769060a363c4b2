"""A follow-up → a standalone question, by an LLM; believed only where it adds nothing of its own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from rag.llm.calls import LLMFailure, tokens
from rag.llm.prompt import condense_prompt
from rag.names import NameIndex
from rag.support.figures import figures
from rag.support.named import named, with_terms
from rag.text import language

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

LONGEST = 400  # characters of a question


def condense(
    llm: LLM, question: str, turns: Sequence[tuple[str, str]], names: NameIndex, *, timeout: float
) -> str | None:
    """The question so that it stands alone, or None where the LLM's is of no use.

    Of no use is one in another language, one that asks nothing, one with names or figures that nobody mentioned, or
    one without a name that the follow-up itself has: models like to repeat the question before.

    Raises:
        LLMFailure: the LLM can't be reached, takes too long, …
    """
    prompt = condense_prompt(question, turns)
    with closing(tokens(llm, prompt, timeout=timeout, most=8 * LONGEST)) as pieces:
        said = "".join(pieces)
    line = next((line.strip(" \t\"'“”「」*") for line in said.splitlines() if line.strip()), "")
    if not 2 <= len(line) <= LONGEST or language(line) != language(question):
        return None
    known = with_terms(names)
    talk = "\n".join([question, *(text for _, text in turns)])
    mentioned = {n.key for n in named(talk, known)} | set(talk.casefold().split())
    if any(n.key not in mentioned and n.key not in talk.casefold() for n in named(line, known, common=talk)):
        return None
    if not {n.key for n in named(question, known) if n.known} <= {n.key for n in named(line, known)}:
        return None
    there = {(f.number.value, f.number.unit) for f in figures(talk, None)}
    if any((f.number.value, f.number.unit) not in there for f in figures(line, None)):
        return None
    return line


__all__ = ["LLMFailure", "condense"]
