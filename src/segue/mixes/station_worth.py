"""What speaks for a track as the next one of a Station: what was liked and skipped, what follows well, and a smooth passage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from segue.engine.engine import Engine
from segue.library.sittings import PAUSE_MS
from segue.library.tables import AUDIO_FEATURES
from segue.mixes.station_pool import Pool
from segue.mixes.station_start import spread_of
from segue.mixes.station_state import Outcome, StationState
from segue.mixes.words import match
from segue.ranking.filters import target_penalty
from segue.ranking.past import Past
from segue.ranking.signals import standardised

REACTION: dict[Outcome, float] = {"played": 0.05, "skipped": -1.0, "liked": 1.0, "disliked": -3.0}
"""What a standard deviation of likeness to a track is worth, by what became of it."""
SEEDS_NEAR = 0.7
"""What a standard deviation of likeness to the middle of the seeds is worth: it keeps a station together where listeners do not."""
HALF_LIFE = 8.0
"""A skip or a like counts half after so many tracks; a dislike counts for ever."""
SAME_ARTIST = -1.0
"""What a skip is worth to the other tracks of its artist."""
RELATED_TO_DISLIKED = -4.0
"""What having everything to do with the artist of a disliked track is worth."""
TAGGED = 1.5
"""What each word that the station asks for is worth."""
FOLLOWS = 0.6
"""What a standard deviation of the sequence model's score is worth."""
SMOOTH = 0.5
"""What a standard deviation of difference in sound from the track before costs."""
KNOWN = 1.0
"""What it is worth, at the ends of the dial, that a track itself is known to the listener."""
CHANCE = 0.5
"""The scale of Gumbel noise: what is worth this much more is chosen e times as often."""
_PASSAGE = tuple(AUDIO_FEATURES.index(name) for name in ("energy", "tempo", "valence", "acousticness"))
_LONGEST = 30
_LEAST_SPREAD = 0.05


class Heard(NamedTuple):
    """A track of the station: its item, when it began, and what became of it."""

    item: int
    at_ms: int
    outcome: Outcome


def heard_of(state: StationState, engine: Engine) -> list[Heard]:
    """The plays of a station whose tracks the snapshot has, the latest last."""
    places = engine.places([play.item_id for play in state.plays]).tolist()
    return [
        Heard(place, play.at_ms, play.outcome) for place, play in zip(places, state.plays, strict=True) if place >= 0
    ]


def lasting(state: StationState, pool: Pool, heard: Sequence[Heard], engine: Engine) -> np.ndarray:
    """What does not change while the next few tracks are chosen: fit, words, what is known, and reactions; float64 (m,)."""
    worth = pool.worth.astype(np.float64)
    if state.tags:
        worth += TAGGED * match(state.tags, pool.items, engine)
    worth += 2 * (0.5 - pool.ask.dial) * KNOWN * _is_known(pool.ask.past, pool.items)
    seeds = engine.catalogue.space.vectors[pool.ask.seeds]
    if len(seeds) and len(pool.items):
        worth += SEEDS_NEAR * standardised(engine.catalogue.space.vectors[pool.items] @ seeds.sum(axis=0))
    return worth + reaction(pool.items, heard, engine)


def _is_known(past: Past, items: np.ndarray) -> np.ndarray:
    """1 for what the listener has played or liked, 0 for what they have not, less the mean."""
    known = np.isin(items, past.items[past.weights > 0]).astype(np.float64)
    return known - known.mean() if len(known) else known


def reaction(items: np.ndarray, heard: Sequence[Heard], engine: Engine) -> np.ndarray:
    """What the listener's reactions are worth to items: float64, shape (m,).

    Linear in the likeness of an item to each track, so that a skip never brings the next track nearer than the same track played
    through would, all else equal; and a like never further.
    """
    facts, vectors = engine.catalogue.facts, engine.catalogue.space.vectors
    found = np.zeros(len(items))
    told = [
        (one, REACTION[one.outcome] * (1.0 if one.outcome == "disliked" else 0.5 ** (ago / HALF_LIFE)))
        for ago, one in enumerate(reversed(heard)) if one.outcome == "disliked" or ago < _LONGEST
    ]  # fmt: skip
    if not told or not len(items):
        return found
    cosines = np.asarray(vectors[items]) @ np.asarray(vectors[[one.item for one, _ in told]]).T
    spread = np.maximum(cosines.std(axis=0), _LEAST_SPREAD)
    found += ((cosines - cosines.mean(axis=0)) / spread) @ np.array([weight for _, weight in told])
    artists, related = facts.artist[items], engine.catalogue.relations.related
    for one, weight in told:
        artist = int(facts.artist[one.item])
        if artist < 0:
            continue
        if one.outcome == "skipped":
            found[artists == artist] += SAME_ARTIST * -weight
        elif one.outcome == "disliked":
            start, end = related.indptr[artist], related.indptr[artist + 1]
            how_much = np.zeros(related.shape[0] + 1)
            how_much[related.indices[start:end]] = related.data[start:end]
            found += RELATED_TO_DISLIKED * how_much[artists]
    return found


def passing(items: np.ndarray, heard: Sequence[Heard], engine: Engine) -> np.ndarray:
    """What follows well on what was just played: by the sequence model, and by how it sounds; float64, shape (m,)."""
    found = np.zeros(len(items))
    sitting = _sitting(heard)
    if not sitting or not len(items):
        return found
    if engine.sequence is not None:
        session = np.array([one.item for one in sitting], dtype=np.int32)
        skipped = np.array([one.outcome in ("skipped", "disliked") for one in sitting])
        scores = engine.sequence.next_scores(session, skipped, items).astype(np.float64)
        # Few items have votes, and some have many: no vote may outweigh all else.
        found += FOLLOWS * np.clip(standardised(scores), -2, 2)
    last = next((one.item for one in reversed(sitting) if one.outcome in ("played", "liked")), None)
    if last is not None:
        facts = engine.catalogue.facts
        sound = facts.audio[last]
        targets = tuple((column, float(sound[column])) for column in _PASSAGE if np.isfinite(sound[column]))
        found -= SMOOTH * target_penalty(facts, items, targets, spread_of(engine))
    return found


def _sitting(heard: Sequence[Heard]) -> list[Heard]:
    """The latest tracks without a pause of half an hour between them."""
    sitting: list[Heard] = []
    for one in reversed(heard[-_LONGEST:]):
        if sitting and sitting[-1].at_ms - one.at_ms > PAUSE_MS:
            break
        sitting.append(one)
    return sitting[::-1]


def chance(seed: int, place: int, items: np.ndarray) -> np.ndarray:
    """Gumbel noise for items at a place of a station, float64, shape (m,): each item's own, whatever else is in the pool.

    By the finaliser of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
    """
    start = (seed * 0x9E3779B97F4A7C15 + place * 0xD1B54A32D192ED03) & 0xFFFFFFFFFFFFFFFF
    bits = items.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(start)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    bits ^= bits >> np.uint64(31)
    uniform = ((bits >> np.uint64(11)).astype(np.float64) + 0.5) / 2**53
    return CHANCE * -np.log(-np.log(uniform))
