"""The browser chat: ask, read the answer, and see the exact sentences it stands on.

Start it with `python -m ui`. The way of a question: `app` (wiring) → `handlers` (what happens) →
`rag` (the answer) → `render` (escaped HTML) → the page; `loader` brings the models in the background.
"""
