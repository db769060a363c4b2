"""Why a file was left out, in Chinese; the library says it in English. What is not listed stays as it is."""

from __future__ import annotations

import re

from rag.text import Language

# Patterns of what rag.articles reports, with what a reader of Chinese is told instead; the first that fits counts.
CHINESE = [
    (r"there is no text in it, only pictures.*", "里面只有图片，没有文字：请先做文字识别（OCR）"),
    (r"there is no text in it: perhaps a script.*", "里面没有文字，可能由脚本生成：请在浏览器里另存为完整网页"),
    (r"there is no text in it.*", "里面没有文字：请补上内容，或者不要添加"),
    (r"there is no file in it.*", "里面没有文件：请检查压缩包"),
    (r"it needs a password.*", "它有密码：请另存为没有密码的文件"),
    (r"it is .*: save it as \.docx again", "它不是 Word 文档：请另存为 .docx"),
    (r"it is damaged.*", "它已损坏或受保护：请打开后重新保存"),
    (r"it is .*not text: .*", "它是二进制文件，不是文字：请另存为文字，或者不要添加"),
    (r"it is not JSON.*", "它不是有效的 JSON：请改正，或者重新导出"),
    (r"it has ([\d,]+) MB, the limit is ([\d,]+) MB.*", r"它有 \1 MB，上限是 \2 MB：请拆分"),
    (r"it has ([\d,]+) pages, the limit is ([\d,]+).*", r"它有 \1 页，上限是 \2 页：请拆分"),
    (r"it has a line of ([\d,]+) characters.*", r"它有一行长达 \1 个字符：请分段，或者拆分"),
    (r"it holds ([\d,]+) files, the limit is ([\d,]+).*", r"它装有 \1 个文件，上限是 \2 个：请拆分"),
    (r"its encoding is a guess: ([^,;]+).*", r"它的编码是推测的（\1）：最好另存为 UTF-8"),
    (r"its fonts don't say.*", "它的字体没有说明是哪些字：请先做文字识别（OCR）"),
    (r"(\S+) is not a format it reads.*", r"不支持 \1 格式：请另存为支持的格式，或者不要添加"),
    (r"a file without ending is not a format.*", "文件没有扩展名：请加上，或者不要添加"),
    (r"it can't be opened.*", "它打不开：请检查文件和权限"),
    (r"no record in it can be read.*", "里面没有一条记录能读：请检查字段名"),
    (r"taken out with remove.*", "它曾被移除：要重新收入，请管理员用 --restore 建立索引"),
]


def reason(text: str, lang: Language) -> str:
    """A reason in the reader's language, where there is one."""
    if lang == "zh":
        for pattern, chinese in CHINESE:
            match = re.fullmatch(pattern, text, re.DOTALL)
            if match:
                return match.expand(chinese)
    return text
