"""ItemFeatures: named groups of features, one row per item, made from a Library's catalogue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse

from segue.library.interactions import Interactions
from segue.library.library import Library
from segue.library.tables import AUDIO_FEATURES

WORD_COLUMNS = ("tags", "genres")


@dataclass(frozen=True, eq=False)
class FeatureGroup:
    """One kind of feature: `matrix` is CSR float32, shape (n_items, n_features), named column by column.

    An item of which nothing is known has an empty row. `telling`, float32, shape (n_features,), is how much a feature
    tells when items are compared: the inverse document frequency of a word.
    """

    name: str
    matrix: sparse.csr_array
    names: tuple[str, ...]
    telling: np.ndarray


@dataclass(frozen=True, eq=False)
class ItemFeatures:
    """What is known of each item, in named groups; rows stand in the order of `item_ids`."""

    item_ids: np.ndarray
    groups: tuple[FeatureGroup, ...]

    def group(self, name: str) -> FeatureGroup | None:
        """The group of that name, or None."""
        return next((group for group in self.groups if group.name == name), None)

    def stacked(self, weights: dict[str, float] | None = None) -> sparse.csr_array:
        """All groups side by side, each weighted by what it tells and scaled to rows of length 1 (times its weight).

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
            FeatureGroup(group.name, sparse.csr_array(group.matrix[rows]), group.names, group.telling)
            for group in self.groups
        )
        return ItemFeatures(self.item_ids[rows], kept)


def item_features(
    library: Library, interactions: Interactions, hidden: sparse.csr_array | None = None
) -> ItemFeatures | None:
    """The features of the items of `interactions`, in their order; None when the catalogue knows nothing of them.

    Groups: `tags` and `genres` (ln(1 + how many gave the word); words are compared lower-cased), and
    `audio` (standard scores of the perceptual features; an unknown value is 0, the mean).

    `hidden`, of the shape of the interactions, marks pairs that nobody may know of: what a listener called an item that
    is hidden from them is left out. When the interactions are playlists whose genres are known, an item's genres are
    those of the playlists it may be seen in: the catalogue may have them from the very playlists that are hidden.
    """
    return _features(_catalogue(library, interactions, hidden), interactions)


def _features(catalogue: pl.DataFrame, interactions: Interactions) -> ItemFeatures | None:
    wanted = pl.DataFrame({"item_id": interactions.item_ids.tolist()}, schema={"item_id": pl.String})
    known = wanted.join(catalogue, on="item_id", how="left", maintain_order="left")
    groups = [_words(known, column) for column in WORD_COLUMNS if column in known.columns]
    if interactions.level == "track":
        groups.append(_audio(known))
    kept = tuple(group for group in groups if group is not None)
    return ItemFeatures(interactions.item_ids, kept) if kept else None


def scale_columns(matrix: sparse.csr_array, scale: np.ndarray) -> sparse.csr_array:
    """Each column times its number in `scale`, shape (n_columns,)."""
    data = matrix.data * np.asarray(scale)[matrix.indices]
    return sparse.csr_array((data.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)


def unit_rows(matrix: sparse.csr_array) -> sparse.csr_array:
    """Each row divided by its Euclidean length; empty rows stay empty."""
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    rows = np.repeat(length, np.diff(matrix.indptr))
    data = np.divide(matrix.data, rows, out=np.zeros_like(matrix.data), where=rows > 0)
    return sparse.csr_array((data.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)


def _catalogue(library: Library, interactions: Interactions, hidden: sparse.csr_array | None) -> pl.DataFrame:
    if interactions.level == "artist":
        return _with_taggings(library.artists.rename({"artist_id": "item_id"}), library, interactions, hidden)
    if interactions.level == "track":
        both = pl.concat_list(pl.col("genres").fill_null([]), pl.col("subgenres").fill_null([]))
        tracks = library.tracks.rename({"track_id": "item_id"}).with_columns(genres=both)
        if interactions.signal == "playlists" and hidden is not None:
            tracks = _with_playlist_genres(tracks, library, interactions, hidden)
        return _with_taggings(tracks, library, interactions, hidden)
    tracks = library.tracks.select(item_id="release_id", genres="genres").drop_nulls()
    return tracks.group_by("item_id").agg(pl.col("genres").explode().unique(maintain_order=True))


def _with_playlist_genres(
    tracks: pl.DataFrame, library: Library, interactions: Interactions, hidden: sparse.csr_array
) -> pl.DataFrame:
    genres = library.playlists.select("playlist_id", genre="genres").explode("genre").drop_nulls()
    if not genres.height:
        return tracks
    pairs = sparse.coo_array(interactions.matrix)
    members = _pairs(interactions, pairs).rename({"listener_id": "playlist_id"})
    secret = _pairs(interactions, sparse.coo_array(hidden)).rename({"listener_id": "playlist_id"})
    seen = members.join(secret, on=["playlist_id", "item_id"], how="anti").join(genres, on="playlist_id")
    words = seen.sort("item_id", "genre").group_by("item_id", maintain_order=True).agg(genres=pl.col("genre"))
    return tracks.drop("genres").join(words, on="item_id", how="left", maintain_order="left")


def _pairs(interactions: Interactions, entries: sparse.coo_array) -> pl.DataFrame:
    ids = {
        "listener_id": interactions.listener_ids[entries.row].tolist(),
        "item_id": interactions.item_ids[entries.col].tolist(),
    }
    return pl.DataFrame(ids, schema={"listener_id": pl.String, "item_id": pl.String})


def _with_taggings(
    catalogue: pl.DataFrame, library: Library, interactions: Interactions, hidden: sparse.csr_array | None
) -> pl.DataFrame:
    """The catalogue with what listeners called its items added to its own tags."""
    column = f"{interactions.level}_id"
    given = library.taggings.select(
        pl.col("listener_id").cast(pl.String), pl.col(column).cast(pl.String).alias("item_id"), pl.col("tag")
    ).drop_nulls()
    if hidden is not None and given.height:
        given = given.join(_pairs(interactions, sparse.coo_array(hidden)), on=["listener_id", "item_id"], how="anti")
    if not given.height:
        return catalogue
    counted = given.group_by("item_id", "tag").agg(weight=pl.len().cast(pl.Float32)).sort("item_id", "tag")
    tags = counted.group_by("item_id", maintain_order=True).agg(
        given=pl.struct(pl.col("tag").cast(pl.String), pl.col("weight"))
    )
    joined = catalogue.join(tags, on="item_id", how="left", maintain_order="left")
    both = pl.concat_list(pl.col("tags").fill_null([]), pl.col("given").fill_null([]))
    return joined.with_columns(tags=both).drop("given")


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
    return FeatureGroup(column, matrix, tuple(words), idf)


def _audio(known: pl.DataFrame) -> FeatureGroup | None:
    values = known.select(pl.col(AUDIO_FEATURES)).to_numpy().astype(np.float64)
    present = ~np.isnan(values)
    if not present.any():
        return None
    counts = np.maximum(present.sum(axis=0), 1)
    mean = np.where(present, values, 0).sum(axis=0) / counts
    spread = np.sqrt(np.where(present, (values - mean) ** 2, 0).sum(axis=0) / counts)
    scores = np.where(present, (values - mean) / np.where(spread > 0, spread, 1), 0)
    telling = np.ones(len(AUDIO_FEATURES), dtype=np.float32)
    return FeatureGroup("audio", sparse.csr_array(scores.astype(np.float32)), AUDIO_FEATURES, telling)
