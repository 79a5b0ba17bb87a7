"""The database as one file, as it was at one moment, while others write: and back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection, transaction
from psycopg.conninfo import make_conninfo

from segue.errors import BadFile, SegueError
from segue.web.backup.archive import DUMP, SQLITE, Table
from segue.web.catalog.housekeeping import told_plainly

_OURS = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
_MIGRATIONS = "SELECT app || '.' || name FROM django_migrations ORDER BY 1"
_ALIKE = (
    "SET LOCAL timezone = 'UTC'", "SET LOCAL datestyle = 'ISO, YMD'", "SET LOCAL intervalstyle = 'iso_8601'",
    "SET LOCAL bytea_output = 'hex'", "SET LOCAL extra_float_digits = 1",
)  # fmt: skip
"""So that the same row is the same text, whatever the server is set to."""
_SUM = "SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint::numeric), 0)::text FROM {} AS t"
"""Rows, and the sum of 60 bits of the hash of each: the same for the same rows in any order."""


def copy(folder: Path, say: Callable[[str], None]) -> tuple[str, dict[str, Table], tuple[str, ...]]:
    """Put a copy of the database into a folder: the name of its file, its tables, and the migrations that it has.

    Writers go on meanwhile. What was committed before this was called is in it. Raises `SegueError`.
    """
    with told_plainly():
        if connection.vendor == "sqlite":
            return _copied_sqlite(folder, say)
        return _dumped(folder, say)


def load(file: Path, to_be: dict[str, Table], say: Callable[[str], None]) -> None:
    """Load a dump into the database, which must be empty; of SQLite, the copy itself will be the database.

    Raises `SegueError` where what is there then is not as it was.
    """
    with told_plainly():
        if file.name == SQLITE:
            there = _tables_of_sqlite(file)
        else:
            say("restoring the database")
            _run([program("pg_restore"), "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
                  f"--dbname={_dsn()}", str(file)])  # fmt: skip
            say("comparing every row")
            with transaction.atomic(), connection.cursor() as cursor:
                there = _tables_of_postgresql(cursor)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
    wrong = sorted(name for name in to_be.keys() | there.keys() if to_be.get(name) != there.get(name))
    if wrong:
        raise SegueError(
            f"the database that was restored is not as it was: {', '.join(wrong[:5])}; do not use it, and try another backup"
        )


def must_be_empty(name: str) -> None:
    """Raise `BadFile` where the database that is set is of another kind than the copy, or holds anything."""
    if (name == SQLITE) != (connection.vendor == "sqlite"):
        is_one, wanted = ("SQLite", "without") if name == SQLITE else ("PostgreSQL", "with")
        raise BadFile(f"the backup is of {is_one}: restore it {wanted} a DATABASE_URL that names PostgreSQL")
    if connection.vendor == "sqlite":
        if sqlite_file().exists():
            raise BadFile(f"{sqlite_file()}: is there already; a backup goes into an empty home only")
        return
    program("pg_restore")
    with told_plainly(), connection.cursor() as cursor:
        if there := connection.introspection.table_names(cursor):
            raise BadFile(f"the database of DATABASE_URL holds {len(there)} tables: restore into an empty one")


def sqlite_file() -> Path:
    """Where SQLite's file is, or is to be."""
    return Path(str(settings.DATABASES["default"]["NAME"]))


def program(name: str) -> str:
    """The path of a program of PostgreSQL. Raises `SegueError` where this machine lacks it."""
    found = shutil.which(name)
    if found is None:
        raise SegueError(f"{name} is not on this machine: install PostgreSQL's client (Debian: postgresql-client)")
    return found


# -- SQLite --------------------------------------------------------------------------------------------------------------


def copied_sqlite(source: Path, to: Path) -> None:
    """A file of SQLite, also while others write into it. Raises `BadFile` where it is damaged."""
    with closing(_opened(source)) as one, closing(sqlite3.connect(to)) as copy:
        one.backup(copy)  # in one step: it reads at one moment, and those who write need not wait
        copy.execute("PRAGMA journal_mode=DELETE")
        [said] = copy.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise BadFile(f"{source}: is damaged ({said}); a copy of it would be, too")


def _copied_sqlite(folder: Path, say: Callable[[str], None]) -> tuple[str, dict[str, Table], tuple[str, ...]]:
    source = sqlite_file()
    if not source.is_file():
        raise BadFile(f"{source}: is not there yet; segue serve or segue database migrate makes it")
    say("copying the database")
    copied_sqlite(source, folder / SQLITE)
    with closing(_opened(folder / SQLITE)) as one:
        migrations = _migrations(one.execute)
    return SQLITE, _tables_of_sqlite(folder / SQLITE), migrations


def _tables_of_sqlite(file: Path) -> dict[str, Table]:
    """Rows of each table. What stands in them is held by the sum of the file."""
    with closing(_opened(file)) as one:
        names = [name for (name,) in one.execute(_OURS)]
        return {name: Table(one.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in names}  # noqa: S608


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(file.absolute()))}?mode=rw", uri=True, timeout=20)


# -- PostgreSQL ----------------------------------------------------------------------------------------------------------


def _dumped(folder: Path, say: Callable[[str], None]) -> tuple[str, dict[str, Table], tuple[str, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        [moment] = cursor.fetchone()
        say("copying the database")
        _run([program("pg_dump"), "--format=custom", "--compress=0", "--no-owner", "--no-privileges",
              f"--snapshot={moment}", f"--file={folder / DUMP}", f"--dbname={_dsn()}"])  # fmt: skip
        say("counting its rows")

        def asked(statement: str) -> Any:
            cursor.execute(statement)
            return cursor.fetchall()

        return DUMP, _tables_of_postgresql(cursor), _migrations(asked)


def _tables_of_postgresql(cursor: Any) -> dict[str, Table]:
    for statement in _ALIKE:
        cursor.execute(statement)
    found = {}
    for name in sorted(connection.introspection.table_names(cursor)):
        cursor.execute(_SUM.format(connection.ops.quote_name(name)))
        rows, digest = cursor.fetchone()
        found[name] = Table(rows, digest)
    return found


def _dsn() -> str:
    """How to reach the database, without the password: what runs here can be seen by others on this machine."""
    connection.ensure_connection()
    return make_conninfo(**connection.connection.info.get_parameters())


def _run(command: list[str]) -> None:
    surroundings = dict(os.environ)
    if password := connection.connection.info.password:
        surroundings["PGPASSWORD"] = password
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise SegueError(f"{Path(command[0]).name} failed: {' '.join(said[:3]) or f'exit status {done.returncode}'}")


def _migrations(ask: Callable[[str], Iterable[tuple[str]]]) -> tuple[str, ...]:
    return tuple(name for (name,) in ask(_MIGRATIONS))
