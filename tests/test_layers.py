"""The way of the data is the list of files: a room imports only from rooms above it."""

import ast
import subprocess
import sys

import pytest

from rag.config import CHECKOUT

PACKAGE = CHECKOUT / "rag"
ROOMS = (
    "errors config text types articles clean chunks bundled embed names store indexing dictionary retrieve reader cite "
    "answer support chat llm engine metrics gold evaluate report ablate train commands __main__"
).split()
FILES = sorted(PACKAGE.rglob("*.py"))
HEAVY = ["torch", "gradio", "llama_index", "transformers", "sentence_transformers", "faiss", "opencc", "numpy"]
MOST_LINES = 450

every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())


def _room(file):
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def _modules(node):
    """Full names of what an import statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"line {node.lineno}: a relative import hides where it points"
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def _for_type_checkers(node):
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _at_import_time(nodes):
    """Import statements that run when the module is imported: not in functions, not for type checkers only."""
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif _for_type_checkers(node):
            yield from _at_import_time(node.orelse)
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from _at_import_time(ast.iter_child_nodes(node))


def _imported_rooms(tree):
    for node in _at_import_time(tree.body):
        for module in _modules(node):
            parts = module.split(".")
            if parts[0] == "rag" and len(parts) > 1 and parts[1] in ROOMS:
                yield parts[1], node.lineno


@every_file
def test_a_room_imports_only_from_rooms_above_it(file):
    room = _room(file)
    if room == "__init__":
        return
    assert room in ROOMS, f"{file} is a room without a place in the list"
    for imported, line in _imported_rooms(ast.parse(file.read_text("utf-8"))):
        above = ROOMS.index(imported) < ROOMS.index(room)
        inside = imported == room and file.parent != PACKAGE
        assert above or inside, f"{file}:{line}: {room} imports {imported}, which stands below it"


def test_every_room_of_the_list_is_there():
    assert {_room(file) for file in FILES} == {*ROOMS, "__init__"}


@every_file
def test_the_library_never_imports_the_app(file):
    tree = ast.parse(file.read_text("utf-8"))
    found = {module.split(".")[0] for node in ast.walk(tree) for module in _modules(node)}
    assert not found & {"ui", "gradio", "tests"}


@every_file
def test_rooms_stay_small(file):
    # Was wrong once: store.py had 485 lines when this was written.
    lines = len(file.read_text("utf-8").splitlines())
    assert lines <= MOST_LINES, f"{file} has {lines} lines: make it a folder of the same name"


@every_file
def test_only_programs_print(file):
    calls = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
    prints = [node.lineno for node in calls if isinstance(node.func, ast.Name) and node.func.id == "print"]
    assert not prints or file.stem in ("train", "__main__"), f"{file}: print on lines {prints}"


def test_the_walk_sees_what_it_should_see():
    source = """
from typing import TYPE_CHECKING
import rag.store
from rag import bundled, __version__
if TYPE_CHECKING:
    from rag.engine import RagEngine
try:
    from rag.chat import Chat
except ImportError:
    pass
def later():
    from rag.evaluate import evaluate
"""
    assert [room for room, _ in _imported_rooms(ast.parse(source))] == ["store", "bundled", "chat"]


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, rag; print(sorted(set({HEAVY!r}) & set(sys.modules)), rag.__version__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=CHECKOUT, check=True)
    assert done.stdout.startswith("[]"), done.stdout


def test_the_lower_rooms_need_no_model():
    code = f"""
import sys
import rag.errors, rag.config, rag.text, rag.types, rag.clean, rag.names, rag.cite, rag.chat, rag.metrics
print(sorted((set({HEAVY!r}) - {{"numpy"}}) & set(sys.modules)))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=CHECKOUT, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_has_a_home():
    import rag

    assert set(rag.__all__) == {*rag._HOME, "__version__"}
    assert set(rag._HOME.values()) <= set(ROOMS)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = rag.nonsense
