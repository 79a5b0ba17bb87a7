"""The catalogue looked over: who made each track, when it came out, and what is wrong with the data."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import polars as pl
from django.db.models import Exists, OuterRef, Q, QuerySet

from segue.errors import NotEnoughData
from segue.library.titles import normalise
from segue.web import clock
from segue.web.catalog.models import Artist, Credit, Track
from segue.web.insights.nightly.details import Details, Part

SAMPLE = 20
SHORTEST_MS, LONGEST_MS = 1_000, 12 * 3_600_000
FIRST_RECORDING = date(1860, 1, 1)
"""Nothing older can be played: the phonautogram of Au clair de la lune is of April 1860."""
AHEAD = timedelta(days=366)
"""So far ahead a release may be announced."""
ALIKE_MS = 3_000
"""Tracks of one artist with one title are the same when their lengths differ by no more."""


def catalogue(before: Details | None) -> Part:
    """The tracks, and what is wrong. Raises `NotEnoughData` where there are none."""
    tracks = _tracks()
    if not tracks.height:
        raise NotEnoughData("there is no track in the catalogue yet: import a library")
    today = datetime.fromtimestamp(clock.now_ms() / 1000, UTC).date()
    rows: list[tuple[str, int, str, str, str]] = []
    for problem, wrong in _wrong(today).items():
        rows += _of_tracks(problem, wrong.count(), wrong.order_by("pk").values_list("pk", flat=True)[:SAMPLE])
    alike = _alike(tracks)
    rows += _of_tracks("looks like another", len(alike), alike[:SAMPLE])
    silent = Artist.objects.filter(~Exists(Credit.objects.filter(artist=OuterRef("pk"))))
    number = silent.count()
    rows += [("artist without tracks", number, key, name, name) for key, name in
             silent.order_by("pk").values_list("key", "name")[:SAMPLE]]  # fmt: skip
    names = ("problem", "number", "key", "title", "artist")
    schema = {name: pl.Int64 if name == "number" else pl.String for name in names}
    kept = tracks.select("track", "artist", "country", "released")
    return {"tracks": kept, "problems": pl.DataFrame(rows, schema=schema, orient="row")}, {
        "artists": Artist.objects.count()
    }


def named(pks: Iterable[int]) -> dict[int, tuple[str, str, str]]:
    """Key, title and main artist of tracks, by primary key; a few hundred at most."""
    wanted = list(pks)
    main = Credit.objects.filter(track_id__in=wanted, featured=False, position=0)
    artists = dict(main.values_list("track_id", "artist__name"))
    found = Track.objects.filter(pk__in=wanted).values_list("pk", "key", "title")
    return {pk: (key, title, artists.get(pk, "")) for pk, key, title in found}


def _tracks() -> pl.DataFrame:
    """Every track: track, title (as compared), released, duration_ms, and its first artist with their country."""
    columns = {"track": pl.Int64, "title": pl.String, "released": pl.Date, "duration_ms": pl.Int64}
    found = Track.objects.values_list("pk", "title", "date", "duration_ms").iterator(chunk_size=5_000)
    tracks = pl.DataFrame(
        ((pk, normalise(title), released, length) for pk, title, released, length in found), schema=columns, orient="row"
    )  # fmt: skip
    main = Credit.objects.filter(featured=False, position=0).values_list("track_id", "artist_id", "artist__country")
    credit = {"track": pl.Int64, "artist": pl.Int64, "country": pl.String}
    made_by = pl.DataFrame(main.iterator(chunk_size=5_000), schema=credit, orient="row")
    return tracks.join(made_by, on="track", how="left")


def _wrong(today: date) -> dict[str, QuerySet[Track]]:
    tracks = Track.objects.all()
    return {
        "no genre": tracks.filter(Q(genres__isnull=True) | Q(genres=[])),
        "no year": tracks.filter(date__isnull=True),
        "no length": tracks.filter(duration_ms__isnull=True),
        "impossible date": tracks.filter(Q(date__lt=FIRST_RECORDING) | Q(date__gt=today + AHEAD)),
        "impossible length": tracks.filter(Q(duration_ms__lt=SHORTEST_MS) | Q(duration_ms__gt=LONGEST_MS)),
        "no artist": tracks.filter(~Exists(Credit.objects.filter(track=OuterRef("pk")))),
    }


def _alike(tracks: pl.DataFrame) -> list[int]:
    """Tracks that another of the same artist is just like, by title and length."""
    length = pl.col("duration_ms")
    told = tracks.drop_nulls("artist").sort("artist", "title", "duration_ms", nulls_last=True)
    near = (length - length.shift(1) <= ALIKE_MS).fill_null(value=False)
    unknown = length.is_null() & length.shift(1).is_null()
    found = told.filter((pl.int_range(pl.len()) > 0).over("artist", "title") & (near | unknown).over("artist", "title"))
    return sorted(found["track"].to_list())


def _of_tracks(problem: str, number: int, some: Iterable[int]) -> list[tuple[str, int, str, str, str]]:
    """A row for each of some tracks; none where there are none."""
    if not number:
        return []
    return [(problem, number, *about) for _, about in sorted(named(some).items())]
