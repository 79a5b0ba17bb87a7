"""What is played here, as the snapshot counted it: of an artist, a genre or a track. Never a number of fewer than 20 people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.engine.engine import Engine
from segue.errors import BadSnapshot
from segue.mixes.words import match, names_of
from segue.web.discovery.serving import engine

FEWEST = 20
_PLACES = 5
_KINDS = ("country", "age")


@dataclass(frozen=True)
class Crowd:
    """A group of people who play something: `kind` is "country" or "age", `name` a code ("SE") or a stretch ("20-29")."""

    kind: str
    name: str
    listeners: int


@dataclass(frozen=True)
class Audience:
    """Who plays a track: `listeners` is 0 where they are fewer than 20; the crowds are of late, the largest first."""

    listeners: int = 0
    crowds: tuple[Crowd, ...] = ()


@dataclass(frozen=True)
class OfArtist:
    """The keys of an artist's tracks, the most played first, and how many play the first of them: 0 for fewer than 20."""

    tracks: tuple[str, ...] = ()
    listeners: int = 0


@dataclass(frozen=True)
class OfGenre:
    """What a genre (`kind` "genre", or "tag" for another word) is played for: keys, the most played first."""

    name: str
    kind: str
    tracks: tuple[str, ...]
    artists: tuple[str, ...]


def audience(track: str) -> Audience:
    """Who plays a track; nobody where no snapshot says so."""
    current = _current()
    place = -1 if current is None else int(current.places([track])[0])
    if current is None or place < 0:
        return Audience()
    return Audience(_listeners(current, place), _crowds(current, place))


def of_artist(artist: str, n: int) -> OfArtist:
    """What an artist is played for; nothing where no snapshot says so."""
    current = _current()
    if current is None or not len(codes := current.asking.codes.artists([artist])):
        return OfArtist()
    own = current.catalogue.facts.items_of_artist
    items = own.indices[own.indptr[codes[0]] : own.indptr[codes[0] + 1]][:n]
    return OfArtist(tuple(current.ids.names(items)), _listeners(current, int(items[0])) if len(items) else 0)


def of_genre(said: str, tracks: int, artists: int) -> OfGenre | None:
    """What a genre or tag is played for, in whatever spelling; None for a word that nothing here has."""
    current = _current()
    if current is None:
        return None
    names = names_of(current)
    facts, every = current.catalogue.facts, np.arange(current.catalogue.facts.n_items)
    if (genre := names.genre(said)) is not None:
        name, kind = genre, "genre"
        share = np.asarray(facts.genres[:, [facts.genre_names.index(genre)]].sum(axis=1)).ravel()
    elif (tag := names.tag(said)) is not None:
        name, kind = tag, "tag"
        share = match((tag,), every, current)
    else:
        return None
    has = np.flatnonzero(share > 0)
    # What few play still stands in an order: by its place, where nobody plays anything.
    merit = share[has] * (np.asarray(facts.popularity)[has] + np.float32(1e-6) * np.asarray(facts.rank)[has])
    best = has[np.argsort(-merit, kind="stable")]
    by = np.asarray(facts.artist)[has]
    per_artist = np.bincount(by[by >= 0], weights=merit[by >= 0], minlength=len(facts.artist_ids))
    first = np.argsort(-per_artist, kind="stable")[:artists]
    return OfGenre(
        name, kind, tuple(current.ids.names(best[:tracks])),
        tuple(facts.artist_ids[one] for one in first.tolist() if per_artist[one] > 0),
    )  # fmt: skip


def _current() -> Engine | None:
    try:
        return engine()
    except BadSnapshot:
        return None


def _listeners(current: Engine, place: int) -> int:
    number = round(float(current.catalogue.facts.popularity[place]) * current.manifest.counts.get("listeners", 0))
    return number if number >= FEWEST else 0


def _crowds(current: Engine, place: int) -> tuple[Crowd, ...]:
    """The groups in which so many play it that nobody shows."""
    crowds, found = current.catalogue.crowds, []
    top = crowds.top
    for row, (name, size) in enumerate(zip(crowds.names, crowds.sizes.tolist(), strict=True)):
        kind, _, value = name.partition("-")
        if kind in _KINDS and size >= FEWEST:
            start, end = top.indptr[row], top.indptr[row + 1]
            share = float(top.data[start:end][top.indices[start:end] == place].sum())
            if (number := round(share * size)) >= FEWEST:
                found.append(Crowd(kind, value, number))
    return tuple(sorted(found, key=lambda one: -one.listeners)[:_PLACES])
