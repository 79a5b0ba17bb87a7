"""Listening: listeners, what they played, said and searched, and the History made of it."""
