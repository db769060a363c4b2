"""Settings → a llama-index `LLM`; none by default."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rag.config import Config
from rag.errors import ConfigError, ModelError, missing_extra

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

OLLAMA = "http://localhost:11434"


def make_llm(config: Config) -> LLM | None:
    """The LLM that the settings name, or None. Nothing is asked of it yet, but a GGUF file is loaded.

    Raises:
        ConfigError: a setting that this kind needs is missing.
        ModelError: the package for it is not installed, or the file can't be loaded.
    """
    if config.llm == "none":
        return None
    if not config.llm_model:
        what = "the path of a GGUF file" if config.llm == "gguf" else "the model's name"
        raise ConfigError(f'llm is "{config.llm}", but llm_model is empty. Set RAG_LLM_MODEL to {what}.')
    if config.llm == "ollama":
        return _ollama(config, config.llm_model, config.llm_url or OLLAMA)
    if config.llm == "gguf":
        from rag.llm.gguf import LlamaCpp

        file = Path(config.llm_model).expanduser()
        return LlamaCpp(file, context=config.llm_context, reply=config.llm_tokens)
    if not config.llm_url:
        raise ConfigError(
            'llm is "openai", but llm_url is empty. Set RAG_LLM_URL to the address of the endpoint, '
            "for instance https://api.openai.com/v1 or http://localhost:8080/v1."
        )
    key = config.llm_key.get_secret_value() if config.llm_key else "none"  # the client wants one in any case
    return _openai_like(config, config.llm_model, config.llm_url, key)


def _openai_like(config: Config, model: str, url: str, key: str) -> LLM:
    try:
        from llama_index.llms.openai_like import OpenAILike
    except ImportError as error:
        raise ModelError(missing_extra("An OpenAI-compatible LLM", "llama-index-llms-openai-like", "openai")) from error
    import httpx

    llm: LLM = OpenAILike(
        model=model,
        api_base=url,
        api_key=key,
        is_chat_model=True,
        context_window=config.llm_context,
        max_tokens=config.llm_tokens,
        temperature=0.0,
        timeout=config.llm_timeout,
        max_retries=0,  # one question, one call; a person would rather have the extractive answer than wait
        http_client=httpx.Client(timeout=config.llm_timeout, trust_env=not _on_this_machine(url)),
    )
    return llm


def _ollama(config: Config, model: str, url: str) -> LLM:
    try:
        from llama_index.llms.ollama import Ollama
        from ollama import Client
    except ImportError as error:
        raise ModelError(missing_extra("Ollama", "llama-index-llms-ollama", "ollama")) from error
    headers = {"Authorization": f"Bearer {config.llm_key.get_secret_value()}"} if config.llm_key else {}
    # Through its own protocol: the OpenAI-compatible one can't say how long the context is, and cuts prompts silently.
    llm: LLM = Ollama(
        model=model,
        client=Client(url, timeout=config.llm_timeout, headers=headers, trust_env=not _on_this_machine(url)),
        base_url=url,
        context_window=config.llm_context,
        request_timeout=config.llm_timeout,
        temperature=0.0,
        additional_kwargs={"num_predict": config.llm_tokens},
        thinking=False,
    )
    return llm


def _on_this_machine(url: str) -> bool:
    """Whether an address is on the loopback device, with which a proxy of the environment has no business."""
    host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")
