"""Finds models by name: a module of this package that has a `MODEL` offers a recommender, one of `ratings` a rating predictor.

The name is the module's, with dashes: `user_knn.py` offers `user-knn`. Adding a model is adding a file.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import fields
from difflib import get_close_matches
from functools import cache
from types import ModuleType
from typing import Any

import segue.recommenders
import segue.recommenders.ratings
from segue.errors import UnknownModel
from segue.recommenders.base import PredictsRatings, Recommender

COUNTS = frozenset({"factors", "neighbours", "iterations", "ensemble", "clusters", "dimensions", "window", "k"})
"""Parameters that make no sense below 1, whatever the model."""


@cache
def recommenders() -> dict[str, type[Recommender]]:
    """The recommenders there are, by name."""
    return _offered(segue.recommenders)


@cache
def rating_predictors() -> dict[str, type[PredictsRatings]]:
    """The rating predictors there are, by name."""
    return _offered(segue.recommenders.ratings)


def create(name: str, **parameters: Any) -> Recommender:
    """A recommender that has not learned yet. Raises `UnknownModel` for a name or a parameter that there is not."""
    return _build(recommenders(), name, parameters)


def create_rating_predictor(name: str, **parameters: Any) -> PredictsRatings:
    """A rating predictor that has not learned yet. Raises `UnknownModel` as `create` does."""
    return _build(rating_predictors(), name, parameters)


def parameters_of(model: object) -> dict[str, Any]:
    """The parameters a model was made with, by name."""
    return {field.name: getattr(model, field.name) for field in fields(model) if field.init}  # type: ignore[arg-type]


def name_of(model: object) -> str:
    """The name under which a model is registered."""
    return type(model).__module__.rsplit(".", 1)[1].replace("_", "-")


def _build(offered: dict[str, type], name: str, parameters: dict[str, Any]) -> Any:
    if name not in offered:
        close = get_close_matches(name, offered, n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise UnknownModel(f"no model {name!r}{hint}: there are {', '.join(offered)}")
    model = offered[name]
    known = [field.name for field in fields(model) if field.init]
    for parameter in parameters:
        if parameter not in known:
            raise UnknownModel(f"model {name} has no parameter {parameter!r}: it has {', '.join(known) or 'none'}")
    for parameter, value in parameters.items():
        usual = getattr(model(), parameter)
        fits = isinstance(value, type(usual)) or (isinstance(usual, float) and isinstance(value, int))
        if not fits or (isinstance(value, bool) and not isinstance(usual, bool)):
            raise UnknownModel(f"model {name}: {parameter} must be like {usual!r}, not {value!r}")
        if parameter in COUNTS and value < 1:
            raise UnknownModel(f"model {name}: {parameter} must be 1 or more, not {value!r}")
    return model(**parameters)


def _offered(package: ModuleType) -> dict[str, type]:
    found = {}
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        model = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "MODEL", None)
        if model is not None:
            found[module.name.replace("_", "-")] = model
    return found


def ranks_unplayed(name: str) -> bool:
    """Whether a recommender scores items that nobody has played by what is known of them (class variable `RANKS_UNPLAYED`)."""
    return bool(getattr(recommenders().get(name), "RANKS_UNPLAYED", False))


def needs_listening(name: str) -> bool:
    """Whether a recommender can learn nothing from a catalogue alone (class variable `NEEDS_LISTENING`, true unless said)."""
    return bool(getattr(recommenders().get(name), "NEEDS_LISTENING", True))
