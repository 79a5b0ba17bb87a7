import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.evaluation.experiments import interleave, preference

ranking = st.lists(st.integers(0, 12), max_size=10, unique=True)


@given(ranking, ranking, st.integers(), st.integers(0, 12))
def test_a_fair_draft(a, b, seed, length):
    mixed = interleave(a, b, seed, length)
    assert mixed == interleave(a, b, seed, length)
    assert len(mixed.ranking) == len(set(mixed.ranking)) == min(length, len({*a, *b}))
    assert len(mixed.teams) == len(mixed.ranking)
    picks = [team for team in mixed.teams if team]
    for until in range(len(picks) + 1):
        assert abs(picks[:until].count("a") - picks[:until].count("b")) <= 1
    for place, (item, team) in enumerate(zip(mixed.ranking, mixed.teams, strict=True)):
        if team:
            own = a if team == "a" else b
            assert item == next(one for one in own if one not in mixed.ranking[:place])


def test_a_coin_says_who_goes_first():
    first = [interleave([1, 2], [3, 4], seed).teams[0] for seed in range(1_000)]
    assert first.count("a") == pytest.approx(500, abs=60)
    assert interleave([1, 2], [9], 1, 5).teams[2:] == [None]


def test_preference_counts_listeners_not_clicks():
    a, b = np.array([9, 1, 0, 2] * 100), np.array([0, 2, 0, 1] * 100)
    effect = preference(a, b)
    assert (effect.difference, effect.treatment, effect.control, effect.n) == (0.25, 0.5, 0.25, 400)
    spread = np.sign(a - b).std(ddof=1) / 20
    assert effect.standard_error == pytest.approx(spread)
    assert preference(a[:40], b[:40]).p_value == 1
    assert preference([], []).p_value == 1
    assert preference(b * 50, a).difference == -preference(a, b * 50).difference
