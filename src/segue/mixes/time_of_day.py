"""Your evening: what the listener plays in this part of the day, and new tracks that go with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from segue.engine.engine import Engine
from segue.mixes.base import For, Mix, seed_of
from segue.mixes.clock import day_number, settled
from segue.mixes.covers import cover_of
from segue.mixes.finding import request, with_reasons
from segue.mixes.knowing import Known, familiar, known
from segue.mixes.listening import timed
from segue.mixes.ordering import apart, capped, drawn, in_turn, interleaved
from segue.mixes.saying import ended, genres_in, times
from segue.ranking.catalogue import DAY_PARTS

KEY = "time-of-day"
LENGTH = 30
HALF = LENGTH // 2
PER_ARTIST = 3
SLOTS = 3
"""New tracks come in turn: each has its day out of three."""
ENOUGH = 5
PART_HOURS = 24 // len(DAY_PARTS)
LEAST_PLAYS = 10
"""Of fewer plays in this part of the day, nothing is concluded."""
PRIOR = 3.0
"""A track's share of plays in this part is shrunk towards the listener's own, as if by so many plays."""
_CALLED = {
    "night": ("Your night", "at night"), "morning": ("Your morning", "in the morning"), "midday": ("Your midday", "before noon"),
    "afternoon": ("Your afternoon", "in the afternoon"), "evening": ("Your evening", "in the evening"),
    "late": ("Your late evening", "late in the evening"),
}  # fmt: skip
SEEDS = 20


class TimeOfDay:
    """For the part of the day it is: by what the listener plays then, else by what everybody does."""

    title = "Your time of day"

    def make(self, listeners: Sequence[For], engine: Engine) -> list[tuple[Mix, ...]]:
        """The mix of each listener's part of the day, by `context.hour`, else by the clock of `at`.

        None where nothing is known of when music is played, or the listener knows fewer than five tracks.
        """
        return [self._mixes(one, engine) for one in listeners]

    def _mixes(self, asked: For, engine: Engine) -> tuple[Mix, ...]:
        hour = asked.at.hour if asked.context.hour is None else asked.context.hour
        part = hour // PART_HOURS
        begun = asked.at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hour % PART_HOURS)
        one = settled(asked, begun.astimezone(UTC))
        one = replace(one, context=replace(one.context, hour=part * PART_HOURS + PART_HOURS // 2))
        told = known(one, engine)
        plays = _plays_in_part(one, engine, part, ahead=hour - asked.at.astimezone(UTC).hour)[told.items]
        worth = _worth(told, plays, part, engine)
        if worth is None or np.count_nonzero(worth) < ENOUGH:
            return ()
        return (self._mix(one, told, plays, worth, part, begun, engine),)

    def _mix(
        self, one: For, told: Known, plays: np.ndarray, worth: np.ndarray, part: int, begun: datetime, engine: Engine
    ) -> Mix:
        title, when = _CALLED[DAY_PARTS[part]]
        seeds = told.items[np.argsort(-worth, kind="stable")[:SEEDS]]
        [answer] = engine.recommend([request(one, 6 * HALF, seeds=engine.ids.names(seeds))])
        order = drawn(worth, seed_of(KEY, one.listener_id, one.at.isoformat()))
        order = order[worth[order] > 0]
        own = plays.sum() >= LEAST_PLAYS
        texts = [f"you played it {times(number)} {when}" for number in plays[order]] if own else None
        given: Counter[int] = Counter()
        works = set(engine.catalogue.facts.work[told.items].tolist())
        mine = capped(familiar(told.only(order), engine, texts), engine, HALF, PER_ARTIST, given=given)
        found = in_turn(answer.recommendations, KEY, one.listener_id, day_number(one.at), SLOTS)
        new = capped(found, engine, HALF, PER_ARTIST, works, given)
        tracks = apart(interleaved([mine, with_reasons(new, told, engine)]), engine)
        items = engine.places([track.item_id for track in tracks])
        said = f"What you play {when}" if own else f"What suits you {when}"
        sentence = ended(f"{said}, and new tracks that go with it", genres_in(items, engine))
        until = begun + timedelta(hours=PART_HOURS)
        return Mix(KEY, title, sentence, cover_of(KEY, items, engine, title), tuple(tracks), until)


def _plays_in_part(one: For, engine: Engine, part: int, ahead: int) -> np.ndarray:
    """How often each item was played in that part of the day, where the listener's clock is `ahead` of UTC by so many hours."""
    played = timed(one, engine)
    hours = (played.times // 3_600_000 + ahead) % 24
    return played.only(hours // PART_HOURS == part).counts(engine.catalogue.facts.n_items)


def _worth(told: Known, plays: np.ndarray, part: int, engine: Engine) -> np.ndarray | None:
    """How much each known item is part of that time of day, float64, shape (n,); None where nothing is known of times."""
    if plays.sum() >= LEAST_PLAYS:
        share = plays.sum() / max(float(told.plays.sum()), 1.0)
        lift = (plays + PRIOR * share) / (np.maximum(told.plays, plays) + PRIOR) / share
        return np.log1p(plays) * lift
    hours = engine.catalogue.moments.hours
    if not hours.shape[1]:
        return None
    return np.log1p(told.weights.astype(np.float64)) * np.exp(hours[told.items, part].astype(np.float64))


MIX = TimeOfDay()
