"""Which items may be in an answer, and how near they are to what is wanted: pure functions of facts and arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numba
import numpy as np
from scipy import sparse

from segue.ranking.catalogue import Facts

_NOTHING = np.zeros(0, dtype=np.int64)
_NOTHING.flags.writeable = False
_ALL_PLACES = (0.0, 1.0)


def _nothing() -> np.ndarray:
    return _NOTHING


@dataclass(frozen=True, eq=False)
class Wanted:
    """What the items of an answer must be, and must not be, in codes of `Facts`.

    Attributes:
        explicit: whether what has explicit words may be there; what is not known to have any may.
        genres: int (n,): at least one of these, where there are any.
        decades: int (n,): out in one of these (1990 for the nineties), where there are any.
        languages: int (n,): sung in one of these, where there are any; what has no known language stays.
        ranges: (column of `Facts.audio`, lowest, highest value); what is not known is left out.
        popularity: lowest and highest `Facts.rank`.
        never_works, never_releases: int (n,): none of these.
        never_credited: int (n,): nothing that any of these has a part in.
        within: int (n,), ascending: only these items; None for all.
    """

    explicit: bool = True
    genres: np.ndarray = field(default_factory=_nothing)
    decades: np.ndarray = field(default_factory=_nothing)
    languages: np.ndarray = field(default_factory=_nothing)
    ranges: tuple[tuple[int, float, float], ...] = ()
    popularity: tuple[float, float] = _ALL_PLACES
    never_works: np.ndarray = field(default_factory=_nothing)
    never_releases: np.ndarray = field(default_factory=_nothing)
    never_credited: np.ndarray = field(default_factory=_nothing)
    within: np.ndarray | None = None

    @property
    def everything(self) -> bool:
        """Whether all items are allowed."""
        lists = (self.genres, self.decades, self.languages)
        nevers = (self.never_works, self.never_releases, self.never_credited)
        listed = any(map(len, (*lists, *nevers))) or self.within is not None
        return self.explicit and self.popularity == _ALL_PLACES and not self.ranges and not listed


def allowed(facts: Facts, items: np.ndarray, wanted: Wanted) -> np.ndarray:
    """Which of the items (int, shape (n,)) are as wanted: bool, shape (n,)."""
    found = np.ones(len(items), dtype=np.bool_)
    if wanted.everything:
        return found
    if wanted.within is not None:
        found &= _in_sorted(items, wanted.within)
    for codes, never in ((facts.work, wanted.never_works), (facts.release, wanted.never_releases)):
        if len(never):
            found &= ~np.isin(codes[items], never)
    if len(wanted.never_credited):
        found &= ~_with_any(facts.credited, items, wanted.never_credited)
    return found & _as_asked(facts, items, wanted)


def _as_asked(facts: Facts, items: np.ndarray, wanted: Wanted) -> np.ndarray:
    found = np.ones(len(items), dtype=np.bool_)
    if not wanted.explicit:
        found &= facts.explicit[items] != 1
    if len(wanted.genres):
        found &= _with_any(facts.genres, items, wanted.genres)
    if len(wanted.decades):
        years = facts.day[items].astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
        found &= np.isin(years - years % 10, wanted.decades)
    if len(wanted.languages):
        languages = facts.language[items]
        found &= (languages < 0) | np.isin(languages, wanted.languages)
    for column, low, high in wanted.ranges:
        values = facts.audio[items, column]
        found &= (values >= low) & (values <= high)
    if wanted.popularity != _ALL_PLACES:
        low, high = wanted.popularity
        found &= (facts.rank[items] >= low) & (facts.rank[items] <= high)
    return found


def _in_sorted(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    if not len(known):
        return np.zeros(len(values), dtype=np.bool_)
    places = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.asarray(known[places] == values)


def audio_spread(facts: Facts) -> np.ndarray:
    """The standard deviation of each audio feature over the items where it is known, float32, shape (n_audio,); 1 where it is 0."""
    spread = np.ones(facts.audio.shape[1], dtype=np.float32)
    for column, values in enumerate(facts.audio.T):
        known = values[~np.isnan(values)]
        if len(known) and known.min() < known.max():
            spread[column] = known.std(dtype=np.float64)
    return spread


def target_penalty(
    facts: Facts, items: np.ndarray, targets: tuple[tuple[int, float], ...], spread: np.ndarray
) -> np.ndarray:
    """How far items are from targets: the mean distance of their audio features, in `audio_spread`; float32, shape (n,).

    `targets` are (column of `Facts.audio`, value). An item of which a feature is not known is as far as the items
    are in the mean; where it is known of none of them, it does not count. 0 without targets.
    """
    far = np.zeros(len(items), dtype=np.float32)
    for column, value in targets:
        distance = np.abs(facts.audio[items, column] - np.float32(value)) / spread[column]
        unknown = np.isnan(distance)
        distance[unknown] = distance[~unknown].mean() if not unknown.all() else 0
        far += distance
    return far / np.float32(max(len(targets), 1))


def _with_any(table: sparse.csr_array, items: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Which items have an entry in any of these columns: bool, shape (n,)."""
    of_these = np.zeros(table.shape[1], dtype=np.bool_)
    of_these[columns] = True
    found = np.empty(len(items), dtype=np.bool_)
    _mark(table.indptr, table.indices, items, of_these, found)
    return found


@numba.njit(nogil=True, cache=True)
def _mark(indptr, indices, items, of_these, found):  # type: ignore[no-untyped-def]  # pragma: no cover
    for place in range(len(items)):
        has_any = False
        for entry in range(indptr[items[place]], indptr[items[place] + 1]):
            has_any |= of_these[indices[entry]]
        found[place] = has_any
