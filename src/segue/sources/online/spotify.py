"""Links to Spotify, whose API wants the keys of an app (https://developer.spotify.com/documentation/web-api)."""

from __future__ import annotations

import base64
import re
from typing import Any

from segue.errors import NotFound
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
from segue.sources.values import isrc, spotify_uri, text, whole

_HOSTS = ("open.spotify.com", "play.spotify.com")
_KINDS: dict[str, Kind] = {"playlist": "playlist", "album": "album", "track": "track", "artist": "artist"}
_BEFORE = re.compile("intl-[a-z]{2}|embed")
_ID = re.compile("[0-9A-Za-z]{22}")
_URI = re.compile(r"spotify:(?:user:[^:\s]+:)?(playlist|album|track|artist):([0-9A-Za-z]{22})")
_INTERVAL_S = 0.1
EXPORTS = (
    "bring it as a file: export it with Exportify (CSV), or ask Spotify for your account data (zip with Playlist1.json)"
)


def recognise(address: Address) -> Link | None:
    """https://open.spotify.com/playlist/ID, also with /intl-de, /embed or /user/NAME before it."""
    steps = list(address.parts)
    while steps and _BEFORE.fullmatch(steps[0]):
        del steps[0]
    if len(steps) == 4 and steps[0] == "user":
        del steps[:2]
    if address.host not in _HOSTS or len(steps) != 2 or steps[0] not in _KINDS or not _ID.fullmatch(steps[1]):
        return None
    return Link("spotify", _KINDS[steps[0]], steps[1])


def recognise_uri(uri: str) -> Link | None:
    """spotify:playlist:ID."""
    match = _URI.fullmatch(uri)
    return Link("spotify", _KINDS[match[1]], match[2]) if match else None


def fetch(link: Link, settings: OnlineSettings) -> Library:
    """The tracks of a playlist or album, one track, or an artist's best known tracks.

    Of playlists, the API shows the tracks only to apps with extended access, and else to the owner and collaborators.
    """
    if not (settings.spotify_client_id and settings.spotify_client_secret):
        raise NotAuthorised(
            f"Spotify links need an app's keys in SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET; or {EXPORTS}"
        )
    headers = {"Authorization": f"Bearer {_token(settings)}"}
    service = Service("Spotify", settings.spotify_url, _INTERVAL_S, secret_headers=headers, hint=EXPORTS)
    with Client(service, contact=settings.contact) as client:
        answer = _ANSWERS[link.kind](client, link)
    if link.kind == "playlist" and not answer.tracks:
        raise NotAuthorised(
            f"Spotify shows the tracks of the playlist {answer.title!r} to its owner and collaborators only; {EXPORTS}"
        )
    return as_playlist("spotify", answer)


def _token(settings: OnlineSettings) -> str:
    """A token by the client-credentials flow (RFC 6749, 4.4): it stands for the app, not for a person."""
    pair = f"{settings.spotify_client_id}:{settings.spotify_client_secret}"
    basic = base64.b64encode(pair.encode()).decode()
    service = Service(
        "Spotify", settings.spotify_accounts_url, hint="check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET",
        secret_headers={"Authorization": f"Basic {basic}"},
        fault=lambda document: "refused" if mapping(document).get("error") == "invalid_client" else None,
    )  # fmt: skip
    with Client(service, contact=settings.contact) as client:
        token = mapping(client.post("api/token", {"grant_type": "client_credentials"})).get("access_token")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise NotAuthorised("Spotify gave no token: check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET")
    return token


def _playlist(client: Client, link: Link) -> Answer:
    found = client.get(f"v1/playlists/{link.id}")
    if found is None:
        raise NotFound(f"Spotify has no playlist {link.id!r}, or it is private; {EXPORTS}")
    # What was "tracks" and "track" is "items" and "item" since February 2026; apps with extended access see the old.
    rows = _all(client, mapping(found.get("items") or found.get("tracks")))
    tracks = [_mention(mapping(row.get("item") or row.get("track"))) for row in rows]
    return Answer(text(found.get("name")) or link.id, _known(tracks), text(found.get("description")))


def _album(client: Client, link: Link) -> Answer:
    found = client.get(f"v1/albums/{link.id}")
    if found is None:
        raise none_there("Spotify", link)
    rows = _all(client, mapping(found.get("tracks")))
    title = text(found.get("name")) or link.id
    return Answer(title, _known([_mention({**row, "album": found}) for row in rows]))


def _track(client: Client, link: Link) -> Answer:
    found = client.get(f"v1/tracks/{link.id}")
    if found is None:
        raise none_there("Spotify", link)
    return Answer(text(found.get("name")) or link.id, _known([_mention(found)]))


def _artist(client: Client, link: Link) -> Answer:
    found = client.get(f"v1/artists/{link.id}")
    if found is None:
        raise none_there("Spotify", link)
    name = text(found.get("name")) or link.id
    best = client.get(f"v1/artists/{link.id}/top-tracks", {"market": "US"})
    if best is None:
        raise NotAuthorised(f"Spotify no longer tells the best known tracks of an artist: use --like {name!r} instead")
    return Answer(name, _known([_mention(row) for row in objects(best.get("tracks"))]))


_ANSWERS = {"playlist": _playlist, "album": _album, "track": _track, "artist": _artist}


def _all(client: Client, page: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for _ in range(MOST_PAGES):
        rows += objects(page.get("items"))
        following = page.get("next")
        if not isinstance(following, str) or len(rows) >= MOST_TRACKS:
            break
        page = mapping(client.get(following))
    return rows


def _known(tracks: list[Mention | None]) -> list[Mention]:
    return [track for track in tracks if track is not None]


def _mention(row: dict[str, Any]) -> Mention | None:
    """A track; None for an episode, or one that Spotify no longer has."""
    title = text(row.get("name"))
    if title is None or row.get("type") == "episode":
        return None
    names = (text(one.get("name")) for one in objects(row.get("artists")))
    return Mention(
        title,
        tuple(name for name in names if name),
        text(mapping(row.get("album")).get("name")),
        spotify_uri(row.get("uri")),
        isrc=isrc(mapping(row.get("external_ids")).get("isrc")),
        duration_ms=whole(row.get("duration_ms")) or None,
    )


SERVICE = LinkService("spotify", "Spotify", recognise, fetch)
