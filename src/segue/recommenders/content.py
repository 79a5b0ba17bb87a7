"""Content: items that are described alike, whoever plays them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from segue.errors import NotEnoughData
from segue.features.groups import WEIGHTS, ItemFeatures, unit_rows
from segue.library.interactions import Interactions
from segue.recommenders.base import Contributions, TopK
from segue.recommenders.linear import largest_first, sparse_times_sparse, weigh_signed
from segue.recommenders.topk import most_alike


@dataclass(eq=False)
class Content:
    """Cosine over what items are like (tags, genres, sound …): an item scores its mean similarity to the history, by weight.

    Parameters:
        credits: how much whose an item is (artist, release, label) counts beside each of those.
    """

    weighting: str = "log"
    credits: float = 0.0
    vectors: sparse.csr_array = field(init=False, repr=False)
    transposed: sparse.csr_array = field(init=False, repr=False)

    RANKS_UNPLAYED: ClassVar = True
    NEEDS_LISTENING: ClassVar = False

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:  # noqa: ARG002
        """Keep the items' unit vectors. Raises `NotEnoughData` without features."""
        if features is None or not features.descriptions:
            raise NotEnoughData("content needs items with tags, genres or audio features, and these have none")
        weights = {
            group.name: WEIGHTS.get(group.name, 1.0) if group.kind != "credits" else self.credits
            for group in features.groups
        }
        self.vectors = unit_rows(features.stacked({name: weight for name, weight in weights.items() if weight}))
        self.transposed = sparse.csr_array(self.vectors.T)
        return self

    def scores(self, histories: sparse.csr_array) -> np.ndarray:
        """`sum_j w_j cos(i, j) / sum_j |w_j|`; an item of which nothing is known comes last, at -1."""
        scores = sparse_times_sparse(sparse.csr_array(self._shares(histories) @ self.vectors), self.transposed)
        scores[np.ix_(np.diff(histories.indptr) > 0, np.diff(self.vectors.indptr) == 0)] = -1
        return scores

    def similar(self, items: np.ndarray, k: int) -> TopK:
        """The items at the smallest angle."""

        def positive(block: np.ndarray) -> np.ndarray:
            cosines = sparse_times_sparse(sparse.csr_array(self.vectors[block]), self.transposed)
            return np.where(cosines > 0, cosines, -np.inf)

        return most_alike(items, k, positive)

    def contributions(self, history: sparse.csr_array, item: int) -> Contributions:
        """Each history item's share of the history times its cosine to the item."""
        shares = self._shares(history)
        cosines = np.asarray((self.vectors[shares.indices] @ self.vectors[[item]].T).toarray()).ravel()
        unknown = self.vectors.indptr[item] == self.vectors.indptr[item + 1] and history.nnz > 0
        return largest_first(shares.indices, shares.data * cosines, -1.0 if unknown else 0.0)

    def _shares(self, histories: sparse.csr_array) -> sparse.csr_array:
        weighed = weigh_signed(histories, self.weighting)
        sizes = np.diff(weighed.indptr)
        totals = np.add.reduceat(np.append(np.abs(weighed.data), 0), weighed.indptr[:-1]) if len(sizes) else sizes
        weighed.data = weighed.data / np.repeat(np.where(totals > 0, totals, 1), sizes).astype(np.float32)
        return weighed


MODEL = Content
