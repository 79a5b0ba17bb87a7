"""Spotify's account data: streaming history, playlists and the library; a zip, its folder, or one of its JSON files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.errors import BadFile
from segue.library.library import Library
from segue.sources.archives import Member, base_name, decoded, holds, json_of, json_rows, members
from segue.sources.base import Rejects
from segue.sources.personal import Collection, Mention
from segue.sources.values import began, moment, spotify_uri, text, whole

_FILE = re.compile(r"(StreamingHistory\w*|Playlist\d*|YourLibrary\d*)\.json", re.IGNORECASE)
_HISTORY = re.compile(r"StreamingHistory\w*\.json", re.IGNORECASE)

Row = dict[str, Any]


def _wanted(inner: str) -> bool:
    return _FILE.fullmatch(base_name(inner)) is not None


def _is_history(inner: str) -> bool:
    return _HISTORY.fullmatch(base_name(inner)) is not None


@dataclass(frozen=True)
class SpotifyAccount:
    """Reads the account data: plays of the last year, playlists, saved tracks as likes, banned ones as never."""

    title: str = "Spotify account data (zip, folder or JSON)"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether it is such a zip or folder, or one of its files by the field names."""
        if holds(path, head, _is_history):
            return True
        start = decoded(head[:8192]).lstrip()
        return (start.startswith("[") and '"endTime"' in start and '"msPlayed"' in start) or (
            start.startswith("{") and ('"lastModifiedDate"' in start or _FILE.fullmatch(path.name) is not None)
            and ('"playlists"' in start or '"tracks"' in start) and '"pid"' not in start
        )  # fmt: skip

    def read(self, path: Path, rejects: Rejects) -> Library:
        """Plays, playlists and feedback of one listener. Raises `BadFile` when there are none."""
        found = Collection("spotify-account")
        files = 0
        for member in members(path, _wanted, rejects):
            files += _read(found, member, rejects)
        if not files:
            raise BadFile(f"{path}: holds no Spotify account data that could be read")
        return found.library()


def _read(found: Collection, member: Member, rejects: Rejects) -> bool:
    """Read one file, told by what it holds; whether it is one of the account data."""
    if decoded(member.content[:4096]).lstrip().startswith("["):
        before = len(found)
        _each(member, json_rows(member, rejects), lambda row: _play(found, row), rejects)
        return len(found) > before
    document = json_of(member, rejects)
    if not isinstance(document, dict):
        return False
    if isinstance(document.get("playlists"), list):
        _each(member, enumerate(document["playlists"], 1), lambda row: _playlist(found, row, member, rejects), rejects)
        return True
    known = [name for name in (*_SAVED, *_SAVED_ARTISTS) if isinstance(document.get(name), list)]
    for name in known:
        note = _saved(found, _SAVED[name]) if name in _SAVED else _saved_artist(found, _SAVED_ARTISTS[name])
        _each(member, enumerate(document[name], 1), note, rejects)
    if not known:
        rejects.add(member.name, None, "holds neither plays, nor playlists, nor a library")
    return bool(known)


def _each(member: Member, rows: Any, note: Callable[[Row], str | None], rejects: Rejects) -> None:
    for number, row in rows:
        why = note(row) if isinstance(row, dict) else "is not a JSON object"
        if why is not None:
            rejects.add(member.name, number, why)


# -- rows: each is noted, or says why not ------------------------------------------------------------------------


def _play(found: Collection, row: Row) -> str | None:
    end, ms_played = moment(row.get("endTime")), whole(row.get("msPlayed"))
    if end is None or ms_played is None:
        return f"has no time or length: endTime {row.get('endTime')!r}, msPlayed {row.get('msPlayed')!r}"[:120]
    track = _mention(row, "trackName", "artistName") or _mention(row, "episodeName", "podcastName", "podcast")
    if track is None:
        return "names no track or episode"
    if ms_played:
        found.play(track, began(end, ms_played), ms_played)
    return None


def _mention(row: Row, title_key: str, artist_key: str, kind: str | None = None) -> Mention | None:
    title, artist = text(row.get(title_key)), text(row.get(artist_key))
    uri = spotify_uri(row.get("trackUri") or row.get("uri"))
    release = text(row.get("albumName") or row.get("album"))
    return Mention(title, (artist,) if artist else (), release, uri, kind=kind) if title else None


def _playlist(found: Collection, row: Row, member: Member, rejects: Rejects) -> str | None:
    title, items = text(row.get("name")), row.get("items", row.get("tracks"))
    if title is None or not isinstance(items, list):
        return "is a playlist without a name or items"
    tracks = []
    for place, item in enumerate(items, 1):
        entry = item.get("track") or item.get("localTrack") if isinstance(item, dict) else None
        mention = _mention(entry, "trackName", "artistName") if isinstance(entry, dict) else None
        if mention is not None:
            tracks.append(mention)
        elif not (isinstance(item, dict) and item.get("episode")):
            rejects.add(member.name, None, f"playlist {title!r}, item {place}: names no track")
    found.playlist(title, tracks, text(row.get("description")), moment(row.get("lastModifiedDate")))
    return None


_SAVED = {"tracks": "like", "bannedTracks": "never"}
_SAVED_ARTISTS = {"artists": "like", "bannedArtists": "never"}


def _saved(found: Collection, kind: str) -> Callable[[Row], str | None]:
    def note(row: Row) -> str | None:
        track = _mention(row, "track", "artist")
        if track is None:
            return "names no track"
        found.feedback(track, kind)
        return None

    return note


def _saved_artist(found: Collection, kind: str) -> Callable[[Row], str | None]:
    def note(row: Row) -> str | None:
        name = text(row.get("name"))
        if name is None:
            return "names no artist"
        found.artist_feedback(name, kind)
        return None

    return note


SOURCE = SpotifyAccount()
