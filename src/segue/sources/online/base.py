"""What a link is, and how an address that someone pasted is taken apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from segue.errors import NotFound
from segue.library.library import Library
from segue.sources.online.settings import OnlineSettings
from segue.sources.personal import Collection, Mention

Kind = Literal["playlist", "album", "track", "artist", "history", "favourites"]

# More tracks than any playlist is worth: a page that leads to itself ends too.
MOST_TRACKS = 10_000
MOST_PAGES = 400

_LONGEST = 2_000
_SCHEME = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """What an address stands for: the id of a playlist (or album, …) of a service.

    `kind` history is what someone played last, favourites what they played most. `region` is the country that the
    address names, where ids differ by country.
    """

    service: str
    kind: Kind
    id: str
    region: str = ""


class Address(NamedTuple):
    """A web address: its host, the parts of its path without escapes, and its query."""

    host: str
    parts: tuple[str, ...]
    query: dict[str, str]

    @classmethod
    def of(cls, text: str) -> Self | None:
        """The address in a text; None where it is none that people get by copying one.

        That is: http or https (which may be left out), a host of ASCII letters without a port, and no name or
        password before it.
        """
        if len(text) > _LONGEST or not text.isprintable() or " " in text:
            return None
        try:
            parts = urlsplit(text if _SCHEME.match(text) else f"https://{text}")
            plain = parts.port is None and "@" not in parts.netloc and "\\" not in text
        except ValueError:
            return None
        if not plain or not re.fullmatch(r"[a-z0-9.-]+", host := parts.netloc.lower()):
            return None
        steps = tuple(unquote(step) for step in parts.path.split("/") if step)
        return cls(host, steps, dict(parse_qsl(parts.query)))


class Answer(NamedTuple):
    """The tracks behind a link, with what the list is called."""

    title: str
    tracks: Sequence[Mention]
    description: str | None = None


@dataclass(frozen=True)
class LinkService:
    """A service whose links can be pasted."""

    name: str
    title: str
    recognise: Callable[[Address], Link | None]
    fetch: Callable[[Link, OnlineSettings], Library]


def as_playlist(service: str, answer: Answer) -> Library:
    """One playlist with its tracks. Raises `NotFound` when there is none in it."""
    if not answer.tracks:
        raise NotFound(f"{service}: {answer.title!r} has no tracks that can be read")
    found = Collection(service)
    found.playlist(answer.title, answer.tracks, answer.description)
    return found.library()


def mapping(value: Any) -> dict[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a list; one object is a list of one, as services write that turned XML into JSON."""
    rows = value if isinstance(value, list) else [value]
    return [row for row in rows if isinstance(row, dict)]


def none_there(service: str, link: Link) -> NotFound:
    """The error for an id that a service does not know."""
    return NotFound(f"{service} has no {link.kind} {link.id!r}, or does not show it to everyone")
