"""What one listener did, in items of the snapshot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

NEVER = -1
DAY_MS = 86_400_000


@dataclass(frozen=True, eq=False)
class Past:
    """A history as arrays, one entry per distinct item, ascending by item.

    Attributes:
        items: int32 (n,).
        weights: float32 (n,): what models take: plays and likes; below 0 what counts against an item.
        plays: float32 (n,): how often it was played (0 for what was only liked, put on a playlist or looked for).
        last_ms: int64 (n,): when last, in ms since 1970 UTC; `NEVER` where no time is known.
        session: int32 (m,): items of the latest sitting, in order, the latest last; skipped ones too.
        skipped: bool (m,): which of those were skipped.
        now_ms: the time of asking.
        looked_for: bool (n,): known of only because it was searched for.
    """

    items: np.ndarray
    weights: np.ndarray
    plays: np.ndarray
    last_ms: np.ndarray
    session: np.ndarray
    skipped: np.ndarray
    now_ms: int
    looked_for: np.ndarray

    def days_since(self) -> np.ndarray:
        """Days since each item was last played, float64, shape (n,); NaN where that is not known."""
        return np.where(self.last_ms == NEVER, np.nan, np.maximum(self.now_ms - self.last_ms, 0) / DAY_MS)

    def row(self, n_items: int) -> sparse.csr_array:
        """The weights as a history for a recommender, CSR float32, shape (1, n_items)."""
        return sparse.csr_array((self.weights, self.items, np.array([0, len(self.items)])), shape=(1, n_items))
