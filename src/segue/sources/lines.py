"""Plain text with one track a line: "Artist - Title", "Title by Artist", or both with a tab between."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from segue.errors import BadFile
from segue.library.library import Library
from segue.sources.archives import decoded, lines_of, members
from segue.sources.base import Rejects
from segue.sources.personal import Collection, Mention
from segue.sources.values import text

_NUMBER = re.compile(r"^\s*(?:\d{1,4}\s*[.):]\s+|\d{1,3}\s+-\s+(?=.* - )|[-*•]\s+)")
_DASH = re.compile(r"\s+[-–—]\s+")
_BY = re.compile(r"\s+by\s+", re.IGNORECASE)
_LONGEST = 300
# Suffixes that people give to pasted lists. Whatever is named otherwise has a reader of its own, or none.
_SUFFIXES = ("", ".txt", ".text", ".list", ".md")
_OTHERS = ("{", "[", "<", "#EXT", "PK", '"')
_SHARE = 0.6


class Line(NamedTuple):
    """Who and what a line names."""

    artist: str | None
    title: str


def parse_line(line: str, *, by: bool = True) -> Line | None:
    """The artist and title of a line, without its number; None where it does not read like a track."""
    plain = _NUMBER.sub("", line.strip("\ufeff\r\n"))
    if len(plain) > _LONGEST:
        return None
    halves = plain.strip("\t").split("\t")
    if len(halves) == 1:
        halves = _DASH.split(plain.strip(), maxsplit=1)
    if len(halves) == 1 and by:
        halves = _BY.split(plain.strip())
        halves = [halves[-1], " by ".join(halves[:-1])] if len(halves) > 1 else halves
    if len(halves) != 2:
        return None
    artist, title = map(text, halves)
    return Line(artist, title) if artist and title else None


@dataclass(frozen=True)
class Lines:
    """Reads one playlist, named like the file. Cautious: nearly any text has a line that looks like a track."""

    title: str = 'Plain text ("Artist - Title" lines)'

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether it is printable text of short lines, most of which name an artist and a title in words."""
        written = decoded(head)
        if path.suffix.lower() not in _SUFFIXES or written.lstrip("\ufeff\r\n\t ").startswith(_OTHERS):
            return False
        lines = [line.strip("\r") for line in written.lstrip("\ufeff").split("\n") if line.strip()][:200]
        if not lines or not all(line.replace("\t", "").isprintable() for line in lines):
            return False
        return sum(map(_looks_like_a_track, lines)) >= _SHARE * len(lines)

    def read(self, path: Path, rejects: Rejects) -> Library:
        """One playlist. Raises `BadFile` when no line names a track."""
        [member] = members(path, lambda _: False, rejects)
        tracks = []
        for number, line in lines_of(member, rejects):
            found = parse_line(line)
            if found is None:
                rejects.add(member.name, number, 'does not read like "Artist - Title"')
            else:
                tracks.append(Mention(found.title, (found.artist,) if found.artist else ()))
        if not tracks:
            raise BadFile(f'{path}: no line reads like "Artist - Title"')
        collection = Collection("lines")
        collection.playlist(path.stem, tracks)
        return collection.library()


def _looks_like_a_track(line: str) -> bool:
    found = parse_line(line)
    if found is None or found.artist is None or "<SEP>" in line or "::" in line:
        return False
    # Ids in two columns have a tab between them too; names have capitals, spaces or letters of other scripts.
    if "\t" in line:
        both = found.artist + found.title
        return any(letter.isalpha() for letter in both) and (" " in both or not both.isascii())
    return any(letter.isalpha() for letter in found.title + found.artist)


SOURCE = Lines()
