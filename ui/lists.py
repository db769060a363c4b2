"""The top of the page, the welcome, the list of articles and what became of added files, as escaped HTML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from rag.text import Language
from rag.types import ArticleInfo
from ui.i18n import TEXTS, articles_word, t
from ui.links import read_href
from ui.render import esc, format_date, html_lang

LISTED = 200  # articles in the list at most
# What the scripts write on the page themselves, in the language of the page.
LABELS = (
    "talks", "no_talks", "delete_talk", "comment", "send", "thanks", "save", "cancel", "copied", "confirm_remove",
    "too_large", "too_many", "wrong_type", "sending", "file_sending", "file_waiting", "not_sent", "upload_failed",
    "theme_auto", "theme_light", "theme_dark", "theme", "conversation_file", "confirm_forget", "question", "filters_on",
)  # fmt: skip


def masthead(lang: Language) -> str:
    """The product's name and promise, with the labels that the page's own script needs."""
    labels = json.dumps({key: TEXTS[key][lang] for key in LABELS}, ensure_ascii=False)
    return (
        f'<header lang="{html_lang(lang)}" data-lang="{html_lang(lang)}" data-labels="{esc(labels)}">'
        f"<h1>{esc(t('title', lang))}</h1><p>{esc(t('promise', lang))}</p>"
        f'<a class="talks" href="#talks">{esc(t("talks", lang))}</a></header>'
    )


def status(text: str, stage: str, lang: Language) -> str:
    """The state of the models and how many articles there are."""
    return (
        f'<div class="status {esc(stage)}" lang="{html_lang(lang)}"><span role="status"><i></i>{esc(text)}</span>'
        f'<a class="glyph auto" href="#theme" aria-label="{esc(t("theme", lang))}"></a></div>'
    )


def talks(lang: Language) -> str:
    """The frame of the list of conversations; page.js fills it from what the browser keeps."""
    heading, download = esc(t("talks", lang)), esc(t("download", lang))
    return (
        f'<nav lang="{html_lang(lang)}" aria-label="{heading}"><h2>{heading}</h2>'
        f'<p class="wait">{esc(t("talk_busy", lang))}</p><ul></ul>'
        f'<a class="download" href="#download">{download}</a></nav>'
    )


def welcome(
    count: int | None,
    examples: Sequence[str],
    lang: Language,
    waiting: str = "",
    hint: str = "",
    *,
    looking: bool = False,
) -> str:
    """What an empty conversation shows: how much is known, and questions to click. One line, for the chat.

    Args:
        count: of articles; None while the models are being loaded.
        examples: the questions.
        lang: of the labels.
        waiting: what is being waited for, instead of all that.
        hint: what to do meanwhile.
        looking: whether more questions are still being tried.
    """
    if count is None:
        return f'<div class="welcome"><h2>{esc(waiting)}</h2><p>{esc(hint)}</p></div>'
    if count == 0:
        head, note = esc(t("knows_nothing", lang)), esc(t("add_some", lang))
        return f'<div class="welcome"><h2>{head}</h2><p>{note}</p></div>'
    head = esc(t("knows", lang, n=f"{count:,}", articles=articles_word(count, lang)))
    links = "".join(f'<li><a href="#ask/{quote(q, safe="")}">{esc(q)}</a></li>' for q in examples)
    note = f"<p>{esc(t('try' if examples else 'looking' if looking else 'ask_what', lang))}</p>"
    more = f'<p class="looking">{esc(t("looking", lang))}</p>' if examples and looking else ""
    return f'<div class="welcome"><h2>{head}</h2>{note}<ul>{links}</ul>{more}</div>'


# ── all articles ───────────────────────────────────────────────────────────────────────────────


def catalogue(found: Sequence[ArticleInfo], total: int, lang: Language, *, removable: bool = False) -> str:
    """The articles found, as a table; each title opens its article."""
    shown = found[:LISTED]
    count = t("shown", lang, shown=f"{len(found):,}", n=f"{total:,}", articles=articles_word(total, lang))
    if not found:
        none = t("none_found" if total else "knows_nothing", lang)
        return f'<div class="catalogue" lang="{html_lang(lang)}"><p class="none">{esc(none)}</p></div>'
    columns = ("title", "outlet", "date", "language", "passages")
    heads = "".join(f'<th scope="col" class="{c}">{esc(t("col_" + c, lang))}</th>' for c in columns)
    heads += f'<th class="act"><span class="sr">{esc(t("remove", lang))}</span></th>' if removable else ""
    rows = "".join(_row(a, lang, removable) for a in shown)
    more = f'<p class="none">{esc(t("narrow", lang, shown=LISTED))}</p>' if len(found) > LISTED else ""
    return (
        f'<div class="catalogue" lang="{html_lang(lang)}"><p class="count">{esc(count)}</p>{more}'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(a: ArticleInfo, lang: Language, removable: bool) -> str:
    remove = ""
    if removable:
        label = esc(t("remove_title", lang, title=a.title))
        remove = (
            f'<td class="act"><a class="remove" href="#remove/{quote(a.id, safe="")}" title="{label}" '
            f'aria-label="{label}">{esc(t("remove", lang))}</a></td>'
        )
    return (
        f'<tr><td class="title" lang="{html_lang(a.script)}"><a href="{esc(read_href(a.id))}">{esc(a.title)}</a></td>'
        f'<td class="outlet">{esc(a.outlet or a.source)}</td>'
        f'<td class="date">{esc(format_date(a.date, lang) or "–")}</td>'
        f'<td class="language">{esc(t(a.script, lang))}</td><td class="passages">{a.passages:,}</td>{remove}</tr>'
    )


# ── adding ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Line:
    """What became of one added file: where it stands, how far (0–1) while it is indexed, and what to say."""

    name: str
    state: Literal["waiting", "working", "done", "same", "failed"] = "waiting"
    share: float = 0.0
    details: tuple[str, ...] = ()


def adder(lang: Language, suffixes: Sequence[str], max_bytes: int, max_files: int) -> str:
    """The place to drop files; page.js brings them to the server, within these limits."""
    limits = t("add_limits", lang, mb=max_bytes // 1_000_000, files=max_files)
    kinds = " ".join(suffix.lstrip(".") for suffix in suffixes)
    return (
        f'<section class="adder" lang="{html_lang(lang)}" data-suffixes="{esc(" ".join(suffixes))}" '
        f'data-bytes="{max_bytes}" data-files="{max_files}"><div class="drop">'
        f'<h2>{esc(t("add", lang))}</h2><p>{esc(t("drop", lang))}</p><div class="choose">'
        f'<button type="button" class="files">{esc(t("choose_files", lang))}</button>'
        f'<button type="button" class="folder">{esc(t("choose_folder", lang))}</button></div>'
        f'<p class="limits">{esc(limits)} <span class="kinds">{esc(kinds)}</span></p>'
        f'<input type="file" multiple hidden accept="{esc(",".join(suffixes))}" aria-label="{esc(t("add", lang))}">'
        f'<input type="file" webkitdirectory hidden aria-label="{esc(t("choose_folder", lang))}"></div></section>'
    )


def report(lines: Sequence[Line], lang: Language, *, finished: bool, summary: str = "") -> str:
    """Each added file with what became of it, and the sum of it all."""
    if not lines:
        return ""
    rows = "".join(_line(line, lang) for line in lines)
    head = esc(summary if finished else t("adding", lang))
    state = "finished" if finished else "running"
    return (
        f'<section class="report {state}" lang="{html_lang(lang)}" aria-live="polite">'
        f"<h3>{head}</h3><ul>{rows}</ul></section>"
    )


def _line(line: Line, lang: Language) -> str:
    state = t("file_" + line.state, lang, percent=f"{line.share:.0%}")
    details = "".join(f"<div>{esc(detail)}</div>" for detail in line.details)
    bar = f'<progress max="1" value="{line.share:.2f}"></progress>' if line.state == "working" else ""
    return (
        f'<li class="{line.state}"><span class="name">{esc(line.name)}</span>'
        f'<span class="state">{esc(state)}</span>{bar}{details}</li>'
    )
