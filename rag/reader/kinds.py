"""What kind of answer a question wants, by its words."""

from __future__ import annotations

import re

from rag.text import fold_text, language, name_like, simplified, words

_ENDED = re.compile(r"[。！？!?.…；;][”’」』）)\"'】\]]*$")
_ASKS_NUMBER = re.compile(
    r"how (?:much|many|long|old|far|large|big|often|tall|high)|when |which year"
    r"|what (?:percentage|percent|share|number|amount|sum|year|date)"
    r"|多少|(?<![哪前后近这那好上头过十数最早])几(?:[个名位家次年月天倍岁号人周票辆架艘座栋场轮届份枚颗台部款项条只间点成]"
    r"|分钟|小时|[十百千万亿兆吉])|耗资几何|多大|多久|多长|多高|何时|什么时候|哪一?[年天月]|年份|日期|比例|金额|规模"
)
_ASKS_WHO = re.compile(
    r"\bwho(?:m|se)?\b|which (?:person|people|man|woman|official|company|firm|lobbyist)"
    "|谁|哪[一几]?位|哪[些个]人|何人|什么人|叫什么名字|姓什么|哪(?:[一几]?[个家名]|些)"
    "(?:公司|企业|人物|官员|高官|高管|议员|州长|总统|总理|部长|律师|说客|记者|学者|股东|投资人|投资者|创始人|候选人|富豪|商人)"
)


_AUXILIARY = (
    "do|does|did|is|are|was|were|has|have|had|will|would|can|could|should|shall|may|might|must"
)  # fmt: skip
_WH_EN = re.compile(r"\b(?:who|whom|whose|what|which|when|where|why|how)\b", re.I)
_LEADING = re.compile(
    rf"^(?:when|while|after|before|since|as|if|once|although|because)\b[^,?]*,\s*(?={_WH_EN.pattern}|(?:{_AUXILIARY})\b)"
)
_OPENED = re.compile(
    rf"(?:(?:and|so|but|then|also|ok|well|in|by|on|at|as of|before|after)\b.{{0,40}}?,? )?(?:{_AUXILIARY})(?:n't)?\b"
)
_ASKED_TO_TELL = re.compile(
    r"\b(?:know|known|tell|say|says|said|clear|find out|remember|explain|show|reveal(?:ed)?|disclosed?)(?: \w+){0,2} $"
)


def asking(question: str) -> str:
    """A question, folded, without the clauses that only tell when, where or of whom it asks.

    "Who was there when they met?" asks who; "did he call when he was in Rome?" and "is he the man who left?" ask for
    yes or no; "do you know when they met?" asks when.
    """
    folded = fold_text(question)
    if language(question) != "en":
        return folded
    folded = _LEADING.sub("", folded.rpartition(" — ")[2])  # what stands before it is the topic of a follow-up
    found = [match.start() for match in _WH_EN.finditer(folded)]
    opened = _OPENED.match(folded)
    if opened and not (found and found[0] < opened.end()):
        found = found[:1] if found and not _ASKED_TO_TELL.search(folded[: found[0]]) else found[1:2]
    else:
        found = found[1:2]
    return folded[: found[0]] if found else folded


def asks_who(question: str) -> bool:
    """Whether the answer must name somebody."""
    return bool(_ASKS_WHO.search(asking(question)))


def asks_number(question: str) -> bool:
    """Whether the answer must hold a quantity or a date."""
    return bool(_ASKS_NUMBER.search(asking(question)))


def is_heading(text: str) -> bool:
    """Whether a sentence is a subheading or another scrap: short, and not ended like a sentence."""
    return len(text) < 40 and not _ENDED.search(text) and len(words(text)) < 8


_DIFFER_EN = re.compile(
    r"\b(?:differ(?:s|ent|ing)?|conflicting|contradict\w*|inconsistent|disagree(?:s|ing)?|all over the place"
    r"|(?:don'?t|doesn'?t|do not|does not) (?:match|agree|add up))\b"
)
_TOLD_EN = re.compile(
    r"\b(?:numbers?|figures?|sums?|totals?|amounts?|dates?|accounts?|versions?|stories|answers?|things|reports?"
    r"|articles?|sources?|papers?|outlets?|media|seeing|reading|hearing)\b"
)
_DIFFER_ZH = re.compile(
    "不一样|不同|不一致|不统一|不一$|对不上|有出入|矛盾|打架|各说各|各执一词|众说纷纭|有的说.*有的说"
)
_TOLD_ZH = re.compile("说|讲|写|报|数字|数据|金额|总额|口径|版本|看到|文章|新闻|媒体|消息")
_CLAUSES = re.compile(r"(?<=[?？。；;!！—])\s*|(?<=[.,])\s+|(?<=，)|\s+[-–—]+\s+")


def remark_apart(question: str) -> tuple[str, bool]:
    """The question without a remark that reports differ ("I keep seeing different numbers", 几处说法不一样).

    Returns:
        What is asked, and whether there was such a remark: somebody who makes it wants to see all accounts.
    """
    pieces = [piece for piece in _CLAUSES.split(question) if piece.strip()]
    kept = [piece for piece in pieces if not _remarks(piece)]
    asks = (_WH_ZH.search(p) or _WH_EN.search(p) or p.strip()[-1] in "?？" for p in kept)
    if len(kept) == len(pieces) or not any(asks):
        return question, False
    left = " ".join(kept).strip(" ,，、—-")
    bare = _WH_ZH.sub("", simplified(left)) if language(left) == "zh" else _WH_EN.sub("", left)
    return (left, True) if words(bare) else (question, False)  # "they differ, why?" asks about the difference


def _remarks(clause: str) -> bool:
    folded = fold_text(clause)
    if language(clause) == "zh":
        return bool(_DIFFER_ZH.search(folded.rstrip("?？。!！")) and _TOLD_ZH.search(folded))
    return bool(_DIFFER_EN.search(folded) and _TOLD_EN.search(folded)) and not _WH_EN.match(folded.strip())


_ASKS_EN = r"(?:who|whom|whose|what|which|when|where|why|how|did|does|do|is|are|was|were|has|have|will|can)\b"
_NEXT_EN = re.compile(
    rf"\?\s+(?=\S)|[,;]?\s+(?:and|but|or)(?: also)?,?\s+(?=(?:(?:in|on|at|for|from|by|to) )?{_ASKS_EN})", re.I
)
_NEXT_ZH = re.compile(r"[？?；;，,、]\s*")
_WH_ZH = re.compile(
    "谁|(?<!无论)(?<!不管)(?<!没)什么|啥|哪(?!怕)|(?<![前后近这那好上头过十数最早])几(?![乎经率内]|个?[年天月周][前来后以])|多少|为何"
    "|(?<!无论)(?<!不管)怎么|如何|何时|何地|多大|多久|多长|干嘛|吗"
)
_TAG_ZH = re.compile(  # "do you know?", "is it?": no question of its own
    "^(?:请问)?(?:你们?|您|大家|有人|有谁|谁)?(?:能|可以)?(?:知道|晓得|清楚|告诉我们?|说说|讲讲|是|是这样|对|好|行|可以|真的)(?:么|吗|不)?[?？]?$"
)


def parts(question: str) -> list[str]:
    """The questions in one message: "where did they meet, and why wasn't he there?" asks two.

    A part that leans on the first gets the names that stand there; where nothing tells of several, the question
    itself is the only part.
    """
    chinese = language(question) == "zh"
    cut, asks = (_NEXT_ZH, _WH_ZH) if chinese else (_NEXT_EN, _WH_EN)
    pieces = [piece.strip() for piece in cut.split(question) if piece.strip()]
    pieces = [piece for piece in pieces if not _TAG_ZH.match(simplified(piece))] if chinese else pieces
    out: list[str] = []
    held = ""  # what comes before a question belongs to it
    for piece in pieces:
        held = f"{held}{'，' if chinese else ', '}{piece}" if held else piece
        if asks.search(simplified(held)):
            out.append(held)
            held = ""
    if len(out) < 2 or held:
        return [question]
    first = out[0]
    return [first, *(_anchored(_completed(part, first), first, chinese) for part in out[1:])]


_BARE = re.compile(
    r"(how (?:much|many|long|often|far)|who|what|when|where|why|how)\s+(to|for|from|in|at|on|with|by|of)\b", re.I
)


def _completed(part: str, first: str) -> str:
    """A part that leaves the verb to the first with that: "how much did he give to A, and how much to B"."""
    bare = _BARE.match(part)
    if not bare or not first.lower().startswith(bare[1].lower()):
        return part
    shared = first.lower().rfind(f" {bare[2].lower()} ")
    return first[: shared + 1] + part[bare.start(2) :] if shared > bare.end(1) else part


def _anchored(part: str, first: str, chinese: bool) -> str:
    """A later part with the names of the first where it has none of its own."""
    names = [name for name in dict.fromkeys(name_like(first)) if name in first]
    own = name_like(part)
    if own or not names:
        return part if own or not chinese else f"{first} {part}"
    return f"{' '.join(names)} {part}"
