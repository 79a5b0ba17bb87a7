"""Histories from what people say and bring: names they like, files of what they played, listeners of the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from scipy import sparse

from segue.engine.engine import Engine, History
from segue.errors import NotFound
from segue.library.alignment import align
from segue.library.interactions import Interactions, Signal
from segue.library.library import Library
from segue.library.matching import Matcher

TRACKS_OF_ARTIST = 10
"""How many of a liked artist's most played tracks stand for the artist."""


@dataclass(frozen=True)
class Understood:
    """What one liked name was taken for: the items, by id; `meaning` says it in words."""

    asked: str
    meaning: str
    item_ids: tuple[str, ...]


def understand(likes: Sequence[str], library: Library, engine: Engine) -> list[Understood]:
    """Which items are meant by names: "Artist", or "Artist - Title".

    At track level an artist stands for its most played tracks; at artist level a track stands for its artist. Raises
    `NotFound`, with the closest guesses, for a name that means nothing here.
    """
    matcher = Matcher(library)
    return [_meaning(text.strip(), library, engine, matcher) for text in likes]


def history_of_likes(understood: Sequence[Understood]) -> History:
    """Each liked item once."""
    return {name: 1.0 for one in understood for name in one.item_ids}


def history_of_listener(listener_id: str, library: Library, engine: Engine) -> History:
    """What a listener of the library has played. Raises `NotFound` when there is no such listener, or no listen."""
    if listener_id not in library.listeners["listener_id"]:
        examples = ", ".join(library.listeners["listener_id"].head(3))
        raise NotFound(f"no listener {listener_id!r} in the library; there is {examples}, …")
    interactions = Interactions.from_library(library, engine.manifest.level)
    return _row(interactions, int(interactions.listener_index([listener_id])[0]))


def history_of_library(personal: Library, library: Library, engine: Engine) -> tuple[History, int]:
    """What was played in a personal history or playlist file, as items of the library; and how many were not found."""
    aligned, _ = align(personal, library)
    signal: Signal = "listens" if aligned.listens.height else "feedback" if aligned.feedback.height else "playlists"
    together = Library.of(
        artists=library.artists, tracks=pl.concat([library.tracks, _new_tracks(aligned, library)]),
        listens=aligned.listens, feedback=aligned.feedback, playlists=aligned.playlists,
    )  # fmt: skip
    interactions = Interactions.from_library(together, engine.manifest.level, signal)
    history: dict[str, float] = {}
    for row in range(interactions.n_listeners):
        for name, weight in _row(interactions, row).items():
            history[name] = history.get(name, 0.0) + weight
    return history, sum(name not in engine.index for name in history)


def _new_tracks(aligned: Library, library: Library) -> pl.DataFrame:
    return aligned.tracks.join(library.tracks, on="track_id", how="anti")


def _row(interactions: Interactions, row: int) -> dict[str, float]:
    entries = sparse.csr_array(interactions.matrix[[row]])
    return {
        str(interactions.item_ids[column]): float(weight)
        for column, weight in zip(entries.indices, entries.data, strict=True)
    }


def _meaning(text: str, library: Library, engine: Engine, matcher: Matcher) -> Understood:
    artist, dash, title = (part.strip() for part in text.partition(" - "))
    closest: list[str] = []
    if dash and library.tracks.height:
        query = pl.DataFrame({"artist": [artist or None], "title": [title]})
        found = matcher.match(query).row(0, named=True)
        if found["track_id"] is not None:
            return _track(text, found["track_id"], library, engine)
        closest += _track_names(found["closest"], library)
    name = artist if dash and not library.tracks.height else text
    found = matcher.match_artists([name]).row(0, named=True)
    if found["artist_id"] is not None:
        return _artist(text, found["artist_id"], library, engine)
    closest += library.artists.filter(pl.col("artist_id").is_in(found["closest"]))["name"].to_list()
    hint = f"; did you mean {' or '.join(closest[:3])}?" if closest else "; write Artist, or Artist - Title"
    raise NotFound(f"nothing here is called {text!r}{hint}")


def _track(text: str, track_id: str, library: Library, engine: Engine) -> Understood:
    track = library.tracks.row(by_predicate=pl.col("track_id") == track_id, named=True)
    if engine.manifest.level == "track" and track_id in engine.index:
        return Understood(text, f"the track {track['title']}", (track_id,))
    if engine.manifest.level == "release" and track["release_id"] in engine.index:
        return Understood(text, f"the release of {track['title']}", (track["release_id"],))
    return _artist(text, track["artist_ids"][0], library, engine)


def _artist(text: str, artist_id: str, library: Library, engine: Engine) -> Understood:
    name = library.artists.row(by_predicate=pl.col("artist_id") == artist_id, named=True)["name"]
    if engine.manifest.level == "artist":
        items = [artist_id] if artist_id in engine.index else []
    else:
        by_artist = library.tracks.filter(pl.col("artist_ids").list.contains(artist_id))
        column = f"{engine.manifest.level}_id"
        ids = by_artist[column].drop_nulls().unique(maintain_order=True)
        known = engine.items.filter(pl.col("item_id").is_in(ids.implode()))
        items = known.sort("listeners", "item_id", descending=[True, False])["item_id"].head(TRACKS_OF_ARTIST).to_list()
    if not items:
        raise NotFound(f"{name} is in the library, but nobody has played them yet, so the snapshot does not know them")
    return Understood(text, f"the artist {name}", tuple(items))


def _track_names(track_ids: Sequence[str], library: Library) -> list[str]:
    tracks = library.tracks.filter(pl.col("track_id").is_in(track_ids)).with_columns(
        artist_id=pl.col("artist_ids").list.first()
    )
    named = tracks.join(library.artists.select("artist_id", "name"), on="artist_id", how="left")
    return [f"{row['name']} - {row['title']}" for row in named.iter_rows(named=True)]
