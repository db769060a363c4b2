"""One validated, frozen settings object: keyword > RAG_* environment > rag.toml > default."""

from __future__ import annotations

import json
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rag.errors import ConfigError

CHECKOUT = Path(__file__).resolve().parent.parent
IN_CHECKOUT = (CHECKOUT / "pyproject.toml").is_file() and (CHECKOUT / "store").is_dir()


def _split(value: Any) -> Any:
    """`a, b` → a and b: how a list is written in the environment."""
    return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class Config(BaseSettings):
    """Settings. Each can be given by keyword, as RAG_<NAME> in the environment or in rag.toml.

    Raises:
        ConfigError: an unknown name or a value out of range; the message names it.
    """

    model_config = SettingsConfigDict(env_prefix="RAG_", toml_file="rag.toml", extra="forbid", frozen=True)

    embedder: str = Field("bundled", description='"bundled", or the name or path of a sentence-transformers model')
    query_prompt: str = Field("query: ", description="what the embedder wants before a question")
    passage_prompt: str = Field("passage: ", description="what the embedder wants before a passage")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="arithmetic of the embedder; auto takes bfloat16 where the CPU computes it natively"
    )
    passage_tokens: int = Field(200, ge=32, le=400, description="most tokens (tiktoken cl100k_base) a passage holds")
    candidates: int = Field(12, ge=1, le=100, description="passages retrieved for a question, and read")
    dictionary: bool = Field(True, description="whether words are looked up in the other language too (CC-CEDICT)")
    names: Path | None = Field(None, description="a file of names that adds spellings and forbids links")
    threshold: float = Field(
        0.25, ge=0.0, le=1.0, description="confidence below which the answer is that the articles don't say"
    )
    llm: Literal["none", "openai", "ollama", "gguf"] = Field(
        "none",
        description='whose words answers are in: "none" keeps the articles\' own; "openai" is any endpoint that speaks '
        'OpenAI\'s protocol, "ollama" an Ollama server, "gguf" a model file, run here by llama.cpp',
    )
    llm_model: str | None = Field(None, description="name of the model there, or path of the GGUF file")
    llm_url: str | None = Field(None, description="address of the endpoint, such as http://localhost:8080/v1")
    llm_key: SecretStr | None = Field(None, description="key of the endpoint; best given as RAG_LLM_KEY")
    llm_context: int = Field(8192, ge=512, description="tokens of the model's context window")
    llm_tokens: int = Field(600, ge=16, le=8192, description="most tokens of an answer of the LLM")
    llm_timeout: float = Field(60.0, gt=0, le=3600, description="seconds an answer of the LLM may take")
    llm_unsupported: Literal["drop", "mark"] = Field(
        "drop", description="what happens to its sentences that the passages don't support: left out, or shown marked"
    )
    max_question: int = Field(4000, ge=100, le=20000, description="most characters of a question")
    text_fields: Names = Field(
        ("text", "content", "body", "articleBody", "article_body", "full_text", "article", "正文", "内容"),
        min_length=1,
        description='where a JSON record has its text: names, the first that is filled counts; "a.b" is b inside a',
    )
    title_fields: Names = Field(("title", "headline", "标题"), description="the same for the title")
    date_fields: Names = Field(
        (
            *("date", "published", "published_at", "publishedAt", "datePublished", "publish_date", "pub_date"),
            *("pubDate", "publish_time", "created_at", "time", "timestamp", "日期", "发布时间"),
        ),
        description="the same for the date of publication",
    )
    outlet_fields: Names = Field(
        ("source", "outlet", "publisher", "site", "media", "publication", "来源", "媒体"),
        description="the same for the newspaper or site",
    )
    url_fields: Names = Field(("url", "link", "canonical", "permalink"), description="the same for the address")
    id_fields: Names = Field(
        ("id", "_id", "guid", "uuid", "article_id", "articleId", "doc_id", "编号"),
        description="the same for a record's own id, by which it stays the same article wherever it stands",
    )
    author_fields: Names = Field(("authors", "author", "byline", "作者"), description="the same for the authors")
    store: Path | None = Field(None, description="folder of the default store")

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            lines = [
                f"{'.'.join(map(str, e['loc']))}: {e['msg']}"
                + (" (no such setting)" if e["type"] == "extra_forbidden" else f", got {e['input']!r}")
                for e in error.errors()
            ]
            raise ConfigError(
                "Settings (keyword, RAG_* environment or rag.toml) need a correction:\n  " + "\n  ".join(lines)
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"rag.toml in this folder is not valid TOML ({error}). Correct it or delete it."
            ) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Keyword first, then environment, then rag.toml."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    def fingerprint(self) -> str:
        """What an index depends on: change one of these and the index must be built anew."""
        keys = ("embedder", "passage_prompt", "passage_tokens")
        values = {key: getattr(self, key) for key in keys}
        return sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]

    def store_path(self) -> Path:
        """The default store: `store`, else store/index in a checkout, else the user's data folder."""
        if self.store is not None:
            return self.store
        if IN_CHECKOUT:
            return CHECKOUT / "store" / "index"
        import platformdirs

        return Path(platformdirs.user_data_dir("rag-news", appauthor=False)) / "index"


def shipped(name: str) -> Path:
    """A folder of data that comes with the program: below store/ in a checkout, else inside the package.

    Args:
        name: "articles", "gold", "models" or "names".
    """
    return CHECKOUT / "store" / name if IN_CHECKOUT else Path(__file__).parent / "_data" / name
