"""Whatever happens to a build, the index is whole: killed, interrupted, out of disk."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from killing import HashingEmbedder, change, kill_builds, old_folder, run_build, state

from rag.config import CHECKOUT, Config
from rag.errors import StoreError
from rag.indexing import build
from rag.store import Store


def test_a_killed_build_leaves_each_article_old_or_new(tmp_path):
    found = kill_builds(tmp_path, times=25)
    assert found["killed"] >= 10 and found["partly done"] >= 1, found


KILL = """
import os, sys, faiss
from pathlib import Path
from killing import run_build
if sys.argv[3] == "after vectors":
    write = faiss.write_index
    faiss.write_index = lambda *a: (write(*a), os._exit(9))
else:
    faiss.write_index = lambda *a: os._exit(9)
run_build(Path(sys.argv[1]), Path(sys.argv[2]), step=1024)
"""


@pytest.mark.parametrize("moment", ["before vectors", "after vectors"])
def test_a_build_killed_around_the_vectors_leaves_the_old_index(tmp_path, moment):
    folder, store = old_folder(tmp_path / "news", 8), tmp_path / "s"
    run_build(folder, store)
    before = state(store)
    change(folder, 8)
    killed = subprocess.run(
        [sys.executable, "-c", KILL, str(folder), str(store), moment], check=False, cwd=Path(__file__).parent
    )
    assert killed.returncode == 9
    assert state(store) == before
    report = build([folder], store, embedder=HashingEmbedder())
    assert len(report.changed) == 2 and state(store) != before
    assert len(list(store.glob("vectors-*.faiss"))) == 1


def test_ctrl_c_keeps_what_is_done_and_the_next_build_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("rag.store.sync.STEP", 16)
    folder, store = old_folder(tmp_path / "news", 40), tmp_path / "s"
    embedder, seen = HashingEmbedder(), []

    def interrupt(done: int, total: int) -> None:
        seen.append((done, total))
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build([folder], store, embedder=embedder, progress=interrupt)
    kept = state(store)
    assert 0 < len(kept) < 40 and len({total for _, total in seen}) == 1
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    report = build([folder], store, embedder=embedder)
    assert len(report.unchanged) == len(kept) and len(report.added) == 40 - len(kept)
    assert len(state(store)) == 40


class InterruptedAtCommit:
    """A connection during whose commit Ctrl-C is pressed: the commit is done before Python notices."""

    def __init__(self, db):
        self.db = db

    def __getattr__(self, name):
        return getattr(self.db, name)

    def execute(self, sql, *parameters):
        found = self.db.execute(sql, *parameters)
        if sql == "COMMIT":
            raise KeyboardInterrupt
        return found


def test_ctrl_c_right_after_the_commit_does_not_lose_the_vectors(tmp_path, monkeypatch):
    folder, store = old_folder(tmp_path / "news", 8), tmp_path / "s"
    run_build(folder, store)
    monkeypatch.setattr("rag.store.sync.STEP", 1024)  # one step: everything is written when Ctrl-C comes
    change(folder, 8)
    wanted = {file.name for file in folder.iterdir()}
    before = Store._db.fget

    with monkeypatch.context() as patch:
        patch.setattr(Store, "_db", property(lambda store: InterruptedAtCommit(before(store))))
        with pytest.raises(KeyboardInterrupt):
            build([folder], store, embedder=HashingEmbedder())
    assert set(state(store)) == wanted
    run_build(folder, store)
    assert len(list(store.glob("vectors-*.faiss"))) == 1


FULL = """
import resource, sys
from killing import HashingEmbedder
from rag.indexing import build
from rag.errors import StoreError
limit = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))  # no file may grow beyond: like a full disk or a quota
try:
    build([sys.argv[1]], sys.argv[2], embedder=HashingEmbedder())
except StoreError as error:
    print(error)
    sys.exit(3)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="no file size limit on this system")
@pytest.mark.parametrize("room", [0, 30_000])
def test_a_full_disk_is_told_and_the_old_index_works(tmp_path, room):
    folder, store = old_folder(tmp_path / "news", 12), tmp_path / "s"
    run_build(folder, store)
    before = state(store)
    for number in range(100, 160):
        (folder / f"{number}.txt").write_text((folder / "0001.txt").read_text("utf-8") + f"第{number}次。", "utf-8")
    environment = {"PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'tests'}", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    limit = max(file.stat().st_size for file in store.iterdir()) + room
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(folder), str(store), str(limit)],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert "could not be written" in done.stdout and "space on the disk" in done.stdout
    left = state(store)
    assert all(left.get(source) == raw for source, raw in before.items())
    run_build(folder, store)
    assert len(state(store)) == 72


def test_a_new_index_on_a_full_disk_is_told(tmp_path):
    folder = old_folder(tmp_path / "news", 4)
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(StoreError, match="can't be made"):
        build([folder], file / "index", config=Config(), embedder=HashingEmbedder())
