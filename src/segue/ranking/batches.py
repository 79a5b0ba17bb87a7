"""The best items of many histories at once, on all cores: for work in batches, not for requests."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from segue.ranking.walk import take, walk


class Factors(NamedTuple):
    """An ALS beside the item-item weights, as native code takes it; of no factors where there is none.

    `items` float32 (n_items, d); `gram` float64 (d, d), with its regularisation; `covariance` float64 (d, d); its `share`.
    """

    items: np.ndarray
    gram: np.ndarray
    covariance: np.ndarray
    share: float


def no_factors() -> Factors:
    """None."""
    return Factors(np.zeros((0, 0), np.float32), np.zeros((0, 0)), np.zeros((0, 0)), 0.0)


@numba.njit(parallel=True, nogil=True, cache=True)
def top_of_rows(  # type: ignore[no-untyped-def]  # pragma: no cover
    indptrs,
    indices,
    data,
    h_indptr,
    h_indices,
    h_weights,
    sure,
    shares,
    normalise,
    factors,
    gram,
    covariance,
    share,
    depth,
    n_blocks,
    items,
    scores,
):
    """Fill `items` (-1 where there are fewer) and `scores`, both shape (n_rows, k), without what is in the histories.

    `h_weights`, float32 (n_parts, nnz), are the histories' weights as each part takes them, `sure`, float32 (nnz,), as ALS does.
    The `depth` best by the item-item weights are scored by ALS too. `n_blocks` of rows are done side by side.
    """
    n_rows, k = items.shape
    n_items, n_parts, d = len(indptrs[0]) - 1, len(indptrs), len(gram)
    for block in numba.prange(n_blocks):
        sums = np.zeros((n_parts, n_items), dtype=np.float32)
        flags = np.zeros(n_items, dtype=np.uint8)
        touched = np.zeros(n_items, dtype=np.int32)
        spread, none = np.ones(n_parts), np.zeros(0, dtype=np.int32)
        ok = np.zeros(0, dtype=np.bool_)
        left, vector = np.empty((d, d)), np.empty(d)
        for row in range(block * n_rows // n_blocks, (block + 1) * n_rows // n_blocks):
            start, end = h_indptr[row], h_indptr[row + 1]
            history = h_indices[start:end]
            count = walk(
                indptrs, indices, data, history, h_weights[:, start:end], history, sums, flags, touched, spread
            )
            worths = shares / spread if normalise else shares.copy()
            found, parts = take(sums, worths, touched, count, ok, depth, none, history, flags)
            totals = np.zeros(len(found), dtype=np.float32)
            for part in range(n_parts):
                totals += np.float32(worths[part]) * parts[part]
            if d:
                _fold_in(factors, history, sure[start:end], gram, left, vector)
                worth = share / max(np.sqrt(max(_quadratic(covariance, vector), 0.0)), 1e-10)
                _add_factors(factors, found, vector, worth, totals)
            order = np.argsort(-totals)
            for place in range(k):
                items[row, place] = found[order[place]] if place < len(found) else -1
                scores[row, place] = totals[order[place]] if place < len(found) else -np.inf


@numba.njit(nogil=True, cache=True)
def _add_factors(factors, found, vector, worth, totals):  # type: ignore[no-untyped-def]  # pragma: no cover
    for place in range(len(found)):
        total = 0.0
        for i in range(len(vector)):
            total += factors[found[place], i] * vector[i]
        totals[place] += np.float32(worth * total)


@numba.njit(nogil=True, cache=True)
def _quadratic(matrix, vector):  # type: ignore[no-untyped-def]  # pragma: no cover
    total = 0.0
    for i in range(len(vector)):
        for j in range(len(vector)):
            total += vector[i] * matrix[i, j] * vector[j]
    return total


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def _fold_in(factors, history, sure, gram, left, vector):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The vector of a history (Hu, Koren & Volinsky 2008), by a Cholesky factorisation in place."""
    d = len(vector)
    left[:] = gram
    vector[:] = 0
    for place in range(len(history)):
        known, weight = factors[history[place]], sure[place]
        more, liked = abs(weight) - 1, max(weight, np.float32(0))
        for i in range(d):
            step = more * known[i]
            for j in range(i + 1):
                left[i, j] += step * known[j]
            vector[i] += liked * known[i]
    for i in range(d):
        for j in range(i + 1):
            total = left[i, j]
            for m in range(j):
                total -= left[i, m] * left[j, m]
            left[i, j] = np.sqrt(max(total, 1e-12)) if i == j else total / left[j, j]
    for i in range(d):
        total = vector[i]
        for m in range(i):
            total -= left[i, m] * vector[m]
        vector[i] = total / left[i, i]
    for i in range(d - 1, -1, -1):
        total = vector[i]
        for m in range(i + 1, d):
            total -= left[m, i] * vector[m]
        vector[i] = total / left[i, i]
