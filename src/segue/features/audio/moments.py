"""Means and spreads of what goes by, weighted, without keeping it."""

from __future__ import annotations

import numpy as np


class Moments:
    """Weighted mean and standard deviation of rows; scaling all weights changes nothing."""

    def __init__(self, width: int) -> None:
        self._weight = 0.0
        self._sum = np.zeros(width)
        self._squares = np.zeros(width)

    def add(self, rows: np.ndarray, weights: np.ndarray) -> None:
        """Rows, shape (n, width), each with its weight, shape (n,)."""
        rows = rows.astype(np.float64)
        weights = weights.astype(np.float64)
        self._weight += weights.sum()
        self._sum += weights @ rows
        self._squares += weights @ rows**2

    @property
    def mean(self) -> np.ndarray:
        """Shape (width,); zeros when nothing weighed anything."""
        return self._sum / self._weight if self._weight > 0 else np.zeros_like(self._sum)

    @property
    def spread(self) -> np.ndarray:
        """Standard deviation, shape (width,)."""
        if self._weight <= 0:
            return np.zeros_like(self._sum)
        return np.sqrt(np.maximum(self._squares / self._weight - self.mean**2, 0))
