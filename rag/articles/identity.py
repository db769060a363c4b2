"""What a record of a dump is known by: its own id or address, else its text; never its place, which others shift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from llama_index.core.schema import Document

from rag.types import make_id


def record_ids(documents: Sequence[Document], source: str) -> list[str]:
    """The article id of each record of a file, the same in whatever order they stand.

    A key that several records of the file share tells nothing; records with the same text are told apart by order.
    """
    keys = [str(document.metadata.get("key") or "") for document in documents]
    shared = Counter(keys)
    seen: Counter[str] = Counter()
    ids = []
    for document, key in zip(documents, keys, strict=True):
        if key and shared[key] == 1:
            ids.append(make_id(source, "record", key))
            continue
        text = sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest()
        seen[text] += 1
        ids.append(make_id(source, "text", text, seen[text]))
    return ids
