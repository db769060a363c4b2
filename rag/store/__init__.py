"""One index: articles and passages in SQLite, vectors in FAISS; brought up to date in steps that are atomic each.

The SQLite transaction names the generation of the vector file it belongs with. A sync writes the new
vector file first and commits after, so a process that is killed at any instant leaves the old index or the new one;
files of other generations are swept on the next sync. Readers take a snapshot: the rows and the vectors
they see are of one generation, and a new generation is noticed without a restart.

`rows` is the database's shape, `opening` makes and checks it, `read` searches, `generations` is what readers share;
`roots` and `plan` tell what a sync has to do, `sync` does it, `write` puts it on the disk; `postings` and `lexical` are
the inverted index and what is known of names.
"""

from rag.store.postings import Term, Weighed
from rag.store.roots import scopes
from rag.store.rows import DATABASE
from rag.store.sync import Store

__all__ = ["DATABASE", "Store", "Term", "Weighed", "scopes"]
