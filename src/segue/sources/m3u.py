"""M3U and M3U8 playlists, with the titles of #EXTINF."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from segue.errors import BadFile
from segue.library.library import Library
from segue.sources.archives import decoded, lines_of, members
from segue.sources.base import Rejects
from segue.sources.lines import Line, parse_line
from segue.sources.personal import Collection, Mention
from segue.sources.values import spotify_uri, text, whole

_MARK = "#EXTM3U"
# These lists are of parts of one stream, not of tracks.
_STREAM = "#EXT-X-"
_INFO = re.compile(r"#EXTINF:\s*(?P<seconds>-?\d+(?:\.\d+)?)?(?:\s+[\w-]+=\"[^\"]*\")*\s*,(?P<title>.*)", re.IGNORECASE)
# What a line without #EXTINF must have to be a file or link: a folder, a scheme or a suffix.
_LOCATION = re.compile(r"[/\\:]|\.\w{2,5}$")
_DIRECTIVE = re.compile(r"#(?P<name>EXTALB|EXTART|PLAYLIST):(?P<value>.*)", re.IGNORECASE)


@dataclass(frozen=True)
class M3u:
    """Reads one playlist; a track without #EXTINF is known by its file name."""

    title: str = "M3U playlist"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether it begins with #EXTM3U, or is text named so; lists of the parts of a stream are something else."""
        start = decoded(head)
        named = path.suffix.lower() in (".m3u", ".m3u8") and bool(head) and "\0" not in start
        return (start.lstrip().upper().startswith(_MARK) or named) and _STREAM not in start

    def read(self, path: Path, rejects: Rejects) -> Library:
        """One playlist. Raises `BadFile` when it names no track."""
        [member] = members(path, lambda _: False, rejects)
        title, tracks = path.stem, []
        said: dict[str, str] = {}
        for number, line in lines_of(member, rejects):
            plain = " ".join(line.split())
            info, directive = _INFO.match(plain), _DIRECTIVE.match(plain)
            if info:
                said |= {"SECONDS": info["seconds"] or "", "TITLE": info["title"]}
            elif directive and directive["name"].upper() == "PLAYLIST":
                title = text(directive["value"]) or title
            elif directive:
                said[directive["name"].upper()] = directive["value"]
            elif not plain.startswith("#"):
                track = _mention(plain, said)
                said = {}
                if track is None:
                    rejects.add(member.name, number, "names no track")
                else:
                    tracks.append(track)
        if not tracks:
            raise BadFile(f"{path}: names no tracks; an M3U playlist has a line for each")
        found = Collection("m3u")
        found.playlist(title, tracks)
        return found.library()


def _mention(location: str, said: dict[str, str]) -> Mention | None:
    name = text(said.get("TITLE")) or (text(_file_title(location)) if _LOCATION.search(location) else None)
    if name is None:
        return None
    artist = text(said.get("EXTART"))
    # "#EXTART" tells where in "Artist - Title" the artist ends; an empty one, that there is none.
    if artist and name.startswith(f"{artist} - "):
        line = Line(artist, name.removeprefix(f"{artist} - "))
    elif artist is None and "EXTART" in said:
        line = Line(None, name)
    else:
        line = parse_line(name, by=False) or Line(artist, name)
    seconds = said.get("SECONDS", "")
    return Mention(
        line.title,
        (line.artist,) if line.artist else (),
        text(said.get("EXTALB")),
        spotify_uri(location) if ":" in location else None,
        duration_ms=_milliseconds(seconds),
    )


def _milliseconds(seconds: str) -> int | None:
    try:
        return whole(round(float(seconds) * 1000)) or None
    except (ValueError, OverflowError):
        return None


def _file_title(location: str) -> str:
    return PurePosixPath(unquote(location).replace("\\", "/")).stem.replace("_", " ")


SOURCE = M3u()
