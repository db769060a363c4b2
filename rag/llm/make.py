"""Settings → a llama-index `LLM`; none by default. A local GGUF file is served on the loopback device."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
        return _ollama(config)
    if config.llm == "gguf":
        return _gguf(config)
    if not config.llm_url:
        raise ConfigError(
            'llm is "openai", but llm_url is empty. Set RAG_LLM_URL to the address of the endpoint, '
            "for instance https://api.openai.com/v1 or http://localhost:8080/v1."
        )
    key = config.llm_key.get_secret_value() if config.llm_key else "none"  # the client wants one in any case
    return _openai_like(config, config.llm_model, config.llm_url, key)


def _openai_like(config: Config, model: str, url: str, key: str, **more: Any) -> LLM:
    try:
        from llama_index.llms.openai_like import OpenAILike
    except ImportError as error:
        raise ModelError(missing_extra("An OpenAI-compatible LLM", "llama-index-llms-openai-like", "openai")) from error
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
        **more,
    )
    return llm


def _ollama(config: Config) -> LLM:
    try:
        from llama_index.llms.ollama import Ollama
    except ImportError as error:
        raise ModelError(missing_extra("Ollama", "llama-index-llms-ollama", "ollama")) from error
    # Through its own protocol: the OpenAI-compatible one can't say how long the context is, and cuts prompts silently.
    llm: LLM = Ollama(
        model=config.llm_model or "",
        base_url=config.llm_url or OLLAMA,
        context_window=config.llm_context,
        request_timeout=config.llm_timeout,
        temperature=0.0,
        additional_kwargs={"num_predict": config.llm_tokens},
        thinking=False,
    )
    return llm


def _gguf(config: Config) -> LLM:
    import httpx

    server = serve_gguf(Path(config.llm_model or ""), context=config.llm_context, key=(key := secrets.token_hex(16)))
    # A proxy of the environment has no business with the loopback device.
    client = httpx.Client(trust_env=False, timeout=config.llm_timeout)
    llm = _openai_like(config, "local", f"{server.listening_address}/v1", key, http_client=client)
    object.__setattr__(llm, "_server", server)  # it serves as long as it is referred to
    return llm


def serve_gguf(file: Path, *, context: int, key: str, threads: int | None = None) -> Any:
    """A llama.cpp server for a GGUF file on a free port of 127.0.0.1; it ends when the last reference to it goes.

    Args:
        file: the model.
        context: tokens of its context window.
        key: which requests must carry.
        threads: of the CPU; one less than there are cores when absent.

    Raises:
        ModelError: xllamacpp is not installed, or the file is missing or no model.
    """
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelError(missing_extra("A local GGUF model", "xllamacpp", "gguf")) from error
    if not file.is_file():
        raise ModelError(f"There is no file {file}. Set RAG_LLM_MODEL to the path of a GGUF file.")
    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.n_ctx = context
    params.n_parallel = 1
    params.ui = False
    params.warmup = False
    params.verbosity = -1
    # llama.cpp's threads wait for each other by spinning: on a core short they hardly move at all.
    params.cpuparams.n_threads = threads or max(1, (os.cpu_count() or 2) - 1)
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise ModelError(f"{file} can't be loaded as a GGUF model ({error}). Is it complete?") from error
