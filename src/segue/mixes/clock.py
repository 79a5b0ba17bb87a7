"""When a mix is made anew, and what was known of its listener then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from segue.engine.request import Context
from segue.mixes.base import For

_FIRST_MONDAY = date(1970, 1, 5)


def midnight_of(at: datetime) -> datetime:
    """The beginning of the day, by UTC."""
    return datetime.combine(at.astimezone(UTC).date(), time(), UTC)


def monday_of(at: datetime) -> datetime:
    """The Monday, 00:00 UTC, on which the week of a time began."""
    midnight = midnight_of(at)
    return midnight - timedelta(days=midnight.weekday())


def day_number(at: datetime) -> int:
    """Days from 1970-01-01 to a time, by UTC."""
    return at.astimezone(UTC).date().toordinal() - date(1970, 1, 1).toordinal()


def week_number(at: datetime) -> int:
    """Weeks from the first Monday of 1970 to a time: one more every Monday, at the end of a year too."""
    return (at.astimezone(UTC).date() - _FIRST_MONDAY).days // 7


def settled(one: For, since: datetime) -> For:
    """The listener as known at `since`, so that whoever asks from then on, until the mix is made anew, gets the same one.

    Listens from then on are left out; those without a time, and likes, dislikes and playlists, which have none, are not. Of the
    context the place, the age and the month of `since` stay. A listen that stands for several plays has the time of the last one
    and is left out whole: `listening.fors_of` gives every listen for itself.
    """
    since_ms = int(since.timestamp() * 1000)
    listens = tuple(
        listen for listen in one.history.listens if listen.time_ms is None or listen.time_ms < since_ms
    )  # fmt: skip
    context = Context(now_ms=since_ms, month=since.month, country=one.context.country, age=one.context.age)
    return replace(one, history=replace(one.history, listens=listens), at=since, context=context)
