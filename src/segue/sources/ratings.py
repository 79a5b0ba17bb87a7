"""What data sets of ratings have in common: rows of user, item and rating become feedback on films or books."""

from __future__ import annotations

import polars as pl

from segue.library.library import Library
from segue.library.tables import TIME
from segue.sources.ids import namespaced

# 2100-01-01: a later time is not one.
LATEST_SECOND = 4_102_444_800


def rated(rows: pl.DataFrame, name: str, kind: str) -> Library:
    """Feedback, and the rated items titled by their ids ("Film 242": the ratings know no more of them).

    Args:
        rows: `user` and `item` (ids), `rating`, and `time` (seconds since 1970) where it is known.
        name: the data set, which the ids are named after.
        kind: film or book.
    """
    items = namespaced(rows["item"], f"{name}:{kind}:")
    time = rows["time"] * 1000 if "time" in rows.columns else pl.repeat(None, rows.height, dtype=pl.Int64, eager=True)
    feedback = pl.DataFrame(
        {
            "listener_id": namespaced(rows["user"], f"{name}:listener:"),
            "track_id": items,
            "rating": rows["rating"],
            "time": time.cast(pl.Int64).cast(TIME),
        }
    ).with_columns(kind=pl.lit("rating"))
    ids = rows["item"].unique(maintain_order=True).cast(pl.String)
    tracks = pl.DataFrame({"track_id": f"{name}:{kind}:" + ids, "title": f"{kind.capitalize()} " + ids})
    return Library.of(feedback=feedback, tracks=tracks.with_columns(kind=pl.lit(kind)))


def described(items: pl.DataFrame, name: str, kind: str) -> pl.DataFrame:
    """A frame for `tracks` of items that have an `item` id and further columns of tracks."""
    return items.with_columns(
        track_id=f"{name}:{kind}:" + pl.col("item").cast(pl.String), kind=pl.lit(kind)
    ).drop("item")  # fmt: skip
