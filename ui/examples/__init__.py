"""Questions to begin with, drawn from what is indexed: each was asked, and the answer was the sentence it was made of.

The way of an example: a sentence → `english` or `chinese`, or `abroad` for a question in the other language (what it
answers) → `seek` (which to try, and whether the engine's answer is right) → `found` (in the background).
"""

from ui.examples.draft import Draft
from ui.examples.found import Examples
from ui.examples.seek import drafts, right, seek

__all__ = ["Draft", "Examples", "drafts", "right", "seek"]
