"""What tables of Spotify's tracks have in common: audio features, dates of three precisions, ids and credits."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

from segue.library.tables import AUDIO_FEATURES, TRACKS
from segue.library.titles import parse_title, text_id
from segue.sources.delimited import Field

_COLUMNS = {column.name: column for column in TRACKS.columns}

AUDIO_FIELDS = (
    *(
        Field(name, pl.Float64, optional=True, minimum=_COLUMNS[name].minimum, maximum=_COLUMNS[name].maximum)
        for name in AUDIO_FEATURES
    ),
    # -1: no key was found.
    Field("key", pl.Int32, optional=True, minimum=-1, maximum=11),
    Field("mode", pl.Int32, optional=True, minimum=0, maximum=1),
    Field("duration_ms", pl.Float64, optional=True, minimum=0, maximum=1e9),
)


def audio_columns() -> list[pl.Expr]:
    """The audio columns of tracks: an unknown key and a tempo of 0 (no beat was found) are null."""
    return [
        *(pl.col(name) for name in AUDIO_FEATURES if name != "tempo"),
        pl.when(pl.col("tempo") > 0).then(pl.col("tempo")).alias("tempo"),
        pl.when(pl.col("key") >= 0).then(pl.col("key")).alias("key"),
        pl.col("mode"),
        pl.col("duration_ms").round().cast(pl.Int64),
    ]


def date_columns(written: str) -> list[pl.Expr]:
    """`date` and `date_precision` of a column of text: 2012, 2012-05 or 2012-05-06; null for anything else."""
    text = pl.col(written)
    rest = text.str.len_bytes().replace_strict({4: "-01-01", 7: "-01", 10: ""}, default=None, return_dtype=pl.String)
    date = (text + rest).str.to_date("%Y-%m-%d", strict=False)
    date = pl.when(date.dt.year() >= 1000).then(date)
    precision = text.str.len_bytes().replace_strict(
        {4: "year", 7: "month", 10: "day"}, default=None, return_dtype=pl.String
    )
    return [date.alias("date"), pl.when(date.is_not_null()).then(precision).alias("date_precision")]


def artists_of(names: Iterable[str]) -> pl.DataFrame:
    """Artists known by their names only: ids that every source gives such a name, each with its first spelling."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(text_id("artist", name), name)
    return pl.DataFrame(
        {"artist_id": list(first), "name": list(first.values())}, schema={"artist_id": pl.String, "name": pl.String}
    )


def artist_id(name: str) -> pl.Expr:
    """The id of the artist named in a column."""
    return _each(name, lambda text: text_id("artist", text))


def kind_of(title: str) -> pl.Expr:
    """What the title in a column says it is: original, live, remix, cover or remaster."""
    return _each(title, lambda text: parse_title(text).kind)


def _each(name: str, change: Callable[[str], str]) -> pl.Expr:
    return pl.col(name).map_batches(lambda column: _mapped(column, change), return_dtype=pl.String)


def _mapped(column: pl.Series, change: Callable[[str], str]) -> pl.Series:
    distinct = column.drop_nulls().unique().to_list()
    changed = [change(text) for text in distinct]
    return column.replace_strict(distinct, changed, default=None, return_dtype=pl.String)
