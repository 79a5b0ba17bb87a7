import math
from dataclasses import astuple

import numpy as np
import pytest
from scipy.stats import ttest_ind

from segue.evaluation.experiments import compare, summarise, tuned
from segue.evaluation.experiments.sequences import always_valid_p, reach


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def cumulative(values):
    """Looks after every batch, of values (runs, looks, batch)."""
    summary = summarise(values)
    return type(summary)(*(np.cumsum(one, -1) for one in astuple(summary)))


def test_a_single_look_is_welchs_test(rng):
    one, two = rng.normal(5, 1, 4_000), rng.normal(5.1, 1.5, 4_000)
    effect = compare(summarise(one), summarise(two))
    expected = ttest_ind(two, one, equal_var=False)
    assert effect.difference == pytest.approx(two.mean() - one.mean())
    assert effect.fixed_p_value == pytest.approx(expected.pvalue, rel=0.02)
    interval = expected.confidence_interval()
    assert (effect.fixed_low, effect.fixed_high) == pytest.approx((interval.low, interval.high), rel=0.01)
    assert effect.low < effect.fixed_low < effect.fixed_high < effect.high
    assert effect.relative == pytest.approx(two.mean() / one.mean() - 1)


def test_the_sequence_is_narrowest_where_it_was_tuned_and_p_is_its_inverse():
    rho = tuned(5_000)
    widths = reach(np.array([2_500, 5_000, 10_000]), rho, 0.05) / np.sqrt([2_500, 5_000, 10_000]) * math.sqrt(5_000)
    assert widths[1] == pytest.approx(3.035, abs=0.001)
    others = [reach(5_000, rho * by, 0.05) for by in (0.9, 1.1)]
    assert all(float(other) > widths[1] for other in others)
    # The formula as it is printed.
    t, root = 800, math.sqrt(800 * rho**2 + 1)
    printed = math.sqrt(2 * (t * rho**2 + 1) / (t**2 * rho**2) * math.log(root / 0.05))
    assert reach(t, rho, 0.05) / math.sqrt(t) == pytest.approx(printed)
    assert always_valid_p(reach(t, rho, 0.003), t, rho) == pytest.approx(0.003)


def test_the_past_is_taken_out_as_a_regression_would(rng):
    n = 3_000
    treated = np.repeat([0.0, 1.0], n)
    before = rng.gamma(2, 3, 2 * n)
    y = 2 + 0.7 * before + 0.3 * treated + rng.normal(0, 1, 2 * n)
    effect = compare(summarise(y[:n], before=before[:n]), summarise(y[n:], before=before[n:]))
    fitted = np.linalg.lstsq(np.stack([np.ones(2 * n), treated, before], 1), y, rcond=None)[0]
    assert effect.difference == pytest.approx(fitted[1], abs=1e-9)
    residual = y - np.stack([np.ones(2 * n), treated, before], 1) @ fitted
    assert effect.standard_error == pytest.approx(math.sqrt(2 / n) * residual.std(), rel=0.01)
    assert effect.explained == pytest.approx(np.corrcoef(before[:n], y[:n])[0, 1] ** 2, abs=0.03)


def test_a_ratio_varies_as_a_jackknife_says(rng):
    places = 1.0 + rng.poisson(8, (2, 400))
    clicks = rng.binomial(places.astype(int), rng.beta(1, 9, (2, 400))).astype(float)
    effect = compare(*(summarise(y, x) for y, x in zip(clicks, places, strict=True)))
    left_out = (clicks.sum(1, keepdims=True) - clicks) / (places.sum(1, keepdims=True) - places)
    jackknife = math.sqrt((399 * left_out.var(1)).sum())
    assert effect.standard_error == pytest.approx(jackknife, rel=0.01)
    assert effect.control == pytest.approx(clicks[0].sum() / places[0].sum())


def test_the_past_of_a_ratio_narrows_it_and_says_nothing_else(rng):
    places = 1.0 + rng.poisson(8, (2, 2_000))
    own = rng.beta(2, 8, (2, 2_000))
    clicks, before = (rng.binomial(places.astype(int), own).astype(float) for _ in range(2))
    with_past = compare(*(summarise(*one) for one in zip(clicks, places, before / places, strict=True)))
    without = compare(*(summarise(y, x) for y, x in zip(clicks, places, strict=True)))
    assert with_past.standard_error < 0.95 * without.standard_error
    assert abs(with_past.difference - without.difference) < 3 * without.standard_error


def test_days_can_be_added_up(rng):
    y, x, c = rng.normal(size=(3, 100)) + 3
    whole, parts = summarise(y, x, c), summarise(y[:30], x[:30], c[:30]) + summarise(y[30:], x[30:], c[30:])
    assert astuple(parts) == pytest.approx(astuple(whole))


def test_interval_p_value_and_relative_bounds_agree(rng):
    for shift in np.linspace(-0.4, 0.4, 41):
        effect = compare(summarise(rng.normal(3, 1, 300)), summarise(rng.normal(3 + shift, 1, 400)))
        found = effect.p_value <= 0.05
        assert found == (effect.low > 0 or effect.high < 0) == (effect.relative_low > 0 or effect.relative_high < 0)
        assert effect.relative_low <= effect.relative <= effect.relative_high


def test_below_zero_up_is_still_up(rng):
    effect = compare(summarise(rng.normal(-3, 0.1, 500)), summarise(rng.normal(-2.7, 0.1, 500)))
    assert 0 < effect.relative_low < 0.1 < effect.relative_high
    assert effect.relative == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize(
    ("one", "two"),
    [(np.arange(49.0), np.arange(500.0)), (np.ones(500), np.ones(500)), (np.zeros(500), np.zeros(500))],
)
def test_too_few_or_all_the_same_says_nothing(one, two):
    effect = compare(summarise(one), summarise(two))
    assert (effect.low, effect.high, effect.p_value) == (-math.inf, math.inf, 1.0)
    assert (effect.relative_low, effect.relative_high) == (-math.inf, math.inf)


def test_nobody_yet():
    effect = compare(summarise([]), summarise([]))
    assert effect.p_value == 1
    assert effect.low == -math.inf or math.isnan(effect.low)


def test_what_cannot_be_summed():
    with pytest.raises(ValueError, match="one value per unit"):
        summarise([1, 2], [1])
    with pytest.raises(ValueError, match="finite"):
        summarise([1, math.nan])


@pytest.mark.parametrize("metric", ["share", "heavy", "rare and lopsided"])
def test_looking_after_every_batch_finds_nothing_where_nothing_is(rng, metric):
    runs, looks, batch = 400, 40, 50
    if metric == "heavy":
        one, two = (rng.lognormal(0, 1.5, (runs, looks, batch)) for _ in range(2))
    else:
        rate, times = (0.1, 1) if metric == "share" else (0.02, 9)
        one, two = ((rng.random((runs, looks, batch * by)) < rate).astype(float) for by in (times, 1))
    effect = compare(cumulative(one), cumulative(two), rho=tuned(2_000))
    assert (np.asarray(effect.p_value) <= 0.05).any(-1).mean() <= 0.05
    if metric == "share":
        assert (np.asarray(effect.fixed_p_value) <= 0.05).any(-1).mean() > 0.2
