"""The wall of artists that somebody picks from at their first visit, and what picking means."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.db.models import F

from segue.engine.engine import Engine
from segue.errors import BadRequest, BadSnapshot
from segue.web.catalog import lookup, search
from segue.web.catalog.models import Artist, Track
from segue.web.discovery.serving import engine
from segue.web.listening.feedback import give_feedback
from segue.web.listening.models import Listener

MOST_CHOSEN = 100
TRACKS_OF_ARTIST = 5
"""How many of a picked artist's most played tracks are liked with the artist."""
_POOL = 1_500
_NEAR_POOL = 300
# How much less an artist is worth for each other one of the same genre, or when not of the listener's country.
_SAME_GENRE = 0.6
_ABROAD = 0.7


@dataclass(frozen=True, eq=False)
class Taste:
    """The artists of a snapshot as points.

    Attributes:
        snapshot: its name.
        keys: of the artists that have items, the most played first.
        vectors: float32 (n_artists, d), of length 1 (0 where nothing is known).
        popularity: float32 (n_artists,), 0 to 1.
        genre: int32 (n_artists,): the one most of an artist's items have; -1 where none is known.
    """

    snapshot: str
    keys: tuple[str, ...]
    vectors: np.ndarray
    popularity: np.ndarray
    genre: np.ndarray

    @classmethod
    def of(cls, engine: Engine) -> Taste:
        """From the vectors and genres of their items, each weighing as much as it is played."""
        facts, space = engine.catalogue.facts, engine.catalogue.space
        weighted = facts.items_of_artist.astype(np.float32)
        weighted.data = facts.popularity[weighted.indices] + 1e-6
        vectors = np.asarray(weighted @ space.vectors, dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        genres = weighted @ facts.genres
        genre = np.full(weighted.shape[0], -1, dtype=np.int32)
        known = np.flatnonzero(np.diff(genres.indptr))
        if len(known):
            genre[known] = np.asarray(genres.argmax(axis=1)).ravel()[known]
        played = np.asarray(weighted.sum(axis=1)).ravel()
        there = np.flatnonzero(np.diff(weighted.indptr))
        order = there[np.argsort(-played[there], kind="stable")]
        return cls(
            engine.manifest.name, tuple(facts.artist_ids[place] for place in order.tolist()),
            (vectors / np.maximum(lengths, 1e-12))[order],
            (played / max(played.max(initial=0), 1e-12))[order].astype(np.float32), genre[order],
        )  # fmt: skip


def wall(n: int, words: str | None = None, near: Sequence[str] = (), country: str | None = None) -> list[Artist]:
    """`n` artists to pick from.

    Without words, a walk through all kinds of music: each is well known and unlike those before, those of the country first;
    half of them are like those that were picked already (`near`). With words, the artists that are called so.
    """
    called = (words or "").strip()
    keys = [hit.key for hit in search.find(called, ("artist",), n)] if called else _walked(n, tuple(near), country)
    return lookup.in_order(Artist.objects.all(), keys)


def choose(listener: Listener, artist_keys: Sequence[str]) -> int:
    """Like these artists and their most played tracks, and note that the listener was welcomed; the number of tracks.

    In a private session nothing is kept. Raises `BadRequest` for too many, and `NotFound` for an artist that is not there.
    """
    chosen = list(dict.fromkeys(artist_keys))
    if len(chosen) > MOST_CHOSEN:
        raise BadRequest(f"artists: {MOST_CHOSEN} at most, not {len(chosen)}")
    tracks = _top_tracks(chosen)
    with transaction.atomic():
        for key in chosen:
            give_feedback(listener, "like", artist_key=key)
        for key in tracks:
            give_feedback(listener, "like", track_key=key)
        Listener.objects.filter(pk=listener.pk).update(welcomed=True)
    listener.welcomed = True
    return len(tracks)


# -- the walk ------------------------------------------------------------------------------------------------------------


def _walked(n: int, near: tuple[str, ...], country: str | None) -> list[str]:
    """Keys of artists to show; without a snapshot, the most popular ones."""
    try:
        taste = _taste(engine())
    except BadSnapshot:
        popular = Artist.objects.exclude(key__in=near).order_by(F("popularity").desc(nulls_last=True), "pk")
        return list(popular.values_list("key", flat=True)[:n])
    picked = _places(taste, near)
    alike = _alike(taste, picked, n // 2) if len(picked) else []
    pool = np.setdiff1d(np.arange(min(len(taste.keys), _POOL)), [*picked.tolist(), *alike])
    worth = np.sqrt(taste.popularity[pool]) * _at_home(taste, pool, country)
    apart = _spread(taste, pool, worth, np.asarray([*picked.tolist(), *alike], dtype=np.int64), n - len(alike))
    return [taste.keys[place] for place in _interleaved(alike, apart)]


def _alike(taste: Taste, picked: np.ndarray, n: int) -> list[int]:
    """The artists nearest to any of those picked, known ones first among equals."""
    closest = (taste.vectors @ taste.vectors[picked].T).max(axis=1) + 0.1 * np.sqrt(taste.popularity)
    closest[picked] = -np.inf
    best = np.argsort(-closest, kind="stable")[: max(n, 0)]
    return [place for place in best.tolist() if np.isfinite(closest[place])]


def _spread(taste: Taste, pool: np.ndarray, worth: np.ndarray, before: np.ndarray, n: int) -> list[int]:
    """Greedy farthest-point (Gonzalez 1985), weighed by worth: each next one is far from all before, and of another genre."""
    distance = np.ones(len(pool), dtype=np.float32)
    if len(before):
        distance = np.minimum(distance, 1 - (taste.vectors[pool] @ taste.vectors[before].T).max(axis=1))
    fewer = np.ones(len(pool), dtype=np.float32)
    free = np.ones(len(pool), dtype=bool)
    chosen: list[int] = []
    for _ in range(min(n, len(pool))):
        best = int(np.argmax(np.where(free, worth * np.maximum(distance, 1e-3) * fewer, -1)))
        free[best] = False
        chosen.append(int(pool[best]))
        distance = np.minimum(distance, 1 - taste.vectors[pool] @ taste.vectors[pool[best]])
        if (genre := taste.genre[pool[best]]) >= 0:
            fewer[taste.genre[pool] == genre] *= _SAME_GENRE
    return chosen


def _interleaved(alike: list[int], apart: list[int]) -> list[int]:
    """In turns, as long as both last."""
    found = [place for pair in zip(alike, apart, strict=False) for place in pair]
    shorter = min(len(alike), len(apart))
    return found + alike[shorter:] + apart[shorter:]


def _places(taste: Taste, keys: Sequence[str]) -> np.ndarray:
    places = {key: place for place, key in enumerate(taste.keys)} if keys else {}
    return np.asarray([places[key] for key in dict.fromkeys(keys) if key in places], dtype=np.int64)


def _at_home(taste: Taste, pool: np.ndarray, country: str | None) -> np.ndarray:
    """1 for artists of the country (or of any, where it is not known), less for others."""
    if not country:
        return np.ones(len(pool), dtype=np.float32)
    keys = [taste.keys[place] for place in pool.tolist()]
    home: set[str] = set()
    for start in range(0, len(keys), 900):
        home |= set(
            Artist.objects.filter(key__in=keys[start : start + 900], country=country).values_list("key", flat=True)
        )
    return np.asarray([1.0 if key in home else _ABROAD for key in keys], dtype=np.float32)


# -- of the snapshot -----------------------------------------------------------------------------------------------------

_kept: Taste | None = None
_making = threading.Lock()


def _taste(current: Engine) -> Taste:
    """The artists of the snapshot in use; made once for each."""
    global _kept  # noqa: PLW0603
    with _making:
        if _kept is None or _kept.snapshot != current.manifest.name:
            _kept = Taste.of(current)
        return _kept


def _top_tracks(artist_keys: Sequence[str]) -> list[str]:
    """The most played tracks of each artist, as the snapshot knows them, else the most popular ones."""
    found: list[str] = []
    for key in artist_keys:
        found += _most_played(key) or list(
            Track.objects.filter(credits__artist__key=key, credits__featured=False)
            .order_by(F("popularity").desc(nulls_last=True), "pk")
            .values_list("key", flat=True)[:TRACKS_OF_ARTIST]
        )
    there = set(lookup.there(Track, found))
    return [key for key in dict.fromkeys(found) if key in there]


def _most_played(artist_key: str) -> list[str]:
    try:
        current = engine()
    except BadSnapshot:
        return []
    facts = current.catalogue.facts
    if current.manifest.level != "track" or artist_key not in facts.artist_ids:
        return []
    items = facts.items_of_artist
    place = facts.artist_ids.index(artist_key)
    best = items.indices[items.indptr[place] : items.indptr[place + 1]][:TRACKS_OF_ARTIST]
    return list(current.ids.names(best.astype(np.int64)))
