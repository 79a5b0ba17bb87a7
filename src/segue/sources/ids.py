"""Ids by the million: dictionary-encoded quickly, checked, and put into a namespace."""

from __future__ import annotations

import numpy as np
import polars as pl

from segue.library.tables import REPEATED_ID

# What an id may look like. Spaces, quotes and a leading sign ("=1+1" is a formula to a spreadsheet) are not ids.
PATTERN = r"^[0-9A-Za-z_][0-9A-Za-z_.:~-]{0,127}$"
DIGITS = r"^[0-9]{1,18}$"


class IdCodes:
    """Turns columns of text ids into categoricals, block after block, as a cast to Categorical does.

    `slots` is a power of 2.

    A cast looks every row up in the dictionary of the whole process. This remembers the 64-bit hashes of the ids it
    has seen in a small table, one to a slot, and casts each new id once: ten million rows with 400,000 ids take a third
    of the time. Two of a million ids share a hash with a probability of 1 in 40 million.
    """

    def __init__(self, slots: int = 1 << 22) -> None:
        self._hashes = np.zeros(slots, dtype=np.uint64)
        self._places = np.zeros(slots, dtype=np.int32)
        self._known = pl.Series(dtype=REPEATED_ID)

    def encode(self, ids: pl.Series) -> pl.Series:
        """The same ids as categoricals; null stays null."""
        if ids.null_count():
            return ids.cast(REPEATED_ID)
        hashes = ids.hash().to_numpy()
        slots = (hashes & np.uint64(len(self._hashes) - 1)).astype(np.intp)
        new = np.flatnonzero(self._hashes[slots] != hashes)
        if not len(new):
            return self._known.gather(self._places[slots]).alias(ids.name)
        self._learn(ids, hashes, slots, new)
        places, known = self._places[slots], self._known
        # Ids, new or not, that just lost their slot to another one.
        homeless = np.flatnonzero(self._hashes[slots] != hashes)
        if len(homeless):
            places[homeless] = np.arange(len(known), len(known) + len(homeless))
            known = pl.concat([known, ids.gather(homeless).cast(REPEATED_ID)], rechunk=True)
        return known.gather(places).alias(ids.name)

    def _learn(self, ids: pl.Series, hashes: np.ndarray, slots: np.ndarray, new: np.ndarray) -> None:
        """Give each slot of the new rows to the last of them, and cast that one."""
        order = np.arange(len(new), dtype=np.int32)
        self._places[slots[new]] = order
        winners = new[self._places[slots[new]] == order]
        self._hashes[slots[winners]] = hashes[winners]
        self._places[slots[winners]] = np.arange(len(self._known), len(self._known) + len(winners))
        self._known = pl.concat([self._known, ids.gather(winners).cast(REPEATED_ID)], rechunk=True)


def not_ids(ids: pl.Series, pattern: str) -> pl.Series:
    """The distinct ids of a column that do not look like the pattern, as text."""
    distinct = ids.unique().cast(pl.String).drop_nulls()
    return distinct.filter(~distinct.str.contains(pattern))


def namespaced(ids: pl.Series, prefix: str) -> pl.Series:
    """Categorical ids with a prefix before each: 52 becomes lastfm-2k:artist:52."""
    distinct = ids.unique().drop_nulls()
    if distinct.is_empty():
        return ids
    codes, known = ids.to_physical(), distinct.to_physical().to_numpy()
    places = np.zeros(int(known.max()) + 1, dtype=np.int32)
    places[known] = np.arange(len(known))
    named = (prefix + distinct.cast(pl.String)).cast(REPEATED_ID)
    found = pl.Series(places[codes.fill_null(int(known[0])).to_numpy()])
    return named.gather(pl.select(pl.when(codes.is_not_null()).then(found)).to_series()).alias(ids.name)
