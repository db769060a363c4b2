"""Near-duplicates across the corpus: groups, their origin, and keeping them right as articles come and go."""

import random

import pytest
from killing import HashingEmbedder, story
from opencc import OpenCC

from rag.engine import load
from rag.indexing import build
from rag.store.reprints import ALIKE, bands, same_story, shingles

REPORT = (
    "海港管理局周三宣布，北岸的三座旧码头将在明年春天拆除，腾出的四十二公顷土地改建为公园和渡轮站。\n\n"
    "局长周以宁在记者会上说，拆除工程预计花费18.6亿元，其中六成由市政府承担，其余由两家航运公司分摊。\n\n"
    "码头工人工会要求在动工之前安置360名工人。工会主席何远山说，他们不反对公园，但反对一纸通知了事。\n\n"
    "渡轮站建成后，每天将有54班船往返于南北两岸，单程约需12分钟，票价尚未决定。\n"
)
EDITED = REPORT.replace("周三宣布", "7日宣布").replace("不反对公园", "并不反对公园") + "本报将继续关注此事的进展。\n"
OTHER = (
    "市图书馆的新馆昨天开放，首日接待了九千名读者，比旧馆最多的一天多出一倍。\n\n"
    "馆长说，新馆藏书120万册，阅览座位2,400个，周末开放到晚上十点。\n\n"
    "旧馆将改为儿童馆，预计后年完工，其间读者可以在新馆的三层借阅童书。\n"
)


def headed(text: str, title: str, date: str | None) -> str:
    return f"---\ntitle: {title}\n" + (f"date: {date}\n" if date else "") + f"---\n{text}"


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "news"
    folder.mkdir()
    texts = {
        "a.md": headed(EDITED, "旧码头将拆除", "2025-03-07T09:00:00+08:00"),
        "b.md": headed(REPORT, "北岸码头明春拆除", "2025-03-07T00:30:00Z"),  # half an hour before a
        "c.md": headed(OpenCC("s2t").convert(REPORT), "北岸碼頭明春拆除", None),
        "d.md": headed(OTHER, "新图书馆开放", "2025-03-08"),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def groups(store):
    source = {article.id: article.source for article in store.articles()}
    return {source[i]: ([source[o] for o in store.reprints(i)], source[store.origin(i)]) for i in source}


def opened(folder, store):
    build([folder], store, embedder=HashingEmbedder())
    return load(store, embedder=HashingEmbedder()).store


def test_edits_and_script_make_no_other_story_and_the_earliest_is_the_origin(corpus, tmp_path):
    assert groups(opened(corpus, tmp_path / "s")) == {
        "a.md": (["b.md", "c.md"], "b.md"),
        "b.md": (["a.md", "c.md"], "b.md"),
        "c.md": (["b.md", "a.md"], "b.md"),
        "d.md": ([], "d.md"),
    }


def test_one_by_one_gives_the_same_groups_as_all_at_once(corpus, tmp_path):
    late = tmp_path / "late"
    late.mkdir()
    for name in ("b.md", "c.md", "d.md"):
        (corpus / name).rename(late / name)
    store = opened(corpus, tmp_path / "s")
    for name in ("d.md", "c.md", "b.md"):
        (late / name).rename(corpus / name)
        store = opened(corpus, tmp_path / "s")
    assert groups(store) == groups(opened(corpus, tmp_path / "again"))


def test_groups_follow_what_is_taken_out_and_changed(corpus, tmp_path):
    store = opened(corpus, tmp_path / "s")
    store.remove(["b.md"])
    assert groups(store)["a.md"] == (["c.md"], "a.md")
    (corpus / "c.md").write_text(headed(OTHER + "\n入场免费。\n", "新館開放", "2025-03-09"), "utf-8")
    assert groups(opened(corpus, tmp_path / "s")) == {
        "a.md": ([], "a.md"),
        "c.md": (["d.md"], "d.md"),
        "d.md": (["c.md"], "d.md"),
    }


def test_a_form_filled_in_with_other_figures_is_another_story():
    form = (
        "截至当天收盘，该基金最新的单位净值为{}元，与前一个交易日相比上涨了{}%，在同类型的全部基金当中排在第{}名。"
        "历史数据显示，该基金在过去三个月里累计上涨了{}%，基金经理表示将会继续坚持均衡配置、长期持有的投资策略。"
    )
    one, two = (form.format(*(f"{random.Random(seed + i).random() * 9:.3f}" for i in range(4))) for seed in (1, 500))
    assert len(shingles(one) & shingles(two)) >= ALIKE * len(shingles(one) | shingles(two))
    assert not same_story(one, two)
    assert same_story(one, one.replace("截至当天", "截至昨天"))


def test_unrelated_stories_are_no_reprints():
    texts = [story(number) for number in range(20)]
    assert not any(same_story(one, two) for i, one in enumerate(texts) for two in texts[:i])


def test_alike_texts_meet_in_a_band():
    chance = random.Random(3)
    met = 0
    for _ in range(50):
        words = [f"w{chance.randrange(10**6)}" for _ in range(300)]
        edited = [word for word in words if chance.random() > 0.03]
        met += bool(set(bands(shingles(" ".join(words)))) & set(bands(shingles(" ".join(edited)))))
    assert met >= 48
