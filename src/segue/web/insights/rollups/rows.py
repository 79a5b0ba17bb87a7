"""Rows of the database as frames, many at a time, without a model made of any: memory does not grow with rows."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from django.db import connection

AT_ONCE = 1 << 17
_FETCHED_AT_ONCE = 1 << 12
"""Rows of SQLite become objects of Python on the way: few enough to stay in the processor's cache."""
_BYTES_AT_ONCE = 1 << 24
NOTHING = -(2**62)
"""Stands for NULL on the way."""

_LISTENS = {"listener": "listener_id", "track": "track_id", "artist": "artist_id", "time_ms": "time_ms", "ms_played": "ms_played",
            "skipped": "CAST(skipped AS INTEGER)", "plays": "plays"}  # fmt: skip


def listens() -> Iterator[pl.DataFrame]:
    """All listens, as they lie in the database: listener, track, artist, time_ms, ms_played, skipped (0, 1), plays; i64."""
    return integers(_LISTENS, "FROM listening_listen")


def integers(columns: Mapping[str, str], source: str) -> Iterator[pl.DataFrame]:
    """Columns of whole numbers (an expression for each name; null where it is NULL), of a FROM clause, in frames of many rows."""
    chosen = ", ".join(f"COALESCE({column}, {NOTHING})" for column in columns.values())
    statement = f"SELECT {chosen} {source}"
    found = (
        _copied(statement, list(columns)) if connection.vendor == "postgresql" else _fetched(statement, list(columns))
    )
    for frame in found:
        yield frame.select(pl.when(pl.col(name) != NOTHING).then(pl.col(name)).alias(name) for name in columns)


def _fetched(statement: str, names: Sequence[str]) -> Iterator[pl.DataFrame]:
    # COALESCE is no column: sqlite3 hands its numbers over as they are, without a call of Django's for each.
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(_FETCHED_AT_ONCE):
            columns = (np.array(column, np.int64) for column in zip(*rows, strict=True))
            yield pl.DataFrame(dict(zip(names, columns, strict=True)))


def _copied(statement: str, names: Sequence[str]) -> Iterator[pl.DataFrame]:
    schema = dict.fromkeys(names, pl.Int64)
    with connection.cursor() as cursor, cursor.cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv)") as copy:
        waiting = bytearray()
        for block in copy:
            waiting += block
            if len(waiting) > _BYTES_AT_ONCE:
                end = waiting.rfind(b"\n") + 1
                yield _read(waiting[:end], schema)
                del waiting[:end]
        if waiting:
            yield _read(waiting, schema)


def _read(lines: bytearray, schema: dict[str, type[pl.Int64]]) -> pl.DataFrame:
    return pl.read_csv(io.BytesIO(lines), has_header=False, schema=schema)


def all_rows(statement: str, schema: Mapping[str, Any]) -> pl.DataFrame:
    """What a statement gives, whole: for tables of people and of the catalogue."""
    frames = [pl.DataFrame(schema=schema)]
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(AT_ONCE):
            frames.append(pl.DataFrame(rows, schema, orient="row"))
    return pl.concat(frames)


def one_row(statement: str) -> tuple[Any, ...]:
    """The only row of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: tuple[Any, ...] = cursor.fetchone()
    return found
