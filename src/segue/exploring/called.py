"""What items are called: genres, tags, and the words that listeners gave them, spellings made one."""

from __future__ import annotations

from typing import Literal

import numpy as np
import polars as pl
from scipy import sparse

from segue.exploring.view import View
from segue.features.groups import FeatureGroup
from segue.features.tags import canonical, log_counts, telling
from segue.library.interactions import Level

Kind = Literal["genres", "tags", "words"]
Called = tuple[np.ndarray, FeatureGroup]
"""Item ids, and the words of each in their order."""


def called(view: View, level: Level, kind: Kind) -> Called | None:
    """The genres, the tags, or both ("words"), of all tracks or artists of the catalogue; None where there are none.

    An artist of whom nobody said anything has the words of their tracks.
    """
    return view.once(("called", level, kind), lambda: _called(view, level, kind))


def made_by(view: View) -> tuple[np.ndarray, sparse.csr_array] | None:
    """The artists that tracks name first, and which of `view.tracks` (rows) are theirs (columns)."""
    pairs = view.tracks.select(row=pl.int_range(pl.len()), artist=pl.col("artist_ids").list.first()).drop_nulls()
    if pairs.is_empty():
        return None
    ids, columns = np.unique(pairs["artist"].to_numpy().astype(object), return_inverse=True)
    places = (pairs["row"].to_numpy(), columns)
    return ids, sparse.csr_array((np.ones(len(columns)), places), shape=(view.tracks.height, len(ids)))


def _called(view: View, level: Level, kind: Kind) -> Called | None:
    if level == "release":
        return None
    given = [part for name in ("genres", "tags") if kind in {name, "words"} for part in _given(view, level, name)]
    words = canonical(pl.concat(given))
    own = _grouped(kind, words, getattr(view.library, f"{level}s")[f"{level}_id"])
    if own[1].names:
        return own
    of_tracks = called(view, "track", kind) if level == "artist" else None
    theirs = made_by(view)
    if of_tracks is None or theirs is None:
        return None
    ids, belongs = theirs
    matrix = sparse.csr_array(belongs.T @ of_tracks[1].matrix, dtype=np.float32)
    return ids, FeatureGroup(kind, matrix, of_tracks[1].names, of_tracks[1].telling)


def _given(view: View, level: Level, name: str) -> list[pl.DataFrame]:
    """Frames of `item`, `word` and `weight` (how many gave it)."""
    table = getattr(view.library, f"{level}s").rename({f"{level}_id": "item"})
    once = pl.lit(1.0, dtype=pl.Float32)
    if name == "genres":
        columns = [column for column in ("genres", "subgenres") if column in table.columns]
        return [table.select("item", word=column).explode("word").with_columns(weight=once) for column in columns]
    own = table.select("item", "tags").explode("tags").unnest("tags").select("item", word="tag", weight="weight")
    said = view.library.taggings.select(
        item=pl.col(f"{level}_id").cast(pl.String), word=pl.col("tag").cast(pl.String), weight=once
    )
    return [own, said.drop_nulls("item")]


def _grouped(name: str, words: pl.DataFrame, items: pl.Series) -> Called:
    """Words as a matrix; its ids are all items, sorted."""
    ids = items.drop_nulls().unique().sort()
    rows = words.join(ids.to_frame("item").with_row_index("row"), on="item")
    names = rows["word"].unique().sort()
    entries = rows.join(names.to_frame("word").with_row_index("column"), on="word").sort("row", "column")
    places = (entries["row"].to_numpy(), entries["column"].to_numpy())
    counts = sparse.csr_array(
        sparse.coo_array((entries["weight"].to_numpy(), places), shape=(len(ids), len(names))), dtype=np.float32
    )
    return ids.to_numpy().astype(object), FeatureGroup(name, log_counts(counts), tuple(names), telling(counts))
