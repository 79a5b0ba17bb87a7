"""Listeners of a library as mixes take them, and when they played what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from segue.engine.engine import Engine
from segue.engine.histories import histories_of
from segue.engine.request import Context, History, Listen
from segue.errors import NotFound
from segue.library.interactions import Level
from segue.library.library import Library
from segue.library.local_time import utc_offset_minutes
from segue.library.tables import REPEATED_ID
from segue.mixes.base import For


def fors_of(listener_ids: Sequence[str], library: Library, level: Level, at: datetime) -> list[For]:
    """The listeners, in order, as they are known at a time: every listen for itself, so that mixes can tell when what was played.

    Listens and feedback from then on are left out; those without a time stay. Raises `NotFound` for a listener there is not.
    """
    people = library.listeners.filter(pl.col("listener_id").is_in(pl.Series(listener_ids, dtype=pl.String).implode()))
    missing = set(listener_ids).difference(people["listener_id"])
    if missing:
        examples = ", ".join(library.listeners["listener_id"].head(3))
        there = f"there is {examples}, …" if examples else "nobody has listened yet"
        raise NotFound(f"no listener {min(missing)!r} in the library; {there}")
    wanted = pl.Series(list(dict.fromkeys(listener_ids)), dtype=pl.String).cast(REPEATED_ID)
    mine = pl.col("listener_id").is_in(wanted.implode())
    earlier = pl.col("time").is_null() | (pl.col("time") < at)
    known = replace(
        library, listens=library.listens.filter(mine & earlier), feedback=library.feedback.filter(mine & earlier)
    )
    rows = known.listens.with_columns(pl.col("listener_id").cast(pl.String))
    # What has no time is counted together; what has one is not.
    undated = replace(known, listens=known.listens.filter(pl.col("time").is_null()))
    histories = histories_of(listener_ids, undated, level, int(at.timestamp() * 1000))
    dated = _dated(rows.drop_nulls("time"), library, level)
    return [
        For(listener_id, _with_listens(history, dated.get(listener_id, ())), at, context)
        for listener_id, history, context in zip(
            listener_ids, histories, _contexts(listener_ids, people, at), strict=True
        )
    ]


def _with_listens(history: History, listens: Sequence[Listen]) -> History:
    return replace(history, listens=(*history.listens, *listens))


def _contexts(listener_ids: Sequence[str], people: pl.DataFrame, at: datetime) -> list[Context]:
    """Where each listener is, and what the clocks show there; the hour is not known where the country is not."""
    known = {
        name: (country, born)
        for name, country, born in people.select("listener_id", "country", "birth_year").iter_rows()
    }
    told = [known[listener_id] for listener_id in listener_ids]
    now_ms = int(at.timestamp() * 1000)
    offsets = utc_offset_minutes([country for country, _ in told], now_ms).tolist()
    contexts = []
    for (country, born), ahead in zip(told, offsets, strict=True):
        local = at.astimezone(UTC) + timedelta(minutes=ahead)
        age = min(max(local.year - born, 0), 130) if born is not None else None
        hour, weekday = (local.hour, local.weekday()) if country is not None else (None, None)
        contexts.append(Context(now_ms, hour, weekday, local.month, country=country, age=age))
    return contexts


def _dated(rows: pl.DataFrame, library: Library, level: Level) -> dict[str, list[Listen]]:
    """Each listener's listens that have a time, in the order of time."""
    rows = rows.with_columns(pl.col("track_id", "artist_id").cast(pl.String))
    if level == "track":
        rows = rows.with_columns(item_id="track_id")
    else:
        target = pl.col("release_id") if level == "release" else pl.col("artist_ids").list.first()
        of_track = library.tracks.select("track_id", item_id=target)
        rows = rows.join(of_track, on="track_id", how="left", maintain_order="left")
        if level == "artist":
            rows = rows.with_columns(item_id=pl.coalesce("item_id", "artist_id"))
    told = rows.drop_nulls("item_id").sort("time", "item_id").select(
        "listener_id", "item_id", pl.col("time").dt.epoch("ms"), pl.col("plays").fill_null(1).cast(pl.Float64),
        pl.col("skipped").fill_null(value=False),
    )  # fmt: skip
    found: dict[str, list[Listen]] = {}
    for listener_id, *listen in told.iter_rows():
        found.setdefault(listener_id, []).append(Listen(*listen))
    return found


@dataclass(frozen=True, eq=False)
class Timed:
    """Listens to the end that have a time, in no order: items int64 (n,), times int64 ms since 1970 UTC, plays float64."""

    items: np.ndarray
    times: np.ndarray
    plays: np.ndarray

    def since(self, time_ms: int) -> Timed:
        """Those not before a time."""
        return self.only(self.times >= time_ms)

    def only(self, rows: np.ndarray) -> Timed:
        """These rows (flags or places)."""
        return Timed(self.items[rows], self.times[rows], self.plays[rows])

    def counts(self, n_items: int) -> np.ndarray:
        """Plays of each item, float64, shape (n_items,)."""
        return np.bincount(self.items, weights=self.plays, minlength=n_items)


def timed(one: For, engine: Engine) -> Timed:
    """When the listener played what; what is not of their taste is left out."""
    others = set(one.exclusions.not_my_taste)
    rows = [
        (listen.item_id, listen.time_ms, listen.plays)
        for listen in one.history.listens
        if listen.time_ms is not None and not listen.skipped and listen.plays > 0 and listen.item_id not in others
    ]
    if not rows:
        return Timed(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
    item_ids, times, plays = zip(*rows, strict=True)
    items = engine.places(item_ids)
    found = Timed(items, np.array(times, dtype=np.int64), np.array(plays, dtype=np.float64))
    return found.only(items >= 0)
