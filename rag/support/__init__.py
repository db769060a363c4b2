"""Does a text say what a sentence about it claims? Names, figures, denials, and the verdict (verifier.py)."""
