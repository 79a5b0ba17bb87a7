"""Artists that have to do with an artist, with what the catalogue says of them."""

from __future__ import annotations

import polars as pl

from segue.engine.engine import Engine
from segue.library.library import Library
from segue.library.tables import ARTISTS, RELATIONS, TRACKS
from segue.mixes.related_artists import RelatedArtist, related_artists
from segue.web.catalog.models import Credit, Relation
from segue.web.discovery.serving import engine

_MOST_CREDITS = 20_000


def related(artist: str, n: int) -> tuple[str, tuple[RelatedArtist, ...]]:
    """The snapshot, and the `n` artists that have most to do with one. Raises `NotFound` and `BadSnapshot`."""
    current: Engine = engine()
    # First without the catalogue: who is not in the snapshot is not looked up in the database.
    related_artists([artist], current, 1)
    [found] = related_artists([artist], current, n, _around(artist))
    return current.manifest.name, found


def _around(artist: str) -> Library:
    """What the catalogue says of one artist and others: their tracks in common, and their relations."""
    own = Credit.objects.filter(artist__key=artist).values("track_id")[:_MOST_CREDITS]
    credits_ = list(
        Credit.objects.filter(track_id__in=own)
        .order_by("track_id", "featured", "position")
        .values_list("track_id", "featured", "artist__key", "artist__name")[:_MOST_CREDITS]
    )
    stated = "artist__key", "artist__name", "other_artist__key", "other_artist__name", "kind", "strength", "source"
    relations = [
        *Relation.objects.filter(artist__key=artist).values_list(*stated),
        *Relation.objects.filter(other_artist__key=artist).values_list(*stated),
    ]
    names = {key: name for _, _, key, name in credits_}
    names |= {key: name for row in relations for key, name in ((row[0], row[1]), (row[2], row[3]))}
    tracks: dict[int, tuple[list[str], list[str]]] = {}
    for track, featured, key, _ in credits_:
        tracks.setdefault(track, ([], []))[featured].append(key)
    return Library.of(
        artists=_frame(ARTISTS.schema, artist_id=list(names), name=list(names.values())),
        tracks=_frame(
            TRACKS.schema, track_id=[str(track) for track in tracks], title=["-"] * len(tracks),
            artist_ids=[main for main, _ in tracks.values()], featured_artist_ids=[guests for _, guests in tracks.values()],
        ),
        relations=_frame(
            RELATIONS.schema, artist_id=[row[0] for row in relations], other_artist_id=[row[2] for row in relations],
            kind=[row[4] for row in relations], strength=[row[5] for row in relations],
            source=[row[6] for row in relations],
        ),
    )  # fmt: skip


def _frame(schema: pl.Schema, **columns: list) -> pl.DataFrame:
    return pl.DataFrame(columns, schema={name: schema[name] for name in columns})
