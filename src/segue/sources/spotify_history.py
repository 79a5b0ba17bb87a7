"""Spotify's extended streaming history: a zip, its folder, or one of its JSON files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.errors import BadFile
from segue.library.library import Library
from segue.sources.archives import base_name, decoded, holds, json_rows, members
from segue.sources.base import Rejects
from segue.sources.personal import Collection, Mention
from segue.sources.values import began, moment, spotify_uri, text, whole

_FILE = re.compile(r"(Streaming_History_(Audio|Video)_.*|endsong_\d+)\.json", re.IGNORECASE)
# The listener who goes on within this time did not want to hear it.
_SKIP_MS = 30_000


def _wanted(inner: str) -> bool:
    return _FILE.fullmatch(base_name(inner)) is not None


@dataclass(frozen=True)
class SpotifyHistory:
    """Reads the extended streaming history.

    Rows that never sounded (0 ms) are no plays and are left out, and so are those of private sessions, which their
    listener wanted forgotten, unless `private_sessions` asks for them.
    """

    title: str = "Spotify extended streaming history (zip, folder or JSON)"
    private_sessions: bool = False

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether it is such a zip or folder, or JSON with the history's own field names."""
        if holds(path, head, _wanted):
            return True
        start = decoded(head[:4096]).lstrip()
        return start.startswith("[") and '"ms_played"' in start and '"master_metadata_' in start

    def read(self, path: Path, rejects: Rejects) -> Library:
        """The plays of one listener. Raises `BadFile` when there are none."""
        found = Collection("spotify-history")
        left_out = 0
        for member in members(path, _wanted, rejects):
            for number, row in json_rows(member, rejects):
                if not self._is_play(row):
                    left_out += 1
                elif (why := _note(found, row)) is not None:
                    rejects.add(member.name, number, why)
        if not found and not left_out:
            raise BadFile(f"{path}: no plays of a Spotify streaming history could be read")
        return found.library()

    def _is_play(self, row: dict[str, Any]) -> bool:
        return row.get("ms_played") != 0 and (self.private_sessions or row.get("incognito_mode") is not True)


def _note(found: Collection, row: dict[str, Any]) -> str | None:
    """Note one play; or why it is none."""
    # The history tells when a play ended.
    end, ms_played, track = moment(row.get("ts")), whole(row.get("ms_played")), _mention(row)
    if end is None:
        return f"has no time in ts: {row.get('ts')!r}"[:100]
    if ms_played is None:
        return f"has no length in ms_played: {row.get('ms_played')!r}"[:100]
    if track is None:
        return "names no track, episode or audiobook"
    went_on = row.get("reason_end") == "fwdbtn" and ms_played < _SKIP_MS
    found.play(track, began(end, ms_played), ms_played, row.get("skipped") is True or went_on)
    return None


def _mention(row: dict[str, Any]) -> Mention | None:
    def named(artist: str) -> tuple[str, ...]:
        return tuple(filter(None, [text(row.get(artist))]))

    if title := text(row.get("master_metadata_track_name")):
        return Mention(
            title,
            named("master_metadata_album_artist_name"),
            text(row.get("master_metadata_album_album_name")),
            spotify_uri(row.get("spotify_track_uri")),
        )
    if title := text(row.get("episode_name")):
        uri = spotify_uri(row.get("spotify_episode_uri"), "episode")
        return Mention(title, named("episode_show_name"), spotify_uri=uri, kind="podcast")
    if title := text(row.get("audiobook_title")):
        return Mention(title, spotify_uri=spotify_uri(row.get("audiobook_uri"), "show"), kind="audiobook")
    return None


SOURCE = SpotifyHistory()
