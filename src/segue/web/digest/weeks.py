"""Weeks as listeners' own calendars show them, and whose Monday morning it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from segue.errors import BadRequest

DAY_MS = 86_400_000
LATE_MS = DAY_MS
"""A letter that could not go out for so long after its hour comes no more."""


@dataclass(frozen=True)
class Week:
    """A week of a letter: the one that begins on `monday`, of which the letter comes first thing. It tells of the week before."""

    monday: date

    @classmethod
    def named(cls, name: str) -> Week:
        """The week called so: "2026-W47". Raises `BadRequest` for what is none."""
        try:
            found = cls(datetime.strptime(f"{name}-1", "%G-W%V-%u").date())  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            found = None
        if found is None or found.name != name or not 1970 < found.monday.year < 2100:
            raise BadRequest(f"{name[:20]!r} is no week: they look like 2026-W47.")
        return found

    @classmethod
    def at(cls, at_ms: int, zone: ZoneInfo) -> Week:
        """The week that a calendar shows at a time."""
        today = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).date()
        return cls(today - timedelta(days=today.weekday()))

    @property
    def name(self) -> str:
        """Year and week by ISO 8601."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02}"

    def begins_ms(self, zone: ZoneInfo, hour: int = 0) -> int:
        """When that hour of its Monday comes."""
        return int(datetime.combine(self.monday, time(hour), zone).timestamp() * 1000)

    def made_ms(self, at_ms: int) -> int:
        """As of when mixes are asked for: now, but not before its Monday by UTC.

        Weekly mixes are made anew then. East of Greenwich the morning comes first, and a letter would bring the old ones.
        """
        return max(at_ms, self.begins_ms(ZoneInfo("UTC")))

    def before(self) -> Week:
        """The one before."""
        return Week(self.monday - timedelta(days=7))


def due(zones: Iterable[ZoneInfo], now_ms: int, hour: int, late_ms: int = LATE_MS) -> dict[ZoneInfo, Week]:
    """The zones in which the hour of Monday came less than `late_ms` ago, each with its week."""
    found = {}
    for zone in zones:
        week = Week.at(now_ms, zone)
        if 0 <= now_ms - week.begins_ms(zone, hour) < late_ms:
            found[zone] = week
    return found
