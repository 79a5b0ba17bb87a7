"""Goodbooks-10k (Zajac 2017): ratings of books, with books.csv where it lies beside them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from segue.errors import BadFile
from segue.library.library import Library
from segue.library.titles import text_id
from segue.sources.base import Rejects
from segue.sources.delimited import Field, Layout, header_of, read
from segue.sources.files import ZIP_HEAD, files_beside, files_of, unpacked
from segue.sources.ids import DIGITS
from segue.sources.ratings import described, rated
from segue.sources.spotify_tables import artists_of

NAME, RATINGS, BOOKS = "goodbooks-10k", "ratings.csv", "books.csv"
_RATINGS = Layout(
    "the ratings.csv of Goodbooks-10k",
    (
        Field("user_id", pattern=DIGITS),
        Field("book_id", pattern=DIGITS),
        Field("rating", pl.Float64, minimum=1, maximum=5),
    ),
    separator=",",
    key=("user_id", "book_id"),
)
_BOOKS = Layout(
    "the books.csv of Goodbooks-10k",
    (
        Field("book_id", pattern=DIGITS),
        Field("title", pl.String),
        Field("authors", pl.String, optional=True),
        Field("original_publication_year", pl.Float64, optional=True),
        Field("language_code", pl.String, optional=True),
    ),
    separator=",",
    quoted=True,
    key=("book_id",),
)
_LANGUAGES = {"eng": "en", "fre": "fr", "spa": "es", "ger": "de", "ita": "it", "por": "pt", "jpn": "ja", "ara": "ar"}


@dataclass(frozen=True)
class Goodbooks:
    """Reads a directory, a zip, or ratings.csv with books.csv beside it."""

    title: str = "Goodbooks-10k: ratings.csv with user_id, book_id, rating"

    def recognises(self, path: Path, head: bytes) -> bool:
        """By the header of the ratings."""
        with suppress(BadFile, OSError):
            if not head or head.startswith(ZIP_HEAD):
                files = files_of(path)
                head = files[RATINGS].head() if RATINGS in files else b""
            return {"user_id", "book_id", "rating"} <= set(header_of(unpacked(head)))
        return False

    def read(self, path: Path, rejects: Rejects) -> Library:
        """Feedback of kind rating, and books as tracks of kind book. Raises `BadFile`."""
        files = files_of(path)
        ratings = files.get(RATINGS) or next(iter(files.values()), None)
        if ratings is None:
            raise BadFile(f"{path}: has no {RATINGS}; Goodbooks-10k has one")
        rows = read(ratings, _RATINGS, rejects).rename({"user_id": "user", "book_id": "item"})
        library = rated(rows, NAME, "book")
        books = files_beside(path).get(BOOKS)
        return library if books is None else library.merge(_books(read(books, _BOOKS, rejects)))


def _books(rows: pl.DataFrame) -> Library:
    authors = [list(dict.fromkeys(_names(text))) for text in rows["authors"]]
    year = pl.col("original_publication_year")
    # Homer's year is -750: a date begins with the year 1000 here.
    date = pl.when(year.is_between(1000, 2100)).then(pl.date(year.clip(1000, 2100).cast(pl.Int32), 1, 1))
    code = pl.col("language_code").str.to_lowercase().str.split("-").list.first()
    books = rows.select(
        date.alias("date"),
        item="book_id",
        title="title",
        artist_ids=pl.Series(
            [[text_id("artist", name) for name in names] for names in authors], dtype=pl.List(pl.String)
        ),
        date_precision=pl.when(date.is_not_null()).then(pl.lit("year")),
        language=pl.when(code.str.len_chars() == 2).then(code).otherwise(code.replace_strict(_LANGUAGES, default=None)),
    )
    return Library.of(
        tracks=described(books, NAME, "book"), artists=artists_of(name for names in authors for name in names)
    )


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


SOURCE = Goodbooks()
