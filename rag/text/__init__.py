"""The one place that knows scripts: sentences, words, folding with offset maps, numbers, dates, language.

Every function is pure and returns character offsets into the text it was given.
"""

from rag.text.calendar import Date, bounds, same_time, write_date
from rag.text.dates import dates
from rag.text.numbers import Number, numbers
from rag.text.scripts import CJK, Folded, Language, Script, fold, fold_text, language, script, simplified, sound
from rag.text.sentences import sentences
from rag.text.words import name_like, negations, words

__all__ = [
    "CJK",
    "Date",
    "Folded",
    "Language",
    "Number",
    "Script",
    "bounds",
    "dates",
    "fold",
    "fold_text",
    "language",
    "name_like",
    "negations",
    "numbers",
    "same_time",
    "script",
    "sentences",
    "simplified",
    "sound",
    "words",
    "write_date",
]
