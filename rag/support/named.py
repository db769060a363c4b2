"""Names of a claim, in whatever spelling, and who does what to whom."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from rag.names import Name, NameIndex
from rag.text import CJK, fold_text, language, name_like, simplified

# What articles never introduce because everybody knows it: Latin forms, then Chinese ones; @ marks a place, + a person.
_KNOWN = """
@ United States, America, American, Americans, U.S., US, USA | 美国
@ China, Chinese | 中国
@ Britain, British, U.K., UK, United Kingdom | 英国
@ Japan, Japanese | 日本
@ Europe, European, EU | 欧洲, 欧盟
@ Russia, Russian | 俄罗斯
@ Ukraine, Ukrainian | 乌克兰
@ France, French | 法国
@ Germany, German | 德国
@ India, Indian | 印度
@ Israel, Israeli | 以色列
@ Canada, Canadian | 加拿大
@ Mexico, Mexican | 墨西哥
@ Taiwan, Taiwanese | 台湾
@ Hong Kong | 香港
@ South Korea, Korean | 韩国
@ United Arab Emirates, UAE, Emirati | 阿联酋
@ Saudi Arabia, Saudi | 沙特阿拉伯, 沙特
@ Abu Dhabi | 阿布扎比
@ Middle East | 中东
@ White House | 白宫
Congress, Congressional | 国会
@ Capitol | 国会大厦
Senate, Senator, Senators | 参议院, 参议员
House of Representatives, Representatives | 众议院
Pentagon, Defense Department | 五角大楼, 国防部
Federal Reserve, Fed | 美联储
Supreme Court | 最高法院
Republican, Republicans, GOP | 共和党
Democrat, Democrats, Democratic | 民主党
@ Washington | 华盛顿
@ New York | 纽约
@ San Francisco | 旧金山
@ Los Angeles | 洛杉矶
@ Las Vegas | 拉斯维加斯
@ Palm Beach | 棕榈滩
@ Mar-a-Lago | 海湖庄园
@ Silicon Valley | 硅谷
@ Wall Street | 华尔街
@ California | 加利福尼亚, 加州
@ Texas | 得克萨斯, 德克萨斯, 德州, 得州
@ Florida | 佛罗里达
@ North Dakota | 北达科他
@ New Jersey | 新泽西
@ Roosevelt Room | 罗斯福厅
@ Oval Office | 椭圆形办公室, 椭圆办公室
Microsoft | 微软
Google | 谷歌
Apple | 苹果
Amazon | 亚马逊
Nvidia | 英伟达, 辉达
Oracle | 甲骨文
SoftBank | 软银
Arm | 安谋
Intel | 英特尔
Tesla | 特斯拉
Twitter | 推特
Facebook | 脸书
Samsung | 三星
Huawei | 华为
Tencent | 腾讯
Alibaba | 阿里巴巴
+ Trump, Donald Trump | 特朗普, 川普
+ Biden, Joe Biden | 拜登
+ Obama | 奥巴马
+ Hillary Clinton, Clinton | 希拉里, 希拉里·克林顿, 克林顿
+ Kamala Harris, Harris | 哈里斯, 贺锦丽
+ Xi Jinping, Xi | 习近平
+ Putin | 普京
+ Elon Musk, Musk | 马斯克
+ Sam Altman | 山姆·奥尔特曼
+ Masayoshi Son, Son | 孙正义
+ Larry Ellison, Ellison | 埃里森
+ Jensen Huang, Huang | 黄仁勋
+ Mark Zuckerberg, Zuckerberg | 扎克伯格
+ Jeff Bezos, Bezos | 贝佐斯, 贝索斯
+ Tim Cook | 库克
+ Bill Gates | 盖茨, 比尔·盖茨
AI | 人工智能, AI
CEO | 首席执行官, CEO
COVID-19, COVID, coronavirus | 新冠
"""

_WORD = re.compile(r"[A-Za-z\u00c0-\u024f0-9][A-Za-z\u00c0-\u024f0-9'’&-]*")
_PRONOUN = re.compile(
    r"\b(?:he|him|his|she|her|it|its|they|them|their|the (?:company|firm|group|president|man|woman|two|deal|project"
    r"|plan|campus|agency|party|venture|startup|chief executive))\b"
    "|[他她它]们?|其(?![他它实中余次])|该|公司|集团|两人|双方|二人"
    "|项目|计划|总统|本人|自己|当地"
)  # fmt: skip
_NOT_NAMES = frozenset(
    "did do does is are was were be been has have had will would can could should may might must shall let please "
    "i a an the he she it they we you his her its their this that these those there then and but or so if as at by for "
    "from in into of on to with when where while who what which why how both each all some several many most other "
    "another after before during since until although though because however meanwhile according later earlier now "
    "also only even still just about around nearly almost more less no not yes one two three four five six seven eight "
    "nine ten last next first second third mr mrs ms dr president governor chief minister secretary chairman executive "
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december jan feb mar apr jun jul aug sep sept oct nov dec people reports sources "
    "officials news once under over between among against without within through apart besides like unlike despite "
    "instead investors executives lawmakers analysts critics supporters opponents men women part half none".split()
)
_COMMON_ENDING = re.compile(r"(?:ly|ing|ed|ers|ors|ists|ysts|ants|ials|ives|ions|ments|ness|ity|ies|ers')$")
_GLOSSED = re.compile(
    rf"([A-Z][\w.'’ -]*)\s?[（(]([{CJK}·・‧]{{2,15}})[）)]|([{CJK}·・‧]{{2,15}})\s?[（(]([A-Z][\w.'’ -]*)[）)]"
)


@cache
def _known() -> tuple[Name, ...]:
    out = []
    for line in _KNOWN.strip().splitlines():
        latin, chinese = (tuple(x.strip() for x in side.split(",")) for side in line.lstrip("@+ ").split("|"))
        out.append(Name(latin[0], (*chinese, *latin[1:]), ()))
    return tuple(out)


@cache
def _marked(mark: str) -> frozenset[str]:
    """All spellings of the known places or people, folded."""
    lines = [line.lstrip("@+ ") for line in _KNOWN.strip().splitlines() if line.startswith(mark)]
    return frozenset(fold_text(form) for line in lines for form in re.split(r"\s*[,|]\s*", line))


def is_place(name: Named) -> bool:
    """Whether a name is a known place."""
    return name.key in _marked("@") or fold_text(name.written) in _marked("@")


def is_person(name: Named, names: NameIndex) -> bool:
    """Whether a name is a known person, or is introduced like one: 山姆·奥尔特曼(Sam Altman)."""
    if name.key in _marked("+") or fold_text(name.written) in _marked("+"):
        return True
    own = next((n for n in names.names if fold_text(n.latin) == name.key), None)
    return own is not None and any(re.search(r"[·・‧•]|[（(]\s?[A-Z][\w.'’-]*\s[A-Z]", e.quote) for e in own.evidence)


def with_known(names: NameIndex) -> NameIndex:
    """The corpus's names, and the best-known ones of the news where the corpus has none of that spelling."""
    forms = {fold_text(f): n for n in names.names for f in (n.latin, *n.variants)}
    extra = []
    for name in _known():
        own = next((forms[f] for form in (name.latin, *name.variants) if (f := fold_text(form)) in forms), None)
        extra.append(Name(own.latin, (*name.variants, name.latin), ()) if own else name)
    return NameIndex((*names.names, *extra))


@dataclass(frozen=True)
class Named:
    """A name in a text: its key is one for all spellings that are known to be one."""

    key: str
    written: str
    start: int  # in the folded text
    known: bool  # whether other spellings are known


def named(text: str, names: NameIndex, common: str = "") -> list[Named]:
    """The names of a text in order, each place once.

    Args:
        text: a claim or a sentence.
        names: known spellings.
        common: text in which a lower-case word is no name (for the first word of a sentence).
    """
    folded = fold_text(text)
    found = [Named(fold_text(name.latin), folded[a:b], a, True) for a, b, name in names.find(folded)]
    taken = [(n.start, n.start + len(n.written)) for n in found]
    if len(folded) == len(text):  # else offsets differ, and only known names count
        for match in _WORD.finditer(text):
            word = re.sub(r"['’]s?$", "", match[0])
            if _free(match.start(), match.end(), taken) and _is_name(word, text, match.start(), common):
                found.append(Named(fold_text(word), word, match.start(), False))
    for piece in name_like(text):
        at = folded.find(fold_text(piece))
        if at >= 0 and not piece.isascii() and _free(at, at + len(piece), taken):
            found.append(Named(fold_text(piece), piece, at, False))
    return sorted(found, key=lambda n: n.start)


def _free(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    return all(end <= a or b <= start for a, b in taken)


def _is_name(word: str, text: str, at: int, common: str) -> bool:
    lower = word.lower()
    if lower in _NOT_NAMES or not re.search("[A-Z]", word):
        return False
    first = not re.search(r"[\w,]", text[:at]) or bool(re.search(r"[.!?:“\"]\s*$", text[:at]))
    if first and word[1:].islower() and language(text) == "en":
        return not _COMMON_ENDING.search(word) and not re.search(rf"\b{re.escape(lower)}\b", common)
    return True


def absent(claim: str, names: NameIndex, main: str, around: str, question: str) -> list[str]:
    """The names of a claim, as written, that its evidence can't be shown to have.

    Args:
        claim: a sentence.
        names: known spellings.
        main: the sentence that says most of it; a name that is only around it must be what a pronoun there means.
        around: what stands before that sentence in its passage, and the title.
        question: the user's; what it writes in lower case is no name.
    """
    here = {n.key for n in named(main, names)}
    there = {n.key for n in named(around, names)}
    main_text, text = fold_text(main), fold_text(around)
    glosses = {fold_text(a or d): fold_text(b or c) for a, b, c, d in _GLOSSED.findall(simplified(claim))}
    missing, elsewhere = [], []
    mine = named(claim, names, common=f"{around} {question}")
    for name in mine:
        if name.key in here or _has(main_text, name.key) or _has(main_text, fold_text(name.written)):
            continue
        if name.key in there or _has(text, fold_text(name.written)):
            elsewhere.append(name)
            continue
        if any(_glossed(name, latin, chinese, text) for latin, chinese in glosses.items()):
            continue
        if _given_name(name, mine, names, claim):
            continue
        missing.append(name.written)
    # A name that the sentence itself does not have may only stand for a pronoun of it.
    keys = list(
        dict.fromkeys(n.key for n in elsewhere if not any(n.start + len(n.written) + 1 == m.start for m in mine))
    )
    slots = len({m[0] for m in _PRONOUN.finditer(main_text)}) or int(
        language(main) == "zh" and not _starts_named(main, names)
    )
    if len(keys) > slots:
        missing += [n.written for n in elsewhere if n.key in keys[slots:]]
    return missing


def _has(text: str, form: str) -> bool:
    return bool(re.search(rf"(?<![a-z0-9]){re.escape(form)}(?![a-z0-9])", text)) if form.isascii() else form in text


def _glossed(name: Named, latin: str, chinese: str, text: str) -> bool:
    """Whether a name stands in brackets beside, or before, a spelling that the evidence has: Lutnick (卢特尼克)."""
    sides = (latin, chinese)
    mine = [side for side in sides if fold_text(name.written) in side]
    return bool(mine) and any(_has(text, side) for side in sides)


def _given_name(name: Named, mine: list[Named], names: NameIndex, claim: str) -> bool:
    """Whether a name is the first name of the one that follows, as an article introduces it."""
    follows = [n for n in mine if n.known and n.start == name.start + len(name.written) + 1]
    if not follows:
        return False
    given = fold_text(name.written)
    return any(
        _has(fold_text(" ".join([name_.latin, *name_.variants, *(e.quote for e in name_.evidence)])), given)
        for name_ in names.names
        if fold_text(name_.latin) == follows[0].key
    )


def _starts_named(text: str, names: NameIndex) -> bool:
    found = named(text, names)
    return bool(found) and found[0].start < 8


# ── who does it ────────────────────────────────────────────────────────────────────────────────

_JOINED = re.compile(r"^(?:\s|,|，|、|和|与|及|同|跟|and|&)+$")
_CLEFT = re.compile("的[，,]?(?:人)?[正就]?是")
_PASSIVE_EN = re.compile(r"\b(?:was|were|is|are|been|being|be)\b[^,.;]*?\bby\b")
_BY_ZH = re.compile("(?<![自理缘为])由(?![于来此])|被(?!告)|遭(?![遇到])")
# After one of these a name does nothing: in Texas, 把特朗普 …
_AFTER = re.compile(
    r"(?:\b(?:in|at|on|from|near|of|for|to|with|under|inside|through|against|into)(?: the| an?)?(?: [a-z-]+){0,2} "
    "|[在于到从向对替为给跟把将让]|以及)$"
)
# Whoever only says it does not do it.
_SAYS = re.compile(
    r"^[^,，。]{0,12}?(?:\b(?:says?|said|told|wrote|writes|claim(?:s|ed)|argue[sd]|according)\b|[说称]|表示|认为|指出|透露|告诉|写道)"
)
# Nor does whoever only owns what does: 马斯克的律师, "Musk's lawyer".
_OWNS = re.compile(
    r"^(?:的|'s\b|旗下|手下|(?:联合)?创始人|首席执行官|首席运营官|董事长|总裁|发言人|律师|高管"
    r"| (?:chief executive|ceo|co-founder|founder|chairman|spokes\w+|executives?|lawyers?)\b)"
)
_PRONOUN_DOER = re.compile(
    r"\b(?:he|she|they|it(?! (?:was|is)\b)|the company)\b|[他她它]|该公司|(?<!["
    + CJK
    + "])公司|这家公司|(?:过|而|但|该|这个|^)集团"
)


def doers(text: str, names: NameIndex, among: set[str]) -> set[str]:
    """The keys of those who do what a sentence tells, by its construction: its first name, or who follows by, 被, 由 …

    Args:
        text: one sentence.
        names: known spellings.
        among: keys that count. {"?"} stands for a pronoun before the first of them; none: all of them are done to.
    """
    folded = fold_text(text)
    found = [n for n in named(text, names) if n.key in among and not is_place(n)]
    at = 0
    cleft = _CLEFT.search(folded)
    by = _PASSIVE_EN.search(folded) or _BY_ZH.search(folded)
    if cleft and any(n.start < cleft.start() for n in found) and any(n.start >= cleft.end() for n in found):
        at = cleft.end()
    elif by and any(
        by.end() <= n.start <= by.end() + 25 and not re.search("[,，;；]", folded[by.end() : n.start]) for n in found
    ):
        at = by.end()
    ordered = [n for n in found if n.start >= at]
    if not at:
        ordered = _active(ordered, folded)
    if not ordered:
        return set() if found and not _PRONOUN_DOER.search(folded[: found[0].start]) else {"?"}
    if not at and _PRONOUN_DOER.search(folded[: ordered[0].start]):
        return {"?"}
    group = [ordered[0]]
    for one in ordered[1:]:
        if not _JOINED.match(folded[group[-1].start + len(group[-1].written) : one.start]):
            break
        group.append(one)
    return {n.key for n in group}


def _active(found: list[Named], folded: str) -> list[Named]:
    """The names that may do something: after no preposition, and rather none that only says or owns what does."""
    out: list[Named] = []
    passive_end = -1
    for name in found:
        joined = passive_end >= 0 and _JOINED.match(folded[passive_end : name.start])
        if joined or _AFTER.search(folded[: name.start]):
            passive_end = name.start + len(name.written)
        else:
            out.append(name)
    for idle in (_SAYS, _OWNS):
        out = [n for n in out if not idle.match(folded[n.start + len(n.written) :])] or out
    return out


def exchanged(claim: str, clauses: Sequence[str], best: int, names: NameIndex) -> bool:
    """Whether a claim makes a doer of somebody who is none in what it rests on.

    Args:
        claim: a sentence, or a clause of one.
        clauses: of the sentence it rests on, in order.
        best: the one that says what the claim says.
        names: known spellings.
    """
    given = ",".join(clauses)
    mine, theirs = ({n.key for n in named(text, names)} for text in (claim, given))
    one = doers(claim, names, mine)
    if not mine & theirs or not one or "?" in one:
        return False
    # A foreign spelling that nothing links can't be told to be somebody else.
    english = language(claim) == "en"
    theirs -= {n.key for n in named(given, names) if not n.known and n.key.isascii() != english and n.key not in mine}
    other = doers(given, names, theirs)
    if one & theirs:
        other |= _subject(clauses, best, names, theirs)
        if "?" in other:  # a pronoun does it there: nobody whom that sentence names, if the claim names somebody else
            return not one & other and len(mine - theirs) > 0
    elif "?" in other:  # who does it is not named in that sentence, so a pronoun must stand there
        return False
    return not one & other


def _subject(clauses: Sequence[str], best: int, names: NameIndex, among: set[str]) -> set[str]:
    """Who does what a clause tells: itself or, where it names nobody, the clauses before (a Chinese topic chain)."""
    subject: set[str] = set()
    for index, clause in enumerate(clauses[: best + 1]):
        keys = {n.key for n in named(clause, names)} & among
        own = doers(clause, names, keys) if keys else {"?"} if _PRONOUN_DOER.match(fold_text(clause)) else set()
        first = next((n.start for n in named(clause, names) if n.key in own), 0)
        if not set(re.findall("[a-z]+", fold_text(clause)[:first])) <= _NOT_NAMES:
            own = set()  # "berated Altman": the subject stands before the comma
        heard = re.match("听说|据说|说|称|认为|表示|that ", fold_text(clause))
        if own and (index == best or not heard):
            subject = own
    return subject
