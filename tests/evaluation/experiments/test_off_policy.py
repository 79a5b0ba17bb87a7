import numpy as np
import pytest

from segue.evaluation.experiments import doubly_robust, ips, snips

LOGGED, NEW, LIKING = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6]), np.array([0.2, 0.4, 0.9])
# Every item as often as it is logged, with its mean reward: estimates are then their own expectation.
ITEM = np.repeat([0, 1, 2], [50, 30, 20])
GIVEN = LIKING[ITEM], LOGGED[ITEM], NEW[ITEM]
TRUTH = float(NEW @ LIKING)


def test_unbiased_in_expectation():
    assert ips(*GIVEN).value == pytest.approx(TRUTH)
    assert snips(*GIVEN).value == pytest.approx(TRUTH)
    for model in (np.zeros(3), LIKING, np.array([0.9, 0.1, 0.3])):
        assert doubly_robust(*GIVEN, model[ITEM], np.full(100, NEW @ model)).value == pytest.approx(TRUTH)


def test_a_right_model_makes_wrong_propensities_harmless():
    wrong = np.full(100, 0.4)
    found = doubly_robust(LIKING[ITEM], wrong, NEW[ITEM], LIKING[ITEM], np.full(100, TRUTH))
    assert found.value == pytest.approx(TRUTH)
    assert ips(LIKING[ITEM], wrong, NEW[ITEM]).value != pytest.approx(TRUTH, abs=0.05)


def test_weights_by_hand():
    found = ips([1, 0, 1, 1], [0.5, 0.5, 0.25, 1.0], [0.5, 1.0, 1.0, 0.0])
    assert (found.value, found.mean_weight, found.n, found.clipped) == (1.25, 1.75, 4, 0)
    assert found.effective_n == pytest.approx(7**2 / (1 + 4 + 16))
    assert found.standard_error == pytest.approx(np.std([1, 0, 4, 0], ddof=1) / 2)
    clipped = ips([1, 0, 1, 1], [0.5, 0.5, 0.25, 1.0], [0.5, 1.0, 1.0, 0.0], clip=2)
    assert (clipped.value, clipped.clipped) == (0.75, 0.25)
    assert snips([1, 0, 1, 1], [0.5, 0.5, 0.25, 1.0], [0.5, 1.0, 1.0, 0.0]).value == pytest.approx(5 / 7)


def test_the_same_way_is_the_mean_and_listeners_count_once():
    rng = np.random.default_rng(2)
    rewards, propensities = rng.random(200), rng.uniform(0.1, 1, 200)
    same = snips(rewards, propensities, propensities)
    assert (same.value, same.effective_n) == (pytest.approx(rewards.mean()), pytest.approx(200))
    # What is logged ten times over says no more of anybody than what is logged once.
    tenfold = [np.repeat(values, 10) for values in (rewards, propensities, propensities, np.arange(200))]
    grouped = snips(*tenfold[:3], groups=tenfold[3])
    assert grouped.standard_error == pytest.approx(same.standard_error)
    assert snips(*tenfold[:3]).standard_error < same.standard_error / 3


def test_intervals_cover():
    rng = np.random.default_rng(4)
    covered = []
    for _ in range(300):
        item = rng.choice(3, 500, p=LOGGED)
        rewards = (rng.random(500) < LIKING[item]).astype(float)
        given = rewards, LOGGED[item], NEW[item]
        model = np.array([0.3, 0.3, 0.7])
        found = ips(*given), snips(*given), doubly_robust(*given, model[item], np.full(500, NEW @ model))
        covered.append([one.low <= TRUTH <= one.high for one in found])
    assert np.mean(covered, axis=0) == pytest.approx(0.95, abs=0.04)


@pytest.mark.parametrize(
    "given", [([], [], []), ([1], [0], [1]), ([1], [1.5], [1]), ([1, 2], [1], [1]), ([np.nan], [1], [1])]
)
def test_what_cannot_be(given):
    with pytest.raises(ValueError, match=r"rewards|propensities"):
        ips(*given)


def test_nothing_that_would_be_chosen_was_logged():
    with pytest.raises(ValueError, match="every weight is 0"):
        snips([1, 0], [0.5, 0.5], [0, 0])
