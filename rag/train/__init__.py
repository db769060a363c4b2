"""Training of the adapter and the reader. Run by hand: python -m rag.train DATA --cache DIR."""
