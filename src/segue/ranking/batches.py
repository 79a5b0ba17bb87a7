"""The best items of many histories at once, on all cores: for work in batches, not for requests."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numba
import numpy as np

from segue.ranking.folding import dots, fold_in, quadratic
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


def top_of_rows(of_rows: tuple[Any, ...], depth: int, n_blocks: int, items: np.ndarray, scores: np.ndarray) -> None:
    """Fill `items` (-1 where there are fewer) and `scores`, both shape (n_rows, k), without what is in the histories.

    `of_rows` is what `_top_of_block` takes between the block and the depth. The `depth` best by the item-item weights are scored
    by ALS too. `n_blocks` of rows are done side by side, in Python's threads: numba's own made compiling take twice as long.
    """
    with ThreadPoolExecutor(numba.get_num_threads()) as workers:
        done = workers.map(
            lambda block: _top_of_block(block, n_blocks, *of_rows, depth, items, scores),  # type: ignore[call-arg]
            range(n_blocks),
        )
        deque(done, maxlen=0)  # what failed in a thread fails here


@numba.njit(nogil=True, cache=True)
def _top_of_block(  # type: ignore[no-untyped-def]  # pragma: no cover
    block, n_blocks, indptrs, indices, data, h_indptr, h_indices, h_weights, sure, shares, normalise, factors, gram, covariance,
    share, depth, items, scores,
):  # fmt: skip
    """One block of the rows.

    `h_weights`, float32 (n_parts, nnz), are the histories' weights as each part takes them, `sure`, float32 (nnz,), as ALS does.
    """
    n_rows, k = items.shape
    n_items, n_parts, d = len(indptrs[0]) - 1, len(indptrs), len(gram)
    sums = np.full((n_parts, n_items), np.nan, dtype=np.float32)
    touched = np.empty(n_items + 1, dtype=np.int32)
    spread, none, ok = np.ones(n_parts), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.bool_)
    longest = 0
    for row in range(n_rows):
        longest = max(longest, h_indptr[row + 1] - h_indptr[row])
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
            worth = share / max(np.sqrt(max(quadratic(covariance, vector), 0.0)), 1e-10)
            totals += np.float32(worth) * dots(factors, found, vector)
        best = best_of(found, totals, ok, k)
        for place in range(k):
            items[row, place] = found[best[place]] if place < len(best) else -1
            scores[row, place] = totals[best[place]] if place < len(best) else -np.inf
