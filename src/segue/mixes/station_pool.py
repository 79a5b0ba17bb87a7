"""What a Station may play next: tracks near its seeds, and further afield when those have run out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from segue.engine.engine import Engine
from segue.engine.request import Exclusion, Exclusions, Request
from segue.mixes.base import For
from segue.mixes.station_state import REPEAT_MS, StationState
from segue.ranking.diversity import NO_RULES
from segue.ranking.filters import allowed
from segue.ranking.pipeline import Ask
from segue.ranking.signals import standardised

POOL = 150
"""So many tracks are looked at closely."""
PER_ARTIST = 6
"""Of these, at most so many by one artist: a station plays them far apart anyway."""
SEEDS_AT_ONCE = 12
CHAPTER = 10
"""A station of many seeds grows from others of them after so many tracks."""
LIKED_SEEDS = 4
PLAYED_SEEDS = 6
EVERYTHING = 400

NEAR, WIDER, ANYTHING, ANYBODY, LAST_RESORT = range(5)
"""How far afield: near the seeds; without the station's own limits, and onward from what was played; all there is; by artists heard
just before, too; and what was played too lately as well."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Tracks to choose from.

    Attributes:
        items: int32 (m,), distinct.
        worth: float32 (m,): how well they fit the seeds and the listener; standard deviation 1, or 0 where nothing is known.
        ask: the request they answer.
    """

    items: np.ndarray
    worth: np.ndarray
    ask: Ask


def pool_of(state: StationState, listener: For, engine: Engine, far: int) -> Pool:
    """The tracks that may be played next, so far afield.

    None of them (nor another version) was played within three hours, here or elsewhere, but with `LAST_RESORT`; none is disliked
    here or elsewhere, by an artist of whom a track was disliked here, or excluded.
    """
    request = request_of(state, listener, engine, far)
    asked = engine.ask(request)
    lately = () if far == LAST_RESORT else _lately(state, listener, engine, asked)
    barred = np.concatenate([_always_barred(state, engine, asked), *lately]).astype(np.int32)
    ask = replace(asked, barred=barred)
    if far >= ANYTHING:
        return _anything(ask, engine, capped=far == ANYTHING)
    page = engine.pipeline.page(ask)
    # Without diversity the order of the page is that of relevance, seeds, taste, dial, targets and all.
    return Pool(page.items, standardised(-np.log1p(np.arange(len(page.items)))), ask)


def request_of(state: StationState, listener: For, engine: Engine, far: int) -> Request:
    """What the station asks of the Engine."""
    controls = listener.controls
    targets = {**controls.targets, **dict(state.targets)}
    genres = state.genres if far == NEAR and state.genres else controls.genres
    context = listener.context
    if context.now_ms is None:
        context = replace(context, now_ms=listener.now_ms)
    exclusions = listener.exclusions
    return Request(
        listener.history,
        seeds=_seeds(state, engine, far),
        n=POOL,
        context=context,
        controls=replace(controls, genres=genres, targets=targets),
        exclusions=Exclusions(
            (*exclusions.never, *_artists_disliked(state, engine)),
            # A station plays what is known, too, unless the listener says otherwise.
            exclusions.heard_within_days if exclusions.heard_within_days is not None else 0,
            exclusions.not_my_taste,
        ),
        rules=replace(NO_RULES, per_artist=PER_ARTIST, one_version=True),
        reasons=False,
    )


def _seeds(state: StationState, engine: Engine, far: int) -> tuple[str, ...]:
    """The seeds of this chapter, and what was liked since; further afield, what was played, too."""
    ids = state.item_ids
    if len(ids) > SEEDS_AT_ONCE:
        rng = np.random.default_rng([state.chance, state.count // CHAPTER])
        ids = tuple(ids[place] for place in np.sort(rng.permutation(len(ids))[:SEEDS_AT_ONCE]))
    liked = [play.item_id for play in state.plays if play.outcome == "liked"][-LIKED_SEEDS:]
    onward = [play.item_id for play in state.plays if play.outcome == "played"][-PLAYED_SEEDS:] if far >= WIDER else []
    asked = tuple(dict.fromkeys((*ids, *liked, *onward)))
    disliked = _disliked(state, engine)
    if not len(disliked):
        return asked
    facts, places = engine.catalogue.facts, engine.places(asked)
    of_these = np.isin(facts.work[places], facts.work[disliked])
    return tuple(one for one, place, bad in zip(asked, places, of_these, strict=True) if place >= 0 and not bad)


def _disliked(state: StationState, engine: Engine) -> np.ndarray:
    places = engine.places([play.item_id for play in state.plays if play.outcome == "disliked"])
    return places[places >= 0]


def _artists_disliked(state: StationState, engine: Engine) -> Sequence[Exclusion]:
    facts = engine.catalogue.facts
    artists = np.unique(facts.artist[_disliked(state, engine)])
    return [Exclusion("artist", facts.artist_ids[code]) for code in artists[artists >= 0].tolist()]


def _always_barred(state: StationState, engine: Engine, asked: Ask) -> np.ndarray:
    """What exclusions bar (the seeds themselves may be played), and what was disliked."""
    kept = asked.barred[~np.isin(asked.barred, asked.seeds)]
    past = asked.past
    return np.concatenate([kept, past.items[past.weights < 0], _disliked(state, engine)])


def _lately(state: StationState, listener: For, engine: Engine, asked: Ask) -> tuple[np.ndarray, np.ndarray]:
    """What was played within three hours: elsewhere, and on the station."""
    since = listener.now_ms - REPEAT_MS
    here = engine.places([play.item_id for play in state.plays if play.at_ms > since])
    return asked.past.items[asked.past.last_ms > since], here[here >= 0]


def _anything(ask: Ask, engine: Engine, *, capped: bool) -> Pool:
    """Of all there is, what is nearest to the seeds; without seeds, the most played."""
    facts, vectors = engine.catalogue.facts, engine.catalogue.space.vectors
    every = np.arange(facts.n_items, dtype=np.int32)
    usable = ~np.isin(facts.work, facts.work[ask.barred])
    if not ask.wanted.everything:
        usable &= allowed(facts, every, ask.wanted)
    items = every[usable]
    middle = vectors[ask.seeds].sum(axis=0) if len(ask.seeds) else np.zeros(vectors.shape[1], dtype=np.float32)
    worth = np.asarray(vectors[items]) @ middle + np.float32(1e-3) * facts.rank[items]
    order = np.argsort(-worth, kind="stable")
    if capped:
        order = order[_within_artist(facts.artist[items[order]]) < PER_ARTIST][:EVERYTHING]
    return Pool(items[order], standardised(worth[order]), ask)


def _within_artist(artists: np.ndarray) -> np.ndarray:
    """The place of each among those of the same artist, from 0: int64, shape (m,); 0 for those of nobody."""
    order = np.argsort(artists, kind="stable")
    ordered = artists[order]
    place = np.empty(len(artists), dtype=np.int64)
    place[order] = np.arange(len(artists)) - np.searchsorted(ordered, ordered)
    return np.where(artists < 0, 0, place)
