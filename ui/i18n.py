"""Every text of the page, in English and Chinese. What belongs to one answer follows its question's language."""

from __future__ import annotations

from rag.text import Language

TEXTS: dict[str, dict[Language, str]] = {
    # ── the page ──
    "title": {"en": "Ask the Articles", "zh": "问文章"},
    "promise": {
        "en": "Every answer quotes the exact sentence it stands on. If the articles don’t say, it tells you so.",
        "zh": "每个答案都引出它所依据的原句；文章没有说的，就直说没有。",
    },
    "tab_ask": {"en": "Ask", "zh": "提问"},
    "tab_articles": {"en": "Articles", "zh": "文章"},
    "language": {"en": "Language of this page", "zh": "页面语言"},
    "question": {"en": "Your question", "zh": "您的问题"},
    "question_hint": {"en": "Ask in English or Chinese…", "zh": "可用中文或英文提问……"},
    "ask": {"en": "Ask", "zh": "提问"},
    "stop": {"en": "Stop", "zh": "停止"},
    "new": {"en": "New conversation", "zh": "新对话"},
    "chat": {"en": "Conversation", "zh": "对话"},
    "knows": {"en": "Ask {n} {articles}", "zh": "向 {n} 篇文章提问"},
    "knows_nothing": {"en": "There are no articles yet", "zh": "还没有文章"},
    "add_some": {
        "en": "Index a folder of articles, then come back: python -m rag build FOLDER",
        "zh": "先给一个文章目录建立索引，再回到这里：python -m rag build 目录",
    },
    "try": {"en": "For example", "zh": "例如"},
    # ── status ──
    "status_ready": {"en": "{n} {articles}", "zh": "共 {n} 篇文章"},
    "status_starting": {"en": "Loading models…", "zh": "正在加载模型……"},
    "status_building": {
        "en": "Building the index: {done} of {total} passages…",
        "zh": "正在建立索引：{done} / {total} 段……",
    },
    "status_failed": {"en": "Could not start", "zh": "启动失败"},
    "waiting": {
        "en": "{status} Your question comes next.",
        "zh": "{status}随后就回答您的问题。",
    },
    "reading": {"en": "Reading the articles…", "zh": "正在查阅文章……"},
    # ── an answer ──
    "confidence": {"en": "Confidence: {word}", "zh": "把握：{word}"},
    "confidence_tip": {
        "en": "Estimated probability that the answer is right: {percent}",
        "zh": "答案正确的估计概率：{percent}",
    },
    "low": {"en": "low", "zh": "较低"},
    "fair": {"en": "fair", "zh": "中等"},
    "high": {"en": "high", "zh": "较高"},
    "extractive": {"en": "In the articles’ own words", "zh": "摘自文章原文"},
    "llm": {"en": "Written by a language model, quotes checked", "zh": "由语言模型撰写，引文经过核对"},
    "seconds": {"en": "{s} s", "zh": "{s} 秒"},
    "copy": {"en": "Copy", "zh": "复制"},
    "differ": {"en": "The sources differ", "zh": "各方说法不一"},
    "not_found": {"en": "No answer in the articles", "zh": "文章里没有答案"},
    "nearest": {"en": "Nearest passages", "zh": "最接近的段落"},
    "not_an_answer": {"en": "not an answer", "zh": "不是答案"},
    "stopped": {"en": "Stopped.", "zh": "已停止。"},
    "show_source": {"en": "Show source {n}: {title}", "zh": "查看出处 {n}：{title}"},
    # ── evidence ──
    "evidence": {"en": "Evidence", "zh": "出处"},
    "evidence_empty": {
        "en": "The sentences an answer stands on appear here, each inside its paragraph.",
        "zh": "答案所依据的原句会连同所在段落显示在这里。",
    },
    "evidence_how": {
        "en": "Click a number such as 1 in an answer to light its sentence; open the article to read on.",
        "zh": "点击答案里的数字（如 1）可点亮对应的句子；也可打开文章细读。",
    },
    "evidence_none": {
        "en": "Nothing is cited: the articles don’t answer this question.",
        "zh": "没有引用：文章没有回答这个问题。",
    },
    "sources": {"en": "{n} {quotes} for", "zh": "{n} 处引文，问题："},
    "also_in": {"en": "Also in", "zh": "另见"},
    "open": {"en": "Open article", "zh": "打开文章"},
    "changed": {
        "en": "This article has changed since the answer was given. Ask again.",
        "zh": "这篇文章在回答之后有改动，请重新提问。",
    },
    "gone": {"en": "This article is no longer in the index.", "zh": "这篇文章已不在索引中。"},
    # ── an article ──
    "close": {"en": "Close", "zh": "关闭"},
    "by": {"en": "By {names}", "zh": "作者：{names}"},
    "file": {"en": "File", "zh": "文件"},
    "original": {"en": "Original page", "zh": "原网页"},
    "cited_here": {"en": "Go to the cited sentence", "zh": "跳到引用的句子"},
    # ── the list of articles ──
    "search": {"en": "Search titles, outlets and texts", "zh": "搜索标题、媒体和正文"},
    "shown": {"en": "{shown} of {n} {articles}", "zh": "{n} 篇文章中的 {shown} 篇"},
    "narrow": {
        "en": "Only the first {shown} are listed; search to narrow.",
        "zh": "只列出前 {shown} 篇，请搜索以缩小范围。",
    },
    "none_found": {"en": "No article matches.", "zh": "没有符合的文章。"},
    "col_title": {"en": "Title", "zh": "标题"},
    "col_outlet": {"en": "Outlet", "zh": "媒体"},
    "col_date": {"en": "Date", "zh": "日期"},
    "col_language": {"en": "Language", "zh": "语言"},
    "col_length": {"en": "Characters", "zh": "字符数"},
    "Latn": {"en": "English", "zh": "英文"},
    "Hans": {"en": "Chinese, simplified", "zh": "简体中文"},
    "Hant": {"en": "Chinese, traditional", "zh": "繁体中文"},
    # ── errors: a sentence for each kind, before what the library says ──
    "QuestionError": {"en": "", "zh": "这个问题没法回答。"},
    "ModelError": {"en": "", "zh": "模型缺失或损坏。"},
    "StoreError": {"en": "", "zh": "索引有问题。"},
    "RagError": {"en": "", "zh": "出错了。"},
    "unexpected": {
        "en": "Something went wrong inside the program ({kind}). Details are in the console; you can go on asking.",
        "zh": "程序内部出错（{kind}）。详情见控制台；您可以继续提问。",
    },
    # ── derived example questions ──
    "example": {"en": "What does “{title}” report?", "zh": "“{title}”讲了什么？"},
}

DEMO_QUESTIONS = (
    "Who introduced Altman to Trump?",
    "软银到底落实了多少资金？",
    "How big is the Abu Dhabi campus?",
    "馬斯克為什麼質疑星際之門？",
    "How long did Altman and Trump speak on the phone?",
    "微软为什么停掉了对星际之门的投资？",
)


def t(key: str, lang: Language, **values: object) -> str:
    """A text in a language, with its blanks filled."""
    return TEXTS[key][lang].format(**values)


def articles_word(n: int, lang: Language) -> str:
    """ "article" in the number that n wants; Chinese needs none."""
    return "" if lang == "zh" else "article" if n == 1 else "articles"
