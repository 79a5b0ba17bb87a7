"""XSPF playlists (https://www.xspf.org/spec), read without DTDs and entities."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast
from xml.etree import ElementTree

from segue.errors import BadFile
from segue.library.library import Library
from segue.sources.archives import decoded, members, text_of
from segue.sources.base import Rejects
from segue.sources.files import first_line
from segue.sources.personal import Collection, Mention
from segue.sources.values import isrc, mbid, moment, spotify_uri, text, whole

NAMESPACE = "http://xspf.org/ns/0/"
_DECLARATIONS = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True)
class Xspf:
    """Reads one playlist."""

    title: str = "XSPF playlist"

    def recognises(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 (by its content alone)
        """Whether it is XML with the namespace of XSPF."""
        start = decoded(head[:4096]).lstrip("\ufeff \r\n\t")
        return start.startswith("<") and "<playlist" in start and "xspf.org/ns/0" in start

    def read(self, path: Path, rejects: Rejects) -> Library:
        """One playlist. Raises `BadFile` when it is not XSPF, or has a DTD or entities."""
        [member] = members(path, lambda _: False, rejects)
        written = text_of(member, rejects)
        if _DECLARATIONS.search(written):
            raise BadFile(f"{path}: has a DTD or entities, which no playlist needs; remove <!DOCTYPE …> from it")
        found = _Playlist(path.stem)
        damage = None
        try:
            for depth, element in _elements(written):
                found.note(depth, element, member.name, rejects)
        except (ElementTree.ParseError, ValueError) as error:
            damage = first_line(error)
            rejects.add(member.name, getattr(error, "position", (None,))[0], f"is not whole XML: {damage}")
        if damage and not found.tracks:
            raise BadFile(f"{path}: is not an XSPF playlist: {damage}")
        collection = Collection("xspf")
        collection.playlist(found.title, found.tracks, found.about, found.modified)
        return collection.library()


@dataclass
class _Playlist:
    """What was read so far."""

    title: str
    about: str | None = None
    modified: datetime | None = None
    tracks: list[Mention] = field(default_factory=list)

    def note(self, depth: int, element: ElementTree.Element, file: str, rejects: Rejects) -> None:
        name = _name(element)
        if name == "track":
            track = _mention(element)
            if track is None:
                rejects.add(file, None, f"track {len(self.tracks) + 1} has no title")
            else:
                self.tracks.append(track)
        elif depth == 1 and name == "title":
            self.title = text(element.text) or self.title
        elif depth == 1 and name == "annotation":
            self.about = text(element.text)
        elif depth == 1 and name == "date":
            self.modified = moment(element.text)


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _elements(written: str) -> Iterator[tuple[int, ElementTree.Element]]:
    """Each element when it ends, with how deep it lies; a file that is cut off gives those before."""
    parser: ElementTree.XMLPullParser = ElementTree.XMLPullParser(["start", "end"])
    depth = 0
    # In pieces, so that what comes before damage is read.
    for start in range(0, len(written), 4096):
        parser.feed(written[start : start + 4096])
        for event, element in cast("Iterator[tuple[str, ElementTree.Element]]", parser.read_events()):
            depth += 1 if event == "start" else -1
            if event == "end":
                yield depth, element
    parser.close()


def _mention(track: ElementTree.Element) -> Mention | None:
    said: dict[str, list[str]] = {}
    for child in track:
        said.setdefault(_name(child), []).append(child.text or "")
    title = text(next(iter(said.get("title", [])), None))
    if title is None:
        return None
    mention = Mention(
        title,
        tuple(filter(None, map(text, said.get("creator", [])[:1]))),
        text(next(iter(said.get("album", [])), None)),
        duration_ms=whole(next(iter(said.get("duration", [])), None)) or None,
    )
    return identified(mention, said.get("identifier", []) + said.get("location", []))


def identified(mention: Mention, identifiers: Sequence[str]) -> Mention:
    """The track with the ids among its identifiers and locations."""
    return mention._replace(
        spotify_uri=next(filter(None, (spotify_uri(one) for one in identifiers if ":" in one)), None),
        mbid=next(filter(None, (mbid(one) for one in identifiers if "recording" in one)), None),
        isrc=next(filter(None, (isrc(one[5:]) for one in identifiers if one.startswith("isrc:"))), None),
    )


SOURCE = Xspf()
