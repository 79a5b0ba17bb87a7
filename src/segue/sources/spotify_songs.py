"""TidyTuesday 2020-01-21: spotify_songs.csv, one row for each place of a track in a playlist filed under a genre."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from segue.library.library import Library
from segue.sources.base import Rejects
from segue.sources.delimited import Field, Layout, header_of, read
from segue.sources.files import NamedFile, unpacked
from segue.sources.spotify_tables import AUDIO_FIELDS, artist_id, artists_of, audio_columns, date_columns, kind_of

LAYOUT = Layout(
    "the spotify_songs.csv of TidyTuesday",
    (
        Field("track_id"),
        Field("track_name", pl.String),
        Field("track_artist", pl.String),
        Field("track_popularity", pl.Int32, optional=True, minimum=0, maximum=100),
        Field("track_album_id"),
        Field("track_album_name", pl.String),
        Field("track_album_release_date", pl.String, optional=True),
        Field("playlist_name", pl.String, optional=True),
        Field("playlist_id"),
        Field("playlist_genre", pl.String, optional=True),
        Field("playlist_subgenre", pl.String, optional=True),
        *AUDIO_FIELDS,
    ),
    separator=",",
    quoted=True,
    nulls=("NA",),
    key=("track_id", "playlist_id", "playlist_subgenre"),
)


@dataclass(frozen=True)
class SpotifySongs:
    """Reads one file."""

    title: str = "TidyTuesday spotify_songs.csv: tracks, audio features and playlists"

    def recognises(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - its name says nothing
        """By its header."""
        return {"track_id", "track_artist", "playlist_id", "danceability"} <= set(header_of(unpacked(head)))

    def read(self, path: Path, rejects: Rejects) -> Library:
        """Tracks, artists, releases and playlists; rows without a name are rejected. Raises `BadFile`."""
        rows = read(NamedFile(path), LAYOUT, rejects).with_columns(
            *date_columns("track_album_release_date"),
            artist_id=artist_id("track_artist"),
            track_id="spotify:track:" + pl.col("track_id").cast(pl.String),
            release_id="spotify:album:" + pl.col("track_album_id").cast(pl.String),
            playlist_id="spotify:playlist:" + pl.col("playlist_id").cast(pl.String),
        )
        return Library.of(
            artists=artists_of(rows["track_artist"].unique(maintain_order=True)),
            releases=_releases(rows),
            tracks=_tracks(rows),
            playlists=_playlists(rows),
        )


def _tracks(rows: pl.DataFrame) -> pl.DataFrame:
    # A track is in several rows, which agree in all but the playlist.
    once = rows.unique("track_id", keep="first", maintain_order=True)
    genres = _words(rows, "track_id", "playlist_genre", "genres")
    subgenres = _words(rows, "track_id", "playlist_subgenre", "subgenres")
    return (
        once.select(
            "track_id",
            "release_id",
            "date",
            "date_precision",
            *audio_columns(),
            title="track_name",
            artist_ids=pl.concat_list("artist_id"),
            popularity="track_popularity",
            kind=kind_of("track_name"),
            spotify_uri="track_id",
        )
        .join(genres, on="track_id", how="left", maintain_order="left")
        .join(subgenres, on="track_id", how="left", maintain_order="left")
    )


def _releases(rows: pl.DataFrame) -> pl.DataFrame:
    once = rows.unique("release_id", keep="first", maintain_order=True)
    artists = _words(rows.unique("track_id", maintain_order=True), "release_id", "artist_id", "artist_ids")
    return once.select(
        "release_id", "date", "date_precision", title="track_album_name", spotify_uri="release_id"
    ).join(artists, on="release_id", how="left", maintain_order="left")  # fmt: skip


def _playlists(rows: pl.DataFrame) -> pl.DataFrame:
    genres = pl.concat_list(
        pl.col(name).drop_nulls().unique(maintain_order=True).implode()
        for name in ("playlist_genre", "playlist_subgenre")
    )
    return rows.group_by("playlist_id", maintain_order=True).agg(
        title=pl.col("playlist_name").first(),
        # A playlist filed under two subgenres has its tracks in the file once for each.
        track_ids=pl.col("track_id").unique(maintain_order=True),
        genres=genres.first(),
    )


def _words(rows: pl.DataFrame, key: str, column: str, name: str) -> pl.DataFrame:
    """For each key the distinct words of a column, the most frequent first."""
    return (
        rows.select(key, pl.col(column).alias(name))
        .drop_nulls(name)
        .group_by(key, name, maintain_order=True)
        .len()
        .sort("len", descending=True, maintain_order=True)
        .group_by(key, maintain_order=True)
        .agg(name)
    )


SOURCE = SpotifySongs()
