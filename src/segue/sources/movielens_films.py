"""The films of MovieLens, in the forms they come in beside the ratings."""

from __future__ import annotations

import polars as pl

from segue.sources.base import Rejects
from segue.sources.delimited import Field, Layout, read
from segue.sources.files import NamedFile
from segue.sources.ids import DIGITS

# In the order of the last 19 columns of u.item; "unknown" is no genre.
_GENRES = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
_NO_GENRE = ("unknown", "(no genres listed)")
_YEAR = r"\(((?:18|19|20)\d\d)\)\s*$"


def _film_fields(item: str, title: str, *others: str) -> tuple[Field, ...]:
    return (
        Field(item, pattern=DIGITS),
        Field(title, pl.String),
        *(Field(name, pl.String, optional=True) for name in others),
    )


_LAYOUTS = {
    "u.item": Layout(
        "the u.item of MovieLens 100K", _film_fields("item", "title", "released", "video", "url", *_GENRES),
        separator="|", header=False, latin1=True, key=("item",),
    ),
    "movies.dat": Layout(
        "the movies.dat of MovieLens 1M", _film_fields("item", "title", "genres"),
        separator="::", header=False, latin1=True, key=("item",),
    ),
    "movies.csv": Layout(
        "the movies.csv of MovieLens", _film_fields("movieId", "title", "genres"),
        separator=",", quoted=True, key=("movieId",),
    ),
    ".item": Layout(
        "a RecBole .item file of MovieLens",
        _film_fields("item_id:token", "movie_title:token_seq", "class:token_seq", "release_year:token"),
        key=("item_id:token",),
    ),
}  # fmt: skip


def films_among(files: dict[str, NamedFile]) -> list[str]:
    """The names of those files that are of films."""
    return [name for name in files if name in _LAYOUTS or (name.startswith("ml-") and name.endswith(".item"))]


def films(file: NamedFile, rejects: Rejects) -> pl.DataFrame:
    """`item`, and columns of tracks: `title`, `genres`, `date` and `date_precision`."""
    layout = _LAYOUTS.get(file.name, _LAYOUTS[".item"])
    rows = read(file, layout, rejects)
    rows = rows.rename({layout.fields[0].name: "item", layout.fields[1].name: "title"})
    year = pl.col("title").str.extract(_YEAR)
    if "release_year:token" in rows.columns:
        year = pl.col("release_year:token").str.extract(r"^((?:18|19|20)\d\d)$")
    day = pl.col("released").str.to_date("%d-%b-%Y", strict=False) if "released" in rows.columns else pl.lit(None)
    genres = _flagged() if "Western" in rows.columns else _listed(rows)
    return rows.select(
        "item",
        pl.col("title").str.strip_chars(),
        genres=genres.list.filter(~pl.element().is_in(_NO_GENRE)),
        date=pl.coalesce(day, (year + "-01-01").str.to_date("%Y-%m-%d", strict=False)),
        date_precision=pl.when(day.is_not_null()).then(pl.lit("day")).when(year.is_not_null()).then(pl.lit("year")),
    )


def _flagged() -> pl.Expr:
    return pl.concat_list(pl.when(pl.col(genre) == "1").then(pl.lit(genre)) for genre in _GENRES).list.drop_nulls()


def _listed(rows: pl.DataFrame) -> pl.Expr:
    name, separator = ("class:token_seq", " ") if "class:token_seq" in rows.columns else ("genres", "|")
    return pl.col(name).str.split(separator)
