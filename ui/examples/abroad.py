"""Sentences of one language → questions in the other, about those who have a name in both."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.names import NameIndex
from rag.text import Language
from ui.examples.draft import Kind, Named, full_latin, named

# Chinese verbs, English ones in the past, and what is asked in English and in Chinese about who did it.
_DEEDS = (
    ("起诉|控告", "sued", "Who sued {}?", "谁起诉了{}？"),
    ("收购|买下", "bought|acquired", "Who bought {}?", "谁收购了{}？"),
    ("创办|创立|创建", "founded|co-founded", "Who founded {}?", "谁创办了{}？"),
    ("会见|会晤|拜会", "met|met with|visited", "Who met {}?", "谁会见了{}？"),
    ("击败|打败|战胜", "beat|defeated", "Who beat {}?", "谁击败了{}？"),
    ("投资|注资|入股", "invested in|backed", "Who invested in {}?", "谁投资了{}？"),
    ("支持|力挺", "supported|endorsed|praised", "Who supported {}?", "谁支持{}？"),
    ("批评|抨击|指责", "criticised|criticized|attacked|accused", "Who criticised {}?", "谁批评了{}？"),
    ("任命|提名|聘请", "appointed|nominated|hired", "Who appointed {}?", "谁任命了{}？"),
    ("解雇|罢免|开除", "fired|sacked|dismissed", "Who dismissed {}?", "谁解雇了{}？"),
)
_SAID = {
    "zh": r"[^，。；！？]{0,6}?(?:表示|称(?!为)|说(?![法服明])|指出|透露|强调|坦言|警告|回应)",
    "en": r" (?:said|argued|warned|wrote|claimed|told)\b",
}
_ABOUT = {"en": "What did {} say about {}?", "zh": "{}对{}说了什么？"}
_NOT = re.compile(r"[不未没非拒]|否认|\b(?:not|never|denied|refused)\b")
_SHORTEST = 12  # characters of what is said
_EARLY = {"zh": 8, "en": 24}  # characters within which it names what it is about: who comes later comes in by the way


def asked(sentence: str, names: NameIndex, lang: Language) -> Iterator[tuple[Kind, str, str]]:
    """Questions in `lang` that a sentence of the other language answers: kind, question, words of the answer."""
    spoken: Language = "zh" if lang == "en" else "en"
    found = [n for n in named(sentence, names) if _display(n, lang)]
    for a, b in zip(found, found[1:], strict=False):
        between = sentence[a.end : b.start]
        if a.name == b.name or a.name.kind == "place" or _NOT.search(between):
            continue
        for chinese, english, *wordings in _DEEDS:
            did = (
                rf"[^，。；！？、“”]{{0,6}}(?:{chinese})[了过]?"
                if spoken == "zh"
                else rf" (?:\w+ ){{0,2}}(?:{english}) (?:the )?"
            )
            if re.fullmatch(did, between):
                yield "who", wordings[lang == "zh"].format(_display(b, lang)), sentence[a.start : a.end]
    for a in (n for n in found if n.person):
        opened = re.match(_SAID[spoken], sentence[a.end :])
        if not opened or _NOT.search(opened.group()):
            continue
        begin = a.end + opened.end()
        said = sentence[begin:].strip('，：,: “”"')
        near = range(begin, begin + _EARLY[spoken])
        about = next((n for n in found if n.start in near and n.name != a.name), None)
        if about and len(said) >= _SHORTEST:
            yield "said", _ABOUT[lang].format(_display(a, lang), _display(about, lang)), said
            return


def _display(one: Named, lang: Language) -> str:
    """A name as it is written in a language: people in full; "" where it has no name there that stands by itself."""
    name = one.name
    if lang == "zh":
        plain = name.latin if name.latin.isascii() and re.search("[a-z][A-Z]", name.latin) else ""  # OpenAI, YouTube
        return plain or (name.variants[0] if name.variants else "")
    if name.kind in ("place", "party", "org", "team"):  # many of them need an article
        return name.latin if name.latin.isupper() or name.kind == "place" and " " not in name.latin else ""
    latin = full_latin(name) if one.person else name.latin
    return latin if latin[:1].isupper() else ""
