"""Rewind: what the listener loved and has not heard for long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from segue.engine.engine import Engine
from segue.mixes.base import For, Mix, seed_of
from segue.mixes.clock import monday_of, settled
from segue.mixes.covers import cover_of
from segue.mixes.knowing import Known, familiar, known
from segue.mixes.ordering import apart, capped, drawn
from segue.mixes.saying import ended, genres_in
from segue.ranking.past import NEVER

KEY = "rewind"
LENGTH = 30
PER_ARTIST = 4
LONG_AGO_DAYS = 182
LOVED = 2.0
"""Plays from which on it was loved; a like counts as three."""
ENOUGH = 5


class Rewind:
    """Loved before, and not heard for half a year: other ones every week."""

    title = "Rewind"

    def make(self, listeners: Sequence[For], engine: Engine) -> list[tuple[Mix, ...]]:
        """The mix of each listener's week; none where fewer than five tracks would be in it, or no times are known.

        Where the listening goes back less than a year, it is what was last heard in the oldest third of that time.
        """
        return [self._mixes(settled(one, monday_of(one.at)), engine) for one in listeners]

    def _mixes(self, one: For, engine: Engine) -> tuple[Mix, ...]:
        told = known(one, engine)
        told = told.only((told.last_ms != NEVER) & (told.weights >= LOVED))
        told = told.only(told.days(unknown=0) > _long_ago_days(one, told))
        order = drawn(told.weights.astype(np.float64), seed_of(KEY, one.listener_id, one.week))
        tracks = apart(capped(familiar(told.only(order), engine), engine, LENGTH, PER_ARTIST), engine)
        if len(tracks) < ENOUGH:
            return ()
        items = engine.places([track.item_id for track in tracks])
        sentence = ended("You loved these, and have not heard them for long", genres_in(items, engine))
        cover = cover_of(KEY, items, engine, self.title)
        return (Mix(KEY, self.title, sentence, cover, tuple(tracks), one.at + timedelta(days=7)),)


def _long_ago_days(one: For, told: Known) -> float:
    """Half a year; for one who has listened for less than a year, two thirds of that time."""
    first = min((listen.time_ms for listen in one.history.listens if listen.time_ms is not None), default=told.now_ms)
    return min(LONG_AGO_DAYS, (told.now_ms - first) / 86_400_000 * 2 / 3)


MIX = Rewind()
