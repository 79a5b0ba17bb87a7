"""What a listener's listening adds up to: what they play most, and what it is like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from django.db import connection

from segue.library.tables import AUDIO_FEATURES
from segue.web import clock
from segue.web.catalog.models import Artist
from segue.web.listening.history import tracks_named
from segue.web.listening.models import Listener
from segue.web.listening.told import OF_OTHERS

DAY_MS = 86_400_000
SHOWN = 20
MOST_TRACKS = 5000
"""Of so many tracks, the most played, it is looked what they are like."""
_VALUES = 900
_KEPT_OUT = f"l.track_id IS NULL OR l.track_id NOT IN ({OF_OTHERS})"


class _Played(NamedTuple):
    track_id: int | None
    artist_id: int | None
    plays: int
    skips: int
    ms_played: int


def taste_of(listener: Listener, days: int | None = None) -> dict[str, Any]:
    """Counts, and what is played most: of the last days, or of all times. Skips and what is not of their taste do not count.

    Genres are shares of plays, features means weighted by plays; decades count plays.
    """
    since_ms = None if days is None else clock.now_ms() - days * DAY_MS
    played = _played(listener.pk, since_ms)
    tracks = Counter({row.track_id: row.plays for row in played if row.track_id is not None and row.plays > 0})
    looked_at = dict(tracks.most_common(MOST_TRACKS))
    main = _main_artists(looked_at)
    artists: Counter[int] = Counter()
    for row in played:
        artist = row.artist_id if row.track_id is None else main.get(row.track_id)
        if artist is not None and row.plays > 0:
            artists[artist] += row.plays
    return {
        "since_ms": since_ms,
        "plays": sum(row.plays for row in played),
        "skips": sum(row.skips for row in played),
        "ms_played": sum(row.ms_played for row in played),
        "tracks": len(tracks),
        "artists": len(artists),
        "top_artists": _artists_shown(artists.most_common(SHOWN)),
        "top_tracks": _tracks_shown(tracks.most_common(SHOWN)),
        **_facts(looked_at),
    }


def _played(listener_id: int, since_ms: int | None) -> list[_Played]:
    since = "" if since_ms is None else "AND l.time_ms >= %s"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.track_id, l.artist_id, SUM(CASE WHEN l.skipped THEN 0 ELSE l.plays END),"  # noqa: S608
            " SUM(CASE WHEN l.skipped THEN l.plays ELSE 0 END), SUM(COALESCE(l.ms_played, 0)) FROM listening_listen l"
            f" WHERE l.listener_id = %s AND ({_KEPT_OUT}) {since}"
            " GROUP BY l.track_id, l.artist_id ORDER BY l.track_id, l.artist_id",
            [listener_id] if since_ms is None else [listener_id, since_ms],
        )
        return [
            _Played(track, artist, *(int(number) for number in numbers))
            for track, artist, *numbers in cursor.fetchall()
        ]


def _main_artists(tracks: Mapping[int, int]) -> dict[int, int]:
    rows = _of(
        tracks,
        "SELECT track_id, artist_id FROM catalog_credit WHERE NOT featured AND position = 0 AND track_id IN ({})",
    )
    return dict(rows)


def _facts(tracks: Mapping[int, int]) -> dict[str, Any]:
    """What the tracks are like, weighted by plays."""
    genres: Counter[str] = Counter()
    decades: Counter[int] = Counter()
    sums, weights = dict.fromkeys(AUDIO_FEATURES, 0.0), dict.fromkeys(AUDIO_FEATURES, 0)
    statement = (
        f"SELECT t.id, t.genres, COALESCE(t.date, r.date), {', '.join(f't.{name}' for name in AUDIO_FEATURES)}"  # noqa: S608
        " FROM catalog_track t LEFT JOIN catalog_release r ON r.id = t.release_id WHERE t.id IN ({})"
    )
    for track, of_genres, date, *values in _of(tracks, statement):
        plays = tracks[track]
        if date is not None:
            decades[int(str(date)[:4]) // 10 * 10] += plays
        for genre in orjson.loads(of_genres) or () if of_genres else ():
            genres[genre] += plays
        for name, value in zip(AUDIO_FEATURES, values, strict=True):
            if value is not None:
                sums[name] += plays * value
                weights[name] += plays
    total = sum(genres.values())
    return {
        "genres": [{"name": name, "share": round(plays / total, 4)} for name, plays in genres.most_common(SHOWN)],
        "decades": [{"decade": decade, "plays": plays} for decade, plays in sorted(decades.items())],
        "features": {name: round(sums[name] / weights[name], 4) if weights[name] else None for name in AUDIO_FEATURES},
    }


def _of(tracks: Iterable[int], statement: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement over tracks, some at a time."""
    wanted = sorted(tracks)
    for start in range(0, len(wanted), _VALUES):
        some = wanted[start : start + _VALUES]
        with connection.cursor() as cursor:
            cursor.execute(statement.format(", ".join(["%s"] * len(some))), some)
            yield from cursor.fetchall()


def _artists_shown(counted: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    named = Artist.objects.in_bulk([artist for artist, _ in counted])
    return [
        {"artist": {"id": named[artist].key, "name": named[artist].name}, "plays": plays}
        for artist, plays in counted if artist in named
    ]  # fmt: skip


def _tracks_shown(counted: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    named = tracks_named(track for track, _ in counted)
    return [{"track": named[track], "plays": plays} for track, plays in counted if track in named]
