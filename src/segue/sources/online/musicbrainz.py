"""What MusicBrainz knows of a library's artists and tracks (https://musicbrainz.org/doc/MusicBrainz_API)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import polars as pl

from segue.library.library import Library
from segue.library.titles import normalise
from segue.sources.online.base import mapping, objects
from segue.sources.online.enrichment import (
    People,
    Progress,
    gathered,
    joined_names,
    joined_tags,
    most_played_artists,
    most_played_tracks,
    no_progress,
)
from segue.sources.online.http import Client, Service
from segue.sources.online.settings import OnlineSettings
from segue.sources.values import isrc, mbid, text, whole

# One question a second is what MusicBrainz allows without an agreement.
_INTERVAL_S = 1.0
# Of 100. A namesake that scores as much leaves it open who is meant.
LEAST_SCORE = 90
_SEARCHED = 5
# Who is in whose band, and who works with whom. Whose wife or child somebody is, is no matter of music.
_KINDS = {
    "member of band": "member", "subgroup": "member", "collaboration": "collaboration", "founder": "other",
    "supporting musician": "other", "vocal supporting musician": "other", "instrumental supporting musician": "other",
    "tribute": "other", "conductor position": "other", "artistic director": "other",
}  # fmt: skip
_COUNTRY = re.compile("(?!X)[A-Z]{2}")
_DATE = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")
_PRECISIONS = {1: "year", 2: "month", 3: "day"}

Row = dict[str, Any]


def service(settings: OnlineSettings) -> Service:
    """MusicBrainz, or a mirror of it."""
    own = settings.is_own("musicbrainz_url")
    return Service("MusicBrainz", settings.musicbrainz_url, 0.0 if own else _INTERVAL_S)


def enrich(library: Library, client: Client, *, progress: Progress = no_progress, limit: int | None = None) -> Library:
    """What MusicBrainz adds to a library, to be merged into it.

    Artists, the most played first: MusicBrainz id, country, genres, tags with their votes, and relations to other
    artists of the library. An artist without an id is searched for: taken is the one of that very name (as `normalise`
    compares names) with a score of at least 90, unless there is another such. Tracks with an id: ISRC and date where
    the library has none. `limit` is how many artists, and how many tracks, are asked about at most.
    """
    artists = most_played_artists(library, limit)
    lacking = library.tracks.drop_nulls("mbid").filter(pl.col("isrc").is_null() | pl.col("date").is_null())
    tracks = most_played_tracks(library, lacking, limit)
    total = len(artists) + len(tracks)
    found, said_of, dated = [], {}, []
    for done, artist in enumerate(artists):
        progress(done, total, artist["name"])
        said = _looked_up(client, artist)
        if said is not None:
            found.append(_artist(artist, said))
            said_of[artist["artist_id"]] = said
    for done, track in enumerate(tracks, len(artists)):
        progress(done, total, track["title"])
        said = client.get(f"ws/2/recording/{mbid(track['mbid'])}", {"fmt": "json", "inc": "isrcs"})
        if said is not None:
            dated.append(_recording(track, mapping(said)))
    progress(total, total, "")
    # Now that more artists have their ids.
    people = People(library.merge(gathered(found, [])).artists)
    relations = [row for artist_id, said in said_of.items() for row in _relations(artist_id, said, people)]
    return gathered(found, relations, dated)


def _looked_up(client: Client, artist: Row) -> Row | None:
    known = mbid(artist["mbid"]) or _searched(client, artist["name"])
    if known is None:
        return None
    said = client.get(f"ws/2/artist/{known}", {"fmt": "json", "inc": "tags genres artist-rels"})
    return mapping(said) or None


def _searched(client: Client, name: str) -> str | None:
    """The id of the one artist of this name; None where there is none, or more than one."""
    phrase = name.replace("\\", "\\\\").replace('"', '\\"')
    found = mapping(client.get("ws/2/artist", {"fmt": "json", "limit": _SEARCHED, "query": f'artist:"{phrase}"'}))
    fitting = [
        one
        for one in objects(found.get("artists"))
        if (whole(one.get("score")) or 0) >= LEAST_SCORE and normalise(str(one.get("name"))) == normalise(name)
    ]
    return mbid(fitting[0].get("id")) if len(fitting) == 1 else None


def _artist(artist: Row, said: Row) -> Row:
    country = text(said.get("country")) or ""
    genres = _voted(said.get("genres"))
    return {
        "artist_id": artist["artist_id"],
        "name": artist["name"],
        # An id that was merged into another one still answers; the answer has the one that stays.
        "mbid": mbid(said.get("id")),
        "country": country if _COUNTRY.fullmatch(country) else None,
        "genres": joined_names(artist["genres"], genres),
        "tags": joined_tags(artist["tags"], _voted(said.get("tags"))),
    }


def _voted(value: Any) -> dict[str, float]:
    """Words with their votes, the most first; MusicBrainz lets people vote a word down, too."""
    votes = {name: float(whole(one.get("count")) or 0) for one in objects(value) if (name := text(one.get("name")))}
    return dict(
        sorted(((name, count) for name, count in votes.items() if count > 0), key=lambda one: (-one[1], one[0]))
    )


def _relations(artist_id: str, said: Row, people: People) -> list[Row]:
    rows = []
    for relation in objects(said.get("relations")):
        other = mapping(relation.get("artist"))
        kind, other_id = _KINDS.get(str(relation.get("type"))), people.find(other.get("name"), other.get("id"))
        if kind is None or other_id is None or other_id == artist_id:
            continue
        # Forward reads "this artist is a member of the other"; backward, the other way round.
        pair = (artist_id, other_id) if relation.get("direction") != "backward" else (other_id, artist_id)
        rows.append({"artist_id": pair[0], "other_artist_id": pair[1], "kind": kind, "source": "musicbrainz"})
    return rows


def _recording(track: Row, said: Row) -> Row:
    codes = said.get("isrcs")
    known = next(filter(None, map(isrc, codes if isinstance(codes, list) else [])), None)
    when = _dated(said.get("first-release-date")) if track["date"] is None else None
    return {
        "track_id": track["track_id"],
        "title": track["title"],
        "isrc": track["isrc"] or known,
        "date": when and when[0],
        "date_precision": when and when[1],
    }


def _dated(value: Any) -> tuple[date, str] | None:
    """A date of MusicBrainz ("1999", "1999-05" or "1999-05-03"), and what of it is known."""
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    parts = [int(part) for part in match.groups() if part is not None]
    try:
        return date(*parts, *[1] * (3 - len(parts))), _PRECISIONS[len(parts)]
    except ValueError:
        return None
