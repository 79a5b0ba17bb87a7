"""What a recommender is: listening histories in, scores over items out.

Recommenders take histories, not listener ids: the score of an item is a function of a history, so a new listener, a
new like and a pasted playlist are all the same call. Capabilities are small protocols; ask with `isinstance`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable

import numpy as np
from scipy import sparse

from segue.features.groups import ItemFeatures
from segue.library.interactions import Interactions


@dataclass(frozen=True, eq=False)
class TopK:
    """The best `k` items of each row, best first: `items` int32 and `scores` float32, both shape (n_rows, k).

    A row that has fewer ends with items of -1 and scores of -inf.
    """

    items: np.ndarray
    scores: np.ndarray


@dataclass(frozen=True, eq=False)
class Contributions:
    """Why one item has its score: what each history item adds to it.

    `items` int32 and `amounts` float32, shape (n,), the largest amount first. `amounts` and `base` (what the item has
    without any history) add up to the score.
    """

    items: np.ndarray
    amounts: np.ndarray
    base: float = 0.0

    @property
    def total(self) -> float:
        """The score that these add up to."""
        return float(self.amounts.sum()) + self.base


@runtime_checkable
class Recommender(Protocol):
    """Learns from interactions; maps listening histories to scores over items.

    An implementation is a dataclass: its `init` fields are its parameters, and its other fields (`init=False`) are
    what it learned: arrays, CSR matrices, recommenders, or plain JSON values. That is all that `storage` needs to save
    and load it.
    """

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:
        """Learn. `features`, when given, has the items of `interactions` in the same order."""
        ...

    def scores(self, histories: sparse.csr_array) -> np.ndarray:
        """Scores, float32, shape (n_histories, n_items), the higher the better; for raw weights per item, CSR.

        Played items have scores too: leaving them out is the caller's choice. An empty history is a row without
        entries: what it gets says nothing of a taste. Negative weights (dislikes, skips) are allowed.
        """
        ...


@runtime_checkable
class FindsSimilar(Protocol):
    """Knows which items are alike."""

    def similar(self, items: np.ndarray, k: int) -> TopK:
        """The `k` items most like each of `items` (indices, shape (n,)), without itself."""
        ...


@runtime_checkable
class Explains(Protocol):
    """Knows what each history item contributed to a score, exactly."""

    def contributions(self, history: sparse.csr_array, item: int) -> Contributions:
        """What each item of a history, shape (1, n_items), adds to the score of `item`."""
        ...


@runtime_checkable
class PredictsRatings(Protocol):
    """Predicts the value (a rating, a number of plays) that a listener would give an item.

    A dataclass under the same rule as `Recommender`.
    """

    def fit(self, interactions: Interactions) -> Self:
        """Learn from interactions whose weights are ratings (every stored entry counts, also 0 and below)."""
        ...

    def predict(self, histories: sparse.csr_array, rows: np.ndarray, items: np.ndarray) -> np.ndarray:
        """The values, float64, shape (n,), that the histories at `rows` would give to `items` (both shape (n,)).

        `histories` is CSR, shape (n_histories, n_items): what each has rated. It need not be a history seen in `fit`.
        """
        ...
