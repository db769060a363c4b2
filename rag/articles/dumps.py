"""`.json` and `.jsonl`: one article a record, `dump.jsonl#3`. Which field is what is a setting (`rag.config`)."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import html
import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

from rag.articles.encodings import decode
from rag.articles.limits import BLANK, MAX_DUMP_BYTES, check_lines, read_bytes
from rag.articles.records import document, names
from rag.config import Config
from rag.errors import ArticleError

JSON = (".json",)
LINES = (".jsonl", ".ndjson")
# Where dumps that are one object keep their records.
_HOLDERS = "articles items data results docs documents records news posts stories entries hits response".split()
_MILLISECONDS = 10_000_000_000  # a moment after this many seconds lies beyond the year 2286


class DumpReader(BaseReader):
    """A list of records, one record, an object that holds a list, or a record a line. `raw` is a record's text."""

    def __init__(self, config: Config | None = None) -> None:
        self.config = config or Config()

    def lazy_load_data(self, file: Path, **_: Any) -> Iterator[Document]:
        """Yield a document a record; a record that can't be read is one without text that says why.

        Raises:
            ArticleError: the file is too large, not text, not JSON, or no record in it has a text.
        """
        decoded = decode(read_bytes(file, MAX_DUMP_BYTES))
        documents = list(self._documents(decoded.text.lstrip("\ufeff"), file.suffix.lower() in LINES))
        if documents and not any(found.text for found in documents):
            whys = list(dict.fromkeys(str(found.metadata.get("skip")) for found in documents))
            raise ArticleError(f"no record in it can be read: {'; '.join(whys[:2])}")
        for number, found in enumerate(documents):
            if number == 0 and decoded.notes:
                found.metadata["notes"] = [*decoded.notes, *found.metadata.get("notes", ())]
            yield found

    def _documents(self, text: str, by_line: bool) -> Iterator[Document]:
        if not text.strip(BLANK):
            return
        # Endings lie: many a .json holds a record a line, and a .jsonl one list. The first line tells.
        first = _parse(next((line for line in text.split("\n") if line.strip(BLANK)), ""))
        whole = None if by_line and isinstance(first, dict) else _parse(text)
        if isinstance(whole, ArticleError) or (whole is None and by_line):
            lines = [(n, _parse(line)) for n, line in enumerate(text.split("\n"), 1) if line.strip(BLANK)]
            # One broken line, the first one too, stops no other; a list that is broken has no such lines.
            if whole is not None and not by_line and 2 * sum(isinstance(one, dict) for _, one in lines) < len(lines):
                raise whole
            for number, record in lines:
                yield self._record(record, number)
            return
        records = None if isinstance(whole, dict) and self._own_text(whole) else _records(whole)
        if records is None and isinstance(whole, dict) and not self._text(whole)[0]:
            records = _listed(whole)  # beside a text it is something else: comments, related articles
        if records is None and isinstance(whole, dict):
            values = [value for value in whole.values() if isinstance(value, dict)]
            filled = sum(bool(self._own_text(value)) for value in values)
            records = values if filled > 1 and len(values) == len(whole) else None  # an object of id → record
        if records is None:
            yield self._record(whole, None)
            return
        for number, record in enumerate(records, 1):
            yield self._record(record, number)

    def _record(self, record: Any, number: int | None) -> Document:
        if isinstance(record, ArticleError):
            return document("", record=number, skip=str(record))
        if isinstance(record, str):
            record = {self.config.text_fields[0]: record}
        if not isinstance(record, dict):
            return document("", record=number, skip="it is no JSON object: an article is an object with its text")
        text, holder = self._text(record)
        if not text.strip(BLANK):
            return document("", record=number, skip=self._no_text(record))
        try:
            check_lines(text)
        except ArticleError as error:
            return document("", record=number, skip=str(error))

        def field(keys: Iterable[str]) -> Any:
            return _first(holder, keys) or (_first(record, keys) if holder is not record else None)

        own_ids = (_key(_at(of, name)) for of in (holder, record) for name in self.config.id_fields)
        outlet, url = _name(field(self.config.outlet_fields)), field(self.config.url_fields)
        if isinstance(outlet, str) and outlet.startswith(("http://", "https://")):
            outlet, url = None, url or outlet
        return document(
            text,
            record=number,
            key=next(filter(None, own_ids), None) or (url if isinstance(url, str) else None),
            title=_title(_unwrapped(field(self.config.title_fields))),
            date=_date(field(self.config.date_fields)),
            outlet=outlet,
            url=url,
            authors=list(names(field(self.config.author_fields))),
        )

    def _text(self, record: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """A record's text and the object it stands in: the record itself, or one inside such as Elastic's `_source`."""
        inside = [value for value in record.values() if isinstance(value, dict)]
        deeper = [value for one in inside for value in one.values() if isinstance(value, dict)]  # as JSON:API nests
        for holder in (record, *inside, *deeper):
            text = self._own_text(holder)
            if text:
                return text, holder
        return "", record

    def _own_text(self, holder: dict[str, Any]) -> str:
        texts = (_joined(_at(holder, key)) for key in self.config.text_fields)
        return next((text for text in texts if text.strip(BLANK)), "")

    def _no_text(self, record: dict[str, Any]) -> str:
        known = [key for key in self.config.text_fields if _at(record, key) is not None]
        if known:
            return f"there is no text in its field {known[0]!r}: fill it, or take the record out"
        has = ", ".join(map(repr, list(record)[:8])) or "nothing"
        return (
            f"none of the fields {', '.join(self.config.text_fields)} is in it (it has {has}): "
            "name the one with the text, RAG_TEXT_FIELDS=name or text_fields in rag.toml"
        )


def _parse(text: str) -> Any:
    """The value, or the ArticleError that says what is wrong with it."""
    try:
        return json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
        return ArticleError(f"it is not JSON ({error.msg} at {where}): correct it, or export it again")
    except (RecursionError, ValueError):
        return ArticleError("it is not JSON that can be read (nested too deep, or a number too long): export it again")


def _records(value: Any, depth: int = 0) -> list[Any] | None:
    """The list of records in a file's value, however it is wrapped in what is named for it."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or depth > 2:
        return None
    for key in (name for name in _HOLDERS if name in value):
        inner = value[key]
        if _holds_records(inner):
            return list(inner)
        if isinstance(inner, dict):
            found = _records(inner, depth + 1)
            found = _listed(inner) if found is None else found
            if found is not None:
                return found
    return None


def _listed(value: dict[str, Any]) -> list[Any] | None:
    """The first list of objects in an object, whatever it is called."""
    return next((list(inner) for inner in value.values() if _holds_records(inner)), None)


def _holds_records(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _at(holder: Any, key: str) -> Any:
    """The value under a name, whatever its case; `a.b` looks inside."""
    if isinstance(holder, dict):
        if key in holder:
            return holder[key]
        name = _by_folded(tuple(holder)).get(key.casefold())
        if name is not None:
            return holder[name]
        first, _, rest = key.partition(".")
        if rest:
            return _at(_at(holder, first), rest)
    return None


@lru_cache(maxsize=64)  # the records of a dump have the same names
def _by_folded(names: tuple[str, ...]) -> dict[str, str]:
    return {name.casefold(): name for name in reversed(names)}


def _first(holder: dict[str, Any], keys: Iterable[str]) -> Any:
    return next((value for key in keys if (value := _at(holder, key))), None)


def _joined(value: Any) -> str:
    """A text, or paragraphs in a list, as one text."""
    value = _unwrapped(value)
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = (item.get("text") if isinstance(item, dict) else item for item in value)
        return "\n\n".join(part for part in parts if isinstance(part, str) and part.strip())
    return ""


def _unwrapped(value: Any) -> Any:
    """What a content system wraps: WordPress's `rendered`, Drupal's `value`."""
    return (
        next((value[key] for key in ("rendered", "value") if value.get(key)), None)
        if isinstance(value, dict)
        else value
    )


def _name(value: Any) -> Any:
    return (
        next((value[key] for key in ("name", "title", "id") if value.get(key)), None)
        if isinstance(value, dict)
        else value
    )


def _title(value: Any) -> Any:
    return html.unescape(value) if isinstance(value, str) else value


def _key(value: Any) -> str | None:
    """An id as dumps write it: a string, a number, MongoDB's object."""
    if isinstance(value, dict):
        value = value.get("$oid")
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip() else None


def _date(value: Any) -> str | None:
    """A date as written; seconds and milliseconds since 1970, and the e-mail form, as ISO 8601."""
    if isinstance(value, dict):
        value = value.get("$date")  # MongoDB's export
        value = value.get("$numberLong") if isinstance(value, dict) else value
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.strip().isdecimal() and len(value.strip()) in (10, 13):
        value = int(value)
    if isinstance(value, (int, float)) and value >= 100_000_000:
        with contextlib.suppress(OverflowError, ValueError, OSError):
            seconds = value / 1000 if value > _MILLISECONDS else value
            return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")
    if not isinstance(value, str):
        return None
    with contextlib.suppress(ValueError, TypeError, IndexError):
        return email.utils.parsedate_to_datetime(value).isoformat()
    return value
