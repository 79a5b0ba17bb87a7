"""The loops behind the signals, in native code."""

from __future__ import annotations

import numba
import numpy as np

from segue.ranking.catalogue import UNKNOWN
from segue.ranking.past import DAY_MS, NEVER

LEAST_POPULARITY = 1e-6


@numba.njit(nogil=True, cache=True)
def standardise(values, found):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Each row of `values` less its mean, by its standard deviation, into `found`; see `standardised`."""
    for row in range(values.shape[0]):
        total, squares, known = 0.0, 0.0, 0
        for value in values[row]:
            if np.isfinite(value):
                total += value
                known += 1
        mean = total / max(known, 1)
        for value in values[row]:
            if np.isfinite(value):
                squares += (value - mean) ** 2
        deviation = np.sqrt(squares / max(known, 1))
        least = 1e-7 * abs(mean)  # what float32 cannot tell apart is equal
        for place, value in enumerate(values[row]):
            if not np.isfinite(value):
                found[row, place] = np.nan
            else:
                found[row, place] = (value - mean) / deviation if deviation > least else 0


@numba.njit(nogil=True, cache=True)
def _find(ascending, value):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The first place of a value, or -1."""
    place = np.searchsorted(ascending, value)
    return place if place < len(ascending) and ascending[place] == value else -1


@numba.njit(nogil=True, cache=True)
def own(played, plays, last_ms, items, now_ms):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Plays of each item (0 for what is not in the history) and days since (NaN where not known)."""
    found, days = np.zeros(len(items), dtype=np.float32), np.full(len(items), np.nan)
    for row, item in enumerate(items):
        place = _find(played, item)
        if place >= 0:
            found[row] = max(plays[place], 0)
            if last_ms[place] != NEVER:
                days[row] = max(now_ms - last_ms[place], 0) / DAY_MS
    return found, days


@numba.njit(nogil=True, cache=True)
def tally(codes, order, amounts, last_ms):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The distinct codes, ascending, with the sum of amounts, the number and the latest time of each; `order` sorts the codes."""
    n = len(codes)
    distinct, total, counts = (
        np.empty(n, dtype=codes.dtype),
        np.zeros(n, dtype=np.float32),
        np.zeros(n, dtype=np.float32),
    )
    latest, n_distinct = np.full(n, NEVER, dtype=np.int64), 0
    for entry in order:
        if codes[entry] == UNKNOWN:
            continue
        if not n_distinct or distinct[n_distinct - 1] != codes[entry]:
            distinct[n_distinct] = codes[entry]
            n_distinct += 1
        total[n_distinct - 1] += amounts[entry]
        counts[n_distinct - 1] += 1
        latest[n_distinct - 1] = max(latest[n_distinct - 1], last_ms[entry])
    return distinct[:n_distinct], total[:n_distinct], counts[:n_distinct], latest[:n_distinct]


@numba.njit(nogil=True, cache=True)
def look_up(asked, codes, amounts, counts, last_ms):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Plays, items and last play of what is asked for: 0, 0 and NaN where the tally lacks it, all NaN for `UNKNOWN`."""
    plays, items = np.zeros(len(asked), dtype=np.float32), np.zeros(len(asked), dtype=np.float32)
    last = np.full(len(asked), np.nan)
    for row, code in enumerate(asked):
        place = _find(codes, code)
        if code == UNKNOWN:
            plays[row] = items[row] = np.nan
        elif place >= 0:
            plays[row], items[row] = amounts[place], counts[place]
            if last_ms[place] != NEVER:
                last[row] = last_ms[place]
    return plays, items, last


@numba.njit(nogil=True, cache=True)
def strongest(indptr, indices, data, rows, asked):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The largest entry of each column asked for in any of the rows, 0 where there is none; NaN for `UNKNOWN`."""
    columns = np.sort(asked)
    largest = np.zeros(len(columns), dtype=np.float32)
    for row in rows:
        for entry in range(indptr[row], indptr[row + 1]):
            place = _find(columns, indices[entry])
            if place >= 0:
                largest[place] = max(largest[place], data[entry])
    found = np.empty(len(asked), dtype=np.float32)
    for row, column in enumerate(asked):
        found[row] = np.nan if column == UNKNOWN else largest[_find(columns, column)]
    return found


@numba.njit(nogil=True, cache=True)
def lifts(ascending, shares, items, popularity):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Log of the share of each item by its popularity; NaN for items that have no share."""
    found = np.full(len(items), np.nan, dtype=np.float32)
    for row, item in enumerate(items):
        place = _find(ascending, item)
        if place >= 0:
            found[row] = np.log(max(shares[place], LEAST_POPULARITY) / popularity[row])
    return found


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def cosines(vectors, items, mixed, weights):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Cosine of each item to the weighted sum of the `mixed`; NaN where either is 0."""
    mean = np.zeros(vectors.shape[1], dtype=np.float32)
    for item, weight in zip(mixed, weights):  # noqa: B905 - Numba knows no strict
        for column in range(len(mean)):
            mean[column] += weight * vectors[item, column]
    length = np.float32(0)
    for value in mean:
        length += value * value
    found = np.full(len(items), np.nan, dtype=np.float32)
    for row, item in enumerate(items):
        dot, own = np.float32(0), np.float32(0)
        for column in range(len(mean)):
            value = vectors[item, column]
            dot += value * mean[column]
            own += value * value
        if own > 0 and length > 0:
            found[row] = dot / np.sqrt(own * length)
    return found


@numba.njit(nogil=True, cache=True)
def sound_gaps(audio, items, recent, deviations):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Mean over the columns known of both of |item - mean of recent| by the deviation; NaN where there are none."""
    middle = np.full(audio.shape[1], np.nan)
    for column in range(len(middle)):
        total, known = 0.0, 0
        for item in recent:
            if np.isfinite(audio[item, column]):
                total += audio[item, column]
                known += 1
        if known:
            middle[column] = total / known
    gaps = np.full(len(items), np.nan, dtype=np.float32)
    for row, item in enumerate(items):
        total, known = 0.0, 0
        for column in range(len(middle)):
            gap = abs(audio[item, column] - middle[column]) / deviations[column]
            if np.isfinite(gap):
                total += gap
                known += 1
        if known:
            gaps[row] = total / known
    return gaps
