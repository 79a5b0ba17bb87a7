"""Listens of a Library into the database."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from segue.library.tables import TABLES
from segue.web.catalog.loading import Loading
from segue.web.catalog.models import Artist, Track
from segue.web.catalog.rows import to_database
from segue.web.catalog.writing import Upsert, beside, upsert
from segue.web.listening.events import NO_TIME, NONE, events, source_code
from segue.web.listening.models import Listen, Listener

AT_ONCE = 1 << 16
"""Listens in one transaction: other writers wait for less than a second."""
_COUNTS_AT_ONCE = 1 << 20
_COUNTED = ("listener_id", "track_id", "artist_id", "source")
_HOW = Upsert(
    Listen, ("listener_id", "event"), parents={"listener_id": Listener, "track_id": Track, "artist_id": Artist}
)  # fmt: skip
_SAME_PLAY = """
    SELECT {rows}.listener_id, {rows}.event, MIN({table}.event) FROM {rows} JOIN {table}
    ON {table}.listener_id = {rows}.listener_id AND {table}.time_ms = {rows}.time_ms AND {table}.event < 0
    AND {table}.track_id IS NOT DISTINCT FROM {rows}.track_id AND {table}.artist_id IS NOT DISTINCT FROM {rows}.artist_id
    AND {table}.position IS NOT DISTINCT FROM {rows}.position
    GROUP BY {rows}.listener_id, {rows}.event
"""


def load_listens(loading: Loading) -> None:
    """Put the listens in, a transaction for each `AT_ONCE`."""
    senders = set(
        Listener.objects.filter(user__isnull=False)
        .filter(Exists(Listen.objects.filter(listener=OuterRef("pk"), event__lt=0)))
        .values_list("pk", flat=True)
    )
    bare = 0
    # Rows of a listener lie together in the indexes: what is changed at once lies in few places.
    for part in loading.slices("listens", AT_ONCE, by="listener_id"):
        told = part.filter(~_bare())
        bare += part.height - told.height
        _write_again_if_need_be(loading, told, senders)
    for counts in _counts(loading.frames["listens"], bare):
        for part in counts.iter_slices(AT_ONCE):
            _write_again_if_need_be(loading, part, senders)


def _bare() -> pl.Expr:
    """A count of plays: nothing tells one play from another."""
    return pl.col("time").is_null() & pl.col("position").is_null()


def _counts(listens: pl.LazyFrame, rows: int) -> Iterator[pl.DataFrame]:
    """Counts of the same thing by the same source, added up, as `Library.merge` does.

    They may stand anywhere: the table is read once for each share of the listeners, so that one share is in memory at a time.
    """
    shares = -(-rows // _COUNTS_AT_ONCE)
    share = pl.col("listener_id").cast(pl.String).hash() % max(shares, 1)
    for number in range(shares):
        mine = TABLES["listens"].conform(listens.filter(_bare() & (share == number)).collect())
        others = [pl.col(name).drop_nulls().last() for name in mine.columns if name not in {*_COUNTED, "plays"}]
        plays = pl.col("plays").fill_null(1).cast(pl.Int64).sum().clip(upper_bound=2**31 - 1)
        yield TABLES["listens"].conform(mine.group_by(_COUNTED, maintain_order=True).agg(plays, *others))


def _write_again_if_need_be(loading: Loading, part: pl.DataFrame, senders: set[int]) -> None:
    left_out = loading.left_out["listens"]
    try:
        _write(loading, part, senders)
    except IntegrityError:  # somebody, or a track, was deleted since the keys were read
        loading.forget()
        loading.left_out["listens"] = left_out
        _write(loading, part, senders)


def _write(loading: Loading, part: pl.DataFrame, senders: set[int]) -> None:
    rows = loading.referred("listens", to_database("listens", part))
    named = pl.col("track_id").is_not_null() | pl.col("artist_id").is_not_null()
    rows = loading.those("listens", rows, pl.col("listener_id").is_not_null() & named)
    rows = rows.with_columns(pl.col("plays").fill_null(1), event=_events_of(rows))
    with transaction.atomic():
        rows = _one_each(_as_they_were_sent(rows, senders)).sort("listener_id", "event")
        written = upsert(_HOW, rows, likely_new=loading.all_new)
        if written:
            loading.changed(rows["listener_id"])
    loading.all_new = written == rows.height
    loading.written["listens"] += written


def _events_of(rows: pl.DataFrame) -> pl.Series:
    names = rows["source"].unique().to_list()
    codes = rows["source"].replace_strict(names, [source_code(name) for name in names], return_dtype=pl.Int64)
    parts = (
        rows["track_id"].fill_null(NONE), rows["artist_id"].fill_null(NONE), rows["time_ms"].fill_null(NO_TIME),
        rows["position"].fill_null(NONE), codes,
    )  # fmt: skip
    return pl.Series(events(*(np.asarray(part, np.int64) for part in parts)))


def _as_they_were_sent(rows: pl.DataFrame, senders: set[int]) -> pl.DataFrame:
    """Plays that are there under ids which their senders gave them keep these, and are not put in once more."""
    if not senders:
        return rows
    key = ["listener_id", "event"]
    theirs = rows.filter(pl.col("listener_id").is_in(list(senders)) & pl.col("time_ms").is_not_null())
    if not theirs.height:
        return rows
    found = beside(Listen, theirs.select(*key, "time_ms", "track_id", "artist_id", "position"), _SAME_PLAY)
    sent = pl.DataFrame(found, {"listener_id": pl.Int64, "event": pl.Int64, "sent": pl.Int64}, orient="row")
    return (
        rows.join(sent, on=key, how="left", maintain_order="left")
        .with_columns(event=pl.coalesce("sent", "event"))
        .drop("sent")
    )  # fmt: skip


def _one_each(rows: pl.DataFrame) -> pl.DataFrame:
    """One row for each event: the last, and what it leaves null from those before."""
    key = ["listener_id", "event"]
    if not rows.select(pl.struct(key).is_duplicated().any()).item():
        return rows
    return rows.group_by(key, maintain_order=True).agg(pl.all().drop_nulls().last()).select(rows.columns)
