"""The genres of the items, as shares."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import sparse

from segue.features.tags import canonical, tag_key
from segue.library.interactions import Interactions
from segue.library.library import Library

MOST_GENRES = 2_000
TAGS_FOR_GENRES = 3
"""Where no genres are known, so many tags of the artist, the commonest, stand for them."""

_WORDS = {"item": pl.Int64, "word": pl.String, "weight": pl.Float32}


def genre_shares(
    library: Library, interactions: Interactions, artist_ids: pl.Series
) -> tuple[sparse.csr_array, tuple[str, ...]]:
    """The shares of the genres of each item, CSR float32, rows adding up to 1 (or empty), and the genres' names.

    An item has its own genres (a release, those of its tracks); else those of its main artist in `artist_ids` (an artist,
    those of their tracks); else the three words most often given to that artist, where the library has any genres only
    words that are one. Spellings are made one, and of more than 2,000 genres those stay that most items have.
    """
    items = pl.DataFrame(
        {"id": interactions.item_ids.tolist(), "artist_id": artist_ids}, schema_overrides={"id": pl.String}
    )
    items = items.with_columns(item=pl.int_range(pl.len(), dtype=pl.Int64))
    found = pl.DataFrame(schema=_WORDS)
    for source in (_own_genres, _other_genres, _tags):
        left = items.join(found.select("item").unique(), on="item", how="anti")
        if left.height:
            more = source(library, interactions.level, left).select("item", "word", pl.col("weight").cast(pl.Float32))
            found = pl.concat([found, more])
    return _shares(canonical(found), len(items))


def _own_genres(library: Library, level: str, items: pl.DataFrame) -> pl.DataFrame:
    if level == "artist":
        return _given(library.artists.select("genres", id="artist_id"), items, "id")
    key = "track_id" if level == "track" else "release_id"
    return _given(library.tracks.select("genres", id=key), items, "id")


def _other_genres(library: Library, level: str, items: pl.DataFrame) -> pl.DataFrame:
    if level == "artist":
        return _given(library.tracks.select("genres", id=pl.col("artist_ids").list.first()), items, "id")
    return _given(library.artists.select("genres", "artist_id"), items, "artist_id")


def _given(genres: pl.DataFrame, items: pl.DataFrame, key: str) -> pl.DataFrame:
    """The words of a list column `genres` by `key`, as those of the items that have this key."""
    wanted = genres.drop_nulls().join(items, on=key, how="semi")
    words = wanted.select(key, word="genres").explode("word").drop_nulls()
    return words.join(items, on=key).select("item", "word", weight=pl.lit(1.0))


def _tags(library: Library, level: str, items: pl.DataFrame) -> pl.DataFrame:  # noqa: ARG001
    """The words most often given to the artists of these items: of `artists.tags` and `taggings` together."""
    artists = items.select("artist_id").drop_nulls().unique()
    tags = library.artists.select("artist_id", "tags").join(artists, on="artist_id", how="semi").explode("tags")
    stated = tags.drop_nulls().select(
        "artist_id", pl.col("tags").struct.field("tag"), pl.col("tags").struct.field("weight").fill_null(1.0)
    )
    said = (
        library.taggings.select(pl.col("artist_id", "tag").cast(pl.String))
        .drop_nulls()
        .join(artists, on="artist_id", how="semi")
        .with_columns(weight=pl.lit(1.0, dtype=pl.Float32))
    )
    words = canonical(pl.concat([stated, said]).rename({"artist_id": "item", "tag": "word"}))
    named = pl.concat([library.tracks["genres"], library.artists["genres"]]).explode().drop_nulls().unique()
    if len(named):
        words = words.filter(tag_key(words["word"]).is_in(tag_key(named).unique().implode()))
    most = words.filter(pl.col("weight") > 0).sort("item", "weight", "word", descending=[False, True, False])
    most = most.group_by("item", maintain_order=True).head(TAGS_FOR_GENRES)
    return items.join(most.rename({"item": "artist_id"}), on="artist_id").select("item", "word", "weight")


def _shares(words: pl.DataFrame, n_items: int) -> tuple[sparse.csr_array, tuple[str, ...]]:
    """Words (`item`, `word`, `weight`; each pair once) as shares, with the words that are left."""
    used = words.group_by("word").len().sort("len", "word", descending=[True, False]).head(MOST_GENRES)
    names = used.select("word").sort("word").with_row_index("genre")
    placed = words.join(names, on="word").sort("item", "genre")
    rows, weight = placed["item"].to_numpy(), placed["weight"].to_numpy().astype(np.float64)
    total = np.bincount(rows, weights=weight, minlength=n_items)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n_items))])
    shares = (weight / total[rows]).astype(np.float32)
    matrix = (shares, placed["genre"].to_numpy().astype(np.int32), indptr)
    return sparse.csr_array(matrix, shape=(n_items, names.height)), tuple(names["word"].to_list())
