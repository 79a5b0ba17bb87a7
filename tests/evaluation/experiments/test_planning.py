import numpy as np
import pytest
from scipy.stats import norm

from segue.evaluation.experiments import days_needed, power, tuned
from segue.evaluation.experiments.planning import crossing
from segue.evaluation.experiments.sequences import reach


def test_looked_at_once_it_is_the_formula_of_the_textbook():
    plan = power(0.1, 0.09, 0.1, variance_after=0.11 * 0.89)
    z = norm.ppf(0.975) + norm.ppf(0.8)
    assert plan.fixed == pytest.approx((0.09 + 0.11 * 0.89) * (z / 0.01) ** 2, abs=1)
    assert plan.fixed < plan.expected < plan.sequence < 2 * plan.fixed
    assert plan.rho == tuned(2 * plan.sequence)


def test_crossing_is_what_brownian_motion_does():
    rng = np.random.default_rng(5)
    looks, drift = 10, 3.5
    times = np.arange(1, looks + 1) / looks
    paths = np.cumsum(rng.normal(drift / looks, np.sqrt(1 / looks), (40_000, looks)), axis=1)
    beyond = np.abs(paths) / np.sqrt(times) >= reach(times, tuned(1), 0.05)
    at = np.where(beyond.any(1), times[beyond.argmax(1)], 1.0)
    found, spent = crossing(drift, 0.05, looks)
    assert found == pytest.approx(beyond.any(1).mean(), abs=0.01)
    assert spent == pytest.approx(at.mean(), abs=0.01)
    assert crossing(0, 0.05, 100)[0] < 0.05


def test_what_helps_and_what_costs():
    plain = power(10, 4, 0.02)
    assert power(10, 4, 0.02, correlation=0.6).fixed == pytest.approx(0.64 * plain.fixed, abs=1)
    assert power(10, 4, -0.02).fixed == plain.fixed
    assert power(10, 4, 0.02, power=0.9).sequence > plain.sequence
    assert days_needed(1_000, 2, 100, 0.5) == 40


@pytest.mark.parametrize("given", [(0, 1, 0.1), (1, 0, 0.1), (1, 1, 0), (1, 1, 0.1, 0.9, 0.8)])
def test_what_cannot_be_planned(given):
    with pytest.raises(ValueError, match="effect"):
        power(*given)
    with pytest.raises(ValueError, match="units"):
        days_needed(10, 2, 0)
