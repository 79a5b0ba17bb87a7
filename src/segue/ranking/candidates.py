"""Candidates from everywhere at once, beside those the models propose: alike, related, trending and new.

Each source is cheap and gives few. What they find is scored by the same model as all else, and remembers who proposed it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numba
import numpy as np

from segue.ranking.catalogue import NO_DAY, Catalogue
from segue.ranking.past import Past

SOURCES = ("model", "content", "related", "trending", "new")
MODEL, CONTENT, RELATED, TRENDING, NEW = (1 << place for place in range(len(SOURCES)))

NEW_DAYS = 45
"""A release is new for so long."""
_CONTENT_FROM = 15
_CONTENT = 10
_ARTISTS = 8
_OWN_ITEMS = 6
_RELATED_ARTISTS = 6
_RELATED_ITEMS = 2
_TRENDING = 40
_NEW = 60
_NEW_FROM_ANYONE = 15


@dataclass(frozen=True, eq=False)
class Gathered:
    """Distinct items, int32 (m,), and which sources proposed each: uint8 (m,), bits of `SOURCES`."""

    items: np.ndarray
    bits: np.ndarray


class Gatherer:
    """The sources over one catalogue. Any number of threads may ask at once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        facts = catalogue.facts
        dated = np.flatnonzero((facts.day != NO_DAY) & facts.to_the_day)
        self._by_day = dated[np.argsort(facts.day[dated], kind="stable")].astype(np.int32)
        self._days = np.asarray(facts.day[self._by_day])
        self._own = threading.local()

    def gather(self, past: Past, near: np.ndarray, groups: np.ndarray) -> Gathered:
        """What the sources propose for a history.

        Args:
            past: the history.
            near: int32 (n,): the items to be near to, those that say most first.
            groups: rows of `Crowds.top`, of whom what is popular is proposed.
        """
        bits, found = scratch = self._taken()
        catalogue = self._catalogue
        facts, space, related = catalogue.facts, catalogue.space.near, catalogue.relations.related
        count = _add_rows(space.indptr, space.indices, near[:_CONTENT_FROM], _CONTENT, CONTENT, bits, found, 0)
        artists = self._artists(past)
        count = _add_related(
            artists, related.indptr, related.indices, facts.items_of_artist.indptr, facts.items_of_artist.indices,
            _OWN_ITEMS, _RELATED_ARTISTS, _RELATED_ITEMS, RELATED, bits, found, count,
        )  # fmt: skip
        top = catalogue.crowds.top
        count = _add_rows(top.indptr, top.indices, groups, _TRENDING, TRENDING, bits, found, count)
        new = self.new_items(past.now_ms)
        count = _add_new(
            new, facts.artist, artists, related.indptr, related.indices, facts.popularity, _RELATED_ARTISTS, _NEW,
            _NEW_FROM_ANYONE, NEW, bits, found, count,
        )  # fmt: skip
        items = found[:count].copy()
        gathered = Gathered(items, bits[items])
        bits[items] = 0
        self._own.scratch = scratch
        return gathered

    def proposed(self, gathered: Gathered, items: np.ndarray) -> np.ndarray:
        """Which of the sources that were gathered from proposed each of these items; uint8 (n,)."""
        bits, _ = scratch = self._taken()
        bits[gathered.items] = gathered.bits
        found = bits[items]
        bits[gathered.items] = 0
        self._own.scratch = scratch
        return found

    def new_items(self, now_ms: int) -> np.ndarray:
        """Items that came out in the last weeks, the newest first; int32."""
        today = now_ms // 86_400_000
        first, last = np.searchsorted(self._days, [today - NEW_DAYS, today + 1])
        return self._by_day[first:last][::-1]

    def _artists(self, past: Past) -> np.ndarray:
        """The artists the listener plays most, the first first; int32."""
        liked = past.weights > 0
        artists = self._catalogue.facts.artist[past.items[liked]]
        known = artists >= 0
        distinct, place = np.unique(artists[known], return_inverse=True)
        amount = np.bincount(place, weights=np.log1p(past.weights[liked][known]), minlength=len(distinct))
        return distinct[np.argsort(-amount, kind="stable")[:_ARTISTS]].astype(np.int32)

    def _taken(self) -> tuple[np.ndarray, np.ndarray]:
        """The calling thread's scratch, to be put back when it is clear again: what is interrupted leaves it to nobody."""
        found = getattr(self._own, "scratch", None)
        self._own.scratch = None
        if found is None:
            n_items = self._catalogue.facts.n_items
            found = (np.zeros(n_items, dtype=np.uint8), np.zeros(n_items, dtype=np.int32))
        return found


@numba.njit(nogil=True, cache=True, inline="always")
def _add(item, bit, bits, found, count):  # type: ignore[no-untyped-def]  # pragma: no cover
    if bits[item] == 0:
        found[count] = item
        count += 1
    bits[item] |= bit
    return count


@numba.njit(nogil=True, cache=True)
def _add_rows(indptr, indices, rows, at_most, bit, bits, found, count):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The first entries of each of these rows."""
    for row in rows:
        for entry in range(indptr[row], min(indptr[row + 1], indptr[row] + at_most)):
            count = _add(indices[entry], bit, bits, found, count)
    return count


@numba.njit(nogil=True, cache=True)
def _add_related(artists, r_indptr, r_indices, i_indptr, i_indices, n_own, n_artists, n_items, bit, bits, found, count):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The most played items of these artists, and of the artists related to them."""
    for artist in artists:
        for entry in range(i_indptr[artist], min(i_indptr[artist + 1], i_indptr[artist] + n_own)):
            count = _add(i_indices[entry], bit, bits, found, count)
        for place in range(r_indptr[artist], min(r_indptr[artist + 1], r_indptr[artist] + n_artists)):
            other = r_indices[place]
            for entry in range(i_indptr[other], min(i_indptr[other + 1], i_indptr[other] + n_items)):
                count = _add(i_indices[entry], bit, bits, found, count)
    return count


@numba.njit(nogil=True, cache=True)
def _add_new(  # type: ignore[no-untyped-def]  # pragma: no cover
    new, artist_of, artists, r_indptr, r_indices, popularity, n_artists, at_most, from_anyone, bit, bits, found, count
):
    """New items of these artists and of those related to them; and a few of the most played of all."""
    near = {np.int32(-2)}
    for artist in artists:
        near.add(np.int32(artist))
        for place in range(r_indptr[artist], min(r_indptr[artist + 1], r_indptr[artist] + n_artists)):
            near.add(np.int32(r_indices[place]))
    left, best = at_most, np.full(from_anyone, -1, dtype=np.int32)
    for item in new:
        if left > 0 and artist_of[item] in near:
            count = _add(item, bit, bits, found, count)
            left -= 1
        place = from_anyone
        while place > 0 and (best[place - 1] < 0 or popularity[item] > popularity[best[place - 1]]):
            if place < from_anyone:
                best[place] = best[place - 1]
            place -= 1
        if place < from_anyone:
            best[place] = item
    for item in best:
        if item >= 0:
            count = _add(item, bit, bits, found, count)
    return count
