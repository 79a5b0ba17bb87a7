"""How two variants differ, with an interval that may be looked at as often as one likes.

A metric is a mean (y per unit) or a ratio R = sum y / sum x. By the delta method (Deng, Knoblich & Lu 2018, section 3) the ratio
moves as the mean of (y - R x) / mean(x), of which a mean is the case x = 1. CUPED (Deng, Xu, Kohavi & Walker 2013, section 3.2)
takes from it theta (c - mean c), with c from before the experiment and theta = cov / var(c) within variants: what was different
before is not counted as an effect, and the variance falls by the squared correlation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from segue.evaluation.experiments.sequences import always_valid_p, reach, tuned
from segue.evaluation.experiments.summaries import Summary

LEAST = 50
"""Units of each variant below which nothing is said: the sequence holds in the limit only."""


@dataclass(frozen=True)
class Effect:
    """How the treatment differs from the control.

    `difference`, `low`, `high`: treatment less control in units of the metric, always valid. `p_value`: always valid. `relative`
    and its bounds: the same as parts of the control's value (0.02 is two per cent), NaN and infinite where the control is too close
    to 0. `explained`: the part of the variance that CUPED took away. `fixed_*`: valid only for who looks once, at a time settled
    before. With fewer than 50 units in a variant bounds are infinite and p is 1. Of summaries that hold arrays, everything is an
    array.
    """

    difference: float
    low: float
    high: float
    p_value: float
    relative: float
    relative_low: float
    relative_high: float
    control: float
    treatment: float
    standard_error: float
    explained: float
    fixed_low: float
    fixed_high: float
    fixed_p_value: float
    n: float
    alpha: float


class _Arm(NamedTuple):
    """A variant's value, the variance of what one unit adds to it, and how that goes with the past."""

    n: Any
    value: Any
    variance: Any
    past: Any
    past_variance: Any
    covariance: Any


def compare(control: Summary, treatment: Summary, *, alpha: float = 0.05, rho: float | None = None) -> Effect:
    """The effect of the treatment, with CUPED where the past is known and the delta method where the metric is a ratio.

    `alpha`: how often the interval may ever miss the truth. `rho`: from `tuned` or a `Plan`; settled before the first look.
    """
    one, two = _arm(control), _arm(treatment)
    rho = tuned(alpha=alpha) if rho is None else rho
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        theta = _theta(one, two)
        past = (one.n * one.past + two.n * two.past) / (one.n + two.n)
        values = [arm.value - theta * (arm.past - past) for arm in (one, two)]
        before, after = (
            _pooled_where_wider(
                *((arm.variance - by * (2 * arm.covariance - by * arm.past_variance), arm.n) for arm in (one, two))
            )
            for by in (0.0, theta)
        )
        explained = 1 - (after[0] + after[1]) / (before[0] + before[1])
        enough = (one.n >= LEAST) & (two.n >= LEAST)
        return effect_of(values, after, one.n + two.n, enough, alpha, rho, np.nan_to_num(explained))


def effect_of(
    values: Any, variances: Any, n: Any, enough: Any, alpha: float, rho: float, explained: Any = 0.0
) -> Effect:
    """The effect between two values (control, treatment) whose variances are known, after `n` units in all."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        difference, error = values[1] - values[0], np.sqrt(np.maximum(variances[0] + variances[1], 0))
        # Where nothing varies, nothing is known of how it varies: no interval of no width.
        enough = enough & (error > 0)
        away = np.where(enough, reach(n, rho, alpha), np.inf)
        z = np.where(enough, difference / error, 0.0)
        once = np.where(enough, ndtri(1 - alpha / 2), np.inf)
        half, fixed = (np.where(enough, by * error, np.inf) for by in (away, once))
        relative, relative_low, relative_high = _relative(values, variances, away)
    found = {
        "difference": difference, "low": difference - half, "high": difference + half,
        "p_value": always_valid_p(z, n, rho),
        "relative": relative, "relative_low": relative_low, "relative_high": relative_high,
        "control": values[0], "treatment": values[1], "standard_error": error, "explained": explained,
        "fixed_low": difference - fixed, "fixed_high": difference + fixed, "fixed_p_value": 2 * ndtr(-np.abs(z)),
        "n": n, "alpha": alpha,
    }  # fmt: skip
    return Effect(**{name: _plain(value) for name, value in found.items()})


def _arm(of: Summary) -> _Arm:
    """The delta method on sums: with r = sum y / sum x, what a unit adds is (y - r x) / mean x."""
    with np.errstate(divide="ignore", invalid="ignore"):
        n = np.asarray(of.n, dtype=np.float64)
        y, x, c = of.sum_y / n, of.sum_x / n, of.sum_c / n
        r, unbiased = y / x, n / (n - 1)
        yy, xx, xy = of.sum_yy / n - y * y, of.sum_xx / n - x * x, of.sum_xy / n - x * y
        yc, xc = of.sum_yc / n - y * c, of.sum_xc / n - x * c
        variance = np.maximum(yy - 2 * r * xy + r * r * xx, 0) / (x * x)
        past_variance = np.maximum(of.sum_cc / n - c * c, 0)
        return _Arm(n, r, variance * unbiased, c, past_variance * unbiased, (yc - r * xc) / x * unbiased)


def _theta(one: _Arm, two: _Arm) -> Any:
    """The least variance of the difference: each variant counts by what it adds to that variance."""
    past = one.past_variance / one.n + two.past_variance / two.n
    theta = (one.covariance / one.n + two.covariance / two.n) / past
    return np.where(past > 0, theta, 0.0)


def _pooled_where_wider(one: tuple[Any, Any], two: tuple[Any, Any]) -> tuple[Any, Any]:
    """The variances of both values, from (variance of a unit, units) of each; that of a unit is pooled where this makes them wider.

    A small variant in which something rare has not happened yet seems to vary little just when its value is off; without this, with
    one part in ten of the units and a share of 1%, an A/A finds something in a fifth of all runs. Even variants are left as they
    are.
    """
    (variance_one, n_one), (variance_two, n_two) = one, two
    pooled = (variance_one * n_one + variance_two * n_two) / (n_one + n_two)
    wider = pooled * (1 / n_one + 1 / n_two) > variance_one / n_one + variance_two / n_two
    return np.where(wider, pooled, variance_one) / n_one, np.where(wider, pooled, variance_two) / n_two


def _relative(values: Any, variances: Any, away: Any) -> tuple[Any, Any, Any]:
    """Treatment / control - 1, with the bounds of Fieller (1954): all ratios r for which treatment - r control may be 0.

    They leave out 0 exactly when the interval of the difference does. A control below 0 turns them round, so that up stays up.
    """
    one, two = values
    a = one**2 - away**2 * variances[0]
    root = np.sqrt(np.maximum((one * two) ** 2 - a * (two**2 - away**2 * variances[1]), 0))
    sign = np.sign(one)
    ends = [sign * ((one * two + by * root) / a - 1) for by in (-sign, sign)]
    known = np.isfinite(away) & (a > 0)
    relative = np.where(one == 0, np.nan, (two - one) / np.abs(one))
    return relative, np.where(known, ends[0], -np.inf), np.where(known, ends[1], np.inf)


def _plain(value: Any) -> Any:
    return float(value) if np.ndim(value) == 0 else value
