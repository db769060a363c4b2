"""Commands that have a file of their own, and what all of them print with."""
