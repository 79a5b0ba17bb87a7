"""Playlists as they are shown: which ones, a part of their tracks, and how long they are. A few queries each."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, QuerySet, Sum

from segue.web.catalog.models import Track
from segue.web.listening.models import Listener
from segue.web.playlists.models import Entry, Member, Playlist
from segue.web.playlists.services import changed_by

_LEFT_OUT = (
    "lyrics", "sound", "songwriters", "producers", "subgenres", "tags", "instruments", "language", "work_id", "isrc",
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """How many tracks a playlist has, how long they take (ms; None where not known), how many change it beside its owner."""

    tracks: int
    length_ms: int | None
    members: int


def latest_first(playlists: QuerySet[Playlist]) -> QuerySet[Playlist]:
    """The one that was changed last first; those of which that is not known, last."""
    return playlists.order_by(F("modified_ms").desc(nulls_last=True), "-pk")


def of_listener(listener: Listener, words: str = "") -> QuerySet[Playlist]:
    """What the listener may change, the latest first; with `words`, those whose title has them in it."""
    mine = changed_by(listener).select_related("listener__user", "listener__profile")
    return latest_first(mine.filter(title__icontains=words) if words else mine)


def counts(playlists: Sequence[Playlist]) -> dict[int, int]:
    """How many tracks each has, by primary key."""
    rows = Entry.objects.filter(playlist__in=[one.pk for one in playlists]).order_by()
    return dict(rows.values_list("playlist_id").annotate(Count("pk")))


def members(playlists: Sequence[Playlist]) -> dict[int, int]:
    """How many change each beside its owner, by primary key."""
    rows = Member.objects.filter(playlist__in=[one.pk for one in playlists]).order_by()
    return dict(rows.values_list("playlist_id").annotate(Count("pk")))


def holding(playlists: Sequence[Playlist], track_key: str) -> set[int]:
    """The primary keys of those that have a track."""
    rows = Entry.objects.filter(playlist__in=[one.pk for one in playlists], track__key=track_key)
    return set(rows.values_list("playlist_id", flat=True))


def facts(playlist: Playlist) -> Facts:
    """What is said below a playlist's title."""
    found = Entry.objects.filter(playlist=playlist).aggregate(n=Count("pk"), ms=Sum("track__duration_ms"))
    return Facts(found["n"], found["ms"], members([playlist]).get(playlist.pk, 0))


def part(playlist: Playlist, start: int, n: int) -> list[Track]:
    """`n` tracks from a place on, counted from 0."""
    rows = Entry.objects.filter(playlist=playlist).order_by("position", "pk")
    return _tracks(list(rows.values_list("track_id", flat=True)[start : start + n]))


def drawn(playlist: Playlist, n: int) -> list[Track]:
    """`n` of its tracks at most, drawn by chance."""
    ids = list(Entry.objects.filter(playlist=playlist).order_by().values_list("track_id", flat=True))
    return _tracks(random.sample(ids, min(n, len(ids))))


def _tracks(ids: Sequence[int]) -> list[Track]:
    found: dict[int, Track] = {}
    for start in range(0, len(ids), 900):
        found |= Track.objects.defer(*_LEFT_OUT).in_bulk(ids[start : start + 900])
    return [found[one] for one in ids if one in found]
