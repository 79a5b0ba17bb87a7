"""Links to Apple Music, whose API wants a developer's token (https://developer.apple.com/documentation/applemusicapi)."""

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
from segue.sources.online.http import Client, NotAuthorised, Service
from segue.sources.online.settings import OnlineSettings
from segue.sources.personal import Mention
from segue.sources.values import isrc, text, whole

_HOSTS = ("music.apple.com", "itunes.apple.com", "geo.music.apple.com")
_NUMBER = re.compile("[0-9]+")
_PLAYLIST = re.compile(r"pl\.[\w.-]+", re.ASCII)
_KINDS: dict[str, Kind] = {"playlist": "playlist", "album": "album", "song": "track", "artist": "artist"}
_RESOURCES = {"playlist": "playlists", "album": "albums", "track": "songs", "artist": "artists"}
_INTERVAL_S = 0.1
EXPORTS = (
    "bring it as a file: in Music on a computer, File > Library > Export Playlist gives XML; other tools give CSV, M3U8 "
    'or XSPF; or paste "Artist - Title" lines'
)


def recognise(address: Address) -> Link | None:
    """https://music.apple.com/us/playlist/NAME/pl.ID, also /album/NAME/12 (one song of it: ?i=34), /song and /artist."""
    steps = address.parts
    region = steps[0] if steps and re.fullmatch("[a-z]{2}", steps[0]) else ""
    steps = steps[1:] if region else steps
    if address.host not in _HOSTS or len(steps) not in (2, 3) or steps[0] not in _KINDS:
        return None
    kind, found = _KINDS[steps[0]], steps[-1]
    if kind == "album" and "i" in address.query:
        kind, found = "track", address.query["i"]
    pattern = _PLAYLIST if kind == "playlist" else _NUMBER
    return Link("apple-music", kind, found, region or "us") if pattern.fullmatch(found) else None


def fetch(link: Link, settings: OnlineSettings) -> Library:
    """The tracks of a playlist or album of the catalogue, one song, or an artist's top songs."""
    if not settings.apple_music_token:
        raise NotAuthorised(f"Apple Music links need a developer token in APPLE_MUSIC_TOKEN; or {EXPORTS}")
    headers = {"Authorization": f"Bearer {settings.apple_music_token}"}
    service = Service(
        "Apple Music", settings.apple_music_url, _INTERVAL_S, secret_headers=headers,
        hint=f"check APPLE_MUSIC_TOKEN, or {EXPORTS}",
    )  # fmt: skip
    path = f"v1/catalog/{link.region}/{_RESOURCES[link.kind]}/{link.id}"
    with Client(service, contact=settings.contact) as client:
        found = client.get(path)
        resource = next(iter(objects(mapping(found).get("data"))), None)
        if resource is None:
            raise none_there("Apple Music", link)
        if link.kind == "track":
            rows = [resource]
        elif link.kind == "artist":
            rows = objects(mapping(client.get(f"{path}/view/top-songs")).get("data"))
        else:
            rows = _all(client, mapping(mapping(resource.get("relationships")).get("tracks")), f"{path}/tracks")
    about = mapping(resource.get("attributes"))
    tracks = [track for row in rows if (track := _mention(mapping(row.get("attributes")))) is not None]
    description = text(mapping(about.get("description")).get("standard"))
    return as_playlist("apple-music", Answer(text(about.get("name")) or link.id, tracks, description))


def _all(client: Client, page: dict[str, Any], path: str) -> list[dict[str, Any]]:
    """The rows of all pages; `next` is a path."""
    if "data" not in page:
        page = mapping(client.get(path))
    rows: list[dict[str, Any]] = []
    for _ in range(MOST_PAGES):
        rows += objects(page.get("data"))
        following = page.get("next")
        if not isinstance(following, str) or len(rows) >= MOST_TRACKS:
            break
        page = mapping(client.get(following))
    return rows


def _mention(said: dict[str, Any]) -> Mention | None:
    title = text(said.get("name"))
    if title is None:
        return None
    return Mention(
        title,
        tuple(filter(None, [text(said.get("artistName"))])),
        text(said.get("albumName")),
        isrc=isrc(said.get("isrc")),
        duration_ms=whole(said.get("durationInMillis")) or None,
    )


SERVICE = LinkService("apple-music", "Apple Music", recognise, fetch)
