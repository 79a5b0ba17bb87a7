"""Daily Mixes: one for each of the listener's tastes, half of what they play and half new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from segue.engine.engine import Engine
from segue.engine.request import Recommendation
from segue.mixes.base import For, Mix, seed_of
from segue.mixes.clock import day_number, midnight_of, settled
from segue.mixes.covers import cover_of
from segue.mixes.finding import request, with_reasons
from segue.mixes.knowing import Known, familiar, known
from segue.mixes.ordering import apart, capped, drawn, in_turn, interleaved
from segue.mixes.saying import and_more, ended, genres_in, lead_artists
from segue.mixes.tastes import Taste, taste_of, tastes

KEY = "daily-mix"
MIXES = 6
LENGTH = 30
HALF = LENGTH // 2
ENOUGH = 5
"""Of a listener who knows fewer tracks than this, and in a mix with fewer, there is nothing to mix."""
LEAST_NEW = 10
"""A taste of few artists has more new tracks than familiar ones."""
PER_ARTIST = 4
FAMILIAR_PER_ARTIST = 3
SLOTS = 3
"""New tracks come in turn: each has its day out of three."""
RESTED_DAYS = 7.0
"""A track played just now is worth nothing, one played so many days ago 63% of what it is worth."""


class DailyMix:
    """Up to six mixes, by the groups that the listener's own music falls into."""

    title = "Daily Mix"

    def make(self, listeners: Sequence[For], engine: Engine) -> list[tuple[Mix, ...]]:
        """Each listener's mixes of the day, the weightiest taste first; none for one who knows fewer than five tracks."""
        return [self._mixes(settled(one, midnight_of(one.at)), engine) for one in listeners]

    def _mixes(self, one: For, engine: Engine) -> tuple[Mix, ...]:
        told = known(one, engine)
        if len(told) < ENOUGH:
            return ()
        mine = tastes(told.items, told.weights, engine.catalogue.space.vectors, MIXES)
        answers = engine.recommend([request(one, 6 * HALF, seeds=engine.ids.names(taste.items)) for taste in mine])
        taken: set[int] = set(engine.catalogue.facts.work[told.items].tolist())
        mixes: list[Mix] = []
        for number, (taste, answer) in enumerate(zip(mine, answers, strict=True)):
            played = _familiar(told.of(taste.items), one, engine)
            tracks = _tracks(played, _new(answer.recommendations, mine, number, one, engine), told, taken, engine)
            if len(tracks) >= ENOUGH:
                mixes.append(self._mix(len(mixes) + 1, taste, tracks, one, engine))
        return tuple(mixes)

    def _mix(self, number: int, taste: Taste, tracks: list[Recommendation], one: For, engine: Engine) -> Mix:
        key, name = f"{KEY}-{number}", f"{self.title} {number}"
        items = engine.places([track.item_id for track in tracks])
        theirs = np.flatnonzero(np.isin(items, taste.items))
        names = lead_artists([tracks[place] for place in theirs])
        sentence = ended("What you play, and new tracks that go with it", genres_in(items, engine))
        cover = cover_of(key, items, engine, name)
        title = f"{name}: {and_more(names)}" if names else name
        return Mix(key, title, sentence, cover, tuple(tracks), one.at + timedelta(days=1))


def _familiar(told: Known, one: For, engine: Engine) -> list[Recommendation]:
    """What the listener knows of a taste: drawn anew each day, rather what they play much and have not just played."""
    rested = 1 - np.exp(-told.days(unknown=RESTED_DAYS) / RESTED_DAYS)
    # Raised above a trace, so that a listener who plays all of it every day has a mix too.
    worth = np.log1p(told.weights.astype(np.float64)) ** 2 * np.maximum(rested, 1e-3)
    seed = seed_of(KEY, one.listener_id, str(day_number(one.at)))
    return familiar(told.only(drawn(worth, seed)), engine)


def _new(
    found: Sequence[Recommendation], mine: list[Taste], number: int, one: For, engine: Engine
) -> list[Recommendation]:
    """New tracks: those that lie with this taste before others, of these those whose day it is, of these the best."""
    found = in_turn(found, KEY, one.listener_id, day_number(one.at), SLOTS)
    nearest = taste_of(engine.places([track.item_id for track in found]), mine, engine.catalogue.space.vectors)
    return [found[place] for place in np.argsort(nearest != number, kind="stable")]


def _tracks(
    played: Sequence[Recommendation], new: Sequence[Recommendation], told: Known, taken: set[int], engine: Engine
) -> list[Recommendation]:
    """Half and half, artist by artist apart; `taken` has the works of this listener's mixes so far and of all they know."""
    given: Counter[int] = Counter()
    mine = capped(played, engine, HALF, FAMILIAR_PER_ARTIST, given=given)
    found = with_reasons(capped(new, engine, max(len(mine), LEAST_NEW), PER_ARTIST, taken, given), told, engine)
    return apart(interleaved([mine, found]), engine)


MIX = DailyMix()
