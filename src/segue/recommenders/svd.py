"""SVD: a history seen through the main directions of taste."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from segue.features.groups import ItemFeatures, unit_rows
from segue.library.interactions import Interactions
from segue.library.weighting import weigh
from segue.recommenders.base import Contributions, TopK
from segue.recommenders.linear import largest_first, weigh_signed
from segue.recommenders.topk import most_alike


@dataclass(eq=False)
class SVD:
    """PureSVD (Cremonesi et al., RecSys 2010): scores are the history projected on the leading singular vectors.

    Before the decomposition each item's column is scaled by popularity^-`damping`, so that a direction of taste is not
    one famous artist. To predict ratings see `segue.recommenders.ratings.svd`.
    """

    factors: int = 80
    damping: float = 0.25
    weighting: str = "binary"
    seed: int = 0
    vectors: np.ndarray = field(init=False, repr=False)
    scale: np.ndarray = field(init=False, repr=False)

    SEARCH: ClassVar = {"factors": (32, 64, 96, 128), "damping": (0.15, 0.25, 0.4), "weighting": ("log", "binary")}

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:  # noqa: ARG002
        """Decompose; the number of factors is bounded by the size of the matrix."""
        matrix = weigh(interactions.positive, self.weighting)
        popularity = np.bincount(matrix.indices, minlength=matrix.shape[1])
        self.scale = (np.maximum(popularity, 1.0) ** -self.damping).astype(np.float32)
        scaled = self._scaled(matrix)
        self.vectors = _right_singular_vectors(scaled, self.factors, self.seed)
        return self

    def scores(self, histories: sparse.csr_array) -> np.ndarray:
        """The projected history, back in the space of items."""
        taste = self._scaled(weigh_signed(histories, self.weighting)) @ self.vectors
        return np.asarray(taste @ self.vectors.T, dtype=np.float32)

    def similar(self, items: np.ndarray, k: int) -> TopK:
        """Items whose vectors point the same way (cosine)."""
        return similar_by_cosine(np.asarray(self.vectors), items, k)

    def contributions(self, history: sparse.csr_array, item: int) -> Contributions:
        """`h_j * (v_j . v_i)` per history item `j`."""
        scaled = self._scaled(weigh_signed(history, self.weighting))
        return largest_first(scaled.indices, scaled.data * (self.vectors[scaled.indices] @ self.vectors[item]))

    def _scaled(self, matrix: sparse.csr_array) -> sparse.csr_array:
        data = matrix.data * np.asarray(self.scale)[matrix.indices]
        return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def similar_by_cosine(vectors: np.ndarray, items: np.ndarray, k: int) -> TopK:
    """The `k` rows of `vectors`, shape (n_items, n_factors), at the smallest angle to each of `items`."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
    return most_alike(items, k, lambda block: unit[block] @ unit.T)


def _right_singular_vectors(matrix: sparse.csr_array, factors: int, seed: int) -> np.ndarray:
    """The leading right singular vectors, float32, shape (n_items, factors), signs fixed so that runs agree."""
    factors = min(factors, min(matrix.shape) - 1)
    if factors < 1 or not matrix.nnz:
        dense = unit_rows(sparse.csr_array(np.asarray(matrix.sum(axis=0)).reshape(1, -1))).toarray()
        return dense.T.astype(np.float32)
    start = np.random.default_rng(seed).standard_normal(min(matrix.shape))
    _, _, rows = svds(matrix.astype(np.float64), k=factors, v0=start, return_singular_vectors="vh")
    rows = rows[::-1]
    signs = np.sign(rows[np.arange(factors), np.abs(rows).argmax(axis=1)])
    return np.ascontiguousarray((rows * signs[:, np.newaxis]).T, dtype=np.float32)


MODEL = SVD
