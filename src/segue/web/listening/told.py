"""What a listener did and said, read from the database as plain values, with items at the level of a snapshot."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from segue.engine.request import Listen
from segue.library.interactions import Level

LATEST_LISTENS = 10_000
LATEST_ENTRIES = 10_000
"""How many listens, and tracks of playlists, are looked at."""
_MIDDLE_FOR_S = 600


class Word(NamedTuple):
    """What was said: "like", "dislike" or "never", of an item (and the track behind it) or an artist, until when."""

    kind: str
    item_id: str | None
    track_id: str | None
    artist_id: str | None
    expires_ms: int | None


class Sought(NamedTuple):
    """What a search found: an item, or an artist."""

    time_ms: int
    item_id: str | None
    artist_id: str | None


@dataclass(frozen=True)
class Facts:
    """All of it. Listens without a time are counted together; the others stand in the order of time."""

    listens: tuple[Listen, ...]
    words: tuple[Word, ...]
    playlists: tuple[tuple[str, ...], ...]
    not_my_taste: tuple[str, ...]
    searches: tuple[Sought, ...]


def facts_of(listener_id: int, level: Level) -> Facts:
    """What is known of a listener. A track stands for its main artist, or its release, where those are the items."""
    return Facts(
        _listens(listener_id, level), tuple(_words(listener_id, level)),
        _playlists(listener_id) if level == "track" else (),
        _not_my_taste(listener_id) if level == "track" else (),
        tuple(Sought(*row) for row in _rows(*_searches(listener_id, level))),
    )  # fmt: skip


_CREDIT = "LEFT JOIN catalog_credit c ON c.track_id = {of}.track_id AND NOT c.featured AND c.position = 0"
OF_OTHERS = "SELECT track_id FROM listening_notmytaste WHERE listener_id = l.listener_id"
"""The tracks that say nothing of the taste of the listener of `l`, a listen."""
_ITEM: dict[str, tuple[str, str]] = {
    "track": ("t.key", ""),
    "release": ("r.key", "LEFT JOIN catalog_release r ON r.id = t.release_id"),
    "artist": ("main.key", f"{_CREDIT} LEFT JOIN catalog_artist main ON main.id = c.artist_id"),
}
"""The item of a track, and what to join for it beside the track itself."""


def _rows(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _listens(listener_id: int, level: Level) -> tuple[Listen, ...]:
    item, more = _ITEM[level]
    of_artist = "LEFT JOIN catalog_artist a ON a.id = l.artist_id" if level == "artist" else ""
    item = f"COALESCE({item}, a.key)" if level == "artist" else item
    # Timed and counted listens are asked for apart: both databases then read no more than they need, by the index.
    latest = (
        f"SELECT {item}, l.time_ms, l.plays, l.skipped FROM listening_listen l"  # noqa: S608
        f" LEFT JOIN catalog_track t ON t.id = l.track_id {more.format(of='l')} {of_artist} WHERE l.listener_id = %s"
    )
    if level != "track":  # an artist or a release may be of the listener's taste where one track is not
        latest += f" AND (l.track_id IS NULL OR l.track_id NOT IN ({OF_OTHERS}))"
    timed = _rows(f"{latest} AND l.time_ms IS NOT NULL ORDER BY l.time_ms DESC LIMIT %s", [listener_id, LATEST_LISTENS])
    counted: dict[tuple[str, bool], float] = {}
    for item_id, _, plays, skipped in _rows(f"{latest} AND l.time_ms IS NULL LIMIT %s", [listener_id, LATEST_LISTENS]):
        if item_id is not None:
            one = (item_id, bool(skipped))
            counted[one] = counted.get(one, 0.0) + plays
    untimed = [Listen(item_id, None, plays, skipped) for (item_id, skipped), plays in counted.items()]
    timed.reverse()
    return (
        *untimed,
        *[
            Listen(item_id, time_ms, float(plays), bool(skipped))
            for item_id, time_ms, plays, skipped in timed if item_id is not None
        ],
    )  # fmt: skip


def _words(listener_id: int, level: Level) -> Iterator[Word]:
    item, more = _ITEM[level]
    found = _rows(
        f"SELECT f.kind, f.rating, {item}, t.key, a.key, f.expires_ms FROM listening_feedback f"  # noqa: S608
        f" LEFT JOIN catalog_track t ON t.id = f.track_id {more.format(of='f')}"
        " LEFT JOIN catalog_artist a ON a.id = f.artist_id WHERE f.listener_id = %s ORDER BY f.id",
        [listener_id],
    )
    for kind, rating, *about in found:
        if kind != "rating":
            yield Word(kind, *about)
        elif rating is not None:
            yield Word("like" if rating >= middle_rating() else "dislike", *about)


def _playlists(listener_id: int) -> tuple[tuple[str, ...], ...]:
    found = _rows(
        "SELECT p.id, t.key FROM playlists_playlist p JOIN playlists_entry e ON e.playlist_id = p.id"
        " JOIN catalog_track t ON t.id = e.track_id WHERE p.listener_id = %s ORDER BY p.id DESC, e.position LIMIT %s",
        [listener_id, LATEST_ENTRIES],
    )
    playlists: dict[int, list[str]] = {}
    for playlist, track in found:
        playlists.setdefault(playlist, []).append(track)
    return tuple(tuple(tracks) for tracks in playlists.values())


def _not_my_taste(listener_id: int) -> tuple[str, ...]:
    found = _rows(
        "SELECT t.key FROM listening_notmytaste n JOIN catalog_track t ON t.id = n.track_id WHERE n.listener_id = %s ORDER BY n.id",
        [listener_id],
    )
    return tuple(key for (key,) in found)


def _searches(listener_id: int, level: Level) -> tuple[str, list[Any]]:
    item, more = _ITEM[level]
    return (
        f"SELECT s.time_ms, {item}, a.key FROM listening_search s"  # noqa: S608
        f" LEFT JOIN catalog_track t ON t.id = s.track_id {more.format(of='s')}"
        " LEFT JOIN catalog_artist a ON a.id = s.artist_id WHERE s.listener_id = %s"
        " AND (s.track_id IS NOT NULL OR s.artist_id IS NOT NULL) ORDER BY s.time_ms DESC, s.id",
        [listener_id],
    )


_middle: tuple[float, float] | None = None
_middle_lock = threading.Lock()


def middle_rating() -> float:
    """The middle of all ratings, from which on a rating is a like, as in histories of a Library; ten minutes old at most."""
    global _middle  # noqa: PLW0603
    with _middle_lock:
        now = time.monotonic()
        if _middle is None or now - _middle[1] > _MIDDLE_FOR_S:
            _middle = (_read_middle(), now)
        return _middle[0]


def _read_middle() -> float:
    rated = "FROM listening_feedback WHERE kind = 'rating' AND rating IS NOT NULL"
    [(n,)] = _rows(f"SELECT count(*) {rated}", [])
    if not n:
        return 0.0
    places = _rows(f"SELECT rating {rated} ORDER BY rating LIMIT %s OFFSET %s", [2 - n % 2, (n - 1) // 2])
    return sum(rating for (rating,) in places) / len(places)
