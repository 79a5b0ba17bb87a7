"""Hidden Gems: music of artists that few know, for those whom it suits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from segue.engine.engine import Engine
from segue.engine.request import Reason, Recommendation
from segue.mixes.base import For, Mix
from segue.mixes.clock import monday_of, settled, week_number
from segue.mixes.covers import cover_of
from segue.mixes.finding import request, with_reasons, without_disliked_artists
from segue.mixes.knowing import Known, known
from segue.mixes.ordering import apart, capped, in_turn
from segue.mixes.saying import ended, genres_in
from segue.ranking.diversity import SMALL_ARTIST

KEY = "hidden-gems"
LENGTH = 30
PER_ARTIST = 2
SLOTS = 2
ENOUGH = 3
HIT = 0.9
"""What has this place by popularity is hidden from nobody, whoever made it."""
POOL = 15_000
"""Of more items of little-known artists than this, those nearest to the listener are looked at."""
_GEM = Reason("listeners", "by one of the less known half of artists")


class HiddenGems:
    """Never heard, by artists below the middle by listeners, the most fitting of each week's turn."""

    title = "Hidden Gems"

    def make(self, listeners: Sequence[For], engine: Engine) -> list[tuple[Mix, ...]]:
        """The mix of each listener's week; none for one who knows fewer than three tracks."""
        return [self._mixes(settled(one, monday_of(one.at)), engine) for one in listeners]

    def _mixes(self, one: For, engine: Engine) -> tuple[Mix, ...]:
        told = known(one, engine, playable=False)
        pool = _little_known(told, engine) if len(told) >= ENOUGH else []
        if not pool:
            return ()
        [answer] = engine.recommend(
            [request(one, 4 * LENGTH, within=pool, exclusions=without_disliked_artists(one, engine))]
        )
        found = in_turn(answer.recommendations, KEY, one.listener_id, week_number(one.at), SLOTS)
        chosen = capped(found, engine, LENGTH, PER_ARTIST, given=Counter())
        tracks = [_as_gem(track) for track in apart(with_reasons(chosen, told, engine), engine)]
        if not tracks:
            return ()
        items = engine.places([track.item_id for track in tracks])
        sentence = ended("Little-known artists that go with what you play", genres_in(items, engine))
        cover = cover_of(KEY, items, engine, self.title)
        return (Mix(KEY, self.title, sentence, cover, tuple(tracks), one.at + timedelta(days=7)),)


def _little_known(told: Known, engine: Engine) -> list[str]:
    facts, vectors = engine.catalogue.facts, engine.catalogue.space.vectors
    items = np.flatnonzero((facts.artist_rank < SMALL_ARTIST) & (facts.rank < HIT))
    if len(items) > POOL:
        middle = np.log1p(told.weights) @ vectors[told.items]
        items = np.sort(items[np.argsort(-(vectors[items] @ middle), kind="stable")[:POOL]])
    return engine.ids.names(items)


def _as_gem(track: Recommendation) -> Recommendation:
    return replace(track, reasons=(*track.reasons, _GEM))


MIX = HiddenGems()
