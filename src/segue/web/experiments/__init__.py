"""Experiments: which of two ways to recommend is better, tried on listeners who are shared out by a hash."""
