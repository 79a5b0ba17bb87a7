"""Listeners and each other: who follows whom, what one shows, and what one asks another to recommend."""
