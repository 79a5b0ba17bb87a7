"""MovieLens (Harper, Konstan 2015): ratings of films, in its own three forms and in RecBole's.

Beside the ratings, the films (u.item, movies.csv, movies.dat, *.item) and the people (u.user, users.dat) are read too.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from segue.errors import BadFile
from segue.library.library import Library
from segue.sources.base import Rejects
from segue.sources.delimited import Field, Layout, header_of, read
from segue.sources.files import ZIP_HEAD, NamedFile, files_beside, files_of, unpacked
from segue.sources.ids import DIGITS, namespaced
from segue.sources.movielens_films import films, films_among
from segue.sources.ratings import LATEST_SECOND, described, rated

_COLUMNS = ("user", "item", "rating", "time")


def _ratings(title: str, names: tuple[str, ...] = _COLUMNS, separator: str = "\t", *, header: bool = True) -> Layout:
    user, item, rating, time = names
    return Layout(
        title,
        (
            Field(user, pattern=DIGITS),
            Field(item, pattern=DIGITS),
            Field(rating, pl.Float64, minimum=0.5, maximum=5),
            Field(time, pl.Float64, optional=True, minimum=0, maximum=LATEST_SECOND),
        ),
        separator=separator,
        header=header,
        key=(user, item),
    )


RATINGS = {
    "u.data": _ratings("the u.data of MovieLens 100K", header=False),
    "ratings.csv": _ratings("the ratings.csv of MovieLens", ("userId", "movieId", "rating", "timestamp"), ","),
    "ratings.dat": _ratings("the ratings.dat of MovieLens 1M", separator="::", header=False),
    ".inter": _ratings(
        "a RecBole .inter file of MovieLens",
        ("user_id:token", "item_id:token", "rating:float", "timestamp:float"),
    ),
}
PEOPLE = {
    "u.user": Layout(
        "the u.user of MovieLens 100K",
        (
            Field("user", pattern=DIGITS), Field("age", pl.Int32, optional=True, minimum=1, maximum=117),
            Field("gender", pl.String, optional=True), Field("occupation", pl.String, optional=True),
            Field("zip", pl.String, optional=True),
        ),
        separator="|", header=False, key=("user",),
    ),
    "users.dat": Layout(
        "the users.dat of MovieLens 1M",
        (
            Field("user", pattern=DIGITS), Field("gender", pl.String, optional=True),
            Field("age_group", pl.Int32, optional=True), Field("occupation", pl.String, optional=True),
            Field("zip", pl.String, optional=True),
        ),
        separator="::", header=False, key=("user",),
    ),
}  # fmt: skip
# The ages of 100K were given while the ratings were collected, from September 1997 to April 1998.
_YEAR_OF_AGES = 1998
_U_DATA = re.compile(rb"[0-9]+\t[0-9]+\t[0-9.]+\t[0-9]{6,}\r?")
_RATINGS_DAT = re.compile(rb"[0-9]+::[0-9]+::[0-9.]+::[0-9]+\r?")
_EDITION = re.compile(r"(ml-[0-9a-z-]+)(?:\.[a-z]+)*")


@dataclass(frozen=True)
class MovieLens:
    """Reads a directory, a zip, or the file of ratings with the others beside it."""

    title: str = "MovieLens: u.data, ratings.csv, ratings.dat or RecBole's ml-*.inter"

    def recognises(self, path: Path, head: bytes) -> bool:
        """By the header or the first lines of the ratings."""
        if head and not head.startswith(ZIP_HEAD):
            return _form(NamedFile(path).name, unpacked(head)) is not None
        with suppress(BadFile, OSError):
            return any(_form(name, file.head()) for name, file in files_of(path).items() if _form_by_name(name))
        return False

    def read(self, path: Path, rejects: Rejects) -> Library:
        """Feedback of kind rating, and films as tracks of kind film. Raises `BadFile`."""
        for name, file in files_of(path).items():
            form = _form(name, file.head()) or _form_by_name(name)
            if form is not None:
                return _read(file, form, files_beside(path), _edition(path, form), rejects)
        raise BadFile(f"{path}: has no ratings of MovieLens (u.data, ratings.csv, ratings.dat or ml-*.inter)")


def _form(name: str, head: bytes) -> str | None:
    """Which of `RATINGS` a file is, judged by its beginning."""
    if {"userId", "movieId", "rating"} <= set(header_of(head)):
        return "ratings.csv"
    if name.startswith("ml-") and {"user_id:token", "item_id:token", "rating:float"} <= set(header_of(head, "\t")):
        return ".inter"
    lines = head.split(b"\n")
    whole = [line for line in (lines[:-1] or lines) if line.strip()]
    for form, pattern in (("u.data", _U_DATA), ("ratings.dat", _RATINGS_DAT)):
        if whole and all(pattern.fullmatch(line) for line in whole):
            return form
    return None


def _form_by_name(name: str) -> str | None:
    return ".inter" if name.endswith(".inter") else name if name in RATINGS else None


def _edition(path: Path, form: str) -> str:
    """Which MovieLens it is, for its ids: the editions number their users and films apart."""
    if form == "u.data":
        return "ml-100k"
    names = (path.name.lower(), path.absolute().parent.name.lower())
    return next((match[1] for match in map(_EDITION.fullmatch, names) if match), "movielens")


def _read(file: NamedFile, form: str, files: dict[str, NamedFile], name: str, rejects: Rejects) -> Library:
    layout = RATINGS[form]
    rows = read(file, layout, rejects)
    rows = rows.rename({field.name: plain for field, plain in zip(layout.fields, _COLUMNS, strict=True)})
    library = rated(rows, name, "film")
    for beside, people in PEOPLE.items():
        if beside in files:
            library = library.merge(Library.of(listeners=_people(read(files[beside], people, rejects), name)))
    for beside in films_among(files):
        library = library.merge(Library.of(tracks=described(films(files[beside], rejects), name, "film")))
    return library


def _people(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    born = _YEAR_OF_AGES - pl.col("age") if "age" in rows.columns else pl.lit(None)
    return rows.select(
        listener_id=namespaced(rows["user"], f"{name}:listener:").cast(pl.String),
        birth_year=born,
        gender=pl.col("gender").replace_strict({"M": "male", "F": "female"}, default=None, return_dtype=pl.String),
    )


SOURCE = MovieLens()
