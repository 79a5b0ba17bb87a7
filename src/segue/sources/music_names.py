"""What the names of an audio file and of its folders say of the music, where its tags do not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from segue.library.titles import normalise
from segue.sources.values import text

# Folders that say where the music is kept, not whose it is.
_GENERAL = frozenset({
    "audio", "compilations", "core", "data", "downloads", "files", "flac", "library", "lossless", "media", "mp3", "mp3s",
    "music", "musik", "musique", "new", "ogg", "sounds", "share", "singles", "songs", "tracks", "unknown album",
    "unknown artist", "unknown", "unsorted", "va", "various", "various artists",
})  # fmt: skip
_DISC = re.compile(r"(?:cd|dis[ck]|disque|volume|vol\.?)[\s_-]*(?P<disc>\d{1,2})\b.*", re.IGNORECASE | re.ASCII)
_DASH = re.compile(r"\s+[-–—]\s+")
_NUMBER = re.compile(r"(?:(?P<disc>\d)[-.])?(?P<track>\d{1,3})(?:\s*[-–—._)]\s*|\s+)(?=\S)", re.ASCII)
_YEAR_FIRST = re.compile(r"[(\[]?(?P<year>(?:19|20)\d\d)[)\]]?(?:\s*[-–—.]\s*|\s+)(?P<rest>\S.*)", re.ASCII)
_YEAR_LAST = re.compile(r"(?P<rest>.*\S)\s*[(\[](?P<year>(?:19|20)\d\d)[)\]]", re.ASCII)
_EXTRAS = re.compile(r"\s*[(\[](?:flac|mp3|ogg|opus|v0|320|256|192|128|web|cd)[^)\]]*[)\]]", re.IGNORECASE)


class Names(NamedTuple):
    """What a path says; None where it says nothing."""

    title: str | None
    artist: str | None = None
    album: str | None = None
    track_number: int | None = None
    disc_number: int | None = None
    year: int | None = None


def names_in(path: Path, below: Path | None = None) -> Names:
    """What a path below a folder says: "Artist/1997 - Album/CD1/03 - Title.ogg", "Artist - Title.mp3" and the like."""
    artist, album, disc, year = _folders(path, below)
    stem = path.stem if " " in path.stem else path.stem.replace("_", " ")
    number = _NUMBER.match(stem)
    # "99 Balloons" is a title, "09 Balloons" is the ninth; "12 Balloons" is the twelfth where it lies in an album.
    if number and not (number[0].strip() != number["track"] or number[0].startswith("0") or album):
        number = None
    parts = [part for part in map(text, _DASH.split(stem[number.end() :] if number else stem)) if part]
    track = int(number["track"]) if number else None
    if len(parts) >= 3 and (inner := _inner_number(parts)) is not None:
        # "Artist - Album - 03 - Title", "Artist - 03 - Title"
        track, place = inner
        artist, album = parts[0], parts[1] if place == 2 else album
        parts = parts[place + 1 :]
    elif len(parts) >= 2:
        artist, parts = parts[0], parts[1:]
    return Names(
        " - ".join(parts) or text(stem), artist, album, track or None,
        int(number["disc"]) if number and number["disc"] else disc, year,
    )  # fmt: skip


def is_disc(folder: str) -> bool:
    """Whether a folder holds one disc of an album: "CD1", "Disc 2"."""
    return _DISC.fullmatch(folder) is not None


def _inner_number(parts: list[str]) -> tuple[int, int] | None:
    """A track number among "Artist - Album - 03 - Title", and its place."""
    for place in (1, 2):
        if place < len(parts) - 1 and re.fullmatch(r"\d{1,3}", parts[place], re.ASCII):
            return int(parts[place]), place
    return None


def _folders(path: Path, below: Path | None) -> tuple[str | None, str | None, int | None, int | None]:
    """Artist, album, disc number and year that the folders name."""
    inside = path.parent.relative_to(below) if below is not None and path.is_relative_to(below) else path.parent
    folders = [folder for folder in inside.parts if folder not in ("/", "..")]
    disc = None
    if len(folders) > 1 and (match := _DISC.fullmatch(folders[-1])):
        disc = int(match["disc"])
        folders.pop()
    folders = [text(folder) or "" for folder in folders[-2:]]
    folders = ["" if normalise(folder) in _GENERAL else folder for folder in folders]
    if not any(folders):
        return None, None, disc, None
    album, year = _album(folders[-1])
    artist = folders[-2] if len(folders) > 1 else None
    halves = _DASH.split(album, maxsplit=1)
    if len(halves) == 2 and (not artist or normalise(halves[0]) == normalise(artist)):
        artist, (album, inner_year) = halves[0], _album(halves[1])
        year = year or inner_year
    elif len(folders) == 1 and year is None and not _NUMBER.match(path.stem):
        # One folder of songs without numbers is an artist's more often than an album.
        artist, album = album, ""
    return artist or None, album or None, disc, year


def _album(folder: str) -> tuple[str, int | None]:
    """A folder's album and year: "1997 - Album", "Album (1997)", "Album [FLAC]"."""
    plain = _EXTRAS.sub("", folder).strip() or folder
    match = _YEAR_FIRST.fullmatch(plain) or _YEAR_LAST.fullmatch(plain)
    return (match["rest"], int(match["year"])) if match else (plain, None)
