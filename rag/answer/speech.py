"""Who says so: attributions that can be named, and spans that are only denied."""

from __future__ import annotations

import re

from rag.text import CJK, Language, fold_text, negations, simplified

_VERBS_EN = (
    "said|says|told|argued|argues|insisted|insists|stated|predicted"
    # What may take a thing instead of what is said: "added 5,000 jobs", "wrote The Hobbit".
    r"|(?:claimed|claims|wrote|writes|reported|reports|estimated|estimates|added)"
    r"(?=,? (?:that|it|he|she|they|in a)\b|[,:]? [“\"])"
)
_SPEAKER = r"(?:[A-Z][\w.'’-]*|an?|the|one|two|three|several|people|officials|sources)(?:\s[\w.'’-]+){0,7}?"
_ACCORDING = re.compile(
    r"\baccording to (?P<who>[^,.;:“”\"()]{2,70}?)(?=[,.;:“”\"()]|$| (?:and|but|who|that)\b)", re.IGNORECASE
)
# Before what is said: "Rao said (that) …"; the speaker stands at a clause's start.
_SAID = re.compile(rf"(?:^|[;:“”\"]\s*|,\s+(?:and |but )?)(?P<who>{_SPEAKER})\s(?:{_VERBS_EN})\b")
# After it: "…, Rao said", "…, said Rao".
_SAID_AFTER = re.compile(
    rf"[,”\"]\s*(?:(?P<who>{_SPEAKER})\s(?:said|says|told|wrote)\b"
    r"|(?:said|says)\s(?P<who2>[A-Z][\w.'’-]*(?:\s[\w.'’-]+){0,5}))"
)
_VERBS_ZH = (
    "(?<![名简号职人俗自堪统据小传虽])称(?![为呼])|(?<![据小传虽游来话地如])说(?![法明服得客])|表示"
    "|(?<!不愿)(?<!拒绝)(?<!不肯)透露|(?<!被)认为|指出|写道|声称|坚称|宣称|告诉|强调|报道|爆料"
)  # fmt: skip
_ACCORDING_ZH = re.compile(
    rf"(?:^|[，。；：“”、（])(?:根)?[据據](?P<who>[^，。；：“”、]{{2,20}}?)(?:的?(?:{_VERBS_ZH}|报导|说法|消息|介绍|估算))?[，：]"
)
_SAID_ZH = re.compile(
    rf"(?:^|[，。；：“”])(?P<who>[^，。；：“”、]{{2,18}}?)(?:(?:则|也|还|曾|随后|当时|公开|对外|日前)?(?:[向对][^，。；：“”]{{2,12}})?)"
    rf"(?:{_VERBS_ZH})(?=[，：“了道]|[{CJK}])"
)
_UNNAMED = re.compile(r"^(?:The|An?|One|Two|Three|Several|People|Officials|Sources)\b")
_NOBODY = re.compile(
    r"^(?:he|she|they|it|we|you|i|who|which|that|this|these|those|there|but|and|as|if|when|while)\b"
    r"|^(?:the (?:story|article|piece))\b"
    "|^(?:他|她|它|其|该|这|那|并|也|还|但|而|有|没|不|可以|此|据|在|对|当|从|于|随着|由于|因为|如果|虽然|尽管|不过|同时)|[的了不未没会将]$|他们|她们|自己|之后|以后|以来|时候|可以|应该|无法|没有|不[是会能]",
    re.IGNORECASE,
)  # fmt: skip

# A claim is denied; an offer that is rejected, or a suit that is dismissed, is there.
_DENIAL = re.compile(
    r"\bden(?:y|ies|ied|ying)\b(?:[^,.;]*|[^.;]*\bthat\b[^.;]*)$"
    r"|\b(?:rejected|dismissed|refuted|disputed)\b(?: \w+){0,3} (?:claims?|reports?|suggestions?|allegations?"
    r"|ideas?|notion|rumou?rs?|accusations?|that)\b[^.;]*$"
    r"|\b(?:not true|untrue|false|no truth)\b[^.;]*$"
    "|否认[^，。；;]*$|(?:否定|驳斥)[^，。；;]{0,12}(?:说法|报道|传闻|传言|指控|指责|言论)[^。；;]*$|(?:辟谣|不实)[^。；;]*$"
)
# Right before the span: "not A", "rather than A", 并非A, "did not give A".
_NEGATED = re.compile(
    r"(?:\b(?:not|never|neither|nor|rather than|instead of|(?<!^)(?<![,;] )without"
    r"|no(?! (?:doubt|secret|wonder|surprise|matter|more than|less than|fewer than)))\b|n't\b)"
    r"(?: (?!because|due|until|but|only|just|merely|for|before|after|since|when|where|in|on|at)[\w'$-]+){0,3} ?$"
    "|(?:没有|没|并未|并没有|未曾|从未|从来没有|不是|并不是|并非|绝非|而非|不曾|从不)(?!因|到|过?多|别人|旁人|[想料]到)(?:(?!因|直到|而是|只|但|才)["
    + CJK
    + "]){0,5}$"
)
# "Without A he would never …", 若没有A: A was there.
_UNLESS = re.compile(
    "(?:如果|要是|假如|倘若|若)[^，。；]*$|(?:^|[，。；])(?:没有|要不是|不是)[^，。；]*[，].*(?:不会|不可能|就不|很难|无法|难以)"
)
# Where the speaker's words may have ended and the article's own begin.
_OWN_AGAIN = re.compile(
    r"[;；]|\b(?:but|while|whereas|although|though|however)\b|但|(?<=[，,])而(?!且)|不过|然而|却", re.IGNORECASE
)
_QUOTED = re.compile("[“「『][^”」』]*(?:[”」』]|$)|^[^“「『]*[”」』]")
_BUT = re.compile(r"\bbut\b|\bhowever\b|\balthough\b|但是?|却|不过|而是|只是|；|;")


def speaker(sentence: str, start: int, end: int, lang: Language) -> str | None:
    """Whoever a sentence says its characters start:end come from, in the sentence's words; None when it can't be told.

    Args:
        sentence: the whole sentence.
        start: of the span, within it.
        end: of the span.
        lang: the sentence's language.
    """
    patterns = (_ACCORDING, _SAID, _SAID_AFTER) if lang == "en" else (_ACCORDING_ZH, _SAID_ZH)
    text = sentence if lang == "en" else simplified(sentence)
    for pattern in patterns:
        for match in pattern.finditer(text):
            group = "who2" if pattern is _SAID_AFTER and match["who2"] else "who"
            a, b = match.span(group)
            before = pattern is not _SAID_AFTER and pattern is not _ACCORDING
            reaches = match.end() <= start if before else (end <= match.start() + 1 or match.end() <= start)
            between = text[match.end() : start] if match.end() <= start else text[end : match.start()]
            reaches = reaches and not _OWN_AGAIN.search(_QUOTED.sub("", between))
            if reaches and not (a < end and start < b) and not _NOBODY.search(text[a:b].strip()):
                return _UNNAMED.sub(lambda m: m[0].lower(), sentence[a:b].strip())
    return None


def denied(sentence: str, start: int, question: str, why: bool = False) -> bool:
    """Whether a sentence names a span (from `start`) only to deny it. A question that denies asks for just that.

    Args:
        sentence: the whole sentence.
        start: of the span, within it.
        question: as asked.
        why: a reason is asked for: "not … because of A" does not deny A.
    """
    if negations(question) % 2:
        return False
    before = fold_text(sentence[:start] + "|").removesuffix("|")
    cut = [m.end() for m in _BUT.finditer(before)]
    before = before[cut[-1] :] if cut else before
    if _DENIAL.search(before):
        return True
    clause = re.split("[，。；]", before)[-1]
    if _UNLESS.match(clause) or _UNLESS.match(clause + fold_text(sentence[start:]).replace(",", "，")):
        return False
    return not why and bool(_NEGATED.search(before))
