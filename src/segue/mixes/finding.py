"""What a listener does not know yet: the new part of mixes, each with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from segue.engine import wording
from segue.engine.engine import Engine
from segue.engine.request import Because, Exclusion, Exclusions, Reason, Recommendation, Request
from segue.mixes.base import For
from segue.mixes.knowing import Known
from segue.ranking.diversity import NO_RULES, Rules

RELEVANCE = replace(NO_RULES, one_version=True)
"""The most relevant first, whatever they are; of each song one version. The mix itself sees to variety."""
_SEEDS = 30
_ALIKE = 0.2
"""From this likeness on (a cosine) it is a reason."""


def request(one: For, n: int, *, seeds: Sequence[str] = (), dial: float | None = None, within: Sequence[str] | None = None,
            exclusions: Exclusions | None = None, rules: Rules = RELEVANCE) -> Request:  # fmt: skip
    """A request for what the listener has never heard; `dial` counts where they have not moved it themselves."""
    controls = one.controls
    if dial is not None and controls.dial == 0.5:
        controls = replace(controls, dial=dial)
    return Request(
        one.history, tuple(seeds[:_SEEDS]), max(n, 1), one.context, controls,
        replace(exclusions or one.exclusions, heard_within_days=None), rules,
        None if within is None else tuple(within),
    )  # fmt: skip


def without_disliked_artists(one: For, engine: Engine) -> Exclusions:
    """The listener's exclusions, and every artist of whom they dislike something."""
    facts = engine.catalogue.facts
    places = engine.places(one.history.dislikes) if one.history.dislikes else np.zeros(0, dtype=np.int64)
    artists = np.unique(facts.artist[places[places >= 0]])
    disliked = tuple(Exclusion("artist", facts.artist_ids[artist]) for artist in artists.tolist() if artist >= 0)
    return replace(one.exclusions, never=(*one.exclusions.never, *disliked))


def with_reasons(found: Sequence[Recommendation], told: Known, engine: Engine) -> list[Recommendation]:
    """The same recommendations; those without a reason get one: what the listener knows that is most like it."""
    silent = [place for place, one in enumerate(found) if not one.reasons]
    answered = list(found)
    if not silent:
        return answered
    items = engine.places([found[place].item_id for place in silent])
    for place, reason in zip(silent, _alike(items, told, engine), strict=True):
        answered[place] = replace(found[place], reasons=(reason,))
    return answered


def _alike(items: np.ndarray, told: Known, engine: Engine) -> list[Reason]:
    if not len(told):
        return [wording.explored()] * len(items)
    vectors = engine.catalogue.space.vectors
    cosines = vectors[items] @ vectors[told.items].T
    nearest = np.argmax(cosines, axis=1)
    named = engine.described(told.items[nearest])
    reasons = []
    for cosine, (item_id, title, artists) in zip(cosines.max(axis=1), named, strict=True):
        because = Because(item_id, title, artists, 1.0)
        known_by = wording.name_of(because)
        near = Reason("sounds", f"much like {known_by}, which you know", (because,), "space")
        reasons.append(near if cosine >= _ALIKE else wording.explored())
    return reasons
