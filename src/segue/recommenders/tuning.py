"""Search for hyperparameters on an inner split of the training data, seeded and with a budget."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from segue.errors import NotEnoughData
from segue.features.groups import ItemFeatures
from segue.library.interactions import Interactions
from segue.library.splits import holdout
from segue.recommenders.ranking_quality import mean_ndcg, sample_rows
from segue.recommenders.registry import create, parameters_of, recommenders

JUDGES = 5_000
"""Listeners whose rankings are judged in one trial."""
CUTOFF = 20

SearchSpace = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Trial:
    """One set of parameters and the NDCG@20 it reached on the inner split."""

    parameters: dict[str, Any]
    ndcg: float


def search_space(name: str) -> SearchSpace:
    """Values worth trying per parameter of a model, as its class says in `SEARCH`; empty when there is nothing to tune."""
    return getattr(recommenders()[name], "SEARCH", {})


def tune(
    name: str,
    interactions: Interactions,
    features: ItemFeatures | None = None,
    *,
    trials: int = 8,
    seed: int = 0,
    progress: Callable[[Trial], None] | None = None,
) -> list[Trial]:
    """Try the defaults and then random points of the model's search space; the best trial comes first.

    One inner split (80/20 per listener) serves all trials. Equal results go to the earlier trial, so the search is
    deterministic under its seed.
    """
    rng = np.random.default_rng(seed)
    inner = holdout(interactions.positive, rng)
    rows = sample_rows(inner.test, JUDGES, rng)
    if not len(rows):
        raise NotEnoughData(f"{name} cannot be tuned: no listener has three items or more")
    train = interactions.with_matrix(inner.train)
    tried: list[Trial] = []
    for parameters in _points(name, trials, rng):
        model = create(name, **parameters).fit(train, features)
        trial = Trial(parameters_of(model), mean_ndcg(model, inner.train, inner.test, rows, CUTOFF))
        tried.append(trial)
        if progress is not None:
            progress(trial)
    return sorted(tried, key=lambda trial: -trial.ndcg)


def _points(name: str, trials: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    space = search_space(name)
    defaults = parameters_of(create(name))
    grid = [dict(zip(space, values, strict=True)) for values in itertools.product(*space.values())]
    others = [point for point in grid if any(defaults[key] != value for key, value in point.items())]
    order = rng.permutation(len(others))[: max(trials - 1, 0)]
    return [{}, *(others[place] for place in order)]
