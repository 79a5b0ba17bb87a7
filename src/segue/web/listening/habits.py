"""When a listener listens, and how much of it is new to them: read from the times of their listens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from django.db import connection

from segue.web.listening.models import Listener
from segue.web.listening.told import OF_OTHERS
from segue.web.listening.zones import zone

LATEST = 50_000
"""So many listens are looked at, the latest."""
MOST_WEEKS = 52


@dataclass(frozen=True)
class Week:
    """A week of listening: the Monday it begins on, its plays, and those of artists first heard in it."""

    begins: date
    plays: int
    new: int

    @property
    def share(self) -> float:
        """The share of plays of artists first heard in this week: 0 to 1."""
        return self.new / self.plays if self.plays else 0.0


@dataclass(frozen=True)
class Habits:
    """Plays by the listener's own clock.

    Attributes:
        hours: int (7, 24): plays on each weekday (0 is Monday) in each hour.
        weeks: the weeks from the first play to the last, the latest 52 of them at most.
    """

    hours: np.ndarray
    weeks: tuple[Week, ...]


def habits_of(listener: Listener, since_ms: int | None = None) -> Habits:
    """The habits of all times, or since then (ms since 1970 UTC). Skips and what is not of their taste do not count."""
    times, artists = _read(listener.pk)
    local = _local(times, zone(listener).key)
    first = np.ones(len(times), bool)
    if since_ms is not None:
        first = times >= since_ms
    hours = np.zeros((7, 24), np.int64)
    np.add.at(hours, (local["weekday"].to_numpy()[first] - 1, local["hour"].to_numpy()[first]), 1)
    return Habits(hours, _weeks(local["week"].to_numpy(), artists, first))


def _read(listener_id: int) -> tuple[np.ndarray, np.ndarray]:
    """When, and whose music (-1 where that is not known), in the order of time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.time_ms, COALESCE(l.artist_id, c.artist_id, -1) FROM listening_listen l"  # noqa: S608
            " LEFT JOIN catalog_credit c ON c.track_id = l.track_id AND NOT c.featured AND c.position = 0"
            " WHERE l.listener_id = %s AND l.time_ms IS NOT NULL AND (l.skipped IS NULL OR NOT l.skipped)"
            f" AND (l.track_id IS NULL OR l.track_id NOT IN ({OF_OTHERS})) ORDER BY l.time_ms DESC LIMIT %s",
            [listener_id, LATEST],
        )
        rows = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)[::-1]
    return rows[:, 0], rows[:, 1]


def _local(times: np.ndarray, name: str) -> pl.DataFrame:
    """The weekday (1 is Monday), hour and week (days from 1970 to its Monday) that the listener's clock and calendar show."""
    clock = pl.Series("at", times).cast(pl.Datetime("ms", "UTC")).dt.convert_time_zone(name)
    day, weekday = clock.dt.date().cast(pl.Int64), clock.dt.weekday().cast(pl.Int64)
    return pl.DataFrame({"weekday": weekday, "hour": clock.dt.hour().cast(pl.Int64), "week": day - weekday + 1})


def _weeks(week: np.ndarray, artists: np.ndarray, wanted: np.ndarray) -> tuple[Week, ...]:
    """Weeks in order, those without a play too. Who was first heard in which week is looked for in all listens."""
    if not wanted.any():
        return ()
    _, at, of = np.unique(artists, return_index=True, return_inverse=True)
    fresh = (week[at][of] == week) & (artists >= 0)
    last = int(week[wanted].max())
    first = max(int(week[wanted].min()), last - 7 * (MOST_WEEKS - 1))
    begin = date(1970, 1, 1)
    return tuple(
        Week(begin + timedelta(days=one), int((now := wanted & (week == one)).sum()), int((now & fresh).sum()))
        for one in range(first, last + 1, 7)
    )
