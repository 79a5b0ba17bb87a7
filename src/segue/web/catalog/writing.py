"""Many rows into the database at once: `executemany` into SQLite, COPY and one statement into PostgreSQL.

Each call is one transaction. Names of tables and columns are the models'; values are never part of a statement.
"""

from __future__ import annotations

import contextlib
import io
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from django.db import IntegrityError, connection, models, transaction

from segue.web.catalog.rows import defaults

_STAGED = "segue_rows"
_ROWS_AT_ONCE = 1 << 13
_ROWS_IN_A_STATEMENT = 50
_PAGES_IN_THE_LOG = 1 << 14  # 64 MiB
_CHECKS_OFF, _CHECKS_ON = (f"SET LOCAL session_replication_role = {role}" for role in ("replica", "origin"))


@dataclass(frozen=True)
class Upsert:
    """How rows of a model are put in: new ones as they are, known ones changed where they differ.

    Attributes:
        model: whose rows.
        key: the columns that tell rows apart, of a unique index.
        only: the condition of that index, where it is of some rows only.
        sets: what columns of known rows become; `new` and `old` in braces are the two rows. Those that are not named here become
            the new value, or stay where that is null.
        also: what else changes in known rows, if anything does.
        unless: which known rows stay as they are.
        parents: columns that name rows of other models. PostgreSQL checks these for all rows at once, where it may.
    """

    model: type[models.Model]
    key: tuple[str, ...]
    only: str = ""
    sets: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)
    unless: str = "FALSE"
    parents: Mapping[str, type[models.Model]] = field(default_factory=dict)

    def statement(self, columns: Sequence[str], changing: Sequence[str], given: str) -> str:
        """The statement that puts rows in: `given` is where they come from, `changing` the columns that known rows take over."""
        table = self.model._meta.db_table
        usual = "COALESCE({{new}}.{0}, {{old}}.{0})"
        becomes = {
            name: self.sets.get(name, usual.format(name)).format(new="excluded", old=table)
            for name in changing
            if name not in self.key
        }
        change = "NOTHING"
        if becomes:
            differs = " OR ".join(f"{table}.{name} IS DISTINCT FROM {value}" for name, value in becomes.items())
            unless = self.unless.format(new="excluded", old=table)
            more = {name: value.format(new="excluded", old=table) for name, value in self.also.items()}
            changes = ", ".join(f"{name} = {value}" for name, value in (becomes | more).items())
            change = f"UPDATE SET {changes} WHERE ({unless}) IS NOT TRUE AND ({differs})"
        only = f" WHERE {self.only}" if self.only else ""
        known = f"ON CONFLICT ({', '.join(self.key)}){only} DO {change}"
        return f"INSERT INTO {table} ({', '.join(columns)}) {given} {known}"


def upsert(how: Upsert, frame: pl.DataFrame, *, likely_new: bool = False) -> int:
    """Put rows in; no two of `frame` (columns of the database) may have the same key. How many were new or changed.

    Where all are `likely_new` they are put in without a question, which takes less time, and compared only if that fails.
    """
    if not frame.height:
        return 0
    if likely_new:
        with contextlib.suppress(IntegrityError):
            return insert(how.model, frame, how.parents)
    changing, frame = frame.columns, _whole(how.model, frame)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return _many(lambda given: how.statement(frame.columns, changing, given), frame)
        with _staged(cursor, how.model, frame), _checked_at_once(cursor, how):
            given = f"SELECT {', '.join(frame.columns)} FROM {_STAGED}"  # noqa: S608 - names of the models
            cursor.execute(how.statement(frame.columns, changing, given))
            return int(cursor.rowcount)


def insert(
    model: type[models.Model], frame: pl.DataFrame, parents: Mapping[str, type[models.Model]] | None = None
) -> int:
    """Put in rows that are not there; `parents` as in `Upsert`. How many. Raises `IntegrityError`, and then puts none in."""
    if not frame.height:
        return 0
    frame = _whole(model, frame)
    with transaction.atomic(), connection.cursor() as cursor:
        at_once = bool(parents) and connection.vendor == "postgresql" and _may_check_at_once(cursor)
        if at_once:
            _hold(cursor, parents or {}, frame)
            cursor.execute(_CHECKS_OFF)
        _put(cursor, model._meta.db_table, frame)
        if at_once:
            cursor.execute(_CHECKS_ON)
    return frame.height


def delete(model: type[models.Model], compared: Mapping[str, str], frame: pl.DataFrame) -> int:
    """Delete what stands to any row of `frame` as `compared` says: {"track_id": "=", "position": ">="}. How many."""
    table = model._meta.db_table
    if not frame.height:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            where = " AND ".join(f"{name} {sign} ?" for name, sign in compared.items())
            rows = frame.select(*compared)
            return _executemany(f"DELETE FROM {table} WHERE {where}", _values(rows), rows.width)  # noqa: S608 - names of the models
        where = " AND ".join(f"{table}.{name} {sign} {_STAGED}.{name}" for name, sign in compared.items())
        with _staged(cursor, model, frame.select(*compared)):
            cursor.execute(f"DELETE FROM {table} USING {_STAGED} WHERE {where}")  # noqa: S608 - names of the models
            return int(cursor.rowcount)


def beside(model: type[models.Model], frame: pl.DataFrame, select: str) -> list[tuple[Any, ...]]:
    """What `select` finds, a statement in which `{rows}` is a table with the rows of `frame` and `{table}` the model's."""
    table = model._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor, _staged(cursor, model, frame):
        cursor.execute(f"ANALYZE {_STAGED}")
        cursor.execute(select.format(rows=_STAGED, table=table))
        return list(cursor.fetchall())


def _whole(model: type[models.Model], frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with the defaults of columns that they do not have."""
    return frame.with_columns(pl.lit(value).alias(name) for name, value in defaults(model, frame.columns).items())


def _put(cursor: Any, table: str, frame: pl.DataFrame) -> None:
    chosen = ", ".join(frame.columns)
    if connection.vendor == "sqlite":
        _many(lambda given: f"INSERT INTO {table} ({chosen}) {given}", frame)
        return
    with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({chosen}) FROM STDIN (FORMAT csv)") as copy:
        for part in frame.iter_slices(_ROWS_AT_ONCE * 4):
            text = io.BytesIO()
            part.write_csv(text, include_header=False)
            copy.write(text.getbuffer())


def _many(statement: Callable[[str], str], frame: pl.DataFrame) -> int:
    """Put rows in, many with each statement: SQLite takes longer to begin one than to put a row in. How many were written."""
    row, written = f"({', '.join(['?'] * frame.width)})", 0
    together = frame.height - frame.height % _ROWS_IN_A_STATEMENT
    for part, rows in ((frame[:together], _ROWS_IN_A_STATEMENT), (frame[together:], 1)):
        if part.height:
            given = f"VALUES {', '.join([row] * rows)}"
            written += _executemany(statement(given), _values(part), rows * frame.width)
    return written


def _values(frame: pl.DataFrame) -> Iterator[Any]:
    """All values, row by row."""
    parts = (part.rows() for part in frame.iter_slices(_ROWS_AT_ONCE))
    return itertools.chain.from_iterable(itertools.chain.from_iterable(parts))


def _executemany(statement: str, values: Iterator[Any], each: int) -> int:
    """Past Django's cursor, which would look for marks of its own in the statement. How many rows were written."""
    with connection.wrap_database_errors:
        made = connection.connection.executemany(statement, iter(lambda: tuple(itertools.islice(values, each)), ()))
    return int(made.rowcount)


@contextlib.contextmanager
def much_at_once() -> Iterator[None]:
    """SQLite brings its log into the file less often: a page that changes again and again is written there once."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    [usual] = connection.connection.execute("PRAGMA wal_autocheckpoint").fetchone()
    connection.connection.execute(f"PRAGMA wal_autocheckpoint={_PAGES_IN_THE_LOG}")
    try:
        yield
    finally:
        connection.connection.execute(f"PRAGMA wal_autocheckpoint={usual}")


@contextlib.contextmanager
def _staged(cursor: Any, model: type[models.Model], frame: pl.DataFrame) -> Iterator[None]:
    """Rows in a table of this connection only, with the types that the model's table has."""
    chosen, table = ", ".join(frame.columns), model._meta.db_table
    cursor.execute(f"CREATE TEMPORARY TABLE {_STAGED} AS SELECT {chosen} FROM {table} LIMIT 0")  # noqa: S608
    _put(cursor, _STAGED, frame)
    yield
    cursor.execute(f"DROP TABLE {_STAGED}")


@contextlib.contextmanager
def _checked_at_once(cursor: Any, how: Upsert) -> Iterator[None]:
    """Check foreign keys for all staged rows in one statement each, and not row by row, which takes longer than all the rest.

    Needs the right to set `session_replication_role` (a superuser's, or granted): without it, rows are checked one by one.
    Until the transaction ends, nobody deletes the rows that are named; staged rows that name what is gone are dropped.
    """
    if not how.parents or not _may_check_at_once(cursor):
        yield
        return
    for column, parent in how.parents.items():
        table = parent._meta.db_table
        named = f"SELECT {column} FROM {_STAGED}"  # noqa: S608 - names of the models
        cursor.execute(f"SELECT count(*) FROM (SELECT FROM {table} WHERE id IN ({named}) FOR KEY SHARE) AS held")  # noqa: S608
        cursor.execute(
            f"DELETE FROM {_STAGED} WHERE {column} IS NOT NULL AND NOT EXISTS (SELECT FROM {table} WHERE id = {_STAGED}.{column})"  # noqa: S608
        )
    cursor.execute(_CHECKS_OFF)
    yield
    cursor.execute(_CHECKS_ON)


def _may_check_at_once(cursor: Any) -> bool:
    cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
    return bool(cursor.fetchone()[0])


def _hold(cursor: Any, parents: Mapping[str, type[models.Model]], frame: pl.DataFrame) -> None:
    """Keep rows that are named from being deleted until the transaction ends. Raises `IntegrityError` where one is gone."""
    for column, parent in parents.items():
        named = frame[column].drop_nulls().unique().to_list()
        held = f"SELECT FROM {parent._meta.db_table} WHERE id = ANY(%s) FOR KEY SHARE"
        cursor.execute(f"SELECT count(*) FROM ({held}) AS held", [named])  # noqa: S608 - names of the models
        if cursor.fetchone()[0] != len(named):
            raise IntegrityError(f"{column} names what is not there")
