"""Popularity: what most listeners play. Every other model is measured beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy import sparse

from segue.features.groups import ItemFeatures
from segue.library.interactions import Interactions

ANONYMOUS = 20
"""Fewest listeners that a popularity shown to others may come from."""


@dataclass(eq=False)
class Popularity:
    """The same scores for every history: the share of listeners who play an item.

    Trending is this model on interactions with a half-life; what is popular in a country or an age group is this model
    on those listeners (`popularity_by_segment`).
    """

    shares: np.ndarray = field(init=False, repr=False)

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:  # noqa: ARG002
        """Count listeners; one who plays something a hundred times counts once.

        Weights below 1 (plays that have decayed with age) count for what they weigh.
        """
        matrix = interactions.positive
        listeners = np.bincount(matrix.indices, weights=np.minimum(matrix.data, 1), minlength=interactions.n_items)
        self.shares = (listeners / max(interactions.n_listeners, 1)).astype(np.float32)
        return self

    def scores(self, histories: sparse.csr_array) -> np.ndarray:
        """The shares, once per history."""
        return np.repeat(np.asarray(self.shares)[np.newaxis], histories.shape[0], axis=0)


def popularity_by_segment(
    interactions: Interactions, segments: np.ndarray, at_least: int = ANONYMOUS
) -> dict[str, Popularity]:
    """A popularity model per segment (a country, an age group).

    `segments` names the segment of each listener, shape (n_listeners,), None where it is not known. Segments of fewer
    than `at_least` listeners are left out, so that nobody's taste shows through.
    """
    found = {}
    for segment in sorted({name for name in segments if name is not None}):
        rows = np.flatnonzero(segments == segment)
        if len(rows) >= at_least:
            found[str(segment)] = Popularity().fit(interactions.listeners(rows))
    return found


MODEL = Popularity
