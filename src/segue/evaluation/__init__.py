"""Honest evaluation: protocols that say what a model may learn from, and a leaderboard with intervals."""
