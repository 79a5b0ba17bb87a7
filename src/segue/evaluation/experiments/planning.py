"""How long an experiment must be to find what it looks for."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri

from segue.evaluation.experiments.sequences import reach, tuned

LOOKS = 14
NODES = 100


@dataclass(frozen=True)
class Plan:
    """Units that each of two equal variants needs.

    `fixed`: when looked at once, at the end. `sequence`: when looked at all along and stopped as soon as it is clear, at the latest
    after so many. `expected`: how many that takes on average if the effect is the one looked for. `rho`: for `compare`.
    """

    fixed: int
    sequence: int
    expected: int
    rho: float
    alpha: float
    power: float


def power(
    baseline_mean: float,
    variance: float,
    minimum_effect: float,
    alpha: float = 0.05,
    power: float = 0.8,
    *,
    variance_after: float | None = None,
    correlation: float = 0.0,
    looks: int = LOOKS,
) -> Plan:
    """Units per variant to find an effect with probability `power`, while nothing is claimed wrongly but with probability `alpha`.

    `minimum_effect` is a part of `baseline_mean` (0.02: two per cent), up or down. `variance` is that of one unit; for a ratio that
    of (y - R x) / mean(x). `variance_after`: the treatment's; without it, as if all values grew by the effect. `correlation` with
    the past, which CUPED uses. `looks`: how often it is looked at, evenly.
    Raises ValueError for what cannot be planned.
    """
    effect = abs(minimum_effect * baseline_mean)
    if not (effect > 0 and variance > 0 and 0 < alpha < 1 and alpha < power < 1 and abs(correlation) < 1 and looks > 0):
        raise ValueError(
            "an effect, a mean and a variance that are not 0, alpha below power, both between 0 and 1, and at least one look"
        )
    once = float(ndtri(1 - alpha / 2) + ndtri(power))
    along = _drift_needed(alpha, power, looks)
    after = variance * (1 + abs(minimum_effect)) ** 2 if variance_after is None else variance_after
    # With n units each the difference has variance (variance + after) / n, and must be `drift` standard errors.
    per_drift = (variance + after) * (1 - correlation**2) / effect**2
    fixed, sequence = (math.ceil(per_drift * drift**2) for drift in (once, along))
    expected = math.ceil(per_drift * along**2 * crossing(along, alpha, looks)[1])
    return Plan(fixed, sequence, expected, tuned(2 * sequence, alpha), alpha, power)


def days_needed(units_per_variant: int, variants: int, units_per_day: float, share: float = 1.0) -> int:
    """Days until each variant has its units, when `units_per_day` new units come and `share` of them are in the experiment."""
    if units_per_day <= 0 or not 0 < share <= 1 or variants < 2:
        raise ValueError("units must come, a share above 0 and at most 1, and at least two variants")
    return math.ceil(units_per_variant * variants / (units_per_day * share))


@functools.cache
def _nodes() -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(NODES)


@functools.lru_cache(maxsize=100)
def _drift_needed(alpha: float, power: float, looks: int) -> float:
    """The drift that is found with probability `power`: between that of a single look and four times as much."""
    once = float(ndtri(1 - alpha / 2) + ndtri(power))
    return float(brentq(lambda drift: crossing(drift, alpha, looks)[0] - power, 0.9 * once, 4 * once, xtol=1e-4))


def crossing(drift: float, alpha: float, looks: int) -> tuple[float, float]:
    """How probably the sequence leaves 0 out at one of `looks` even looks; the mean part of the time until then, or the end.

    `drift` is the effect in standard errors at the last look, for which the sequence is tuned. The estimate times its information
    is a Brownian motion; the density of those not yet stopped is carried from look to look by Gauss-Legendre quadrature (Armitage,
    McPherson & Rowe 1969).
    """
    nodes, weights = _nodes()
    times = np.arange(1, looks + 1) / looks
    bounds = reach(times, tuned(1.0, alpha), alpha) * np.sqrt(times)
    step, places, mass = 1 / looks, np.zeros(1), np.ones(1)
    going, spent = 1.0, 0.0
    for bound in bounds:
        spent += going * step
        after = nodes * bound
        moved = np.exp(-((after[:, np.newaxis] - places - drift * step) ** 2) / (2 * step)) / math.sqrt(
            2 * math.pi * step
        )
        mass = (moved @ mass) * weights * bound
        places, going = after, float(mass.sum())
    return 1 - going, spent
