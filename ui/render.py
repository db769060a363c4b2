"""An answer → escaped HTML for the chat. Pure functions; nothing of an article or question is ever mark-up here.

The chat shows messages as Markdown and cleans them, so a message is one line (its HTML block ends at a blank
line) and carries what a click needs in links to fragments, the one attribute that cleaning keeps:
`#cite/turn/n/article/start/end/check/reprints`, `#read/article/start/end/check`, `#ask/question`,
`#copy/markdown`, `#rate/up`, `#edit`, `#retry`, `#undo`, `#sources`. page.js acts on them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from urllib.parse import quote, unquote

from rag.text import Language, language
from rag.types import Answer, Citation, Conflict, Passage
from ui.i18n import t
from ui.links import Pointer, read_href, safe_url

FAIR, HIGH = 0.5, 0.75  # confidence from which it is called fair, high
NEAREST = 3  # passages shown with a refusal
EXCERPT = 170  # characters of each

_TOKEN = re.compile(r"\\(?P<escaped>[\\`*_\[\]<>])|(?P<strong>\*\*)|(?P<em>\*)|\[(?P<n>\d+)\]|(?P<newline>\n+)|\\$")
_ASKED = re.compile(r'^<div class="asked">(.*?)</div>', re.DOTALL)
_COPY = re.compile(r'href="#copy/([^"]*)"')
_CITE = re.compile(r'<a class="cite" href="([^"]+)"')


def esc(text: str) -> str:
    """Text as HTML shows it literally, fit for an attribute too; half a surrogate pair can't be sent and becomes ?."""
    return html.escape(text.encode("utf-8", "replace").decode("utf-8"))


def html_lang(lang: str) -> str:
    """The value of a lang attribute, which picks the right forms of Chinese characters."""
    return {"zh": "zh-Hans", "Hans": "zh-Hans", "Hant": "zh-Hant", "Latn": "en"}.get(lang, lang)


def format_date(date: str | None, lang: Language) -> str:
    """An ISO date for people, as precise as it is; anything else as it stands."""
    match = re.match(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", date or "")
    if not match:
        return date or ""
    year, month, day = match.groups()
    if lang == "zh":
        return f"{year}年" + (f"{int(month)}月" if month else "") + (f"{int(day)}日" if day else "")
    names = "January February March April May June July August September October November December".split()
    name = names[int(month) - 1] if month and 1 <= int(month) <= 12 else ""
    return " ".join(part for part in (str(int(day)) if day and name else "", name, year) if part)


# ── messages ───────────────────────────────────────────────────────────────────────────────────


def question(text: str) -> str:
    """A question, shown literally, with the link that edits it."""
    edit = f'<a class="edit" href="#edit">{esc(t("edit", language(text)))}</a>'
    return f'<div class="asked">{esc(text).replace(chr(10), "<br>")}</div>{edit}'


def asked(message: str) -> str:
    """The question back from its HTML."""
    match = _ASKED.match(message.strip())
    return html.unescape(match[1].replace("<br>", "\n")) if match else message


def markdown(text: str, marker: Callable[[int], str | None]) -> str:
    """The Markdown of an answer (emphasis, escapes, markers, paragraphs) as HTML on one line.

    Args:
        text: Markdown; cut off anywhere while it streams.
        marker: HTML for [n]; None leaves it as text.
    """
    out: list[str] = []
    open_tags: list[str] = []

    def toggle(tag: str) -> None:
        if tag in open_tags:
            while True:  # what was opened inside closes with it
                last = open_tags.pop()
                out.append(f"</{last}>")
                if last == tag:
                    return
        open_tags.append(tag)
        out.append(f"<{tag}>")

    def close_all() -> None:
        while open_tags:
            out.append(f"</{open_tags.pop()}>")

    at = 0
    for match in _TOKEN.finditer(text):
        out.append(esc(text[at : match.start()]))
        at = match.end()
        if match["escaped"]:
            out.append(esc(match["escaped"]))
        elif match["strong"]:
            toggle("strong")
        elif match["em"]:
            toggle("em")
        elif match["n"]:
            if out[-1].endswith(" "):  # a marker keeps to the word before it
                out[-1] = out[-1][:-1] + "\u00a0"
            out.append(marker(int(match["n"])) or esc(match[0]))
        elif match["newline"] and len(match["newline"]) == 1:
            out.append("<br>")
        elif match["newline"]:
            close_all()
            out.append("</p><p>")
    out.append(esc(text[at:]))
    close_all()
    return f"<p>{''.join(out)}</p>".replace("<p></p>", "")


def pointers(message: str) -> list[Pointer]:
    """The citations of an answer's message, each once, by number."""
    found: dict[int, Pointer] = {}
    for href in _CITE.findall(message):
        with suppress(ValueError):
            pointer = Pointer.parse(html.unescape(href))
            found.setdefault(pointer.n, pointer)
    return [found[n] for n in sorted(found)]


def copied(message: str) -> str:
    """The Markdown that an answer's message gives to copy; empty for other messages."""
    match = _COPY.search(message)
    return unquote(html.unescape(match[1])) if match else ""


def without_sources(copied: str) -> str:
    """The text of an answer alone, of what `as_markdown` made."""
    return copied.rsplit("\n\n[1] *", 1)[0]


def pending(text: str, lang: Language) -> str:
    """A sign that something is being done."""
    return f'<div class="turn pending" lang="{html_lang(lang)}"><p>{esc(text)}</p></div>'


def streaming(text: str, lang: Language) -> str:
    """An answer that is still coming in; its markers can't be clicked yet."""
    body = markdown(text, lambda n: f'<span class="cite">{n}</span>')
    return f'<div class="turn streaming" lang="{html_lang(lang)}">{body}</div>'


def unfinished(message: str) -> bool:
    """Whether a message is `pending` or `streaming`."""
    return message.startswith(('<div class="turn pending"', '<div class="turn streaming"'))


def finished(message: str) -> bool:
    """Whether a message is a whole `answer`."""
    return message.startswith(('<div class="turn answer"', '<div class="turn refused"'))


def failure(text: str, lang: Language) -> str:
    """An error as a sentence."""
    actions = f'<div class="facts">{_again(lang)}</div>'
    return f'<div class="turn failure" lang="{html_lang(lang)}"><p>{esc(text)}</p>{actions}</div>'


def stopped(message: str, lang: Language) -> str:
    """A message that was cut off by the user: what there is, and the word that it was stopped."""
    kept = "" if message.startswith('<div class="turn pending"') else message.replace("turn streaming", "turn")
    note = f'<p class="note">{esc(t("stopped", lang))}</p><div class="facts">{_again(lang)}</div>'
    return kept.removesuffix("</div>") + note + "</div>" if kept else f'<div class="turn">{note}</div>'


def answer(given: Answer, turn: int) -> str:
    """A whole answer as a message of the chat.

    Args:
        given: the answer.
        turn: number of the question in the conversation, from 0.
    """
    lang = given.language
    pointers = {c.n: _marker(c, turn, lang) for c in given.citations}
    text = given.text if given.answered else given.text.replace("\n", " ")
    boxes = "".join(_conflict(c, pointers.get, lang) for c in given.conflicts)
    body = markdown(_without_conflict_lines(text, given.conflicts), pointers.get)
    if not given.answered:
        body = f'<div class="refusal"><h3>{esc(t("not_found", lang))}</h3>{body}</div>'
        body += _nearest(given.passages[:NEAREST], lang)
    kind = "turn answer" if given.answered else "turn refused"
    return f'<div class="{kind}" lang="{html_lang(lang)}">{body}{boxes}{_facts(given)}</div>'


def _marker(citation: Citation, turn: int, lang: Language) -> str:
    tip = t("show_source", lang, n=citation.n, title=citation.title)
    return f'<a class="cite" href="{esc(Pointer.of(citation, turn).href)}" title="{esc(tip)}">{citation.n}</a>'


def _without_conflict_lines(text: str, conflicts: Sequence[Conflict]) -> str:
    """The boxes say what the text's last paragraphs say about conflicts; once is enough."""
    paragraphs = text.split("\n\n")
    for conflict in reversed(conflicts):
        markers = [f"[{n}]" for claim in conflict.claims for n in claim.citations]
        if len(paragraphs) > 1 and paragraphs[-1].startswith("**") and all(m in paragraphs[-1] for m in markers):
            paragraphs.pop()
    return "\n\n".join(paragraphs)


def _conflict(conflict: Conflict, marker: Callable[[int], str | None], lang: Language) -> str:
    boxes = []
    for claim in conflict.claims:
        about = " · ".join(esc(x) for x in (claim.source, format_date(claim.date, lang)) if x)
        marks = " ".join(marker(n) or "" for n in claim.citations)
        value = f'<div class="value">{esc(claim.value)}</div>'
        boxes.append(f'<div class="claim">{value}<div class="who">{about} {marks}</div></div>')
    head = f"<h3>{esc(t('differ', lang))}</h3>"
    return f'<section class="conflict">{head}<div class="claims">{"".join(boxes)}</div></section>'


def _nearest(passages: Sequence[Passage], lang: Language) -> str:
    if not passages:
        return ""
    items = []
    for p in passages:
        cut = " ".join(p.text.split())
        cut = cut if len(cut) <= EXCERPT else cut[:EXCERPT].rstrip() + "…"
        about = " · ".join(esc(x) for x in (p.title, format_date(p.date, lang)) if x)
        link = f'<a href="{esc(read_href(p.article_id, p.start, p.end, p.text))}">{about}</a>'
        items.append(f"<li>{link}<div>{esc(cut)}</div></li>")
    tag = f'<span class="tag">{esc(t("not_an_answer", lang))}</span>'
    return f'<section class="nearest"><h3>{esc(t("nearest", lang))} {tag}</h3><ul>{"".join(items)}</ul></section>'


def confidence_word(confidence: float) -> str:
    """The key of the word for a confidence."""
    return "high" if confidence >= HIGH else "fair" if confidence >= FAIR else "low"


def _again(lang: Language) -> str:
    """Links that ask the last question again, or take it back."""
    return "".join(f'<a class="last" href="#{act}">{esc(t(act, lang))}</a>' for act in ("retry", "undo"))


def _facts(given: Answer) -> str:
    """The lines under an answer: confidence, mode, time; what can be done with it; how it was understood."""
    lang = given.language
    facts = []
    if given.answered:
        word = confidence_word(given.confidence)
        label = esc(t("confidence", lang, word=t(word, lang)))
        tip = esc(t("confidence_tip", lang, percent=f"{given.confidence:.0%}"))
        facts.append(f'<span class="confidence {word}" title="{tip}">{label}</span>')
        facts.append(f"<span>{esc(t(given.mode, lang))}</span>")
    if "total" in given.timings:
        seconds = f"{given.timings['total']:.1f}"
        facts.append(f"<span>{esc(t('seconds', lang, s=seconds))}</span>")
    acts = f'<a class="copy" href="#copy/{quote(as_markdown(given), safe="")}">{esc(t("copy", lang))}</a>'
    if given.citations:
        acts = f'<a class="sources" href="#sources">{esc(t("show_sources", lang, n=len(given.citations)))}</a>{acts}'
    acts += _again(lang)
    for vote in ("up", "down"):
        acts += f'<a class="thumb {vote}" href="#rate/{vote}" title="{esc(t(vote, lang))}">{esc(t(vote, lang))}</a>'
    notes = "".join(f'<div class="note">{esc(note)}</div>' for note in given.notes)
    return f'{notes}<div class="facts">{"<i>·</i>".join(facts)}</div><div class="facts acts">{acts}</div>'


def as_markdown(given: Answer) -> str:
    """The answer to paste elsewhere: its text, then each citation with title, source, date and quote."""
    lang = given.language
    sources = []
    for c in given.citations:
        about = ", ".join(x for x in (c.source, format_date(c.date, lang), safe_url(c.url)) if x)
        mark, end = ("“", "”") if lang == "en" else ("「", "」")
        sources.append(f"[{c.n}] *{_plain(c.title)}* ({about}): {mark}{_plain(c.quote)}{end}")
    return "\n\n".join([given.text, "\n".join(sources)] if sources else [given.text])


def _plain(text: str) -> str:
    """Text on one line whose signs Markdown leaves alone."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", " ".join(text.split()))
