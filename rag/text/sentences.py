"""Where sentences end, in Chinese and English."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

from rag.text.scripts import CJK

_CLOSERS = "”’」』）)】〕》〉\"'*"
_END = re.compile(
    # Chinese ends wherever it stands; ；is an end of thought in news prose too long to read whole, … one before a gap.
    f"(?P<zh>[。！？；]+|…{{2}}(?=[{_CLOSERS}]|\\s|$)|[!?]+(?=[{_CLOSERS}]*[{CJK}“「『]))[{_CLOSERS}]*"
    # Latin full stops end only before white space and a capital, digit or opening quote.
    rf"|(?P<en>[.!?]+)[{_CLOSERS}]*(?=\s+[“‘「\"'(\[]?[A-Z0-9\u00c0-\u00dd{CJK}]|\s*$|\s*\n)"
    r"|(?P<line>\s*\n\s*)"
)
_STATES = (
    "Ala|Ariz|Ark|Calif|Colo|Conn|Del|Fla|Ga|Ill|Ind|Kan|Ky|La|Mass|Md|Mich|Minn|Miss|Mo|Mont|Neb|Nev|Okla|Ore|Pa"
    "|Tenn|Tex|Va|Vt|Wash|Wis|Wyo"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“'])(?:[ap]\.m|Mr|Mrs|Ms|Messrs|Drs?|Prof|Sens?|Reps?|Govs?|Gens?|Maj|Col|Lt|Sgt|Capt|Cmdr|Adm|Rev|Hon"
    r"|Supt|Det|St|Mt|Ft|Jr|Sr|Inc|Ltd|Co|Corp|Bros|Dept|Univ|Ave|Blvd|Nos?|Figs?|Vol|pp|vs|etc|cf|ca|approx|et al"
    rf"|e\.g|i\.e|a\.k\.a|Ph\.D|{_STATES}"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|[A-Z]|(?:[A-Z]\.)+[A-Z])$"
)
_FIRM = re.compile(r"\s+(?:Inc|Corp|Co|Ltd|Group|Holdings)\b")  # Yahoo! Inc.
_OPEN = {"“": "”", "「": "」", "『": "』", "（": "）", "(": ")", "[": "]", "【": "】", "《": "》", "〈": "〉"}
_MARK = re.compile("[" + re.escape("".join((*_OPEN, *_OPEN.values()))) + '"\n]')
_SHORT = 120  # columns, two a Chinese character: what stands in quotes or brackets and is shorter is not cut
# Who speaks stands behind what is said.
_SAYS = "说|说道|问|问道|答|答道|喊道|写道|回答|反问|表示|指出|补充|补充道|强调|解释|解释道|感叹|(?<![名简职号统])称"
_SPEAKER = re.compile(
    rf"[^，。！？；：、“”「」没未\s]{{0,14}}?(?:(?:{_SAYS})|告诉[^，。！？；：、“”\s]{{1,8}})[，。！？；,…]"
    r"|\s+(?:[A-Z][\w.'’-]*\s+){1,4}(?:said|says|asked|asks|added|adds|told|tells|replied|wrote|writes|shouted|cried)\b"
)
# The sentence around a quotation goes on.
_REST = re.compile("的|然后|随后|接着|随即|并(?!非|不)|便|[时后等][，,]")


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of sentences, in order, without surrounding white space.

    Together they cover every character that is not white space. A line break always ends a sentence;
    Chinese ends stand before closing quotes; English abbreviations, initials and decimals do not end one.
    A short quotation or bracket is not cut, and keeps its speaker; a long one is cut like any text.
    """
    spans: list[tuple[int, int]] = []
    start = 0

    def add(end: int) -> None:
        nonlocal start
        left, right = start, end
        while left < right and text[left].isspace():
            left += 1
        while right > left and text[right - 1].isspace():
            right -= 1
        if right > left:
            spans.append((left, right))
        start = end

    pairs = _pairs(text)
    short = _outermost(pair for pair in pairs if pair[1] - pair[0] <= _SHORT >= _columns(text[slice(*pair)]))
    whole = _outermost(pairs)
    opener = {right: left for left, right in pairs}
    openers = set(opener.values())
    for match in _END.finditer(text):
        if match.lastgroup == "line":
            add(match.end())
            continue
        stop = match.end(match.lastgroup or 0)
        # A straight quote may open what follows instead of closing what went before.
        end = next((at for at in range(stop, match.end()) if at in openers), match.end())
        if match["en"] == "." and _ABBREVIATION.search(text[max(start, match.start() - 12) : match.start()]):
            continue
        if match[0].startswith("!") and _FIRM.match(text, end):
            continue
        if _lies_in(end, whole if match[0].startswith("；") else short):
            continue
        if end > stop and _goes_on(text, end, opener.get(end - 1)):
            continue
        add(end)
    add(len(text))
    return spans


def _goes_on(text: str, at: int, opener: int | None) -> bool:
    """Whether a sentence goes on behind a quotation or a title that ends here, and began at `opener`."""
    if text[at - 1] in "》〉":
        return at < len(text) and not text[at].isspace()
    # Where a colon has named the speaker, who speaks next belongs to what follows.
    named = opener is not None and text[opener - 1 : opener] in (":", "：")
    return _REST.match(text, at) is not None or (not named and _SPEAKER.match(text, at) is not None)


def _pairs(text: str) -> list[tuple[int, int]]:
    """Places of opening and closing quotes and brackets that belong together, within a line."""
    pairs: list[tuple[int, int]] = []
    waiting: dict[str, list[int]] = {}
    straight: list[int] = []
    for match in _MARK.finditer(text + "\n"):
        mark = match[0]
        if mark == "\n":
            if len(straight) % 2 == 0:  # else nobody knows which open and which close
                pairs += zip(straight[::2], straight[1::2], strict=True)
            waiting, straight = {}, []
        elif mark == '"':
            straight.append(match.start())
        elif mark in _OPEN:
            waiting.setdefault(_OPEN[mark], []).append(match.start())
        elif waiting.get(mark):
            pairs.append((waiting[mark].pop(), match.start()))
    return sorted(pairs)


def _outermost(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pairs, joined where they overlap, in order."""
    joined: list[tuple[int, int]] = []
    for left, right in pairs:
        if joined and left <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(right, joined[-1][1]))
        else:
            joined.append((left, right))
    return joined


def _lies_in(at: int, pairs: list[tuple[int, int]]) -> bool:
    """Whether a place lies between the two of a pair."""
    before = bisect_left(pairs, at, key=lambda pair: pair[0]) - 1
    return before >= 0 and at <= pairs[before][1]


def _columns(text: str) -> int:
    """Width of a text, two columns a Chinese character."""
    return sum(2 if char > "\u2e7f" else 1 for char in text)
