"""Chinese clauses → Chinese questions: the question word stands where the answer stood."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.names import NameIndex
from rag.text import dates, sentences
from rag.types import Article
from ui.examples.draft import Draft, Kind, named

SHORTEST, LONGEST = 7, 34  # characters of a question
ROLE = (
    r"(?:首席[\u4e00-\u9fff]{1,3}官|董事长|理事长|秘书长|总经理|总裁|主席|书记|部长|省长|市长|州长|区长|县长|镇长|局长|厅长|处长"
    r"|科长|主任|院长|校长|所长|馆长|会长|社长|站长|队长|教授|研究员|律师|联合创始人|创始人|总统|总理|首相|外长|发言人|负责人"
    r"|经理|主教练|教练|主编|导演|厂长|董事|医师|医生|分析师|首席顾问|顾问|工程师|执行长|营运长|CEO|CFO|COO)"
)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石"
    "金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文施洪辛柯庄齐缪"
)
_INTRODUCED = re.compile(
    rf"(?P<role>[\u4e00-\u9fffA-Za-z0-9]{{2,22}}?{ROLE})(?P<name>[{_SURNAMES}][\u4e00-\u9fff]{{1,2}})"
    r"(?=[，、。；：（(]|表示|介绍|说|指出|称|告诉|认为|透露|强调|主持|出席|带队|率队|向记者)"
)
_CLAUSE = re.compile(r"[^，。；！？,;!?：:\n]+")
_LATIN_NAME = re.compile(r"[(（][A-Z][^()（）]*[)）]")
# A clause with one of these leans on what was said before, or is not the article's own.
_LEANS = re.compile(
    r"[他她它您我你咱]|其(?!他|它|实)|本(?:报|次|届|市|县|区|省|周|月|年|网|站)|该|此|这|那|上述|前者|后者|两人|双方|二者|当天|当日|同日"
    r"|同比|环比|同期|[“”‘’\"「」『』（）()《【】]|原标题|记者|来源|编辑|据|下图|上图|图为"
)
_OPENING = re.compile(
    r"^(?:但是|但|而且|而|并且|并|且|因此|所以|同时|此外|另外|其中|以及|不过|由于|因为|如果|即使|虽然|当|从而|对此|随后|之后|此后"
    r"|截至目前|截至|目前|近日|日前|昨日|昨天|今天|今日|去年|今年|据悉|最终|最后|首先|其次|至此|为此|例如|比如|包括|随着|根据)"
)
_FIGURE = re.compile(
    r"(?:约|近|超过|超|逾|大约|将近|至少|共计|最多|不到)?(?P<digits>\d[\d,.]*\d|\d)(?P<more>[多余]?[十百千万亿]*[多余]?)"
    r"(?P<sign>%|％|个百分点)?(?=(?P<unit>[\u4e00-\u9fff]{1,4}))?"
)
_AFTER_FIGURE = re.compile(r"^(?:左右|以上|以下|以内|上下|多)")
_NOT_COUNTED = re.compile(r"^(?:年|月|日|号|时|点|分钟?秒|级|届|期|强|代|次会议|楼|路|[A-Za-z.\-–~～至到/:：×])")
_PLACED = re.compile(
    r"^(?P<what>[^在]{4,20})(?P<day>于?[\d年月日上下午晚]{2,10})?在(?P<place>[\u4e00-\u9fffA-Za-z]{2,14}?)(?P<verb>正式|顺利|隆重|盛大|圆满)?"
    r"(?P<act>举行|举办|召开|开幕|落幕|闭幕|启动|揭牌|挂牌上市|挂牌|开赛|上市|成立|落成|开工|亮相|开业|首映|开播|试飞|通车)"
)
_TIMES = re.compile(r"(?:[昨今当][天日晚]|近日|日前|[上下]午|晚间?)+$")
_BECAUSE = re.compile(
    r"(?P<what>[^，。；：]{6,24})，(?:主要)?(?:原因是|是因为|因为|是由于)(?P<why>[^，。；]{4,40})"
    r"|(?:因为|由于)(?P<why2>[^，。；]{4,30})，(?P<what2>[^，。；：]{6,24})"
)


def questions(article: Article, names: NameIndex) -> Iterator[Draft]:
    """What the sentences of a Chinese article answer, in the order of the text."""
    for start, end in sentences(article.text):
        sentence = article.text[start:end]
        if len(sentence) <= 240:
            for kind, question, answer in _asked(sentence, names, article.date):
                if SHORTEST <= len(question) <= LONGEST or kind == "role":
                    yield Draft(question, "zh", kind, article.id, start, end, answer)


def _asked(sentence: str, names: NameIndex, published: str | None) -> Iterator[tuple[Kind, str, str]]:
    yield from ((("role"), f"{name}是谁？", role) for name, role in introduced(sentence, names))
    for found in _BECAUSE.finditer(sentence):
        what, why = found["what"] or found["what2"], found["why"] or found["why2"]
        if _stands_alone(what, names):
            first = next((n for n in named(what, names) if n.start == 0), None)
            at = first.end if first else 0
            yield "why", f"{what[:at]}为什么{what[at:]}？", why
    for match in _CLAUSE.finditer(sentence):
        clause = _LATIN_NAME.sub("", match.group()).strip(" 　—…")
        if not _stands_alone(clause, names):
            continue
        placed = _PLACED.match(clause)
        if placed:
            yield "where", f"{_TIMES.sub('', placed['what'])}在哪里{placed['act']}？", placed["place"]
        when = dates(clause, published)
        first = next((n for n in named(clause, names) if n.start == 0), None)
        if first and first.person and not when and _names_other(clause[first.end :], names):
            yield "who", f"谁{clause[first.end :]}？", clause[: first.end]
        yield from _counted(clause, [(d.start, d.end) for d in when])


def _counted(clause: str, taken: list[tuple[int, int]]) -> Iterator[tuple[Kind, str, str]]:
    """The question for the only figure of a clause."""
    figures = [f for f in _FIGURE.finditer(clause) if not any(a < f.end() and f.start() < b for a, b in taken)]
    if len(figures) != 1 or taken:
        return
    found = figures[0]
    before, after = clause[: found.start()], clause[found.end() :]
    if found.start() < 4 or _NOT_COUNTED.match(after) or re.search(r"[A-Za-z第·\-–.:：/]$", before):
        return
    if not after and not found["sign"]:
        return
    after = _AFTER_FIGURE.sub("", after)
    # Of a long number the word that is asked for keeps its scale: 多少亿元 is asked like 多少元.
    yield "number", f"{before}多少{after}？", found["digits"]


def introduced(sentence: str, names: NameIndex) -> Iterator[tuple[str, str]]:
    """People whom a sentence introduces with what they are: (徐爱龙, 县委副书记)."""
    for found in _INTRODUCED.finditer(sentence):
        yield found["name"], found["role"]
    for person in named(sentence, names):
        role = re.search(rf"[\u4e00-\u9fffA-Za-z0-9]{{0,14}}{ROLE}$", sentence[: person.start])
        written = sentence[person.start : person.end]
        if role and person.person and re.search("[\u4e00-\u9fff]", written):
            yield written, role.group()


def _stands_alone(clause: str, names: NameIndex) -> bool:
    """Whether a clause can be understood without those around it: it begins with what it is about, and names it."""
    if not 7 <= len(clause) <= LONGEST or _LEANS.search(clause) or _OPENING.match(clause):
        return False
    return _names_other(clause, names)


def _names_other(words: str, names: NameIndex) -> bool:
    return bool(named(words, names) or re.search(r"[A-Za-z]{2,}", words) or _PROPER.search(words))


# Endings of what has a name of its own, after at least two characters of it.
_PROPER = re.compile(
    r"[\u4e00-\u9fff]{2,}(?:省|市|县|区|镇|村|州|公司|集团|大学|学院|医院|银行|法院|协会|学会|研究院|博物馆|中心|政府|委员会|公安局|联赛"
    r"|大会|锦标赛|世界杯|展览会|博览会|论坛|高铁|铁路|机场|港|股份|科技|基金)"
)
