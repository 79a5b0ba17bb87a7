"""Links to a person's page on Last.fm: what they played most, and last."""

from __future__ import annotations

import re
from typing import Any

from segue.errors import NotFound
from segue.library.library import Library
from segue.sources.online import lastfm
from segue.sources.online.base import Address, Link, LinkService, mapping, objects
from segue.sources.online.http import Client, NotAuthorised
from segue.sources.online.settings import OnlineSettings
from segue.sources.personal import Collection, Mention
from segue.sources.values import mbid, moment, text, whole

_HOSTS = ("www.last.fm", "last.fm", "lastfm.com", "www.lastfm.com")
# Names are of 2 to 15 letters today; some old ones are longer.
_NAME = re.compile(r"[A-Za-z][\w-]{1,31}", re.ASCII)
_MOST_TRACKS, _AT_ONCE, _MOST_PAGES = 1_000, 200, 10
_MOST_PLAYS = 10_000


def recognise(address: Address) -> Link | None:
    """https://www.last.fm/user/NAME (what they played most), its /library (last), and its /playlists."""
    steps = address.parts
    if steps and re.fullmatch("[a-z]{2}", steps[0]):
        steps = steps[1:]
    if address.host not in _HOSTS or len(steps) < 2 or steps[0] != "user" or not _NAME.fullmatch(steps[1]):
        return None
    if steps[2:3] == ("playlists",):
        return Link("lastfm", "playlist", steps[1])
    return Link("lastfm", "history" if steps[2:3] == ("library",) else "favourites", steps[1])


def fetch(link: Link, settings: OnlineSettings) -> Library:
    """The 1,000 most played tracks with their plays, or the last 2,000 plays with their times."""
    if link.kind == "playlist":
        raise NotAuthorised(
            f"Last.fm has no API for playlists: paste https://www.last.fm/user/{link.id} for what they play most, or the"
            ' tracks as "Artist - Title" lines'
        )
    with Client(lastfm.service(settings), contact=settings.contact) as client:
        found = _recent(client, link.id) if link.kind == "history" else _most_played(client, link.id)
    if not found:
        raise NotFound(f"Last.fm has no plays of {link.id!r}")
    return found.library()


def _most_played(client: Client, user: str) -> Collection:
    found = Collection("lastfm")
    page = lastfm.asked(client, "user.gettoptracks", user=user, limit=_MOST_TRACKS)
    for row in objects(mapping((page or {}).get("toptracks")).get("track")):
        track = _mention(row)
        for _ in range(min(whole(row.get("playcount")) or 1, _MOST_PLAYS) if track else 0):
            found.play(track, None)  # type: ignore[arg-type]
    return found


def _recent(client: Client, user: str) -> Collection:
    found = Collection("lastfm")
    for number in range(1, _MOST_PAGES + 1):
        page = lastfm.asked(client, "user.getrecenttracks", user=user, limit=_AT_ONCE, page=number)
        said = mapping((page or {}).get("recenttracks"))
        for row in objects(said.get("track")):
            # What plays now has no time yet.
            time = moment(whole(mapping(row.get("date")).get("uts")))
            track = _mention(row)
            if track is not None and time is not None:
                found.play(track, time)
        if number >= (whole(mapping(said.get("@attr")).get("totalPages")) or 0):
            break
    return found


def _mention(row: dict[str, Any]) -> Mention | None:
    title, artist = text(row.get("name")), mapping(row.get("artist"))
    name, album = text(artist.get("name") or artist.get("#text")), text(mapping(row.get("album")).get("#text"))
    if title is None or name is None:
        return None
    # The ids of its tracks are of MusicBrainz's old tracks, not recordings, as often as not: the names say more.
    artist_mbid = mbid(artist.get("mbid"))
    return Mention(title, (name,), album, artist_mbids=(artist_mbid,) if artist_mbid else ())


SERVICE = LinkService("lastfm", "Last.fm", recognise, fetch)
