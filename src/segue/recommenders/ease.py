"""EASE: the best linear item-item model that may not recommend an item because of itself, in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numba
import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from segue.errors import NotEnoughData
from segue.features.groups import WORD_GROUPS, ItemFeatures, scale_columns
from segue.library.interactions import Interactions
from segue.library.weighting import weigh
from segue.recommenders.linear import LinearItemModel
from segue.recommenders.topk import _top_k_row

SHARED_BY = 10
"""Fewest items that share a word for it to count as side information."""


@dataclass(eq=False)
class EASE(LinearItemModel):
    """EASE (Steck, WWW 2019), solved on the cheaper side, kept as sparse top-N weights.

    `B = I - P diag(1 / diag P)` with `P = (X'X + lambda I)^-1`. When there are fewer listeners than items the inverse
    is taken of `XX' + lambda I` instead; the Woodbury identity makes the result the same.

    Side information (Jeunen et al., RecSys 2020): words that items share enter as additional rows of X.

    Parameters:
        regularisation: lambda, in units of the mean squared length of a listener's row, so that one value serves data
            sets of very different density.
        neighbours: how many weights each history item keeps, those of largest size.
        feature_weight: of the rows of words; 0 leaves features out.
        listener_power: each listener's row is divided by (number of items)^power: above 0, one who plays everything
            says less about each.
        item_power: each column is divided by (number of listeners)^power before solving: above 0, popular items
            explain less.
        popularity_power: scores are multiplied by (number of listeners)^power afterwards.
    """

    regularisation: float = 2.75
    neighbours: int = 500
    feature_weight: float = 0.0
    listener_power: float = 0.25
    item_power: float = 0.25
    popularity_power: float = 0.1

    SEARCH: ClassVar = {
        "weighting": ("log", "binary"),
        "regularisation": (1.0, 2.75, 6.0),
        "listener_power": (0.0, 0.25),
        "item_power": (0.0, 0.25),
        "popularity_power": (-0.1, 0.0, 0.1),
    }

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:
        """Invert once; memory is 4 bytes x min(listeners + words, items)^2, and the kept weights."""
        if self.regularisation <= 0:
            raise NotEnoughData("ease needs a regularisation above 0")
        matrix = interactions.positive
        popularity = np.maximum(np.bincount(matrix.indices, minlength=matrix.shape[1]), 1).astype(np.float32)
        damping = popularity**-self.item_power
        rows = scale_columns(self._rows(interactions, features), damping)
        penalty = self.regularisation * float((rows.data[: matrix.nnz] ** 2).sum()) / max(matrix.shape[0], 1)
        keep = min(self.neighbours, max(rows.shape[1] - 1, 1))
        solve = self._from_listeners if rows.shape[0] < rows.shape[1] else self._from_items
        items, values = solve(rows, max(penalty, 1e-6), keep)
        # The history is damped as the training rows were; what comes out is put back on the scale of items.
        values *= damping[:, np.newaxis] * (popularity**self.popularity_power)[items]
        self.weights = _as_csr(items, values, rows.shape[1])
        return self

    def _rows(self, interactions: Interactions, features: ItemFeatures | None) -> sparse.csr_array:
        rows = weigh(interactions.positive, self.weighting)
        sizes = np.diff(rows.indptr)
        scale = (np.maximum(sizes, 1) / max(sizes.mean(), 1)) ** -self.listener_power
        rows.data = rows.data * np.repeat(scale, sizes).astype(np.float32)
        if features is None or not self.feature_weight:
            return rows
        words = [_common(group.matrix) for group in features.groups if group.name in WORD_GROUPS]
        scaled = [sparse.csr_array(part.T) * np.float32(self.feature_weight) for part in words]
        return sparse.csr_array(sparse.vstack([rows, *scaled], format="csr"), dtype=np.float32)

    @staticmethod
    def _from_items(rows: sparse.csr_array, penalty: float, keep: int) -> tuple[np.ndarray, np.ndarray]:
        columns = sparse.csr_array(rows.T)
        gram = np.zeros((rows.shape[1], rows.shape[1]), dtype=np.float32)
        _gram(columns.indptr, columns.indices, columns.data, rows.indptr, rows.indices, rows.data, gram)
        inverse = _invert(gram, penalty)
        items = np.empty((len(inverse), keep), dtype=np.int32)
        values = np.empty((len(inverse), keep), dtype=np.float32)
        _weights_of_inverse(inverse, np.diagonal(inverse).copy(), items, values)
        return items, values

    @staticmethod
    def _from_listeners(rows: sparse.csr_array, penalty: float, keep: int) -> tuple[np.ndarray, np.ndarray]:
        columns = sparse.csr_array(rows.T)
        gram = np.zeros((rows.shape[0], rows.shape[0]), dtype=np.float32)
        _gram(rows.indptr, rows.indices, rows.data, columns.indptr, columns.indices, columns.data, gram)
        inverse = _invert(gram, penalty)
        _mirror(inverse)
        leverage = np.empty(rows.shape[1], dtype=np.float32)
        _leverages(columns.indptr, columns.indices, columns.data, inverse, leverage)
        items = np.empty((rows.shape[1], keep), dtype=np.int32)
        values = np.empty((rows.shape[1], keep), dtype=np.float32)
        _weights_of_listeners(columns.indptr, columns.indices, columns.data, inverse, leverage, items, values)
        return items, values


def _common(words: sparse.csr_array) -> sparse.csr_array:
    """Only the words that enough items share to say that they are alike."""
    items_with = np.bincount(words.indices, minlength=words.shape[1])
    return sparse.csr_array(words[:, np.flatnonzero(items_with >= SHARED_BY)])


def _invert(gram: np.ndarray, penalty: float) -> np.ndarray:
    """The inverse of `gram + penalty * I`, in place; only its lower triangle (C order) is filled."""
    gram[np.diag_indices_from(gram)] += np.float32(penalty)
    factor, failed = lapack.spotrf(gram.T, lower=0, overwrite_a=1, clean=0)
    if failed:
        raise NotEnoughData(f"ease cannot invert its matrix with a penalty of {penalty:g}: raise its regularisation")
    inverse, _ = lapack.spotri(factor, lower=0, overwrite_c=1)
    return np.asarray(inverse.T)


def _as_csr(items: np.ndarray, values: np.ndarray, n_items: int) -> sparse.csr_array:
    order = np.argsort(items, axis=1)
    columns = np.take_along_axis(items, order, axis=1)
    data = np.take_along_axis(values, order, axis=1)
    indptr = np.arange(0, columns.size + 1, columns.shape[1], dtype=np.int64)
    weights = sparse.csr_array((data.ravel(), columns.ravel(), indptr), shape=(n_items, n_items))
    weights.eliminate_zeros()
    return weights


@numba.njit(parallel=True, nogil=True, cache=True)
def _gram(indptr, indices, data, t_indptr, t_indices, t_data, gram):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The lower triangle of A A' for CSR A and its transpose."""
    for reverse in numba.prange(len(indptr) - 1):
        row = len(indptr) - 2 - reverse
        for entry in range(indptr[row], indptr[row + 1]):
            weight = data[entry]
            shared = indices[entry]
            for other in range(t_indptr[shared], t_indptr[shared + 1]):
                if t_indices[other] > row:
                    break
                gram[row, t_indices[other]] += weight * t_data[other]


@numba.njit(parallel=True, nogil=True, cache=True)
def _mirror(square):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Copy the lower triangle onto the upper, a tile at a time so that both stay in cache."""
    n = len(square)
    tile = 64
    for block in numba.prange((n + tile - 1) // tile):
        for start in range(0, block * tile + 1, tile):
            for row in range(block * tile, min(n, (block + 1) * tile)):
                for column in range(start, min(row, start + tile)):
                    square[column, row] = square[row, column]


@numba.njit(parallel=True, nogil=True, cache=True)
def _leverages(indptr, indices, data, inverse, leverage):  # type: ignore[no-untyped-def]  # pragma: no cover
    """diag(X' K^-1 X), one per item."""
    for item in numba.prange(len(indptr) - 1):
        total = np.float32(0)
        for entry in range(indptr[item], indptr[item + 1]):
            row = inverse[indices[entry]]
            for other in range(indptr[item], indptr[item + 1]):
                total += data[entry] * data[other] * row[indices[other]]
        leverage[item] = total


@numba.njit(parallel=True, nogil=True, cache=True)
def _weights_of_listeners(indptr, indices, data, inverse, leverage, items, values):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Row j of `B_ji = (X' K^-1 X)_ji / (1 - (X' K^-1 X)_ii)`, its diagonal 0; only the largest are kept."""
    n_items = len(indptr) - 1
    for item in numba.prange(n_items):
        through = np.zeros(len(inverse), dtype=np.float32)
        for entry in range(indptr[item], indptr[item + 1]):
            through += data[entry] * inverse[indices[entry]]
        row = np.empty(n_items, dtype=np.float32)
        for target in range(n_items):
            total = np.float32(0)
            for entry in range(indptr[target], indptr[target + 1]):
                total += data[entry] * through[indices[entry]]
            row[target] = total / (1 - leverage[target])
        row[item] = 0
        _keep(row, items[item], values[item])


@numba.njit(parallel=True, nogil=True, cache=True)
def _weights_of_inverse(inverse, diagonal, items, values):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Row j of `B_ji = -P_ji / P_ii`, its diagonal 0, from the lower triangle of P; only the largest are kept."""
    n_items = len(inverse)
    for item in numba.prange(n_items):
        row = np.empty(n_items, dtype=np.float32)
        row[:item] = inverse[item, :item]
        row[item:] = inverse[item:, item]
        row = -row / diagonal
        row[item] = 0
        _keep(row, items[item], values[item])


@numba.njit(nogil=True, cache=True)
def _keep(row, items, values):  # type: ignore[no-untyped-def]  # pragma: no cover
    items[:] = 0
    values[:] = -np.inf
    _top_k_row(np.abs(row), np.zeros(len(row), dtype=np.bool_), items, values)
    for place in range(len(items)):
        values[place] = row[items[place]]


MODEL = EASE
