"""The fixed wording of answers, in the question's language; quotes stay in the article's."""

from __future__ import annotations

import re

from rag.text import Language

WORDING: dict[str, dict[Language, str]] = {
    # ── the short answer ──
    "lead": {"en": "**{value}** {markers}", "zh": "**{value}** {markers}"},
    "lead_join": {"en": "; ", "zh": "；"},
    "list_join": {"en": ", ", "zh": "、"},
    "lead_other": {"en": "{lead}; other reports say {other}", "zh": "{lead}；另有报道称 {other}"},
    "gloss": {"en": "{value} ({gloss})", "zh": "{value}（{gloss}）"},
    "according": {"en": "{lead}, according to {who}", "zh": "{lead}，据{who}"},
    "lead_part": {"en": "{part} — {lead}", "zh": "{part} —— {lead}"},
    "denied": {
        "en": "{value} is mentioned, but only to deny it {markers}",
        "zh": "文中提到{value}，但只是否认 {markers}",
    },
    "part_absent": {"en": "On “{part}” the articles don't say.", "zh": "关于“{part}”，这些文章没有提到。"},
    "some_part_absent": {
        "en": "On another part of the question the articles don't say.",
        "zh": "关于问题的另一部分，这些文章没有提到。",
    },
    # ── yes and no ──
    "yes": {"en": "Yes", "zh": "是"},
    "no": {"en": "No", "zh": "否"},
    "probably_yes": {"en": "Probably yes", "zh": "可能是"},
    "probably_no": {"en": "Probably not", "zh": "可能不是"},
    "disputed": {"en": "Disputed", "zh": "说法不一"},
    "verdict": {"en": "**{verdict}** {markers}", "zh": "**{verdict}** {markers}"},
    "verdict_span": {"en": "**{verdict}** — “{span}” {markers}", "zh": "**{verdict}** —— “{span}” {markers}"},
    # ── evidence ──
    "attributed": {"en": "{where}: “{quote}” {marker}", "zh": "{where}：“{quote}” {marker}"},
    "where": {"en": "*{title}* ({about})", "zh": "《{title}》（{about}）"},
    "where_only_title": {"en": "*{title}*", "zh": "《{title}》"},
    "comma": {"en": ", ", "zh": "，"},
    "also": {"en": " (also in {n} more article{s})", "zh": "（另有 {n} 篇报道相同）"},
    "aid": {"en": "*Reading aid, ours: {items}*", "zh": "*对照（非原文）：{items}*"},
    "aid_dates": {"en": "*Dates, reckoned by us: {items}*", "zh": "*日期（由我们推算）：{items}*"},
    "aid_item": {"en": "{written} → {rendered}", "zh": "{written} → {rendered}"},
    "aid_reckoned": {
        "en": "{written} → {rendered}, reckoned from the publication date",
        "zh": "{written} → {rendered}（按发表日期推算）",
    },
    "aid_join": {"en": "; ", "zh": "；"},
    # ── conflicts ──
    "conflict": {"en": "**The sources differ:** {claims}.", "zh": "**各方说法不一：**{claims}。"},
    "conflict_accounts": {"en": "**Accounts differ:** {claims}.", "zh": "**各家记述不同：**{claims}。"},
    "claim": {"en": "{value} ({about}) {markers}", "zh": "{value}（{about}）{markers}"},
    "claim_bare": {"en": "{value} {markers}", "zh": "{value} {markers}"},
    "claim_glossed": {"en": "{value} = {gloss}", "zh": "{value} = {gloss}"},
    "claim_denied": {"en": "not {value}: denied", "zh": "并非{value}（否认）"},
    "claim_join": {"en": "; ", "zh": "；"},
    "newer": {"en": "newer report: {about}", "zh": "较新的报道：{about}"},
    "earlier": {"en": "earlier report: {about}", "zh": "较早的报道：{about}"},
    "about_number": {"en": "the figure asked for", "zh": "所问的数字"},
    "about_date": {"en": "the date asked for", "zh": "所问的日期"},
    "about_who": {"en": "who it was", "zh": "所问的人或机构"},
    "about_place": {"en": "the place asked for", "zh": "所问的地点"},
    "about_fact": {"en": "what was asked", "zh": "所问的内容"},
    "about_yesno": {"en": "whether it is so", "zh": "所问是否属实"},
    # ── no answer ──
    "absent": {"en": "The articles don't say.", "zh": "这些文章没有提到。"},
    "absent_topic": {
        "en": "None of the articles is about what you ask.",
        "zh": "没有一篇文章谈到您问的内容。",
    },
    "absent_fact": {
        "en": "They touch on the subject, but no passage answers this question. "
        "The nearest ones are listed; they are not an answer.",
        "zh": "文章谈到了相关话题，但没有哪一段回答这个问题。下面列出最接近的段落，它们不是答案。",
    },
    "absent_named": {
        "en": "They mention {names}, but no passage answers this question. "
        "The nearest ones are listed; they are not an answer.",
        "zh": "文章提到了{names}，但没有哪一段回答这个问题。下面列出最接近的段落，它们不是答案。",
    },
    "understood": {"en": "understood as: {question}", "zh": "理解为：{question}"},
    "uncalibrated": {
        "en": "confidence is not calibrated for this embedding model",
        "zh": "置信度未针对此嵌入模型校准",
    },
    "none_fits": {
        "en": "No article fits these filters. Widen them or take them away.",
        "zh": "没有符合筛选条件的文章，请放宽或取消筛选。",
    },
    "empty": {"en": "There are no articles yet. Add some first.", "zh": "还没有文章，请先添加。"},
}  # fmt: skip

# Sources without a name, the way either language calls them; the first of each stands for all.
UNNAMED = (
    (
        "知情人士|知情者|消息人士|了解情况的人士|了解情况的人|几位知情人士|多位知情人士|两位知情人士",
        "people familiar with the matter|a person familiar with the matter|sources|a source"
        "|people briefed on the matter",
    ),
    ("官员|一位官员|一名官员|多名官员", "officials|an official|officials said"),
    ("发言人|一位发言人|一名发言人", "a spokesperson|a spokesman|a spokeswoman|the spokesperson"),
    ("媒体|媒体报道|外媒", "media reports|local media|reports"),
)

_MARKDOWN = re.compile(r"([\\`*_\[\]<>])")


def say(key: str, lang: Language, **values: object) -> str:
    """A fixed phrase in the answer's language."""
    return WORDING[key][lang].format(**values)


def escape(text: str) -> str:
    """Text that Markdown shows as it stands; a bracketed number in a quote is no marker then."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()) if "\n" in text or "\r" in text else text)
