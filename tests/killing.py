"""Builds that are killed: a folder in two states, a build between them, SIGKILL at any instant, and what is left."""

import contextlib
import multiprocessing
import os
import random
import shutil
import sqlite3
import time
from pathlib import Path
from unittest.mock import patch
from zlib import crc32

import datasketch  # noqa: F401  imported before the fork, so that builds are killed at work and not while importing
import faiss  # noqa: F401
import numpy as np
import pypinyin  # noqa: F401
import snowballstemmer  # noqa: F401
from pydantic import PrivateAttr

from rag.chunks import split
from rag.config import Config
from rag.embed import SentenceEmbedder, unit
from rag.indexing import build
from rag.store import Store
from rag.text import fold_text

split(fold_text("開始了。"), 200)  # loads what loads on first use, before the fork, too

SUBJECTS = "港口 博物馆 地铁 水库 大学 医院 机场 图书馆 剧院 电厂 果园 渔场 法院 桥梁 车站 公园".split()
DEEDS = "扩建 关闭 检修 招标 搬迁 开放 停运 验收 改名 获奖 亏损 盈利 罢工 防汛 限流 庆祝".split()


class HashingEmbedder(SentenceEmbedder):
    """Counts of character pairs, hashed: a small, exact embedding that needs no model."""

    _size: int = PrivateAttr(default=64)

    def __init__(self) -> None:
        super().__init__(lambda: None, fingerprint="hashing-64", model_name="hashing-64")

    @property
    def dimension(self) -> int:
        return self._size

    def encode(self, texts, *, query=False, progress=None):
        out = np.zeros((len(texts), self._size), np.float32)
        for row, text in zip(out, texts, strict=True):
            for pair in zip(text, text[1:], strict=False):
                row[crc32("".join(pair).encode("utf-8", "surrogatepass")) % self._size] += 1
        if progress and texts:
            progress(len(texts), len(texts))
        return unit(out)


def story(number: int, version: int = 0) -> str:
    """A short report of our own, different for each number and version."""
    chance = random.Random(number * 1000 + version)
    lines = [f"第{number}号消息{SUBJECTS[number % 16]}{DEEDS[number // 16 % 16]}"]
    for _ in range(4):
        place, deed, figure = chance.choice(SUBJECTS), chance.choice(DEEDS), chance.randrange(10_000)
        lines.append(
            f"负责人周{chance.choice('一二三四五')}说，{place}{deed}一事将花费{figure}万元，比去年多{figure % 97}成。"
        )
    return "\n\n".join(lines) + "\n"


def old_folder(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / f"{number:04d}.txt").write_text(story(number), "utf-8")
    return folder


def change(folder: Path, count: int) -> None:
    """A quarter changed, a quarter removed, some moved, as many added."""
    for number in range(0, count, 4):
        (folder / f"{number:04d}.txt").write_text(story(number, version=1), "utf-8")
    for number in range(1, count, 4):
        (folder / f"{number:04d}.txt").unlink()
    for number in range(2, count, 8):
        (folder / f"{number:04d}.txt").rename(folder / f"moved-{number:04d}.txt")
    for number in range(count, count + count // 2):
        (folder / f"{number:04d}.txt").write_text(story(number), "utf-8")


def run_build(folder: Path, store: Path, step: int = 4) -> None:
    import rag.store.sync

    rag.store.sync.STEP = step  # many commits in a short time
    build([folder], store, config=Config(), embedder=HashingEmbedder())


def state(store: Path) -> dict[str, str]:
    """Source → raw text, after checking that rows and vectors belong together."""
    opened = Store.open(store, Config(), HashingEmbedder())
    with opened.snapshot() as vectors:
        articles = {article.id: article for article in opened.articles()}
        rows = opened._db.execute("SELECT number, article_id, start, end FROM passages ORDER BY number").fetchall()
        assert vectors.ntotal == len(rows)
        texts = [f"{(a := articles[r['article_id']]).title}\n{a.text[r['start'] : r['end']]}" for r in rows]
        if rows:
            wanted = opened.embedder.encode(texts)
            kept = np.stack([vectors.reconstruct(r["number"]) for r in rows])
            assert np.allclose(kept, wanted, atol=1e-5), "a vector belongs to another text"
    return {article.source: article.raw for article in articles.values()}


def wait_for_commit(store: Path, child: multiprocessing.Process) -> None:
    """Until a generation is added to the index, or the build has ended."""
    with contextlib.closing(sqlite3.connect(store / "articles.sqlite", timeout=30)) as db:

        def generation() -> str:
            return db.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()[0]

        first = generation()
        while child.is_alive() and generation() == first:
            time.sleep(0.001)


def kill_builds(work: Path, times: int, count: int = 24, seed: int = 1) -> dict[str, int]:
    """Kill a build at random instants; after each, every article is as before or as after, and the next build ends it.

    Returns how many builds were killed in time, and how many had done a part by then.
    """
    folder, first = old_folder(work / "news", count), work / "old"
    run_build(folder, first)
    before = state(first)
    change(folder, count)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["killing", "pytest"])
    # Before Python 3.13 the server looks for modules without the parent's path (gh-117378), and skips them in silence.
    with patch.dict(os.environ, PYTHONPATH=str(Path(__file__).parent)):
        for _ in range(2):  # the first one starts the server
            shutil.rmtree(work / "new", ignore_errors=True)
            shutil.copytree(first, work / "new")
            child = context.Process(target=run_build, args=(folder, work / "new"))
            began = time.perf_counter()
            child.start()
            child.join()
            took = time.perf_counter() - began
    after = state(work / "new")
    assert before != after and set(before) & set(after)
    chance = random.Random(seed)
    found = {"killed": 0, "partly done": 0}
    for number in range(times):
        store = work / f"killed-{number}"
        shutil.copytree(first, store)
        child = context.Process(target=run_build, args=(folder, store))
        child.start()
        if number % 2:  # half of them surely after the first commit
            wait_for_commit(store, child)
            child.join(chance.random() * took / 4)
        else:
            child.join(chance.random() * took)
        child.kill()
        child.join()
        left = state(store)
        for source in before.keys() | after.keys():
            assert left.get(source) in (before.get(source), after.get(source)), f"{source} is neither old nor new"
        found["killed"] += child.exitcode == -9
        found["partly done"] += left not in (before, after)
        run_build(folder, store, step=1024)
        assert state(store) == after
        assert len(list(store.glob("vectors-*.faiss"))) == 1
        shutil.rmtree(store)
    return found
