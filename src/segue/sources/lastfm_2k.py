"""HetRec 2011 Last.fm-2K (Cantador, Brusilovsky, Kuflik 2011): who played which artist how often, and called it what.

Friendships (user_friends.dat) are left out, and so are taggings of artists that artists.dat does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from segue.errors import BadFile
from segue.library.library import Library
from segue.library.tables import TIME
from segue.sources.base import Rejects
from segue.sources.delimited import Field, Layout, header_of, read
from segue.sources.files import NamedFile, files_beside, names_of
from segue.sources.ids import DIGITS, namespaced

NAME = "lastfm-2k"
PLAYS, ARTISTS, TAGS, TAGGINGS = "user_artists.dat", "artists.dat", "tags.dat", "user_taggedartists.dat"


def _id(name: str) -> Field:
    return Field(name, pattern=DIGITS)


LAYOUTS = {
    PLAYS: Layout(
        "user_artists.dat of Last.fm-2K",
        (_id("userID"), _id("artistID"), Field("weight", pl.Int32, minimum=0)),
        key=("userID", "artistID"),
    ),
    ARTISTS: Layout(
        "artists.dat of Last.fm-2K", (_id("id"), Field("name", pl.String)), latin1=True, key=("id",)
    ),
    TAGS: Layout(
        "tags.dat of Last.fm-2K", (_id("tagID"), Field("tagValue", pl.String)), latin1=True, key=("tagID",)
    ),
    TAGGINGS: Layout(
        "user_taggedartists.dat of Last.fm-2K",
        (
            _id("userID"), _id("artistID"), _id("tagID"),
            Field("day", pl.Int32, minimum=1, maximum=31), Field("month", pl.Int32, minimum=1, maximum=12),
            Field("year", pl.Int32, minimum=1, maximum=2100),
        ),
        key=("userID", "artistID", "tagID"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class LastFm2k:
    """Reads the directory, a zip of it, or user_artists.dat with the others beside it."""

    title: str = "Last.fm-2K (HetRec 2011): a directory or zip with user_artists.dat and artists.dat"

    def recognises(self, path: Path, head: bytes) -> bool:
        """By the names of its files."""
        names = names_of(path, head)
        if names == {PLAYS}:
            return header_of(head, "\t")[:2] == ("userID", "artistID")
        return {PLAYS, ARTISTS} <= names

    def read(self, path: Path, rejects: Rejects) -> Library:
        """Artists, listens (counts of plays of an artist) and taggings. Raises `BadFile`."""
        files = files_beside(path)
        for name in (PLAYS, ARTISTS):
            if name not in files:
                raise BadFile(f"{path}: has no {name}; Last.fm-2K has one")
        artists = read(files[ARTISTS], LAYOUTS[ARTISTS], rejects)
        plays = _of_known_artists(files[PLAYS], read(files[PLAYS], LAYOUTS[PLAYS], rejects), artists, rejects)
        frames = {
            "artists": artists.select(artist_id=_artist_ids(artists["id"]).cast(pl.String), name="name"),
            "listens": pl.DataFrame(
                {
                    "listener_id": _listener_ids(plays["userID"]),
                    "artist_id": _artist_ids(plays["artistID"]),
                    # A listener of an artist who has no play counted played it all the same.
                    "plays": plays["weight"].clip(lower_bound=1),
                }
            ).with_columns(source=pl.lit(NAME)),
        }
        if {TAGS, TAGGINGS} <= set(files):
            frames["taggings"] = _taggings(files, artists, rejects)
        return Library.of(**frames)


def _of_known_artists(file: NamedFile, plays: pl.DataFrame, artists: pl.DataFrame, rejects: Rejects) -> pl.DataFrame:
    known = plays["artistID"].cast(pl.String).is_in(artists["id"].cast(pl.String).implode())
    for line, artist in plays.filter(~known).select("_line", "artistID").iter_rows():
        rejects.add(str(file), line, f"artistID {artist} is not in artists.dat")
    return plays.filter(known)


def _taggings(files: dict[str, NamedFile], artists: pl.DataFrame, rejects: Rejects) -> pl.DataFrame:
    tags = read(files[TAGS], LAYOUTS[TAGS], rejects).select("tagID", tag="tagValue")
    given = read(files[TAGGINGS], LAYOUTS[TAGGINGS], rejects)
    # Last.fm began in 2002: the few earlier dates, and a 30 February, are nobody's.
    day = pl.format("{}-{}-{}", "year", "month", "day").str.to_date("%Y-%m-%d", strict=False)
    known = given.with_columns(time=pl.when(pl.col("year") >= 2002).then(day)).join(
        artists.select(artistID="id"), on="artistID", how="semi"
    )
    named = known.join(tags, on="tagID", how="inner", maintain_order="left")
    return pl.DataFrame(
        {
            "listener_id": _listener_ids(named["userID"]),
            "artist_id": _artist_ids(named["artistID"]),
            "tag": named["tag"],
            "time": named["time"].cast(TIME),
        }
    )


def _artist_ids(ids: pl.Series) -> pl.Series:
    return namespaced(ids, f"{NAME}:artist:")


def _listener_ids(ids: pl.Series) -> pl.Series:
    return namespaced(ids, f"{NAME}:listener:")


SOURCE = LastFm2k()
