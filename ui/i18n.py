"""Every text of the page, in English and Chinese. What belongs to one answer follows its question's language."""

from __future__ import annotations

import logging

from rag.errors import RagError
from rag.text import Language, language
from ui.reasons import reason

log = logging.getLogger(__name__)

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
    "waiting_hint": {
        "en": "You can type already: your question will be answered as soon as they are there.",
        "zh": "现在就可以输入问题，加载完成后马上回答。",
    },
    "theme": {"en": "Colours", "zh": "颜色"},
    "theme_auto": {"en": "Auto", "zh": "自动"},
    "theme_light": {"en": "Light", "zh": "浅色"},
    "theme_dark": {"en": "Dark", "zh": "深色"},
    # ── conversations ──
    "talks": {"en": "Conversations", "zh": "对话记录"},
    "no_talks": {"en": "Kept in this browser only.", "zh": "只保存在这个浏览器里。"},
    "delete_talk": {"en": "Delete “{title}”", "zh": "删除“{title}”"},
    "confirm_forget": {
        "en": "Delete “{title}”? It is kept in this browser only and can’t be had back.",
        "zh": "删除“{title}”吗？它只保存在这个浏览器里，删除后无法恢复。",
    },
    "talk_busy": {"en": "An answer is coming in: stop it first.", "zh": "正在回答：请先停止。"},
    "download": {"en": "Download conversation", "zh": "下载对话"},
    "conversation_file": {"en": "conversation", "zh": "对话"},
    # ── how to answer ──
    "options": {"en": "Answer options and filters", "zh": "回答方式与筛选"},
    "answer_language": {"en": "Answer in", "zh": "回答语言"},
    "as_asked": {"en": "Language of the question", "zh": "与问题相同"},
    "voice": {"en": "Voice", "zh": "回答方式"},
    "voice_extractive": {"en": "Articles’ own words", "zh": "文章原文"},
    "voice_llm": {"en": "Language model, quotes checked", "zh": "语言模型（引文经核对）"},
    "only_sources": {"en": "Only from these sources", "zh": "只查这些来源"},
    "only_languages": {"en": "Only articles in", "zh": "只查这些语言的文章"},
    "since": {"en": "Published since", "zh": "发表不早于"},
    "until": {"en": "Published until", "zh": "发表不晚于"},
    "date_hint": {"en": "YYYY-MM-DD", "zh": "2025-02-09"},
    "bad_date": {
        "en": "“{date}” is not a date. Write it as 2025-02-09, 2025-02 or 2025, or leave it empty.",
        "zh": "“{date}”不是日期。请写成 2025-02-09、2025-02 或 2025，或者留空。",
    },
    "no_days": {
        "en": "No article can be published since {since} and until {until}: swap the two dates, or empty one.",
        "zh": "不可能既不早于 {since} 又不晚于 {until}：请对调这两个日期，或者清空一个。",
    },
    "filters_on": {"en": "Filters on: {n}", "zh": "筛选中：{n} 项"},
    "filtered": {"en": "Only looked at: {filters}", "zh": "只查了：{filters}"},
    "knows_nothing": {"en": "There are no articles yet", "zh": "还没有文章"},
    "add_some": {
        "en": "Add some on the Articles tab, or index a folder: python -m rag build FOLDER",
        "zh": "请在“文章”页添加，或者给一个目录建立索引：python -m rag build 目录",
    },
    "try": {"en": "For example", "zh": "例如"},
    "looking": {"en": "Trying questions that these articles answer well…", "zh": "正在试问这些文章能答好的问题……"},
    "ask_what": {"en": "Ask who, when, where, how many or why.", "zh": "可以问谁、何时、何地、多少、为什么。"},
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
    "in_line": {
        "en": "Others are being answered first: you are number {n} in line.",
        "zh": "前面还有人在提问，您排在第 {n} 位。",
    },
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
    "copied": {"en": "Copied with its sources", "zh": "已连同出处复制"},
    "show_sources": {"en": "Evidence ({n})", "zh": "出处（{n}）"},
    "retry": {"en": "Retry", "zh": "重试"},
    "undo": {"en": "Undo", "zh": "撤回"},
    "edit": {"en": "Edit", "zh": "修改"},
    "save": {"en": "Ask again", "zh": "重新提问"},
    "cancel": {"en": "Cancel", "zh": "取消"},
    "up": {"en": "Good answer", "zh": "答得好"},
    "down": {"en": "Bad answer", "zh": "答得不好"},
    "comment": {"en": "What was good or wrong? (optional)", "zh": "好在哪里，或错在哪里？（可不填）"},
    "send": {"en": "Send", "zh": "发送"},
    "thanks": {"en": "Thank you. Noted.", "zh": "谢谢，已记下。"},
    "not_noted": {
        "en": "That could not be noted. {reason}",
        "zh": "没能记下。{reason}",
    },
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
    "col_passages": {"en": "Passages", "zh": "段数"},
    "Latn": {"en": "English", "zh": "英文"},
    "chinese": {"en": "Chinese", "zh": "中文"},
    "Hans": {"en": "Chinese, simplified", "zh": "简体中文"},
    "Hant": {"en": "Chinese, traditional", "zh": "繁体中文"},
    # ── adding and removing ──
    "add": {"en": "Add articles", "zh": "添加文章"},
    "drop": {"en": "Drop files, a folder or a .zip here, or", "zh": "把文件、文件夹或 .zip 拖到这里，或者"},
    "choose_files": {"en": "Choose files", "zh": "选择文件"},
    "choose_folder": {"en": "Choose a folder", "zh": "选择文件夹"},
    "add_limits": {
        "en": "Up to {files} files of {mb} MB at a time:",
        "zh": "每次最多 {files} 个文件，每个不超过 {mb} MB：",
    },
    "adding": {"en": "Adding…", "zh": "正在添加……"},
    "added": {
        "en": "{added} {articles} added, {changed} changed; files not taken in: {failed}",
        "zh": "新增 {added} 篇，更新 {changed} 篇，{failed} 个文件未收入",
    },
    "sending": {
        "en": "Sending file {n} of {all}: {percent} in all",
        "zh": "正在上传第 {n} 个文件，共 {all} 个：总进度 {percent}",
    },
    "file_sending": {"en": "Sending {percent}", "zh": "上传 {percent}"},
    "not_sent": {"en": "Not sent ({n})", "zh": "未上传（{n}）"},
    "upload_failed": {
        "en": "It did not arrive. Check the connection and that it can be read, then drop it again.",
        "zh": "没有传到。请检查网络和文件权限，再拖一次。",
    },
    "file_waiting": {"en": "Waiting", "zh": "等待"},
    "file_working": {"en": "Indexing {percent}", "zh": "建立索引 {percent}"},
    "file_done": {"en": "Ready to be asked about", "zh": "可以提问了"},
    "file_same": {"en": "Already there, unchanged", "zh": "已经有了，没有变化"},
    "file_failed": {"en": "Not taken in", "zh": "未收入"},
    "file_sum": {
        "en": "{added} added, {changed} changed, {removed} removed",
        "zh": "新增 {added} 篇，更新 {changed} 篇，移除 {removed} 篇",
    },
    "too_large": {"en": "Larger than {mb} MB: split it.", "zh": "超过 {mb} MB：请拆分。"},
    "too_many": {
        "en": "Only the first {n} files are taken: add the others afterwards.",
        "zh": "只收前 {n} 个文件，其余请稍后再添加。",
    },
    "wrong_type": {
        "en": "Not a kind of file it reads ({kinds}): save it as one of them.",
        "zh": "不支持这种文件（可用 {kinds}）：请另存为其中一种。",
    },
    "not_uploaded": {"en": "This file did not arrive. Choose it again.", "zh": "文件没有传到，请重新选择。"},
    "remove": {"en": "Remove", "zh": "移除"},
    "remove_title": {"en": "Remove “{title}”", "zh": "移除“{title}”"},
    "confirm_remove": {
        "en": "Take this article out of the index? Answers will no longer rest on it.",
        "zh": "把这篇文章移出索引吗？以后的回答不会再引用它。",
    },
    "removed": {"en": "“{title}” is no longer in the index.", "zh": "“{title}”已移出索引。"},
    "done": {"en": "Done", "zh": "完成"},
    "failed": {"en": "That did not work", "zh": "没有成功"},
    "read_only": {
        "en": "Adding and removing are switched off here. Ask whoever runs this chat.",
        "zh": "这里不能添加或移除文章，请联系管理员。",
    },
    # ── errors: a sentence for each kind, before what the library says ──
    "QuestionError": {"en": "", "zh": "这个问题没法回答：它是空的，或者太长。请用一两句话重新提问。"},
    "ConfigError": {"en": "", "zh": "有一项设置不对。请管理员按下面的说明修改后重新启动。"},
    "ModelError": {"en": "", "zh": "模型缺失或损坏。请管理员按下面的说明处理后重新启动。"},
    "StoreError": {"en": "", "zh": "索引暂时不能用。请稍后再试；如果还不行，请按下面的说明处理。"},
    "ArticleError": {"en": "", "zh": "这个文件读不了。请按下面的说明处理后再添加。"},
    "RagError": {"en": "", "zh": "出错了。请按下面的说明处理后再试。"},
    "unexpected": {
        "en": "Something went wrong inside the program ({kind}). Details are in the console; you can go on asking.",
        "zh": "程序内部出错（{kind}）。详情见控制台；您可以继续提问。",
    },
}

# To begin with, where the demo articles are there; for others ui/examples finds some.
DEMO_QUESTIONS: dict[Language, tuple[str, ...]] = {
    "en": (
        "Who introduced Altman to Trump?",
        "How long did Altman and Trump speak on the phone?",
        "How much did Musk offer for OpenAI?",
        "What did Musk say about SoftBank's money?",
        "When did OpenAI announce a contract with the Pentagon worth $200 million?",
    ),
    "zh": (
        "奥尔特曼和特朗普通了多久的电话？",
        "马斯克出价多少要收购OpenAI？",
        "谁把奥尔特曼介绍给特朗普？",
        "谁提议把OpenAI并进特斯拉？",
        "软银到底落实了多少资金？",
    ),
}


def t(key: str, lang: Language, **values: object) -> str:
    """A text in a language, with its blanks filled."""
    return TEXTS[key][lang].format(**values)


def explain(error: Exception, lang: Language) -> str:
    """An error as a sentence with a next step; what is no RagError goes to the log."""
    if not isinstance(error, RagError):
        log.error("something failed", exc_info=error)
        return t("unexpected", lang, kind=type(error).__name__)
    message = reason(str(error), lang)
    if lang == "en" or language(message) == "zh":
        return message
    kind = type(error).__name__
    return f"{t(kind if kind in TEXTS else 'RagError', lang)} {message}"


def articles_word(n: int, lang: Language) -> str:
    """ "article" in the number that n wants; Chinese needs none."""
    return "" if lang == "zh" else "article" if n == 1 else "articles"
