"""What plays next: what a station plays, or, where there is none, what goes on from what was played in this sitting."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from segue.engine.engine import Engine
from segue.engine.request import Exclusion, Recommendation
from segue.errors import NotFound
from segue.mixes.base import For, seed_of
from segue.mixes.station import next_tracks
from segue.mixes.station_start import start
from segue.mixes.station_state import REPEAT_MS, Seed, StationState, played
from segue.web.discovery import exposures, stations
from segue.web.discovery.questions import Key, Strict, Time
from segue.web.discovery.serving import engine
from segue.web.listening.known import known_of
from segue.web.listening.models import Listener
from segue.web.playing.rows import as_json
from segue.web.shown import recommended

SURFACE = "next"
NAME = "what you played"
"""What it goes on from, as reasons say it: "near to what you played"."""
_DAY_MS = 86_400_000
_MARGIN_MS = 60_000


class Heard(Strict):
    """What became of a track."""

    track: Key
    time_ms: Time
    outcome: Literal["played", "skipped", "liked", "disliked"]
    exposure: uuid.UUID | None = None


class Asked(Strict):
    """What is asked: what a station plays next, or what comes after these."""

    station: uuid.UUID | None = None
    seeds: Annotated[list[Key], Field(max_length=50)] = []
    heard: Annotated[list[Heard], Field(max_length=100)] = []
    queue: Annotated[list[Key], Field(max_length=500)] = []
    n: Annotated[int, Field(ge=1, le=20)] = 5

    @model_validator(mode="after")
    def one_or_the_other(self) -> Asked:
        """A station has seeds of its own."""
        if self.station is not None and (self.seeds or self.queue):
            raise ValueError("a station has its own seeds: send either station, or seeds and queue")
        if self.station is None and not (self.seeds or self.heard):
            raise ValueError("say what to go on from: a station, seeds, or what was heard")
        return self


def coming(listener: Listener, asked: Asked) -> dict[str, Any]:
    """What plays next, as the player takes it.

    Raises `Problem` (404 for a station of somebody else, 422 for a track that there is not), `BadRequest` and `BadSnapshot`.
    """
    if asked.station is not None:
        station = stations.station_of(listener, asked.station)
        for one in asked.heard:
            told = stations.Played(one.track, one.time_ms, one.outcome, one.exposure)
            station = stations.note(listener, station, told)
        snapshot, exposure, tracks = stations.look_ahead(listener, station, asked.n)
    else:
        current = engine()
        snapshot, tracks = current.manifest.name, after(listener, asked, current)
        exposure = exposures.shown(listener, SURFACE, snapshot, tracks)
    return {
        "snapshot": snapshot, "exposure": exposure,
        "tracks": [as_json(row) for row in recommended(tracks, listener, exposure)],
    }  # fmt: skip


def after(listener: Listener, asked: Asked, current: Engine) -> tuple[Recommendation, ...]:
    """What comes after seeds and what was heard, without a station that is kept; nothing of it is in the queue, or was heard."""
    known = known_of(listener)
    state = _state(listener.key, asked, current, known.now_ms)
    [tracks] = next_tracks([state], [_without(known, asked.queue)], current, asked.n)
    out = {*asked.queue, *asked.seeds, *(one.track for one in asked.heard)}
    return tuple(one for one in tracks if one.item_id not in out)


def _state(key: str, asked: Asked, current: Engine, now_ms: int) -> StationState:
    """A station of the moment: the same for the same sitting, so that asking again gives the same."""
    heard = sorted(asked.heard, key=lambda one: one.time_ms)
    seeds = asked.seeds or [one.track for one in heard if one.outcome in ("played", "liked")]
    chance = seed_of(key, str(now_ms // _DAY_MS), *seeds[:10]) % 2**31
    try:
        state = start(Seed("playlist", tuple(seeds), NAME), current, chance=chance) if seeds else None
    except NotFound:
        state = None
    # What nothing is known of is gone on from by what is known of the listener.
    state = state or StationState("playlist", NAME, (), chance=chance)
    # What was played at all does not come again in this sitting, however long that lasts.
    since = now_ms - REPEAT_MS + _MARGIN_MS
    told = {one.track for one in heard}
    for place, seed in enumerate(one for one in asked.seeds if one not in told):
        state = played(state, seed, since + place, "played")
    for place, one in enumerate(heard):
        state = played(state, one.track, min(max(one.time_ms, since + 1000 + place), now_ms), one.outcome)
    return state


def _without(known: For, queue: Sequence[str]) -> For:
    """The listener, who has these ahead."""
    never = (*known.exclusions.never, *(Exclusion("item", key) for key in queue))
    return replace(known, exclusions=replace(known.exclusions, never=never))
