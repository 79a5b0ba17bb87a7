"""The items of a snapshot: what to show of them, and how to find them by name."""

from __future__ import annotations

import numpy as np
import polars as pl

from segue.library.interactions import Interactions
from segue.library.library import Library


def item_table(library: Library, interactions: Interactions) -> pl.DataFrame:
    """One row per item of `interactions`, in their order.

    Columns: item_id, title, artists (names, the main one first), release, date, kind, work_id, genres, listeners (how
    many play it). An item that the catalogue does not have is shown by its id.
    """
    listeners = np.bincount(interactions.positive.indices, minlength=interactions.n_items)
    wanted = pl.DataFrame(
        {"item_id": interactions.item_ids.tolist(), "listeners": listeners},
        schema={"item_id": pl.String, "listeners": pl.Int32},
    )
    known = {"artist": _artists, "release": _releases, "track": _tracks}[interactions.level](library)
    table = wanted.join(known, on="item_id", how="left", maintain_order="left")
    return table.with_columns(pl.coalesce("title", "item_id").alias("title"), pl.col("artists").fill_null([])).select(
        "item_id", "title", "artists", "release", "date", "kind", "work_id", "genres", "listeners"
    )


def _artists(library: Library) -> pl.DataFrame:
    return library.artists.select(
        item_id="artist_id", title="name", artists=pl.concat_list("name"), genres="genres",
        release=pl.lit(None, dtype=pl.String), date=pl.lit(None, dtype=pl.Date), kind=pl.lit("artist"),
        work_id=pl.lit(None, dtype=pl.String),
    )  # fmt: skip


def _releases(library: Library) -> pl.DataFrame:
    releases = _with_artist_names(library.releases.rename({"release_id": "item_id"}), library)
    return releases.select(
        "item_id", "title", "artists", "date", release="title", kind=pl.lit("release"),
        genres=pl.lit(None, dtype=pl.List(pl.String)), work_id=pl.lit(None, dtype=pl.String),
    )  # fmt: skip


def _tracks(library: Library) -> pl.DataFrame:
    tracks = _with_artist_names(library.tracks.rename({"track_id": "item_id"}), library)
    releases = library.releases.select("release_id", release="title")
    return tracks.join(releases, on="release_id", how="left").select(
        "item_id", "title", "artists", "release", "date", "kind", "work_id", "genres"
    )


def _with_artist_names(items: pl.DataFrame, library: Library) -> pl.DataFrame:
    """The frame with its `artist_ids` as a list of names in `artists`."""
    names = (
        items.select("item_id", artist_id="artist_ids")
        .with_row_index("row")
        .explode("artist_id")
        .join(library.artists.select("artist_id", "name"), on="artist_id", how="left", maintain_order="left")
        .group_by("row", "item_id", maintain_order=True)
        .agg(artists=pl.col("name").drop_nulls())
    )
    return items.join(names.select("item_id", "artists"), on="item_id", how="left")
