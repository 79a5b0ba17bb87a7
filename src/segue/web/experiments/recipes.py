"""Recipes: named ways to change what is asked of the Engine, or how it is answered. Pure functions with bounded numbers.

Adding one is adding it to `RECIPES`. What a listener asks for (genres, languages, exclusions) always holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from segue.engine import wording
from segue.engine.engine import Engine
from segue.engine.request import Answer, Recommendation, Request
from segue.errors import BadRequest
from segue.ranking.diversity import NO_RULES
from segue.ranking.filters import allowed

Values = Mapping[str, float]
Change = Callable[[Request, Values], Request]
Answering = Callable[[Request, Engine], Answer]


@dataclass(frozen=True)
class Parameter:
    """A number of a recipe: from `low` to `high`, `usual` where it is left out."""

    name: str
    low: float
    high: float
    usual: float
    meaning: str


@dataclass(frozen=True)
class Recipe:
    """One way to recommend.

    Attributes:
        name, meaning: what it is called, and what it does.
        parameters: its numbers.
        change: the request that is asked instead.
        answer: who answers instead of the Engine's own stages; None: nobody.
    """

    name: str
    meaning: str
    parameters: tuple[Parameter, ...] = ()
    change: Change = lambda request, _values: request
    answer: Answering | None = None


def _dial(request: Request, values: Values) -> Request:
    controls = request.controls
    return replace(request, controls=replace(controls, dial=min(max(controls.dial + values["by"], 0.0), 1.0)))


def _exploring(request: Request, values: Values) -> Request:
    return replace(request, exploration=max(request.exploration, values["share"]))


def _plain(request: Request, _values: Values) -> Request:
    return replace(request, rules=replace(NO_RULES, one_version=True))


def _diverse(request: Request, values: Values) -> Request:
    return replace(request, rules=replace(request.rules, diversity=values["diversity"]))


def _per_artist(request: Request, values: Values) -> Request:
    return replace(request, rules=replace(request.rules, per_artist=round(values["most"])))


def _small_artists(request: Request, values: Values) -> Request:
    return replace(request, rules=replace(request.rules, small_artists=values["share"]))


def _like_listener(request: Request, values: Values) -> Request:
    return replace(request, rules=replace(request.rules, calibration=values["calibration"]))


def most_popular(request: Request, engine: Engine) -> Answer:
    """What most people play, of what the listener has not heard and what is asked for allows; of each song one version."""
    ask, facts = engine.ask(request), engine.catalogue.facts
    order = np.argsort(-np.asarray(facts.popularity), kind="stable")
    heard = np.union1d(ask.past.items, ask.barred).astype(np.int64)
    order = order[~np.isin(facts.work[order], facts.work[heard])]
    order = order[allowed(facts, order, ask.wanted)]
    _, first = np.unique(facts.work[order], return_index=True)
    chosen = order[np.sort(first)][: ask.n]
    popularity = facts.popularity[chosen].tolist()
    found = [
        Recommendation(
            *told, float(much), "popularity", reasons=(wording.rest(played=much > 0),) if request.reasons else ()
        )
        for told, much in zip(engine.described(chosen), popularity, strict=True)
    ]
    return Answer(engine.manifest.name, tuple(found))


RECIPES: dict[str, Recipe] = {
    one.name: one
    for one in (
        Recipe("default", "As everybody has it: nothing is changed."),
        Recipe("popularity", "What most people play, of what the listener has not heard.", answer=most_popular),
        Recipe("no-diversity", "The most relevant first, with no rules for variety.", change=_plain),
        Recipe("diversity", "Another weight of variety against relevance.",
               (Parameter("diversity", 0, 1, 0.3, "0 relevance alone, 1 variety alone"),), _diverse),
        Recipe("dial", "Bolder or safer: the listener's dial is moved.",
               (Parameter("by", -0.5, 0.5, 0.2, "below 0 safer, above 0 bolder"),), _dial),
        Recipe("exploration", "More places for the lottery among tracks of which little is known.",
               (Parameter("share", 0, 0.4, 0.1, "the share of places, at most"),), _exploring),
        Recipe("per-artist", "Another number of tracks of one artist on a page.",
               (Parameter("most", 1, 10, 2, "tracks of one artist"),), _per_artist),
        Recipe("small-artists", "More places for the least played half of the artists.",
               (Parameter("share", 0, 0.5, 0.15, "the share of places, at least"),), _small_artists),
        Recipe("calibration", "How much the genres of a page follow the listener's own shares.",
               (Parameter("calibration", 0, 1, 0.3, "0 not at all, 1 closely"),), _like_listener),
    )
}  # fmt: skip


def checked(name: str, parameters: Mapping[str, Any]) -> dict[str, float]:
    """The parameters of a recipe, all of them, as numbers within bounds. Raises `BadRequest`."""
    recipe = RECIPES.get(name)
    if recipe is None:
        raise BadRequest(f"there is no recipe {name[:40]!r}: there are {', '.join(RECIPES)}")
    if strange := set(parameters) - {one.name for one in recipe.parameters}:
        known = ", ".join(one.name for one in recipe.parameters) or "none"
        raise BadRequest(f"the recipe {name} has no parameter {min(strange)[:40]!r}: it has {known}")
    found = {}
    for one in recipe.parameters:
        value = parameters.get(one.name, one.usual)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise BadRequest(f"{name}.{one.name} must be a number, not {value!r}")
        if not one.low <= value <= one.high:
            raise BadRequest(f"{name}.{one.name} must be from {one.low:g} to {one.high:g}, not {value:g}")
        found[one.name] = float(value)
    return found
