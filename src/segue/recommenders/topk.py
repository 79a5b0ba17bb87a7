"""The best items of each row, in native code."""

from __future__ import annotations

from collections.abc import Callable

import numba
import numpy as np
from scipy import sparse

from segue.recommenders.base import TopK

BLOCK = 256


def top_k(scores: np.ndarray, k: int, exclude: sparse.csr_array | None = None) -> TopK:
    """The best `k` items of each row of `scores` (float32, shape (n_rows, n_items)), best first.

    Items with an entry in the same row of `exclude`, and scores of -inf or NaN, are left out. Equal scores go to the
    lower index, so the same scores always give the same answer.
    """
    scores = np.ascontiguousarray(scores, dtype=np.float32)
    k = max(0, min(k, scores.shape[1]))
    if exclude is None:
        indptr, indices = np.zeros(scores.shape[0] + 1, dtype=np.int64), np.zeros(0, dtype=np.int64)
    else:
        indptr, indices = exclude.indptr, exclude.indices
    items = np.full((scores.shape[0], k), -1, dtype=np.int32)
    best = np.full((scores.shape[0], k), -np.inf, dtype=np.float32)
    if k:
        _top_k_rows(scores, indptr, indices, items, best)
    return TopK(items, best)


def most_alike(items: np.ndarray, k: int, likeness: Callable[[np.ndarray], np.ndarray]) -> TopK:
    """The `k` items most like each of `items`, without itself, a block at a time so that dense scores stay small.

    `likeness` maps indices, shape (n,), to float32 scores, shape (n, n_items), that may be changed in place.
    """
    items = np.asarray(items, dtype=np.int64)
    found = [TopK(np.zeros((0, k), dtype=np.int32), np.zeros((0, k), dtype=np.float32))]
    for start in range(0, len(items), BLOCK):
        block = items[start : start + BLOCK]
        scores = likeness(block)
        scores[np.arange(len(block)), block] = -np.inf
        found.append(top_k(scores, k))
    found = found[1:] or found
    return TopK(np.concatenate([part.items for part in found]), np.concatenate([part.scores for part in found]))


@numba.njit(parallel=True, nogil=True, cache=True)
def _top_k_rows(scores, indptr, indices, items, best):  # type: ignore[no-untyped-def]  # pragma: no cover
    n_items = scores.shape[1]
    for row in numba.prange(scores.shape[0]):
        left_out = np.zeros(n_items, dtype=np.bool_)
        for entry in range(indptr[row], indptr[row + 1]):
            left_out[indices[entry]] = True
        _top_k_row(scores[row], left_out, items[row], best[row])


@numba.njit(nogil=True, cache=True)
def _top_k_row(scores, left_out, items, best):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Keep a heap whose root is the worst kept item: the lowest score, and of equal ones the highest index."""
    k = len(items)
    size = 0
    for item in range(len(scores)):
        score = scores[item]
        if size == k and not score > best[0]:
            continue
        if left_out[item] or not score > -np.inf:
            continue
        if size < k:
            place = size
            size += 1
            while place > 0:
                parent = (place - 1) // 2
                if not _worse(score, item, best[parent], items[parent]):
                    break
                best[place], items[place] = best[parent], items[parent]
                place = parent
            best[place], items[place] = score, item
        else:
            _sift_down(best, items, size, score, item)
    for last in range(size - 1, 0, -1):
        score, item = best[last], items[last]
        best[last], items[last] = best[0], items[0]
        _sift_down(best, items, last, score, item)


@numba.njit(nogil=True, cache=True, inline="always")
def _worse(score, item, other_score, other_item):  # type: ignore[no-untyped-def]  # pragma: no cover
    return score < other_score or (score == other_score and item > other_item)


@numba.njit(nogil=True, cache=True)
def _sift_down(best, items, size, score, item):  # type: ignore[no-untyped-def]  # pragma: no cover
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and _worse(best[child + 1], items[child + 1], best[child], items[child]):
            child += 1
        if not _worse(best[child], items[child], score, item):
            break
        best[place], items[place] = best[child], items[child]
        place = child
    best[place], items[place] = score, item
