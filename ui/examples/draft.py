"""A question that a sentence answers, and what English and Chinese questions have in common: people and their roles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rag.names import Name, NameIndex
from rag.text import Language, fold
from rag.types import Article

Kind = Literal["who", "number", "when", "role"]


@dataclass(frozen=True)
class Draft:
    """A question, and how one knows that it was answered rightly: from this sentence, with these words."""

    question: str
    lang: Language
    kind: Kind
    article_id: str
    start: int  # of the sentence in the clean text
    end: int
    answer: str  # words that the short answer must have


@dataclass(frozen=True)
class Named:
    """A name in a sentence, with the first name that stands before it."""

    start: int
    end: int
    name: Name

    @property
    def person(self) -> bool:
        """Whether it is somebody: a list says so, or the articles give a first name and no list knows better."""
        return self.name.kind == "person" or (not self.name.kind and " " in _full_latin(self.name))


def named(text: str, names: NameIndex) -> list[Named]:
    """The names in a text, in order."""
    folded = fold(text)
    out: list[Named] = []
    for a, b, name in names.find(folded.text):
        start, end = folded.offsets[a], folded.offsets[b - 1] + 1
        before = re.search(r"(?:[\u4e00-\u9fff]{1,6}[·・]|[A-Z][\w.'’-]+ )+$", text[out[-1].end if out else 0 : start])
        first = before.group() if before else ""
        if first[:1].isascii() and first.strip().lower() not in _full_latin(name).lower():
            first = ""
        out.append(Named(start - len(first), end, name))
    return out


ROLE = (
    r"(?:首席[\u4e00-\u9fff]{1,3}官|董事长|理事长|秘书长|总经理|总裁|主席|书记|部长|省长|市长|州长|县长|局长|厅长|处长|主任"
    r"|院长|校长|所长|馆长|会长|教授|研究员|律师|联合创始人|创始人|总统|总理|首相|发言人|负责人|经理|教练|导演|医师|顾问|工程师"
    r"|CEO|CFO|COO)"
)
_BEFORE = re.compile(
    rf"(?:^|[，。；：、“（(]|(?<=[一-鿿])(?:由|据|和|与|对))(?P<role>[\u4e00-\u9fffA-Za-z0-9]{{0,22}}?{ROLE})$"
)
_AFTER = re.compile(r", (?:then |now )?(?:the|a|an) (?P<role>[a-z][^,.;:“”\"()]{4,70})(?=[,.])")
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石"
    "金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文施洪辛柯庄齐缪"
)
_UNLISTED = re.compile(
    rf"{ROLE}(?P<name>[{_SURNAMES}][\u4e00-\u9fff]{{1,2}})(?=[，、。；：（(]|表示|介绍|说|指出|称|告诉|认为|透露|强调|主持|出席)"
)
_NO_ROLE = re.compile(
    r"^[的及与和却是由]|此次|现年|包括|站在|[他她其该此]|^[\u4e00-\u9fff]{0,4}$|[和与]|\b(?:who|his|her|their|its)\b"
)


def roles(article: Article, start: int, end: int, names: NameIndex, lang: Language) -> Iterator[Draft]:
    """Who somebody is, where a sentence says so; in the other language too, where the name is known in it."""
    sentence = article.text[start:end]
    found = [(n.start, n.end, n.name if n.person else None) for n in named(sentence, names)]
    if lang == "zh":
        found += [(*m.span("name"), None) for m in _UNLISTED.finditer(sentence)]
    for a, b, name in found:
        written = sentence[a:b] if article.language == lang else _written(name, lang) if name else ""
        said = _BEFORE.search(sentence[:a]) if article.language == "zh" else _AFTER.match(sentence, b)
        whole = re.search("[ ]" if lang == "en" else "[\u4e00-\u9fff]{2}", written)
        if said and whole and not _NO_ROLE.search(said["role"]) and (name or article.language == lang == "zh"):
            question = f"Who is {written}?" if lang == "en" else f"{written}是谁？"
            yield Draft(question, lang, "role", article.id, start, end, said["role"])


def _full_latin(name: Name) -> str:
    """The Latin form with the first name, where one is known."""
    forms = [name.latin, *name.latin_variants]
    return next((form for form in forms if " " in form and not re.search(r"\b\w\.", form)), name.latin)


def _written(name: Name, lang: Language) -> str:
    if lang == "en":
        return _full_latin(name)
    return next((form for form in name.variants if "·" in form), name.variants[0] if name.variants else "")
