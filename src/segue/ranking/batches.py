"""The best items of many histories at once, on all cores: for work in batches, not for requests."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from segue.ranking.walk import best_of, take, walk


class Factors(NamedTuple):
    """An ALS beside the item-item weights, as native code takes it; of no factors where there is none.

    `items` (n_items, d); `gram` (d, d), with its regularisation; `covariance` (d, d); all float32; its `share`.
    """

    items: np.ndarray
    gram: np.ndarray
    covariance: np.ndarray
    share: float


def no_factors() -> Factors:
    """None."""
    nothing = np.zeros((0, 0), np.float32)
    return Factors(nothing, nothing, nothing, 0.0)


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
    longest = np.diff(h_indptr).max() if n_rows else 0
    for block in numba.prange(n_blocks):
        sums = np.full((n_parts, n_items), np.nan, dtype=np.float32)
        touched = np.empty(n_items + 1, dtype=np.int32)
        spread, none, ok = np.ones(n_parts), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.bool_)
        vector, room = np.empty(d, dtype=np.float32), np.empty((longest + d if d else 0, d), dtype=np.float32)
        for row in range(block * n_rows // n_blocks, (block + 1) * n_rows // n_blocks):
            start, end = h_indptr[row], h_indptr[row + 1]
            history = h_indices[start:end]
            count = walk(indptrs, indices, data, history, h_weights[:, start:end], sums, touched, spread)
            worths = shares / spread if normalise else shares.copy()
            found, parts = take(sums, worths, touched[:count], ok, depth, none, history)
            totals = np.zeros(len(found), dtype=np.float32)
            for part in range(n_parts):
                totals += np.float32(worths[part]) * parts[part]
            if d:
                fold_in(factors, history, sure[start:end], gram, room, vector)
                worth = share / max(np.sqrt(max(_quadratic(covariance, vector), 0.0)), 1e-10)
                _add_factors(factors, found, vector, np.float32(worth), totals)
            best = best_of(found, totals, ok, k)
            for place in range(k):
                items[row, place] = found[best[place]] if place < len(best) else -1
                scores[row, place] = totals[best[place]] if place < len(best) else -np.inf


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def _add_factors(factors, found, vector, worth, totals):  # type: ignore[no-untyped-def]  # pragma: no cover
    for place in range(len(found)):
        total, item = np.float32(0), found[place]
        for i in range(len(vector)):
            total += factors[item, i] * vector[i]
        totals[place] += worth * total


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def _quadratic(matrix, vector):  # type: ignore[no-untyped-def]  # pragma: no cover
    total = np.float32(0)
    for i in range(len(vector)):
        inner = np.float32(0)
        for j in range(len(vector)):
            inner += matrix[i, j] * vector[j]
        total += vector[i] * inner
    return total


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def fold_in(factors, history, sure, gram, room, vector):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The vector of a history (Hu, Koren & Volinsky 2008), by a Cholesky factorisation, row by row.

    Row i of the factor is row i of the gram matrix with a multiple of every history item's factors added and of every row
    before it taken away. All of these lie one after another in `room`, float32 (n_history + d, d) or more, so that one loop does
    both, over whole rows and four at a time: that half of it is in vain costs less than loops of all lengths.
    """
    d, n = len(vector), len(history)
    signs, row = np.full(n + d, -1, dtype=np.float32), np.empty(d, dtype=np.float32)
    vector[:] = 0
    for m in range(n):
        item, weight = history[m], sure[m]
        signs[m] = abs(weight) - 1
        liked = max(weight, np.float32(0))
        for j in range(d):
            room[m, j] = factors[item, j]
            vector[j] += liked * factors[item, j]
    for i in range(d):
        for j in range(d):
            row[j] = gram[i, j]
        for four in range((n + i) // 4):
            m = 4 * four
            one, two = signs[m] * room[m, i], signs[m + 1] * room[m + 1, i]
            three, more = signs[m + 2] * room[m + 2, i], signs[m + 3] * room[m + 3, i]
            for j in range(d):
                row[j] += one * room[m, j] + two * room[m + 1, j] + three * room[m + 2, j] + more * room[m + 3, j]
        for m in range((n + i) // 4 * 4, n + i):
            step = signs[m] * room[m, i]
            for j in range(d):
                row[j] += step * room[m, j]
        scale = 1 / np.sqrt(max(row[i], np.float32(1e-12)))
        # What lies before the diagonal is nothing: the loops below may go over whole rows.
        for j in range(d):
            room[n + i, j] = row[j] * scale if j >= i else 0
        step = vector[i] * scale
        for j in range(d):
            vector[j] -= step * room[n + i, j]
        vector[i] = step
    for i in range(d - 1, -1, -1):
        total, vector[i] = vector[i], 0
        scale = room[n + i, i]
        for j in range(d):
            total -= room[n + i, j] * vector[j]
        vector[i] = total / scale
