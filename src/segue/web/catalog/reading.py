"""Tables of the database as frames of the Library, a batch at a time, all as they were at one moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import polars as pl
from django.db import connection, transaction

from segue.library.tables import TABLES
from segue.web.catalog.models import Credit
from segue.web.catalog.rows import BY_KEY, MODELS, columns, refers_to, to_library
from segue.web.playlists.models import Entry

_DTYPES = {"String": pl.String, "Boolean": pl.Boolean, "Date": pl.Date, "Float32": pl.Float64, "Float64": pl.Float64}


@contextmanager
def one_moment() -> Iterator[None]:
    """All that is read inside is as it was when it began; others may write."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        # A transaction of Django's would keep others from writing.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


class Keys:
    """The keys of rows by primary key, of those tables that have them; each table is read once."""

    def __init__(self) -> None:
        self._of: dict[str, pl.DataFrame] = {}

    def named(self, table: str, ids: pl.Series) -> pl.Series:
        """The keys of rows with these primary keys; null for null."""
        if table not in self._of:
            statement = f"SELECT id, key FROM {BY_KEY[table]._meta.db_table}"  # noqa: S608 - names of the models
            parts = list(_fetched(statement, pl.Schema({"id": pl.Int64, "key": pl.String}), 1 << 16))
            self._of[table] = pl.concat(parts)
        wanted = ids.alias("id").to_frame()
        return wanted.join(self._of[table], on="id", how="left", maintain_order="left")["key"].alias(ids.name)


def batches(table: str, keys: Keys, rows: int) -> Iterator[pl.DataFrame]:
    """A table as conforming frames of at most `rows` rows, at least one, in the order in which rows came to the database."""
    called = columns(table)
    schema = pl.Schema({"id": pl.Int64} | {kept: _dtype(table, name) for name, kept in called.items()})
    database_table = MODELS[table]._meta.db_table
    statement = f"SELECT {', '.join(schema)} FROM {database_table} ORDER BY id"  # noqa: S608 - names of the models
    for batch in _fetched(statement, schema, rows):
        whole = _with_lists(table, batch, keys)
        named = [keys.named(target, whole[name]) for name in called if (target := refers_to(table, name))]
        yield to_library(table, whole.with_columns(named))


def _dtype(table: str, name: str) -> pl.DataType | type[pl.DataType]:
    """What the database gives for a column of the Library: primary keys, JSON as text, times as numbers."""
    if refers_to(table, name):
        return pl.Int64
    dtype = TABLES[table].schema[name]
    if isinstance(dtype, pl.List | pl.Categorical):
        return pl.String
    return _DTYPES.get(str(dtype), pl.Int64)


def _fetched(statement: str, schema: pl.Schema, rows: int) -> Iterator[pl.DataFrame]:
    """What a statement gives, `rows` at a time; one empty frame where it gives nothing."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        yield pl.DataFrame(cursor.fetchmany(rows), schema, orient="row")
        while found := cursor.fetchmany(rows):
            yield pl.DataFrame(found, schema, orient="row")


def _with_lists(table: str, batch: pl.DataFrame, keys: Keys) -> pl.DataFrame:
    """Tracks with their artists, and playlists with their tracks.

    No artists are null: nobody knows who made it. A playlist may be empty, and a track with artists may have no guests.
    """
    nothing = pl.lit([], dtype=pl.List(pl.String))
    if table == "tracks":
        found = _rows_of(Credit._meta.db_table, ("track_id", "artist_id", "position", "featured"), batch["id"])
        main, guests = (found.filter(pl.col("featured") == featured) for featured in (False, True))
        batch = batch.with_columns(
            artist_ids=_lists(main, batch["id"], "artists", keys),
            featured_artist_ids=_lists(guests, batch["id"], "artists", keys),
        )
        credited = pl.when(pl.col("artist_ids").is_not_null()).then(nothing)
        batch = batch.with_columns(pl.coalesce("featured_artist_ids", credited))
    elif table == "playlists":
        found = _rows_of(Entry._meta.db_table, ("playlist_id", "track_id", "position"), batch["id"])
        batch = batch.with_columns(track_ids=_lists(found, batch["id"], "tracks", keys))
        batch = batch.with_columns(pl.coalesce("track_ids", nothing))
    return batch


def _rows_of(table: str, names: Sequence[str], owners: pl.Series) -> pl.DataFrame:
    """The rows of a list's owners, which are in the order of their primary keys. The first of `names` is the owner's."""
    schema = pl.Schema({name: pl.Boolean if name == "featured" else pl.Int64 for name in names})
    if owners.is_empty():
        return pl.DataFrame(schema=schema)
    with connection.cursor() as cursor:
        statement = f"SELECT {', '.join(names)} FROM {table} WHERE {names[0]} BETWEEN %s AND %s"  # noqa: S608
        cursor.execute(statement, [owners[0], owners[-1]])
        return pl.DataFrame(cursor.fetchall(), schema, orient="row")


def _lists(rows: pl.DataFrame, owners: pl.Series, named: str, keys: Keys) -> pl.Series:
    """For each owner the keys of what its rows name, by position; null where there are none."""
    owner, what = rows.columns[:2]
    found = rows.with_columns(keys.named(named, rows[what])).group_by(owner).agg(pl.col(what).sort_by("position"))
    wanted = owners.alias(owner).to_frame()
    return wanted.join(found, on=owner, how="left", maintain_order="left")[what]
