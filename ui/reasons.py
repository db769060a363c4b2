"""What the library says in English, in Chinese: why a file was left out, and its errors. The rest stays as it is."""

from __future__ import annotations

import re

from rag.text import Language

# Patterns of what the library says, with what a reader of Chinese is told instead; the first that fits counts.
FILES = [
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
    (r"it unpacks to ([\d,]+) MB, more than.*", r"它解压后有 \1 MB，不像文字：信得过的话请自行解压"),
    (r"it unpacks to ([\d,]+) MB, the limit is ([\d,]+) MB.*", r"它解压后有 \1 MB，上限是 \2 MB：请拆分"),
    (r"its encoding is a guess: ([^,;]+).*", r"它的编码是推测的（\1）：最好另存为 UTF-8"),
    (r"its fonts don't say.*", "它的字体没有说明是哪些字：请先做文字识别（OCR）"),
    (r"(\S+) is not a format it reads.*", r"不支持 \1 格式：请另存为支持的格式，或者不要添加"),
    (r"a file without ending is not a format.*", "文件没有扩展名：请加上，或者不要添加"),
    (r"it can't be opened.*", "它打不开：请检查文件和权限"),
    (r"no record in it can be read.*", "里面没有一条记录能读：请检查字段名"),
    (r"cleaning leaves nothing of it.*stays.*", "清理后什么也没有留下，原来的版本仍在索引中：请补上正文，或者删除"),
    (r"cleaning leaves nothing of it.*", "清理后什么也没有留下，可能只有标题、菜单或列表：请补上正文，或者不要添加"),
    (r"it lies in (.+): indexed once, as (.+)", r"它在 \1 里，只收入一次，名为 \2"),
    (
        r"it is no longer there; ([\d,]+) of its articles.*",
        r"它已不在，其中 \1 篇没找到，仍在索引中：不需要请移除",
    ),
    (r"([\d,]+) of its files lie in another.*", r"其中 \1 个文件也在另一个文件夹里，只收入一次"),
    (r"taken out with remove.*", "它曾被移除：要重新收入，请管理员用 --restore 建立索引"),
]


ERRORS = [
    # ── questions ──
    (r"The question is empty\..*", "问题是空的：请用中文或英文提问。"),
    (
        r"The question has ([\d,]+) characters, the limit is ([\d,]+)\..*",
        r"问题有 \1 个字符，上限是 \2 个：请用一两句话提问。",
    ),
    (r"The name of the folder (.+) is not UTF-8:.*", r"文件夹 \1 的名字不是 UTF-8：请改名，或者收入它的上一级文件夹。"),
    (r"(.+) is no date\..*", r"\1 不是日期：请写成 2025、2025-07 或 2025-07-12。"),
    (r"(.+) is no language known here\..*", r"不认识语言 \1：请选 en 或 zh。"),
    (r"k is (.+); ask for at least one passage\.", r"k 是 \1：至少要一段。"),
    (r"This conversation is too long to be kept.*", "对话太长，没法和意见一起保存：请在新对话里提问后再评。"),
    (r"There is no such answer to rate\.", "找不到这个回答：请刷新页面后再评。"),
    (r"There is no voice .*", "没有这种回答方式：请在选项里另选一种。"),
    (r"No LLM is set up\..*", "没有设置语言模型：请选“文章原文”，或者请管理员设置 RAG_LLM 和 RAG_LLM_MODEL。"),
    # ── the index ──
    (r"(There is no|No) (article|passage) .*", "这篇文章已不在索引中：请刷新文章列表。"),
    (r"There is no index in (.+?)\. Build one: (.+)", r"\1 里没有索引：请管理员建立，命令是 \2"),
    (r"Another build is writing to .*", "另一个程序正在写入索引：请等它结束后再试。"),
    (r"(.+) is already indexed from .*", r"\1 已经收入过：请改名后再添加。"),
    (
        r"The index in .+ could not be written \((.+?)\)\..*",
        r"索引写不进去（\1），原有内容没有变：请检查磁盘空间和权限后再试。",
    ),
    (
        r"(The index folder )?(.+) can't be (?:written|made|read) \((.+?)\)\..*",
        r"\2 无法读写（\3）：请检查磁盘空间和权限后再试。",
    ),
    (r"The index in (.+) is of another version.*", r"\1 里的索引属于另一个版本：请管理员删掉这个目录，重新建立索引。"),
    (r"The index in (.+) was built with .*", r"\1 里的索引用的是别的设置：请管理员改回原来的设置，或者重新建立索引。"),
    (r"The index in (.+?) can't be opened \((.+)\)\..*", r"\1 里的索引打不开（\2）：请管理员检查该目录的写入权限。"),
    (r"The vectors of the index in (.+) are missing\..*", r"\1 里的索引缺少向量：请管理员删掉这个目录，重新建立索引。"),
    (r"(.+?) is (?:damaged|not an index).*", r"\1 已损坏，或者不是索引：请管理员删掉这个目录，重新建立索引。"),
    (r"(.+) holds ([\d,]+) votes\..*", r"\1 已有 \2 条意见：请管理员导出后删掉这个文件。"),
    # ── models ──
    (r"The engine could not be loaded(.*)\.", r"程序没能启动\1：请管理员查看控制台。"),
    (r"(?:The bundled embedding model|The reader|The adapter) .*", "自带的模型缺失或损坏：请管理员重新安装程序包。"),
]


def reason(text: str, lang: Language) -> str:
    """A reason or an error's message in the reader's language, where there is one."""
    if lang == "zh":
        for pattern, chinese in (*FILES, *ERRORS):
            match = re.fullmatch(pattern, text, re.DOTALL)
            if match:
                return match.expand(chinese)
    return text
