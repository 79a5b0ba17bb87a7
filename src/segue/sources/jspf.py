"""JSPF playlists: XSPF as JSON (https://www.xspf.org/jspf), with the extension of MusicBrainz."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.errors import BadFile
from segue.library.library import Library
from segue.sources.archives import decoded, json_of, members
from segue.sources.base import Rejects
from segue.sources.personal import Collection, Mention
from segue.sources.values import mbid, moment, text, texts, whole
from segue.sources.xspf import identified

TRACK_EXTENSION = "https://musicbrainz.org/doc/jspf#track"
_SHAPE = re.compile(r'^\s*\{\s*"playlist"\s*:\s*\{')


@dataclass(frozen=True)
class Jspf:
    """Reads one playlist."""

    title: str = "JSPF playlist"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether it is a JSON object that begins with a playlist, or JSON named .jspf."""
        start = decoded(head).lstrip("\ufeff")
        return _SHAPE.match(start) is not None or (path.suffix.lower() == ".jspf" and start.lstrip().startswith("{"))

    def read(self, path: Path, rejects: Rejects) -> Library:
        """One playlist. Raises `BadFile` when it is not JSON, or has no list of tracks."""
        [member] = members(path, lambda _: False, rejects)
        document = json_of(member, rejects)
        playlist = document.get("playlist") if isinstance(document, dict) else None
        rows = playlist.get("track") if isinstance(playlist, dict) else None
        if not isinstance(playlist, dict) or not isinstance(rows, list):
            why = rejects.rows[-1].why if document is None and len(rejects) else "has no playlist with tracks"
            raise BadFile(f"{path}: is not a JSPF playlist: {why}")
        tracks = []
        for number, row in enumerate(rows, 1):
            track = _mention(row) if isinstance(row, dict) else None
            if track is None:
                rejects.add(member.name, None, f"track {number} has no title")
            else:
                tracks.append(track)
        found = Collection("jspf")
        about = text(playlist.get("annotation"))
        found.playlist(text(playlist.get("title")) or path.stem, tracks, about, moment(playlist.get("date")))
        return found.library()


def _mention(row: dict[str, Any]) -> Mention | None:
    title = text(row.get("title"))
    if title is None:
        return None
    artists, artist_mbids = _artists(row)
    release, duration_ms = text(row.get("album")), whole(row.get("duration")) or None
    mention = Mention(title, artists, release, duration_ms=duration_ms, artist_mbids=artist_mbids)
    return identified(mention, [*_listed(row.get("identifier")), *_listed(row.get("location"))])


def _artists(row: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names and MusicBrainz ids of the artists: each of its own where the extension tells, else the one credit."""
    extensions = row.get("extension")
    said = extensions.get(TRACK_EXTENSION) if isinstance(extensions, dict) else None
    more = said.get("additional_metadata") if isinstance(said, dict) else None
    credited = more.get("artists") if isinstance(more, dict) else None
    known = [one for one in credited if isinstance(one, dict)] if isinstance(credited, list) else []
    names = [text(one.get("artist_credit_name")) for one in known]
    if not names or not all(names):
        identifiers = said.get("artist_identifiers") if isinstance(said, dict) else None
        mbids = tuple(filter(None, map(mbid, texts(identifiers))))
        return tuple(filter(None, [text(row.get("creator"))])), mbids
    mbids = tuple(filter(None, (mbid(one.get("artist_mbid")) for one in known)))
    return tuple(name for name in names if name), mbids


def _listed(value: object) -> tuple[str, ...]:
    """JSPF writes one identifier as text, several as a list; so do its writers, or not."""
    return texts(value) or texts([value])


SOURCE = Jspf()
