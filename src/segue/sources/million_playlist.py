"""The Million Playlist Dataset (Chen, Lamere, Schedl, Zamani 2018): mpd.slice.*.json, read slice by slice."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from segue.errors import BadFile
from segue.library.library import Library
from segue.library.tables import TABLES
from segue.library.titles import parse_title
from segue.sources.base import Rejects
from segue.sources.delimited import refuse_mostly_bad
from segue.sources.files import DAMAGE, ZIP_HEAD, NamedFile, files_of, first_line, unpacked
from segue.sources.ratings import LATEST_SECOND

_SLICE = re.compile(r"mpd\.slice\.[0-9]+-[0-9]+\.json")
_URI = re.compile(r"spotify:(?:track|artist|album):[0-9A-Za-z]{1,64}")
_TITLE = "a slice of the Million Playlist Dataset"
_DAY_MS = 86_400_000
# A slice of 1,000 playlists is 33 MB.
_LARGEST_SLICE = 1 << 30


@dataclass(frozen=True)
class MillionPlaylist:
    """Reads one slice, or all those in a directory or zip."""

    title: str = "Million Playlist Dataset: mpd.slice.*.json, a directory or a zip of them"

    def recognises(self, path: Path, head: bytes) -> bool:
        """By the names of slices, or the first keys of one."""
        if head and not head.startswith(ZIP_HEAD):
            begun = unpacked(head)
            return begun.lstrip().startswith(b"{") and b'"playlists"' in begun and b'"pid"' in begun
        with suppress(BadFile, OSError):
            return any(_SLICE.fullmatch(name) for name in _files(path))
        return False

    def read(self, path: Path, rejects: Rejects) -> Library:
        """Playlists without owners, with their tracks, artists and releases. Raises `BadFile`."""
        files = _files(path)
        slices = [file for name, file in files.items() if _SLICE.fullmatch(name)] or list(files.values())
        gathered, found = _Gathered(), Rejects()
        for file in slices:
            _take(file, gathered, found)
        refuse_mostly_bad(NamedFile(path), _TITLE, gathered.rows, found)
        rejects.rows += found.rows
        return gathered.library()


def _files(path: Path) -> dict[str, NamedFile]:
    # The unpacked data set has its slices in data/, beside a README and scripts.
    return files_of(path / "data" if (path / "data").is_dir() else path)


class _EntryError(Exception):
    """Why one playlist, or one track of it, cannot be read."""


@dataclass
class _Gathered:
    """What the slices gave so far: new rows wait in lists and become frames after each slice."""

    rows: int = 0
    seen: set[str] = field(default_factory=set)
    waiting: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"artists": [], "releases": [], "tracks": [], "playlists": []}
    )
    frames: dict[str, list[pl.DataFrame]] = field(default_factory=dict)

    def add(self, table: str, key: str, row: dict[str, Any]) -> None:
        """One row of a table, unless its key is there."""
        if key not in self.seen:
            self.seen.add(key)
            self.waiting[table].append(row)

    def settle(self) -> None:
        """Pack the waiting rows."""
        for table, rows in self.waiting.items():
            if rows:
                schema = {name: TABLES[table].schema[name] for name in rows[0]}
                self.frames.setdefault(table, []).append(pl.DataFrame(rows, schema=schema))
                rows.clear()

    def library(self) -> Library:
        """All of it."""
        return Library.of(**{table: pl.concat(frames) for table, frames in self.frames.items()})


def _take(file: NamedFile, gathered: _Gathered, found: Rejects) -> None:
    try:
        with file.open() as stream:
            text = stream.read(_LARGEST_SLICE + 1)
        playlists = _playlists(text)
    except (*DAMAGE, BadFile, RecursionError, MemoryError, _EntryError) as error:
        found.add(str(file), None, f"is not {_TITLE}: {first_line(error)}")
        return
    for place, playlist in enumerate(playlists):
        where = f"playlists[{place}]"
        try:
            _add_playlist(gathered, playlist, where, str(file), found)
            gathered.rows += 1
        except _EntryError as error:
            found.add(str(file), None, f"{where}: {error}")
    gathered.settle()


def _playlists(text: bytes) -> list[Any]:
    if len(text) > _LARGEST_SLICE:
        raise _EntryError("it is larger than 1 GiB")
    content = json.loads(text)
    playlists = content.get("playlists") if isinstance(content, dict) else None
    if not isinstance(playlists, list):
        raise _EntryError("it has no list of playlists")
    return playlists


def _add_playlist(gathered: _Gathered, playlist: Any, where: str, file: str, found: Rejects) -> None:
    if not isinstance(playlist, dict):
        raise _EntryError("is not an object")
    pid = _number(playlist, "pid", 1 << 53)
    if pid is None:
        raise _EntryError("pid is missing")
    playlist_id = f"mpd:playlist:{pid}"
    if playlist_id in gathered.seen:
        raise _EntryError(f"repeats pid {pid}")
    modified = _number(playlist, "modified_at", LATEST_SECOND)
    row = {
        "playlist_id": playlist_id,
        "title": _text(playlist, "name"),
        "description": _text(playlist, "description"),
        "followers": _number(playlist, "num_followers", (1 << 31) - 1),
        "modified": None if modified is None else modified * 1000,
    }
    tracks = playlist.get("tracks")
    if not isinstance(tracks, list):
        raise _EntryError("has no list of tracks")
    uris = []
    for place, track in enumerate(tracks):
        try:
            uris.append(_add_track(gathered, track))
        except _EntryError as error:
            found.add(file, None, f"{where}.tracks[{place}]: {error}")
    gathered.add("playlists", playlist_id, row | {"track_ids": uris})


def _add_track(gathered: _Gathered, track: Any) -> str:
    """The track's URI; what is new of it, its artist and its album is kept."""
    if not isinstance(track, dict):
        raise _EntryError("is not an object")
    uri, artist, album = (_uri(track, f"{kind}_uri") for kind in ("track", "artist", "album"))
    if uri in gathered.seen:
        return uri
    title, artist_name = _text(track, "track_name"), _text(track, "artist_name")
    duration = _number(track, "duration_ms", _DAY_MS * 10)
    release = _text(track, "album_name")
    if not title or not artist_name:
        raise _EntryError(f"{'artist_name' if title else 'track_name'} is missing")
    gathered.add("artists", artist, {"artist_id": artist, "name": artist_name, "spotify_uri": artist})
    if release:
        # The artist of one track is not always the album's: compilations have many.
        gathered.add("releases", album, {"release_id": album, "title": release, "spotify_uri": album})
    gathered.add(
        "tracks",
        uri,
        {
            "track_id": uri, "title": title, "artist_ids": [artist], "release_id": album if release else None,
            "duration_ms": duration, "kind": parse_title(title).kind, "spotify_uri": uri,
        },
    )  # fmt: skip
    return uri


def _uri(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not _URI.fullmatch(value):
        raise _EntryError(f"{name} {str(value)[:40]!r} is not a Spotify URI")
    return value


def _text(row: dict[str, Any], name: str) -> str | None:
    value = row.get(name)
    if value is None:
        return None
    try:
        # Half of a surrogate pair is JSON, and no text.
        return None if not value.encode() else str(value)
    except (AttributeError, UnicodeEncodeError):
        raise _EntryError(f"{name} is not text") from None


def _number(row: dict[str, Any], name: str, largest: int) -> int | None:
    value = row.get(name)
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= largest:
        raise _EntryError(f"{name} {str(value)[:40]!r} is not a number from 0 to {largest}")
    return value


SOURCE = MillionPlaylist()
