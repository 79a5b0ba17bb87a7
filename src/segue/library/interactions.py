"""Interactions: the sparse listeners x items matrix made from a Library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal

import numba
import numpy as np
import polars as pl
from scipy import sparse

from segue.errors import NotEnoughData, NotFound
from segue.library.library import Library
from segue.library.tables import REPEATED_ID, TIME
from segue.library.weighting import listen_weights

Level = Literal["track", "release", "artist"]
Signal = Literal["listens", "feedback", "playlists"]

LEVELS: tuple[Level, ...] = ("track", "release", "artist")
SIGNALS: tuple[Signal, ...] = ("listens", "feedback", "playlists")
FEEDBACK_WEIGHT = {"like": 1.0, "dislike": -1.0, "never": -1.0}


@dataclass(frozen=True, eq=False)
class Interactions:
    """A sparse matrix of weights with the ids of its rows and columns.

    `matrix` is CSR, float32, shape (n_listeners, n_items), with sorted indices; the only stored zeros are ratings of 0.
    Rows are listeners (or playlists), columns are items at one `level`. Both id arrays are sorted text, so the same
    library always gives the same matrix, bit for bit.

    `order`, where it is known in which order each listener came to the items, has a number for every entry of the
    matrix: CSR, int32, ascending from 1 along each listener's first plays.
    """

    matrix: sparse.csr_array
    listener_ids: np.ndarray
    item_ids: np.ndarray
    level: Level
    signal: Signal = "listens"
    order: sparse.csr_array | None = None

    @classmethod
    def from_library(
        cls,
        library: Library,
        level: Level | None = None,
        signal: Signal | None = None,
        *,
        half_life_days: float | None = None,
        now: datetime | None = None,
        skip_weight: float = 0.0,
        ordered: bool = False,
        whole_catalogue: bool = False,
    ) -> Interactions:
        """The interactions of a library.

        Args:
            library: where from.
            level: what the columns are; None takes tracks where listens name tracks, else artists.
            signal: listens, feedback or playlists; None takes the first of these that has rows, of that level where one is given.
            half_life_days: listens this old weigh half; None for no decay.
            now: from when the age of a listen counts; None for the last listen.
            skip_weight: what a skipped listen weighs beside a played one; negative counts against the track.
            ordered: also find the order in which items were come to, where it is known (several times the work).
            whole_catalogue: columns for the items that nobody has played, too.

        Raises `NotEnoughData` when the library has no such rows; with `whole_catalogue`, when it has no items either.
        """
        chosen = signal or _first_signal(library, level)
        if chosen == "listens":
            events = library.listens.select(
                "listener_id", "track_id", "artist_id", "time", "position",
                weight=listen_weights(half_life_days, now, skip_weight),
            )  # fmt: skip
        elif chosen == "feedback":
            events = _feedback_events(library, now)
        else:
            events = _playlist_events(library)
        if level is None:
            named = events["track_id"].null_count() < events.height or (not events.height and library.tracks.height)
            level = "track" if named else "artist"
        pairs = _at_level(events, library, level)
        if chosen == "feedback" and level != "track":
            pairs = pairs.group_by("listener_id", "item_id").agg(pl.col("weight").mean(), pl.col("first").min())
        items = getattr(library, f"{level}s")[f"{level}_id"] if whole_catalogue else None
        if not pairs.height and (items is None or not len(items)):
            raise NotEnoughData(f"the library has no {chosen} at {level} level: import some first")
        return cls._from_pairs(pairs, items, level, chosen, ordered=ordered)

    @classmethod
    def _from_pairs(
        cls, pairs: pl.DataFrame, items: pl.Series | None, level: Level, signal: Signal, *, ordered: bool
    ) -> Interactions:
        rows, listener_ids = _codes(pairs["listener_id"])
        columns, item_ids = _codes(pairs["item_id"])
        if items is not None:
            # Ids that are played and ids that only the catalogue has, sorted together.
            played, item_ids = item_ids, np.union1d(item_ids, items.to_numpy().astype(object))
            columns = np.searchsorted(item_ids, played).astype(np.int32)[columns]
        places, shape = (rows, columns), (len(listener_ids), len(item_ids))
        matrix = sparse.csr_array(sparse.coo_array((pairs["weight"].to_numpy(), places), shape=shape))
        matrix.sum_duplicates()
        if signal != "feedback":  # a rating of 0 is a rating
            matrix.eliminate_zeros()
        order = _order(pairs["first"], places, shape) if ordered else None
        return cls(matrix, listener_ids, item_ids, level, signal, None if order is None else _only_where(order, matrix))

    @property
    def n_listeners(self) -> int:
        """Number of rows."""
        return int(self.matrix.shape[0])

    @property
    def n_items(self) -> int:
        """Number of columns."""
        return int(self.matrix.shape[1])

    @cached_property
    def positive(self) -> sparse.csr_array:
        """The matrix without what counts against an item (weights of 0 or less)."""
        if (self.matrix.data > 0).all():
            return self.matrix
        kept = self.matrix.copy()
        kept.data = np.maximum(kept.data, 0)
        kept.eliminate_zeros()
        return kept

    def with_matrix(self, matrix: sparse.csr_array) -> Interactions:
        """The same listeners and items with other weights. Raises `ValueError` when the shape differs."""
        if matrix.shape != self.matrix.shape:
            raise ValueError(f"shape {matrix.shape} is not {self.matrix.shape}")
        return replace(self, matrix=matrix, order=None if self.order is None else _only_where(self.order, matrix))

    def listeners(self, rows: np.ndarray) -> Interactions:
        """Only these rows (indices), in this order; all items stay."""
        order = None if self.order is None else sparse.csr_array(self.order[rows])
        return replace(self, matrix=self.matrix[rows], listener_ids=self.listener_ids[rows], order=order)

    def items(self, columns: np.ndarray) -> Interactions:
        """Only these columns (indices), in this order; all listeners stay."""
        order = None if self.order is None else sparse.csr_array(self.order[:, columns])
        matrix = sparse.csr_array(self.matrix[:, columns])
        matrix.sort_indices()
        if order is not None:
            order.sort_indices()
        return replace(self, matrix=matrix, item_ids=self.item_ids[columns], order=order)

    def sequences(self) -> sparse.csr_array | None:
        """Each listener's positive items in the order they came to them; None where no order is known.

        CSR whose `indices` stand in that order in each row, and whose data says nothing.
        """
        if self.order is None:
            return None
        order = _only_where(self.order, self.positive)
        rows = np.repeat(np.arange(order.shape[0]), np.diff(order.indptr))
        placed = np.lexsort((order.data, rows))
        return sparse.csr_array((order.data[placed], order.indices[placed], order.indptr), shape=order.shape)

    def item_index(self, ids: Sequence[str]) -> np.ndarray:
        """Columns of these item ids, shape (n,). Raises `NotFound` for one that is not here."""
        return _positions(self.item_ids, ids, "item")

    def listener_index(self, ids: Sequence[str]) -> np.ndarray:
        """Rows of these listener ids, shape (n,). Raises `NotFound` for one that is not here."""
        return _positions(self.listener_ids, ids, "listener")


def _order(first: pl.Series, places: tuple[np.ndarray, np.ndarray], shape: tuple[int, int]) -> sparse.csr_array | None:
    """A number for every pair, ascending along each row by when it `first` was seen; None where that is not known."""
    if first.null_count():
        return None
    seen = pl.DataFrame({"row": places[0], "column": places[1], "first": first})
    pairs = seen.group_by("row", "column").agg(pl.col("first").min())
    entries = (pairs["first"].to_numpy(), (pairs["row"].to_numpy(), pairs["column"].to_numpy()))
    placed = sparse.csr_array(sparse.coo_array(entries, shape=shape))
    placed.sort_indices()
    return _ranked(placed)


def _only_where(order: sparse.csr_array, matrix: sparse.csr_array) -> sparse.csr_array:
    """The entries of `order` where `matrix`, which has no others, has any; of what was between, nothing shows."""
    if order.nnz == matrix.nnz:
        return order
    width = order.shape[1]
    key = np.repeat(np.arange(order.shape[0], dtype=np.int64), np.diff(order.indptr)) * width + order.indices
    wanted = np.repeat(np.arange(order.shape[0], dtype=np.int64), np.diff(matrix.indptr)) * width + matrix.indices
    kept = order.data[np.searchsorted(key, wanted)]
    return _ranked(sparse.csr_array((kept, matrix.indices, matrix.indptr), shape=matrix.shape))


def _ranked(placed: sparse.csr_array) -> sparse.csr_array:
    """The place of each entry among those of its row, from 1, by ascending value; equal ones by column."""
    ranks = np.empty(placed.nnz, dtype=np.int32)
    _rank_rows(placed.indptr, placed.data, ranks)
    return sparse.csr_array((ranks, placed.indices, placed.indptr), shape=placed.shape)


@numba.njit(parallel=True, nogil=True, cache=True)
def _rank_rows(indptr, values, ranks):  # type: ignore[no-untyped-def]  # pragma: no cover
    for row in numba.prange(len(indptr) - 1):
        start, end = indptr[row], indptr[row + 1]
        for place, entry in enumerate(np.argsort(values[start:end], kind="mergesort")):
            ranks[start + entry] = place + 1


def _first_signal(library: Library, level: Level | None) -> Signal:
    for signal in SIGNALS:
        rows: pl.DataFrame = getattr(library, signal)
        # Listens to artists say nothing of tracks and releases.
        of_artists_only = (
            level in {"track", "release"}
            and "track_id" in rows.columns
            and rows["track_id"].null_count() == rows.height
        )
        if rows.height and not of_artists_only:
            return signal
    return "listens"


def _positions(known: np.ndarray, ids: Sequence[str], what: str) -> np.ndarray:
    if not len(known):
        raise NotFound(f"no {what} {ids[0]!r}: there are none")
    wanted = np.asarray(ids, dtype=object)
    places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    absent = np.flatnonzero(known[places] != wanted)
    if len(absent):
        raise NotFound(f"no {what} {ids[int(absent[0])]!r} in the interactions")
    return places.astype(np.int64)


def _codes(ids: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Each id as its place among the sorted distinct ids, and those ids (dtype object)."""
    physical = ids.to_physical().to_numpy()
    distinct = ids.unique()
    names = distinct.cast(pl.String)
    order = names.arg_sort().to_numpy()
    lookup = np.zeros(int(physical.max()) + 1 if len(physical) else 0, dtype=np.int32)
    lookup[distinct.to_physical().to_numpy()[order]] = np.arange(len(order), dtype=np.int32)
    return lookup[physical], names.to_numpy().astype(object)[order]


def _feedback_events(library: Library, now: datetime | None) -> pl.DataFrame:
    """What holds of it: the last thing a listener said of an item, unless it has expired."""
    weight = pl.when(pl.col("kind") == "rating").then(pl.col("rating")).otherwise(
        pl.col("kind").replace_strict(FEEDBACK_WEIGHT, default=None, return_dtype=pl.Float32)
    )  # fmt: skip
    moment = pl.lit(now) if now is not None else pl.lit(datetime.now(UTC))
    held = library.feedback.filter(pl.col("expires").is_null() | (pl.col("expires") > moment))
    last = held.sort("time", nulls_last=False, maintain_order=True).unique(
        ["listener_id", "track_id", "artist_id"], keep="last", maintain_order=True
    )
    events = last.select(
        "listener_id", "track_id", "artist_id", "time", position=pl.lit(None, dtype=pl.Int32), weight=weight
    )
    return events.drop_nulls("weight")


def _playlist_events(library: Library) -> pl.DataFrame:
    placed = library.playlists.select(
        listener_id=pl.col("playlist_id").cast(REPEATED_ID),
        track_id="track_ids",
        position=pl.int_ranges(pl.col("track_ids").list.len(), dtype=pl.Int32),
    )
    return placed.explode("track_id", "position").drop_nulls().select(
        "listener_id",
        pl.col("track_id").cast(REPEATED_ID),
        "position",
        artist_id=pl.lit(None, dtype=REPEATED_ID),
        time=pl.lit(None, dtype=TIME),
        weight=pl.lit(1.0, dtype=pl.Float32),
    )  # fmt: skip


def _at_level(events: pl.DataFrame, library: Library, level: Level) -> pl.DataFrame:
    if level == "track":
        item = events.with_columns(item_id=pl.col("track_id"))
    else:
        target = pl.col("release_id") if level == "release" else pl.col("artist_ids").list.first()
        of_track = library.tracks.select(
            track_id=pl.col("track_id").cast(REPEATED_ID), item_id=target.cast(REPEATED_ID)
        )
        item = events.join(of_track, on="track_id", how="left")
        if level == "artist":
            item = item.with_columns(item_id=pl.coalesce("item_id", "artist_id"))
    timed = item["time"].null_count() == 0
    first = pl.col("time").dt.epoch("ms") if timed else pl.col("position").cast(pl.Int64)
    return item.drop_nulls(["listener_id", "item_id"]).select("listener_id", "item_id", "weight", first=first)
