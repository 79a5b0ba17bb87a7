"""Transitions: what listeners come to just before and after an item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numba
import numpy as np
from scipy import sparse

from segue.features.groups import ItemFeatures, scale_columns
from segue.library.interactions import Interactions
from segue.recommenders.linear import LinearItemModel, keep_largest


@dataclass(eq=False)
class Transitions(LinearItemModel):
    """Co-occurrence that counts the more, the closer two items stand in the order a listener came to them.

    Each pair of items at distance d in a listener's sequence adds `d^-decay` (as neighbours in a session count by their
    distance in Ludewig & Jannach, UMUAI 2018). The sums are divided by powers of both items' popularity, as in RP3beta,
    and evened out by `evenness`. Where the order is not known, every pair of a listener's items counts alike.

    Parameters:
        window: how far apart two items may stand.
        decay: exponent of the distance.
        from_power: exponent of the popularity of the history item.
        to_power: exponent of the popularity of the recommended item.
        evenness: exponent of the weights; below 1 evens them out.
        neighbours: how many items each item keeps.
    """

    weighting: str = "binary"
    window: int = 10
    decay: float = 1.5
    from_power: float = 0.3
    to_power: float = 0.5
    evenness: float = 0.7
    neighbours: int = 500

    SEARCH: ClassVar = {
        "weighting": ("binary", "log"),
        "window": (5, 10, 20),
        "decay": (1.0, 1.5, 2.0),
        "to_power": (0.3, 0.5, 0.7),
    }

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:  # noqa: ARG002
        """Count pairs by distance."""
        sequences = interactions.sequences()
        ordered = sequences is not None
        if sequences is None:
            sequences = interactions.positive
        counted = _Pairs(sequences, self.window, self.decay if ordered else 0.0).counts()
        popularity = np.maximum(np.bincount(sequences.indices, minlength=sequences.shape[1]), 1).astype(np.float32)
        scaled = scale_columns(counted, popularity**-self.to_power)
        scaled.data *= np.repeat(popularity**-self.from_power, np.diff(scaled.indptr))
        scaled.data **= np.float32(self.evenness)
        self.weights = keep_largest(scaled, self.neighbours)
        return self


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Pairs of items that stand within a window of each other, for one batch of rows at a time."""

    sequences: sparse.csr_array
    window: int
    decay: float

    BATCH: ClassVar[int] = 20_000_000

    def counts(self) -> sparse.csr_array:
        """The sums, CSR float32, shape (n_items, n_items), sorted indices."""
        n_items = self.sequences.shape[1]
        total = sparse.csr_array((n_items, n_items), dtype=np.float32)
        sizes = np.diff(self.sequences.indptr).astype(np.int64)
        upto = np.cumsum(sizes * np.minimum(sizes, 2 * self.window))
        starts = np.searchsorted(upto, np.arange(0, max(upto[-1], 1) if len(upto) else 0, self.BATCH))
        for start, end in zip(starts, [*starts[1:], len(sizes)], strict=True):
            rows, columns, near = _near(
                self.sequences.indptr, self.sequences.indices, start, end, self.window, self.decay
            )
            total += sparse.csr_array(sparse.coo_array((near, (rows, columns)), shape=(n_items, n_items)))
        total.sort_indices()
        return total


@numba.njit(nogil=True, cache=True)
def _near(indptr, indices, start, end, window, decay):  # type: ignore[no-untyped-def]  # pragma: no cover
    n = 0
    for row in range(start, end):
        size = indptr[row + 1] - indptr[row]
        n += size * min(size, 2 * window)
    rows, columns = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
    near = np.empty(n, dtype=np.float32)
    place = 0
    for row in range(start, end):
        first, last = indptr[row], indptr[row + 1]
        for one in range(first, last):
            for other in range(max(first, one - window), min(last, one + window + 1)):
                if one != other:
                    rows[place], columns[place] = indices[one], indices[other]
                    near[place] = abs(one - other) ** -decay
                    place += 1
    return rows[:place], columns[:place], near[:place]


MODEL = Transitions
