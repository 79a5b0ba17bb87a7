"""What an artist made, and what the tracks of releases come to: read in a few queries, however much there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Avg, Count, F, QuerySet, Sum

from segue.web.catalog.lookup import releases_of
from segue.web.catalog.models import Artist, Release, Track

_SOUND = ("tempo", "energy", "valence", "acousticness")
_VALUES = 900


@dataclass(frozen=True)
class Contents:
    """What the tracks of a release come to: how many, how long in ms (None where not known of all), and how they sound."""

    tracks: int = 0
    length_ms: int | None = None
    sound: dict[str, float] = field(default_factory=dict)


def contents(releases: Sequence[Release]) -> dict[int, Contents]:
    """Of each release, by primary key: one query for 900."""
    found: dict[int, Contents] = {}
    means = [Avg(name) for name in _SOUND]
    for start in range(0, len(releases), _VALUES):
        rows = Track.objects.filter(release_id__in=[one.pk for one in releases[start : start + _VALUES]])
        told = rows.values_list("release_id").annotate(Count("pk"), Count("duration_ms"), Sum("duration_ms"), *means)
        for release, tracks, timed, length, *sound in told:
            known = {name: mean for name, mean in zip(_SOUND, sound, strict=True) if mean is not None}
            found[release] = Contents(tracks, length if timed == tracks else None, known)
    return found


def newest_first(artist: Artist) -> QuerySet[Release]:
    """The releases of an artist."""
    return releases_of(artist).order_by(F("date").desc(nulls_last=True), "-pk")


def best_known(artist: Artist) -> QuerySet[Track]:
    """The tracks of an artist, as popular as their source says."""
    return _popular(Track.objects.filter(credits__artist=artist, credits__featured=False))


def appears_on(artist: Artist) -> QuerySet[Track]:
    """The tracks of others on which an artist is a guest."""
    return _popular(Track.objects.filter(credits__artist=artist, credits__featured=True))


def _popular(tracks: QuerySet[Track]) -> QuerySet[Track]:
    return tracks.defer("lyrics", "sound").order_by(F("popularity").desc(nulls_last=True), "pk")
