"""Whole pages of several paragraphs, as files have them: every line of the report stays, the page's own lines go.

Each page is written line by line with its label: "+" the report, "-" the page, "=" what becomes metadata. Words ours.
"""

import json

import pytest

from rag.articles import read_articles
from rag.articles.records import document, to_article
from rag.clean import clean

EN = """
+ The harbour authority said on Wednesday that three old piers would be torn down next spring to make room for a park.
+ The demolition is expected to cost $260 million, most of it paid by the city, director Joan Marsh told reporters.
"""
ZH = """
+ 港务局周三宣布，北岸的三座旧码头将在明年春天拆除，腾出的土地改建为公园。
+ 局长周以宁在会上说，拆除工程预计花费18.6亿元，其中六成由市政府承担。
"""
PAGES = {
    "a quotation without a full stop ends the report": f"""
= Harbour to close three piers next spring
{EN}
+ "We will not go quietly," he said""",
    "a correction ends it": f"""
= Harbour to close three piers next spring
{EN}
+ Correction: An earlier version of this story misstated the cost of the park""",
    "figures in a list end it, and a footer follows": f"""
= Harbour to close three piers next spring
{EN}
+ Key figures
+ Cost: $260 million
+ Workers affected: 360
+ Ferries a day: 54
- About us
- Contact
- Privacy policy
- Terms of use""",
    "what is known, numbered": f"""
= Harbour to close three piers next spring
{EN}
+ What we know so far
+ 1. Three piers will be torn down
+ 2. The park opens in 2027
+ 3. Ferries run until May
+ 4. The union will go to court""",
    "a live ticker": """
+ 10:05 Polls open in Ohio
+ 10:30 Turnout is high in Cuyahoga
+ 11:45 Machines fail in Dayton
+ 12:10 Judge extends hours
+ 13:00 Results expected at nine""",
    "a chronology at the top": f"""
+ The strike that closed the harbour, day by day
+ March 1, 2025 – Workers walk out
+ March 5, 2025 – Talks collapse
+ March 9, 2025 – Mayor steps in
+ March 20, 2025 – Vote ends the strike at the harbour
{EN}""",
    "scores": f"""
+ Arsenal 2-1 Chelsea
+ Leeds 0-0 Everton
+ Liverpool 3-2 Fulham
+ Spurs 1-4 Villa
{EN}""",
    "an English news page": f"""
- Skip to content
- Home | World | Business | Sport
- Subscribe now for $1 a week
= Harbour to close three piers next spring
= By Jane Doe and John Roe
= March 7, 2025 9:14 AM ET
- Share this article
- A crane unloads a container ship at the port on Monday. Jane Smith/AP
{EN}
- Sign up for our newsletter to get the best stories every morning in your inbox.
+ The union has asked that 360 workers be placed elsewhere before any work begins on the north shore.
- Follow @harbournews on Twitter for more updates on this story.
- Reporting by Jane Doe; Editing by Bill Smith
- Our Standards: The Thomson Reuters Trust Principles.
- © 2025 Harbour News. All rights reserved.
- Related: City to build new ferry terminal
- Read more: How the strike ended
- 5 comments""",
    "a deck between headline and byline": f"""
= Harbour to close three piers next spring
+ Union says 360 workers may lose their posts on the north shore
= By Jane Doe
= 2025-03-07
{EN}""",
    "一句没有句号的话结尾": f"""
= 旧码头明春拆除，北岸将建公园
{ZH}
+ “我们不会悄悄离开”，他说""",
    "结尾是名单": f"""
= 旧码头明春拆除，北岸将建公园
{ZH}
+ 附：获奖名单
+ 一等奖 周以宁
+ 二等奖 何远
+ 三等奖 周文
+ 三等奖 何以文""",
    "结尾是表格": f"""
= 旧码头明春拆除，北岸将建公园
{ZH}
+ 码头 | 货船（艘）
+ 东港 | 12
+ 西港 | 8
+ 北港 | 30""",
    "只有要点": """
+ 软银出资190亿美元
+ 甲骨文出资70亿美元
+ MGX出资70亿美元
+ OpenAI持股四成
+ 项目落户得州""",
    "中文新闻网页": f"""
- 北岸网 > 财经 > 港口
- 登录 | 注册 | 订阅
= 旧码头明春拆除，北岸将建公园
= 2025-03-07 08:15 来源：北岸网
- 分享到：微信 微博
{ZH}
+ 票价尚未决定
- 责任编辑：周以文
- 北岸网客户端：扫码下载
- 关于我们
- 联系我们
- 广告服务
- 网站地图
- 北ICP备12345678号""",
    "名词解释里有来源": f"""
= 旧码头明春拆除，北岸将建公园
{ZH}
+ 来源：三名知情人士
+ 工会主席说，他们不反对公园，但反对只用一纸通知了事，也不接受提前离岗。""",
    "结尾的短句像是号召或署名": f"""
= 旧码头明春拆除，北岸将建公园
{ZH}
+ 这位前线 记者 已经失踪三天
+ 编辑：这一职业正在消失吗
+ 欢迎市民关注港务局的微信公众号了解拆除进度。""",
}  # fmt: skip


def _labelled(page):
    rows = [line.split(" ", 1) for line in page.strip().splitlines() if line]
    return [tuple(row) for row in rows]


def _texts(page, *kinds):
    return [text for kind, text in _labelled(page) if kind in kinds]


def _cleaned(raw, source="story.txt", **known):
    return clean(to_article(document(raw, **known), source))


@pytest.mark.parametrize("joint", ["\n", "\n\n", "\r\n"])
@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_keeps_its_report_and_loses_its_furniture(page, joint):
    article = _cleaned(joint.join(_texts(page, "+", "-", "=")))
    assert article.text.split("\n") == _texts(page, "+")


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_same_as_markdown(page):
    lines = ["# " + text if kind == "=" and n < 5 else text for n, (kind, text) in enumerate(_labelled(page))]
    assert _cleaned("\n\n".join(lines), "story.md").text.split("\n")[-1] == _texts(page, "+")[-1]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_no_report_is_lost_as_html(page, tmp_path):
    body = "\n".join(f"<p>{text}</p>" for _, text in _labelled(page))
    (tmp_path / "a.html").write_text(f"<!doctype html><html><body><article>{body}</article></body></html>", "utf-8")
    (article,) = read_articles([tmp_path])
    kept = clean(article).text.split("\n")
    assert [text for text in _texts(page, "+") if text not in kept] == []


LAST = {"zh": "工会主席说，他们不反对公园，但反对一纸通知了事。", "en": "The union will fight it, he said."}
TAILS = {
    "zh": [
        *("（完）", "（记者 周以文）", "（新华社记者周以文）", "（责任编辑：周以文）", "（周以文）"),
        *("(AP)", "[1]", "*", "记者 周以文"),
    ],
    "en": ["(Reporting by Jane Doe)", "(AP)", "— AP", "■", "END", "[1]", "*"],
}


@pytest.mark.parametrize(("language", "tail"), [(lang, tail) for lang in TAILS for tail in TAILS[lang]])
def test_the_last_paragraph_stays_whatever_follows_its_full_stop(language, tail):
    body = _texts(ZH if language == "zh" else EN, "+")
    article = _cleaned("\n\n".join([*body, LAST[language] + (" " if language == "en" else "") + tail]))
    *lines, last = article.text.split("\n")
    assert lines == body and last.startswith(LAST[language])
    assert "AP" not in last and "■" not in last and "END" not in last and "完" not in last
    assert article.authors == (("周以文",) if "记者" in tail else ("Jane Doe",) if "Jane" in tail else ())


@pytest.mark.parametrize("tail", ["（约合人民币三亿元）", "（化名）"])
def test_an_aside_is_no_signature(tail):
    assert tail in _cleaned("\n".join(_texts(ZH, "+")) + tail).text


def test_a_refrain_is_no_second_copy():
    refrain = "“我有一个梦想，有一天北岸的码头会有自己的公园和渡轮。”"
    one, two = _texts(ZH, "+")
    assert _cleaned(one + refrain + two + refrain).text.count(refrain) == 2
    assert _cleaned("\n".join([one, refrain, two, refrain])).text.count(refrain) == 2
    assert _cleaned("\n".join([one, refrain, two, one, refrain, two])).text.count(refrain) == 1


@pytest.mark.parametrize("headline", ["央行宣布下调存款准备金率", "# 央行宣布下调存款准备金率"])
def test_a_flash_is_its_headline(headline):
    assert _cleaned(headline, "flash.md").text == "央行宣布下调存款准备金率"


# ── pages that do not begin like one ──

SAID = (
    "Dock workers voted on Wednesday to end a strike that had closed the harbour for three weeks.",
    "The owners' league said on Thursday that its ships would return to the quays by the weekend.",
)
WRAPPED = "\n".join(f"<p>{text}</p>".replace(" to ", "\nto ") for text in SAID)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", f"<div>{WRAPPED}</div>"),
        ("a.html", f"<head><title>Strike ends</title></head><body>{WRAPPED}</body>"),
        ("a.html", SAID[0].replace(" to ", "\nto ") + "<br><br>" + SAID[1]),
        ("a.md", f"# Strike ends\n\n{WRAPPED}\n"),
        ("a.json", json.dumps({"text": WRAPPED})),
        ("a.json", json.dumps({"text": f"<div>{WRAPPED}</div>"})),
    ],
)
def test_a_line_break_of_the_source_ends_no_paragraph_of_a_page(name, content, tmp_path):
    (tmp_path / name).write_text(content, "utf-8")
    (article,) = read_articles([tmp_path])
    assert clean(article).text.split("\n") == list(SAID)


def test_markdown_inside_a_block_keeps_its_lines():
    assert _cleaned(f"<div>\n\n{SAID[0]}\n{SAID[1]}\n\n</div>", "a.md").text.split("\n") == list(SAID)


def test_what_a_page_hides_goes_but_for_an_article_that_waits_for_its_script():
    teaser = "<p style='display: none'>A teaser that nobody sees on this page of ours at all.</p>"
    page = "<html><body>{}</body></html>"
    assert _cleaned(page.format(WRAPPED + teaser)).text.split("\n") == list(SAID)
    assert _cleaned(page.format(f"<div hidden>{WRAPPED}</div>")).text.split("\n") == list(SAID)
    never = f"<p style='display:none'><b>{SAID[0]}"
    assert SAID[0] in _cleaned(page.format(never)).text


def test_a_table_of_a_page_stays_cell_by_cell(tmp_path):
    cells = ["Harbour", "Ships", "East", "12", "West", "8", "North", "30"]
    rows = "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in zip(cells[::2], cells[1::2], strict=True))
    page = f"<!doctype html><html><body><article><h1>Ships</h1>{WRAPPED}<table>{rows}</table></article></body></html>"
    (tmp_path / "a.html").write_text(page, "utf-8")
    (article,) = read_articles([tmp_path])
    assert clean(article).text.split("\n") == [*SAID, *cells]
