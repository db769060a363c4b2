"""What stands beside the chat, as escaped HTML: the evidence cards, and an open article."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import quote

from rag.errors import RagError
from rag.text import Language, sentences
from rag.types import Article
from ui.i18n import t
from ui.links import Pointer, checksum, read_href, safe_url
from ui.render import esc, format_date, html_lang

AROUND = 320  # characters of a long paragraph shown on either side of a quote

Find = Callable[[str], Article]


# ── evidence ───────────────────────────────────────────────────────────────────────────────────


def no_evidence(lang: Language) -> str:
    """The evidence pane before there is any."""
    return (
        f'<aside class="empty" lang="{html_lang(lang)}"><h2>{esc(t("evidence", lang))}</h2>'
        f"<p>{esc(t('evidence_empty', lang))}</p><p>{esc(t('evidence_how', lang))}</p></aside>"
    )


def evidence(
    asked: str, pointers: Sequence[Pointer], find: Find, lang: Language, lit: int = 0, *, enter: bool = False
) -> str:
    """One card for each citation of an answer.

    Args:
        asked: the question.
        pointers: its answer's citations.
        find: gives an article by its id; raises RagError when it is gone.
        lang: of the labels.
        lit: number of the card to light, 0 for none.
        enter: whether the focus goes to that card.
    """
    head = f'<a class="lower" href="#hide">{esc(t("close", lang))}</a><h2>{esc(t("evidence", lang))}</h2>'
    if not pointers:
        return (
            f'<aside lang="{html_lang(lang)}">{head}<p class="for"><q>{esc(asked)}</q></p>'
            f'<p class="none">{esc(t("evidence_none", lang))}</p></aside>'
        )
    n = len(pointers)
    count = esc(t("sources", lang, n=n, quotes="quote" if n == 1 else "quotes"))
    cards = "".join(card(p, find, lang, lit=p.n == lit, enter=enter and p.n == lit) for p in pointers)
    return (
        f'<aside lang="{html_lang(lang)}" data-turn="{pointers[0].turn}">{head}'
        f'<p class="for">{count} <q>{esc(asked)}</q></p>{cards}</aside>'
    )


def card(pointer: Pointer, find: Find, lang: Language, *, lit: bool = False, enter: bool = False) -> str:
    """A citation: the article, and the quote marked inside its paragraph."""
    p = pointer
    attributes = f'id="card-{p.turn}-{p.n}" class="card{" lit" if lit else ""}" data-n="{p.n}" tabindex="-1"'
    attributes += " data-enter" if enter else ""
    number = f'<span class="cite">{p.n}</span>'
    try:
        article = find(p.article_id)
    except RagError:
        return f'<article {attributes}>{number}<p class="none">{esc(t("gone", lang))}</p></article>'
    quoted = article.text[p.start : p.end]
    href = esc(read_href(article.id, p.start, p.end, quoted))
    about = " · ".join(esc(x) for x in (article.outlet or article.source, format_date(article.date, lang)) if x)
    script = html_lang(article.script)
    head = f'<h3 lang="{script}"><a href="{href}">{esc(article.title)}</a></h3><p class="about">{about}</p>'
    if checksum(quoted) != p.check:
        body = f'<p class="none">{esc(t("changed", lang))}</p>'
    else:
        before, after = surroundings(article.text, p.start, p.end)
        body = f'<blockquote lang="{script}">{esc(before)}<mark>{esc(quoted)}</mark>{esc(after)}</blockquote>'
    foot = f'<p class="foot"><a class="open" href="{href}">{esc(t("open", lang))}</a>{_also(p.also_in, find, lang)}</p>'
    return f"<article {attributes}><header>{number}<div>{head}</div></header>{body}{foot}</article>"


def _also(ids: Sequence[str], find: Find, lang: Language) -> str:
    links = []
    for article_id in ids:
        try:
            article = find(article_id)
        except RagError:
            continue
        label = article.outlet or article.title
        links.append(f'<a href="{esc(read_href(article_id))}" title="{esc(article.title)}">{esc(label)}</a>')
    joined = ("、" if lang == "zh" else ", ").join(links)
    return f'<span class="also">{esc(t("also_in", lang))} {joined}</span>' if links else ""


def surroundings(text: str, start: int, end: int) -> tuple[str, str]:
    """The rest of the paragraph before and after a span; a long one is cut between sentences, with an ellipsis."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    last = len(text) if last < 0 else last
    before, after = text[first:start], text[end:last]
    if len(before) > AROUND:
        cuts = [a for a, _ in sentences(before) if a >= len(before) - AROUND]
        before = "… " + before[cuts[0] if cuts else len(before) - AROUND :]
    if len(after) > AROUND:
        cuts = [b for _, b in sentences(after) if b <= AROUND]
        after = after[: cuts[-1] if cuts else AROUND] + " …"
    return before, after


# ── one article ────────────────────────────────────────────────────────────────────────────────


def reader(
    article: Article, lang: Language, start: int = 0, end: int = 0, check: str = "", *, removable: bool = False
) -> str:
    """The whole clean text in a panel, with the cited span marked if it still says the same."""
    a = article
    cited = 0 <= start < end <= len(a.text) and checksum(a.text[start:end]) == check
    meta = [a.outlet or "", format_date(a.date, lang), t("by", lang, names=", ".join(a.authors)) if a.authors else ""]
    about = " · ".join(esc(x) for x in meta if x)
    file = f"{esc(t('file', lang))} <code>{esc(a.source)}</code>"
    url = safe_url(a.url)
    if url:
        link = f'<a href="{esc(url)}" target="_blank" rel="noopener noreferrer">{esc(t("original", lang))}</a>'
        file += f' · {link} <span class="url">{esc(url)}</span>'
    elif a.url:
        file += f' · <span class="url">{esc(a.url)}</span>'
    jump = f'<a class="jump" href="#jump">{esc(t("cited_here", lang))}</a>' if cited else ""
    remove = (
        f'<a class="remove" href="#remove/{quote(a.id, safe="")}">{esc(t("remove", lang))}</a>' if removable else ""
    )
    note = f'<p class="none">{esc(t("changed", lang))}</p>' if check and not cited else ""
    text = _paragraphs(a.text, *((start, end) if cited else (0, 0)))
    return (
        f'<div class="veil" data-close></div><section class="sheet" role="dialog" aria-modal="true" tabindex="-1" '
        f'aria-label="{esc(a.title)}" lang="{html_lang(lang)}"><nav>{jump}{remove}<button type="button" data-close>'
        f"{esc(t('close', lang))}</button></nav>"
        f'<div class="page"><h2 lang="{html_lang(a.script)}">{esc(a.title)}</h2><p class="about">{about}</p>'
        f'<p class="file">{file}</p>{note}'
        f'<div class="text" lang="{html_lang(a.script)}">{text}</div></div></section>'
    )


def _paragraphs(text: str, start: int, end: int) -> str:
    """Lines as paragraphs; a marked span may run over several."""
    out, at = [], 0
    for line in text.split("\n"):
        a, b = max(start - at, 0), min(end - at, len(line))
        if line.strip():
            marked = f"{esc(line[:a])}<mark>{esc(line[a:b])}</mark>{esc(line[b:])}" if a < b else esc(line)
            out.append(f"<p>{marked}</p>")
        at += len(line) + 1
    return "".join(out)
