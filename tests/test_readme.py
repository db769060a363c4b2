"""The README says what is: its Python runs, its commands and files exist."""

import re

from typer.testing import CliRunner

from rag.__main__ import app
from rag.config import CHECKOUT, Config

README = (CHECKOUT / "README.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_python_example_runs(tmp_path, monkeypatch, embedder, capsys):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "articles").symlink_to(CHECKOUT / "store" / "articles")
    monkeypatch.chdir(tmp_path)
    for room in ("engine", "indexing"):
        monkeypatch.setattr(f"rag.{room}.make_embedder", lambda config: embedder)
    example = next(b for b in blocks("python") if "rag.build(" in b and "readers" not in b)
    exec(compile(example, "README.md", "exec"), {})
    assert "[1]" in capsys.readouterr().out


def test_commands_and_targets_exist():
    shell = "\n".join(blocks("bash"))
    makefile = (CHECKOUT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^make (\w+)", shell, re.MULTILINE)
    assert {"chat", "test"} <= set(targets)
    for target in targets:
        assert f"\n{target}:" in makefile
    for command in re.findall(r"python -m rag (\w+)", README):
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0, command


def test_files_settings_and_pictures_are_there():
    for name in re.findall(r"`((?:\w+/)?\w+\.(?:py|toml|txt))`", README):
        if name != "rag.toml":
            assert (CHECKOUT / name).is_file() or (CHECKOUT / "rag" / name).is_file(), name
    for link in re.findall(r"\]\(((?!http)[^)]+)\)", README):
        assert (CHECKOUT / link).is_file(), link
    settings = README.split("## Settings")[1].split("##")[0]
    for name in re.findall(r"`([a-z_]+)`", settings):
        assert name in Config.model_fields, name
