"""What is played in the same sitting, and what is played next: counted from sittings, a few neighbours for each item."""

from __future__ import annotations

import numba
import numpy as np
from scipy import sparse

from segue.library.sittings import Sittings

WINDOW = 20
FADE = 0.2
OFFERED = 0.7
"""What a pair counts when one of the two was skipped: they came together, but were not played together."""
SKIPPED_NEXT = 0.2
NEIGHBOURS = 100
DAY_MS = 86_400_000
HALF_LIFE_DAYS = 40.0
LITTLE_LATE = 15.0
TO_POWER = 0.15
EVENNESS = 0.9
LITTLE_NEAR = 5.0
LITTLE_NEXT = 20.0
"""With so much counted for an item, half of its votes are cast: what is known of few sittings says little."""


def near_and_next(sittings: Sittings, n_items: int) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Two CSR matrices, float32, shape (n_items, n_items): what each item is near to, and what comes after it.

    The rows are votes: they are 0 or more and add up to less than 1, the nearer the more is known of the item. At
    most 100 items each, and never the item itself.

    `near` counts pairs of listens of one sitting at most 20 apart, by `distance^-0.2` (as neighbours in a session count by
    their distance in Ludewig & Jannach, UMUAI 2018), 0.7 times as much for each of the two that was skipped, and divides by a
    power of the popularity of the other item. `next` counts which item was the next one played after an item was played;
    each that was skipped in between loses a fifth of a count.
    """
    items = sittings.items.astype(np.int64)
    by_item = np.argsort(items, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(items, minlength=n_items))])
    plays = np.bincount(items[sittings.played], minlength=n_items)
    damped = (np.maximum(plays, 1) ** -TO_POWER * _lift(sittings, plays)).astype(np.float32)
    listens = np.diff(first)
    room_near = np.concatenate([[0], np.cumsum(np.minimum(listens * 2 * WINDOW, NEIGHBOURS))])
    room_next = np.concatenate([[0], np.cumsum(np.minimum(listens, NEIGHBOURS))])
    near, following = _count(
        items, sittings.played, sittings.skipped, sittings.sitting_of(), by_item, first, damped, room_near, room_next,
        (WINDOW, FADE, OFFERED, SKIPPED_NEXT), (EVENNESS, LITTLE_NEAR, LITTLE_NEXT),
    )  # fmt: skip
    return _packed(room_near, *near), _packed(room_next, *following)


def _lift(sittings: Sittings, plays: np.ndarray) -> np.ndarray:
    """The square root of how much more of what is played an item is of late than in all, float64, shape (n_items,)."""
    if not plays.any():
        return np.ones(len(plays))
    age_days = (sittings.time_ms.max() - sittings.time_ms[sittings.played]) / DAY_MS
    weight = 0.5 ** (age_days / HALF_LIFE_DAYS)
    late = np.bincount(sittings.items[sittings.played], weights=weight, minlength=len(plays))
    return np.sqrt((late + LITTLE_LATE) / (plays * late.sum() / plays.sum() + LITTLE_LATE))


def _packed(room: np.ndarray, sizes: np.ndarray, columns: np.ndarray, votes: np.ndarray) -> sparse.csr_array:
    """A CSR matrix from rows that did not fill the room they had."""
    used = np.arange(len(columns)) - np.repeat(room[:-1], np.diff(room)) < np.repeat(sizes, np.diff(room))
    parts = (votes[used], columns[used], np.concatenate([[0], np.cumsum(sizes)]))
    return sparse.csr_array(parts, shape=(len(sizes), len(sizes)))


@numba.njit(nogil=True, cache=True)
def _count(items, played, skipped, sitting, by_item, first, damped, room_near, room_next, rules, scales):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Both matrices, an item at a time, so that no more than one row is held in full."""
    window, fade, offered, skipped_next = rules
    evenness, little_near, little_next = scales
    n_items = len(damped)
    near = (np.zeros(n_items, np.int64), np.zeros(room_near[-1], np.int32), np.zeros(room_near[-1], np.float32))
    after = (np.zeros(n_items, np.int64), np.zeros(room_next[-1], np.int32), np.zeros(room_next[-1], np.float32))
    near_sum, after_sum = np.zeros(n_items, np.float32), np.zeros(n_items, np.float32)
    undamped = np.ones(n_items, np.float32)
    touched = np.empty(n_items, np.int64)
    is_touched = np.zeros(n_items, np.bool_)
    for item in range(n_items):
        n = 0
        for entry in range(first[item], first[item + 1]):
            here = by_item[entry]
            ahead = played[here]
            for other in range(max(0, here - window), min(len(items), here + window + 1)):
                j = items[other]
                if sitting[other] != sitting[here] or j == item:
                    continue
                if not is_touched[j]:
                    is_touched[j] = True
                    touched[n] = j
                    n += 1
                weight = abs(other - here) ** -fade
                weight *= 1.0 if played[here] else offered
                weight *= 1.0 if played[other] else offered
                near_sum[j] += weight
                if other > here and ahead:
                    ahead = not played[other]
                    after_sum[j] += 1.0 if played[other] else -skipped_next * skipped[other]
        row = np.sort(touched[:n])
        start, end = room_near[item], room_near[item + 1]
        near[0][item] = _keep(row, near_sum, damped, evenness, little_near, near[1][start:end], near[2][start:end])
        start, end = room_next[item], room_next[item + 1]
        after[0][item] = _keep(row, after_sum, undamped, 1.0, little_next, after[1][start:end], after[2][start:end])
        for j in row:
            is_touched[j] = False
            near_sum[j] = after_sum[j] = 0
    return near, after


@numba.njit(nogil=True, cache=True)
def _keep(row, sums, damped, evenness, little, columns, votes):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write the largest votes of a row, by ascending item, and say how many there are."""
    n, total = 0, 0.0
    found, value = np.empty(len(row), np.int64), np.empty(len(row), np.float32)
    for j in row:
        if sums[j] > 0:
            total += sums[j]
            found[n] = j
            value[n] = (sums[j] * damped[j]) ** evenness
            n += 1
    order = np.arange(n)
    if n > len(columns):
        order = np.sort(np.argsort(-value[:n], kind="mergesort")[: len(columns)])
    scale = 0.0
    for place in order:
        scale += value[place]
    for at, place in enumerate(order):
        columns[at] = found[place]
        votes[at] = value[place] / scale * (total / (total + little))
    return len(order)
