"""Many rows into the database at once: `executemany` into SQLite, COPY and one statement into PostgreSQL.

Each call is one transaction. Names of tables and columns are the models'; values are never part of a statement.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from django.db import connection, models, transaction

from segue.web.catalog.rows import defaults

_STAGED = "segue_rows"
_ROWS_AT_ONCE = 10_000


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


def upsert(how: Upsert, frame: pl.DataFrame) -> int:
    """Put rows in; no two of `frame` (columns of the database) may have the same key. How many were new or changed."""
    if not frame.height:
        return 0
    changing, frame = frame.columns, _whole(how.model, frame)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            given = f"VALUES ({', '.join(['?'] * frame.width)})"
            return _many(how.statement(frame.columns, changing, given), frame)
        with _staged(cursor, how.model, frame), _checked_at_once(cursor, how):
            given = f"SELECT {', '.join(frame.columns)} FROM {_STAGED}"  # noqa: S608 - names of the models
            cursor.execute(how.statement(frame.columns, changing, given))
            return int(cursor.rowcount)


def insert(model: type[models.Model], frame: pl.DataFrame) -> int:
    """Put in rows that are not there. How many."""
    if not frame.height:
        return 0
    frame = _whole(model, frame)
    with transaction.atomic(), connection.cursor() as cursor:
        _put(cursor, model._meta.db_table, frame)
    return frame.height


def delete(model: type[models.Model], compared: Mapping[str, str], frame: pl.DataFrame) -> int:
    """Delete what stands to any row of `frame` as `compared` says: {"track_id": "=", "position": ">="}. How many."""
    table = model._meta.db_table
    if not frame.height:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            where = " AND ".join(f"{name} {sign} ?" for name, sign in compared.items())
            return _many(f"DELETE FROM {table} WHERE {where}", frame.select(*compared))  # noqa: S608 - names of the models
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
        _many(f"INSERT INTO {table} ({chosen}) VALUES ({', '.join(['?'] * frame.width)})", frame)  # noqa: S608
        return
    text = io.BytesIO()
    frame.write_csv(text, include_header=False)
    with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({chosen}) FROM STDIN (FORMAT csv)") as copy:
        copy.write(text.getbuffer())


def _many(statement: str, frame: pl.DataFrame) -> int:
    """Past Django's cursor, which would look for marks of its own in the statement. How many rows were written."""
    with connection.wrap_database_errors:
        made = connection.connection.executemany(statement, frame.iter_rows(buffer_size=_ROWS_AT_ONCE))
    return int(made.rowcount)


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
    cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
    if not how.parents or not cursor.fetchone()[0]:
        yield
        return
    for column, parent in how.parents.items():
        table = parent._meta.db_table
        named = f"SELECT {column} FROM {_STAGED}"  # noqa: S608 - names of the models
        cursor.execute(f"SELECT count(*) FROM (SELECT FROM {table} WHERE id IN ({named}) FOR KEY SHARE) AS held")  # noqa: S608
        cursor.execute(
            f"DELETE FROM {_STAGED} WHERE {column} IS NOT NULL AND NOT EXISTS (SELECT FROM {table} WHERE id = {_STAGED}.{column})"  # noqa: S608
        )
    cursor.execute("SET LOCAL session_replication_role = replica")
    yield
    cursor.execute("SET LOCAL session_replication_role = origin")
