"""What Last.fm's listeners say of a library's artists (https://www.last.fm/api)."""

from __future__ import annotations

import html
import math
import re
from typing import Any

from segue.library.library import Library
from segue.library.titles import normalise
from segue.sources.online.base import mapping, objects
from segue.sources.online.enrichment import (
    People,
    Progress,
    gathered,
    joined_tags,
    most_played_artists,
    no_progress,
)
from segue.sources.online.http import Client, Fault, NotAuthorised, Service
from segue.sources.online.settings import OnlineSettings
from segue.sources.values import text, whole

# Five questions a second are what its terms allow.
_INTERVAL_S = 0.2
_MOST_SIMILAR, _MOST_TAGS = 250, 50
_FAULTS: dict[object, Fault] = {
    **dict.fromkeys((8, 11, 16, 29), "busy"),
    **dict.fromkeys((4, 9, 10, 14, 15, 17, 26, 27), "refused"),
    # Also given where what was asked for does not exist.
    **dict.fromkeys((6, 7), "absent"),
}
_READ_MORE = re.compile(r"<a\s[^<>]*>\s*Read more[^<]*</a>.*", re.IGNORECASE | re.DOTALL)
_ELEMENT = re.compile(r"<[^<>]*>")

Row = dict[str, Any]


def service(settings: OnlineSettings) -> Service:
    """Last.fm, or another that speaks as it does. Raises `NotAuthorised` without a key."""
    if not settings.lastfm_api_key:
        raise NotAuthorised(
            "Last.fm wants a key: get one at https://www.last.fm/api/account/create, set LASTFM_API_KEY"
        )
    return Service(
        "Last.fm", settings.lastfm_url, _INTERVAL_S, fault, {"api_key": settings.lastfm_api_key},
        hint="check LASTFM_API_KEY",
    )  # fmt: skip


def fault(document: Any) -> Fault | None:
    """Last.fm answers with a number in `error`, some of it with status 200."""
    code = mapping(document).get("error")
    return _FAULTS.get(whole(code), "broken") if code else None


def asked(client: Client, method: str, **parameters: str | int) -> Row | None:
    """What a method answers; None where there is no such thing."""
    found = client.get("2.0/", {"method": method, "format": "json", **parameters})
    return None if found is None else mapping(found)


def enrich(library: Library, client: Client, *, progress: Progress = no_progress, limit: int | None = None) -> Library:
    """What Last.fm adds to a library, to be merged into it.

    Artists, the `limit` most played first: tags (0 to 100, the most given has 100), a few sentences about them, and
    which artists of the library are similar, with how much. An answer about another name than was asked for (as
    `normalise` compares names) is left out.
    """
    people = People(library.artists)
    artists = most_played_artists(library, limit)
    found, relations = [], []
    for done, artist in enumerate(artists):
        progress(done, len(artists), artist["name"])
        tags, bio = _tags(client, artist["name"]), _bio(client, artist["name"])
        if tags or bio:
            found.append(
                {
                    "artist_id": artist["artist_id"],
                    "name": artist["name"],
                    "bio": bio,
                    "tags": joined_tags(artist["tags"], tags),
                }
            )
        relations += _similar(client, artist, people)
    progress(len(artists), len(artists), "")
    return gathered(found, relations)


def _asked_of(client: Client, method: str, name: str, key: str, **parameters: str | int) -> Row:
    """The part `key` of the answer, where it is about the artist of this name."""
    said = mapping((asked(client, method, artist=name, autocorrect=1, **parameters) or {}).get(key))
    of = said.get("name") or mapping(said.get("@attr")).get("artist")
    return said if isinstance(of, str) and normalise(of) == normalise(name) else {}


def _tags(client: Client, name: str) -> dict[str, float]:
    rows = objects(_asked_of(client, "artist.gettoptags", name, "toptags").get("tag"))[:_MOST_TAGS]
    counted = {word.lower(): _number(row.get("count")) for row in rows if (word := text(row.get("name")))}
    return {word: count for word, count in counted.items() if count > 0}


def _bio(client: Client, name: str) -> str | None:
    said = mapping(_asked_of(client, "artist.getinfo", name, "artist").get("bio"))
    return plain_text(said.get("summary"))


def plain_text(summary: object) -> str | None:
    """A text of Last.fm without HTML, and without the link to read more; None where nothing is left."""
    if not isinstance(summary, str):
        return None
    return text(html.unescape(_ELEMENT.sub("", _READ_MORE.sub("", summary))))


def _similar(client: Client, artist: Row, people: People) -> list[Row]:
    said = _asked_of(client, "artist.getsimilar", artist["name"], "similarartists", limit=_MOST_SIMILAR)
    rows = []
    for other in objects(said.get("artist")):
        other_id = people.find(other.get("name"), other.get("mbid"))
        if other_id is not None and other_id != artist["artist_id"]:
            strength = min(_number(other.get("match")), 1.0)
            rows.append(
                {
                    "artist_id": artist["artist_id"], "other_artist_id": other_id, "kind": "similar",
                    "strength": strength, "source": "lastfm",
                }
            )  # fmt: skip
    return rows


def _number(value: object) -> float:
    """A number of 0 or more, which Last.fm writes as text too; 0 where it is none."""
    try:
        number = float(value) if isinstance(value, (int, float, str)) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return number if math.isfinite(number) and number > 0 else 0.0
