"""The inverted index: BM25 by hand, parts, merging, what is gone."""

import math
import sqlite3
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.store import Term
from rag.store import postings as room
from rag.text import words

texts = st.lists(
    st.lists(st.sampled_from("alpha beta gamma delta 港口 码头 航线".split()), max_size=6).map(" ".join),
    min_size=1,
    max_size=9,
)


def _db(batches, gone=()):
    """A database of passages written in batches, some of which have gone since."""
    db = sqlite3.connect(":memory:")
    db.executescript(room.TABLES + "CREATE TABLE passages (number INTEGER PRIMARY KEY, words INTEGER NOT NULL);")
    number = 0
    for batch in batches:
        rows = list(enumerate(batch, number))
        db.executemany("INSERT INTO passages VALUES (?, ?)", [(n, len(words(text))) for n, text in rows])
        room.add(db, [(n, words(text)) for n, text in rows])
        number += len(batch)
    db.executemany("DELETE FROM passages WHERE number = ?", [(n,) for n in gone])
    return db


def _term(*wordings):
    return Term(tuple((tuple(words(w)), sure) for w, sure in wordings))


def _scores(db, *terms):
    lexicon = room.Lexicon(db)
    out = Counter()
    for term in terms:
        found = lexicon.weigh(db, term)
        for number, weight in zip(found.numbers.tolist(), found.weights.tolist(), strict=True):
            out[number] += weight
    return {number: pytest.approx(weight) for number, weight in out.items()}


def _by_hand(passages, word):
    """BM25 as in Robertson & Zaragoza 2009, of one word, for passages {number: text}."""
    bags = {n: Counter(words(text)) for n, text in passages.items()}
    average = max(1.0, sum(bag.total() for bag in bags.values()) / len(bags))
    having = [n for n, bag in bags.items() if bag[word]]
    idf = math.log(1 + (len(bags) - len(having) + 0.5) / (len(having) + 0.5))
    out = {}
    for n in having:
        tf = bags[n][word]
        out[n] = idf * tf * (room.K1 + 1) / (tf + room.K1 * (1 - room.B + room.B * bags[n].total() / average))
    return out


@settings(deadline=None, max_examples=60)
@given(texts)
def test_a_words_weights_are_bm25(batch):
    db = _db([batch])
    for word in ("alpha", "gamma", "港口"):
        (stem,) = words(word)
        assert _scores(db, _term((word, 1.0))) == _by_hand(dict(enumerate(batch)), stem)


@settings(deadline=None, max_examples=60)
@given(texts, texts, st.sets(st.integers(0, 5)))
def test_parts_and_what_is_gone_make_no_difference(one, other, gone):
    kept = {n: text for n, text in enumerate(one + other) if n not in gone}
    if not kept:
        return
    db = _db([one, other], gone)
    for word in ("beta", "delta", "码头"):
        (stem,) = words(word)
        assert _scores(db, _term((word, 1.0))) == _by_hand(kept, stem)


def test_merging_parts_changes_no_weight_and_forgets_what_is_gone(monkeypatch):
    batches = [[f"alpha beta {i}", "港口 码头", "gamma alpha"] for i in range(12)]
    gone = range(0, 30, 4)
    before = _scores(_db(batches, gone), _term(("alpha", 1.0), ("港口", 1.0)))
    monkeypatch.setattr(room, "MOST_PARTS", 4)
    db = _db(batches, gone)
    room.add(db, [])
    assert db.execute("SELECT count(*) FROM parts").fetchone()[0] <= 5
    assert _scores(db, _term(("alpha", 1.0), ("港口", 1.0))) == before
    monkeypatch.setattr(room, "MOST_PARTS", 100)  # so many that all are small
    room._merge(db)
    left = np.frombuffer(
        b"".join(r[0] for r in db.execute("SELECT entries FROM postings WHERE word = 'beta'")), room.ENTRY
    )
    assert not set(left["number"].tolist()) & set(gone)


def test_wordings_of_a_term_count_as_one():
    db = _db([["alpha delta", "港口 delta", "delta", "gamma"]])
    both = _scores(db, _term(("alpha", 1.0), ("港口", 1.0)))
    assert set(both) == {0, 1} and both[0] == both[1].expected
    assert both[0].expected < _scores(db, _term(("alpha", 1.0)))[0].expected  # two passages have it: less rare


def test_an_unsure_wording_weighs_less():
    db = _db([["alpha", "港口", "gamma", "gamma delta"]])
    found = _scores(db, _term(("alpha", 1.0), ("港口", 0.3)))
    assert found[1].expected < found[0].expected


def test_all_words_of_a_wording_must_stand_in_the_passage():
    db = _db([["阿布扎比的港口", "扎比", "阿布"]])
    assert set(_scores(db, _term(("阿布扎比", 1.0)))) == {0}


def test_what_nobody_wrote_weighs_nothing():
    db = _db([["alpha"]])
    found = room.Lexicon(db).weigh(db, _term(("omega", 1.0)))
    assert not len(found.numbers) and found.ideal > 0
    assert not len(room.Lexicon(db).weigh(db, Term(())).numbers)
