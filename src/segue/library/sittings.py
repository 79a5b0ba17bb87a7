"""Sittings: the listens of a listener that follow each other without a long pause."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from segue.library.interactions import Level
from segue.library.library import Library
from segue.library.tables import REPEATED_ID

PAUSE_MS = 30 * 60_000
"""A pause this long, or longer, ends a sitting."""
HEARD_MS = 30_000
"""A play shorter than this is a skip, where nobody says which it was."""


@dataclass(frozen=True, eq=False)
class Sittings:
    """Sittings one after the other, by listener and then by time; the listens of each in the order they began.

    What is neither played nor skipped says nothing of the item: it was cut short, but the sitting ended there.

    Attributes:
        items: int32 (n_listens,): places in the item ids they were made with.
        played: bool (n_listens,): heard out, as far as is known.
        skipped: bool (n_listens,): the listener moved on to something else.
        time_ms: int64 (n_listens,): when each listen began, ms since 1970 UTC.
        starts: int64 (n_sittings + 1,): where each sitting starts in these, and where the last one ends.
        listener: int32 (n_sittings,): whose it is, as a place among the sorted ids of those who listened.
    """

    items: np.ndarray
    played: np.ndarray
    skipped: np.ndarray
    time_ms: np.ndarray
    starts: np.ndarray
    listener: np.ndarray

    def __len__(self) -> int:
        return len(self.listener)

    def sitting_of(self) -> np.ndarray:
        """The sitting of each listen, int64, shape (n_listens,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def places(self) -> np.ndarray:
        """The place of each listen in its sitting, from 0, int64, shape (n_listens,)."""
        return np.arange(len(self.items)) - np.repeat(self.starts[:-1], np.diff(self.starts))

    def begun(self) -> np.ndarray:
        """When each sitting began, ms since 1970 UTC, int64, shape (n_sittings,)."""
        return self.time_ms[self.starts[:-1]]

    def only(self, chosen: np.ndarray) -> Sittings:
        """These sittings (flags, shape (n_sittings,)), in the order they stand in."""
        sizes = np.diff(self.starts)
        listens = np.repeat(chosen, sizes)
        starts = np.concatenate([[0], np.cumsum(sizes[chosen])])
        return self._with(listens, starts, self.listener[chosen])

    def split(self, time_ms: float) -> tuple[Sittings, Sittings]:
        """Those that began before that time, without what was played from then on; and those that began then or later."""
        begun = self.begun()
        return self.where(self.time_ms < time_ms), self.only(begun >= time_ms)

    def where(self, listens: np.ndarray) -> Sittings:
        """Only these listens (flags, shape (n_listens,)), without the sittings in which none is left."""
        starts = np.concatenate([[0], np.cumsum(listens)])[self.starts]
        some = np.diff(starts) > 0
        return self._with(listens, np.append(starts[:-1][some], starts[-1]), self.listener[some])

    def _with(self, listens: np.ndarray, starts: np.ndarray, listener: np.ndarray) -> Sittings:
        return Sittings(self.items[listens], self.played[listens], self.skipped[listens], self.time_ms[listens], starts,
                        listener)  # fmt: skip


def sittings_of(library: Library, item_ids: np.ndarray, level: Level = "track", pause_ms: int = PAUSE_MS) -> Sittings:
    """The sittings of a library's listens, in items of a level.

    Listens of a listener are in one sitting while the next begins less than `pause_ms` after the end of the one before, or
    after its beginning where it is not known for how long it played. A listen is skipped if it says so; if it does not say,
    when it is known to have played for less than 30 s. The last listen of a sitting is never skipped: who stops listening
    does not say why. Listens without a time belong to no sitting; those of items that are not in `item_ids` still bridge
    a pause.
    """
    listens = library.listens.filter(pl.col("time").is_not_null())
    found = listens.select(
        time=pl.col("time").dt.epoch("ms"),
        lasted=pl.col("ms_played").fill_null(0).cast(pl.Int64),
        cut=pl.col("skipped").fill_null(pl.col("ms_played") < HEARD_MS).fill_null(value=False),
    )
    listener = _ranks(listens["listener_id"])
    order = np.lexsort((found["time"].to_numpy(), listener))
    columns = (listener, _items(library, listens, item_ids, level), *(column.to_numpy() for column in found))
    listener, item, time_ms, lasted, cut = (column[order] for column in columns)
    ended = time_ms + lasted
    first = np.ones(len(item), dtype=np.bool_)
    first[1:] = (listener[1:] != listener[:-1]) | (time_ms[1:] - ended[:-1] >= pause_ms)
    last = np.ones(len(item), dtype=np.bool_)
    last[:-1] = first[1:]
    starts = np.append(np.flatnonzero(first), len(item))
    whole = Sittings(item, ~cut, cut & ~last, time_ms, starts, listener[first])
    return whole.where(whole.items >= 0)


def _items(library: Library, listens: pl.DataFrame, item_ids: np.ndarray, level: Level) -> np.ndarray:
    """The place in `item_ids` of what each listen is of, int32, -1 where it is not there."""
    if level == "track":
        return _places(listens["track_id"], item_ids)
    target = pl.col("release_id") if level == "release" else pl.col("artist_ids").list.first()
    tracks = library.tracks.select("track_id", target=target)
    of_track = np.append(_places(tracks["target"], item_ids), np.int32(-1))
    found = of_track[_places(listens["track_id"], tracks["track_id"].to_numpy().astype(object))]
    if level == "artist":
        found = np.where(found < 0, _places(listens["artist_id"], item_ids), found)
    return found


def _places(ids: pl.Series, known: np.ndarray) -> np.ndarray:
    """The place of each id in `known`, int32, -1 where it is null or not there: each distinct id is looked for once."""
    ids = ids.cast(REPEATED_ID)
    distinct = ids.drop_nulls().unique()
    table = pl.DataFrame(
        {"name": pl.Series(known.tolist(), dtype=pl.String), "place": np.arange(len(known), dtype=np.int32)}
    )
    sought = pl.DataFrame({"name": distinct.cast(pl.String)})
    found = sought.join(table, on="name", how="left", maintain_order="left")["place"].fill_null(-1).to_numpy()
    return np.where(ids.is_null().to_numpy(), np.int32(-1), _by_code(distinct, found)[_code(ids)])


def _ranks(ids: pl.Series) -> np.ndarray:
    """The place of each id among the sorted distinct ids, int32."""
    distinct = ids.unique()
    order = distinct.cast(pl.String).arg_sort().to_numpy()
    return _by_code(distinct.gather(order), np.arange(len(order), dtype=np.int32))[_code(ids)]


def _by_code(distinct: pl.Series, values: np.ndarray) -> np.ndarray:
    """A table of values by the physical code of a categorical id."""
    codes = _code(distinct)
    table = np.zeros(int(codes.max(initial=0)) + 1, dtype=np.int32)
    table[codes] = values
    return table


def _code(ids: pl.Series) -> np.ndarray:
    return ids.to_physical().fill_null(0).to_numpy()
