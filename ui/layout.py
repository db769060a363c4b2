"""The components and where they stand; what they do is wired in `app`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ui import lists, sheets
from ui.i18n import t
from ui.options import LANGUAGES

PAGE = Path(__file__).parent / "page"
STYLES = ("base", "chat", "answer", "rail", "evidence", "articles", "narrow")
SANS = "system-ui, -apple-system, Segoe UI, Roboto, PingFang SC, Hiragino Sans GB, Microsoft YaHei, Noto Sans CJK SC"
MONO = "ui-monospace, SFMono-Regular, Consolas, DejaVu Sans Mono, monospace"
QUIET: dict[str, Any] = {"show_label": False, "container": False}
PLAIN: dict[str, Any] = {"apply_default_css": False}


@dataclass(frozen=True)
class Parts:
    """The components that events touch. The `gr.HTML` ones have events of their own, named in their scripts."""

    masthead: gr.HTML
    language: gr.Radio
    status: gr.HTML
    ask_tab: gr.Tab
    articles_tab: gr.Tab
    new: gr.Button
    talks: Any  # open, fresh
    chat: gr.Chatbot
    question: gr.Textbox
    ask: gr.Button
    stop: gr.Button
    options: gr.Accordion
    answer_language: gr.Radio
    voice: gr.Radio
    sources: gr.Dropdown
    languages: gr.CheckboxGroup
    since: gr.Textbox
    until: gr.Textbox
    evidence: gr.HTML
    adder: Any  # sent
    report: gr.HTML
    search: gr.Textbox
    table: gr.HTML
    reader: Any  # ask, cite, read, retry, undo, edit, rate, remove
    kept: gr.JSON  # carries a conversation from the browser's memory to the server
    timer: gr.Timer  # until the engine is there
    examples: gr.Timer  # until all examples are found

    def choices(self) -> list[Any]:
        """The components of `Options`, in its order."""
        return [self.answer_language, self.voice, *self.filters()]

    def filters(self) -> list[Any]:
        """Those of them that limit which articles count."""
        return [self.sources, self.languages, self.since, self.until]


def theme() -> gr.themes.Base:
    """A theme that asks no other host for fonts; the rest is in the style sheets."""
    return gr.themes.Base(font=[*SANS.split(", "), "sans-serif"], font_mono=MONO.split(", "))


def head() -> str:
    """What gradio puts into the page before the components: style, colours, and what the browser keeps.

    The style sheets come this way because gradio rewrites those it is given and breaks some; all of them stand
    inside one rule that outweighs gradio's own classes.
    """
    styles = "\n".join((PAGE / f"{name}.css").read_text("utf-8") for name in STYLES)
    motion = (PAGE / "motion.css").read_text("utf-8")
    return f"<style>{motion}\n:root:root:root {{\n{styles}\n}}</style><script>{_script('memory')}</script>"


def _script(name: str) -> str:
    return (PAGE / f"{name}.js").read_text("utf-8")


def lay_out(*, changes: bool) -> Parts:
    """Make the components, inside a `gr.Blocks`. Without `changes` there is no place to add articles."""
    found: dict[str, Any] = {}
    with gr.Row(elem_id="top"):
        found["masthead"] = gr.HTML(lists.masthead("en"), elem_id="masthead", **PLAIN)
        with gr.Column(elem_id="corner", scale=0, min_width=210):
            choices = [("English", "en"), ("中文", "zh")]
            found["language"] = gr.Radio(choices, value="en", label=t("language", "en"), elem_id="language", **QUIET)
            found["status"] = gr.HTML(elem_id="status", **PLAIN)
    with gr.Tabs(elem_id="tabs"):
        with gr.Tab(t("tab_ask", "en")) as ask_tab, gr.Row(elem_id="desk"):
            with gr.Column(elem_id="rail", scale=0, min_width=200):
                found["new"] = gr.Button(t("new", "en"), elem_id="new")
                found["talks"] = gr.HTML(lists.talks("en"), elem_id="talks", js_on_load=_script("talks"), **PLAIN)
            with gr.Column(elem_id="talk", scale=6, min_width=300):
                found |= _conversation()
            with gr.Column(elem_id="beside", scale=5, min_width=300):
                blank = sheets.no_evidence("en")
                found["evidence"] = gr.HTML(blank, elem_id="evidence", js_on_load=_script("evidence"), **PLAIN)
        with gr.Tab(t("tab_articles", "en")) as articles_tab, gr.Column(elem_id="library"):
            found["adder"] = gr.HTML(elem_id="adder", js_on_load=_script("adder"), visible=changes, **PLAIN)
            found["report"] = gr.HTML(elem_id="report", **PLAIN)
            found["search"] = gr.Textbox(elem_id="search", **QUIET)
            found["table"] = gr.HTML(elem_id="articles", **PLAIN)
    found["reader"] = gr.HTML("", elem_id="reader", js_on_load=_script("page"), **PLAIN)
    found["kept"] = gr.JSON(visible=False)
    found["timer"] = gr.Timer(1.0)
    found["examples"] = gr.Timer(2.0, active=False)
    return Parts(ask_tab=ask_tab, articles_tab=articles_tab, **found)


def _conversation() -> dict[str, Any]:
    found: dict[str, Any] = {}
    found["chat"] = gr.Chatbot(
        elem_id="chat",
        label=t("chat", "en"),
        height=None,
        autoscroll=False,  # page.js does it, to the beginning of the answer
        layout="panel",
        buttons=[],
        latex_delimiters=[],
        allow_tags=False,
        feedback_options=None,
        **QUIET,
    )
    with gr.Row(elem_id="composer"):
        found["question"] = gr.Textbox(elem_id="question", autofocus=True, lines=1, max_lines=5, scale=1, **QUIET)
        found["ask"] = gr.Button(t("ask", "en"), variant="primary", scale=0, min_width=88, elem_id="ask")
        found["stop"] = gr.Button(t("stop", "en"), scale=0, min_width=88, visible=False, elem_id="stop")
    with gr.Accordion(t("options", "en"), open=False, elem_id="options") as options:
        with gr.Row():
            found["answer_language"] = gr.Radio(
                [("", ""), ("English", "en"), ("中文", "zh")],
                value="",
                elem_id="answer-language",
                elem_classes="pick",
                min_width=300,
                scale=2,
            )
            found["languages"] = gr.CheckboxGroup(LANGUAGES, elem_id="languages", elem_classes="pick", min_width=180)
            found["voice"] = gr.Radio(
                [("", ""), ("", "extractive")],
                value="",
                elem_id="voice",
                elem_classes="pick",
                min_width=240,
                visible=False,
            )
        with gr.Row():
            # Wide enough that a phone gives it a row of its own, narrow enough for one row on a desk.
            found["sources"] = gr.Dropdown(elem_id="sources", multiselect=True, min_width=232, scale=2)
            # A server that was started anew under an open page knows no choices yet; the engine says what is wrong.
            found["sources"].preprocess = lambda payload: payload
            found["since"] = gr.Textbox(elem_id="since", min_width=110, max_lines=1)
            found["until"] = gr.Textbox(elem_id="until", min_width=110, max_lines=1)
    return found | {"options": options}
