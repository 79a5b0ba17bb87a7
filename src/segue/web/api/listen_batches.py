"""Batches of listens as they are sent: read by hand, as thousands come in a second, and described as they are read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from segue.web.api.errors import Problem
from segue.web.api.reading import Reader
from segue.web.listening.record import LONGEST_KEY, LONGEST_MS, LONGEST_SOURCE, NewListen

MOST = 1000
SOURCE = "api"
_READER = Reader()
_LATEST_MS = 4_102_444_800_000
_FIELDS = {
    "track": str, "artist": str, "time_ms": int, "ms_played": int, "skipped": bool, "id": str, "source": str, "exposure": str,
}  # fmt: skip
_WORDS = {str: "a text", int: "a whole number", bool: "true or false"}


def read(request: HttpRequest) -> list[NewListen]:
    """The listens of a request. Raises `Problem` (422), which names the first that makes no sense and its field."""
    body = _READER.parse_body(request)
    if not isinstance(body, list):
        raise _wrong("body", "send a list of listens, as [{…}]")
    if len(body) > MOST:
        raise _wrong("body", f"has {len(body):,} listens: send at most {MOST:,} at a time")
    return [_listen(one, place) for place, one in enumerate(body)]


def _listen(one: Any, place: int) -> NewListen:
    if type(one) is not dict:
        raise _wrong(f"listens.{place}", "must be an object")
    for name, value in one.items():
        kind = _FIELDS.get(name)
        if kind is None:
            raise _wrong(f"listens.{place}.{name}"[:200], f"there is no such field; there are {', '.join(_FIELDS)}")
        if value is None:
            if name == "time_ms":
                raise _wrong(f"listens.{place}.time_ms", "must be a whole number, not null")
        elif type(value) is not kind:
            # JSON has one kind of number: 5.0 is a whole one.
            if kind is int and type(value) is float and value.is_integer():
                one[name] = int(value)
            else:
                raise _wrong(f"listens.{place}.{name}", f"must be {_WORDS[kind]}")
    if "time_ms" not in one:
        raise _wrong(f"listens.{place}.time_ms", "is missing: say when it began, in ms since 1970 UTC")
    return NewListen(
        track_key=one.get("track"), artist_key=one.get("artist"), time_ms=one["time_ms"], ms_played=one.get("ms_played"),
        skipped=one.get("skipped"), client_id=one.get("id"), source=one.get("source") or SOURCE,
        exposure_id=_exposure(one.get("exposure"), place),
    )  # fmt: skip


def _exposure(text: str | None, place: int) -> UUID | None:
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise _wrong(f"listens.{place}.exposure", "must be the UUID of an exposure") from None


def _wrong(where: str, what: str) -> Problem:
    return Problem(422, "invalid", f"{where}: {what}", errors=[{"where": where, "what": what}])


def _text(longest: int, about: str) -> dict[str, Any]:
    return {"type": ["string", "null"], "minLength": 1, "maxLength": longest, "description": about}


_EXAMPLE = {"track": "track:portishead/glory-box", "time_ms": 1_732_192_496_000, "ms_played": 305_000, "skipped": False,
            "id": "player-7-4711"}  # fmt: skip
_LISTEN: dict[str, Any] = {
    "type": "object",
    "title": "NewListen",
    "description": "What was played: a track or, where the track is not known, an artist.",
    "properties": {
        "track": _text(LONGEST_KEY, "The id of the track."),
        "artist": _text(LONGEST_KEY, "The id of the artist, where the track is not known."),
        "time_ms": {"type": "integer", "minimum": 0, "maximum": _LATEST_MS,
                    "description": "When it began, in ms since 1970 UTC; at most a day from now."},
        "ms_played": {"type": ["integer", "null"], "minimum": 0, "maximum": LONGEST_MS, "description": "For how long, in ms."},
        "skipped": {"type": ["boolean", "null"], "description": "Whether the listener moved on before the end."},
        "id": _text(LONGEST_KEY, "What you call this listen: sent again with it, it is not recorded again."),
        "source": _text(LONGEST_SOURCE, "Where it was played."),
        "exposure": {"type": ["string", "null"], "format": "uuid",
                     "description": "The `exposure` of the page of recommendations that it was chosen from."},
    },
    "required": ["time_ms"],
    "oneOf": [
        {"required": ["track"], "properties": {"track": {"type": "string"}, "artist": {"type": "null"}}},
        {"required": ["artist"], "properties": {"artist": {"type": "string"}, "track": {"type": "null"}}},
    ],
    "additionalProperties": False,
}  # fmt: skip
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "array", "maxItems": MOST, "title": "Listens", "items": _LISTEN},
                "examples": {
                    "played": {"summary": "One listen", "value": [_EXAMPLE]},
                    "batch": {
                        "summary": "Some that were kept while there was no network",
                        "value": [
                            _EXAMPLE,
                            {
                                "track": "track:portishead/roads",
                                "time_ms": 1_732_192_801_000,
                                "skipped": True,
                                "id": "player-7-4712",
                            },
                        ],
                    },
                },
            }
        },
    }
}
