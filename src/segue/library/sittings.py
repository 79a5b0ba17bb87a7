"""Sittings: the listens of a listener that follow each other without a long pause."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from segue.library.interactions import Level
from segue.library.library import Library

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
        listener=pl.col("listener_id").to_physical(),
        item=_items(library, listens, item_ids, level),
        time=pl.col("time").dt.epoch("ms"),
        lasted=pl.col("ms_played").fill_null(0).cast(pl.Int64),
        skipped=pl.col("skipped").fill_null(pl.col("ms_played") < HEARD_MS).fill_null(value=False),
    )
    rank = _ranks(listens["listener_id"])
    found = found.with_columns(listener=pl.Series(rank[found["listener"].to_numpy()], dtype=pl.Int32))
    found = found.sort("listener", "time", maintain_order=True)
    listener, time_ms = found["listener"].to_numpy(), found["time"].to_numpy()
    ended = time_ms + found["lasted"].to_numpy()
    first = np.ones(len(found), dtype=np.bool_)
    first[1:] = (listener[1:] != listener[:-1]) | (time_ms[1:] - ended[:-1] >= pause_ms)
    last = np.ones(len(found), dtype=np.bool_)
    last[:-1] = first[1:]
    cut = found["skipped"].to_numpy()
    starts = np.append(np.flatnonzero(first), len(found))
    whole = Sittings(found["item"].to_numpy(), ~cut, cut & ~last, time_ms, starts, listener[first])
    return whole.where(whole.items >= 0)


def _items(library: Library, listens: pl.DataFrame, item_ids: np.ndarray, level: Level) -> pl.Series:
    """The place in `item_ids` of what each listen is of, int32, -1 where it is not there."""
    if level == "track":
        return pl.Series(_places(listens["track_id"], item_ids), dtype=pl.Int32)
    target = pl.col("release_id") if level == "release" else pl.col("artist_ids").list.first()
    tracks = library.tracks.select("track_id", target=target)
    of_track = np.append(_places(tracks["target"], item_ids), np.int32(-1))
    found = of_track[_places(listens["track_id"], tracks["track_id"].to_numpy().astype(object))]
    if level == "artist":
        found = np.where(found < 0, _places(listens["artist_id"], item_ids), found)
    return pl.Series(found, dtype=pl.Int32)


def _places(ids: pl.Series, known: np.ndarray) -> np.ndarray:
    """The place of each id in `known`, int32, -1 where it is null or not there: each distinct id is looked for once."""
    distinct = pl.DataFrame({"id": ids.unique().drop_nulls()})
    table = pl.DataFrame({"name": known.tolist(), "place": np.arange(len(known), dtype=np.int32)},
                         schema={"name": pl.String, "place": pl.Int32})  # fmt: skip
    joined = distinct.with_columns(name=pl.col("id").cast(pl.String)).join(table, on="name", maintain_order="left")
    frame = pl.DataFrame({"id": ids})
    found = frame.join(joined.select("id", "place"), on="id", how="left", maintain_order="left")
    return found["place"].fill_null(-1).to_numpy()


def _ranks(ids: pl.Series) -> np.ndarray:
    """For each physical code of a categorical, the place of its id among the sorted distinct ids."""
    distinct = ids.unique()
    codes = distinct.to_physical().to_numpy()[distinct.cast(pl.String).arg_sort().to_numpy()]
    rank = np.zeros(int(codes.max()) + 1 if len(codes) else 0, dtype=np.int32)
    rank[codes] = np.arange(len(codes), dtype=np.int32)
    return rank
