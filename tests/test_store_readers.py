"""Readers over a build: each question sees one generation of the index to its end, whatever others do meanwhile."""

import gc
import threading

import pytest
from killing import HashingEmbedder, old_folder, story

from rag.config import Config
from rag.indexing import build
from rag.store import Store
from rag.store.generations import Generations
from rag.store.postings import Term

EMBEDDER = HashingEmbedder()
QUERY = EMBEDDER.encode(["港口扩建"], query=True)[0]
TERM = Term(((("港口",), 1.0),))


@pytest.fixture
def folder(tmp_path):
    return old_folder(tmp_path / "news", 6)


def sync(folder, store):
    return build([folder], store, config=Config(), embedder=EMBEDDER)


def in_thread(work):
    """What a function returns in a thread of its own."""
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def answers(store):
    """All that a question reads: vectors, words, rows."""
    numbers = [number for number, _ in store.dense(QUERY, 99)]
    weighed = store.weigh([TERM])[0]
    return (
        store.dense(QUERY, 99),
        store.cosines(QUERY, numbers).tolist(),
        (weighed.numbers.tolist(), weighed.weights.tolist()),
        [passage.text for passage in store.passages(numbers)],
    )


def test_a_question_ends_in_the_generation_it_began_in_while_another_begins_in_the_next(folder, tmp_path):
    # Was wrong once: the second reader's vectors took the place of the first one's, whose file was gone.
    sync(folder, tmp_path / "s")
    store = Store.open(tmp_path / "s", Config(), EMBEDDER)
    with store.snapshot():
        before = answers(store)
        for number in range(3):
            (folder / f"new-{number}.txt").write_text(story(100 + number), "utf-8")
            sync(folder, tmp_path / "s")
            assert len(in_thread(lambda: answers(store))[0]) > len(before[0]) + number
            assert answers(store) == before
    assert len(answers(store)[0]) == store.count()[1] > len(before[0])


def test_many_readers_over_many_builds_see_no_error_and_no_mixture(folder, tmp_path):
    sync(folder, tmp_path / "s")
    store = Store.open(tmp_path / "s", Config(), EMBEDDER)
    stop, problems = threading.Event(), []

    def ask():
        try:
            while not stop.is_set():
                with store.snapshot() as vectors:
                    first = answers(store)
                    assert vectors.ntotal == store.count()[1] == len(first[0]) == len(first[3])
                    assert answers(store) == first
        except BaseException as error:
            problems.append(error)

    readers = [threading.Thread(target=ask) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(8):
        (folder / f"{number % 6:04d}.txt").write_text(story(number, version=number + 1), "utf-8")
        sync(folder, tmp_path / "s")
    stop.set()
    for reader in readers:
        reader.join()
    assert problems == []


class Value:
    """Stands for vectors in memory."""


def test_a_generation_is_in_memory_once_and_only_while_it_is_read():
    kept, loads = Generations(), []

    def load():
        loads.append(Value())
        return loads[-1]

    old, new = kept.get(1, load), kept.get(2, load)
    assert kept.get(1, load) is old is not new  # a reader of the old one loads nothing again, and keeps the new one in
    assert kept.get(2, load) is new and len(loads) == 2
    loads.clear()
    del old
    gc.collect()
    kept.get(1, load)
    assert len(loads) == 1  # nobody held it
    loads.clear()
    del new
    gc.collect()
    assert kept.get(2, load) is not None and loads == []  # the newest stays
