"""Segue: open, self-hostable music recommendations with true reasons."""

__version__ = "0.1.0"
