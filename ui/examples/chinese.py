"""Chinese clauses → Chinese questions: the question word stands where the answer stood."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.names import NameIndex
from rag.text import dates
from ui.examples.draft import Kind, named

LONGEST = 34  # characters
_CLAUSE = re.compile(r"[^，。；！？,;!?：:\n]+")
_LATIN_NAME = re.compile(r"[(（][A-Z][^()（）]*[)）]")
# A clause with one of these leans on what was said before, or is not the article's own.
_LEANS = re.compile(
    r"[他她它您我你咱]|其(?!他|它|实)|本(?:报|次|届|市|县|区|省|周|月|年|网|站)|该|此|这|那|上述|前者|后者|两人|双方|当天|当日|同日"
    r"|同比|环比|同期|[“”‘’\"「」『』（）()《【》】]|原标题|记者|来源|编辑|据|下图|上图|图为|^公司|^向|^请|^建议"
)
# What somebody did: to, with or at something, and done (了); or a verb of the kind that has an object.
_DID = re.compile(
    r"(?:已经?|曾经?)?(?:(?:向|与|和|把|对)(?![^了]*(?:的关系|说|称|时))[^了的][^了]*了.{3,}"
    r"|(?:起诉|收购|创办|出任|担任|接任|当选|击败|打破|夺得|带领|提议|买下|卖出|介绍)(?!的).{3,})"
)
# What has a name of its own, by its ending; a figure without such is nobody's.
_PROPER = re.compile(
    r"[A-Z]|(?<![新该])[\u4e00-\u9fff]{2,}(?:省|市|县|区|镇|公司|集团|大学|学院|医院|银行|研究院|博物馆|中心|委员会|联赛|大会|世界杯|博览会|节|站|机场|港|股份"
    r"|基金)|[\u4e00-\u9fff](?:省|市|县)"
)
# A figure that a verb leads to, with what is counted; that is what is asked for.
_FIGURE = re.compile(
    r"(?P<verb>达到?|为|了|突破|需要|投资|投入|注资|占地|迎来|捐赠|捐款|花费|耗资|收入|晚点|销量|招聘|发行|吸引|新增|建成)"
    r"(?:约|近|超过|超|逾|大约|将近|至少|共计|最多)?(?P<digits>\d[\d,.]*\d|\d)[多余]?[十百千万亿]*[多余]?"
    r"(?P<unit>元|美元|欧元|港元|人次|人|名|位|吨|枝|家|辆|台|架|所|座|棵|件|起|分钟|小时|天|公里|米|平方公里|平方米|亩|公顷|吉瓦|千瓦时"
    r"|[\u4e00-\u9fff]{2})(?P<after>[\u4e00-\u9fff]{0,6})$"
)


def asked(sentence: str, names: NameIndex, published: str | None) -> Iterator[tuple[Kind, str, str]]:
    """Questions that a sentence answers: kind, question, and words of the answer."""
    for match in _CLAUSE.finditer(sentence):
        clause = _LATIN_NAME.sub("", match.group()).strip(" 　—…")
        found = named(clause, names)
        if not 8 <= len(clause) <= LONGEST or _LEANS.search(clause) or dates(clause, published):
            continue
        if found and found[0].start == 0 and found[0].person:
            rest = clause[found[0].end :]
            if _DID.fullmatch(rest) and (len(found) > 1 or re.search("[A-Z]", rest)):
                yield "who", f"谁{rest}？", clause[: found[0].end]
        figure = _FIGURE.search(clause)
        single = len(re.findall(r"\d[\d,.]*", clause)) == 1
        if figure and single and (any(n.end <= figure.start() for n in found) or _PROPER.match(clause)):
            # 多少亿元 is asked like 多少元: of a long number the unit alone is kept.
            before = clause[: figure.end("verb")]
            yield "number", f"{before}多少{figure['unit']}{figure['after']}？", figure["digits"]
