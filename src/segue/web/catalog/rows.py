"""The Library's tables as rows of the database, and back: how columns are called, and what values become."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from django.db import models

from segue.library.tables import NAMES, REPEATED_ID, TABLES, TAGS, TIME, VECTOR, Column
from segue.web.catalog.models import Artist, AudioFile, Relation, Release, Track
from segue.web.listening.models import Feedback, Listen, Listener, Tagging
from segue.web.playlists.models import Playlist

MODELS: dict[str, type[models.Model]] = {
    "artists": Artist, "releases": Release, "tracks": Track, "listeners": Listener, "listens": Listen,
    "feedback": Feedback, "taggings": Tagging, "playlists": Playlist, "relations": Relation, "files": AudioFile,
}  # fmt: skip
"""The model of each table, in the order in which they can be written."""
BY_KEY = {"artists": Artist, "releases": Release, "tracks": Track, "listeners": Listener, "playlists": Playlist}
"""Those whose rows have a `key`, which the Library calls an id."""
ROWS_OF_THEIR_OWN = {"tracks": ("artist_ids", "featured_artist_ids"), "playlists": ("track_ids",)}
"""Lists that the database keeps as rows: credits and entries."""

_NAMES = {
    "artist_ids": "artist_keys",
    "key": "musical_key",
    "time": "time_ms",
    "modified": "modified_ms",
    "expires": "expires_ms",
}
# What people read is cut where it is too long; a code that is too long is none.
_PROSE = {"name", "title", "label", "tag", "source"}
_LISTS = (NAMES, TAGS, VECTOR)
_LONGEST_PATH = 2000
_FIRST_DAY, _LAST_DAY = pl.date(1, 1, 1), pl.date(9999, 12, 31)


def columns(table: str) -> dict[str, str]:
    """The Library's columns that are columns of the database too, and what they are called there."""
    return {
        column.name: _called(table, column.name)
        for column in TABLES[table].columns
        if column.name not in ROWS_OF_THEIR_OWN.get(table, ())
    }


def refers_to(table: str, column: str) -> str | None:
    """The table whose rows a column names, where that is a foreign key."""
    found = next(known for known in TABLES[table].columns if known.name == column)
    return None if found.refers_to is None or found.dtype == NAMES else found.refers_to.split(".")[0]


def to_database(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of a conforming frame under their names in the database, as values that it takes.

    Foreign keys stay texts. Texts lose NUL characters; what is too long, not finite or no day of the calendar is cut or null.
    """
    model = MODELS[table]
    known = {column.name: column for column in TABLES[table].columns}
    return frame.select(_kept(model, known[name], called).alias(called) for name, called in columns(table).items())


def to_library(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The reverse of `to_database`, of columns that went through the database; foreign keys are texts again."""
    called = columns(table)
    known = {column.name: column for column in TABLES[table].columns}
    made = frame.with_columns(_given(known[name], kept).alias(name) for name, kept in called.items() if kept in frame)
    return TABLES[table].conform(made.select(name for name in known if name in made.columns))


def clean(text: pl.Expr) -> pl.Expr:
    """Text without the character that PostgreSQL does not take; empty ids and codes are none."""
    stripped = text.cast(pl.String).str.replace_all("\0", "", literal=True)
    return pl.when(stripped != "").then(stripped)


def defaults(model: type[models.Model], given: list[str]) -> dict[str, Any]:
    """What a new row has in the columns that are not given and may not be null."""
    found: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        assert field.column is not None
        if field.column in given or field.primary_key or field.null:
            continue
        value = field.get_default()
        found[field.column] = json.dumps(value) if isinstance(field, models.JSONField) else value
    return found


def _called(table: str, name: str) -> str:
    if (name,) == TABLES[table].key and table != "files":
        return "key"
    return _NAMES.get(name, name)


def _kept(model: type[models.Model], column: Column, called: str) -> pl.Expr:
    value = pl.col(column.name)
    if column.dtype in _LISTS:
        return _as_json(column)
    if column.dtype == TIME:
        return value.dt.epoch("ms")
    if column.dtype == pl.Date:
        # Texts are dates to both databases, and no date of Python's is to SQLite.
        return pl.when(value.is_between(_FIRST_DAY, _LAST_DAY)).then(value.cast(pl.String))
    if column.dtype == pl.Float32:
        return pl.when(value.is_finite()).then(value.cast(pl.Float64))
    if column.dtype in (pl.String, REPEATED_ID):
        return clean(value) if column.refers_to else _text(model, column, called)
    return value


def _text(model: type[models.Model], column: Column, called: str) -> pl.Expr:
    value = pl.col(column.name).cast(pl.String).str.replace_all("\0", "", literal=True)
    longest = getattr(model._meta.get_field(called), "max_length", None)
    if column.required or called == "key":
        value = pl.when(value != "").then(value)
    if column.name == "path":
        return pl.when(value.str.len_bytes() <= _LONGEST_PATH).then(value)
    if longest is None:
        return value
    return (
        value.str.slice(0, longest) if column.name in _PROSE else pl.when(value.str.len_chars() <= longest).then(value)
    )


def _as_json(column: Column) -> pl.Expr:
    name, one = column.name, pl.element()
    if column.dtype == NAMES:
        value = pl.col(name).list.eval(one.str.replace_all("\0", "", literal=True))
    elif column.dtype == TAGS:
        word, weight = pl.field("tag").str.replace_all("\0", "", literal=True), pl.field("weight")
        value = pl.col(name).list.eval(
            one.struct.with_fields(word, pl.when(weight.is_finite()).then(weight).alias("weight"))
        )
    else:
        value = pl.col(name)  # what is not finite is null in JSON
    text = pl.struct(value.alias("x")).struct.json_encode().str.slice(len('{"x":')).str.head(-1)
    return pl.when(pl.col(name).is_not_null()).then(text)


def _given(column: Column, kept: str) -> pl.Expr:
    value = pl.col(kept)
    if column.dtype in _LISTS:
        return value.cast(pl.String).str.json_decode(column.dtype)
    if column.dtype == TIME:
        return value.cast(pl.Int64).cast(TIME)
    if column.dtype == pl.Date:
        return value.cast(pl.Date)
    return value
