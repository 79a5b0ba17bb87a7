"""Simulated listeners at a real site: they ask it for recommendations over HTTP, skip, play and like by their hidden taste.

What they are shown is the site's choice; what they do with it follows `segue.simulation.listening`. Only a site on this machine is
asked, and only so much.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import numpy as np

from segue.demo.plays import Plays
from segue.errors import BadRequest, SegueError
from segue.library.library import write_atomically
from segue.simulation.listening import PAGE, Luck, Seen, go_down, page_plays
from segue.simulation.memory import Memory
from segue.simulation.world import YEAR_START_MS, World

CLOCK = "clock"
"""The file in a home that moves the clock of its server."""
HERE = {"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "::1": "::1"}
MOST_LISTENERS, MOST_DAYS, MOST_REQUESTS = 2000, 120, 500_000
SHOWN = 20
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
NOON_MS = 12 * HOUR_MS
_AT_ONCE = 4
_PATIENCE_S = 60


def move(file: Path, now_ms: int) -> None:
    """Set the clock of a server that was begun with SEGUE_CLOCK_FILE to a time, in ms since 1970 UTC; it goes on from there."""
    write_atomically(file, str(now_ms - time.time_ns() // 1_000_000).encode())


@dataclass(frozen=True)
class Place:
    """Where a site is: an address of this machine."""

    host: str
    port: int


def place_of(url: str) -> Place:
    """The place of `http://127.0.0.1:8000`. Raises `BadRequest`, before anything is connected to, for any other machine."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadRequest(f"{url[:100]!r} is no address: write it as http://127.0.0.1:8000") from None
    if parts.scheme != "http" or parts.username or parts.query or parts.fragment or parts.path not in {"", "/"}:
        raise BadRequest(f"{url[:100]!r} is not the address of a site here: write it as http://127.0.0.1:8000")
    if parts.hostname not in HERE:
        raise BadRequest(
            f"{parts.hostname!r} is not this machine: simulated listeners go to 127.0.0.1, ::1 or localhost only"
        )
    return Place(HERE[parts.hostname], 80 if port is None else port)


@dataclass
class Day:
    """What a day came to."""

    number: int
    visits: int = 0
    tracks: int = 0
    skipped: int = 0
    liked: int = 0


@dataclass
class Visit:
    """A page that a listener was shown."""

    listener: int
    exposure: str | None
    tracks: list[str]


@dataclass(eq=False)
class Site:
    """The API of a site, with a token for each listener. Any number of threads may ask; each has a connection of its own.

    `close` it in the end.
    """

    place: Place
    tokens: Sequence[str]
    requests: int = 0
    _opened: list[http.client.HTTPConnection] = field(default_factory=list)
    _own: threading.local = field(default_factory=threading.local)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, listener: int, method: str, path: str, body: Any = None) -> Any:
        """The answer, as JSON. Raises `SegueError` for one that is not 2xx, and when too much was asked."""
        with self._lock:
            self.requests += 1
            if self.requests > MOST_REQUESTS:
                raise SegueError(
                    f"{MOST_REQUESTS:,} requests were made, which is the most: simulate fewer listeners or days"
                )
        headers = {"Authorization": f"Bearer {self.tokens[listener]}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body)
        for again in (True, False):
            try:
                connection = self._connection()
                connection.request(method, f"/api/v1{path}", data, headers)
                answer = connection.getresponse()
                text = answer.read()
                break
            except (OSError, http.client.HTTPException) as error:
                # A server may close a connection that has been idle; all that is sent here may be sent twice.
                self._own.connection = None
                if not again:
                    raise SegueError(
                        f"the site at {self.place.host}:{self.place.port} does not answer: {error}"
                    ) from None
        if not 200 <= answer.status < 300:
            raise SegueError(
                f"{method} {path.partition('?')[0]}: the site answers {answer.status}: {text[:300].decode(errors='replace')}"
            )
        return json.loads(text) if text else None

    def close(self) -> None:
        """Close all connections."""
        for connection in self._opened:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        found: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if found is None:
            found = self._own.connection = http.client.HTTPConnection(
                self.place.host, self.place.port, timeout=_PATIENCE_S
            )
            self._opened.append(found)
        return found


def go(
    world: World,
    site: Site,
    days: int,
    move: Callable[[int], None],
    evening: Callable[[Day, int], None] = lambda _day, _now_ms: None,
) -> list[Day]:
    """So many days at a site, from the world's first week on.

    Args:
        world: its listeners, in the order of the site's tokens.
        site: the site.
        days: how many, up to `MOST_DAYS` and the weeks of the world.
        move: sets the site's clock, in ms since 1970 UTC.
        evening: called when a day is over, with what it came to and the time.

    Raises `BadRequest` for more than is allowed, and `SegueError` where the site does not do its part.
    """
    if not 1 <= len(world.people) <= MOST_LISTENERS or not 1 <= days <= min(MOST_DAYS, 7 * world.weeks):
        raise BadRequest(
            f"at most {MOST_LISTENERS:,} listeners and {min(MOST_DAYS, 7 * world.weeks)} days,"
            f" not {len(world.people):,} and {days}"
        )
    memory, told = Memory.of(world), []
    week: list[Plays] = []
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for number in range(days):
            day, plays = _day(world, memory, site, number, move, threads)
            told.append(day)
            week.append(plays)
            if number % 7 == 6:
                memory.remember(world, number // 7, _together(week))
                week = []
            now_ms = YEAR_START_MS + world.starts_ms(0) + (number + 1) * DAY_MS
            move(now_ms)
            evening(day, now_ms)
    return told


def _day(
    world: World, memory: Memory, site: Site, number: int, move: Callable[[int], None], threads: ThreadPoolExecutor
) -> tuple[Day, Plays]:
    """Whoever holds a session on this day looks at a page, at noon, and tells an hour later what became of it."""
    starts_ms = world.starts_ms(0) + number * DAY_MS
    today = (world.held.start_ms >= starts_ms) & (world.held.start_ms < starts_ms + DAY_MS)
    visitors = np.unique(world.held.listener[today]).tolist()
    move(YEAR_START_MS + starts_ms + NOON_MS)
    visits = list(threads.map(lambda listener: _visit(site, listener), visitors))
    luck = Luck.of(world, number)
    seen = _seen(world, memory, number, visits, luck)
    plays = page_plays(world, number // 7, seen, luck)
    # `page_plays` has them on Mondays at noon: these are of this day.
    times = plays.time_ms - world.starts_ms(number // 7) + starts_ms + YEAR_START_MS
    move(YEAR_START_MS + starts_ms + NOON_MS + HOUR_MS)
    list(threads.map(lambda visit: _tell(site, visit, world, seen, plays, times), visits))
    return Day(number, len(visits), len(plays.track), int(plays.skipped.sum()), int(seen.liked.sum())), plays


def _together(days: Sequence[Plays]) -> Plays:
    return Plays(*(np.concatenate([getattr(day, one.name) for day in days]) for one in fields(Plays)))


def _visit(site: Site, listener: int) -> Visit:
    page = site.ask(listener, "GET", f"/recommendations?n={SHOWN}&reasons=false")
    return Visit(listener, page["exposure"], [one["track"] for one in page["recommendations"]])


def _seen(world: World, memory: Memory, number: int, visits: Sequence[Visit], luck: Luck) -> Seen:
    """What became of the pages, in one go; tracks that the world does not have are passed over."""
    tracks = np.full((len(world.people), PAGE), -1, dtype=np.int64)
    for visit in visits:
        visit.tracks = [key for key in visit.tracks if key in world.tracks_by_id][:PAGE]
        tracks[visit.listener, : len(visit.tracks)] = [world.tracks_by_id[key] for key in visit.tracks]
    return go_down(world, memory, number // 7, tracks, luck)


def _tell(site: Site, visit: Visit, world: World, seen: Seen, plays: Plays, times: np.ndarray) -> None:
    """Send the listens of a visit, and its likes, with the page they are from."""
    mine = np.flatnonzero(plays.listener == visit.listener)
    listens = [
        {
            "track": world.track_ids[plays.track[at]], "time_ms": int(times[at]), "ms_played": int(plays.ms_played[at]),
            "skipped": bool(plays.skipped[at]), "source": "simulation", "exposure": visit.exposure,
        }
        for at in mine.tolist()
    ]  # fmt: skip
    if listens:
        site.ask(visit.listener, "POST", "/listens", listens)
    for at in np.flatnonzero(seen.liked[visit.listener]).tolist():
        key = quote(world.track_ids[seen.tracks[visit.listener, at]], safe="")
        site.ask(visit.listener, "PUT", f"/feedback/tracks/{key}", {"kind": "like", "exposure": visit.exposure})
