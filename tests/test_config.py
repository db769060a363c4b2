"""Settings: precedence, validation with names, what an index depends on."""

import os
from pathlib import Path

import pytest

from rag.config import CHECKOUT, Config, shipped
from rag.errors import ConfigError, RagError


@pytest.fixture(autouse=True)
def bare_surroundings(tmp_path, monkeypatch):
    """An empty current folder and no RAG_* variables."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("RAG_")]:
        monkeypatch.delenv(name)
    return tmp_path


def test_the_order_is_keyword_environment_file_default(bare_surroundings, monkeypatch):
    assert Config().passage_tokens == 200
    (bare_surroundings / "rag.toml").write_text('passage_tokens = 101\nembedder = "from/file"\ncandidates = 7\n')
    assert Config().passage_tokens == 101
    monkeypatch.setenv("RAG_PASSAGE_TOKENS", "102")
    monkeypatch.setenv("RAG_EMBEDDER", "from/environment")
    assert Config().passage_tokens == 102
    config = Config(passage_tokens=103)
    assert (config.passage_tokens, config.embedder, config.candidates) == (103, "from/environment", 7)
    assert (config.threshold, config.precision) == (0.25, "auto")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("passage_tokens", 31),
        ("passage_tokens", 401),
        ("passage_tokens", "many"),
        ("candidates", 0),
        ("candidates", 101),
        ("threshold", -0.1),
        ("threshold", 1.1),
        ("max_question", 99),
        ("max_question", 20001),
        ("precision", "int4"),
        ("chunk_size", 200),
    ],
)
@pytest.mark.parametrize("place", ["keyword", "file"])
def test_a_wrong_setting_is_named_with_what_was_given(bare_surroundings, place, name, value):
    if place == "file":
        (bare_surroundings / "rag.toml").write_text(f"{name} = {value!r}\n")
    with pytest.raises(ConfigError, match=name) as caught:
        Config(**({name: value} if place == "keyword" else {}))
    assert repr(value) in str(caught.value) or "no such setting" in str(caught.value)


def test_a_wrong_environment_variable_is_named(monkeypatch):
    monkeypatch.setenv("RAG_THRESHOLD", "high")
    with pytest.raises(ConfigError, match=r"threshold.*'high'"):
        Config()


def test_all_wrong_settings_are_named_at_once():
    with pytest.raises(ConfigError, match=r"(?s)passage_tokens.*candidates|candidates.*passage_tokens"):
        Config(passage_tokens=1, candidates=0)


@pytest.mark.parametrize("content", [b"passage_tokens = \n", b"[", b"\xff\xfe"])
def test_a_file_that_is_not_toml_is_a_mistake_with_a_remedy(bare_surroundings, content):
    # Was wrong once: TOMLDecodeError or UnicodeDecodeError instead of ConfigError.
    (bare_surroundings / "rag.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"rag\.toml"):
        Config()


def test_a_mistake_in_the_settings_is_a_users_mistake():
    assert issubclass(ConfigError, RagError)


def test_lists_are_written_with_commas_or_as_lists(bare_surroundings, monkeypatch):
    (bare_surroundings / "rag.toml").write_text('title_fields = ["name", "meta.head"]\n')
    monkeypatch.setenv("RAG_TEXT_FIELDS", "story, doc.正文")
    config = Config(url_fields=("href",))
    assert (config.text_fields, config.title_fields) == (("story", "doc.正文"), ("name", "meta.head"))
    assert config.url_fields == ("href",)
    with pytest.raises(ConfigError, match="text_fields"):
        Config(text_fields="")


def test_settings_are_frozen():
    config = Config()
    with pytest.raises(ValueError, match="frozen"):
        config.threshold = 0.9
    assert config.threshold == 0.25


@pytest.mark.parametrize(
    ("name", "value", "changes"),
    [
        ("embedder", "intfloat/multilingual-e5-base", True),
        ("passage_prompt", "", True),
        ("passage_tokens", 201, True),
        ("query_prompt", "", False),
        ("precision", "float32", False),
        ("candidates", 50, False),
        ("threshold", 0.9, False),
        ("max_question", 500, False),
        ("dictionary", False, False),
        ("names", Path("names.tsv"), False),
        ("llm", "ollama", False),
        ("llm_model", "qwen3:8b", False),
        ("llm_url", "http://localhost:1", False),
        ("llm_key", "k", False),
        ("llm_context", 4096, False),
        ("llm_tokens", 300, False),
        ("llm_timeout", 5.0, False),
        ("llm_unsupported", "mark", False),
        ("text_fields", ("story",), False),
        ("title_fields", ("name",), False),
        ("date_fields", ("when",), False),
        ("outlet_fields", ("paper",), False),
        ("url_fields", ("href",), False),
        ("author_fields", ("people",), False),
        ("id_fields", ("number",), False),
        ("store", Path("elsewhere"), False),
    ],
)
def test_the_fingerprint_changes_exactly_with_what_an_index_depends_on(name, value, changes):
    assert (Config(**{name: value}).fingerprint() != Config().fingerprint()) == changes


def test_every_setting_is_described_and_tried_above():
    (cases,) = test_the_fingerprint_changes_exactly_with_what_an_index_depends_on.pytestmark
    tried = {name for name, _, _ in cases.args[1]}
    assert set(Config.model_fields) == tried
    assert all(field.description for field in Config.model_fields.values())


def test_fingerprints_do_not_change_between_runs():
    assert Config().fingerprint() == Config().fingerprint()
    assert len(Config().fingerprint()) == 16


def test_the_default_store_is_the_one_set_else_the_checkouts(monkeypatch):
    assert Config(store="here").store_path() == Path("here")
    monkeypatch.setenv("RAG_STORE", "there")
    assert Config().store_path() == Path("there")
    monkeypatch.delenv("RAG_STORE")
    assert Config().store_path() == CHECKOUT / "store" / "index"


def test_without_a_checkout_the_default_store_is_the_users(monkeypatch):
    monkeypatch.setattr("rag.config.IN_CHECKOUT", False)
    assert Config().store_path().name == "index"
    assert CHECKOUT not in Config().store_path().parents
    assert "rag-news" in str(Config().store_path())


def test_what_comes_with_the_program_lies_in_the_checkout_or_in_the_package(monkeypatch):
    assert any(shipped("articles").glob("*.txt"))
    assert any(shipped("gold").glob("*.jsonl"))
    monkeypatch.setattr("rag.config.IN_CHECKOUT", False)
    assert shipped("articles") == CHECKOUT / "rag" / "_data" / "articles"
