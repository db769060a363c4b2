"""Is a sentence that somebody else wrote supported by the passages it cites?

Strict, and by parts: quotes stand there word for word; every figure, date and name is there, in whatever script,
unit or spelling; nothing is denied that is stated, or stated that is denied; nobody takes another's part; and the
embedder and the reader find the sentence's meaning there. What can't be compared counts as absent. The idea of
checking a summary's facts one by one is Kryściński et al. 2020 (arXiv:1910.12840); asking a reading model whether the
source answers is Wang et al. 2020 (QAGS, arXiv:2004.04228).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.cite import locate
from rag.reader import Reader
from rag.support.doers import exchanged
from rag.support.figures import date_in, figure_in, figures, key, plain, written
from rag.support.named import absent, named, with_terms
from rag.text import CJK, dates, fold_text, language, opposed, sentences, turned
from rag.types import Article, Passage

# Least cosine of a claim with the main sentence of its evidence, and least probability that the reader gives its
# passage: (across languages, with figures, dates or quotes that have been found) → both. Words alone prove less.
# Chosen on tests/support_table.py.
LEAST = {
    (False, True): (0.38, 0.03),
    (False, False): (0.50, 0.16),
    (True, True): (0.30, 0.03),
    (True, False): (0.42, 0.07),
}
PARAPHRASE = 0.8  # cosine from which the reader need not agree
TAKEN = 0.85  # what the reader is told of the retriever's score: the passage has been found already
CLAUSE_WORTH = 0.45  # cosine, and a part of the share of names and figures, from which a sentence proves one clause
MOST_EVIDENCE = 3  # sentences that one claim may rest on, beside the main one
SWAPPED = 0.06  # by how much a clause must be more alike to one about another name or figure

_QUOTE = re.compile(r"[“「『\"]([^“”「」『』\"]{2,}?)[”」』\"]|(?<!\w)‘([^’]{4,})’(?!\w)")
_CLAUSES = re.compile(r"(?<!\d)[,，;；]\s*|[,，](?!\d)\s*|\s+(?:but|while|whereas|although)\s+|(?:但是?|而(?!且))")


@dataclass(frozen=True)
class Evidence:
    """A sentence of a cited passage: characters of its article."""

    article: Article
    start: int
    end: int
    passage: Passage

    @property
    def text(self) -> str:
        """Its words."""
        return self.article.text[self.start : self.end]


@dataclass(frozen=True)
class Support:
    """What a check found: `reason` is "" when the claim is supported, else one of the keys below.

    Keys: uncited, quote, figure, date, name, negation, roles, meaning. `detail` names the culprit.
    """

    reason: str
    detail: str = ""
    evidence: tuple[Evidence, ...] = ()  # what it rests on, the main sentence first
    score: float = 0.0  # the reader's, 0–1


class Verifier:
    """Checks claims against passages; keeps the vectors of sentences it has seen. One for each question.

    Args:
        reader: scores support, and knows the corpus's names.
        articles: of the passages, by id.
        question: the user's.
    """

    def __init__(self, reader: Reader, articles: Mapping[str, Article], question: str = "") -> None:
        self.reader = reader
        self.articles = articles
        self.question = question
        self.names = with_terms(reader.names)
        self._vectors: dict[str, np.ndarray] = {}

    def check(self, claim: str, cited: Sequence[Passage]) -> Support:
        """Whether the cited passages support a claim: one sentence, or a part of one with markers of its own."""
        pool = [e for passage in cited for e in self._sentences(passage)]
        if not pool:
            return Support("uncited")
        invented = self._invented_quote(claim, cited)
        if invented:
            return Support("quote", invented)
        pieces = self._clauses(claim)
        alike = self._alike([claim, *pieces], pool)
        chosen = self._choose(claim, pieces, pool, alike)
        main = chosen[0]
        found = self._figures(claim, chosen) or self._names(claim, chosen)
        if found:
            return Support(*found, evidence=(main,))
        if self._denies(claim, pieces, chosen):
            return Support("negation", evidence=(main,))
        if self._exchanged(claim, main) or self._swapped(claim, chosen):
            return Support("roles", evidence=(main,))
        score = self._read(claim, [e.passage for e in chosen])
        abroad = language(claim) != language(main.text)
        anchored = bool(_QUOTE.search(claim) or figures(claim, None) or dates(claim, main.article.date))
        alike_least, read_least = LEAST[abroad, anchored]
        best = float(alike[0][pool.index(main)])
        if best < alike_least or (score < read_least and best < PARAPHRASE):
            return Support("meaning", f"{best:.2f} {score:.2f}", evidence=(main,), score=score)
        return Support("", evidence=tuple(chosen), score=score)

    # ── evidence ──

    def _sentences(self, passage: Passage) -> list[Evidence]:
        article = self.articles[passage.article_id]
        return [Evidence(article, passage.start + a, passage.start + b, passage) for a, b in sentences(passage.text)]

    def _vector(self, texts: Sequence[str]) -> np.ndarray:
        missing = [t for t in dict.fromkeys(texts) if t not in self._vectors]
        if missing:
            self._vectors.update(zip(missing, self.reader.embedder.encode(missing), strict=True))
        return np.stack([self._vectors[t] for t in texts])

    def _alike(self, claims: Sequence[str], pool: Sequence[Evidence]) -> np.ndarray:
        """Cosines, (claims, pool)."""
        return np.asarray(self._vector(claims) @ self._vector([e.text for e in pool]).T)

    def _choose(self, claim: str, pieces: Sequence[str], pool: Sequence[Evidence], alike: np.ndarray) -> list[Evidence]:
        """The main sentence, then one for each clause that another sentence says better."""
        shares = [self._share(claim, e) for e in pool]
        main = max(range(len(pool)), key=lambda i: (float(alike[0][i]) + shares[i], -i))
        out = [main]
        for row, piece in enumerate(pieces, start=1):
            best = max(range(len(pool)), key=lambda i: (float(alike[row][i]) + self._share(piece, pool[i]), -i))
            worth = float(alike[row][best]) + self._share(piece, pool[best])
            if best not in out and worth >= CLAUSE_WORTH and len(out) <= MOST_EVIDENCE:
                out.append(best)
        return [pool[i] for i in out]

    def _share(self, claim: str, evidence: Evidence) -> float:
        """A part of the share of a claim's names, figures and dates that a sentence has: 0–0.2."""
        published = evidence.article.date
        here = {n.key for n in named(evidence.text, self.names)}
        told = [n.key in here for n in named(claim, self.names)]
        told += [figure_in(f, evidence.text, published) for f in figures(claim, published)]
        told += [date_in(d, evidence.text, published) for d in dates(claim, published)]
        return 0.2 * sum(told) / len(told) if told else 0.0

    def _clauses(self, claim: str) -> list[str]:
        pieces = [p.strip() for p in _CLAUSES.split(claim) if p and re.search(r"\w\W*\w", p)]
        return pieces if len(pieces) > 1 else []

    # ── the parts ──

    def _invented_quote(self, claim: str, cited: Sequence[Passage]) -> str:
        for match in _QUOTE.finditer(claim):
            quoted = (match[1] or match[2]).strip(" ,.，。!?！？;；")
            known = {n.start for n in named(quoted, self.names) if n.known and len(n.written) >= 0.6 * len(quoted)}
            if quoted and not known and not any(locate(quoted, p.text) for p in cited):
                return quoted
        return ""

    def _figures(self, claim: str, chosen: Sequence[Evidence]) -> tuple[str, str] | None:
        for figure in figures(claim, chosen[0].article.date):
            if not any(figure_in(figure, e.text, e.article.date) for e in chosen):
                return "figure", key(figure)
        around = [(self._around(e), e.article.date) for e in chosen]
        for date in dates(plain(claim), chosen[0].article.date):
            if not any(date_in(date, text, published) for text, published in around):
                return "date", plain(claim)[date.start : date.end]
        for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", claim):
            if not any(year in text or year in {d.value[:4] for d in dates(text, day)} for text, day in around):
                return "date", year
        return None

    def _around(self, evidence: Evidence) -> str:
        """A sentence with its neighbours in the passage: a date may stand before."""
        pool = self._sentences(evidence.passage)
        at = next(i for i, e in enumerate(pool) if e.start == evidence.start)
        return "\n".join(e.text for e in pool[max(0, at - 1) : at + 2])

    def _names(self, claim: str, chosen: Sequence[Evidence]) -> tuple[str, str] | None:
        main = " ".join(e.text for e in chosen)
        # What a pronoun means stands before it.
        around = "\n".join(f"{e.article.title}\n{e.article.text[e.passage.start : e.end]}" for e in chosen)
        missing = absent(claim, self.names, main, around, self.question)
        return ("name", missing[0]) if missing else None

    def _denies(self, claim: str, pieces: Sequence[str], chosen: Sequence[Evidence]) -> bool:
        given = [c for e in chosen for c in (self._clauses(e.text) or [e.text])]
        for piece in pieces or [claim]:
            if not re.search(rf"\w+\s+\w+|[{CJK}]{{3}}", piece):
                continue
            # Opposites are looked for in the whole evidence; bare negations in the clause that is about the same.
            sides = [side for e in chosen if (side := opposed(piece, e.text)) is not None]
            row = self._vector([written(piece)])[0] @ self._vector([written(g) for g in given]).T
            row = row + np.asarray([self._overlap(piece, g) for g in given])
            if all(sides) if sides else turned(piece, given[int(np.argmax(row))]):
                return True
        return False

    def _overlap(self, claim: str, given: str) -> float:
        mine = {n.key for n in named(claim, self.names)}
        theirs = {n.key for n in named(given, self.names)}
        return 0.3 * len(mine & theirs) / len(mine) if mine else 0.0

    def _exchanged(self, claim: str, main: Evidence) -> bool:
        clauses = self._clauses(main.text) or [main.text]
        row = self._vector([self._masked(claim)])[0] @ self._vector([self._masked(c) for c in clauses]).T
        return exchanged(claim, clauses, int(np.argmax(row)), self.names)

    def _swapped(self, claim: str, chosen: Sequence[Evidence]) -> bool:
        """Whether a clause tells of one name or figure what its evidence tells of another."""
        given = [(c, e.article.date) for e in chosen for c in (self._clauses(e.text) or [e.text])]
        if len(given) < 2:
            return False
        told = [self._things(c, day) for c, day in given]
        around = self._vector([self._masked(c) for c, _ in given])
        for piece in self._clauses(claim) or [claim]:
            mine = self._things(piece, chosen[0].article.date)
            row = self._vector([self._masked(piece)])[0] @ around.T
            for kind, keys in mine.items():
                # Of clauses with one thing of a kind each, the one about this thing must fit as well as any other.
                alone = [(next(iter(t[kind])), float(row[i])) for i, t in enumerate(told) if len(t.get(kind, ())) == 1]
                own = [fit for thing, fit in alone if {thing} == keys]
                other = [fit for thing, fit in alone if {thing} != keys]
                if own and other and max(other) > max(own) + SWAPPED:
                    return True
        return False

    def _things(self, text: str, published: str | None) -> dict[str, set[str]]:
        """The names of a text, and its figures by unit."""
        out: dict[str, set[str]] = {"name": {n.key for n in named(text, self.names)}}
        for figure in figures(text, published):
            out.setdefault(figure.number.unit, set()).add(key(figure))
        return {kind: keys for kind, keys in out.items() if keys}

    def _masked(self, text: str) -> str:
        """A clause without its names and figures."""
        masked = fold_text(text)
        for name in named(text, self.names):
            masked = masked.replace(fold_text(name.written), "X")
        return written(masked)

    def _read(self, claim: str, passages: Sequence[Passage]) -> float:
        distinct = list({p.id: p for p in passages}.values())
        readings = self.reader.read(claim, [(p, TAKEN) for p in distinct])
        return max((r.probability for r in readings), default=0.0)
