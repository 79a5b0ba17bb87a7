"""Links to Deezer, whose public API answers anyone (https://developers.deezer.com/api)."""

from __future__ import annotations

import re
from typing import Any

from segue.library.library import Library
from segue.sources.online.base import (
    MOST_PAGES,
    MOST_TRACKS,
    Address,
    Answer,
    Kind,
    Link,
    LinkService,
    as_playlist,
    mapping,
    none_there,
    objects,
)
from segue.sources.online.http import Client, Fault, Service
from segue.sources.online.settings import OnlineSettings
from segue.sources.personal import Mention
from segue.sources.values import isrc, text, whole

_HOSTS = ("www.deezer.com", "deezer.com")
_KINDS: dict[str, Kind] = {"playlist": "playlist", "album": "album", "track": "track", "artist": "artist"}
# 50 requests in 5 seconds are allowed.
_INTERVAL_S = 0.1
# Of the numbers in `error.code`: 4 is the quota, 700 a busy service, 200 a missing permission, 800 no such thing.
_FAULTS: dict[object, Fault] = {4: "busy", 700: "busy", 200: "refused", 300: "refused", 800: "absent"}


def recognise(address: Address) -> Link | None:
    """https://www.deezer.com/fr/playlist/12, with or without the language."""
    steps = address.parts[1:] if address.parts and re.fullmatch("[a-z]{2}", address.parts[0]) else address.parts
    if address.host not in _HOSTS or len(steps) != 2 or steps[0] not in _KINDS or not re.fullmatch("[0-9]+", steps[1]):
        return None
    return Link("deezer", _KINDS[steps[0]], steps[1])


def fault(document: Any) -> Fault | None:
    """Deezer answers 200, and says in `error` what is wrong."""
    error = mapping(document).get("error")
    return _FAULTS.get(whole(mapping(error).get("code")), "broken") if error else None


def fetch(link: Link, settings: OnlineSettings) -> Library:
    """The tracks of a playlist or album, one track, or an artist's best known tracks."""
    service = Service("Deezer", settings.deezer_url, _INTERVAL_S, fault)
    with Client(service, contact=settings.contact) as client:
        found = client.get(f"{link.kind}/{link.id}")
        if found is None:
            raise none_there("Deezer", link)
        title = text(found.get("title")) or text(found.get("name")) or link.id
        if link.kind == "track":
            rows = [found]
        elif link.kind == "artist":
            rows = objects(mapping(client.get(f"artist/{link.id}/top", {"limit": 50})).get("data"))
        else:
            rows = _all(client, mapping(found.get("tracks")), f"{link.kind}/{link.id}/tracks")
    album = title if link.kind == "album" else None
    tracks = [track for row in rows if (track := _mention(row, album)) is not None]
    return as_playlist("deezer", Answer(title, tracks, text(found.get("description"))))


def _all(client: Client, first: dict[str, Any], path: str) -> list[dict[str, Any]]:
    """The rows of all pages; where what came first is not all, the list is asked for from its beginning."""
    rows = objects(first.get("data"))
    if not first.get("next") and len(rows) >= (whole(first.get("total")) or 0) and rows:
        return rows
    rows, page = [], mapping(client.get(path, {"limit": 100}))
    for _ in range(MOST_PAGES):
        rows += objects(page.get("data"))
        following = page.get("next")
        if not isinstance(following, str) or len(rows) >= MOST_TRACKS:
            break
        page = mapping(client.get(following))
    return rows


def _mention(row: dict[str, Any], album: str | None) -> Mention | None:
    title = text(row.get("title"))
    if title is None:
        return None
    artists = [text(one.get("name")) for one in objects(row.get("contributors"))]
    main = text(mapping(row.get("artist")).get("name"))
    names = [name for name in (main, *artists) if name]
    return Mention(
        title,
        tuple(dict.fromkeys(names)),
        text(mapping(row.get("album")).get("title")) or album,
        isrc=isrc(row.get("isrc")),
        duration_ms=(whole(row.get("duration")) or 0) * 1000 or None,
    )


SERVICE = LinkService("deezer", "Deezer", recognise, fetch)
