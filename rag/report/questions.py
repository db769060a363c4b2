"""One question of an HTML report: what was wanted, what was said, and on what."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from html import escape

from rag.evaluate import Result
from rag.gold import Evidence, Span
from rag.metrics import groups_found
from rag.report.columns import COLUMNS, seconds
from rag.report.plots import verdict_class
from rag.text import script
from rag.types import Citation, Passage

MOST_PASSAGES = 10
LONGEST = 700  # characters shown of a passage


def question(result: Result) -> str:
    """A question that opens to its answer, its evidence and the passages that were found."""
    gold = result.gold
    asked = " → ".join([*gold.history, gold.question])
    summary = (
        f"<summary><i class='{verdict_class(result.verdict)}'></i><span class='id'>{escape(gold.id)}</span>"
        f"<span class='question' lang='{_lang(asked)}'>{escape(asked)}</span>"
        f"<span class='tags'>{escape(result.verdict)} · {escape(gold.type)} · {escape(gold.lang)}</span></summary>"
    )
    left = f"<div>{_wanted(result)}{_said(result)}</div>"
    right = f"<div>{_passages(result)}</div>"
    return (
        f"<details class='q' data-verdict='{escape(result.verdict)}' data-type='{escape(gold.type)}' "
        f"data-lang='{escape(gold.lang)}'>{summary}<div class='body'><div class='columns'>{left}{right}</div>"
        f"{_figures(result)}</div></details>"
    )


def _wanted(result: Result) -> str:
    gold = result.gold
    if not gold.answerable:
        corrected = "".join(f"<li>or, cited: {escape(' / '.join(group))}</li>" for group in gold.correction)
        return f"<h4>Wanted</h4><ul class='wanted'><li>a refusal: the articles don't say</li>{corrected}</ul>"
    answer = result.answer
    said = "\n".join([answer.text, *(c.quote for c in answer.citations)]) if answer and answer.answered else ""
    rows = [
        f"<li>{'✓' if found else '✗'} {escape(' / '.join(group))}</li>"
        for group, found in zip(gold.answer_all, groups_found(gold.answer_all, said), strict=True)
    ]
    return f"<h4>Wanted</h4><ul class='wanted'>{''.join(rows)}</ul>{''.join(map(_evidence, gold.evidence))}"


def _evidence(item: Evidence) -> str:
    """A needed piece of evidence: its words, where the gold has them, and its places."""
    said = f"<span lang='{_lang(item.quote)}'>{escape(item.quote)}</span>" if item.quote else ""
    places = [p.doc if p.start is None else f"{p.doc} {p.start}:{p.end}" for p in item.places]
    return f"<blockquote>{said}<small>evidence in {escape(', or in '.join(places))}</small></blockquote>"


def _said(result: Result) -> str:
    answer = result.answer
    if answer is None:
        return ""
    cited = "".join(_citation(c, result) for c in answer.citations)
    confidence = f"confidence {answer.confidence:.2f}"
    notes = "".join(f"<p class='hint'>{escape(note)}</p>" for note in answer.notes)
    cited = f"<h4>Citations</h4>{cited}" if cited else ""
    text = f"<p class='said' lang='{_lang(answer.text)}'>{_from_markdown(answer.text)}</p>"
    return f"<h4>Said · {confidence}</h4>{text}{notes}{cited}"


def _from_markdown(text: str) -> str:
    """An answer's Markdown (bold, italics, escapes) as HTML."""
    pieces = re.split(r"(?<!\\)(\*\*.+?\*\*|\*.+?\*)", text)
    out = []
    for piece in pieces:
        stars = 2 if piece.startswith("**") else 1 if piece.startswith("*") else 0
        plain = escape(html.unescape(re.sub(r"\\([^\w\s])", r"\1", piece[stars : len(piece) - stars])))
        out.append(f"<b>{plain}</b>" if stars == 2 else f"<i>{plain}</i>" if stars else plain)
    return "".join(out)


def _citation(citation: Citation, result: Result) -> str:
    places = [place for need in result.case.needs for place in need]
    proves = any(
        citation.article_id == article and citation.start < end and start < citation.end
        for article, start, end in places
    )
    before, quote, after = citation.context.partition(citation.quote)
    inside = f"<mark>{escape(quote)}</mark>" if before or after else escape(quote)
    marked = f"{escape(before)}{inside}{escape(after)}"
    where = f"[{citation.n}] {citation.source} · {citation.date or '–'}"
    return _quoted(marked, where, "good" if proves else "bad", citation.context)


def _passages(result: Result) -> str:
    needed = [place for places in result.case.needs for place in places]
    pairs = list(zip(result.retrieved, result.relevant, strict=True))
    rows = [_passage(n, p, good, needed) for n, (p, good) in enumerate(pairs[:MOST_PASSAGES], start=1)]
    return f"<h4>Retrieved, best first</h4>{''.join(rows)}"


def _passage(rank: int, passage: Passage, good: bool, needed: Sequence[Span]) -> str:
    """A passage with the evidence in it marked."""
    inside = [
        (max(start, passage.start) - passage.start, min(end, passage.end) - passage.start)
        for article, start, end in needed
        if article == passage.article_id and start < passage.end and passage.start < end
    ]
    where = f"{rank}. {passage.source} {passage.start}:{passage.end} · {passage.score:.3f}"
    holds = " · holds the evidence" if good else ""
    return _quoted(_marked(passage.text, inside), where + holds, "good" if good else "", passage.text)


def _quoted(marked: str, where: str, kind: str, plain: str) -> str:
    """HTML of words of an article, and where they are from."""
    return f"<blockquote class='{kind}' lang='{_lang(plain)}'>{marked}<small>{escape(where)}</small></blockquote>"


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Escaped text with these spans marked; a long one ends after LONGEST characters, or after what is marked."""
    shown = max([LONGEST, *(end for _, end in spans)])
    out, at = [], 0
    for start, end in sorted(spans):
        if end > at:
            out.append(f"{escape(text[at : max(at, start)])}<mark>{escape(text[max(at, start) : end])}</mark>")
            at = end
    return f"{''.join(out)}{escape(text[at:shown])}{'…' if len(text) > shown else ''}"


def _lang(text: str) -> str:
    """The value of a lang attribute, which picks the right forms of Chinese characters."""
    return {"Hans": "zh-Hans", "Hant": "zh-Hant"}.get(script(text), "en")


def _figures(result: Result) -> str:
    shown = [f"{COLUMNS.get(name, name)} {value:.2f}" for name, value in result.figures.items()]
    if result.answer:
        shown += [f"{stage} {seconds(time)}" for stage, time in result.answer.timings.items()]
    return f"<p class='figures'>{escape(' · '.join(shown))}</p>"
