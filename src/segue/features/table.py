"""ItemFeatures: named groups of features, one row per item, made from a Library's catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse

from segue.library.interactions import Interactions, Level
from segue.library.library import Library
from segue.library.tables import AUDIO_FEATURES

WORD_COLUMNS = ("tags", "genres")


@dataclass(frozen=True, eq=False)
class FeatureGroup:
    """One kind of feature: `matrix` is CSR float32, shape (n_items, n_features), named column by column.

    An item of which nothing is known has an empty row.
    """

    name: str
    matrix: sparse.csr_array
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ItemFeatures:
    """What is known of each item, in named groups; rows stand in the order of `item_ids`."""

    item_ids: np.ndarray
    groups: tuple[FeatureGroup, ...]

    def group(self, name: str) -> FeatureGroup | None:
        """The group of that name, or None."""
        return next((group for group in self.groups if group.name == name), None)

    def stacked(self, weights: dict[str, float] | None = None) -> sparse.csr_array:
        """All groups side by side, each row of each group scaled to length 1 (times the group's weight).

        Shape (n_items, n_features of all groups); the dot product of two rows is then the weighted sum of the groups'
        cosines. Shape (n_items, 0) when there are no groups.
        """
        parts = [unit_rows(group.matrix) * np.float32((weights or {}).get(group.name, 1.0)) for group in self.groups]
        if not parts:
            return sparse.csr_array((len(self.item_ids), 0), dtype=np.float32)
        return sparse.csr_array(sparse.hstack(parts, format="csr"))

    def items(self, rows: np.ndarray) -> ItemFeatures:
        """Only these items (indices), in this order."""
        kept = tuple(
            FeatureGroup(group.name, sparse.csr_array(group.matrix[rows]), group.names) for group in self.groups
        )
        return ItemFeatures(self.item_ids[rows], kept)


def item_features(library: Library, interactions: Interactions) -> ItemFeatures | None:
    """The features of the items of `interactions`, in their order; None when the catalogue knows nothing of them.

    Groups: `tags` and `genres` (term weight x inverse document frequency; words are compared lower-cased), and
    `audio` (standard scores of the perceptual features; an unknown value is 0, the mean).
    """
    return features_of(library, interactions.item_ids, interactions.level)


def features_of(library: Library, item_ids: Sequence[str] | np.ndarray, level: Level) -> ItemFeatures | None:
    """The features of these items of one level (see `item_features`)."""
    ids = np.asarray(item_ids, dtype=object)
    catalogue = _catalogue(library, level)
    wanted = pl.DataFrame({"item_id": ids.tolist()}, schema={"item_id": pl.String})
    known = wanted.join(catalogue, on="item_id", how="left", maintain_order="left")
    groups = [_words(known, column) for column in WORD_COLUMNS if column in known.columns]
    if level == "track":
        groups.append(_audio(known))
    kept = tuple(group for group in groups if group is not None)
    return ItemFeatures(ids, kept) if kept else None


def unit_rows(matrix: sparse.csr_array) -> sparse.csr_array:
    """Each row divided by its Euclidean length; empty rows stay empty."""
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    rows = np.repeat(length, np.diff(matrix.indptr))
    data = np.divide(matrix.data, rows, out=np.zeros_like(matrix.data), where=rows > 0)
    return sparse.csr_array((data.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)


def _catalogue(library: Library, level: Level) -> pl.DataFrame:
    if level == "artist":
        return library.artists.rename({"artist_id": "item_id"})
    if level == "track":
        both = pl.concat_list(pl.col("genres").fill_null([]), pl.col("subgenres").fill_null([]))
        return library.tracks.rename({"track_id": "item_id"}).with_columns(genres=both)
    tracks = library.tracks.select(item_id="release_id", genres="genres").drop_nulls()
    return tracks.group_by("item_id").agg(pl.col("genres").explode().unique(maintain_order=True))


def _words(known: pl.DataFrame, column: str) -> FeatureGroup | None:
    rows = known.select(row=pl.int_range(pl.len()), word=column).explode("word").drop_nulls("word")
    if rows.schema["word"] == pl.String:
        rows = rows.with_columns(weight=pl.lit(1.0, dtype=pl.Float32))
    else:
        rows = rows.unnest("word").rename({"tag": "word"})
    rows = (
        rows.with_columns(pl.col("word").str.to_lowercase().str.strip_chars(), pl.col("weight").fill_null(1.0))
        .filter(pl.col("word") != "")
        .group_by("row", "word")
        .agg(pl.col("weight").sum())
    )
    if not rows.height:
        return None
    words = rows["word"].unique().sort()
    codes = words.to_frame("word").with_row_index("code")
    rows = rows.join(codes, on="word").sort("row", "code")
    counts = sparse.coo_array(
        (rows["weight"].to_numpy(), (rows["row"].to_numpy(), rows["code"].to_numpy())),
        shape=(known.height, len(words)),
    )
    matrix = sparse.csr_array(counts, dtype=np.float32)
    matrix.data = np.log1p(matrix.data)
    items_with = np.bincount(matrix.indices, minlength=len(words))
    idf = np.log(1 + known.height / items_with).astype(np.float32)
    matrix.data = (matrix.data * idf[matrix.indices]).astype(np.float32)
    return FeatureGroup(column, matrix, tuple(words))


def _audio(known: pl.DataFrame) -> FeatureGroup | None:
    values = known.select(pl.col(AUDIO_FEATURES)).to_numpy().astype(np.float64)
    present = ~np.isnan(values)
    if not present.any():
        return None
    counts = np.maximum(present.sum(axis=0), 1)
    mean = np.where(present, values, 0).sum(axis=0) / counts
    spread = np.sqrt(np.where(present, (values - mean) ** 2, 0).sum(axis=0) / counts)
    scores = np.where(present, (values - mean) / np.where(spread > 0, spread, 1), 0)
    return FeatureGroup("audio", sparse.csr_array(scores.astype(np.float32)), AUDIO_FEATURES)
