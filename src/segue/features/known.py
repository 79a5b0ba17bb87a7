"""What a Library knows of the items of some interactions, and what of it may be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl
from scipy import sparse

from segue.features.lyrics import describe
from segue.library.interactions import Interactions
from segue.library.library import Library


@dataclass(frozen=True, eq=False)
class Known:
    """The items (the columns of `interactions`, in their order: `row`) as the tables of the library know them.

    `hidden`, of the shape of the interactions, marks pairs that nobody may know of: see `item_features`. `also` names more
    of them: `listener_id` (or the id of a playlist) and `item_id`.
    """

    library: Library
    interactions: Interactions
    hidden: sparse.csr_array | None = None
    also: pl.DataFrame | None = None

    @property
    def level(self) -> str:
        """What the items are: track, release or artist."""
        return self.interactions.level

    @property
    def n_items(self) -> int:
        """How many items."""
        return self.interactions.n_items

    @cached_property
    def rows(self) -> pl.DataFrame:
        """Each item's `row` and `item_id`."""
        ids = pl.DataFrame({"item_id": self.interactions.item_ids.tolist()}, schema={"item_id": pl.String})
        return ids.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64))

    @cached_property
    def tracks(self) -> pl.DataFrame:
        """The tracks of each item, with the item's `row`; at track level, each item itself."""
        tracks = self.library.tracks
        if self.level == "track":
            item = tracks.with_columns(item_id="track_id")
        elif self.level == "release":
            item = tracks.with_columns(item_id="release_id")
        else:
            item = tracks.with_columns(item_id=pl.col("artist_ids").list.first())
        return self.rows.join(item, on="item_id").sort("row", "track_id")

    @cached_property
    def artists(self) -> pl.DataFrame:
        """Who made each item: `row`, `artist_id`, each pair once. At artist level, the item itself."""
        if self.level == "artist":
            return self.rows.select("row", artist_id="item_id")
        if self.level == "release":
            made = self.rows.join(self.library.releases, left_on="item_id", right_on="release_id")
            listed = made.select("row", artist_id="artist_ids")
        else:
            both = pl.concat_list(pl.col("artist_ids").fill_null([]), pl.col("featured_artist_ids").fill_null([]))
            listed = self.tracks.select("row", artist_id=both)
        return listed.explode("artist_id").drop_nulls().unique(maintain_order=True)

    @cached_property
    def lyrics(self) -> pl.DataFrame:
        """What the lyrics of `tracks` tell, in their order: columns of `segue.features.lyrics.DESCRIPTION`."""
        return describe(self.tracks["lyrics"])

    @cached_property
    def hidden_pairs(self) -> pl.DataFrame:
        """The hidden pairs: `listener_id` (or the id of a playlist) and `item_id`."""
        parts = [] if self.hidden is None else [self._pairs(self.hidden)]
        parts += [] if self.also is None else [self.also.select("listener_id", "item_id")]
        if not parts:
            return pl.DataFrame(schema={"listener_id": pl.String, "item_id": pl.String})
        return pl.concat(parts).unique(maintain_order=True)

    @property
    def comes_from_listeners(self) -> bool:
        """Whether anything that is said of items was said by those who play them: then hiding a pair hides a word, too."""
        owned = self.level == "track" and self.library.playlists["listener_id"].is_not_null().any()
        return bool(self.library.taggings.height or owned or self.interactions.signal == "playlists")

    def taggings(self, of: str) -> pl.DataFrame:
        """What listeners called tracks or artists, without what they said of items hidden from them: `item_id`, `word`."""
        named = pl.col(f"{of}_id") if f"{of}_id" in self.library.taggings.columns else pl.lit(None)  # not of releases
        given = self.library.taggings.select(
            pl.col("listener_id").cast(pl.String), item_id=named.cast(pl.String), word="tag"
        ).drop_nulls()
        if of == self.level and given.height and self.hidden_pairs.height:
            given = given.join(self.hidden_pairs, on=["listener_id", "item_id"], how="anti")
        return given.select("item_id", pl.col("word").cast(pl.String))

    def playlist_genres(self) -> pl.DataFrame | None:
        """Genres of the playlists an item may be seen in (`row`, `word`), where playlists are what is asked about.

        The catalogue may have the genres of tracks from the very playlists that are hidden. None where that cannot be.
        """
        if self.interactions.signal != "playlists" or (self.hidden is None and self.also is None):
            return None
        genres = self.library.playlists.select(listener_id="playlist_id", word="genres").explode("word").drop_nulls()
        if not genres.height:
            return None
        members = self._pairs(self.interactions.matrix)
        seen = members.join(self.hidden_pairs, on=["listener_id", "item_id"], how="anti")
        return seen.join(genres, on="listener_id").join(self.rows, on="item_id").select("row", "word")

    def hidden_playlist_tracks(self) -> pl.DataFrame | None:
        """Pairs of `playlist_id` and `track_id` that would give hidden pairs away: of playlists their listeners own."""
        if self.level != "track" or not self.hidden_pairs.height:
            return None
        owned = self.library.playlists.select("playlist_id", "listener_id").drop_nulls()
        return self.hidden_pairs.join(owned, on="listener_id").select("playlist_id", track_id="item_id")

    def _pairs(self, matrix: sparse.csr_array) -> pl.DataFrame:
        entries = sparse.coo_array(matrix)
        listeners = pl.Series("listener_id", self.interactions.listener_ids.tolist(), dtype=pl.String)
        items = pl.Series("item_id", self.interactions.item_ids.tolist(), dtype=pl.String)
        return pl.DataFrame([listeners.gather(entries.row), items.gather(entries.col)])
