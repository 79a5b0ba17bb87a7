"""What all linear item-item models share: a score is a sum over the history, so reasons are exact and new likes instant.

A model of this kind differs from the others only in how `fit` finds its weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numba
import numpy as np
from scipy import sparse

from segue.library.weighting import weigh_values
from segue.recommenders.base import Contributions, TopK
from segue.recommenders.topk import most_alike


@dataclass(eq=False)
class LinearItemModel:
    """Scores are `weigh(history) @ weights`.

    `weights` is CSR float32, shape (n_items, n_items), from a history item (row) to the items it speaks for (columns).
    """

    weighting: str = "log"
    weights: sparse.csr_array = field(init=False, repr=False)

    def scores(self, histories: sparse.csr_array) -> np.ndarray:
        """Sum over the history: see `Recommender.scores`."""
        return sparse_times_sparse(weigh_signed(histories, self.weighting), self.weights)

    def similar(self, items: np.ndarray, k: int) -> TopK:
        """The items each item speaks for most."""
        return similar_by_rows(self.weights, items, k)

    def contributions(self, history: sparse.csr_array, item: int) -> Contributions:
        """Item `i` owes `h_j * B_ji` to history item `j`; the terms add up to the score."""
        weighed = weigh_signed(history, self.weighting)
        amounts = weighed.data * _column_at(self.weights, weighed.indices, item)
        return largest_first(weighed.indices, amounts)


def weigh_signed(histories: sparse.csr_array, weighting: str) -> sparse.csr_array:
    """The weighting applied to the size of each weight, its sign kept: a dislike pushes as hard as a like pulls."""
    histories = sparse.csr_array(histories)
    weighed = signed(histories.data, weighting)
    return sparse.csr_array((weighed, histories.indices, histories.indptr), shape=histories.shape)


def signed(weights: np.ndarray, weighting: str) -> np.ndarray:
    """The same for the weights alone, float32, shape (n,)."""
    return np.sign(weights).astype(np.float32) * weigh_values(np.abs(weights), weighting)


def largest_first(items: np.ndarray, amounts: np.ndarray, base: float = 0.0) -> Contributions:
    """Contributions in order: the largest amount first, equal ones by item."""
    order = np.lexsort((items, -amounts))
    return Contributions(items[order].astype(np.int32), amounts[order].astype(np.float32), base)


def similar_by_rows(weights: sparse.csr_array, items: np.ndarray, k: int) -> TopK:
    """The `k` largest positive weights in the rows of `items`, without the item itself."""

    def positive(block: np.ndarray) -> np.ndarray:
        rows = weights[block].toarray()
        return np.where(rows > 0, rows, -np.inf)

    return most_alike(items, k, positive)


def sparse_times_sparse(left: sparse.csr_array, right: sparse.csr_array) -> np.ndarray:
    """The dense product, float32, of two CSR matrices, in native code on all cores."""
    product = np.zeros((left.shape[0], right.shape[1]), dtype=np.float32)
    if left.nnz and right.nnz:
        _accumulate(
            left.indptr, left.indices, left.data.astype(np.float32, copy=False),
            right.indptr, right.indices, right.data, product,
        )  # fmt: skip
    return product


def keep_largest(rows: sparse.csr_array, n: int) -> sparse.csr_array:
    """Each row with only its `n` entries of largest size; columns stay sorted."""
    if not rows.nnz or np.diff(rows.indptr).max() <= n:
        return rows
    kept = np.zeros(rows.nnz, dtype=np.bool_)
    _mark_largest(rows.indptr, np.abs(rows.data), n, kept)
    counts = np.concatenate([[0], np.cumsum(kept)])
    return sparse.csr_array((rows.data[kept], rows.indices[kept], counts[rows.indptr]), shape=rows.shape)


def _column_at(weights: sparse.csr_array, rows: np.ndarray, column: int) -> np.ndarray:
    return np.asarray(weights[rows][:, [column]].toarray()).ravel()


@numba.njit(parallel=True, nogil=True, cache=True)
def _accumulate(indptr, indices, data, b_indptr, b_indices, b_data, product):  # type: ignore[no-untyped-def]  # pragma: no cover
    for row in numba.prange(len(indptr) - 1):
        for entry in range(indptr[row], indptr[row + 1]):
            weight = data[entry]
            item = indices[entry]
            for b_entry in range(b_indptr[item], b_indptr[item + 1]):
                product[row, b_indices[b_entry]] += weight * b_data[b_entry]


@numba.njit(parallel=True, nogil=True, cache=True)
def _mark_largest(indptr, sizes, n, kept):  # type: ignore[no-untyped-def]  # pragma: no cover
    for row in numba.prange(len(indptr) - 1):
        start, end = indptr[row], indptr[row + 1]
        if end - start <= n:
            kept[start:end] = True
            continue
        order = np.argsort(-sizes[start:end], kind="mergesort")
        for place in range(n):
            kept[start + order[place]] = True
