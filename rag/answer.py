"""Readings → an answer: exact sentences of several sources, figures that differ, or "the articles don't say"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rag.cite import cite
from rag.reader import Reading, asks_number
from rag.text import Language, fold_text, language, negations, numbers, words
from rag.types import Answer, Article, Citation, Claim, Conflict, Passage

MOST = 3  # sentences in an answer
# A further sentence must be this likely, as a share of the first one's probability; one of an article that
# speaks already must be nearly as good as the first, since another source is worth more than more of the same.
WORTH, WORTH_AGAIN = 0.5, 0.85
SAME = 0.8  # similarity of word sequences from which two sentences are one, reprinted (Ratcliff–Obershelp)

# The fixed wording, in the question's language. Quotes stay in the article's.
WORDING: dict[str, dict[Language, str]] = {
    "attributed": {"en": "{where}: “{quote}” {marker}", "zh": "{where}：“{quote}” {marker}"},
    "where": {"en": "*{title}* ({about})", "zh": "《{title}》（{about}）"},
    "where_only_title": {"en": "*{title}*", "zh": "《{title}》"},
    "comma": {"en": ", ", "zh": "，"},
    "also": {"en": " (also in {n} more article{s})", "zh": "（另有 {n} 篇报道相同）"},
    "conflict": {"en": "**The sources differ:** {claims}.", "zh": "**各方说法不一：**{claims}。"},
    "claim": {"en": "{value} {markers}", "zh": "{value} {markers}"},
    "claim_join": {"en": "; ", "zh": "；"},
    "about_number": {"en": "the figure asked for", "zh": "所问的数字"},
    "absent": {"en": "The articles don't say.", "zh": "这些文章没有提到。"},
    "absent_topic": {
        "en": "None of the articles is about what you ask.",
        "zh": "没有一篇文章谈到您问的内容。",
    },
    "absent_fact": {
        "en": "They touch on the subject, but no passage answers this question. "
        "The nearest ones are listed; they are not an answer.",
        "zh": "文章谈到了相关话题，但没有哪一段回答这个问题。下面列出最接近的段落，它们不是答案。",
    },
    "understood": {"en": "understood as: {question}", "zh": "理解为：{question}"},
    "uncalibrated": {
        "en": "confidence is not calibrated for this embedding model",
        "zh": "置信度未针对此嵌入模型校准",
    },
    "empty": {"en": "There are no articles yet. Add some first.", "zh": "还没有文章，请先添加。"},
}

_MARKDOWN = re.compile(r"([\\`*_\[\]<>])")
# "Well under $10 billion" is not "$10 billion": what qualifies a figure belongs to it.
_HEDGE = re.compile(
    r"(?:\b(?:well |far |much )?(?:under|below|over|above|about|around|nearly|almost|roughly|some|up to|at least"
    r"|at most|more than|less than|fewer than)\s+"
    "|[远遠]?(?:低于|低於|少于|少於|不到|不足|超过|高于|多于)|大?约为?|近|最[高多少]|至[多少])\\s*$",
    re.IGNORECASE,
)
_ASKS_MONEY = re.compile(r"how much|多少钱|多少資金|多少资金|多少美元|金额|\$|cost|donat|捐|投资|出资|rais|pay|paid")


def say(key: str, lang: Language, **values: object) -> str:
    """A fixed phrase in the answer's language."""
    return WORDING[key][lang].format(**values)


def escape(text: str) -> str:
    """Text that Markdown shows as it stands; a bracketed number in a quote is no marker then."""
    return _MARKDOWN.sub(r"\\\1", text)


@dataclass(frozen=True)
class Source:
    """A sentence of the answer with the articles that carry the same one."""

    reading: Reading
    also_in: tuple[str, ...]


def select(readings: Sequence[Reading], article: Callable[[str], Article], threshold: float) -> list[Source]:
    """The sentences of the answer: from different passages, none said twice, likely ones only.

    Of equal sentences in several articles the earliest published is quoted, the others are its `also_in`.
    """
    chosen: list[list[Reading]] = []
    for reading in readings:
        share = reading.probability / readings[0].probability
        if share < WORTH or reading.probability < threshold:
            break
        group = next((g for g in chosen if any(same_statement(r.text, reading.text) for r in g)), None)
        if group is not None:
            group.append(reading)
            continue
        heard = any(r.passage.article_id == reading.passage.article_id for g in chosen for r in g)
        new = all(g[0].passage.id != reading.passage.id for g in chosen)
        if len(chosen) < MOST and new and (not heard or share >= WORTH_AGAIN):
            chosen.append([reading])
    out = []
    for group in chosen:
        first = min(group, key=lambda r: (article(r.passage.article_id).date or "9999", r.passage.source, r.start))
        others = sorted({r.passage.article_id for r in group} - {first.passage.article_id})
        out.append(Source(first, tuple(others)))
    return out


def same_statement(a: str, b: str) -> bool:
    """Whether two sentences are one, perhaps with small edits.

    Nearly the same words in the same order, exactly the same figures, and as much denied in one as in the other.
    """
    if fold_text(a) == fold_text(b):
        return True
    if {(n.value, n.unit) for n in numbers(a)} != {(n.value, n.unit) for n in numbers(b)} or negations(a) != negations(
        b
    ):
        return False
    first, second = words(a), words(b)
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    in_order = sum(block.size for block in matcher.get_matching_blocks())
    # A word that both have but not in the same order may have changed its part: who sued whom.
    return matcher.ratio() >= SAME and in_order == (Counter(first) & Counter(second)).total()


def compose(
    question: str,
    readings: Sequence[Reading],
    passages: Sequence[Passage],
    article: Callable[[str], Article],
    threshold: float,
) -> Answer:
    """The answer to a question from readings, the most probable first.

    Args:
        question: as the user put it; it sets the language of the fixed wording.
        readings: sentences with their probabilities.
        passages: what was read, best first.
        article: gives the article of an id.
        threshold: probability below which the articles don't say.
    """
    lang = language(question)
    confidence = readings[0].probability if readings else 0.0
    shown = tuple(passages[:10])
    if not readings or confidence < threshold:
        return Answer(question, _refusal(readings, lang), lang, False, round(confidence, 4), passages=shown)
    sources = select(readings, article, threshold)
    citations = tuple(
        cite(article(s.reading.passage.article_id), s.reading.start, s.reading.end, n, s.also_in)
        for n, s in enumerate(sources, start=1)
    )
    conflicts = find_conflicts(question, citations, article, lang)
    paragraphs = [_attributed(c, article(c.article_id), lang) for c in citations]
    paragraphs += [_conflict_text(c, lang) for c in conflicts]
    return Answer(
        question,
        "\n\n".join(paragraphs),
        lang,
        True,
        round(confidence, 4),
        citations=citations,
        conflicts=conflicts,
        passages=shown,
    )


def _refusal(readings: Sequence[Reading], lang: Language) -> str:
    if not readings:
        return say("empty", lang)
    reason = "absent_topic" if readings[0].probability < 0.05 else "absent_fact"
    return f"{say('absent', lang)} {say(reason, lang)}"


def _attributed(citation: Citation, article: Article, lang: Language) -> str:
    about = say("comma", lang).join(escape(x) for x in (article.outlet, (article.date or "")[:10]) if x)
    key = "where" if about else "where_only_title"
    where = say(key, lang, title=escape(article.title), about=about)
    text = say("attributed", lang, where=where, quote=escape(citation.quote), marker=f"[{citation.n}]")
    n = len(citation.also_in)
    return text + (say("also", lang, n=n, s="s" if n > 1 else "") if n else "")


# ── conflicts ──────────────────────────────────────────────────────────────────────────────────


def find_conflicts(
    question: str, citations: Sequence[Citation], article: Callable[[str], Article], lang: Language
) -> tuple[Conflict, ...]:
    """Sources that answer a question for a quantity with different figures of the same unit.

    Only sentences that give exactly one figure of the unit asked for are compared, and only across articles:
    a sentence with two amounts tells of two things.
    """
    given = {(n.value, n.unit) for n in numbers(question)}
    values: dict[tuple[float, str], list[tuple[Citation, str]]] = {}
    unit = _asked_unit(question, citations, given)
    if unit is None:
        return ()
    for citation in citations:
        found = [n for n in numbers(citation.quote) if n.unit == unit and (n.value, n.unit) not in given]
        if len({n.value for n in found}) == 1:
            number = found[0]
            hedge = _HEDGE.search(citation.quote[: number.start])
            written = citation.quote[hedge.start() if hedge else number.start : number.end]
            values.setdefault((number.value, unit), []).append((citation, written))
    if len(values) < 2 or len({c.article_id for group in values.values() for c, _ in group}) < 2:
        return ()
    claims = []
    for group in values.values():
        first, written = group[0]
        where = article(first.article_id)
        claims.append(Claim(written, tuple(c.n for c, _ in group), where.outlet or where.title, where.date))
    return (Conflict(say("about_number", lang), tuple(claims)),)


def _asked_unit(question: str, citations: Sequence[Citation], given: set[tuple[float, str]]) -> str | None:
    """The unit of the figure asked for: of money where money is asked for, else that of the first answer."""
    if not asks_number(question) or not citations:
        return None
    found = [n for n in numbers(citations[0].quote) if n.unit and (n.value, n.unit) not in given]
    if _ASKS_MONEY.search(fold_text(question)):
        found = [n for n in found if n.unit in {"USD", "CNY", "EUR", "GBP", "JPY"}]
    units = {n.unit for n in found} - {"year", "month", "day"}
    return units.pop() if len(units) == 1 else None


def _conflict_text(conflict: Conflict, lang: Language) -> str:
    claims = [
        say("claim", lang, value=escape(c.value), markers="".join(f"[{n}]" for n in c.citations))
        for c in conflict.claims
    ]
    return say("conflict", lang, claims=say("claim_join", lang).join(claims))
