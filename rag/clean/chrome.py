"""Which lines are no reporting, wherever they stand: repeats, menus, share bars, counters, captions, editors' lines."""

from __future__ import annotations

import re
from collections.abc import Collection

from rag.clean.markup import Line
from rag.text import CJK, fold_text

# What pages say to readers rather than report; whole lines, both languages. Compared after folding.
_CHROME = re.compile(
    r"""^[\s•·■|/\-+*>»]*(?:
    (?:赞赏|打赏|点赞|评论|分享|收藏|转发|关注|举报|交易,随时随地|暂无评论|读者评论|相关内容|相关报道|相关报导|相关阅读|相关推荐
      |推荐阅读|延伸阅读|猜你喜欢|热门排行榜?|最新资讯|每日头条|更多|登录|注册|首页|返回|上一篇|下一篇|打印|字号|简体中文
      |繁体中文|原文链接|查看原文|阅读原文|全文|展开|收起|热门|导航|菜单|搜索|订阅|责任编辑|广告)\s*[:：]?\s*[\d+]*
    |(?:share|tweet|like|comments?|reply|follow(?:\sus)?|subscribe|sign\s(?:in|up)|log\s?in|menu|search|home|print|email
      |related(?:\s(?:articles?|stories|news|coverage))?|read\smore|more|advertisement|sponsored|most\s(?:read|popular)|next|previous
      |back\sto\stop|copy\slink|newsletter|trending|language|english|source|original)\s*[:：]?\s*[\d+]*
    |(?:share|tweet|like|comment|save|print|copy\slink|facebook|x|wechat|weibo|微博|微信|qq空间?|分享到?|收藏|点赞|评论|赞)
      (?:[\s|·/,:：\d]+(?:share|tweet|like|comments?|save|print|copy\slink|facebook|x|wechat|weibo|linkedin|email|微博|微信|qq空间?|分享到?|收藏|点赞|评论|赞|举报))+[\s\d]*
    |\d+\s*(?:条?评论|次?阅读|次?浏览|个?赞|views?|reads?|comments?|likes?|shares?)
    |(?:\d+\s*)?(?:阅读|浏览|点击|播放|评论|点赞|views?|reads?|comments?|likes?|shares?)(?:量|数)?\s*[:：(]?\s*[\d,.]+\s*[万k+)]*(?:\s.{0,20})?
    |[\d/\s.,+:：]+
    |(?:the\s)?end|[-—\s]*30[-—\s]*|(?:全文)?完|未完待续|关于我们|联系我们|加入我们|广告服务|法律声明|隐私(?:政策|声明)|网站地图|用户协议
    |(?:about|contact)(?:\sus)?|(?:privacy|cookie)(?:\s(?:policy|notice|settings))?|terms(?:\s(?:of\s(?:use|service)|and\sconditions))?|site\s?map|careers
    |skip\sto\s.{0,20}|share\sthis.{0,20}|subscribe\s(?:now|today)(?:\s.{0,40})?
    |.{0,40}(?:icp备|icp证|公网安备|互联网新闻信息服务许可证).{0,40}
    |\W+
    |(?:责任编辑|责编|编辑|校对|编审|审核|editor|edited\sby)\s*[:：](?!.*[吗呢吧了]$).{0,40}
    |(?:©|版权所有|copyright\s*(?:©|\(c\)|\d{4})).{0,80}
    |(?:简介)\s*[:：].{0,60}
    |.{0,30}(?:跨平台阅读|生成.{0,12}\bapp\b).{0,20}
    |qrcode
    |(?:related|read\smore|see\salso|also\sread|more\son\sthis|相关阅读|延伸阅读|推荐阅读)\s*[:：].{1,100}
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
# Whole sentences that do so. Each needs two signs, since a report may quote a statement or count downloads.
_CHROME_SENTENCE = re.compile(
    r"""^[\W]*(?:
    (?:(?:注|声明|免责声明|版权声明|特别声明|disclaimer)\s*[:：].{0,12})?(?:本文|此页面|本页面|以上内容|文章内容|本站|this\s(?:article|page)).{0,40}
      (?:不代表|仅代表|仅供参考|不构成|不应被视为|版权归|for\sinformation\sonly|views\sof\sthe\sauthor).{0,160}
    |(?:注|声明|免责声明|版权声明|特别声明|disclaimer)\s*[:：].{0,30}(?:不代表|仅代表|仅供参考|不构成|转载|侵权|删除).{0,160}
    |(?:(?:请|欢迎|访问|打开).{0,30})?(?:长按|点击|扫码|扫描|扫一扫).{0,15}(?:按钮|二维码|公众号|主屏幕|关注|下载|右上角|订阅).{0,60}
    |all\srights\sreserved.{0,60}
    |(?:sign\sup|subscribe|follow|click|tap|download|get|join|register)\b[^"“”]{0,80}\b(?:our\s(?:\w+\s){0,3}(?:newsletters?|app|channel|podcast|briefing)
      |your\sinbox|us\son|@\w+\son\s(?:twitter|x|instagram|facebook|threads|bluesky|telegram))\b[^"“”]{0,80}
    |(?:story|article)\scontinues\s(?:below|after).{0,30}
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
_CREDITED = re.compile(  # A crane at the port on Monday. Jane Smith/AP
    r"^.{0,200}(?:[.!?]\s|^)[(\[]?(?:[Pp]hoto(?:graph)?(?:\sby|:)\s)?[A-Z][\w.'’-]+(?:\s[A-Z][\w.'’-]+){0,3}\s?/\s?"
    r"(?:AP|AFP|EPA|UPI|REX|Reuters|REUTERS|Bloomberg|Getty(?:\sImages)?|Xinhua|Shutterstock|(?:The\s)?Associated\sPress)"
    r"(?:\s(?:via\s.{2,20}|Images|Photo))?[)\].]?$"
)
_CAPTION = re.compile(
    r"^.{0,40}[(（](?:资料图|资料图片|图源.{0,15}|图片?来源.{0,15}|图[:：].{0,15}|file\sphoto|photo.{0,20})[)）]$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[。！？!?.…；;:：][”’」』）)\"'】\]]*$")
_LIST_HEAD = re.compile(r"(?:名单|名單|一览|一覽|如下|附表|附录|附錄)\s*[:：]?$|[:：]$")
_FIGURES = re.compile(r"[\d/\s.,+\-–—%:：]+")
_FIGURE = re.compile(r"\d.*[^\d\W]|[^\d\W].*\d")  # and words
CRUMBS = re.compile(r"^[^>›»]{1,20}(?:\s*[>›»]\s*[^>›»]{1,20}){1,5}$")  # 首页 > 财经 > 港口
_LETTER = re.compile(rf"[{CJK}]|[A-Za-z]+")

MENU_RUN = 4  # this many short lines in a row are a menu
SHORT = 12  # words or Chinese characters
TELLING = 4  # words or Chinese characters: more than a menu's entry
TELLING_ALONE = 5
DUPLICATE_ALONE = 16  # a repeated line this long (words or characters) goes even when its neighbours differ


def size(text: str) -> int:
    """Length in words and Chinese characters."""
    return len(_LETTER.findall(text))


def is_sentence(text: str) -> bool:
    """Whether a line reads as running text: it ends like a sentence or is long."""
    return (bool(_SENTENCE_END.search(text)) and size(text) >= 8) or size(text) >= 40


def is_chrome(text: str) -> bool:
    """Whether a line, by its own words, talks to the reader of the page."""
    folded = fold_text(text)
    return bool(_CHROME_SENTENCE.match(folded)) or (not is_sentence(text) and bool(_CHROME.match(folded)))


def chrome_lines(lines: list[Line], head: Collection[int] = (), shared: Collection[str] = ()) -> set[int]:
    """Indices of the lines that do not report, wherever they stand.

    Args:
        lines: of the page.
        head: indices of those that became metadata.
        shared: known chrome of the source.
    """
    known = {fold_text(line) for line in shared}
    gone = {i for i, line in enumerate(lines) if fold_text(line.text) in known or _is_chrome(line)}
    gone |= set(head) | _captions(lines) | _menus(lines)
    gone |= _repeats(lines)
    return gone | {
        i for i, line in enumerate(lines) if line.links >= 0.8 * len(line.text) and not is_sentence(line.text)
    }


def _is_chrome(line: Line) -> bool:
    return is_chrome(line.text) and not (line.cell and _FIGURES.fullmatch(line.text))  # a table is made of figures


def _captions(lines: list[Line]) -> set[int]:
    return {
        i
        for i, line in enumerate(lines)
        if _CAPTION.match(line.text)
        or _CREDITED.match(line.text)
        or (line.after_image and size(line.text) <= 30 and not is_sentence(line.text) and not _is_heading(line))
    }


def _is_heading(line: Line) -> bool:
    return line.strong >= 0.8 * len(line.text.replace(" ", ""))


def _menus(lines: list[Line]) -> set[int]:
    """Runs of short lines, but for those that are a list in the report."""
    gone: set[int] = set()
    run: list[int] = []
    running = [i for i, line in enumerate(lines) if is_sentence(line.text)]
    for i, line in enumerate([*lines, Line("。" * 50, [])]):
        if size(line.text) <= SHORT and not _SENTENCE_END.search(line.text) and i < len(lines):
            run.append(i)
            continue
        if len(run) >= MENU_RUN and not _is_list(lines, run, running):
            gone |= set(_menu_in(lines, run, running))
        run = []
    return gone


def _menu_in(lines: list[Line], run: list[int], running: list[int]) -> list[int]:
    """The part of a run that is the menu: a list of the report may stand right before or after it."""
    known = [at for at, i in enumerate(run) if _is_chrome(lines[i]) or lines[i].links >= 0.5 * len(lines[i].text)]
    if known:
        before, after = run[: known[0]], run[known[-1] + 1 :]
        run = run[len(before) if before and _is_list(lines, before, running) else 0 :]
        run = run[: len(run) - len(after)] if after and _is_list(lines, after, running) else run
    return run


def _is_list(lines: list[Line], run: list[int], running: list[int]) -> bool:
    """Whether a run of short lines belongs to the report: a colon introduces it, or it stands inside.

    The entries of a menu are a word or two.
    """
    links = sum(lines[i].links >= 0.5 * len(lines[i].text) for i in run)
    chrome = sum(_is_chrome(lines[i]) for i in run)
    if links * 2 >= len(run) or chrome * 4 >= len(run):
        return False
    inside = bool(running) and running[0] < run[0] and run[-1] < running[-1]
    # At the edges of a page four characters are an entry as well: 联系我们, 广告服务.
    telling = sum(_tells(lines[i], TELLING if inside else TELLING_ALONE) for i in run)
    return introduced(lines, run[0]) or telling * 2 >= len(run)


def _tells(line: Line, least: int) -> bool:
    words = sum(char.isspace() for char in line.text) + 1
    return line.cell or words >= TELLING or size(line.text) >= least or bool(_FIGURE.search(line.text))


def introduced(lines: list[Line], index: int) -> bool:
    """Whether the line before says, with a colon, that something follows, or the line itself is headed as a list."""
    before = lines[index - 1].text if 0 < index <= len(lines) else ""
    if before.endswith((":", "：")) and size(before) >= 4 and not is_chrome(before):
        return True
    return index < len(lines) and bool(_LIST_HEAD.search(lines[index].text))


def _repeats(lines: list[Line]) -> set[int]:
    """Second and later copies: long lines alone, shorter ones where a neighbour is a copy too."""
    first: dict[str, int] = {}
    copies: dict[int, int] = {}
    for i, line in enumerate(lines):
        key = fold_text(line.text)
        if key in first:
            copies[i] = first[key]
        else:
            first[key] = i
    long = {i for i in copies if size(lines[i].text) >= DUPLICATE_ALONE and not _is_refrain(lines, i, copies)}
    gone = set(long)
    for step in (1, -1):  # a copied block takes its short lines along, from both sides
        for i in sorted(copies, reverse=step < 0):
            if i - step in gone and copies.get(i - step) == copies[i] - step:
                gone.add(i)
    return gone


def _is_refrain(lines: list[Line], index: int, copies: Collection[int]) -> bool:
    """Whether somebody is quoted with the same words twice: the lines around are other ones."""
    return is_quotation(lines[index].text) and index - 1 not in copies and index + 1 not in copies


def is_quotation(text: str) -> bool:
    """Whether a line or sentence is somebody's words, and no more."""
    return text[:1] in '“「『"' and text.rstrip("。.,，")[-1:] in '”」』"'
