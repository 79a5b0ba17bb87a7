"""Trending: what the listener's country, age group and community of taste play, these days where times are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from segue.engine import wording
from segue.engine.engine import Engine
from segue.engine.request import Reason, Recommendation, Request
from segue.library.segments import age_group
from segue.mixes.base import For, Mix
from segue.mixes.covers import cover_of
from segue.ranking.catalogue import UNKNOWN, Crowds
from segue.ranking.diversity import NO_RULES, rerank
from segue.ranking.filters import allowed
from segue.recommenders.popularity import ANONYMOUS

TRACKS = 50
PER_ARTIST = 3
NOTABLE = 1.5
"""What is so many times as popular in a group as it is among all is worth a word."""


class Group(NamedTuple):
    """A crowd the listener belongs to: its name in `Crowds`, the key, title and sentence of its mix, and its name in words."""

    name: str
    key: str
    title: str
    sentence: str
    words: str


class Trending:
    """One mix for each crowd that the listener belongs to; where none is known, for everybody.

    A crowd of fewer than 20 listeners is none. What the greatest share of a crowd plays of late stands first; who is listening
    does not change the order, but what they will not hear is left out.
    """

    title = "Trending"

    def make(self, listeners: Sequence[For], engine: Engine) -> list[tuple[Mix, ...]]:
        """The mixes of each listener, in order: country, age group, community of taste."""
        return [self._mixes(listener, engine) for listener in listeners]

    def _mixes(self, listener: For, engine: Engine) -> tuple[Mix, ...]:
        found = (trending_in(group, listener, engine) for group in groups_of(listener, engine))
        return tuple(mix for mix in found if mix.tracks)


def groups_of(listener: For, engine: Engine) -> list[Group]:
    """The crowds a listener belongs to, of at least 20 listeners each; everybody where there are none."""
    crowds, context = engine.catalogue.crowds, listener.context
    # Without times, what was played long ago counts like what was played today.
    lately = " these days" if _is_crowd(crowds, "trending") else ""
    groups = []
    if context.country is not None:
        code = context.country.upper()
        groups.append(
            Group(f"country-{code}", f"trending-{code.lower()}", f"Trending in {code}",
                  f"What listeners in {code} play{lately}.", f"in {code}")
        )  # fmt: skip
    if context.age is not None:
        age = age_group(context.age)
        groups.append(
            Group(f"age-{age}", "trending-age", f"Trending among {age}",
                  f"What listeners aged {age} play{lately}.", f"at {age}")
        )  # fmt: skip
    community = _community(listener, engine)
    if community != UNKNOWN:
        groups.append(
            Group(f"community-{community}", "trending-taste", "Trending in your taste",
                  f"What listeners with a taste like yours play{lately}.", "among listeners with your taste")
        )  # fmt: skip
    known = [group for group in groups if _is_crowd(crowds, group.name)]
    if known:
        return known
    everybody = next((name for name in ("trending", "overall") if _is_crowd(crowds, name)), None)
    if everybody is None:
        return []
    return [Group(everybody, "trending", "Trending", f"What is played most{lately}.", "")]


def trending_in(group: Group, listener: For, engine: Engine, n: int = TRACKS) -> Mix:
    """What a crowd plays most, at most three tracks of an artist; without tracks where nothing of it may be shown."""
    facts, crowds = engine.catalogue.facts, engine.catalogue.crowds
    row = crowds.group(group.name)
    start, end = (crowds.top.indptr[row], crowds.top.indptr[row + 1]) if _is_crowd(crowds, group.name) else (0, 0)
    items, shares = crowds.top.indices[start:end], crowds.top.data[start:end]
    context = (
        listener.context if listener.context.now_ms is not None else replace(listener.context, now_ms=listener.now_ms)
    )
    request = Request(listener.history, context=context, controls=listener.controls, exclusions=listener.exclusions)
    ask = engine.ask(request)
    disliked = facts.work[ask.past.items[ask.past.weights < 0]]
    kept = allowed(facts, items, ask.wanted) & ~np.isin(facts.work[items], disliked)
    items, shares = items[kept].astype(np.int32), shares[kept].astype(np.float32)
    rules = replace(NO_RULES, per_artist=PER_ARTIST, one_version=True, apart=True)
    nobody = np.zeros(len(facts.genre_names), dtype=np.float32)
    page = rerank(shares, items, facts, engine.catalogue.space.vectors, rules, n, taste=nobody, before=items[:0])
    tracks = tuple(_told(group, items[page], shares[page], engine))
    cover = cover_of(group.key, items[page], engine, group.title)
    return Mix(group.key, group.title, group.sentence, cover, tracks)


def _is_crowd(crowds: Crowds, name: str) -> bool:
    """Whether there is such a crowd, and it is large enough that nobody shows."""
    row = crowds.group(name)
    return row != UNKNOWN and int(crowds.sizes[row]) >= ANONYMOUS


def _told(group: Group, items: np.ndarray, shares: np.ndarray, engine: Engine) -> list[Recommendation]:
    facts, size = engine.catalogue.facts, int(engine.catalogue.crowds.sizes[engine.catalogue.crowds.group(group.name)])
    found = []
    for (item_id, title, artists), item, share in zip(engine.described(items), items, shares, strict=True):
        reasons = [wording.crowd(group.name)]
        lift = float(share) / max(float(facts.popularity[item]), 1e-9)
        # Of fewer players than that nothing is said, not even a ratio.
        if group.words and share * size >= ANONYMOUS and lift >= NOTABLE:
            reasons.append(Reason("popular", f"{lift:.1f} times as popular {group.words} as elsewhere"))
        found.append(
            Recommendation(item_id, title, artists, float(share), f"popularity ({group.name})", reasons=tuple(reasons))
        )
    return found


def _community(listener: For, engine: Engine) -> int:
    """The community of taste whose middle is nearest to what the listener plays; -1 where too little is known."""
    centroids = engine.catalogue.crowds.centroids
    past = engine.past(Request(listener.history, exclusions=listener.exclusions))
    liked = past.weights > 0
    if not len(centroids) or not liked.any():
        return UNKNOWN
    middle = np.log1p(past.weights[liked]) @ engine.catalogue.space.vectors[past.items[liked]]
    return int(np.argmax(centroids @ middle)) if middle.any() else UNKNOWN


MIX = Trending()
