"""What asking a service about a whole library has in common: whom to ask about, and who is meant in the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from segue.library.library import Library
from segue.library.tables import ARTISTS, RELATIONS, TRACKS, Table
from segue.library.titles import normalise
from segue.sources.values import mbid

Progress = Callable[[int, int, str], None]
"""Told how many are done, of how many, and the name of the next."""

_NOT_MUSIC = ("podcast", "audiobook", "film", "book")


def no_progress(done: int, total: int, name: str) -> None:
    """Says nothing."""


class People:
    """The artists of a library, to be found by what services call them."""

    def __init__(self, artists: pl.DataFrame):
        self._by_mbid = dict(artists.select("mbid", "artist_id").drop_nulls().iter_rows())
        self._by_name: dict[str, str | None] = {}
        for artist_id, name in artists.select("artist_id", "name").iter_rows():
            key = normalise(name)
            # Of two of one name, nobody can say who is meant.
            self._by_name[key] = None if key in self._by_name else artist_id

    def find(self, name: object, artist_mbid: object = None) -> str | None:
        """The artist with this MusicBrainz id or, else, the only one of this name."""
        known = self._by_mbid.get(mbid(artist_mbid) or "")
        return known or (self._by_name.get(normalise(name)) if isinstance(name, str) else None)


def most_played_artists(library: Library, limit: int | None) -> list[dict[str, Any]]:
    """Rows of `artists`, those with the most plays first; artists of nothing but films, books and talk are left out."""
    of_track = (
        library.tracks.select("track_id", "kind", artist_id="artist_ids").explode("artist_id").drop_nulls("artist_id")
    )
    music = of_track.group_by("artist_id").agg(
        silent=pl.col("kind").is_in(_NOT_MUSIC).fill_null(value=False).all()
    )  # fmt: skip
    plays = _plays(library, "track_id").join(of_track, on="track_id")
    counted = pl.concat([plays.select("artist_id", "plays"), _plays(library, "artist_id")])
    ranked = (
        library.artists.join(music, on="artist_id", how="left", maintain_order="left")
        .filter(~pl.col("silent").fill_null(value=False))
        .join(
            counted.group_by("artist_id").agg(pl.col("plays").sum()), on="artist_id", how="left", maintain_order="left"
        )
        .sort(pl.col("plays").fill_null(0), "artist_id", descending=[True, False])
    )
    return ranked.head(ranked.height if limit is None else limit).rows(named=True)


def most_played_tracks(library: Library, tracks: pl.DataFrame, limit: int | None) -> list[dict[str, Any]]:
    """Some rows of `tracks`, those with the most plays first."""
    ranked = tracks.join(_plays(library, "track_id"), on="track_id", how="left", maintain_order="left").sort(
        pl.col("plays").fill_null(0), "track_id", descending=[True, False]
    )
    return ranked.head(ranked.height if limit is None else limit).rows(named=True)


def _plays(library: Library, key: str) -> pl.DataFrame:
    return library.listens.drop_nulls(key).group_by(pl.col(key).cast(pl.String)).agg(
        plays=pl.col("plays").fill_null(1).cast(pl.Int64).sum()
    )  # fmt: skip


def joined_tags(known: Sequence[Mapping[str, Any]] | None, new: Mapping[str, float]) -> list[dict[str, object]] | None:
    """Both lists of words as one: a word that both have keeps the larger weight, so asking twice changes nothing."""
    weights = {str(one["tag"]): float(one["weight"] or 0) for one in known or ()}
    for tag, weight in new.items():
        weights[tag] = max(weight, weights.get(tag, 0.0))
    ordered = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return [{"tag": tag, "weight": weight} for tag, weight in ordered] or None


def joined_names(known: Iterable[str] | None, new: Iterable[str]) -> list[str] | None:
    """Both lists as one, what is known first."""
    return list(dict.fromkeys([*(known or ()), *new])) or None


def gathered(
    artists: Sequence[Mapping[str, Any]],
    relations: Sequence[Mapping[str, Any]],
    tracks: Sequence[Mapping[str, Any]] = (),
) -> Library:
    """The rows as a library to merge: with nothing but ids, names and what was learned."""
    related = _frame(RELATIONS, relations).unique(
        ["artist_id", "other_artist_id", "kind"], keep="last", maintain_order=True
    )
    return Library.of(artists=_frame(ARTISTS, artists), tracks=_frame(TRACKS, tracks), relations=related)


def _frame(table: Table, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    names = {name for row in rows for name in row}
    schema = {name: dtype for name, dtype in table.schema.items() if name in names}
    return table.conform(pl.DataFrame(list(rows), schema=schema)) if rows else table.empty()
