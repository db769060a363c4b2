"""Page furniture inside running text: out, and what it says kept as metadata; reporting stays."""

import pytest

from rag.articles.records import document, to_article
from rag.clean import clean, shared_sentences

REPORT = (
    "北岸的三座旧码头将在明年春天拆除，腾出的四十二公顷土地改建为公园和渡轮站。"
    "局长周以宁在会上说，拆除工程预计花费18.6亿元，其中六成由市政府承担。"
    "码头工人工会要求在动工之前安置360名工人，并且不接受一纸通知了事。"
)
MORE = "渡轮站建成后，每天将有54班船往返于南北两岸，单程约需12分钟。"


def cleaned(raw: str, date: str | None = "2025-03-07", shared=()):
    return clean(to_article(document(raw, date=date), "dump.jsonl#1"), shared)


@pytest.mark.parametrize(
    ("raw", "gone"),
    [
        (REPORT + "（责任编辑：周以文）", "责任编辑"),
        (REPORT + "来源：北岸晚报 编辑：何远 校对：周文", "北岸晚报"),
        (REPORT + "记者 周以文", "周以文"),
        (REPORT + "（周以文）", "周以文"),
        (REPORT + "返回首页，查看更多责任编辑：", "查看更多"),
        (REPORT + "（完）", "完"),
        (REPORT + "声明：本网站的内容仅供参考，不代表本网观点。如有疑问，请与我们联系。邮箱：a@b.example", "声明"),
        (REPORT + "本报作品，未经授权不得转载。", "授权"),
        (REPORT + "新闻线索报料通道：应用市场下载“北岸”APP，全城记者等你来报料！", "报料"),
        (REPORT + "相关阅读：《渡轮停航三天》《港区公园的前世今生》", "停航"),
        (REPORT + "■渡轮停航三天，乘客怎么办■港区公园的前世今生", "停航"),
        (REPORT + "广告 三天学会驾船，船长都惊呆了！ ×" + MORE, "船长"),
        (REPORT + "旧码头的起重机（周以文 摄）" + MORE, "起重机"),
        (REPORT + "渡轮驶过旧码头。北岸晚报记者 周以文 摄" + MORE, "记者"),
        (REPORT + "····························" + MORE, "····"),
        (REPORT + "(前情提要：渡轮停航三天，工会发出最后通牒)" + MORE, "前情提要"),
        ("【来源：北岸晚报_港区】" + REPORT, "来源"),
        ("北岸晚报3月7日讯（记者 周以文 通讯员 何远）" + REPORT, "3月7日"),
        ("北岸網3月7日電（記者周以文）" + REPORT, "記者"),
        ("北岸网 3 月 7 日消息，" + REPORT, "消息"),
        ("原标题：旧码头明春拆除旧码头明春拆除 " + REPORT, "原标题"),
        (REPORT + REPORT + MORE, None),
    ],
)  # fmt: skip
def test_furniture_goes_and_the_report_stays(raw, gone):
    text = cleaned(raw).text
    assert gone is None or gone not in text
    assert text.replace("\n", "").startswith(REPORT)
    assert (MORE in text) == (MORE in raw)
    assert text.count("360名工人") == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "居民通过扫描二维码，就能快速查到附近的便民服务网点，实现信息一图包揽。",
        "参赛者可登录大赛官网或者关注大赛的微信公众号了解赛事信息。",
        "法院认为，被告未经许可转载原告的作品，构成侵权，应当承担法律责任。",
        "平台已对该账号进行封禁，并下架全部侵权稿件。",
        "不点击来历不明的链接，从正规渠道下载客户端，不加入陌生人的群。",
        "据北岸电台3月2日报道，渡轮已经停航三天。",
        "周以文记者出身，后来当了编辑，今年六十岁。",
        "他在声明中说，这份合同不代表公司的立场。",
        "事故原因正在进一步调查中。",
        "这张照片的作者是一位退休的船长。",
        "他推荐了一本小说（作者周以文），说它写的正是码头。",
        "微信当天宣布，新版本的下载量突破了一千万次。",
        "The union said the source of the money: a fund that nobody had heard of.",
        "Photo shops along the quay will have to close in spring.",
    ],
)
def test_a_report_that_sounds_like_a_page_stays(sentence):
    for raw in (REPORT + sentence, REPORT + sentence + MORE, REPORT + "\n\n" + sentence):
        assert sentence in cleaned(raw).text


def test_what_furniture_says_becomes_metadata():
    article = cleaned(
        "原标题：旧码头明春拆除北岸晚报3月7日讯（记者 周以文 通讯员 何远）"
        + REPORT
        + "（来源：北岸晚报）返回首页，查看更多责任编辑："
    )
    assert (article.title, article.outlet, article.authors) == ("旧码头明春拆除", "北岸晚报", ("周以文",))
    assert article.text == REPORT


def test_stated_metadata_goes_before_what_furniture_says():
    stated = document("北岸晚报讯（记者 周以文）" + REPORT, title="题", outlet="港区日报", authors=["何远"])
    article = clean(to_article(stated, "a.txt"))
    assert (article.title, article.outlet, article.authors, article.text) == ("题", "港区日报", ("何远",), REPORT)


@pytest.mark.parametrize("date", [None, "2025-03-09"])
def test_the_day_of_a_dateline_stays_where_the_metadata_do_not_have_it(date):
    article = cleaned("北岸晚报3月7日讯（记者 周以文）" + REPORT, date)
    assert "3月7日" in article.text and "周以文" not in article.text
    assert article.authors == ("周以文",) and article.date == date


def test_no_sentence_reaches_across_what_went_out():
    raw = REPORT + "广告 三天学会驾船！ ×" + MORE
    article = cleaned(raw)
    assert article.text == REPORT + "\n" + MORE
    start, end = article.raw_span(len(REPORT) + 1, len(article.text))
    assert raw[start:end] == MORE
    assert [raw[a:b].strip() for a, b in article.removed()] == ["广告 三天学会驾船！ ×"]


def test_a_credit_that_is_a_whole_article_is_no_outlet():
    # Was wrong once: "来源：" at the start of a one-line item made the whole item the outlet.
    article = cleaned("来源：" + REPORT)
    assert article.outlet is None and REPORT[10:] in article.text


BOILER = "本台将在晚间节目里播出更多内容，感谢收看。"


def test_what_many_articles_of_a_source_share_at_their_end_is_found():
    raws = [f"第{n}号消息，港口去年新增了{n}条航线，吞吐量达到{n * 7}万箱。{BOILER}" for n in range(40)]
    assert shared_sentences(raws) == {BOILER.replace("，", ",")}
    article = cleaned(REPORT + BOILER, shared=shared_sentences(raws))
    assert article.text == REPORT
    assert BOILER in cleaned(REPORT + BOILER + MORE, shared=shared_sentences(raws)).text  # inside it may be reporting


ASKED = "The White House did not respond to a request for comment."
GLOSSARY = "净流入是指买进的船票多于退掉的船票。"


def _stories(*tail):
    return [
        f"The harbour opened line number {n} last year, and {n * 7} ships called. {' '.join(tail)}" for n in range(40)
    ]


def test_reporting_that_comes_back_is_no_boilerplate():
    # Was wrong once: gone from all of twelve stories, or kept in all when they came one by one.
    assert shared_sentences(_stories(ASKED)) == frozenset()
    call = "Sign up for our newsletter."
    assert shared_sentences(_stories(ASKED, call)) == {call.casefold()}


def test_what_stands_between_two_sentences_of_the_page_is_the_page_s():
    report = "第{}号消息，港口去年新增了{}条航线，南北两岸的渡轮因此可以提前一个小时开航。"
    between = [report.format(n, n * 3) + "名词解释如下。" + GLOSSARY + BOILER for n in range(40)]
    before = [report.format(n, n * 3) + GLOSSARY + BOILER for n in range(40)]
    assert GLOSSARY in shared_sentences(between)
    assert GLOSSARY not in shared_sentences(before)


def test_reprints_of_one_story_share_no_boilerplate():
    assert shared_sentences([REPORT + f"第{n}版。" for n in range(40)]) == frozenset()
    assert shared_sentences([f"第{n}号消息，港口新增了{n}条航线。{BOILER}" for n in range(9)]) == frozenset()


def test_a_tag_that_never_ends_hides_nothing():
    for tag in ("script", "style", "title", "button", "svg"):
        raw = f"第一段讲的是港口去年新增的三条航线。\n\n<{tag}>\n\n{REPORT}\n"
        assert REPORT in cleaned(raw).text, tag
    hidden = f"<script>var a = 1;</script>\n\n{REPORT}\n\n<style>p {{}}</style>"
    assert cleaned(hidden).text == REPORT


def test_a_list_in_the_report_is_no_menu():
    entries = ["软银：190亿美元", "甲骨文：70亿美元", "OpenAI：190亿美元", "MGX：70亿美元"]
    inside = "\n".join([REPORT, *entries, MORE])
    assert all(entry in cleaned(inside).text for entry in entries)
    names = ["周以宁", "何远山", "周文", "何以文"]
    last = "\n".join([MORE, REPORT, "获奖的船长是：", *names])
    assert all(name in cleaned(last).text for name in names)
    menu = "\n".join([REPORT, "首页", "港区", "船期", "天气", MORE])
    assert "船期" not in cleaned(menu).text


def test_a_heading_after_a_picture_is_no_caption():
    pieces = ["# 题目", REPORT, "![图](a.jpg)", "**渡轮与公园**", MORE, "![图](b.jpg)", "旧码头的起重机", "票价未定。"]
    raw = "\n\n".join(pieces)
    text = cleaned(raw).text
    assert "渡轮与公园" in text and "起重机" not in text
