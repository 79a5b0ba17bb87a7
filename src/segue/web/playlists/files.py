"""Playlists as files: out in every format that is written, in from every one that is read."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import NamedTuple

from segue.sources import writers
from segue.web.catalog.lookup import in_order, library_of
from segue.web.catalog.models import Track
from segue.web.playlists.models import Playlist
from segue.web.playlists.services import track_keys

CONTENT_TYPES = {
    "m3u8": "audio/x-mpegurl; charset=utf-8",
    "xspf": "application/xspf+xml",
    "jspf": "application/jspf+json",
    "csv": "text/csv; charset=utf-8",
}
_NOT_IN_A_NAME = re.compile(r"[^\w .,()&'+-]+")


class File(NamedTuple):
    """A file as it is sent."""

    name: str
    content_type: str
    content: bytes


def export(playlist: Playlist, format_name: str) -> File:
    """A playlist as a file. Raises `UnknownFormat`."""
    keys = track_keys(playlist)
    tracks = in_order(Track.objects.defer("lyrics", "sound"), list(dict.fromkeys(keys)))
    title = playlist.title or "Playlist"
    written = writers.Playlist(title, tuple(keys), playlist.description)
    with tempfile.TemporaryDirectory(prefix="segue-") as folder:
        path = Path(folder) / "playlist"
        writers.write_playlist(written, library_of(tracks), path, format_name)
        content = path.read_bytes()
    name = _NOT_IN_A_NAME.sub(" ", title).strip(" .")[:80].strip() or "playlist"
    return File(f"{name}.{format_name}", CONTENT_TYPES[format_name], content)
