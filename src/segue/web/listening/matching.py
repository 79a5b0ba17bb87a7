"""Which tracks and artists of the catalogue are meant by those of a personal Library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import polars as pl

from segue.library.library import Library
from segue.library.matching import Matcher
from segue.web.catalog.models import Artist, Credit, Release, Track

_AT_ONCE = 20_000
_QUERY = ("mbid", "isrc", "spotify_uri", "artist", "title", "release", "duration_ms")


@dataclass(frozen=True)
class Missing:
    """A track or artist that is not in the catalogue: what it is called where it was found, and what comes near, as (key, name)."""

    id: str
    asked: str
    closest: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Matched:
    """The key in the catalogue of each id that was found, and what was not found."""

    keys: dict[str, str]
    missing: tuple[Missing, ...]


class Catalogue:
    """What the database has of names and ids, read once."""

    def __init__(self) -> None:
        self.library = _library()
        self.matcher = Matcher(self.library)
        self._artists = dict(self.library.artists.select("artist_id", "name").iter_rows())

    def tracks(self, personal: Library, track_ids: Sequence[str]) -> Matched:
        """Which tracks these are: by our own ids, by outside ids, by names, by likeness."""
        named = _named(personal, track_ids)
        found = self.matcher.match(named.select(_QUERY))
        own = set(self.library.tracks["track_id"])
        rows = zip(named["track_id"], named["asked"], found["track_id"], found["closest"], strict=True)
        told = [(one, asked, one if one in own else key, closest) for one, asked, key, closest in rows]
        return _matched(told, self._titles)

    def artists(self, personal: Library, artist_ids: Sequence[str]) -> Matched:
        """Which artists these are: by our own ids, by outside ids, by names."""
        asked = pl.DataFrame({"artist_id": artist_ids}, schema={"artist_id": pl.String}).join(
            personal.artists.select("artist_id", "name", "mbid", "spotify_uri"),
            on="artist_id", how="left", maintain_order="left",
        )  # fmt: skip
        found = self.matcher.match_artists(asked["name"])
        by = {
            name: dict(self.library.artists.select(name, "artist_id").drop_nulls().iter_rows())
            for name in ("mbid", "spotify_uri")
        }
        told = []
        for row, key, closest in zip(asked.iter_rows(named=True), found["artist_id"], found["closest"], strict=True):
            own = row["artist_id"] if row["artist_id"] in self._artists else None
            outside = by["mbid"].get(row["mbid"]) or by["spotify_uri"].get(row["spotify_uri"])
            told.append((row["artist_id"], row["name"] or row["artist_id"], own or outside or key, closest))
        return _matched(told, lambda keys: {key: self._artists[key] for key in keys})

    def _titles(self, keys: Sequence[str]) -> dict[str, str]:
        return dict(_named(self.library, keys).select("track_id", "asked").iter_rows())


def _matched(told: Sequence[tuple[str, str, str | None, Any]], names: Any) -> Matched:
    named = names(list(dict.fromkeys(key for _, _, found, closest in told if found is None for key in closest)))
    return Matched(
        {one: found for one, _, found, _ in told if found is not None},
        tuple(
            Missing(one, asked, tuple((key, named[key]) for key in closest))
            for one, asked, found, closest in told if found is None
        ),
    )  # fmt: skip


def _named(library: Library, track_ids: Sequence[str]) -> pl.DataFrame:
    """These tracks, in order, with what a query asks for and, as `asked`, what people call them."""
    artists = library.artists.select(artist_id="artist_id", artist="name")
    releases = library.releases.select("release_id", release="title")
    wanted = pl.DataFrame({"track_id": track_ids}, schema={"track_id": pl.String})
    return (
        wanted.join(library.tracks, on="track_id", how="left", maintain_order="left")
        .with_columns(artist_id=pl.col("artist_ids").list.first())
        .join(artists, on="artist_id", how="left", maintain_order="left")
        .join(releases, on="release_id", how="left", maintain_order="left")
        .with_columns(asked=pl.concat_str("artist", "title", separator=" - ", ignore_nulls=True).replace("", None))
        .with_columns(asked=pl.coalesce("asked", "track_id"))
    )


def _library() -> Library:
    """The names and ids of the catalogue, as a Library."""
    artists = _frame(Artist.objects.values_list("key", "name", "mbid", "spotify_uri", "popularity"), {
        "artist_id": pl.String, "name": pl.String, "mbid": pl.String, "spotify_uri": pl.String, "popularity": pl.Float32,
    })  # fmt: skip
    releases = _frame(Release.objects.values_list("key", "title"), {"release_id": pl.String, "title": pl.String})
    tracks = _frame(
        Track.objects.order_by("pk").values_list(
            "pk", "key", "title", "release__key", "duration_ms", "mbid", "isrc", "spotify_uri", "popularity"
        ),
        {
            "pk": pl.Int64, "track_id": pl.String, "title": pl.String, "release_id": pl.String, "duration_ms": pl.Int64,
            "mbid": pl.String, "isrc": pl.String, "spotify_uri": pl.String, "popularity": pl.Float32,
        },
    )  # fmt: skip
    credited = _frame(
        Credit.objects.filter(featured=False).order_by("track_id", "position").values_list("track_id", "artist__key"),
        {"pk": pl.Int64, "artist_ids": pl.String},
    ).group_by("pk", maintain_order=True).agg("artist_ids")  # fmt: skip
    tracks = tracks.join(credited, on="pk", how="left", maintain_order="left").drop("pk")
    return Library.of(artists=artists, releases=releases, tracks=tracks)


def _frame(rows: Any, schema: dict[str, Any]) -> pl.DataFrame:
    """The rows of a query as a frame, some at a time."""
    found: Iterable[tuple[Any, ...]] = rows.iterator(chunk_size=_AT_ONCE)
    parts = []
    each = iter(found)
    while some := list(islice(each, _AT_ONCE)):
        parts.append(pl.DataFrame(some, schema=schema, orient="row"))
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema)
