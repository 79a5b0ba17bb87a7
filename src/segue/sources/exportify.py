"""A playlist as CSV, as Exportify and Segue write it: a header with Track URI, Track Name, Artist Name(s) and more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from segue.errors import BadFile
from segue.library.library import Library
from segue.library.tables import AUDIO_FEATURES, TRACKS
from segue.sources.archives import decoded, members
from segue.sources.base import Rejects
from segue.sources.csv_rows import csv_rows, split_row, unguarded
from segue.sources.personal import Collection, Mention
from segue.sources.values import isrc, mbid, spotify_uri, text, whole

# Each field with the headers it had over the years, in lower case.
_HEADERS = {
    "uri": ("track uri", "spotify id", "spotify uri", "track id"),
    "title": ("track name",),
    "artists": ("artist name(s)", "artist name"),
    "artist_ids": ("artist uri(s)", "artist ids", "artist id(s)"),
    "release": ("album name",),
    "duration_ms": ("track duration (ms)", "duration (ms)"),
    "isrc": ("isrc",),
    "mbid": ("musicbrainz recording id",),
    **{name: (name,) for name in AUDIO_FEATURES},
}
_NAMES = {separator: re.compile(rf"(?:\\[\\;,]|[^{separator}])+") for separator in ";,"}


@dataclass(frozen=True)
class Exportify:
    """Reads one playlist, named like the file, with the audio features of its tracks where the file tells them."""

    title: str = "Playlist as CSV (Exportify)"

    def recognises(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 (by its content alone)
        """Whether the first line is a header with a track and artists, as Exportify names them."""
        columns = _columns(split_row(decoded(head).lstrip("\r\n").split("\n", 1)[0].rstrip("\r")) or [])
        return "title" in columns and "artists" in columns and len(columns) > 2

    def read(self, path: Path, rejects: Rejects) -> Library:
        """One playlist. Raises `BadFile` when the header is another, or no row names a track."""
        [member] = members(path, lambda _: False, rejects)
        rows = csv_rows(member, rejects)
        _, header = next(rows, (0, []))
        columns = _columns(header)
        if "title" not in columns or "artists" not in columns:
            raise BadFile(f"{path}: has no columns Track Name and Artist Name(s); export it with Exportify again")
        tracks: list[Mention] = []
        features: list[dict[str, float | None]] = []
        for number, row in rows:
            fields = {name: unguarded(row[place]) for name, place in columns.items() if place < len(row)}
            track = _mention(fields)
            if track is None or len(row) != len(header):
                rejects.add(member.name, number, _why(len(row) - len(header)))
                continue
            tracks.append(track)
            features.append({name: _number(fields.get(name), name) for name in AUDIO_FEATURES})
        found = Collection("exportify")
        found.playlist(path.stem, tracks)
        return _with_features(found.library(), features)


def _why(surplus: int) -> str:
    return f"has {abs(surplus)} fields too {'many' if surplus > 0 else 'few'}" if surplus else "names no track"


def _columns(header: Sequence[str]) -> dict[str, int]:
    """Where each field stands."""
    places = {name.strip().lower(): place for place, name in reversed(list(enumerate(header)))}
    return {
        field: next(places[name] for name in names if name in places)
        for field, names in _HEADERS.items()
        if any(name in places for name in names)
    }


def _mention(fields: dict[str, str]) -> Mention | None:
    title = text(fields.get("title"))
    if title is None:
        return None
    return Mention(
        title,
        _artists(fields.get("artists", ""), len(fields.get("artist_ids", "").split(","))),
        text(fields.get("release")),
        spotify_uri(fields.get("uri")),
        mbid(fields.get("mbid")),
        isrc(fields.get("isrc")),
        whole(fields.get("duration_ms")) or None,
    )


def _artists(written: str, known: int) -> tuple[str, ...]:
    """The names: between semicolons, or, where the file tells that there are several artists, between commas."""
    by_semicolon = _NAMES[";"].findall(written)
    names = by_semicolon if len(by_semicolon) > 1 or known < 2 else _NAMES[","].findall(written)
    names = [re.sub(r"\\([\\;,])", r"\1", name) for name in names]
    return tuple(filter(None, map(text, names)))


def _number(written: str | None, name: str) -> float | None:
    [column] = [column for column in TRACKS.columns if column.name == name]
    try:
        number = float(written or "")
    except ValueError:
        return None
    low, high = column.minimum, column.maximum
    return number if (low is None or number >= low) and (high is None or number <= high) else None


def _with_features(library: Library, features: Sequence[dict[str, float | None]]) -> Library:
    """The library with the audio features of each track, given in order of the playlist."""
    schema = {name: TRACKS.schema[name] for name in AUDIO_FEATURES}
    [places] = library.playlists["track_ids"].to_list()
    known = pl.DataFrame(features, schema=schema).with_columns(track_id=pl.Series(places, dtype=pl.String))
    known = known.unique("track_id", keep="first", maintain_order=True)
    tracks = library.tracks.drop(AUDIO_FEATURES).join(known, on="track_id", how="left", maintain_order="left")
    return Library.of(**{table.name: frame for table, frame in library.frames()} | {"tracks": tracks})


SOURCE = Exportify()
