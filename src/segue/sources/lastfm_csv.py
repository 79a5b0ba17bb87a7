"""Last.fm scrobbles as CSV: with the header `uts,utc_time,artist,…`, or without one as `artist,album,track,date`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from segue.errors import BadFile
from segue.library.library import Library
from segue.sources.archives import decoded, members
from segue.sources.base import Rejects
from segue.sources.csv_rows import csv_rows, split_row
from segue.sources.personal import Collection, Mention
from segue.sources.values import mbid, text

_PLAIN = ("artist", "album", "track", "date")
_DATE = re.compile(r"(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}),? (\d{1,2}):(\d\d)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Last.fm began in 2002. Players without a clock send dates of 1970.
_FIRST_YEAR = 2002


@dataclass(frozen=True)
class LastfmCsv:
    """Reads scrobbles; those with the bogus dates of players without a clock become plays without a time."""

    title: str = "Last.fm scrobbles (CSV)"

    def recognises(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 (by its content alone)
        """Whether the first line is the known header, or most lines end in a date as Last.fm writes it."""
        lines = [line for line in decoded(head).replace("\r", "").split("\n")[:50] if line.strip()]
        if not lines:
            return False
        if _header(split_row(lines[0]) or []) is not None:
            return True
        rows = [split_row(line) or [] for line in lines[: -1 if len(lines) > 1 else None]]
        dated = sum(len(row) == len(_PLAIN) and _DATE.fullmatch(row[3].strip()) is not None for row in rows)
        return dated > len(rows) / 2

    def read(self, path: Path, rejects: Rejects) -> Library:
        """The plays of one listener. Raises `BadFile` when there are none."""
        found = Collection("lastfm-csv")
        header: Sequence[str] = _PLAIN
        [member] = members(path, lambda _: False, rejects)
        first = True
        for number, row in csv_rows(member, rejects):
            named = _header(row) if first else None
            first = False
            if named is not None:
                header = named
            elif (why := _note(found, dict(zip(header, row, strict=False)), len(row) - len(header))) is not None:
                rejects.add(member.name, number, why)
        if not found:
            raise BadFile(f"{path}: no scrobbles could be read; a row is artist,album,track,date or has a header")
        return found.library()


def _header(row: Sequence[str]) -> list[str] | None:
    names = [name.strip().lower() for name in row]
    if not {"artist", "track"} <= set(names) or not {"uts", "utc_time", "date"} & set(names):
        return None
    return names


def _note(found: Collection, row: dict[str, str], surplus: int) -> str | None:
    """Note one play; or why it is none."""
    title, artist = text(row.get("track")), text(row.get("artist"))
    if surplus or title is None or artist is None:
        return (
            f"has {abs(surplus)} fields too {'many' if surplus > 0 else 'few'}"
            if surplus
            else "names no artist and track"
        )
    written = row.get("uts") or row.get("utc_time") or row.get("date") or ""
    time = _time(written.strip())
    if time is None and written.strip():
        return f"has a date that cannot be read: {written!r}"[:100]
    artist_mbid = mbid(row.get("artist_mbid"))
    track = Mention(
        title,
        (artist,),
        text(row.get("album")),
        mbid=mbid(row.get("track_mbid")),
        artist_mbids=(artist_mbid,) if artist_mbid else (),
        release_mbid=mbid(row.get("album_mbid")),
    )
    found.play(track, time if time is not None and time.year >= _FIRST_YEAR else None)
    return None


def _time(written: str) -> datetime | None:
    try:
        if written.isascii() and written.isdigit():
            return datetime.fromtimestamp(int(written), UTC)
        match = _DATE.fullmatch(written)
        if match is None or match[2] not in _MONTHS:
            return None
        day, year, hour, minute = (int(match[group]) for group in (1, 3, 4, 5))
        return datetime(year, _MONTHS.index(match[2]) + 1, day, hour, minute, tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


SOURCE = LastfmCsv()
