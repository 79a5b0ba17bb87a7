"""What simulated experiments are made of: metrics of which the truth is known, looks at them, and a row for what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import numpy as np

from segue.evaluation import experiments as ex

RUNS = 2_000
LOOKS, BATCH = 200, 50
CHUNK = 100
ALPHA = 0.05
ERROR = 3.0
"""A rate may be off by so many of its standard errors and still counts as what is wanted."""

Row = dict[str, Any]
Draw = Callable[[np.random.Generator, tuple[int, ...], float], tuple[Any, Any, Any]]
"""Of a generator, a shape and a relative effect: y, x or None, the past or None."""


# -- metrics -------------------------------------------------------------------------------------------------------------


def share(p: float) -> Draw:
    def draw(rng: np.random.Generator, shape: tuple[int, ...], effect: float) -> tuple[Any, Any, Any]:
        return (rng.random(shape) < p * (1 + effect)).astype(float), None, None

    return draw


def hours(sigma: float, correlation: float | None = None) -> Draw:
    """Log-normal, as listening is; the past with this correlation of logarithms."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...], effect: float) -> tuple[Any, Any, Any]:
        now = rng.standard_normal(shape)
        if correlation is None:
            return np.exp(sigma * now) * (1 + effect), None, None
        past = correlation * now + np.sqrt(1 - correlation**2) * rng.standard_normal(shape)
        return np.exp(sigma * now) * (1 + effect), None, np.exp(sigma * past)

    return draw


def normal(correlation: float) -> Draw:
    def draw(rng: np.random.Generator, shape: tuple[int, ...], effect: float) -> tuple[Any, Any, Any]:
        past = rng.standard_normal(shape)
        own = correlation * past + np.sqrt(1 - correlation**2) * rng.standard_normal(shape)
        return 10 * (1 + effect) + own, None, past

    return draw


def clicks(rng: np.random.Generator, shape: tuple[int, ...], effect: float) -> tuple[Any, Any, Any]:
    """Clicks per place shown: listeners see between 1 and hundreds of places, and some click far more than others."""
    places = 1 + rng.geometric(1 / 20, shape)
    own = np.clip(0.1 * (1 + effect) * np.exp(0.8 * rng.standard_normal(shape) - 0.32), 0, 1)
    return rng.binomial(places, own).astype(float), places.astype(float), None


def clicks_truth(effect: float) -> float:
    """The mean of `own`, by quadrature: clipping at 1 takes a little from it."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(101)
    own = np.clip(0.1 * (1 + effect) * np.exp(0.8 * nodes - 0.32), 0, 1)
    return float((own * weights).sum() / weights.sum())


# -- streams -------------------------------------------------------------------------------------------------------------


def summed_up(summary: ex.Summary) -> ex.Summary:
    """Sums of batches (runs, looks) as they stand after each look."""
    sums: list[Any] = [np.cumsum(getattr(summary, one.name), -1) for one in fields(summary)]
    return ex.Summary(*sums)


def streams(
    draw: Draw, runs: int, effect: float = 0.0, looks: int = LOOKS, batch: int = BATCH, times: int = 1, seed: int = 0
) -> Iterator[tuple[ex.Summary, ex.Summary]]:
    """Chunks of runs: control and treatment after each look. The control gets `times` as many units."""
    rng = np.random.default_rng(seed)
    per = max(1, CHUNK * LOOKS * BATCH // (looks * batch * times))
    for begun in range(0, runs, per):
        shape = (min(per, runs - begun), looks, batch)
        control = summed_up(ex.summarise(*draw(rng, (*shape[:2], batch * times), 0.0)))
        yield control, summed_up(ex.summarise(*draw(rng, shape, effect)))


def returning_days(rng: np.random.Generator, runs: int, per: int, days: int) -> tuple[ex.Summary, ex.Summary]:
    """Each day `per` listeners are new; clicks per place, and active days, (runs, days)."""
    everybody = per * days
    active = rng.beta(1, 3, (runs, everybody))
    rate = rng.beta(1, 9, (runs, everybody))
    seen, clicked, came = (np.zeros((runs, everybody)) for _ in range(3))
    ratios, means = [], []
    for day in range(days):
        here = rng.random((runs, everybody)) < active
        here[:, : day * per + per] |= np.arange(day * per + per) >= day * per  # everybody is there on their first day
        here[:, day * per + per :] = False
        places = np.where(here, rng.poisson(10, here.shape) + 1, 0)
        seen, clicked, came = seen + places, clicked + rng.binomial(places, rate), came + here
        known = slice(0, day * per + per)
        ratios.append(ex.summarise(clicked[:, known], seen[:, known]))
        means.append(ex.summarise(came[:, known]))
    return _stacked(ratios), _stacked(means)


def _stacked(days: list[ex.Summary]) -> ex.Summary:
    sums: list[Any] = [np.stack([getattr(day, one.name) for day in days], -1) for one in fields(ex.Summary)]
    return ex.Summary(*sums)


def row(proof: str, case: str, runs: int, measured: float, wanted: float, how: str, beside: Any = None) -> Row:
    """`how`: "<=" at most, ">=" at least, "=" as wanted; within the error of a rate of so many runs."""
    slack = ERROR * np.sqrt(wanted * (1 - wanted) / runs) if 0 < wanted < 1 else 0.0
    over, under = measured > wanted + slack, measured < wanted - slack
    holds = not ((over and how in "<==") or (under and how in ">=="))
    return {
        "proof": proof,
        "case": case,
        "runs": runs,
        "measured": float(measured),
        "wanted": f"{how} {wanted:.4g}",
        "beside": beside,
        "holds": "yes" if holds else "NO",
    }


def told(proof: str, case: str, runs: int, measured: float, beside: Any = None) -> Row:
    """What is worth knowing, and has no right value."""
    return {**row(proof, case, runs, measured, 0, ">=", beside), "wanted": "", "holds": ""}
