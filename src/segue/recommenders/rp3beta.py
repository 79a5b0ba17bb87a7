"""RP3beta: three steps of a random walk between items and listeners, with popular items held back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from segue.features.groups import ItemFeatures
from segue.library.interactions import Interactions
from segue.library.weighting import weigh
from segue.recommenders.item_knn import neighbours_of_columns
from segue.recommenders.linear import LinearItemModel


@dataclass(eq=False)
class RP3Beta(LinearItemModel):
    """RP3beta (Paudel et al., TiiS 2017): `P_iu^alpha * P_ui^alpha / popularity^beta`, pruned to the best neighbours.

    Parameters:
        alpha: exponent of the transition probabilities; below 1 evens them out.
        beta: how strongly popular items are held back; 0 not at all.
        neighbours: how many items each item keeps.
    """

    alpha: float = 1.0
    beta: float = 0.3
    neighbours: int = 500

    SEARCH: ClassVar = {
        "weighting": ("log", "binary"),
        "alpha": (0.5, 0.6, 0.8, 1.0),
        "beta": (0.2, 0.3, 0.4),
    }

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:  # noqa: ARG002
        """Learn the transition weights."""
        matrix = weigh(interactions.positive, self.weighting)
        from_listener = _stochastic_rows(matrix, self.alpha)
        from_item = _stochastic_rows(sparse.csr_array(matrix.T), self.alpha)
        weights = neighbours_of_columns(
            sparse.csr_array(from_item.T), _scale_columns(from_listener, matrix, self.beta), self.neighbours
        )
        self.weights = weights
        return self


def _stochastic_rows(matrix: sparse.csr_array, alpha: float) -> sparse.csr_array:
    totals = np.asarray(matrix.sum(axis=1)).ravel()
    rows = np.repeat(totals, np.diff(matrix.indptr))
    data = (matrix.data / rows) ** alpha
    return sparse.csr_array((data.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)


def _scale_columns(walk: sparse.csr_array, matrix: sparse.csr_array, beta: float) -> sparse.csr_array:
    popularity = np.bincount(matrix.indices, weights=matrix.data, minlength=matrix.shape[1])
    scale = np.divide(1, popularity**beta, out=np.zeros(len(popularity)), where=popularity > 0).astype(np.float32)
    return sparse.csr_array((walk.data * scale[walk.indices], walk.indices, walk.indptr), shape=walk.shape)


MODEL = RP3Beta
