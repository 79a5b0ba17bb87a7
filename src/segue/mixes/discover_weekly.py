"""Discover Weekly: thirty tracks the listener has never heard, every Monday, from all of their tastes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from segue.engine.engine import Engine
from segue.engine.request import Recommendation
from segue.mixes.base import For, Mix
from segue.mixes.clock import monday_of, settled, week_number
from segue.mixes.covers import cover_of
from segue.mixes.finding import request, with_reasons, without_disliked_artists
from segue.mixes.knowing import known
from segue.mixes.ordering import artists_of, interleaved, turn_of, works_of
from segue.mixes.saying import ended, genres_in
from segue.mixes.tastes import Taste, shares, taste_of, tastes

KEY = "discover-weekly"
LENGTH = 30
DIAL = 0.7
TASTES = 6
ENOUGH = 3
"""Of a listener who knows fewer tracks than this, there is no taste to speak of."""
SLOTS = 4
"""Tracks come in turn: in each week those of one slot, and, where they are too few, of the one after the next."""
MANY_ARTISTS = 50 * LENGTH
"""From so many artists on, it is artists that come in turn, not tracks: then the next week has other artists too."""


class DiscoverWeekly:
    """Thirty tracks never heard, one per artist; the same from Monday to Monday, and none of them in the week after."""

    title = "Discover Weekly"

    def make(self, listeners: Sequence[For], engine: Engine) -> list[tuple[Mix, ...]]:
        """The mix of each listener's week; none for one who knows fewer than three tracks."""
        return [self._mixes(settled(one, monday_of(one.at)), engine) for one in listeners]

    def _mixes(self, one: For, engine: Engine) -> tuple[Mix, ...]:
        told = known(one, engine, playable=False)
        mine = tastes(told.items, told.weights, engine.catalogue.space.vectors, TASTES)
        if len(told) < ENOUGH or not mine:
            return ()
        given = shares(mine, LENGTH)
        exclusions = without_disliked_artists(one, engine)
        answers = engine.recommend(
            [
                request(one, 40 + 8 * places, seeds=engine.ids.names(taste.items), dial=DIAL, exclusions=exclusions)
                for taste, places in zip(mine, given, strict=True)
            ]
        )
        in_turn = [_in_turn(answer.recommendations, mine, number, one, engine) for number, answer in enumerate(answers)]
        parts = _one_per_artist(in_turn, given, engine)
        tracks = with_reasons(interleaved(parts), told, engine)
        if not tracks:
            return ()
        items = engine.places([track.item_id for track in tracks])
        sentence = ended("New to you, from all that you like", genres_in(items, engine))
        cover = cover_of(KEY, items, engine, self.title)
        return (Mix(KEY, self.title, sentence, cover, tuple(tracks), one.at + timedelta(days=7)),)


def _in_turn(
    found: Sequence[Recommendation], mine: list[Taste], number: int, one: For, engine: Engine
) -> list[Recommendation]:
    """What may be in the mix of this week: what lies with this taste before the rest, that of the week's own slot first.

    A slot depends on nothing but the listener and the artist (or the song), and two weeks in a row have none in common: so no
    mix needs to know the one before, and none repeats it, whatever was played in between.
    """
    week = week_number(one.at)
    nearest = taste_of(engine.places([track.item_id for track in found]), mine, engine.catalogue.space.vectors)
    kept: list[tuple[bool, int, Recommendation]] = []
    for track, name, taste in zip(found, _turns(found, engine), nearest.tolist(), strict=True):
        late = turn_of(KEY, one.listener_id, name, now=week, of=SLOTS)
        if late % 2 == 0:
            kept.append((taste != number, late, track))
    return [track for _, _, track in sorted(kept, key=lambda entry: entry[:2])]


def _turns(found: Sequence[Recommendation], engine: Engine) -> list[str]:
    """By what each track has its turn: by its artist where there are many, else by its song."""
    facts = engine.catalogue.facts
    artists = artists_of(found, engine)
    if len(facts.artist_ids) >= MANY_ARTISTS:
        return [
            facts.artist_ids[artist] if artist >= 0 else one.item_id for one, artist in zip(found, artists, strict=True)
        ]
    # A song goes by its first version: the number of a work is another one in the next snapshot.
    _, first = np.unique(facts.work, return_index=True)
    return engine.ids.names(first[works_of(found, engine)]) if found else []


def _one_per_artist(
    in_turn: Sequence[Sequence[Recommendation]], given: Sequence[int], engine: Engine
) -> list[list[Recommendation]]:
    """For each taste its share of the best, every artist and every song once; what one cannot fill, the others do."""
    artists: set[int] = set()
    works: set[int] = set()
    parts: list[list[Recommendation]] = [[] for _ in in_turn]
    left = [
        iter(list(zip(found, artists_of(found, engine), works_of(found, engine), strict=True))) for found in in_turn
    ]

    def add_one(number: int) -> bool:
        for track, artist, work in left[number]:
            # Those not known are numbered list by list, and are nobody's.
            if work not in works and (artist < 0 or artist not in artists):
                artists.add(artist)
                works.add(work)
                parts[number].append(track)
                return True
        return False

    # The weightiest taste comes last: what suits a small one too is needed there more.
    for number in reversed(range(len(parts))):
        while len(parts[number]) < given[number] and add_one(number):
            pass
    open_to_more = set(range(len(parts)))
    while open_to_more and sum(map(len, parts)) < LENGTH:
        number = min(open_to_more, key=lambda one: (len(parts[one]) / max(given[one], 1), one))
        if not add_one(number):
            open_to_more.remove(number)
    return parts


MIX = DiscoverWeekly()
