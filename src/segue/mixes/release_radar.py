"""Release Radar: what came out lately from artists the listener plays, and from those related to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from segue.engine import wording
from segue.engine.engine import Engine
from segue.engine.request import Reason, Recommendation
from segue.mixes.base import For, Mix
from segue.mixes.clock import day_number, midnight_of, settled
from segue.mixes.covers import cover_of
from segue.mixes.finding import request, without_disliked_artists
from segue.mixes.knowing import Known, known
from segue.mixes.ordering import apart, capped
from segue.mixes.saying import and_more, ended, lead_artists
from segue.ranking.catalogue import UNKNOWN

KEY = "release-radar"
LENGTH = 30
DAYS = 28
PER_ARTIST = 3
POOL = 500
NEWNESS, FITTING = 0.5, 0.5
"""What the newest, and the most relevant, are worth beside the artist whom the listener plays most."""


class ReleaseRadar:
    """New releases of the last four weeks, the newest and most relevant first."""

    title = "Release Radar"

    def make(self, listeners: Sequence[For], engine: Engine) -> list[tuple[Mix, ...]]:
        """The mix of each listener's day; none where nothing came out that concerns them."""
        return [self._mixes(settled(one, midnight_of(one.at)), engine) for one in listeners]

    def _mixes(self, one: For, engine: Engine) -> tuple[Mix, ...]:
        facts = engine.catalogue.facts
        told = known(one, engine, playable=False)
        near = _nearness(told, engine)
        today = day_number(one.at)
        is_new = (facts.day > today - DAYS) & (facts.day <= today) & facts.to_the_day
        items = np.flatnonzero(is_new & (facts.artist != UNKNOWN))
        items = items[near[facts.artist[items]] > 0]
        items = items[np.argsort(-near[facts.artist[items]], kind="stable")[:POOL]]
        if not len(items):
            return ()
        [answer] = engine.recommend(
            [request(one, len(items), within=engine.ids.names(items), exclusions=without_disliked_artists(one, engine))]
        )
        ranked = _ranked(answer.recommendations, near, today, engine)
        own = np.unique(facts.artist[told.items])
        chosen = apart(capped(ranked, engine, LENGTH, PER_ARTIST), engine)
        tracks = [_with_release(track, own[own >= 0], engine) for track in chosen]
        if not tracks:
            return ()
        sentence = ended("Out in the last four weeks", [and_more(lead_artists(tracks), 3)])
        cover = cover_of(KEY, engine.places([track.item_id for track in tracks]), engine, self.title)
        return (Mix(KEY, self.title, sentence, cover, tuple(tracks), one.at + timedelta(days=1)),)


def _nearness(told: Known, engine: Engine) -> np.ndarray:
    """How near each artist is to the listener, float64, shape (n_artists,).

    1 for the one played most, 0 for one who is neither played nor related to any who is.
    """
    artists = engine.catalogue.facts.artist[told.items]
    mine = artists != UNKNOWN
    near = np.bincount(
        artists[mine], weights=np.log1p(told.weights[mine]), minlength=len(engine.catalogue.facts.artist_ids)
    )
    near = near / max(near.max(initial=0), 1e-12)
    related = engine.catalogue.relations.related
    if related.nnz:
        near = np.maximum(near, related.multiply(near[:, np.newaxis]).max(axis=0).toarray().ravel())
    return near


def _ranked(found: Sequence[Recommendation], near: np.ndarray, today: int, engine: Engine) -> list[Recommendation]:
    if not found:
        return []
    facts = engine.catalogue.facts
    items = engine.places([track.item_id for track in found])
    fitting = 1 - np.arange(len(found)) / len(found)
    age = (today - facts.day[items]) / DAYS
    worth = near[facts.artist[items]] + FITTING * fitting + NEWNESS * (1 - age)
    return [found[place] for place in np.argsort(-worth, kind="stable")]


def _with_release(track: Recommendation, own: np.ndarray, engine: Engine) -> Recommendation:
    """The track, with when it came out and whose it is before its other reasons."""
    facts = engine.catalogue.facts
    [item] = engine.places([track.item_id]).tolist()
    artist = int(facts.artist[item])
    name = facts.artist_names[artist]
    out = date(1970, 1, 1) + timedelta(days=int(facts.day[item]))
    words = f"out since {out.day} {out:%B %Y}"
    if artist in own:
        reasons = [Reason("new", f"new from {name}, whom you play, {words}")]
    else:
        reasons = [Reason("new", f"new from {name}, {words}")]
        to = wording.closest_artist(engine.catalogue, artist, own)
        if to != UNKNOWN:
            reasons.append(wording.related(name, facts.artist_names[to]))
    said = {reason.text for reason in reasons}
    others = [reason for reason in track.reasons if reason.kind != "new" and reason.text not in said]
    return replace(track, reasons=(*reasons, *others))


MIX = ReleaseRadar()
