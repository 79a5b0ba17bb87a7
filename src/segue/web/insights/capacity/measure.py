"""Measuring this machine, in a process like one that serves: `python -m segue.web.insights.capacity.measure SECONDS`.

Nothing of the service changes: listens are written into a table of their own, which is gone afterwards, and what is answered is not
noted. A service that is asked meanwhile makes it slower, and is made slower by it.
"""

from __future__ import annotations

import json
import logging
import os
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from segue.home import Home
from segue.library.library import write_atomically
from segue.web.insights.capacity.needs import Measured, measured_of

KEPT = "capacity.json"
_LEAST = {"listens": 10_000, "listeners": 100, "tracks": 1000, "exposures": 1000}
"""Of fewer rows than this, what one takes on the disk cannot be told."""
_SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
_SCRATCH = "segue_capacity"
_ROW = "(id, listener_id, track_id, artist_id, time_ms, position, ms_played, skipped, plays, source, event)"


def kept(home: Home) -> Measured | None:
    """The last measurement in a home; None where there is none."""
    with suppress(OSError, ValueError, TypeError):
        return measured_of(json.loads((home.path / KEPT).read_text(encoding="utf-8")))
    return None


def keep(home: Home, measured: Measured) -> None:
    """Keep a measurement, as the last."""
    write_atomically(home.path / KEPT, json.dumps(asdict(measured), indent=1).encode())


def measure(seconds: float) -> Measured:
    """Measure for about so long. Needs a service that is set up; what cannot be measured stays None."""
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    found: dict[str, Any] = {"cores": os.cpu_count() or 1, "memory_mb": _memory_mb(), "database": connection.vendor}
    begun = time.perf_counter()
    found |= _rows() | _sizes()
    people = _sample(500)
    engine = _engine()
    if engine is not None:
        found |= {"snapshot": engine.manifest.name, "tracks": int(engine.manifest.counts.get("items", 0))}
        found |= _answers(people, seconds * 0.4) | _mixes(people, seconds * 0.2)
    found |= _frame(seconds * 0.1)
    found |= _process()
    found |= _writing(settings.HOME.path, seconds * 0.15)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return Measured(made=made, seconds=round(time.perf_counter() - begun, 1), **found)


# -- what is answered ----------------------------------------------------------------------------------------------------


def _engine() -> Any:
    from segue.errors import BadSnapshot  # noqa: PLC0415
    from segue.web.discovery import serving  # noqa: PLC0415

    try:
        return serving.engine()
    except BadSnapshot:
        return None


def _sample(most: int) -> list[int]:
    """Some listeners who played anything, always the same of the same; the earliest where chance finds none."""
    from django.db.models import Exists, Max, OuterRef  # noqa: PLC0415

    from segue.web.listening.models import Listen, Listener  # noqa: PLC0415

    highest = Listener.objects.aggregate(at=Max("pk"))["at"] or 0
    chance = random.Random(0)  # noqa: S311
    tried = chance.sample(range(1, highest + 1), min(highest, 4 * most))
    played = Listener.objects.filter(Exists(Listen.objects.filter(listener=OuterRef("pk"))))
    found = list(played.filter(pk__in=tried).values_list("pk", flat=True)[:most])
    return found or list(played.order_by("pk").values_list("pk", flat=True)[:most])


def _answers(people: Sequence[int], seconds: float) -> dict[str, float | None]:
    """First answers: nothing of the listener is kept from before."""
    from segue.web.discovery.answers import Ready  # noqa: PLC0415
    from segue.web.discovery.questions import Question  # noqa: PLC0415
    from segue.web.discovery.recommend import answer  # noqa: PLC0415
    from segue.web.listening import known  # noqa: PLC0415
    from segue.web.listening.models import Listener  # noqa: PLC0415

    def ask(one: int) -> None:
        known.forget_all()
        Ready.of(answer(Listener.objects.get(pk=one), Question(n=20)), shown=False).bytes(None)

    took, cpu_s = _repeated(ask, people, seconds)
    if not took:
        return {}
    took.sort()
    places = {f"p{share}_ms": 1000 * took[int(len(took) * share / 100)] for share in (50, 95, 99)}
    return {"answers_per_s": len(took) / sum(took), **places, "answer_cpu_ms": 1000 * cpu_s / len(took)}


def _mixes(people: Sequence[int], seconds: float) -> dict[str, float | None]:
    """The mixes of a week, as the job makes them."""
    from segue.mixes.clock import monday_of, settled  # noqa: PLC0415
    from segue.mixes.registry import products  # noqa: PLC0415
    from segue.web.discovery.mixes import SINCE  # noqa: PLC0415
    from segue.web.discovery.serving import engine  # noqa: PLC0415
    from segue.web.listening.known import known_of  # noqa: PLC0415
    from segue.web.listening.models import Listener  # noqa: PLC0415

    weekly = [made for name, made in products().items() if SINCE.get(name) is monday_of]

    def make(one: int) -> None:
        who = known_of(Listener.objects.get(pk=one))
        for product in weekly:
            product.make([settled(who, monday_of(who.at))], engine())

    took, cpu_s = _repeated(make, people, seconds)
    return {"mixes_cpu_ms": 1000 * cpu_s / len(took)} if took else {}


def _frame(seconds: float) -> dict[str, float | None]:
    """What a request takes besides its answer: one for what is not there goes through all of it."""
    from django.db import connection  # noqa: PLC0415
    from django.test import RequestFactory  # noqa: PLC0415

    from segue.web.wsgi import application  # noqa: PLC0415

    environ = RequestFactory().get("/api/v1/nothing", HTTP_HOST="localhost").environ

    asking = count()

    def ask(_one: int) -> None:
        # From addresses that are set aside for measuring (RFC 2544): nobody else's limits are used up.
        number = next(asking) % 60_000
        address = f"198.18.{number // 250}.{number % 250 + 1}"
        response: Any = application({**environ, "REMOTE_ADDR": address}, lambda *_words: None)
        b"".join(response)
        response.close()

    def asked() -> tuple[list[float], float]:
        try:
            return _repeated(ask, [0], seconds)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:  # the end of a request may close the connection of its thread
        took, cpu_s = thread.submit(asked).result()
    return {"frame_cpu_ms": 1000 * cpu_s / len(took)} if took else {}


def _repeated(work: Callable[[int], None], people: Sequence[int], seconds: float) -> tuple[list[float], float]:
    """Seconds of each call, for so long, after three that do not count; and of the processor for all of them."""
    if not people:
        return [], 0.0
    for one in people[:3]:
        work(one)
    took: list[float] = []
    end, cpu = time.perf_counter() + seconds, time.process_time()
    while time.perf_counter() < end or not took:
        begun = time.perf_counter()
        work(people[len(took) % len(people)])
        took.append(time.perf_counter() - begun)
    return took, time.process_time() - cpu


# -- what is written -----------------------------------------------------------------------------------------------------


def _writing(home: Path, seconds: float) -> dict[str, float]:
    """Listens into a table like that of the service: each by itself, then 100 at a time; every one waits for the disk."""
    with _scratch(home) as (write, mark):
        counter = iter(range(1, 10**9))
        statement = f"INSERT INTO {_SCRATCH} {_ROW} VALUES ({', '.join([mark] * 11)})"  # noqa: S608 (constants)

        def rows(n: int) -> list[tuple]:
            return [
                (i, i % 1000 + 1, i % 5000 + 1, None, 1_700_000_000_000 + i, None, 200_000, False, 1, "capacity", i * 7919)
                for i in (next(counter) for _ in range(n))
            ]  # fmt: skip

        one_s, cpu_s = _repeated(lambda _: write(statement, rows(1)), [0], seconds / 2)
        many_s, _ = _repeated(lambda _: write(statement, rows(100)), [0], seconds / 2)
    return {
        "listens_per_s": len(one_s) / sum(one_s), "listens_in_batches_per_s": 100 * len(many_s) / sum(many_s),
        "listen_cpu_ms": 1000 * cpu_s / len(one_s),
    }  # fmt: skip


@contextmanager
def _scratch(home: Path) -> Iterator[tuple[Callable[[str, list[tuple]], None], str]]:
    """A table for a while: what writes rows into it and commits, and the mark of a parameter."""
    from django.db import connection, transaction  # noqa: PLC0415

    if connection.vendor == "sqlite":
        file = home / f"{_SCRATCH}-{os.getpid()}.sqlite"
        with connection.cursor() as cursor:
            cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'listening_listen' AND sql IS NOT NULL")
            shapes = [sql.replace("listening_listen", _SCRATCH) for (sql,) in cursor.fetchall()]
        try:
            with closing(sqlite3.connect(file)) as one:
                one.executescript(_SQLITE_PRAGMAS)
                for shape in shapes:
                    one.execute(shape)

                def write_file(statement: str, rows: list[tuple]) -> None:
                    with one:
                        one.executemany(statement, rows)

                yield write_file, "?"
        finally:
            for end in ("", "-wal", "-shm"):
                file.with_name(file.name + end).unlink(missing_ok=True)
        return

    def write(statement: str, rows: list[tuple]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(statement, rows)

    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {_SCRATCH}")
        cursor.execute(f"CREATE TABLE {_SCRATCH} (LIKE listening_listen INCLUDING INDEXES)")
    try:
        yield write, "%s"
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {_SCRATCH}")


# -- what is kept --------------------------------------------------------------------------------------------------------


def _rows() -> dict[str, int]:
    from segue.web.catalog.models import Track  # noqa: PLC0415
    from segue.web.listening.models import Listen, Listener  # noqa: PLC0415

    return {"tracks": Track.objects.count(), "listeners": Listener.objects.count(), "listens": Listen.objects.count()}


def _sizes() -> dict[str, float]:
    """Bytes of a row with its indexes, where there are enough rows to tell."""
    from segue.web.discovery.models import Exposure  # noqa: PLC0415

    sizes, rows = _bytes_by_table(), _rows()
    exposures = Exposure.objects.count()
    not_people = ("catalog_", "listening_listen", "discovery_exposure", "discovery_outcome", "django_", "cache", "jobs_", "sqlite_",
                  "auth_", _SCRATCH)  # fmt: skip
    together = {
        "listen_bytes": (sizes.get("listening_listen", 0), rows["listens"], _LEAST["listens"]),
        "track_bytes": (sum(size for name, size in sizes.items() if name.startswith("catalog_")), rows["tracks"], _LEAST["tracks"]),
        "listener_bytes": (
            sum(size for name, size in sizes.items() if name == "listening_listener" or not name.startswith(not_people)),
            rows["listeners"], _LEAST["listeners"],
        ),
        "exposure_bytes": (
            sizes.get("discovery_exposure", 0) + sizes.get("discovery_outcome", 0), exposures, _LEAST["exposures"]
        ),
    }  # fmt: skip
    return {name: size / number for name, (size, number, least) in together.items() if size and number >= least}


def _bytes_by_table() -> dict[str, int]:
    from django.db import DatabaseError, connection  # noqa: PLC0415

    statement = (
        "SELECT m.tbl_name, sum(s.pgsize) FROM dbstat('main', 1) AS s JOIN sqlite_master AS m ON m.name = s.name GROUP BY 1"
        if connection.vendor == "sqlite"
        else "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND pg_table_is_visible(oid)"
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return {name: int(size) for name, size in cursor.fetchall()}
    except DatabaseError:  # a SQLite that cannot tell
        return {}


def _process() -> dict[str, float]:
    """Memory of this process, which has done what one that serves does, and what of it is its own. Linux only."""
    found: dict[str, float] = {}
    with suppress(OSError, ValueError):
        lines = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
        kb = {name.strip(): float(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
        found = {
            "process_mb": kb["Rss"] * 1024 / 1e6,
            "process_own_mb": (kb["Private_Clean"] + kb["Private_Dirty"]) * 1024 / 1e6,
        }
        shared = kb["Shared_Clean"] + kb["Shared_Dirty"]
        if (
            shared < 0.05 * kb["Rss"]
        ):  # nobody else has its files open: those would be shared, memory of its own would not
            found["process_own_mb"] = kb["Anonymous"] * 1024 / 1e6
    return found


def _memory_mb() -> float:
    with suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6
    return 0.0


def main(arguments: Sequence[str]) -> None:
    """Measure, and write what was found to standard output as JSON."""
    from segue.web.setup import set_up  # noqa: PLC0415

    set_up(Home.at(None))
    logging.disable(logging.CRITICAL)  # what is asked for is not there, on purpose
    sys.stdout.write(json.dumps(asdict(measure(float(arguments[0])))))


if __name__ == "__main__":
    main(sys.argv[1:])
