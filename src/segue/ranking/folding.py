"""A history folded into an ALS: its vector, and what follows from it, natively and for one history at a time.

All loops go over whole rows, so that they can be done many numbers at once.
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def fold_in(factors, history, sure, gram, room, vector):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The vector of a history (Hu, Koren & Volinsky 2008), by a Cholesky factorisation, row by row.

    Row i of the factor is row i of the gram matrix with a multiple of every history item's factors added and of every row
    before it taken away. All of these lie one after another in `room`, so that one loop does both, four at a time: that half
    of it is in vain costs less than loops of all lengths.

    Args:
        factors: float32 (n_items, d).
        history: int32 (n,).
        sure: float32 (n,): the confidence in each, below 0 for dislikes.
        gram: float32 (d, d), with its regularisation.
        room: float32 (n + d, d) or more: becomes the history's factors, and then the triangular factor.
        vector: float32 (d,): becomes the vector.
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
        for j in range(d):
            room[n + i, j] = row[j] * scale if j >= i else 0
    solve(room[n:], vector)


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def solve(factor, vector):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Replace a vector by (R'R)^-1 times it, R being the upper triangular `factor`: what is 0 may be gone over too."""
    d = len(vector)
    for i in range(d):
        step = vector[i] / factor[i, i]
        for j in range(d):
            vector[j] -= step * factor[i, j]
        vector[i] = step
    for i in range(d - 1, -1, -1):
        total, scale = vector[i], factor[i, i]
        vector[i] = 0
        for j in range(d):
            total -= factor[i, j] * vector[j]
        vector[i] = total / scale


@numba.njit(nogil=True, cache=True)
def solve_rows(factor, rows):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The same for each of some rows."""
    for row in rows:
        solve(factor, row)


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def dots(factors, items, vector):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The inner product of each item's factors with a vector, float32."""
    found = np.empty(len(items), dtype=np.float32)
    for place in range(len(items)):
        total, item = np.float32(0), items[place]
        for i in range(len(vector)):
            total += factors[item, i] * vector[i]
        found[place] = total
    return found


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def quadratic(matrix, vector):  # type: ignore[no-untyped-def]  # pragma: no cover
    """`v' M v`."""
    total = np.float32(0)
    for i in range(len(vector)):
        inner = np.float32(0)
        for j in range(len(vector)):
            inner += matrix[i, j] * vector[j]
        total += vector[i] * inner
    return total
