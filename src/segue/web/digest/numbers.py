"""A listener's week in numbers: what they played from Monday to Sunday, by their own clock."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection

from segue.web.catalog.models import Artist
from segue.web.digest.weeks import Week
from segue.web.listening.models import Listener
from segue.web.listening.told import OF_OTHERS
from segue.web.listening.zones import zone

_VALUES = 900


@dataclass(frozen=True)
class Day:
    """A day and its plays."""

    day: date
    plays: int


@dataclass(frozen=True)
class Numbers:
    """A week.

    Attributes:
        days: seven, from Monday.
        plays, minutes, artists: what was played and not skipped: how often, for how long, by how many.
        new: how many of the artists were never played before that week.
        before: plays of the week before.
        top: the artist played most; empty where that is not known.
    """

    days: tuple[Day, ...]
    minutes: int
    artists: int
    new: int
    before: int
    top: str

    @property
    def plays(self) -> int:
        """Of all days."""
        return sum(one.plays for one in self.days)


def numbers_of(listener: Listener, week: Week) -> Numbers:
    """The numbers of that week. Skips, and what is not of the listener's taste, do not count."""
    here = zone(listener)
    begins, ends = week.begins_ms(here), Week(week.monday + timedelta(days=7)).begins_ms(here)
    rows = _rows(_PLAYED, [listener.pk, begins, ends])
    local = Counter(datetime.fromtimestamp(at / 1000, UTC).astimezone(here).date() for at, *_ in rows)
    days = (week.monday + timedelta(days=place) for place in range(7))
    plays = Counter(artist for *_, artist in rows if artist is not None)
    [(before,)] = _rows(_BEFORE, [listener.pk, week.before().begins_ms(here), begins])
    return Numbers(
        tuple(Day(day, local[day]) for day in days), round(sum(played or 0 for _, played, _ in rows) / 60_000), len(plays),
        len(plays) - _known_before(listener.pk, begins, list(plays)), before, _name(plays),
    )  # fmt: skip


_FROM = (
    " FROM listening_listen l LEFT JOIN catalog_track t ON t.id = l.track_id"
    " LEFT JOIN catalog_credit c ON c.track_id = l.track_id AND NOT c.featured AND c.position = 0"
    " WHERE l.listener_id = %s AND (l.skipped IS NULL OR NOT l.skipped)"
    f" AND (l.track_id IS NULL OR l.track_id NOT IN ({OF_OTHERS}))"
)
_WITHIN = " AND l.time_ms >= %s AND l.time_ms < %s"
_PLAYED = f"SELECT l.time_ms, COALESCE(l.ms_played, t.duration_ms), COALESCE(l.artist_id, c.artist_id){_FROM}{_WITHIN}"
_BEFORE = f"SELECT COUNT(*){_FROM}{_WITHIN}"
_KNOWN = (
    f"SELECT DISTINCT COALESCE(l.artist_id, c.artist_id){_FROM} AND (l.time_ms IS NULL OR l.time_ms < %s)"
    " AND COALESCE(l.artist_id, c.artist_id) IN ({})"
)


def _rows(statement: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _known_before(listener_id: int, begins_ms: int, artists: list[int]) -> int:
    known = 0
    for start in range(0, len(artists), _VALUES):
        some = artists[start : start + _VALUES]
        marks = ", ".join(["%s"] * len(some))
        known += len(_rows(_KNOWN.format(marks), [listener_id, begins_ms, *some]))
    return known


def _name(plays: Counter[int]) -> str:
    most = plays.most_common(1)
    return Artist.objects.filter(pk=most[0][0]).values_list("name", flat=True).first() or "" if most else ""
