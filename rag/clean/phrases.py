"""How newsrooms and their pages word what is no reporting: credits, datelines, captions, notices, calls to readers.

Patterns meet Chinese in simplified script (`rag.text.simplified` keeps every offset), so each is written once.
"""

from __future__ import annotations

import re

from rag.text import CJK


def _any(*words: str) -> str:
    """An alternative of words and small patterns, given in lines of words."""
    return "(?:" + "|".join(" ".join(words).split()) + ")"


# After one of these something new begins.
BOUND = r"(?:^|(?<=[。！？!?…”』」）)】〗\]×\s]))"
_AFRESH = r"(?:^|(?<=[。！？!?\s]))"  # after one of these a sentence begins: a closing quotation mark may end none
NAME = rf"[{CJK}·]{{2,4}}"
_SOON = "[日近今昨][前日天]"  # how a report begins right after its reporter's name: 日前, 近日
_SEP = r"\s*[:：/／|｜丨]"
_SHORT_LABEL = r"(?=[/／:：｜丨|)）])"  # 文 and 图 are labels only before a sign, and not at the end of a name
CREDIT = _any(
    "责任编辑 流程编辑 责编 编辑 校对 审核 审校 编审 终审 主编 监制 监审 统筹 策划 值班编委",
    "文章来源 信息来源 图片来源 来源 稿源 转自 转载自 综合自 作者 撰文 撰稿 文字",
    "本报记者 见习记者 实习记者 记者 通讯员 实习生 摄影 摄像 供图 供稿 图源 图片 文/图 文图 图文 制图",
    "美编 编译 设计 制作 原标题",
    rf"(?<![{CJK}])文{_SHORT_LABEL} (?<![{CJK}])图{_SHORT_LABEL} 摄{_SHORT_LABEL}",
)
IS_AUTHOR = re.compile(_any("作者 撰文 撰稿 文字 文 文/图 文图 .*记者 通讯员 实习生"))
IS_OUTLET = re.compile(_any("文章来源 信息来源 来源 稿源 转自 转载自"))
NO_NAME = re.compile(_any("提供 供图 整理 报道 编辑 摄影 贡献 新闻 日报 晚报 时报 所有 投资"))
NO_OUTLET = re.compile(r"本[报网台刊社站]|总台|记者")
BETWEEN_NAMES = re.compile(r"[\s、，,:：/／|｜丨()（）【】\[\]*]+")
OUTLET_EDGES = re.compile(r"^(?:资料图|图)|(?:讯|报道|返回\S{1,4}|责任编辑)$")

# ── anywhere ──────────────────────────────────────────────────────────────────────────────────
BRACKETED_CREDIT = re.compile(rf"{BOUND}\s*[(（【\[]\s*{CREDIT}{_SEP}[^()（）【】\[\]。]{{1,40}}[)）】\]]")
_PICTURE = _any("摄 摄影 供图 图源[^()（）]{0,12} 资料图片?(?:[/／][^()（）]{0,12})? 视频截图 网络截图 截图 图片")
_AGENCY = _any("视觉中国 新华社 东方IC IC\\sphoto 路透社 法新社 美联社 央视新闻 网络 微博截图")
_ASIDE = _any("前情提要 背景补充 延伸阅读 相关阅读 相关报道 编者注", r"See\salso Read\smore")
ANYWHERE = [
    re.compile(r"广告\s[^×。]{0,40}[^×]{0,60}×"),  # an advertisement, up to the sign that closes it
    re.compile(r"[·.…—\-=_*~＊]{8,}|(?:[▽▼△▲↓↑✦◆■●]\s?){3,}"),
    re.compile(rf"{BOUND}\s*[(（][^()（）。]{{0,20}}(?:由.{{1,12}}提供|供图|图片来自.{{1,12}})[)）]"),
    # A caption is no sentence: it stands after one and ends with whoever took the picture.
    re.compile(rf"{BOUND}\s*[^。！？!?，,；;“”]{{2,50}}[(（][^()（）。]{{0,24}}{_PICTURE}[)）]"),
    re.compile(
        rf"{BOUND}\s*[^。！？!?“”]{{2,60}}(?:记者|通讯员|\s){NAME}\s?摄(?=[{CJK}A-Z0-9“]|$)(?![影像氏取入制下])"
    ),
    # A caption that is a sentence says that it is one.
    re.compile(rf"{_AFRESH}\s*图为(?:(?!\s\s)[^。！？!?]){{2,45}}(?:。(?:\s*{NAME}\s?摄(?![影像氏取入制下]))?|$)"),
    re.compile(
        rf"{_AFRESH}\s*这是[^。！？!?]{{4,80}}。\s*新华社(?:发\s*[(（][^()（）。]{{2,20}}摄[)）]|记者\s{NAME}\s?摄)"
    ),
    re.compile(rf"{BOUND}\s*(?:(?:一起来看|查看|点击|更多)?详情|详情请看)\s*(?:[>＞]{{2,}}|[↓⬇]+)"),
    re.compile(rf"{BOUND}\s*[^。！？!?，“”]{{0,40}}?[{CJK}]{{2,12}}供图(?![{CJK}]*[，,])"),
    re.compile(r"[点戳]击?[“「][^”」。]{2,16}[”」](?:免费|一键|即可)?关注|[“「]阅读原文[”」][^。，]{0,10}$"),
    re.compile(rf"(?:图源|图片来源)\s*[:：]\s*(?:{_AGENCY}|[^\s，。：]{{2,12}}(?=\s))"),
    re.compile(r"[(（]图[为:：][^()（）]{2,40}[)）]"),
    re.compile(rf"[(（]{_ASIDE}\s*[:：][^()（）\n]{{2,120}}[)）]"),
]

# A caption that is a sentence, known by the photographer after it.
CAPTION = re.compile(rf"{_AFRESH}\s*(?P<said>(?:(?!\s\s)[^。！？!?]){{2,60}}。)\s*{NAME}\s摄(?![影像氏取入制下])\s*")

# ── at the beginning ──────────────────────────────────────────────────────────────────────────
LABEL = re.compile(
    r"\s*(?:(?P<title>原标题|原题|标题)|正文|摘要)\s*[:：]\s*|\s*来源\s*[:：]\s*[^\s，,。]{2,16}(?:\s原创稿|[，,](?=\s*正文)|(?=\s))\s*"
)
# 本文转自：某某网某某网8月3日电
_SITE = rf"[{CJK}]{{1,8}}?(?:网|社|报|客户端|新闻|在线)"
REPRINTED = re.compile(rf"\s*(?:本文)?转[自载](?:自)?\s*[:：]\s*(?P<site>{_SITE})(?=(?P=site)|\s)\s*")
# Whatever picture opens the page: 发布会现场。
SCENE = re.compile(r"\s*[^，,。！？!?\s]{2,10}(?:现场|资料图|配图)。")
STAMP = re.compile(r"\s*\d{1,2}-\d{1,2}\s\d{1,2}:\d{2}[，,]\s*(?=正文)")
_REPORTERS = r"[(（【][^()（）【】。]{0,24}(?:记者|通讯员|文/|(?:编译|编辑|作者)[：:|｜\s])[^()（）【】。]{0,40}[)）】]"
REPORTERS = re.compile(r"[(（【][^()（）【】。]{0,24}(?:记者|通讯员|文/)[^()（）【】。]{0,40}[)）】]")
_OUTLET_ENDS = _any("网 社 报 台 新闻 之家 资本局 客户端 在线 财经 时刻 频道 融媒 经纬 融媒体 号")
_DAY = r"\s?(?P<m>1[0-2]|0?[1-9])\s?月\s?(?P<d>3[01]|[12]\d|0?[1-9])\s?日\s?"
_BY = rf"(?![{CJK}])(?:\s*(?P<by>{_REPORTERS}|[(（]{NAME}(?:[、\s]{NAME})*[)）]))?[，,：:]?\s*"
DATELINES = [
    # 新华社北京8月3日电（记者张三）
    re.compile(rf"[{CJK}A-Za-z]{{2,14}}?{_DAY}(?:电|讯){_BY}"),
    # 某某网8月3日消息
    re.compile(
        rf"(?P<outlet>[{CJK}A-Za-z]{{1,12}}?{_OUTLET_ENDS})[{CJK}]{{0,6}}?{_DAY}(?P<report>消息|报道|综合){_BY}"
    ),
    # 某某报讯（记者 张三）
    re.compile(rf"(?P<outlet>[{CJK}A-Za-z]{{2,10}}?)?(?:讯|消息|报道)?\s?(?P<by>{_REPORTERS})[，,：:]?\s*"),
    # 某某网记者 张三 北京报道
    re.compile(
        rf"[【\[]?(?P<outlet>[{CJK}A-Za-z]{{0,12}}?)(?:报道\s|\s?[|｜丨]\s?)?(?P<by>记者\s{NAME}(?:[、\s]{NAME})*?"
        rf"(?:\s?通讯员\s{NAME}(?:[、\s]{NAME})*?)?)(?:\s[{CJK}]{{2,6}}报[道导]|】|\]|(?=[^{CJK}、\s·]))(?<!{_SOON})\s*"
    ),
    # 某某网 北京报道
    re.compile(rf"(?P<outlet>[{CJK}]{{2,10}}?{_OUTLET_ENDS})\s[{CJK}]{{2,4}}报道(?=\S)"),
    # 某某网（某某日报网）讯（通讯员 张三）
    re.compile(rf"(?P<outlet>[{CJK}]{{2,10}}?{_OUTLET_ENDS})[(（][{CJK}]{{2,12}}[)）]讯{_BY}"),
    # 2023-08-01 11:05:19 作者：张三
    re.compile(
        rf"20\d\d-\d\d-\d\d\s\d\d:\d\d(?::\d\d)?\s+(?P<by>(?:作者|来源|编辑)[:：]\s*[{CJK}A-Za-z]{{2,12}})(?=\s)\s*"
    ),
    # LONDON, Aug 3 (Reuters) -
    re.compile(
        r"[A-Z][A-Za-z.'/ ]{2,40}(?:,\s[A-Z][a-z]{2,8}\.?\s\d{1,2})?\s"
        r"\((?P<outlet>Reuters|AP|AFP|Xinhua|Bloomberg|UPI|dpa|EFE|CNN|BBC)\)\s?[-–—]{1,2}\s?"
    ),
]
# News agencies and sites that a headline may touch: 开展活动中新网8月9日电
AGENCIES = re.compile(
    _any("新华社 新华网 中新社 中新网 人民网 央广网 央视网 光明网 海外网 环球网 中国网 参考消息网 财联社")
)
ATTRIBUTED = re.compile("据|援引|综合|来自|根据|昨|今|称|对|向|与|和|在|从|接受")

# ── at the end ────────────────────────────────────────────────────────────────────────────────
_SPACED_LABELS = _any("记者 编辑 责编 校对 通讯员 摄影 作者 来源 图文")
_ENGLISH_LABELS = (
    r"(?:(?:Sources?|Photos?|Credits?|Editors?)\s*:|(?:Photos?|[Rr]eporting|[Ee]diting|Edited|Written) by\s)"
)
_SURE = rf"{_any('来源 转自 作者 责任编辑 编辑 监制 审核')}[:：]"  # new wherever it stands
ENDINGS = [
    re.compile(r"返回[^。\s]{1,8}[，,]?\s*查看更多\s*$"),
    re.compile(r"责任编辑\s*[:：]\s*$"),
    re.compile(
        rf"(?:{BOUND}|(?=[(（]?(?:本文)?{_SURE}))\s*[(（【*＊■●◎▲▼]?\s*(?:本文)?{CREDIT}{_SEP}[^。！？!?；“”]{{0,100}}$"
    ),
    re.compile(
        rf"{BOUND}\s*[(（]?(?:[{CJK}]{{2,10}}\s)?[{CJK}A-Za-z/·]{{0,14}}\s?{_SPACED_LABELS}\s+[^。！？!?，,；;：:“”0-9]{{2,40}}$"
    ),
    # whose reports it was put together from: ●据某某新闻、某某网等
    re.compile(rf"{BOUND}\s*[-—\s]*[●■◆*]?\s*(?:综合|据)[{CJK}A-Za-z]{{2,10}}(?:、[{CJK}A-Za-z]{{2,10}})+等?\s*$"),
    re.compile(
        rf"[(（【\[〖〔][^()（）【】〖〗\[\]。]{{0,30}}{CREDIT}(?:[\s:：/／|｜丨]|(?=[)）】\]〗〕])|{NAME}(?=[)）】\s、]))"
        r"[^()（）【】〖〗。]{0,60}[)）】\]〗〕]\s*$"
    ),
    # （某某） after the last sentence: who wrote it
    re.compile(
        r"(?<=[。！？!?…”」』）)\s])\s*[(（【〖\[](?:完|未完待续|[^()（）【】〖〗\[\]。，,0-9]{2,16})[)）】〗\]]\s*$"
    ),
    re.compile(r"[(（](?:完|End)[)）]\s*$"),
    re.compile(
        r"《\s*[^》。]{2,12}》\s*[(（]\s*20\d\d\s?年\s?\d{1,2}\s?月\s?\d{1,2}\s?日[^()（）]{0,10}版\s*[)）]\s*$"
    ),
    re.compile(rf"(?:^|(?<=[.!?)”\"]\s))\(?{_ENGLISH_LABELS}\s*[^.!?]{{2,160}}[.)]*\s*$"),
    re.compile(r"(?<=[。！？!?”）)])\s*(?:分享让更多人看到|阅读原文|点击阅读全文|查看原文|展开全文|举报/?反馈)\s*$"),
    re.compile(r"(?:#[^#\s]{1,20}#[、\s]*)+$"),
    re.compile(r"(?<=[。！？!?”）)\s])\s*https?://[!-~]+\s*$"),
    re.compile(r"(?<=[。！？!?”）)×])\s*(?:[■◆][^。■◆]{4,60}){2,}$"),  # headlines of other articles
]
# A notice has two signs: it is about the page, and it says what one may do with it. A report on a lawsuit speaks of
# copyright and consent as well, but not of "this article", and it asks the reader for nothing.
THIS_PAGE = re.compile(
    _any(
        "以上内容 以上数据 本文 此文 此稿 文内 本网 本站 本报 本平台 本公众号 本稿 本信息 该信息",
        "本材料 本声明 本账号 我们",
        r"this\s(?:article|page) ©",
    ),
    re.IGNORECASE,
)
MATERIAL = re.compile(
    _any("文中 文章 稿件 作品 原创 转载 版权 图片 资料 声明 内容 数据 股市 投资 信息 copyright"), re.IGNORECASE
)
ASKS = re.compile(_any("请 敬请 如有 如需 如若 若有 如果 凡 不得转载 禁止转载 谢绝 谨慎 自担 联系 取得 告知"))
NOTICE = re.compile(
    _any(
        "无关 不代表 仅代表 仅供参考 仅供[^。]{0,8}(?:交流|学习) 不构成 不对您构成 请注明 注明出处 注明来源 注明作者",
        "联系我们 与我们联系 与本[网站]联系 及时联系 请联系 立即删除 予以删除 侵权",
        "未经[^。]{0,12}(?:授权|许可|允许) 不得转载",
        "本文由[^。]{1,12}(?:原创|整理) 禁止[^。]{0,6}转载 谢绝转载 力求但不保证 风险自担 投资需谨慎 谨慎决策",
        "独家稿件 版权归 版权所有 著作权 法律责任 均包含本声明",
        r"all\srights\sreserved not\sconstitute information\spurposes\sonly",
    ),
    re.IGNORECASE,
)
# One that says so takes along whatever follows it.
DECLARED = re.compile(
    r"\s*[*＊※■◎(（\[【]?\s*(?:(?:免责|特别|版权|郑重|广告|重要|法律)?声明|版权说明|版权与免责|disclaimer)[^。]{0,6}[:：]"
    r"|\s*以上内容[由为]|\s*[*＊]?本文属于原创",
    re.IGNORECASE,
)
# A unit of the page may begin where no sentence has ended.
NEW_START = re.compile(
    r"(?=\ufe0f?将我设为|以上内容[由为]|(?:广告|免责|版权|特别|郑重)声明[:：]|(?:来源|转自)[:：])|(?<=[）)】”])(?=以上数据|声明|免责|本文)"
    r"|(?<=\s)(?=相关(?:报道|报导|阅读|新闻)\s)"
)
RELATED = re.compile(
    rf"{BOUND}\s*(?:相关(?:报道|报导|阅读|推荐|新闻|链接|文章)|推荐阅读|延伸阅读|更多(?:报道|新闻|阅读)"
    r"|related (?:articles?|stories|coverage))(?:\s*[:：]|\s)",
    re.IGNORECASE,
)
# A call speaks to the reader, asks for something, and says where. Reports tell others to scan a code as well.
TO_READER = re.compile(
    r"^\W*(?:欢迎|敬请|请|更多|欲|快|点|戳|下载|搜索|扫|将我设为|关注|长按|觉得|喜欢|感谢|如果(?:你|您|喜欢)|加入我|follow|subscribe|sign)"
    r"|新闻线索|[报爆]料|维权通道|我们|本报|本网|作者公号",
    re.IGNORECASE,
)
CALL = re.compile(
    _any(
        "点赞 关注 转发 评论 收藏 订阅 留言 在看 扫码 扫描 长按 下载 搜索 登录 点击 报料 爆料 投稿 加入",
        r"follow\sus subscribe sign\sup",
    ),
    re.IGNORECASE,
)
CALL_PLACE = re.compile(
    _any(
        r"公众号 公号 微信 二维码 客户端 小程序 \bapp\b 应用市场 应用商店 热线 邮箱 邮件 平台账号 投资群 官网 主页",
        "newsletter twitter telegram",
    ),
    re.IGNORECASE,
)
CONTACT = re.compile(
    r"(?:热线|电话|邮箱|邮箱地址|联系方式|报料|专席|邮件|投稿)[^。]{0,12}?[:：]?\s*[\d@#A-Za-z][\w\-@#.]{6,}", re.ASCII
)
DESK = re.compile(_any("报料 爆料 投稿 版权 线索 维权通道 合作 本网 本报 本站 商务 政企"))
