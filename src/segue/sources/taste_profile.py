"""The Echo Nest Taste Profile (McFee et al. 2012), and the Million Song Dataset's lists of its songs.

Each file alone, or all those in one directory or zip together. Songs that no list names are titled by their ids; where
lists and counts are imported one by one, import the lists last.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from segue.errors import BadFile
from segue.library.library import Library
from segue.library.titles import text_id
from segue.sources.base import Rejects
from segue.sources.delimited import Field, Layout, header_of, read
from segue.sources.files import ZIP_HEAD, NamedFile, files_of, holds_files, unpacked
from segue.sources.spotify_tables import artist_id, artists_of, kind_of

NAME = "taste-profile"
_SONG = Field("song_id")
_COUNTS = (Field("user_id"), _SONG, Field("play_count", pl.Int32, minimum=1))

# The lists of songs come last: what they say of a song counts more than that it was played.
LAYOUTS = {
    "triplets": Layout(
        "triplets of the Taste Profile (user, song, play_count)", _COUNTS, header=False, key=("user_id", "song_id")
    ),
    "counts": Layout("count_data.csv of the Taste Profile", _COUNTS, separator=",", key=("user_id", "song_id")),
    "tracks": Layout(
        "unique_tracks.txt of the Million Song Dataset",
        (Field("track_id"), _SONG, Field("artist_name", pl.String), Field("title", pl.String)),
        separator="<SEP>", header=False, key=("track_id",),
    ),
    "songs": Layout(
        "song_data.csv of the Taste Profile",
        (
            _SONG, Field("title", pl.String), Field("release", pl.String, optional=True),
            Field("artist_name", pl.String), Field("year", pl.Int32, optional=True, minimum=0, maximum=2100),
        ),
        separator=",", quoted=True, key=("song_id",),
    ),
}  # fmt: skip
_NAMES = {
    "song_data.csv": "songs", "count_data.csv": "counts", "unique_tracks.txt": "tracks",
    "train_triplets.txt": "triplets",
}  # fmt: skip
_TRIPLET = re.compile(rb"(?:[0-9a-f]{40}\tSO[0-9A-Z]{16}|[0-9a-f]{40}\t\S+|\S+\tSO[0-9A-Z]{16})\t[^\t\n]*\r?")
_TRACK = re.compile(rb"TR[0-9A-Z]{16}<SEP>SO[0-9A-Z]{16}<SEP>")


@dataclass(frozen=True)
class TasteProfile:
    """Reads one file of it, or all of them in a directory or zip."""

    title: str = "Taste Profile: triplets, count_data.csv, song_data.csv, unique_tracks.txt"

    def recognises(self, path: Path, head: bytes) -> bool:
        """By the header or the first line of a file."""
        if head and not head.startswith(ZIP_HEAD):
            return _form(unpacked(head)) is not None
        with suppress(BadFile, OSError):
            return bool(_formed(path))
        return False

    def read(self, path: Path, rejects: Rejects) -> Library:
        """Counts of plays as listens; songs as tracks, with artists and releases. Raises `BadFile`."""
        formed = _formed(path)
        if not formed:
            if holds_files(path):
                raise BadFile(f"{path}: has no file of the Taste Profile (triplets, count_data.csv, song_data.csv)")
            formed = [(_form_by_name(path), NamedFile(path))]
        taken = {str(file) for _, file in formed}
        for name, file in files_of(path).items() if holds_files(path) else ():
            if name in _NAMES and str(file) not in taken:
                rejects.add(str(file), None, "does not begin like a file of the Taste Profile: it was left out")
        library = Library()
        for form, file in formed:
            rows = read(file, LAYOUTS[form], rejects)
            library = library.merge(_played(rows) if "play_count" in rows.columns else _listed(rows))
        return library


def _formed(path: Path) -> list[tuple[str, NamedFile]]:
    """The files of the Taste Profile with their forms, in the order of `LAYOUTS`."""
    files = [
        file
        for name, file in files_of(path).items()
        if name.endswith((".txt", ".csv", ".tsv")) or not holds_files(path)
    ]
    forms = [(_form(file.head()), file) for file in files]
    return [(form, file) for form in LAYOUTS for found, file in forms if found == form]


def _form(head: bytes) -> str | None:
    """Which of `LAYOUTS` a file is, judged by its beginning."""
    names = set(header_of(head))
    if {"user_id", "song_id", "play_count"} <= names:
        return "counts"
    if {"song_id", "title", "artist_name"} <= names:
        return "songs"
    line = head.split(b"\n", 1)[0]
    return "tracks" if _TRACK.match(line) else "triplets" if _TRIPLET.fullmatch(line) else None


def _form_by_name(path: Path) -> str:
    return _NAMES.get(NamedFile(path).name, "triplets")


def _played(rows: pl.DataFrame) -> Library:
    listens = rows.select(
        listener_id="user_id", track_id="song_id", plays="play_count", source=pl.lit(NAME)
    )  # fmt: skip
    songs = rows["song_id"].unique(maintain_order=True).cast(pl.String)
    return Library.of(listens=listens, tracks=pl.DataFrame({"track_id": songs, "title": songs}))


def _listed(rows: pl.DataFrame) -> Library:
    # unique_tracks.txt has some songs several times, once for each recording.
    songs = rows.unique("song_id", keep="first", maintain_order=True).with_columns(artist_id=artist_id("artist_name"))
    if "release" not in songs.columns:
        songs = songs.with_columns(release=pl.lit(None, dtype=pl.String), year=pl.lit(None, dtype=pl.Int32))
    released = (
        songs.select("artist_id", "artist_name", "release")
        .drop_nulls()
        .unique(["artist_id", "release"], maintain_order=True)
    )
    ids = [text_id("release", artist, title) for artist, title in released.select("artist_name", "release").iter_rows()]
    released = released.with_columns(release_id=pl.Series(ids, dtype=pl.String))
    year = pl.col("year").replace(0, None)
    tracks = songs.join(released, on=["artist_id", "release"], how="left", maintain_order="left").select(
        "title",
        "release_id",
        track_id=pl.col("song_id").cast(pl.String),
        artist_ids=pl.concat_list("artist_id"),
        kind=kind_of("title"),
        date=pl.date(year, 1, 1),
        date_precision=pl.when(year.is_not_null()).then(pl.lit("year")),
    )
    releases = released.unique("release_id", keep="first", maintain_order=True).select(
        "release_id", title="release", artist_ids=pl.concat_list("artist_id")
    )
    names = songs["artist_name"].unique(maintain_order=True)
    return Library.of(tracks=tracks, releases=releases, artists=artists_of(names))


SOURCE = TasteProfile()
