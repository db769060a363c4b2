"""The one place that knows scripts: sentences, words, folding with offset maps, numbers, dates, language.

Every function is pure and returns character offsets into the text it was given.
"""

from rag.text.calendar import Date, bounds, same_time, write_date
from rag.text.dates import dates
from rag.text.numbers import CURRENCIES, Number, numbers, worded
from rag.text.polarity import opposed, turned
from rag.text.scripts import CJK, Folded, Language, Script, fold, fold_text, language, script, simplified, sound
from rag.text.sentences import sentences
from rag.text.words import cut, is_function_word, name_like, negations, segments, stem, words

__all__ = [
    "CJK",
    "CURRENCIES",
    "Date",
    "Folded",
    "Language",
    "Number",
    "Script",
    "bounds",
    "cut",
    "dates",
    "fold",
    "fold_text",
    "is_function_word",
    "language",
    "name_like",
    "negations",
    "numbers",
    "opposed",
    "same_time",
    "script",
    "segments",
    "sentences",
    "simplified",
    "sound",
    "stem",
    "turned",
    "worded",
    "words",
    "write_date",
]
