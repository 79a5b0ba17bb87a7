import itertools

import numpy as np
import pytest
from scipy.stats import false_discovery_control, multinomial

from segue.evaluation.experiments import corrected, mismatch, mismatches
from segue.evaluation.experiments.mismatches import mismatch_p


def test_the_martingale_is_fair(monkeypatch):
    """Over all counts of six units the evidence against the shares is 1 on average, while they are right."""
    monkeypatch.setattr(mismatches, "CONCENTRATION", 2.0)
    monkeypatch.setattr(mismatches.np, "minimum", lambda one, _: one)
    shares = np.array([0.5, 0.3, 0.2])
    counts = np.array([one for one in itertools.product(range(7), repeat=3) if sum(one) == 6])
    chance = multinomial.pmf(counts, 6, shares)
    assert chance @ (1 / mismatch_p(counts, shares)) == pytest.approx(1)


def test_daily_looks_alarm_seldom_when_all_is_right_and_soon_when_not():
    rng = np.random.default_rng(3)
    shares = np.array([0.5, 0.25, 0.25])
    right = np.cumsum(rng.multinomial(500, shares, (1_000, 60)), axis=1)
    assert (mismatch_p(right, shares) <= 0.01).any(-1).mean() <= 0.01
    wrong = np.cumsum(rng.multinomial(2_000, [0.53, 0.235, 0.235], (100, 60)), axis=1)
    assert (mismatch_p(wrong, shares) <= 0.01).any(-1).mean() == 1


def test_what_is_said_of_counts():
    even = mismatch([5_020, 4_980], [1, 1])
    assert (even.p_value, even.alarm, even.expected) == (1.0, False, (5_000, 5_000))
    lost = mismatch([50_000, 48_000], [0.5, 0.5])
    assert lost.alarm
    assert lost.p_value < 1e-6
    assert mismatch([0, 0], [0.1, 0.9]).p_value == 1
    for counts, shares in (([1], [1]), ([1, 2], [1, 0]), ([-1, 2], [1, 1]), ([1, 2, 3], [1, 1])):
        with pytest.raises(ValueError, match="counts"):
            mismatch(counts, shares)


def test_corrections_by_hand():
    p = [0.04, 0.01, 0.03, 0.5]
    assert corrected(p, "holm") == pytest.approx([0.09, 0.04, 0.09, 0.5])
    assert corrected(p, "benjamini-hochberg") == pytest.approx(false_discovery_control(p))
    assert corrected([0.9, 0.8]).tolist() == [1, 1]
    assert corrected([]).tolist() == []
    with pytest.raises(ValueError, match="unknown"):
        corrected(p, "bonferoni")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="0 to 1"):
        corrected([1.5])
