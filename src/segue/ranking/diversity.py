"""From the best items to a page worth looking at: relevance against variety, under rules that can each be switched off."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numba
import numpy as np

from segue.errors import BadRequest
from segue.ranking.catalogue import UNKNOWN, Facts
from segue.ranking.walk import sparse_sum

SMOOTHING = 0.01
"""Part of the listener's own taste in the genres of a page (alpha of Steck, RecSys 2018), so that no logarithm is infinite."""
SMALL_ARTIST = 0.5
"""Artists below this place by listeners, 0 to 1, are small."""


@dataclass(frozen=True)
class Rules:
    """How a page is put together. Each rule is off at 0, False or None.

    Attributes:
        diversity: 0 relevance alone to 1 variety alone (maximal marginal relevance, Carbonell & Goldstein 1998).
        per_artist: at most so many items of one artist.
        per_release: at most so many items of one release.
        one_version: of all versions of one song, only the best placed.
        apart: no artist twice in a row.
        calibration: how much the genres of the page follow the listener's own shares, 0 to 1 (Steck, RecSys 2018).
        small_artists: at least this share of the places goes to the least played half of the artists, where candidates are theirs.
    """

    diversity: float = 0.15
    per_artist: int | None = 3
    per_release: int | None = 3
    one_version: bool = True
    apart: bool = True
    calibration: float = 0.1
    small_artists: float = 0.05

    def __post_init__(self) -> None:
        for name in ("diversity", "calibration", "small_artists"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadRequest(f"rules.{name} must be from 0 to 1, not {getattr(self, name)!r}")
        for name in ("per_artist", "per_release"):
            if (getattr(self, name) or 0) < 0:
                raise BadRequest(f"rules.{name} must be 1 or more, or None for no limit, not {getattr(self, name)!r}")


NO_RULES = Rules(
    diversity=0, per_artist=None, per_release=None, one_version=False, apart=False, calibration=0, small_artists=0
)


def rerank(
    relevance: np.ndarray, items: np.ndarray, facts: Facts, vectors: np.ndarray, rules: Rules, n: int, *,
    taste: np.ndarray, before: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """The candidates that make the page, as places in `items`, int64, at most `n`, in the order of the page.

    Place by place, the page takes the candidate with the most

        (1 - calibration) ((1 - diversity) relevance - diversity likeness) + calibration gain

    relevance: scaled so that the candidates span 0 to 1 (all 0 where they are equal).
    likeness: the largest cosine to anything on the page, and never below 0: what is unlike all of it, or not known, loses
        nothing (Carbonell & Goldstein, SIGIR 1998).
    gain: how much nearer the genres of the page come to the taste (Steck, RecSys 2018): the decrease of KL(p || q~), where p is
        the taste and q~_g = alpha p_g + (1 - alpha) / n * sum of the shares of genre g on the page so far. Dividing by the
        length of the whole page from the start makes this a monotone submodular function, for which greedy choice is within
        1 - 1/e of the best (Nemhauser et al. 1978); on a full page it is Steck's own. What has no known genre gains nothing.

    Rules that cannot all be kept give way in this order: `apart` first, then `small_artists`; the caps, never, so a page may
    be shorter than `n`. Places are kept for small artists when only as many are left as are still owed to them. Artists,
    releases and works that are not known (-1) count as nobody's. Equals go to the more relevant, then to the lower item.

    Args:
        relevance: float32 (m,), finite.
        items: int32 (m,), distinct items of the catalogue.
        facts: what is known of them.
        vectors: float32 (n_items, d), of length 1 or 0.
        rules: see there.
        n: how many.
        taste: float32 (n_genres,), the listener's shares of genres, adding up to 1; all 0 where they are not known.
        before: int32, items just played, the last one last: with `apart`, its artist is not first on the page.
    """
    order = np.lexsort((items, -relevance))
    candidates = _candidates(relevance[order], items[order], facts, vectors, rules)
    last = int(facts.artist[before[-1]]) if len(before) else UNKNOWN
    most = np.array([rules.per_artist or 0, rules.per_release or 0, int(rules.one_version)])
    owed = math.ceil(rules.small_artists * n - 1e-9)
    wanted = taste.astype(np.float64)
    page = _fill(candidates, most, float(rules.diversity), float(rules.calibration), wanted, last, rules.apart, owed, n)
    return order[page]


def mean_genres(items: np.ndarray, weights: np.ndarray, facts: Facts) -> np.ndarray:
    """The genres of what a listener plays, float32, shape (n_genres,), adding up to 1; all 0 where none is known.

    The mean of the items' own shares, by weight (Steck, RecSys 2018, equation 2). Items without genres and weights below 0,
    which count against an item, are left out.
    """
    liked, genres = np.maximum(weights, 0).astype(np.float32), facts.genres
    shares = sparse_sum(genres.indptr, genres.indices, genres.data, items, liked, genres.shape[1])
    total = shares.sum()
    return shares / total if total > 0 else shares


class _Candidates(NamedTuple):
    """What the kernel looks at, the most relevant first.

    `codes` are artist, release and work, int32 (3, m). The genres of candidate i are `genres[ptr[i]:ptr[i + 1]]`.
    """

    relevance: np.ndarray
    vectors: np.ndarray
    codes: np.ndarray
    small: np.ndarray
    ptr: np.ndarray
    genres: np.ndarray
    shares: np.ndarray


def _candidates(
    relevance: np.ndarray, items: np.ndarray, facts: Facts, vectors: np.ndarray, rules: Rules
) -> _Candidates:
    scaled = relevance.astype(np.float64)
    if len(scaled):
        spread = scaled[0] - scaled[-1]
        scaled = (scaled - scaled[-1]) / spread if spread > 0 else np.zeros_like(scaled)
    starts = facts.genres.indptr[items].astype(np.int64)
    lengths = facts.genres.indptr[items + 1] - starts
    if not rules.calibration:
        lengths[:] = 0
    ptr = np.concatenate([[0], np.cumsum(lengths)])
    entries = np.repeat(starts - ptr[:-1], lengths) + np.arange(ptr[-1])
    return _Candidates(
        scaled,
        # A copy: neither where the vectors lie (in memory, or mapped from a file) nor their order matters to the kernel.
        np.ascontiguousarray(vectors[items], dtype=np.float32)
        if rules.diversity
        else np.zeros((len(items), 0), np.float32),
        np.stack([facts.artist[items], facts.release[items], facts.work[items]]).astype(np.int32, copy=False),
        facts.artist_rank[items] < SMALL_ARTIST,
        ptr,
        facts.genres.indices[entries].astype(np.int32, copy=False),
        facts.genres.data[entries].astype(np.float32, copy=False),
    )


@numba.njit(nogil=True, cache=True)
def _fill(  # type: ignore[no-untyped-def]  # pragma: no cover
    candidates, most, diversity, calibration, taste, last, apart, owed, n
):
    """The page, as places among the candidates; `owed` is how many places are still to go to small artists."""
    m = len(candidates.relevance)
    page = np.empty(min(n, m), dtype=np.int64)
    worth, likeness = np.full(m, np.inf), np.zeros(m)
    seen, out = np.full(m, -1), np.zeros(m, dtype=np.bool_)
    filled = SMOOTHING * taste
    step = (1 - SMOOTHING) / max(len(page), 1)
    for place in range(len(page)):
        best = -1
        for only_small, only_apart in ((True, True), (True, False), (False, True), (False, False)):
            if best < 0 and (owed >= n - place or not only_small):
                barred = last if apart and only_apart else UNKNOWN
                best = _best(
                    candidates, only_small, barred, out, page, place, worth, likeness, seen,
                    diversity, calibration, taste, filled, step,
                )  # fmt: skip
        if best < 0:
            return page[:place]
        page[place] = best
        out[best] = True
        last = candidates.codes[0, best]
        owed -= candidates.small[best]
        for kind in range(3):
            _close(candidates.codes[kind], page, place, most[kind], out)
        for at in range(candidates.ptr[best], candidates.ptr[best + 1]):
            filled[candidates.genres[at]] += step * candidates.shares[at]
    return page


@numba.njit(nogil=True, cache=True)
def _best(  # type: ignore[no-untyped-def]  # pragma: no cover
    candidates, only_small, barred, out, page, place, worth, likeness, seen, diversity, calibration, taste, filled, step
):
    """The candidate for the next place, or -1 where none may take it.

    As the page fills, likeness only grows and gain only shrinks. What a candidate was once worth is therefore the most it can
    be worth now, and only those that could still be the best are looked at again (Minoux 1978): the answer is the same.
    """
    best, top = -1, -np.inf
    for one in range(len(worth)):
        if out[one] or worth[one] <= top or (only_small and not candidates.small[one]):
            continue
        if barred != UNKNOWN and candidates.codes[0, one] == barred:
            continue
        if seen[one] < place:
            if diversity > 0:
                likeness[one] = _likeness(candidates.vectors, one, page, max(seen[one], 0), place, likeness[one])
            value = (1 - diversity) * candidates.relevance[one] - diversity * likeness[one]
            worth[one] = (1 - calibration) * value + calibration * _gain(candidates, one, taste, filled, step)
            seen[one] = place
        if worth[one] > top:
            best, top = one, worth[one]
    return best


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def _likeness(vectors, one, page, start, stop, largest):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The largest cosine to the places of the page from `start` to `stop`, or what it was, if that is more."""
    for place in range(start, stop):
        other = page[place]
        cosine = np.float32(0)
        for column in range(vectors.shape[1]):
            cosine += vectors[one, column] * vectors[other, column]
        largest = max(largest, cosine)
    return largest


@numba.njit(nogil=True, cache=True)
def _gain(candidates, one, taste, filled, step):  # type: ignore[no-untyped-def]  # pragma: no cover
    """How much a candidate brings the genres of the page nearer to the taste: the decrease of KL(p || q~), in nats."""
    gain = 0.0
    for at in range(candidates.ptr[one], candidates.ptr[one + 1]):
        genre = candidates.genres[at]
        if taste[genre] > 0:
            gain += taste[genre] * np.log(1 + step * candidates.shares[at] / filled[genre])
    return gain


@numba.njit(nogil=True, cache=True)
def _close(codes, page, place, most, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Take out all candidates that share the code of the latest on the page, once as many of them are there as may be."""
    code = codes[page[place]]
    if most == 0 or code == UNKNOWN:
        return
    there = 0
    for earlier in range(place + 1):
        there += codes[page[earlier]] == code
    if there < most:
        return
    for one in range(len(codes)):
        if codes[one] == code:
            out[one] = True
