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
    """Room for one walk at a time: between walks all sums are NaN, which says that nothing was added, and all marks -1."""

    sums: np.ndarray
    touched: np.ndarray
    marks: np.ndarray

    @classmethod
    def of(cls, n_parts: int, n_items: int) -> Scratch:
        """Room for so many parts and items."""
        return cls(
            np.full((n_parts, n_items), np.nan, dtype=np.float32),
            np.zeros(n_items + 1, dtype=np.int32),  # one more: `walk` writes before it knows whether to keep it
            np.full(n_items, -1, dtype=np.int32),
        )


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


@numba.njit(nogil=True, cache=True)
def walk(indptrs, indices, data, rows, weights, sums, touched, spread):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add each part's neighbours of `rows`, times `weights` (n_parts, n_rows), to its `sums`.

    Lists what was touched, each once, and returns how many; `spread`, float64 (n_parts,), becomes each part's standard
    deviation over all items (those not touched have a score of 0), or 1 where all are equal. The moments grow with the sums,
    so that nothing has to be read again for them. Nothing in the inner loop has to be guessed by the processor.
    """
    n_items = len(indptrs[0]) - 1
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
                new = np.isnan(before)
                before = np.float32(0) if new else before
                total[item] = before + more
                first += more
                second += more * (2 * before + more)
                for earlier in range(part):
                    new &= np.isnan(sums[earlier, item])
                touched[count] = item
                count += new
        variance = second / n_items - (first / n_items) ** 2
        spread[part] = np.sqrt(variance) if variance > 1e-20 else 1.0
    return count


@numba.njit(nogil=True, cache=True)
def take(sums, worths, touched, ok, k, extra, barred):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The `k` best of what was touched and is not barred (and is ok, unless `ok` is empty), and `extra`; then clears up.

    `extra` are distinct and not barred. Returns the items, int32 (m,), and each part's sums of them, float32 (n_parts, m).
    """
    n_parts = len(sums)
    asked = _read(sums, extra)
    for items in (extra, barred):
        _clear(sums, items)
    totals = np.empty(len(touched), dtype=np.float32)
    for place in range(len(touched)):
        item = touched[place]
        # Of one part, the NaN of what was cleared stays.
        total = np.float32(worths[0]) * sums[0, item]
        for part in range(1, n_parts):
            more = np.float32(worths[part]) * sums[part, item]
            if np.isnan(total):
                total = more
            elif not np.isnan(more):
                total += more
        totals[place] = total
    keys = _best_keys(touched, totals, ok, k)
    found = np.empty(len(keys) + len(extra), dtype=np.int32)
    for place in range(len(keys)):
        found[place] = _item_of(keys[place])
    found[len(keys) :] = extra
    parts = np.empty((n_parts, len(found)), dtype=np.float32)
    parts[:, : len(keys)] = _read(sums, found[: len(keys)])
    parts[:, len(keys) :] = asked
    _clear(sums, touched)
    return found, parts


@numba.njit(nogil=True, cache=True)
def _read(sums, items):  # type: ignore[no-untyped-def]  # pragma: no cover
    found = np.empty((len(sums), len(items)), dtype=np.float32)
    for part in range(len(sums)):
        for place in range(len(items)):
            value = sums[part, items[place]]
            found[part, place] = 0 if np.isnan(value) else value
    return found


@numba.njit(nogil=True, cache=True)
def _clear(sums, items):  # type: ignore[no-untyped-def]  # pragma: no cover
    for part in range(len(sums)):
        for item in items:
            sums[part, item] = np.nan


@numba.njit(nogil=True, cache=True)
def best_of(items, scores, usable, k):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Places of the `k` best of `scores` (float32) of distinct items among those usable (all, if `usable` is empty).

    The best first; equals, the lower item first. What scores NaN or -inf is left out.
    """
    keys = _best_keys(items, scores, usable, k)
    places, size = np.empty(len(keys), dtype=np.int64), 0
    if not len(keys):
        return places
    least, every = keys.min(), len(usable) == 0
    for place in range(len(scores)):
        if scores[place] > -np.inf and (every or usable[place]) and _key(scores[place], items[place]) >= least:
            places[size], keys[size] = place, -_key(scores[place], items[place])
            size += 1
    return places[np.argsort(keys)]


@numba.njit(nogil=True, cache=True)
def _best_keys(items, scores, usable, k):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The keys of the `k` best, in no order: all that may be among them are kept until there are four times as many."""
    k = min(k, len(scores))
    kept, size, every = np.empty(4 * k, dtype=np.int64), 0, len(usable) == 0
    least = np.iinfo(np.int64).min
    for place in range(len(scores) if k else 0):
        key = _key(scores[place], items[place])
        kept[size] = key
        size += (key > least) & (scores[place] > -np.inf) & (every or usable[place])
        if size == 4 * k:
            _largest_first(kept[:size], k)
            size, least = k, kept[:k].min()
    _largest_first(kept[:size], k)
    return kept[: min(size, k)]


_LOW = 2**31 - 1


@numba.njit(nogil=True, cache=True, inline="always")
def _key(score, item):  # type: ignore[no-untyped-def]  # pragma: no cover
    """A number for an item that is larger for a higher score, and among equals for the lower item."""
    bits = np.int64(np.float32(score + np.float32(0)).view(np.int32))  # adding 0 makes -0 the same as 0
    return ((bits if bits >= 0 else bits ^ _LOW) << 32) | (_LOW - item)


@numba.njit(nogil=True, cache=True, inline="always")
def _item_of(key):  # type: ignore[no-untyped-def]  # pragma: no cover
    return _LOW - (key & _LOW)


@numba.njit(nogil=True, cache=True)
def _largest_first(keys, k):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Put the `k` largest of distinct keys first, in no order (Hoare's quickselect, without branches where it counts)."""
    low, high = 0, len(keys)
    while low < k < high and high - low > 2:
        one, other, last = keys[low], keys[(low + high) // 2], keys[high - 1]
        pivot = max(min(one, other), min(max(one, other), last))
        split = low
        for place in range(low, high):
            key = keys[place]
            keys[place], keys[split] = keys[split], key
            split += key > pivot
        if split > k:
            high = split
        else:
            low = split
    if low < k < high and keys[low] < keys[low + 1]:
        keys[low], keys[low + 1] = keys[low + 1], keys[low]


_LIKELY = 8_192  # a power of 2


@numba.njit(nogil=True, cache=True)
def amounts(indptr, indices, data, rows, weights, items, marks):  # type: ignore[no-untyped-def]  # pragma: no cover
    """What each of `rows`, times its weight, adds to each of (distinct) `items`: float32, shape (n_items asked, n_rows)."""
    found = np.zeros((len(items), len(rows)), dtype=np.float32)
    # Nearly all entries are of other items: a small table that stays close at hand turns them away before `marks` is read.
    likely = np.zeros(_LIKELY, dtype=np.bool_)
    for place in range(len(items)):
        marks[items[place]] = place
        likely[items[place] & (_LIKELY - 1)] = True
    for row in range(len(rows)):
        weight = weights[row]
        if weight == 0:
            continue
        for entry in range(indptr[rows[row]], indptr[rows[row] + 1]):
            if likely[indices[entry] & (_LIKELY - 1)]:
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
def name_entries(amounts, least, places, largest, shares, counts):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The largest of each row above 0, the largest first: as many as there is room for in `places` (n, k), with their amounts.

    Their `shares` are of all above 0 in the row. `counts` says how many of them have a share of `least` or more: one at least,
    where there is any.
    """
    k = places.shape[1]
    for row in range(len(amounts)):
        places[row], largest[row], total = -1, 0.0, 0.0
        for column in range(amounts.shape[1]):
            amount = amounts[row, column]
            if amount <= 0:
                continue
            total += amount
            slot = k
            while slot > 0 and amount > largest[row, slot - 1]:
                if slot < k:
                    places[row, slot], largest[row, slot] = places[row, slot - 1], largest[row, slot - 1]
                slot -= 1
            if slot < k:
                places[row, slot], largest[row, slot] = column, amount
        counts[row] = 1 if places[row, 0] >= 0 else 0
        for slot in range(k):
            shares[row, slot] = largest[row, slot] / max(total, 1e-30)
            if slot > 0 and places[row, slot] >= 0 and largest[row, slot] >= least * total:
                counts[row] += 1
