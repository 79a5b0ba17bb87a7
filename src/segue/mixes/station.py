"""Station: an endless queue from seeds, steered by skips and likes."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from segue.engine import wording
from segue.engine.engine import Engine
from segue.engine.request import Controls, Exclusions, Reason, ReasonKind, Recommendation
from segue.errors import BadRequest
from segue.mixes.base import For
from segue.mixes.station_pool import ANYBODY, ANYTHING, LAST_RESORT, LIKED_SEEDS, NEAR, WIDER, pool_of, request_of
from segue.mixes.station_start import start
from segue.mixes.station_state import (
    ARTIST_GAP,
    Outcome,
    Play,
    Seed,
    StationState,
    leaning,
    played,
)
from segue.mixes.station_worth import Heard, chance, heard_of, lasting, passing
from segue.ranking.catalogue import UNKNOWN, Facts
from segue.ranking.diversity import NO_RULES
from segue.ranking.filters import allowed
from segue.ranking.past import NEVER, Past
from segue.ranking.reasons import listed

__all__ = ["Outcome", "Play", "Seed", "StationState", "leaning", "next_tracks", "played", "start"]

TRACK_MS = 210_000
"""How long a track lasts, for what is chosen ahead."""
MOST = 100
_NEAR_LIKED = 0.4
_SAYS = {
    WIDER: "nothing nearer to {name} may come just now, so this is a little further afield",
    ANYTHING: "nothing near to {name} may come just now, so this is further afield",
    ANYBODY: "all that is left for now is by artists that were played just before",
    LAST_RESORT: "everything there is was played in the last three hours, so this comes again",
}


def next_tracks(
    states: Sequence[StationState], listeners: Sequence[For], engine: Engine, n: int = 5
) -> list[tuple[Recommendation, ...]]:
    """What each station would play next, to each listener, in order.

    A look ahead: nothing is noted until `played` says so, and the same state, listener, time and snapshot give the same
    tracks. Ask again after each track: a skip or a like counts from the next one on.

    - No song, in any version, comes again within three hours, whether it was played here or elsewhere; nor an artist within five
      tracks.
    - When all near the seeds was played, the station goes further afield, and says so: first onward from what it played, then to
      anything the listener does not exclude. Only where even then nothing is left (a tiny catalogue) an artist comes sooner; and
      only where everything there is was played within three hours, a track: the one that was played longest ago.
    - What the listener or the station disliked, and the artists of the latter, do not come at all. There are fewer tracks than
      `n` only where exclusions and dislikes leave nothing.

    Exclusions without `heard_within_days` let known tracks come; `Controls.dial` says how much.
    """
    if not 1 <= n <= MOST:
        raise BadRequest(f"n must be from 1 to {MOST}, not {n!r}")
    return [_next(state, listener, engine, n) for state, listener in zip(states, listeners, strict=True)]


def _next(state: StationState, listener: For, engine: Engine, n: int) -> tuple[Recommendation, ...]:
    queue = _Queue(state, listener, engine)
    chosen: list[_Chosen] = []
    while len(chosen) < n and (one := queue.choose()) is not None:
        chosen.append(one)
    return _told(chosen, state, listener, engine)


class _Chosen(NamedTuple):
    item: int
    score: float
    far: int


class _Queue:
    """One look ahead: what was heard, and what it adds to that."""

    def __init__(self, state: StationState, listener: For, engine: Engine) -> None:
        self.state, self.listener, self.engine = state, listener, engine
        self.told = heard_of(state, engine)
        self.taken: list[Heard] = []
        self._look(NEAR)

    def choose(self) -> _Chosen | None:
        """The next track, or None where nothing may be played at all."""
        found = self._opening() if not self.state.count and not self.taken else None
        while found is None:
            found = self._best()
            if found is None and not self._widened():
                return None
        at_ms = self.listener.now_ms + len(self.taken) * TRACK_MS
        self.taken.append(Heard(found.item, at_ms, "played"))
        return found

    def _look(self, far: int) -> None:
        self.far = far
        self.pool = pool_of(self.state, self.listener, self.engine, far)
        self.worth = lasting(self.state, self.pool, self.told, self.engine)

    def _widened(self) -> bool:
        """Look further afield; False where there is no further."""
        if self.far == LAST_RESORT:
            return False
        self._look(self.far + 1)
        return True

    def _opening(self) -> _Chosen | None:
        """What a station that is named after a track or an artist begins with: that track, or a track of that artist."""
        if self.state.kind not in ("track", "artist"):
            return None
        facts, ask = self.engine.catalogue.facts, self.pool.ask
        barred = np.isin(facts.work[ask.seeds], facts.work[ask.barred])
        seeds = ask.seeds[~barred & allowed(facts, ask.seeds, ask.wanted)]
        if not len(seeds):
            return None
        score = chance(self.state.chance, 0, seeds) - np.log1p(np.arange(len(seeds)))
        best = int(np.argmax(score))
        return _Chosen(int(seeds[best]), float(score[best]), NEAR)

    def _best(self) -> _Chosen | None:
        facts, heard = self.engine.catalogue.facts, self.told + self.taken
        usable = np.ones(len(self.pool.items), dtype=np.bool_)
        if self.far < LAST_RESORT:
            usable &= ~np.isin(facts.work[self.pool.items], facts.work[[one.item for one in self.taken]])
        if self.far < ANYBODY:
            usable &= _tracks_since(facts, self.pool.items, heard[-ARTIST_GAP:]) > ARTIST_GAP
        places = np.flatnonzero(usable)
        if not len(places):
            return None
        items = self.pool.items[places]
        score = self.worth[places] + passing(items, heard, self.engine)
        score += chance(self.state.chance, self.state.count + len(self.taken), items)
        first = [-score]
        if self.far == LAST_RESORT:
            first.append(_last_ms(facts, items, heard, self.pool.ask.past))
        elif self.far == ANYBODY:
            first.append(-_tracks_since(facts, items, heard))
        best = int(np.lexsort(first)[0])
        return _Chosen(int(items[best]), float(score[best]), self.far)


def _tracks_since(facts: Facts, items: np.ndarray, heard: Sequence[Heard]) -> np.ndarray:
    """How many tracks ago the artist of each item was heard, int64 (m,): 1 for the last track, more than five where never."""
    artists = facts.artist[items]
    since = np.full(len(items), len(heard) + ARTIST_GAP + 1)
    for place, one in enumerate(heard):
        artist = facts.artist[one.item]
        if artist != UNKNOWN:
            since[artists == artist] = len(heard) - place
    return since


def _last_ms(facts: Facts, items: np.ndarray, heard: Sequence[Heard], past: Past) -> np.ndarray:
    """When each item, in any version, was last heard here or elsewhere: int64 (m,); -1 where that is not known."""
    works = facts.work[items]
    last = np.full(len(items), NEVER, dtype=np.int64)
    elsewhere = np.flatnonzero(past.last_ms != NEVER)
    times = [(one.item, one.at_ms) for one in heard]
    times += zip(past.items[elsewhere].tolist(), past.last_ms[elsewhere].tolist(), strict=True)
    for item, at_ms in times:
        same = works == facts.work[item]
        last[same] = np.maximum(last[same], at_ms)
    return last


# -- why -----------------------------------------------------------------------------------------------------------------


def _told(chosen: Sequence[_Chosen], state: StationState, listener: For, engine: Engine) -> tuple[Recommendation, ...]:
    """The tracks with their reasons: what the Engine says of them, and what the station does."""
    if not chosen:
        return ()
    items = np.array([one.item for one in chosen], dtype=np.int64)
    named = engine.described(items)
    asked = request_of(state, listener, engine, NEAR)
    only = Exclusions(heard_within_days=0, not_my_taste=asked.exclusions.not_my_taste)
    ids = tuple(dict.fromkeys(item_id for item_id, _, _ in named))
    request = replace(asked, n=len(ids), within=ids, controls=Controls(), exclusions=only, rules=NO_RULES, reasons=True)
    [answer] = engine.recommend([request])
    explained = {one.item_id: one for one in answer.recommendations}
    liked = _near_liked(items, state, engine)
    own = {*listener.history.item_ids, *(play.item_id for play in state.plays if play.outcome == "liked")}
    found = []
    for one, near, (item_id, title, artists) in zip(chosen, liked, named, strict=True):
        told = explained.get(item_id) or Recommendation(item_id, title, artists, 0.0, "station")
        engines = [_honest(reason, own) for reason in told.reasons]
        reasons = [*near, *engines, *_of_station(one, state, item_id)]
        if not reasons:
            reasons = [Reason("related", f"near to {state.name}")]
        found.append(replace(told, score=one.score, reasons=tuple(reasons)))
    return tuple(found)


def _honest(reason: Reason, own: Set[str]) -> Reason:
    """A reason that names seeds of the station: that one likes those is not said of who has not said or shown it."""
    if reason.kind != "played" or all(one.item_id in own for one in reason.because):
        return reason
    names = listed(wording.artist_names(reason.because))
    return replace(reason, kind="related", text=f"listeners of {names} play it, too")


def _of_station(one: _Chosen, state: StationState, item_id: str) -> list[Reason]:
    reasons = []
    if item_id in state.item_ids:
        reasons.append(Reason("related", f"the station {state.name} grew from it"))
    if one.far in _SAYS:
        kind: ReasonKind = "explore" if one.far < ANYBODY else "popular"
        reasons.append(Reason(kind, _SAYS[one.far].format(name=state.name)))
    return reasons


def _near_liked(items: np.ndarray, state: StationState, engine: Engine) -> list[list[Reason]]:
    """For each item the reason that it is near to what was liked on the station, where it is."""
    liked = engine.places([play.item_id for play in state.plays if play.outcome == "liked"][-LIKED_SEEDS:])
    liked = liked[liked >= 0]
    if not len(liked):
        return [[] for _ in items]
    vectors = engine.catalogue.space.vectors
    cosines = np.asarray(vectors[items]) @ np.asarray(vectors[liked]).T
    nearest = np.argmax(cosines, axis=1)
    named = engine.described(liked[nearest])
    return [
        [Reason("related", f"near to {title}, which you liked here")] if cosine >= _NEAR_LIKED else []
        for (_, title, _), cosine in zip(named, cosines.max(axis=1), strict=True)
    ]
