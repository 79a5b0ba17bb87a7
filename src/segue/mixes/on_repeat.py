"""On Repeat: what the listener plays most these days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from segue.engine.engine import Engine
from segue.mixes.base import For, Mix
from segue.mixes.clock import midnight_of, settled
from segue.mixes.covers import cover_of
from segue.mixes.knowing import familiar, known
from segue.mixes.listening import timed
from segue.mixes.saying import and_more, ended, lead_artists, times

KEY = "on-repeat"
LENGTH = 30
DAYS = 30
OFTEN = 2
"""What was played less often is not on repeat."""
ENOUGH = 5


class OnRepeat:
    """What was played most in the last 30 days, the most played first."""

    title = "On Repeat"

    def make(self, listeners: Sequence[For], engine: Engine) -> list[tuple[Mix, ...]]:
        """The mix of each listener; none where fewer than five tracks were played twice, or no times are known."""
        return [self._mixes(settled(one, midnight_of(one.at)), engine) for one in listeners]

    def _mixes(self, one: For, engine: Engine) -> tuple[Mix, ...]:
        told = known(one, engine)
        since = int((one.at - timedelta(days=DAYS)).timestamp() * 1000)
        plays = timed(one, engine).since(since).counts(engine.catalogue.facts.n_items)[told.items]
        order = np.lexsort((told.items, -told.last_ms, -plays))
        order = order[plays[order] >= OFTEN][:LENGTH]
        if len(order) < ENOUGH:
            return ()
        texts = [f"you played it {times(number)} in the last {DAYS} days" for number in plays[order]]
        tracks = familiar(told.only(order), engine, texts)
        names = lead_artists(tracks)
        sentence = ended(f"What you played most in the last {DAYS} days", [and_more(names, 3)] if names else [])
        cover = cover_of(KEY, told.items[order], engine, self.title)
        return (Mix(KEY, self.title, sentence, cover, tuple(tracks), one.at + timedelta(days=1)),)


MIX = OnRepeat()
