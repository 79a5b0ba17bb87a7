"""The listener's pages: one file for each, and what they share (`shown.py`)."""
