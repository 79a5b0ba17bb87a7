"""Sums over sparse item-item weights, natively: a walk along the neighbours of each history item.

What is summed lies in scratch arrays, one entry per item, of which only those that were touched are read and cleared again: the
work does not grow with the catalogue. Nothing here starts threads, so that any number of threads may call it at once.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numba
import numpy as np
from scipy import sparse


class Weights(NamedTuple):
    """The parts' weight matrices as native code takes them: one entry per part, all of the same types."""

    indptrs: tuple[np.ndarray, ...]
    indices: tuple[np.ndarray, ...]
    data: tuple[np.ndarray, ...]


def as_weights(matrices: Sequence[sparse.csr_array]) -> Weights:
    """The arrays of CSR matrices, read only; those that are memory-mapped stay so (but for `indptr`)."""
    return Weights(
        tuple(_fixed(matrix.indptr, np.int64) for matrix in matrices),
        tuple(_fixed(matrix.indices, np.int32) for matrix in matrices),
        tuple(_fixed(matrix.data, np.float32) for matrix in matrices),
    )


def _fixed(array: np.ndarray, dtype: type) -> np.ndarray:
    fixed = np.ascontiguousarray(array, dtype=dtype).view(np.ndarray)
    fixed.flags.writeable = False
    return fixed


@dataclass(eq=False)
class Scratch:
    """Room for one walk at a time: all zeros (marks: -1) between walks."""

    sums: np.ndarray
    flags: np.ndarray
    touched: np.ndarray
    marks: np.ndarray

    @classmethod
    def of(cls, n_parts: int, n_items: int) -> Scratch:
        """Room for so many parts and items."""
        return cls(
            np.zeros((n_parts, n_items), dtype=np.float32), np.zeros(n_items, dtype=np.uint8),
            np.zeros(n_items, dtype=np.int32), np.full(n_items, -1, dtype=np.int32),
        )  # fmt: skip


class Scratches:
    """One scratch per thread, made when a thread first asks."""

    def __init__(self, n_parts: int, n_items: int) -> None:
        self._size = (n_parts, n_items)
        self._own = threading.local()

    def mine(self) -> Scratch:
        """The calling thread's."""
        found = getattr(self._own, "scratch", None)
        if found is None:
            found = self._own.scratch = Scratch.of(*self._size)
        return found

    def drop_mine(self) -> None:
        """Have the calling thread begin with a fresh one."""
        self._own.scratch = None


_TOUCHED, _BARRED, _ASKED = 1, 2, 3
MANY = 24
"""Where more than one item in so many was touched, it is quicker to look at all flags than to jump about."""


@numba.njit(nogil=True, cache=True)
def walk(indptrs, indices, data, rows, weights, barred, sums, flags, touched, spread):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add each part's neighbours of `rows`, times `weights` (n_parts, n_rows), to its `sums`.

    Lists what was touched and is not barred, and returns how many; `spread`, float64 (n_parts,), becomes each part's standard
    deviation over all items (those not touched have a score of 0), or 1 where all are equal. The moments grow with the sums,
    so that nothing has to be read again for them.
    """
    n_items = len(indptrs[0]) - 1
    for item in barred:
        flags[item] = _BARRED
    count = 0
    for part in range(len(indptrs)):
        indptr, neighbours, strength, total = indptrs[part], indices[part], data[part], sums[part]
        first = second = 0.0
        for place in range(len(rows)):
            weight = weights[part, place]
            if weight == 0:
                continue
            for entry in range(indptr[rows[place]], indptr[rows[place] + 1]):
                item = neighbours[entry]
                more, before = weight * strength[entry], total[item]
                total[item] = before + more
                first += more
                second += more * (2 * before + more)
                if flags[item] == 0:
                    flags[item] = _TOUCHED
                    touched[count] = item
                    count += 1
        variance = second / n_items - (first / n_items) ** 2
        spread[part] = np.sqrt(variance) if variance > 1e-20 else 1.0
    if count > n_items // MANY:
        count = _in_order(flags, touched)
    return count


@numba.njit(nogil=True, cache=True)
def _in_order(flags, touched):  # type: ignore[no-untyped-def]  # pragma: no cover
    """List what was touched anew, ascending: what reads it afterwards then goes through memory in order."""
    count = 0
    words = flags[: len(flags) // 8 * 8].view(np.uint64)
    for word in range(len(words)):
        if words[word] != 0:
            for item in range(8 * word, 8 * word + 8):
                if flags[item] == _TOUCHED:
                    touched[count] = item
                    count += 1
    for item in range(8 * len(words), len(flags)):
        if flags[item] == _TOUCHED:
            touched[count] = item
            count += 1
    return count


@numba.njit(nogil=True, cache=True)
def take(sums, worths, touched, count, ok, k, extra, barred, flags):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The `k` best of what was touched (and is ok, unless `ok` is empty), and `extra` (distinct, not barred); then clears up.

    Returns the items, int32 (m,), and each part's sums of them, float32 (n_parts, m).
    """
    for item in extra:
        flags[item] = _ASKED
    totals, kept = np.empty(count, dtype=np.float32), np.empty(k, dtype=np.int64)
    size, every, n_parts = 0, len(ok) == 0, len(worths)
    worst = np.float32(-np.inf)
    for place in range(count):
        item = touched[place]
        total = np.float32(0)
        for part in range(n_parts):
            total += np.float32(worths[part]) * sums[part, item]
        totals[place] = total
        # Most are worse than the worst kept: they are not worth a call.
        if total >= worst and flags[item] == _TOUCHED and (every or ok[place]):
            size = _push(totals, touched, kept, size, k, place)
            if size == k and k > 0:
                worst = totals[kept[0]]
    found = np.empty(size + len(extra), dtype=np.int32)
    for place in range(size):
        found[place] = touched[kept[place]]
    found[size:] = extra
    parts = np.empty((n_parts, len(found)), dtype=np.float32)
    for part in range(n_parts):
        for place in range(len(found)):
            parts[part, place] = sums[part, found[place]]
    for items in (touched[:count], extra, barred):
        _clear(items, sums, flags)
    return found, parts


@numba.njit(nogil=True, cache=True)
def _clear(items, sums, flags):  # type: ignore[no-untyped-def]  # pragma: no cover
    for item in items:
        flags[item] = 0
        for part in range(len(sums)):
            sums[part, item] = 0


@numba.njit(nogil=True, cache=True, inline="always")
def _push(scores, items, kept, size, k, place):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Offer a place to the heap of the `k` best, whose root is the worst kept; its new size."""
    if size < k:
        hole = size
        while hole > 0:
            parent = (hole - 1) // 2
            if not _worse(scores, items, place, kept[parent]):
                break
            kept[hole] = kept[parent]
            hole = parent
        kept[hole] = place
        return size + 1
    if k > 0 and _worse(scores, items, kept[0], place):
        _sift(scores, items, kept, size, place)
    return size


@numba.njit(nogil=True, cache=True)
def best_of(items, scores, usable, k):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Places of the `k` best of `scores` among those usable (all, if `usable` is empty), best first; ties to the lower item."""
    kept = np.empty(k, dtype=np.int64)
    size, every = 0, len(usable) == 0
    worst = -np.inf
    for place in range(len(scores)):
        if scores[place] >= worst and scores[place] > -np.inf and (every or usable[place]):
            size = _push(scores, items, kept, size, k, place)
            if size == k and k > 0:
                worst = scores[kept[0]]
    _best_first(scores, items, kept, size)
    return kept[:size]


@numba.njit(nogil=True, cache=True)
def _best_first(scores, items, kept, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    for last in range(size - 1, 0, -1):
        place = kept[last]
        kept[last] = kept[0]
        _sift(scores, items, kept, last, place)


@numba.njit(nogil=True, cache=True, inline="always")
def _worse(scores, items, one, other):  # type: ignore[no-untyped-def]  # pragma: no cover
    return scores[one] < scores[other] or (scores[one] == scores[other] and items[one] > items[other])


@numba.njit(nogil=True, cache=True, inline="always")
def _sift(scores, items, kept, size, place):  # type: ignore[no-untyped-def]  # pragma: no cover
    hole = 0
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        if child + 1 < size and _worse(scores, items, kept[child + 1], kept[child]):
            child += 1
        if not _worse(scores, items, kept[child], place):
            break
        kept[hole] = kept[child]
        hole = child
    kept[hole] = place


@numba.njit(nogil=True, cache=True)
def amounts(indptr, indices, data, rows, weights, items, marks):  # type: ignore[no-untyped-def]  # pragma: no cover
    """What each of `rows`, times its weight, adds to each of (distinct) `items`: float32, shape (n_items asked, n_rows)."""
    found = np.zeros((len(items), len(rows)), dtype=np.float32)
    for place in range(len(items)):
        marks[items[place]] = place
    for row in range(len(rows)):
        weight = weights[row]
        if weight == 0:
            continue
        for entry in range(indptr[rows[row]], indptr[rows[row] + 1]):
            place = marks[indices[entry]]
            if place >= 0:
                found[place, row] += weight * data[entry]
    for place in range(len(items)):
        marks[items[place]] = -1
    return found


@numba.njit(nogil=True, cache=True)
def sparse_dots(indptr, indices, data, rows, dense):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The dot product of each of the sparse `rows` with a dense vector, float32."""
    found = np.zeros(len(rows), dtype=np.float32)
    for place in range(len(rows)):
        total = np.float32(0)
        for entry in range(indptr[rows[place]], indptr[rows[place] + 1]):
            total += data[entry] * dense[indices[entry]]
        found[place] = total
    return found


@numba.njit(nogil=True, cache=True)
def sparse_sum(indptr, indices, data, rows, weights, n_columns):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The weighted sum of the sparse `rows`, dense, float32."""
    found = np.zeros(n_columns, dtype=np.float32)
    for place in range(len(rows)):
        for entry in range(indptr[rows[place]], indptr[rows[place] + 1]):
            found[indices[entry]] += weights[place] * data[entry]
    return found


@numba.njit(nogil=True, cache=True)
def sum_of_rows(rows, weights, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The weighted sum of dense rows into `out`; those without weight are not read."""
    out[:] = 0
    for row in range(len(weights)):
        weight = weights[row]
        if weight != 0:
            for column in range(len(out)):
                out[column] += weight * rows[row, column]


@numba.njit(nogil=True, cache=True)
def top_entries(amounts, k, places, positive):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The places of the `k` largest of each row (-1 for none above 0), the largest first, and the sum of all above 0."""
    for row in range(len(amounts)):
        for slot in range(k):
            places[row, slot] = -1
        positive[row] = 0
        for column in range(amounts.shape[1]):
            amount = amounts[row, column]
            if amount <= 0:
                continue
            positive[row] += amount
            slot = k
            while slot > 0 and (places[row, slot - 1] < 0 or amount > amounts[row, places[row, slot - 1]]):
                if slot < k:
                    places[row, slot] = places[row, slot - 1]
                slot -= 1
            if slot < k:
                places[row, slot] = column
