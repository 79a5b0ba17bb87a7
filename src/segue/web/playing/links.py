"""Where else a track can be heard: by the ids that the catalogue has, or by a search."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, urlencode

from segue.web.catalog.lookup import credits_of
from segue.web.catalog.models import Track

_SPOTIFY = re.compile(r"spotify:track:([0-9A-Za-z]{22})", re.ASCII)
_MBID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_LONGEST = 300


class Link(NamedTuple):
    """A place and its address."""

    name: str
    href: str


def exact_links(track: Track) -> list[Link]:
    """Links to the very track, by ids of the right form."""
    found = []
    if (spotify := _SPOTIFY.fullmatch(track.spotify_uri or "")) is not None:
        found.append(Link("Spotify", f"https://open.spotify.com/track/{spotify[1]}"))
    if _MBID.fullmatch(track.mbid or ""):
        found.append(Link("MusicBrainz", f"https://musicbrainz.org/recording/{(track.mbid or '').lower()}"))
    return found


def searches(track: Track) -> list[Link]:
    """Links that search for a track by its artist and title."""
    credited, _ = credits_of([track.pk])
    words = " ".join([*(one.name for one in credited[track.pk][:2]), track.title])[:_LONGEST]
    return [
        Link("YouTube Music", f"https://music.youtube.com/search?{urlencode({'q': words})}"),
        Link("Deezer", f"https://www.deezer.com/search/{quote(words, safe='')}"),
    ]
