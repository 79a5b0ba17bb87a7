import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.ranking.diversity import NO_RULES, Rules
from segue.ranking.exploration import Draw, draw, explored_places, mix_in, pool, share_allowed
from tests.ranking.test_diversity import facts_of

SEEDS = 4000


def all_of(scores) -> np.ndarray:
    return np.ones(len(scores), dtype=bool)


def propensities(scores, k, temperature) -> np.ndarray:
    """The probabilities of all candidates, put together from many draws: each tells those of the ones drawn."""
    known = np.full(len(scores), np.nan)
    for seed in range(500):
        found = draw(scores, all_of(scores), k, seed, temperature)
        known[found.chosen] = found.propensities
    assert not np.isnan(known).any()
    return known


# -- the dial and the places -------------------------------------------------------------------------------------------


def test_the_dial_bounds_the_share_of_the_lottery():
    assert share_allowed(0.1, 0.5) == 0.1
    assert share_allowed(1.0, 0.5) == pytest.approx(0.2)
    assert share_allowed(1.0, 1.0) == pytest.approx(0.4)
    assert share_allowed(0.3, 0.0) == 0


@given(st.integers(1, 200), st.floats(0, 1), st.integers(-(2**63), 2**64))
def test_places_are_distinct_spread_and_never_the_first(n, share, seed):
    places = explored_places(n, share, seed)
    assert len(places) == min(math.floor(share * n + 1e-9), n - 1)
    assert places.tolist() == explored_places(n, share, seed).tolist()
    assert (np.diff(places) > 0).all()
    for number, place in enumerate(places):  # one in each of equal stretches of the places after the first
        assert 1 + number * (n - 1) // len(places) <= place < 1 + (number + 1) * (n - 1) // len(places)


def test_every_place_but_the_first_is_explored_by_some_seed():
    met = set(itertools.chain.from_iterable(explored_places(20, 0.1, seed).tolist() for seed in range(300)))
    assert met == set(range(1, 20))


# -- the draw ----------------------------------------------------------------------------------------------------------


def test_probabilities_follow_the_softmax_of_scaled_scores():
    scores = np.array([30, 20, 10], dtype=np.float32)  # scaled: 1, .5, 0
    weights = np.exp(np.array([1, 0.5, 0]) / 2)
    assert propensities(scores, 1, 2.0) == pytest.approx(weights / weights.sum())


def test_a_probability_above_1_is_cut_and_the_rest_shared_by_the_others():
    # Weights 100, 10, 1, 1: of 2 places the first would have 200 / 112, so it is sure and the others share the second place.
    scores = np.log(np.array([100, 10, 1, 1], dtype=np.float32))
    expected = [1, 10 / 12, 1 / 12, 1 / 12]
    assert propensities(scores, 2, 1 / math.log(100)) == pytest.approx(expected)


def test_equal_scores_have_equal_chances_and_few_candidates_are_sure():
    assert propensities(np.ones(8, dtype=np.float32), 2, 0.5) == pytest.approx([0.25] * 8)
    few = draw(np.arange(3, dtype=np.float32), all_of(range(3)), 5, 0)
    assert sorted(few.chosen.tolist()) == [0, 1, 2]
    assert few.propensities.tolist() == [1, 1, 1]


def test_only_the_eligible_are_drawn_and_only_their_scores_count():
    scores = np.array([np.inf, 1, 2, -np.inf, np.nan], dtype=np.float32)
    found = draw(scores, np.array([False, True, True, False, False]), 1, 3)
    assert found.chosen[0] in {1, 2}
    assert found.propensities[0] == pytest.approx(1 / (1 + math.exp([0, 2, -2][found.chosen[0]])))
    assert len(draw(scores, np.zeros(5, dtype=bool), 2, 3).chosen) == 0
    assert len(draw(scores, np.array([False, True, True, False, False]), 0, 3).chosen) == 0


@given(st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=40), st.integers(0, 45), st.integers(-5, 2**40),
       st.sampled_from([0.01, 0.1, 0.5, 3.0, 1000.0]))  # fmt: skip
def test_a_draw_is_of_distinct_candidates_and_the_same_for_the_same_seed(scores, k, seed, temperature):
    scores = np.array(scores, dtype=np.float32)
    found = draw(scores, all_of(scores), k, seed, temperature)
    assert len(set(found.chosen.tolist())) == len(found.chosen) == min(k, len(scores))
    assert ((found.propensities > 0) & (found.propensities <= 1)).all()
    again = draw(scores, all_of(scores), k, seed, temperature)
    assert found.chosen.tolist() == again.chosen.tolist()
    assert found.propensities.tolist() == again.propensities.tolist()


@pytest.mark.parametrize(("k", "temperature"), [(1, 0.5), (4, 0.5), (4, 0.15), (9, 0.3)])
def test_candidates_are_drawn_as_often_as_their_propensities_say(k, temperature):
    scores = np.random.default_rng(k).normal(size=12).astype(np.float32)
    expected = propensities(scores, k, temperature)
    assert expected.sum() == pytest.approx(k)
    drawn = np.zeros(12)
    for seed in range(SEEDS):
        drawn[draw(scores, all_of(scores), k, seed, temperature).chosen] += 1
    # Four standard errors of a frequency; the seeds are fixed, so it holds always or never.
    allowed = 4 * np.sqrt(expected * (1 - expected) / SEEDS) + 1e-12
    assert (np.abs(drawn / SEEDS - expected) <= allowed).all()


def test_the_mean_reward_of_the_uniform_policy_is_estimated_without_bias():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=30).astype(np.float32)
    reward = rng.random(30) + (scores > 0)  # what the lottery prefers is better: the plain mean would be too high
    estimates, plain = np.empty(SEEDS), np.empty(SEEDS)
    for seed in range(SEEDS):
        found = draw(scores, all_of(scores), 4, seed)
        estimates[seed] = (reward[found.chosen] / found.propensities).sum() / 30
        plain[seed] = reward[found.chosen].mean()
    allowed = 4 * estimates.std() / math.sqrt(SEEDS)
    assert abs(estimates.mean() - reward.mean()) <= allowed
    assert plain.mean() - reward.mean() > 3 * allowed


def test_where_the_drawn_stand_says_nothing_of_their_scores():
    scores = np.arange(10, dtype=np.float32)
    first = [draw(scores, all_of(scores), 3, seed).chosen for seed in range(SEEDS)]
    means = np.array(first).mean(axis=0)
    assert np.ptp(means) <= 4 * math.sqrt(2) * 2.9 / math.sqrt(SEEDS)


# -- who may take part -------------------------------------------------------------------------------------------------


def test_the_pool_leaves_room_under_the_caps_of_the_page():
    # On the page: candidate 0, of artist 0. One more of artist 0 may join: the best. A version of what is on it may not.
    facts = facts_of([0, 0, 0, 1, 1, -1], work=[0, 1, 2, 0, 4, 5])
    items, scores = np.arange(6, dtype=np.int32), np.array([9, 1, 2, 8, 3, 0], dtype=np.float32)
    page = np.array([0])
    assert pool(page, items, scores, facts, Rules(per_artist=2)).tolist() == [False, False, True, False, True, True]
    assert pool(page, items, scores, facts, NO_RULES).tolist() == [False] + [True] * 5


def test_one_version_of_a_song_is_in_the_pool_even_if_none_is_on_the_page():
    facts = facts_of([0, 1, 2], work=[7, 7, 7])
    found = pool(np.zeros(0, dtype=np.int64), np.arange(3), np.array([1, 3, 3], dtype=np.float32), facts, Rules())
    assert found.tolist() == [False, True, False]


def test_what_one_cap_keeps_out_takes_nobody_s_place_under_another():
    # The best three of the artist are of one release, of which one may join: the other releases fill the artist's places.
    facts = facts_of([0] * 6, [0, 0, 0, 1, 2, 3])
    scores = np.array([9, 8, 7, 6, 5, 4], dtype=np.float32)
    found = pool(np.zeros(0, dtype=np.int64), np.arange(6), scores, facts, Rules(per_artist=3, per_release=1))
    assert found.tolist() == [True, False, False, True, True, False]


@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(0, 6))
def test_whatever_joins_from_the_pool_the_caps_hold(seed, m, per):
    rng = np.random.default_rng(seed)
    facts = facts_of(rng.integers(-1, 6, m), rng.integers(-1, 9, m), rng.integers(0, m, m))
    rules = Rules(per_artist=per, per_release=per // 2)
    scores = rng.random(m).astype(np.float32)
    page = np.array([int(scores.argmax())])
    together = np.append(page, np.flatnonzero(pool(page, np.arange(m), scores, facts, rules)))
    assert len(set(together.tolist())) == len(together)
    for codes, most in ((facts.artist, per), (facts.release, per // 2), (facts.work, 1)):
        known = codes[together][codes[together] >= 0]
        assert not most or not len(known) or np.bincount(known).max() <= most
    # Nothing more could join: whatever is left out breaks a cap.
    for out in np.setdiff1d(np.arange(m), together):
        more = np.append(together, out)
        caps = ((facts.artist, per), (facts.release, per // 2), (facts.work, 1))
        assert any(most and codes[out] >= 0 and (codes[more] == codes[out]).sum() > most for codes, most in caps)


# -- merit and chance together -----------------------------------------------------------------------------------------


def test_the_drawn_stand_at_their_places_and_the_best_by_merit_at_the_others():
    drawn = Draw(np.array([70, 80]), np.array([0.2, 0.5]))
    mixed = mix_in(np.array([5, 4, 3, 2, 1]), drawn, np.array([1, 3]), 5)
    assert mixed.page.tolist() == [5, 70, 4, 80, 3]
    np.testing.assert_array_equal(mixed.propensities, [np.nan, 0.2, np.nan, 0.5, np.nan])
    shorter = mix_in(np.array([5, 4, 3]), drawn, np.array([1, 3]), 5)
    assert shorter.page.tolist() == mixed.page.tolist()


def test_a_page_with_too_little_on_it_stays_whole():
    drawn = Draw(np.array([70, 80]), np.array([0.2, 0.5]))
    assert mix_in(np.array([5]), drawn, np.array([2, 8]), 10).page.tolist() == [5, 70, 80]
    nothing = Draw(np.zeros(0, dtype=np.int64), np.zeros(0))
    assert mix_in(np.array([5, 4]), nothing, np.array([1]), 2).page.tolist() == [5, 4]
    one = Draw(np.array([70]), np.array([1.0]))
    assert mix_in(np.array([5, 4, 3]), one, np.array([1, 2]), 3).page.tolist() == [5, 70, 4]


@given(st.integers(1, 60), st.integers(0, 60), st.floats(0, 1), st.integers(0, 2**32))
def test_a_mixed_page_has_nothing_twice_and_starts_with_the_best(n, n_pool, share, seed):
    places = explored_places(n, share, seed)
    eligible = np.arange(n + n_pool) >= n
    drawn = draw(np.arange(n + n_pool, dtype=np.float32), eligible, len(places), seed)
    mixed = mix_in(np.arange(n), drawn, places, n)
    assert len(set(mixed.page.tolist())) == len(mixed.page) == n
    assert mixed.page[0] == 0
    by_chance = ~np.isnan(mixed.propensities)
    assert (by_chance == (mixed.page >= n)).all()
    assert by_chance.sum() == len(drawn.chosen)
    assert (np.diff(mixed.page[~by_chance]) == 1).all()
