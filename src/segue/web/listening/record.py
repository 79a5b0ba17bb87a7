"""Recording listens: durable when it returns, and each of them once, however often and in whatever order they are sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection, transaction

from segue.errors import BadRequest
from segue.web import clock
from segue.web.listening.changing import changed
from segue.web.listening.events import NO_TIME, NONE, Numbers, event_of_client_id, events, source_code
from segue.web.listening.models import Listener

DAY_MS = 86_400_000
LONGEST_MS = 2**31 - 1
LONGEST_KEY = 200
LONGEST_SOURCE = 100
_AT_ONCE = 1000
"""Rows of one statement: ten parameters each, and SQLite takes 32,766."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewListen:
    """One listen as it is sent.

    Attributes:
        track_key, artist_key: what was played: a track or, where no more is known, whose music.
        time_ms: when it began, in ms since 1970 UTC.
        ms_played: for how long.
        skipped: whether the listener moved on before the end.
        client_id: what its sender calls it: sent again, it is the same listen. Without one, a listen is the same as another of
            the same track (or artist) at the same time.
        source: where it comes from.
        exposure_id: the page of recommendations that it was chosen from.
    """

    track_key: str | None = None
    artist_key: str | None = None
    time_ms: int
    ms_played: int | None = None
    skipped: bool | None = None
    client_id: str | None = None
    source: str | None = None
    exposure_id: UUID | None = None


@dataclass(frozen=True)
class Recorded:
    """What came of a batch.

    Attributes:
        recorded: how many are new.
        known_already: how many were there before, or stood in the batch twice.
        unknown: place in the batch, and key, of those whose track or artist is not in the catalogue.
        private: whether a private session goes on: then nothing was recorded.
    """

    recorded: int = 0
    known_already: int = 0
    unknown: tuple[tuple[int, str], ...] = ()
    private: bool = False


class Row(NamedTuple):
    """A listen as the database has it, without its listener."""

    track_id: int | None
    artist_id: int | None
    time_ms: int | None
    position: int | None
    ms_played: int | None
    skipped: bool | None
    plays: int
    source: str | None
    event: int


def record_listens(listener: Listener, listens: Sequence[NewListen]) -> Recorded:
    """Record a batch: all that can be, in one transaction. Listens may come late and out of order.

    Raises `BadRequest`, which names the place in the batch, for one that cannot be; then nothing was recorded.
    """
    now_ms = clock.now_ms()
    for place, listen in enumerate(listens):
        if (wrong := wrong_with(listen, now_ms)) is not None:
            raise BadRequest(f"listens.{place}.{wrong}")
    if listener.is_private(now_ms):
        return Recorded(private=True)
    tracks = primary_keys("catalog_track", (listen.track_key for listen in listens))
    artists = primary_keys("catalog_artist", (listen.artist_key for listen in listens))
    found: list[tuple[NewListen, int | None, int | None]] = []
    unknown: list[tuple[int, str]] = []
    for place, listen in enumerate(listens):
        track, artist = tracks.get(listen.track_key), artists.get(listen.artist_key)
        if track is None and artist is None:
            unknown.append((place, listen.track_key or listen.artist_key or ""))
        else:
            found.append((listen, track, artist))
    recorded = write(listener, _rows(found)) if found else 0
    _tell_outcomes(listener, [listen for listen, *_ in found])
    return Recorded(recorded, len(found) - recorded, tuple(unknown))


def wrong_with(listen: NewListen, now_ms: int) -> str | None:
    """What cannot be about a listen, as "field: why"; None where nothing is wrong."""
    if (listen.track_key is None) == (listen.artist_key is None):
        return "track: say which track was played or, where no more is known, which artist; not both"
    for name, text, longest in (
        ("track", listen.track_key, LONGEST_KEY), ("artist", listen.artist_key, LONGEST_KEY),
        ("id", listen.client_id, LONGEST_KEY), ("source", listen.source, LONGEST_SOURCE),
    ):  # fmt: skip
        if text is not None and not (0 < len(text) <= longest and "\0" not in text and _is_unicode(text)):
            return f"{name}: must be a text of 1 to {longest} characters"
    if listen.time_ms < 0:
        return f"time_ms: is {listen.time_ms}, before 1970; it counts ms since 1970 UTC"
    if listen.time_ms > now_ms + DAY_MS:
        return f"time_ms: is {listen.time_ms}, more than a day from now; it counts ms since 1970 UTC"
    if listen.ms_played is not None and not 0 <= listen.ms_played <= LONGEST_MS:
        return f"ms_played: must be 0 to {LONGEST_MS}, not {listen.ms_played}"
    return None


def primary_keys(table: str, keys: Iterable[str | None]) -> dict[str | None, int]:
    """The primary keys of rows of `catalog_track` or `catalog_artist`, by key; those that are not there are left out."""
    wanted = sorted({key for key in keys if key is not None})
    found: dict[str | None, int] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        marks = ", ".join(["%s"] * len(some))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT key, id FROM {table} WHERE key IN ({marks})", some)  # noqa: S608 (no text of anybody)
            found.update(cursor.fetchall())
    return found


def write(listener: Listener, rows: Sequence[Row], *, counts: bool = False) -> int:
    """Write listens, and say that the listener changed, in one transaction; how many are new.

    Several processes may write the same ones at once. With `counts`, rows are counts of plays, each once, and a newer count takes
    the place of an older one.
    """
    # In one order everywhere: two transactions that insert the same rows in different orders could wait for each other.
    ordered = sorted(rows, key=lambda row: row.event)
    with transaction.atomic():
        new = sum(
            _insert(listener.pk, ordered[start : start + _AT_ONCE], counts)
            for start in range(0, len(ordered), _AT_ONCE)
        )
        if new:
            changed(listener)
    return new


_COLUMNS = ("listener_id", *Row._fields)
_MARKS = f"({', '.join(['%s'] * len(_COLUMNS))})"


_NEWER_COUNT = "UPDATE SET plays = excluded.plays WHERE listening_listen.plays <> excluded.plays"


def _insert(listener_id: int, rows: Sequence[Row], counts: bool) -> int:  # noqa: FBT001
    statement = (
        f"INSERT INTO listening_listen ({', '.join(_COLUMNS)}) VALUES {', '.join([_MARKS] * len(rows))}"  # noqa: S608
        f" ON CONFLICT (listener_id, event) DO {_NEWER_COUNT if counts else 'NOTHING'}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for row in rows for value in (listener_id, *row)])
        return cursor.rowcount


def _rows(found: Sequence[tuple[NewListen, int | None, int | None]]) -> list[Row]:
    told = event_numbers([(track, artist, listen.time_ms, None, None) for listen, track, artist in found])
    return [
        Row(
            track, artist, listen.time_ms, None, listen.ms_played, listen.skipped, 1, listen.source,
            event if listen.client_id is None else event_of_client_id(listen.client_id),
        )
        for (listen, track, artist), event in zip(found, told, strict=True)
    ]  # fmt: skip


def event_numbers(told: Sequence[tuple[int | None, int | None, int | None, int | None, str | None]]) -> list[int]:
    """The events of listens, each told as (track, artist, time_ms, position, source)."""
    if not told:
        return []
    tracks, artists, times, positions, sources = zip(*told, strict=True)
    codes = {source: source_code(source) for source in set(sources)}
    found = events(
        _numbers(tracks, NONE), _numbers(artists, NONE), _numbers(times, NO_TIME), _numbers(positions, NONE),
        np.array([codes[source] for source in sources], np.int64),
    )  # fmt: skip
    return found.tolist()


def _numbers(values: Iterable[int | None], blank: int) -> Numbers:
    return np.array([blank if value is None else value for value in values], np.int64)


def _tell_outcomes(listener: Listener, listens: Sequence[NewListen]) -> None:
    """Say what came of tracks that were shown; also of those known already, as whoever told of them first may have died."""
    shown = [
        (listen.exposure_id, listen.track_key, "skipped" if listen.skipped else "played", listen.time_ms)
        for listen in listens
        if listen.exposure_id is not None and listen.track_key is not None
    ]
    if shown:
        from segue.web.discovery.exposures import Told, outcomes  # noqa: PLC0415

        outcomes(listener, [Told(*one) for one in shown])


def _is_unicode(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)
