"""Blend: one mix for two listeners, of what both would like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from segue.engine import wording
from segue.engine.engine import Engine
from segue.engine.request import Reason, Recommendation, Request
from segue.mixes.base import For, Mix
from segue.mixes.clock import midnight_of, settled
from segue.mixes.covers import cover_of
from segue.mixes.finding import RELEVANCE
from segue.mixes.knowing import Known, known
from segue.mixes.ordering import apart, capped
from segue.mixes.saying import ended, genres_in
from segue.ranking.catalogue import UNKNOWN

KEY = "blend"
LENGTH = 30
PER_ARTIST = 2
POOL = 150
"""So many of each listener's favourites, and as many new to them, are looked at."""
_PLAYED = 2.0
"""What the most played track gains for who plays it, in places: the whole list once is 1."""


def blend(one: For, other: For, engine: Engine) -> Mix:
    """A mix for two, the same whoever asks first but for the words: those are said to `one`.

    Every track is worth what it is worth to the one of the two who likes it less, by its place in their order. Tracks that suit
    the one better and those that suit the other alternate. What either excludes is not there. Of the other listener it says
    nothing but the artists that a track is owed to.

    Where too little is known of one of them, there are no tracks.
    """
    # In the order of their ids, so that chance and equals fall the same whoever asks.
    pair = [settled(each, midnight_of(each.at)) for each in sorted((one, other), key=lambda each: each.listener_id)]
    told = [known(each, engine, playable=False) for each in pair]
    match = taste_match(told[0], told[1], engine)
    sides = _sides(pair, told, engine) if all(map(len, told)) else []
    chosen = _chosen(sides, engine) if sides else []
    said_to = sides if pair[0].listener_id == one.listener_id else sides[::-1]
    tracks = [_for_both(track.item_id, said_to, engine) for track in chosen]
    items = engine.places([track.item_id for track in tracks])
    sentence = ended(f"For both of you, whose tastes match by {match}%", genres_in(items, engine))
    key = "-".join([KEY, *(each.listener_id for each in pair)])
    cover = cover_of(KEY, items, engine, "Blend")
    return Mix(key, "Blend", sentence, cover, tuple(tracks), pair[0].at + timedelta(days=1))


def taste_match(one: Known, other: Known, engine: Engine) -> int:
    """How much two tastes have in common, 0 to 100: half by artists, half by what the music is like.

    The mean of the cosine of log(1 + plays) by artist, and of that of the middles of both histories (0 where it is below 0).
    """
    facts, vectors = engine.catalogue.facts, engine.catalogue.space.vectors
    by_artist, middles = [], []
    for told in (one, other):
        worth = np.log1p(told.weights.astype(np.float64))
        artists = facts.artist[told.items]
        whose = artists != UNKNOWN
        by_artist.append(np.bincount(artists[whose], weights=worth[whose], minlength=len(facts.artist_ids)))
        middles.append(worth @ vectors[told.items].astype(np.float64))
    return round(50 * (_cosine(*by_artist) + max(_cosine(*middles), 0.0)))


def _cosine(one: np.ndarray, other: np.ndarray) -> float:
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length > 0 else 0.0


@dataclass(frozen=True, eq=False)
class _Side:
    """What the tracks are worth to one of the two: recommendations by item id, and 0 (the worst) to 1."""

    found: dict[str, Recommendation]
    worth: dict[str, float]
    told: Known


def _sides(pair: Sequence[For], told: Sequence[Known], engine: Engine) -> list[_Side]:
    """Both judge the same pool: what either plays most, and what is new to either and suits them best."""
    new = engine.recommend([_request(each, POOL, new=True) for each in pair])
    names = {track.item_id for answer in new for track in answer.recommendations}
    # As many favourites of each, so that those of the one who plays more do not fill the first places of their order.
    favourites = min(POOL, *map(len, told))
    for mine in told:
        names.update(engine.ids.names(mine.items[np.argsort(-mine.weights, kind="stable")[:favourites]]))
    pool = sorted(names)
    answers = engine.recommend([_request(each, len(pool), within=pool) for each in pair])
    return [_side(answer.recommendations, mine, engine) for answer, mine in zip(answers, told, strict=True)]


def _request(one: For, n: int, *, new: bool = False, within: Sequence[str] | None = None) -> Request:
    exclusions = replace(one.exclusions, heard_within_days=None if new else one.exclusions.heard_within_days or 0)
    asked = None if within is None else tuple(within)
    return Request(
        one.history, n=max(n, 1), context=one.context, controls=one.controls, exclusions=exclusions, rules=RELEVANCE,
        within=asked, reasons=not new,
    )  # fmt: skip


def _side(found: Sequence[Recommendation], told: Known, engine: Engine) -> _Side:
    items = engine.places([track.item_id for track in found])
    worth = 1 - np.arange(len(found)) / max(len(found), 1)
    played = np.zeros(engine.catalogue.facts.n_items)
    played[told.items] = np.log1p(told.weights)
    worth = worth + _PLAYED * played[items] / max(played.max(initial=0), 1e-12)
    order = np.argsort(-worth, kind="stable")
    places = {found[row].item_id: 1 - place / len(found) for place, row in enumerate(order.tolist())}
    return _Side({track.item_id: track for track in found}, places, told)


def _chosen(sides: Sequence[_Side], engine: Engine) -> list[Recommendation]:
    """In turn the best that suits the one better and the best that suits the other."""
    one, other = sides
    pairs = {name: (one.worth[name], other.worth[name]) for name in one.found.keys() & other.found.keys()}
    ranked = sorted(pairs, key=lambda name: (-min(pairs[name]), -max(pairs[name]), name))
    queues: tuple[list[Recommendation], list[Recommendation]] = ([], [])
    for name in ranked:
        mine, theirs = pairs[name]
        # What suits both alike goes where there is less.
        which = int(len(queues[1]) < len(queues[0])) if mine == theirs else int(theirs > mine)
        queues[which].append(one.found[name])
    shorter = min(map(len, queues))
    alternating = [track for turn in zip(*queues, strict=False) for track in turn]
    rest = queues[0][shorter:] + queues[1][shorter:]
    return apart(capped([*alternating, *rest], engine, LENGTH, PER_ARTIST), engine)


def _for_both(name: str, sides: Sequence[_Side], engine: Engine) -> Recommendation:
    track = sides[0].found[name]
    mine, theirs = (_owed_to(name, side, engine) for side in sides)
    if mine and mine == theirs:
        text = f"for both of you: you both play {mine}"
    else:
        parts = [f"{who} play {whose}" for who, whose in (("you", mine), ("they", theirs)) if whose]
        text = f"for both of you: {', '.join(parts)}" if parts else "for both of you: new to you both"
    score = min(side.worth[name] for side in sides)
    # What is behind it for the other listener is theirs, and so is, said to them, what is behind it for this one.
    return replace(track, score=score, source=KEY, sources=(KEY,), reasons=(Reason("played", text),))


def _owed_to(name: str, side: _Side, engine: Engine) -> str:
    """The artist that a track owes its place to for one listener: its own where they play it; empty for none."""
    facts = engine.catalogue.facts
    [item] = engine.places([name]).tolist()
    artist = int(facts.artist[item])
    if item in side.told.items and artist != UNKNOWN:
        return facts.artist_names[artist]
    because = [one for one in side.found[name].because if one.artists]
    return wording.artist_names(because)[0] if because else ""
