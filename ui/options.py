"""How somebody wants to be answered, and over which articles; as the engine takes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from rag.errors import QuestionError
from rag.text import Language, bounds
from ui.i18n import t

LANGUAGES = ("en", "zh")
LONGEST_DATE = 40  # characters of what somebody has typed as one
_DATE = re.compile(r"\d{4}(-\d\d){0,2}", re.ASCII)


@dataclass(frozen=True)
class Options:
    """Choices of the page. Empty means: no choice made."""

    language: str = ""  # "en" or "zh"; else that of the question
    voice: str = ""  # "extractive" or "llm"; else the engine's own choice
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, language: Any, voice: Any, sources: Any, languages: Any, since: Any, until: Any) -> Options:
        """From the values of the components."""
        texts = [str(value or "").strip() for value in (language, voice, since, until)]
        return cls(texts[0], texts[1], tuple(sources or ()), tuple(languages or ()), texts[2], texts[3])

    @classmethod
    def restored(cls, kept: Any) -> Options:
        """From what the browser has kept of them; what is no choice counts as none."""
        given = (*kept, "", "", "", "", "", "")[:6] if isinstance(kept, list) else ("",) * 6
        language, voice, since, until = (x if isinstance(x, str) else "" for x in (*given[:2], *given[4:]))
        sources, languages = ([y for y in x if isinstance(y, str)] if isinstance(x, list) else [] for x in given[2:4])
        return cls(
            language if language in LANGUAGES else "",
            voice if voice == "extractive" else "",
            tuple(sources),
            tuple(x for x in languages if x in LANGUAGES),
            since[:LONGEST_DATE],
            until[:LONGEST_DATE],
        )

    def for_engine(self, lang: Language) -> dict[str, Any]:
        """Keyword arguments of `engine.ask` and `engine.stream`; none for what was not chosen.

        Raises:
            QuestionError: a date is none, or the first comes after the last.
        """
        first, last = (_days(date, lang) for date in (self.since, self.until))
        if first and last and first[0] > last[1]:
            raise QuestionError(t("no_days", lang, since=self.since, until=self.until))
        chosen: dict[str, Any] = {"language": self.language, "voice": self.voice}
        chosen |= {"sources": self.sources, "languages": self.languages, "since": self.since, "until": self.until}
        return {name: value for name, value in chosen.items() if value}

    def filters(self, lang: Language) -> str:
        """The filters in words; empty when there are none."""
        words = [*self.sources, *(t({"en": "Latn", "zh": "chinese"}.get(x, x), lang) for x in self.languages)]
        words += [f"{t('since', lang)} {self.since}"] if self.since else []
        words += [f"{t('until', lang)} {self.until}"] if self.until else []
        return ("、" if lang == "zh" else ", ").join(words)


def _days(text: str, lang: Language) -> tuple[date, date] | None:
    """The first and the last day of a date as precise as it is; None for no text."""
    if not text:
        return None
    try:
        days = bounds(text) if _DATE.fullmatch(text) else None
    except ValueError:  # such as 31 February
        days = None
    if days is None:
        raise QuestionError(t("bad_date", lang, date=text))
    return days
