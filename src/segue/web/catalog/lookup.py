"""The catalogue as it is shown: plain values of artists, releases and tracks, read in a few queries however many are asked for."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import polars as pl
from django.db.models import Model, QuerySet

from segue.library.library import Library
from segue.library.tables import AUDIO_FEATURES
from segue.web.catalog.models import Artist, AudioFile, Credit, Release, Track

MOST = 200
"""Ids that one request may name."""
# SQLite takes so many values in one query.
_VALUES = 900
_M = TypeVar("_M", bound=Model)
Row = dict[str, Any]


@dataclass(frozen=True)
class Named:
    """An id and the name that goes with it."""

    id: str
    name: str


def in_order(queryset: QuerySet[_M], keys: Sequence[str]) -> list[_M]:
    """The rows of these keys, in that order; keys that are not there are left out."""
    wanted = list(dict.fromkeys(key for key in keys if "\0" not in key))
    found: dict[str, _M] = {}
    for start in range(0, len(wanted), _VALUES):
        found |= {row.key: row for row in queryset.filter(key__in=wanted[start : start + _VALUES])}  # type: ignore[attr-defined]
    return [found[key] for key in keys if key in found]


def one(queryset: QuerySet[_M], key: str) -> _M | None:
    """The row of a key, or None."""
    return next(iter(in_order(queryset, [key])), None)


def there(model: type[Artist | Release | Track], keys: Sequence[str]) -> Iterable[str]:
    """Those of the keys that are in the database."""
    return _among(model.objects.values_list("key", flat=True), "key", [key for key in keys if "\0" not in key])


# -- as shown ------------------------------------------------------------------------------------------------------------


def tracks(rows: Sequence[Track], *, whole: bool = False) -> list[Row]:
    """Tracks as they are shown, in order: two queries. With `whole`, lyrics too."""
    ids = [row.pk for row in rows]
    artists, guests = credits_of(ids)
    releases = Release.objects.in_bulk({row.release_id for row in rows if row.release_id is not None})
    have_file = set(_among(AudioFile.objects.values_list("track_id", flat=True), "track_id", ids))
    return [
        _track(row, artists[row.pk], guests[row.pk], releases.get(row.release_id or 0), row.pk in have_file)
        | ({"lyrics": row.lyrics} if whole else {})
        for row in rows
    ]


def _track(row: Track, artists: list[Named], guests: list[Named], release: Release | None, has_file: bool) -> Row:  # noqa: FBT001
    return {
        "id": row.key, "title": row.title, "artists": artists, "featured_artists": guests,
        "release": Named(release.key, release.title) if release else None,
        "date": _dated(row.date, row.date_precision), "duration_ms": row.duration_ms, "genres": row.genres or [],
        "subgenres": row.subgenres or [], "tags": [one["tag"] for one in row.tags or ()], "language": row.language,
        "instruments": row.instruments or [], "songwriters": row.songwriters or [], "producers": row.producers or [],
        "kind": row.kind, "work_id": row.work_id, "explicit": row.explicit, "popularity": row.popularity,
        "mbid": row.mbid, "isrc": row.isrc, "spotify_uri": row.spotify_uri,
        "features": {name: getattr(row, name) for name in AUDIO_FEATURES} | {"key": row.musical_key, "mode": row.mode},
        "has_file": has_file,
    }  # fmt: skip


def artists(rows: Sequence[Artist]) -> list[Row]:
    """Artists as they are shown, in order: no query."""
    return [
        {
            "id": row.key, "name": row.name, "country": row.country, "genres": row.genres or [],
            "tags": [one["tag"] for one in row.tags or ()], "bio": row.bio, "popularity": row.popularity,
            "mbid": row.mbid, "spotify_uri": row.spotify_uri,
        }
        for row in rows
    ]  # fmt: skip


def releases(rows: Sequence[Release]) -> list[Row]:
    """Releases as they are shown, in order: one query."""
    wanted = sorted({key for row in rows for key in row.artist_keys or ()})
    names = dict(_among(Artist.objects.values_list("key", "name"), "key", wanted))
    return [
        {
            "id": row.key, "title": row.title,
            "artists": [Named(key, names[key]) for key in row.artist_keys or () if key in names],
            "date": _dated(row.date, row.date_precision), "label": row.label, "mbid": row.mbid, "spotify_uri": row.spotify_uri,
        }
        for row in rows
    ]  # fmt: skip


def releases_of(artist: Artist) -> QuerySet[Release]:
    """The releases of an artist: those that one of the artist's tracks is on."""
    theirs = Credit.objects.filter(artist=artist, featured=False, track__release__isnull=False)
    return Release.objects.filter(pk__in=theirs.values("track__release_id"))


def tracks_on(release: Release) -> list[Track]:
    """The tracks of a release: as its files are numbered, else as they were added."""
    on = list(release.tracks.order_by("pk")[:1000])
    places: dict[int, tuple[int, int]] = {}
    numbers = AudioFile.objects.filter(track__release=release, track_number__isnull=False)
    for track, disc, number in numbers.values_list("track_id", "disc_number", "track_number"):
        places[track] = (disc or 1, number or 0)
    return sorted(on, key=lambda track: places.get(track.pk, (10_000, 0)))


def credits_of(track_ids: Sequence[int]) -> tuple[dict[int, list[Named]], dict[int, list[Named]]]:
    """The artists and the guests of each track, in order."""
    by: tuple[dict[int, list[Named]], dict[int, list[Named]]] = (defaultdict(list), defaultdict(list))
    rows = Credit.objects.order_by("track_id", "featured", "position")
    for track, featured, key, name in _among(
        rows.values_list("track_id", "featured", "artist__key", "artist__name"), "track_id", track_ids
    ):
        by[featured][track].append(Named(key, name))
    return by


def _among(rows: QuerySet[Any, Any], name: str, values: Sequence[Any]) -> Iterable[Any]:
    for start in range(0, len(values), _VALUES):
        yield from rows.filter(**{f"{name}__in": values[start : start + _VALUES]})


def _dated(date: dt.date | None, precision: str | None) -> str | None:
    """A date as far as it is known: "1997", "1997-05", "1997-05-21"."""
    if date is None:
        return None
    return date.isoformat()[: {"year": 4, "month": 7}.get(precision or "day", 10)]


# -- as a Library --------------------------------------------------------------------------------------------------------


def library_of(rows: Sequence[Track]) -> Library:
    """Some tracks with their artists and releases, as a Library."""
    credited, guests = credits_of([row.pk for row in rows])
    found = Release.objects.in_bulk({row.release_id for row in rows if row.release_id is not None})
    named = {one.id: one.name for both in (credited, guests) for names in both.values() for one in names}
    mbids: dict[str, tuple[str | None, str | None]] = {
        key: (mbid, uri)
        for key, mbid, uri in _among(Artist.objects.values_list("key", "mbid", "spotify_uri"), "key", sorted(named))
    }
    return Library.of(
        artists=_frame(
            {"artist_id": key, "name": name, "mbid": mbids[key][0], "spotify_uri": mbids[key][1]} for key, name in named.items()
        ),
        releases=_frame({"release_id": one.key, "title": one.title} for one in found.values()),
        tracks=_frame(
            {
                "track_id": row.key, "title": row.title, "artist_ids": [one.id for one in credited[row.pk]],
                "featured_artist_ids": [one.id for one in guests[row.pk]],
                "release_id": found[row.release_id].key if row.release_id in found else None,
                "duration_ms": row.duration_ms, "kind": row.kind, "work_id": row.work_id, "popularity": row.popularity,
                "mbid": row.mbid, "isrc": row.isrc, "spotify_uri": row.spotify_uri,
            }
            for row in {row.pk: row for row in rows}.values()
        ),
    )  # fmt: skip


def _frame(rows: Iterable[Row]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), infer_schema_length=None)
