"""What a user can fix, and how: every message says what to do next."""

from __future__ import annotations


class RagError(Exception):
    """Something a user can put right. The message says what is wrong and what to do."""


class ConfigError(RagError):
    """A setting is unknown or out of range."""


class ArticleError(RagError):
    """Articles can't be read: no such folder, nothing in it, or a file that is not text."""


class ModelError(RagError):
    """A model is missing, damaged or not the one that was asked for."""


class StoreError(RagError):
    """The index is missing, of another version, made with other settings, or in use."""


class QuestionError(RagError):
    """A question that can't be answered as it stands: empty or far too long."""


class GoldError(RagError):
    """A gold file that does not follow the format; the message names the line."""


def missing_extra(what: str, package: str, extra: str) -> str:
    """The one message for an optional package that is not installed."""
    return f"{what} needs {package}, which is not installed: pip install 'rag-news[{extra}]'"
