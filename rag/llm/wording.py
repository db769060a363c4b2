"""What the LLM's voice says about itself, in the answer's language."""

from __future__ import annotations

from rag.llm.calls import LLMFailure
from rag.support.verifier import Support
from rag.text import Language

_WORDING: dict[str, dict[Language, str]] = {
    # ── why it gave nothing ──
    "timeout": {
        "en": "The LLM did not finish within {detail} seconds (setting llm_timeout).",
        "zh": "大模型没有在 {detail} 秒内完成（设置 llm_timeout）。",
    },
    "timeout_there": {
        "en": "The connection to the LLM timed out (setting llm_timeout).",
        "zh": "与大模型的连接超时（设置 llm_timeout）。",
    },
    "unreachable": {
        "en": "The LLM can't be reached. Is its server running, and is llm_url right?",
        "zh": "连接不上大模型。请检查服务是否在运行、llm_url 是否正确。",
    },
    "key": {
        "en": "The LLM's server refused the key. Set RAG_LLM_KEY.",
        "zh": "大模型服务拒绝了密钥。请设置 RAG_LLM_KEY。",
    },
    "model": {
        "en": "The LLM's server does not know this model or address. Check llm_model and llm_url.",
        "zh": "大模型服务找不到这个模型或地址。请检查 llm_model 和 llm_url。",
    },
    "busy": {
        "en": "The LLM's server takes no more requests now (quota or load). Try again later.",
        "zh": "大模型服务暂时不接受请求（额度或负载）。请稍后再试。",
    },
    "context": {
        "en": "The passages are too long for this LLM. Set llm_context to the length its server really has.",
        "zh": "段落超出了这个大模型的上下文。请把 llm_context 设为服务实际的长度。",
    },
    "room": {
        "en": "The LLM's context window is too small for even one passage (setting llm_context).",
        "zh": "大模型的上下文连一个段落也放不下（设置 llm_context）。",
    },
    "broken": {
        "en": "The LLM's server broke off in the middle. Its log may say why; then try again.",
        "zh": "大模型服务中途断开。原因可能在服务的日志里；请之后再试。",
    },
    "length": {
        "en": "The LLM's answer was cut off at the longest that is allowed (setting llm_tokens, or the server's own).",
        "zh": "大模型的回答达到长度上限而被截断（设置 llm_tokens，或服务自己的限制）。",
    },
    "empty": {"en": "The LLM answered with nothing.", "zh": "大模型没有输出任何内容。"},
    "loop": {
        "en": "The LLM repeated itself without end and was stopped.",
        "zh": "大模型陷入重复，已被停止。",
    },
    "garbled": {
        "en": "The LLM's server sent bytes that are no UTF-8 text.",
        "zh": "大模型服务返回的不是有效的 UTF-8 文本。",
    },
    "error": {"en": "The LLM failed ({detail}).", "zh": "大模型出错（{detail}）。"},
    "unsupported": {
        "en": "No sentence of the LLM's answer is supported by the passages it cites.",
        "zh": "大模型的回答没有一句得到所引段落的支持。",
    },
    # ── what follows from it ──
    "instead": {
        "en": "The answer is given in the articles' own words instead.",
        "zh": "因此改用文章原文作答。",
    },
    "partly": {"en": "The answer is what was complete until then.", "zh": "以上是此前已完成的部分。"},
    "refused": {"en": "The LLM finds no answer in the passages.", "zh": "大模型在这些段落里找不到答案。"},
    "refused_but": {
        "en": "The LLM finds no answer in the passages. Without it the answer would begin: {detail}",
        "zh": "大模型在这些段落里找不到答案。不用大模型时，回答的开头是：{detail}",
    },
    "rule": {
        "en": "The LLM gave no usable standalone question; the follow-up was resolved by rule.",
        "zh": "大模型没有给出可用的独立问题，追问按规则处理。",
    },
    # ── sentences ──
    "dropped": {"en": "Left out, {why}: “{text}”", "zh": "略去（{why}）：“{text}”"},
    "marked": {"en": "{text} *(unsupported)*", "zh": "{text}*（无依据）*"},
    "unknown": {
        "en": "Markers of passages that there are not were removed: {detail}",
        "zh": "已去掉不存在的引用标记：{detail}",
    },
    "why_uncited": {"en": "it cites no passage", "zh": "没有引用任何段落"},
    "why_quote": {
        "en": "“{detail}” is not quoted from what it cites",
        "zh": "所引段落里没有“{detail}”这句原话",
    },
    "why_figure": {"en": "the figure {detail} is not in what it cites", "zh": "所引段落里没有 {detail} 这个数字"},
    "why_date": {"en": "the date {detail} is not in what it cites", "zh": "所引段落里没有“{detail}”这个日期"},
    "why_name": {"en": "“{detail}” is not in what it cites", "zh": "所引段落里没有“{detail}”"},
    "why_negation": {
        "en": "it affirms what its source denies, or denies what its source states",
        "zh": "与所引段落的肯定或否定相反",
    },
    "why_roles": {
        "en": "in what it cites somebody or something else has this part",
        "zh": "所引段落里说的是另一个人或另一件事",
    },
    "why_meaning": {"en": "what it cites does not say so", "zh": "所引段落没有这样说"},
    "why_garbled": {"en": "it holds characters that are no text", "zh": "含有乱码"},
}  # fmt: skip
LONGEST = 200  # characters of a sentence in a note


def tell(key: str, lang: Language, detail: str = "") -> str:
    """A fixed phrase in the answer's language."""
    return _WORDING[key][lang].format(detail=detail)


def tell_failure(failure: LLMFailure, lang: Language, partly: bool = False) -> str:
    """What went wrong, and what stands in its place."""
    said = tell(failure.key, lang, failure.detail), tell("partly" if partly else "instead", lang)
    return ("" if lang == "zh" else " ").join(said)


def tell_dropped(text: str, support: Support, lang: Language) -> str:
    """A sentence that was left out, and why."""
    why = tell(f"why_{support.reason}", lang, support.detail)
    text = text if len(text) <= LONGEST else text[:LONGEST] + "…"
    return _WORDING["dropped"][lang].format(why=why, text=text)


def tell_marked(text: str, lang: Language) -> str:
    """A sentence that is shown although nothing supports it, marked as such."""
    return _WORDING["marked"][lang].format(text=text)
