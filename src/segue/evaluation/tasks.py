"""What a protocol asks of a model: learn from this, then answer for these histories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from segue.errors import NotEnoughData
from segue.features.groups import ItemFeatures
from segue.features.table import item_features
from segue.library.interactions import Interactions, Level, Signal
from segue.library.library import Library
from segue.library.segments import segments_of


@dataclass(frozen=True, eq=False)
class RankingTask:
    """Learn from `train`; for each of `histories`, rank the items that are not in it; `relevant` says what was hidden.

    `histories`, `relevant` and `left_out` (items that may not be recommended to a listener) are CSR, shape
    (n_histories, n_items). `listener_ids` names their rows. `candidates`, bool, shape (n_items,), limits what may be
    recommended; None for everything. Rankings go down to `depth`.
    """

    train: Interactions
    features: ItemFeatures | None
    histories: sparse.csr_array
    relevant: sparse.csr_array
    left_out: sparse.csr_array
    listener_ids: np.ndarray
    candidates: np.ndarray | None = None
    depth: int = 100


@dataclass(frozen=True, eq=False)
class RatingTask:
    """Learn from `train`; predict the values hidden in `test` from the train rows of the same listeners.

    `like_from` is the value from which a rating counts as a like. With `top`, precision and recall are those of the
    `top` best-predicted of each listener's hidden items.
    """

    train: Interactions
    test: sparse.csr_array
    like_from: float
    top: int


@dataclass(frozen=True, eq=False)
class Dataset:
    """A library as a protocol takes it, with its interactions made once."""

    name: str
    library: Library
    interactions: Interactions

    @classmethod
    def of(cls, name: str, library: Library, signal: Signal | None = None, level: Level | None = None) -> Self:
        """The data set of a library: see `Interactions.from_library` for `signal` and `level`."""
        return cls(name, library, Interactions.from_library(library, level, signal, ordered=True))

    def features(self, hidden: sparse.csr_array | None = None) -> ItemFeatures | None:
        """The items' features, without what listeners said of the items `hidden` from them."""
        return item_features(self.library, self.interactions, hidden)

    def listener_segments(self, listener_ids: np.ndarray) -> dict[str, np.ndarray]:
        """Country, gender and age group of listeners: see `segue.library.segments`."""
        return segments_of(self.library, listener_ids)


def activity_groups(histories: sparse.csr_array) -> np.ndarray:
    """How much each listener has played: "1-10", "11-50" or "51+" items, shape (n,), object."""
    sizes = np.diff(histories.indptr)
    return np.select([sizes <= 10, sizes <= 50], ["1-10", "11-50"], "51+").astype(object)


def popularity_tiers(train: sparse.csr_array) -> np.ndarray:
    """Head, middle or tail, per item, shape (n_items,): each tier holds a third of all listening."""
    listeners = np.bincount(train.indices, minlength=train.shape[1])
    order = np.argsort(-listeners, kind="stable")
    before = np.cumsum(listeners[order]) - listeners[order]
    tier = np.empty(train.shape[1], dtype=object)
    share = before / max(listeners.sum(), 1)
    tier[order] = np.select([share < 1 / 3, share < 2 / 3], ["head", "middle"], "tail")
    return tier


def require(condition: object, message: str) -> None:
    """Raise `NotEnoughData` with this message unless the condition holds."""
    if not condition:
        raise NotEnoughData(message)
