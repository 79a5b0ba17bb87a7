"""Stations of listeners: their state in the database, changed by whichever device plays."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from django.core.cache import cache
from django.db import models, transaction
from django.utils.translation import gettext as _

from segue.engine.request import Recommendation
from segue.errors import BadRequest
from segue.mixes.station import next_tracks
from segue.mixes.station_start import start
from segue.mixes.station_state import Outcome, Seed, StationState, leaning, played
from segue.mixes.words import understand_words
from segue.web import clock
from segue.web.api.errors import Problem, not_found
from segue.web.catalog.models import Track
from segue.web.discovery import exposures
from segue.web.discovery.models import Station
from segue.web.discovery.serving import engine
from segue.web.experiments.assignment import plan_of
from segue.web.listening.changing import changed
from segue.web.listening.feedback import Kind, give_feedback
from segue.web.listening.known import known_of
from segue.web.listening.models import Listen, Listener
from segue.web.listening.record import NewListen, record_listens

SURFACE = "station"
TRIES = 20
MOST = 500
"""So many stations a listener may have."""
DAY_MS = 86_400_000
_FEEDBACK: dict[Outcome, Kind] = {"liked": "like", "disliked": "dislike"}


@dataclass(frozen=True)
class Played:
    """What a player tells of a track: when it began (ms since 1970 UTC), what became of it, and the page it was from."""

    track: str
    time_ms: int
    outcome: Outcome
    exposure: uuid.UUID | None = None


def begin(listener: Listener, seed: Seed, mood: str = "", name: str = "") -> Station:
    """A new station of a listener. Raises `NotFound` for a seed that there is not; `BadRequest`; `BadSnapshot`."""
    if listener.stations.count() >= MOST:
        raise Problem(409, "too-many", _("There are %s stations: delete one first.") % MOST)
    identity, now_ms = uuid.uuid4(), clock.now_ms()
    # Another station from the same seed is another station.
    state = start(seed, engine(), mood=mood, chance=identity.int % 2**31)
    return Station.objects.create(
        id=identity, listener=listener, name=(name or state.name)[:200], state=state.to_json(), created_ms=now_ms,
        played_ms=now_ms,
    )  # fmt: skip


def station_of(listener: Listener, station_id: uuid.UUID) -> Station:
    """A station of the listener. Raises `Problem` (404) for one that there is not, and for somebody else's."""
    found = Station.objects.filter(pk=station_id, listener_id=listener.pk).first()
    if found is None:
        raise not_found("station")
    return found


def stations_of(listener: Listener) -> models.QuerySet[Station]:
    """The stations of a listener."""
    return Station.objects.filter(listener_id=listener.pk)


def state_of(station: Station, listener: Listener) -> StationState:
    """What the station remembers: in a private session, with what was played in it."""
    if listener.is_private(clock.now_ms()) and (private := cache.get(_private_key(station))):
        return StationState.from_json(private)
    return state_kept(station)


def state_kept(station: Station) -> StationState:
    """What the station remembers, without private sessions."""
    return StationState.from_json(station.state)


def look_ahead(
    listener: Listener, station: Station, n: int
) -> tuple[str, uuid.UUID | None, tuple[Recommendation, ...]]:
    """What the station plays next: the snapshot, the exposure, and the tracks. Nothing of the station changes."""
    current = plan_of(listener, SURFACE).engine(engine())
    [tracks] = next_tracks([state_of(station, listener)], [known_of(listener)], current, n)
    exposure = exposures.shown(listener, SURFACE, current.manifest.name, tracks)
    return current.manifest.name, exposure, tracks


def note(listener: Listener, station: Station, told: Played) -> Station:
    """Note what became of a track: on the station, among the listens (and the feedback), and of what was shown.

    Told again, it is noted once; told anew of the same track and time, what is told last counts. In a private session it is
    kept aside, and gone with the session. Raises `Problem` for a track that there is not, and `BadRequest`.
    """
    now_ms = clock.now_ms()
    if told.time_ms > now_ms + DAY_MS:
        raise BadRequest(f"time_ms: is {told.time_ms}, more than a day from now; it counts ms since 1970 UTC")
    if not Track.objects.filter(key=told.track).exists():
        raise Problem(422, "unknown-track", f"There is no track {told.track!r}: send the key that the station gave.")
    if listener.is_private(now_ms):
        _keep_aside(listener, station, told)
        return station
    _record(listener, told)
    return _changed(station, lambda state: played(state, told.track, told.time_ms, told.outcome), told.time_ms)


def lean(listener: Listener, station: Station, mood: str) -> Station:
    """Let a station lean to a mood from the next track on; "" for none. Raises `NotFound` for words that say nothing here."""
    targets: Mapping[str, float] = {}
    if mood:
        [words] = understand_words([mood], engine())
        targets = words.targets
    if listener.is_private(clock.now_ms()):
        assert listener.private_until_ms is not None
        state = leaning(state_of(station, listener), targets)
        cache.set(_private_key(station), state.to_json(), max((listener.private_until_ms - clock.now_ms()) / 1000, 1))
        return station
    return _changed(station, lambda state: leaning(state, targets), station.played_ms)


def rename(station: Station, name: str) -> None:
    """Call a station something else. Raises `BadRequest` for nothing."""
    called = " ".join(name.replace("\0", "").split())[:200]
    if not called:
        raise BadRequest(_("a station needs a name"))
    Station.objects.filter(pk=station.pk).update(name=called)
    station.name = called


def genres(n: int) -> list[str]:
    """The genres that most tracks of the snapshot have: what a station may begin from. Raises `BadSnapshot`."""
    facts = engine().catalogue.facts
    counts = np.bincount(facts.genres.indices, minlength=len(facts.genre_names))
    return [facts.genre_names[place] for place in np.argsort(-counts, kind="stable")[:n].tolist() if counts[place]]


def _record(listener: Listener, told: Played) -> None:
    """What a station played is a listen as any other, once for each track and time, and skipped or not as is told last."""
    skipped = {"played": False, "skipped": True}.get(told.outcome)
    listen = NewListen(track_key=told.track, time_ms=told.time_ms, skipped=skipped, source=SURFACE)
    recorded = record_listens(listener, [listen])
    if recorded.known_already and skipped is not None:
        with transaction.atomic():
            same = Listen.objects.filter(
                listener_id=listener.pk, track__key=told.track, time_ms=told.time_ms, source=SURFACE
            )
            if same.exclude(skipped=skipped).update(skipped=skipped):
                changed(listener)
    if told.outcome in _FEEDBACK:
        give_feedback(listener, _FEEDBACK[told.outcome], track_key=told.track)
    if told.exposure is not None:
        exposures.outcome(listener, told.exposure, told.track, told.outcome, told.time_ms)


def _changed(station: Station, change: Callable[[StationState], StationState], played_ms: int) -> Station:
    """Change a station's state. Of two devices that do so at once, the second begins anew from what the first left."""
    for _try in range(TRIES):
        state = change(state_kept(station))
        text, when = state.to_json(), max(station.played_ms, played_ms)
        unchanged = Station.objects.filter(pk=station.pk, version=station.version)
        if unchanged.update(state=text, version=station.version + 1, played_ms=when):
            station.state, station.version, station.played_ms = text, station.version + 1, when
            return station
        station.refresh_from_db()
    raise Problem(409, "busy", "Other devices are changing this station: send it again.", headers={"Retry-After": "1"})


def _keep_aside(listener: Listener, station: Station, told: Played) -> None:
    assert listener.private_until_ms is not None
    state = played(state_of(station, listener), told.track, told.time_ms, told.outcome)
    cache.set(_private_key(station), state.to_json(), max((listener.private_until_ms - clock.now_ms()) / 1000, 1))


def _private_key(station: Station) -> str:
    return f"station:{station.pk.hex}"
