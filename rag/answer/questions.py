"""What a question asks for: a time, a quantity, somebody, a list, yes or no."""

from __future__ import annotations

import re
from typing import Literal

from rag.names import NameIndex
from rag.reader import asking, asks_number, asks_who
from rag.text import CJK, CURRENCIES, dates, fold_text, language, name_like, numbers, worded

Kind = Literal["when", "why", "number", "who", "where", "which", "what", "yesno"]

_WHEN = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:date|day|year|month|time)\b|\bhow soon\b"
    "|何时|[什甚]么时候|啥时候?|几时|哪一?个?月|哪一?[年天日]|几月|几号|几点|日期|年份"
)
_WHY = re.compile(
    r"\bwhy\b|\bhow come\b|\bwhat (?:is |was )?(?:the )?(?:reason|caused?)\b|为什么|为何|为啥|何以|原因|怎么会|干嘛"
)
_WHERE = re.compile(r"\bwhere\b|哪里|哪儿|何处|什么地方|什么地点")
_PLACE = re.compile(
    r"\b(?:wh?ich|what) (?:city|state|country|town|province|place|room|hotel|building|street|venue)\b"
    "|哪[一个座家间]{0,2}(?:州|省|市|城|县|国|地|厅|室|酒店|大楼|楼|场|馆|街)"
)
_WHICH = re.compile(
    r"\bwh?ich\b|\bwhat (?!is\b|was\b|are\b|were\b|do|did\b|will\b|would\b|has\b|have\b|happen)\w+"
    "|哪[一个家座种款项支艘所只几些]"
)

_LIST_ZH = re.compile(
    "哪[些几两二三四五六七八九十]|都有?(?:谁|什么|啥)|都(?:包括|涉及|请了|是)?(?:谁|哪|什么)|有(?:谁|什么人)|列(?:出|举|一下|表)"
    "|(?:包括|分别是|分别有)(?:哪|什么|谁)|谁和谁"
)
_LIST_EN = re.compile(
    r"^(?:please |can you |could you )?(?:name|list)\b.{0,12}\b(?:the|all|every|some|two|three|four|five|six)\b"
    r"|\bwho (?:are|were) (?:the|all|its|his|her|their)\b"
    r"|\bwhat (?:are|were) (?:the|all|some|its|his|her|their)\b"
    r"|\b(?:which|what) (?:two|three|four|five|six|seven|eight|other)\b"
    r"|\bwho (?:all|else)\b|\bwhich of the\b"
)
_LIST_PLURAL = re.compile(
    r"\b(?:which|what)\s+(?:(?!is |was |are |were |did |does |do |has |have |had |will |would |the )[\w&.-]+\s+){0,3}?"
    r"(?:people|men|women|children|(?!(?:does|this|his|its|us|news|business|process|status|series|congress|always|texas|vegas)\b)"
    r"[a-z]{2,}(?<![sui])s)\s+(?:are|were|have|had|did|do|will|would|can|could|that|who|actually|also|\w+ed\b|took|made|gave|built|went)"
)
_LIST_WHICH = re.compile(r"\bwhich (?!(?:does|his|its|news|series)\b)[a-z]{2,}(?<![sui])s [a-z]+")
_QUANTITY = re.compile(
    r"\b(?:giga|mega|kilo)?watts?\b|\bwhat (?:will|would|did|does|do|has)\b.*"
    r"\b(?:costs?|pay|paid|charged?|earn|worth)\b"
    r"|\b(?:what|which) (?:is |was |are |were )?(?:the |its |their )?(?:total |exact |asking )?"
    r"(?:price|cost|sum|total|amount|salary|value|size|capacity|stake|percentage)\b"
    "|(?<!哪)几(?:[吉兆千]瓦|[亿万千百成倍])"
)
_ACCOUNTS = re.compile(r"说法|版本|\baccounts?\b|\bversions?\b|\bdifferent numbers\b")

_AUXILIARY = (
    "do|does|did|is|are|was|were|has|have|had|will|would|can|could|should|shall|may|might|must"
)  # fmt: skip
_YESNO_EN = re.compile(
    rf"(?:^|^(?:and|so|but|then|also|ok|well|in|by|on|at|as of|before|after)\b.{{0,40}}?,? )(?:{_AUXILIARY})(?:n't)? "
)
_WH_EN = re.compile(r"\b(?:who|whom|whose|what|when|where|which|why|how)\b")
_WH_ZH = re.compile(
    "什么|甚么|谁|哪(?!怕)|多少|几[个名位家次年月天号点]|为何|为啥|怎么|怎样|如何|何时|何处|多[大久长高]|还是"
)
_YESNO_ZH = re.compile(
    f"[吗嗎][?？。!！ ]*$|(?<![什怎那这多])么[?？ ]*$|(?<=[{CJK}])不[?？]$|是否"
    f"|是不是|有没有|有无|能否|会否|可否|与否|对吧|([{CJK}])[不没]\\1|[{CJK}]了没有?"
)


def kind_of(question: str) -> Kind:
    """The kind of thing that would answer a question."""
    folded = asking(question)
    if _WHEN.search(folded):
        return "when"
    if _WHY.search(folded):
        return "why"
    # 哪几家 asks which, not how many.
    if "哪几" not in folded and (asks_number(question) or _QUANTITY.search(folded)):
        return "number"
    if _PLACE.search(folded):  # a kind of place, so that two answers can be compared
        return "which"
    if _WHERE.search(folded):
        return "where"
    if asks_who(question):
        return "who"
    return "which" if _WHICH.search(folded) else "what"


def asks_list(question: str) -> bool:
    """Whether several things are asked for; those who ask for several accounts of one thing don't."""
    folded = fold_text(question)
    if _ACCOUNTS.search(folded):
        return False
    return any(pattern.search(folded) for pattern in (_LIST_ZH, _LIST_EN, _LIST_PLURAL, _LIST_WHICH))


def asks_yesno(question: str) -> bool:
    """Whether yes or no would answer a question; a choice ("to A or to B?") is none."""
    folded = fold_text(question)
    if language(question) == "zh":
        return bool(_YESNO_ZH.search(folded)) and not _WH_ZH.search(_YESNO_ZH.sub("", folded))
    folded = asking(question)
    if re.search(r"\bor\b(?! not\b)", folded):
        return False
    return bool(_YESNO_EN.search(folded)) and not _WH_EN.search(folded)


ECHO = 0.5  # factor for a span that only repeats the question


def offers_choice(question: str) -> bool:
    """Whether the answer may stand in the question itself: "to Rome or to Paris?"."""
    return bool(re.search(r"\bor\b|还是|抑或", fold_text(question)))


def fits(kind: Kind, span: str, published: str | None, names: NameIndex) -> float:
    """How well the form of a span fits what is asked: 1, or less where the right kind of thing is not in it.

    A factor for choosing between probable spans; mild, since a reader has seen the context and this has not.
    """
    if kind == "when":
        return 1.0 if dates(span, published) or dates(span) or _PERIOD.search(fold_text(span)) else 0.7
    if kind == "number":
        return 1.0 if numbers(span) or worded(span) or _AMOUNT.search(fold_text(span)) else 0.7
    if kind == "who":
        bare = not name_like(span) and not names.find(fold_text(span))
        # Chinese people's names have no form of their own, but they are short.
        return 0.85 if bare and not re.fullmatch(f"[{CJK}·]{{2,5}}", span) and not re.match("[A-Z]", span) else 1.0
    return 1.0


_PERIOD = re.compile(
    r"\b(?:week|month|year|day|morning|evening|night|spring|summer|autumn|fall|winter|a\.m|p\.m|noon|hour|ago)s?\b|\d{4}"
    f"|[年月周日天时季晚早]|[{CJK}][前后]$"
)
_AMOUNT = re.compile(
    "[一二两三四五六七八九十百千万亿半几]|\\b(?:one|two|three|four|five|six|seven|eight|nine|ten|dozen|half|twice|hundreds?)\\b"
)


# What a question counts, where its words leave no doubt, and the units that can be (as rag.text.Number has them).
_MONEY = "美元|美金|港元|港币|新台币|台币|人民币|欧元|英镑|日元|日圆|韩元|卢布|卢比|澳元|加元|元(?!素|旦)|块(?!头)"
_MONEY_EN = "dollars?|yuan|euros?|pounds?|yen"
_COUNTED = (
    (
        f"多少钱|[几多]少?[十百千万亿]*(?:{_MONEY})|造价|(?<!by )how much (?:money|cash)"
        rf"|how many (?:(?:hundred|thousand|million|billion)s? )?(?:of )?(?:{_MONEY_EN})\b"
        r"|(?<!by )\b(?:what|how much) (?:does|did|do|will|would) .*\bcosts?\b",
        CURRENCIES,
    ),
    (r"百分之[几多]|多少个?百分点|几成|\bwhat percent(?:age)?\b", frozenset(["%"])),
    (r"[几多]少?[十百千万亿]*[吉兆千]瓦|\bhow many (?:[gm]w|(?:giga|mega)watts?)\b", frozenset(["GW", "MW"])),
    (r"多少人(?![工民次])|几个人|\bhow many (?:people|persons|men|women)\b", frozenset(["person", "job", "%"])),
    (
        r"多久|多长时间|(?<![这那])几个?(?:分钟|小时|天|月|星期|周|年(?!级))|\bhow long\b"
        r"|\bhow many (?:minutes|hours|days|weeks|months|years)\b",
        frozenset(["year", "month", "day", "hour", "minute"]),
    ),
)


def counts_other(question: str, span: str) -> bool:
    """Whether a span gives figures, and all of another unit than the question clearly asks for: 5 GW for a price."""
    folded = fold_text(question)
    asked = [units for pattern, units in _COUNTED if re.search(pattern, folded)]
    given = {number.unit for number in numbers(span)}
    return len(asked) == 1 and bool(given) and not given & {*asked[0], "", "unit"}
