"""Kaggle's "Spotify Dataset 1921-2020": data.csv, one row a track, its artists written as a Python list."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from segue.library.library import Library
from segue.library.titles import text_id
from segue.sources.base import Rejects
from segue.sources.delimited import LINE, Field, Layout, header_of, read, refuse_mostly_bad
from segue.sources.files import NamedFile, unpacked
from segue.sources.spotify_tables import AUDIO_FIELDS, artists_of, audio_columns, date_columns, kind_of

LAYOUT = Layout(
    "the data.csv of Kaggle's Spotify tracks",
    (
        Field("id"),
        Field("name", pl.String),
        Field("artists", pl.String),
        Field("popularity", pl.Int32, optional=True, minimum=0, maximum=100),
        Field("release_date", pl.String, optional=True),
        Field("explicit", pl.Int32, optional=True, minimum=0, maximum=1),
        *AUDIO_FIELDS,
    ),
    separator=",",
    quoted=True,
    key=("id",),
)
_LONGEST_LIST = 10_000


@dataclass(frozen=True)
class KaggleSpotify:
    """Reads one file."""

    title: str = "Kaggle Spotify tracks: data.csv with audio features"

    def recognises(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - its name says nothing
        """By its header."""
        names = set(header_of(unpacked(head)))
        return {"id", "name", "artists", "acousticness", "release_date"} <= names and "track_id" not in names

    def read(self, path: Path, rejects: Rejects) -> Library:
        """Tracks and artists. Raises `BadFile`."""
        file, found = NamedFile(path), Rejects()
        rows = read(file, LAYOUT, rejects)
        lists = {text: artist_names(text) for text in rows["artists"].unique().to_list()}
        unread = [text for text, names in lists.items() if not names]
        for line, text in rows.filter(pl.col("artists").is_in(unread)).select(LINE, "artists").iter_rows():
            found.add(str(file), line, f"artists {text[:40]!r} is not a list of names")
        rows = rows.filter(~pl.col("artists").is_in(unread))
        refuse_mostly_bad(file, LAYOUT.title, rows.height, found)
        rejects.rows += found.rows
        ids = {text: [text_id("artist", name) for name in names] for text, names in lists.items() if names}
        tracks = rows.select(
            *date_columns("release_date"),
            *audio_columns(),
            "popularity",
            track_id="spotify:track:" + pl.col("id").cast(pl.String),
            title="name",
            artist_ids=pl.Series([ids[text] for text in rows["artists"]], dtype=pl.List(pl.String)),
            explicit=pl.col("explicit").cast(pl.Boolean),
            kind=kind_of("name"),
            spotify_uri="spotify:track:" + pl.col("id").cast(pl.String),
        )
        credited = rows["artists"].unique(maintain_order=True)
        return Library.of(artists=artists_of(name for text in credited for name in lists[text]), tracks=tracks)


def artist_names(text: str) -> list[str]:
    """The names in "['One', 'Two']", each once; none when it is not a list of names."""
    if not text.startswith("[") or len(text) > _LONGEST_LIST:
        return []
    try:
        with warnings.catch_warnings():
            # A name with a backslash in it is no reason to warn.
            warnings.simplefilter("ignore")
            names = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return []
    if not isinstance(names, list) or not all(isinstance(name, str) and _is_text(name) for name in names):
        return []
    return list(dict.fromkeys(names))


def _is_text(name: str) -> bool:
    # An escape may stand for half a character.
    return bool(name.strip()) and not any("\ud800" <= letter <= "\udfff" for letter in name)


SOURCE = KaggleSpotify()
