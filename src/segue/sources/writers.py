"""Playlists and tables out: what is written here, the readers of this package read back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl

from segue.errors import NotFound, UnknownFormat
from segue.library.library import Library, write_atomically
from segue.library.tables import REPEATED_ID
from segue.sources.csv_rows import guarded
from segue.sources.jspf import TRACK_EXTENSION
from segue.sources.values import text
from segue.sources.xspf import NAMESPACE

_MUSICBRAINZ = "https://musicbrainz.org"


@dataclass(frozen=True)
class Playlist:
    """An ordered list of track ids to be written, whether or not a library has it."""

    title: str
    track_ids: tuple[str, ...]
    description: str | None = None

    @classmethod
    def of(cls, library: Library, playlist_id: str) -> Playlist:
        """A playlist of the library. Raises `NotFound` when there is none of that id."""
        for row in library.playlists.filter(pl.col("playlist_id") == playlist_id).iter_rows(named=True):
            return cls(row["title"] or playlist_id, tuple(row["track_ids"] or ()), row["description"])
        raise NotFound(f"no playlist {playlist_id!r} in the library")


@dataclass(frozen=True)
class _Entry:
    """One track as it is written: text is in one line, with nothing that XML or a line cannot hold."""

    title: str
    artists: tuple[str, ...]
    artist_mbids: tuple[str, ...]
    release: str | None
    duration_ms: int | None
    spotify_uri: str | None
    mbid: str | None
    isrc: str | None

    @property
    def credit(self) -> str:
        return ", ".join(self.artists)

    @property
    def identifiers(self) -> list[str]:
        recording = f"{_MUSICBRAINZ}/recording/{self.mbid}" if self.mbid else None
        return [one for one in (recording, self.spotify_uri, f"isrc:{self.isrc}" if self.isrc else None) if one]


def write_playlist(playlist: Playlist, library: Library, path: Path, format_name: str) -> None:
    """Write a playlist as one of `PLAYLIST_FORMATS`, in one step: a crash leaves the old file or the new.

    Text is written in one line, and CSV so that no spreadsheet takes a title for a formula. Raises `UnknownFormat`, or
    `NotFound` when the library lacks one of the tracks.
    """
    if format_name not in PLAYLIST_FORMATS:
        raise UnknownFormat(f"no playlist format {format_name!r}: there are {', '.join(PLAYLIST_FORMATS)}")
    write_atomically(path, PLAYLIST_FORMATS[format_name](playlist, _entries(playlist, library)).encode())


def write_tables(library: Library, directory: Path, format_name: str) -> None:
    """Write each table that has rows as `<table>.csv` or `<table>.parquet`.

    Parquet keeps everything exactly. CSV is for people: lists are JSON, times ISO 8601, and text that a spreadsheet
    would take for a formula gets an apostrophe before it. Raises `UnknownFormat`.
    """
    if format_name not in TABLE_FORMATS:
        raise UnknownFormat(f"no table format {format_name!r}: there are {', '.join(TABLE_FORMATS)}")
    directory.mkdir(parents=True, exist_ok=True)
    for table, frame in library.frames():
        if frame.height:
            write_atomically(directory / f"{table.name}.{format_name}", TABLE_FORMATS[format_name](frame))


def _entries(playlist: Playlist, library: Library) -> list[_Entry]:
    wanted = pl.DataFrame({"track_id": pl.Series(playlist.track_ids, dtype=pl.String)})
    tracks = {
        row["track_id"]: row for row in library.tracks.join(wanted, on="track_id", how="semi").iter_rows(named=True)
    }
    artists = {key: (name, mbid) for key, name, mbid in library.artists.select("artist_id", "name", "mbid").iter_rows()}
    releases = dict(library.releases.select("release_id", "title").iter_rows())
    entries = []
    for track_id in playlist.track_ids:
        if track_id not in tracks:
            raise NotFound(f"playlist {playlist.title!r}: no track {track_id!r} in the library")
        track = tracks[track_id]
        by = [artists[key] for key in track["artist_ids"] or () if key in artists]
        names = tuple(filter(None, (text(name) for name, _ in by)))
        entries.append(
            _Entry(
                text(track["title"]) or track_id,
                names,
                tuple(mbid for _, mbid in by if mbid),
                text(releases.get(track["release_id"])),
                track["duration_ms"],
                track["spotify_uri"],
                track["mbid"],
                track["isrc"],
            )
        )
    return entries


# -- playlists ---------------------------------------------------------------------------------------------------


def _m3u8(playlist: Playlist, entries: list[_Entry]) -> str:
    lines = ["#EXTM3U", f"#PLAYLIST:{text(playlist.title) or ''}"]
    for entry in entries:
        seconds = "-1" if entry.duration_ms is None else f"{entry.duration_ms / 1000:.3f}".rstrip("0").rstrip(".")
        name = f"{entry.credit} - {entry.title}" if entry.credit else entry.title
        lines.append(f"#EXTINF:{seconds},{name}")
        lines.append(f"#EXTART:{entry.credit}")
        if entry.release:
            lines.append(f"#EXTALB:{entry.release}")
        # Players show tracks by #EXTINF; the line that should say where the file is must not be taken for a remark.
        lines.append(entry.spotify_uri or f"./{name}".replace("\\", "/"))
    return "\n".join(lines) + "\n"


def _xspf(playlist: Playlist, entries: list[_Entry]) -> str:
    root = ElementTree.Element("playlist", {"version": "1", "xmlns": NAMESPACE})
    _child(root, "title", text(playlist.title))
    _child(root, "annotation", text(playlist.description))
    tracks = ElementTree.SubElement(root, "trackList")
    for entry in entries:
        track = ElementTree.SubElement(tracks, "track")
        _child(track, "location", entry.spotify_uri)
        for identifier in entry.identifiers:
            _child(track, "identifier", identifier)
        _child(track, "title", entry.title)
        _child(track, "creator", entry.credit or None)
        _child(track, "album", entry.release)
        _child(track, "duration", None if entry.duration_ms is None else str(entry.duration_ms))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _child(parent: ElementTree.Element, name: str, value: str | None) -> None:
    if value is not None:
        ElementTree.SubElement(parent, name).text = value


def _jspf(playlist: Playlist, entries: list[_Entry]) -> str:
    about = {"title": text(playlist.title), "annotation": text(playlist.description)}
    body = {name: value for name, value in about.items() if value} | {
        "track": [_jspf_track(entry) for entry in entries]
    }
    return json.dumps({"playlist": body}, ensure_ascii=False, indent=1) + "\n"


def _jspf_track(entry: _Entry) -> dict[str, Any]:
    credited: list[dict[str, str]] = [{"artist_credit_name": name} for name in entry.artists]
    extension: dict[str, Any] = {"additional_metadata": {"artists": credited}}
    if len(entry.artist_mbids) == len(entry.artists):
        for one, mbid in zip(credited, entry.artist_mbids, strict=True):
            one["artist_mbid"] = mbid
        extension["artist_identifiers"] = [f"{_MUSICBRAINZ}/artist/{mbid}" for mbid in entry.artist_mbids]
    said = {
        "title": entry.title,
        "creator": entry.credit,
        "album": entry.release,
        "duration": entry.duration_ms,
        "location": [entry.spotify_uri] if entry.spotify_uri else None,
        "identifier": entry.identifiers,
        "extension": {TRACK_EXTENSION: extension} if credited else None,
    }
    return {name: value for name, value in said.items() if value}


_CSV_HEADER = (
    "Track URI", "Track Name", "Artist Name(s)", "Album Name", "Duration (ms)", "ISRC", "MusicBrainz Recording ID",
)  # fmt: skip


def _csv(playlist: Playlist, entries: list[_Entry]) -> str:  # noqa: ARG001 (the file's name is its title)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_CSV_HEADER)
    for entry in entries:
        names = ";".join(name.replace("\\", "\\\\").replace(";", "\\;") for name in entry.artists)
        fields = (entry.spotify_uri, entry.title, names, entry.release, entry.duration_ms, entry.isrc, entry.mbid)
        writer.writerow(guarded(str(field)) if field is not None else "" for field in fields)
    return out.getvalue()


PLAYLIST_FORMATS: dict[str, Callable[[Playlist, list[_Entry]], str]] = {
    "csv": _csv,
    "jspf": _jspf,
    "m3u8": _m3u8,
    "xspf": _xspf,
}


# -- tables ------------------------------------------------------------------------------------------------------


def _parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out, compression="zstd")
    return out.getvalue()


def _csv_table(frame: pl.DataFrame) -> bytes:
    columns = []
    for name, dtype in frame.schema.items():
        column = pl.col(name)
        if isinstance(dtype, pl.List):
            column = column.map_elements(_json, return_dtype=pl.String)
        elif dtype in (pl.String, REPEATED_ID):
            # A String column cannot hold what `guarded` does not see: the rule is the same.
            column = column.cast(pl.String).str.replace(r"^('*[=+\-@])", "'$1")
        columns.append(column)
    return frame.select(columns).write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%.3fZ").encode()


def _json(values: pl.Series) -> str:
    return json.dumps(values.to_list(), ensure_ascii=False)


TABLE_FORMATS: dict[str, Callable[[pl.DataFrame], bytes]] = {"csv": _csv_table, "parquet": _parquet}
