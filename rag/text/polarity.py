"""Yes or no in it: denials, and words that are each other's opposite, in both languages."""

from __future__ import annotations

import re

from rag.text.scripts import fold_text

# Words that turn a clause. What only looks like one is left out: 不断, 未来, "not only".
_NEGATOR = re.compile(
    r"\b(?:not(?! only| just| merely| least)|no(?! doubt| longer than| more than| less than)|never|none|neither|nor"
    r"|without|cannot|hardly|yet to|nobody|nothing"
    r"|un(?:released|published|likely|disclosed|able|willing|clear|known|named|identified|true|changed|signed))\b"
    r"|n't\b|\b(?:fail(?:s|ed)? to|lack(?:s|ed)?|supposed to|should have|would have)\b"
    "|没有?(?!收)|未(?![来必免])|无(?![论数比])|并?非(?![常营洲])|(?<![得了差])不(?![过少久断仅但同管论到足低超满下错禁免一])|别(?=[再去])"
    "|本该|本应|本来[要想]|险些|差点"
)
_NOT_ONLY = re.compile(r"不得不|不可不|不无|不是没有|无不|非.{1,4}不可|对不起|了不起|不得而知(?=者)")
# A negation inside a noun phrase says nothing about the clause: 尚未公开的工具, "the unreleased tool".
_ATTRIBUTE = re.compile(
    r"(?:尚|还|从)?[未没不无][^，。；、的]{1,6}的(?!$)|\b(?:an?|the|its|their|his|her|of) un\w+|\bun\w+(?= \w+)"
)

# Opposites: (one side, the other).
_PAIRS = (
    (r"\b(?:accept|agree[sd]? to|take up)|接受|答应|同意", r"\b(?:reject|declin(?:e[sd]?|ing) (?!in|of|by)|turn(?:s|ed)? down|refus)"
     "|拒绝|婉拒|谢绝|回绝|不卖|没有答应"),
    (r"\b(?:right|correct|accurate|confirm|acknowledg|admit)|属实|正确|证实|承认", r"\b(?:wrong|false|untrue|incorrect|inaccurate|den(?:y|ie))"
     "|不对|不实|错了?|否认|驳斥|反驳"),
    (r"\b(?:attend|turn(?:s|ed)? up|was present|were present)|到场|出席|参加", r"\b(?:absent|miss(?:ed|es)? (?:the|a|that)|stay(?:s|ed)? away|skip|boycott)|缺席"),
    (r"\b(?:support|back(?:s|ed|ing)\b|endors)|支持|赞成|拥护", r"\b(?:oppos|against)|反对|抵制"),
    (r"\b(?:ris(?:e|es|ing)|rose|increas|grew|grow|climb|gain)|上升|增加|上涨|增长|提高", r"\b(?:fall|fell|drop|decreas|shr[aiu]nk|cut)|下降|减少|下跌|降低|削减"),
    (r"\b(?:start|begin|began|launch|resum)|开始|启动|恢复", r"\b(?:stop|halt|suspend|cancel|shelv|scrap)|停掉|叫停|停止|终止|取消|搁置|暂停"),
    (r"\b(?:approv|permit|allow)|批准|允许|准许", r"\b(?:block|veto|ban(?:s|ned)\b|forbid|prohibit)|否决|禁止|不许"),
    (r"\b(?:join(?:s|ed)|enter)|加入", r"\b(?:left|leave|quit|withdr[ae]w|pull(?:s|ed)? out|resign)|退出|离开|辞职"),
    (r"\b(?:buy|bought|purchas|acquir)|买下|收购|购买", r"\b(?:sell|sold)|出售|卖[掉给出]"),
    (r"\b(?:keep|kept|retain|maintain|preserv)|保留|维持|延续", r"\b(?:lift|remov|scrap|repeal|rescind|abolish|end(?:s|ed) the)|撤[掉销]|取消|废[除止]|解除"),
    (r"\bon time\b|\bas planned\b|\bon schedule\b|如期|按时|准时", r"\b(?:delay|late\b|later than|postpon|put off|overdue)|晚了|推迟|延[后期迟]|迟到"),
    (r"\b(?:succe(?:ed|ss))|成功", r"\b(?:fail)|失败"),
    (r"\b(?:prais|applaud|welcom)|称赞|赞扬|欢迎", r"\b(?:criticis|criticiz|berat|attack|condemn|blam)|批评|指责|抨击|谴责"),
    (r"\b(?:before|earlier than)\b|之前|以前", r"\b(?:after|later than)\b|之后|以后"),
    (r"\b(?:first|initial)\b|最早|首[先个次批]", r"\b(?:last|final)(?! (?:year|month|week|september|june|july))\b|最后|最终"),
    (r"\b(?:with|includ)|包括", r"\b(?:exclud|without)|不包括|除外"),
    (r"\b(?:hire[sd]?|appoint\w*|named)\b|任命|聘[用请]", r"\b(?:fired|dismissed|sacked|oust\w*)\b|免职|解雇|开除"),
    (r"\blegal(?:ly)?\b|(?<!不)合法", r"\b(?:illegal|unlawful)(?:ly)?\b|违法|非法|不合法"),
    (r"\b(?:win|won)\b|赢|获胜|胜选", r"\b(?:lose|lost|defeated)\b|输|落败|败选"),
    (r"\b(?:lift(?:s|ed)?|eas(?:e[sd]?|ing)|loosen)\b|撤掉|放宽|解除|取消限制", r"\b(?:impos|tighten)|收紧|施加|加强限制"),
)  # fmt: skip
_COMPILED = tuple((re.compile(one), re.compile(other)) for one, other in _PAIRS)
_DENYING = _COMPILED[:3]  # pairs whose second side denies, as "not" does


def negators(text: str) -> tuple[int, int]:
    """How many words turn a clause, and how many more stand in noun phrases."""
    folded = _NOT_ONLY.sub("", fold_text(text))
    attributes = len(_ATTRIBUTE.findall(folded))
    every = len(_NEGATOR.findall(folded))
    return max(0, every - attributes), min(attributes, every)


def opposed(claim: str, given: str) -> bool | None:
    """Whether two clauses take opposite sides of a pair of opposites; None where they share no pair."""
    shared = [(a, b) for one, other in _COMPILED if (a := _side(claim, one, other)) and (b := _side(given, one, other))]
    return any(a != b for a, b in shared) if shared else None


def turned(claim: str, given: str) -> bool:
    """Whether a clause denies what another states, or the other way round."""
    sides = opposed(claim, given)
    if sides is not None:
        return sides
    mine, theirs = _count(claim), _count(given)
    return not ({mine[0] % 2, sum(mine) % 2} & {theirs[0] % 2, sum(theirs) % 2})


def _count(text: str) -> tuple[int, int]:
    """Negators, with a word from the denying side of a pair counted as one."""
    clause, attributes = negators(text)
    folded = fold_text(text)
    lexical = sum(bool(other.search(folded)) for _, other in _DENYING)
    inside = sum(bool(_NEGATOR.search(m[0])) for _, other in _DENYING for m in [other.search(folded)] if m)
    return max(0, clause + lexical - inside), attributes


def _side(text: str, one: re.Pattern[str], other: re.Pattern[str]) -> int:
    """1 for one side, -1 for the other, a negation turning it; 0 where neither is there, or both."""
    folded = fold_text(text)
    first, second = one.search(folded), other.search(folded)
    if first and second:  # 本该到场，只好缺席: the later one is what came of it, unless they agree
        return -1 if _NEGATOR.search(folded[: first.start()][-8:]) or second.start() > first.start() else 0
    match = first or second
    if not match:
        return 0
    rest = folded[: match.start()] + " " + folded[match.end() :]
    sign = 1 if first else -1
    return -sign if negators(rest)[0] % 2 else sign
