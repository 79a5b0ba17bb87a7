import numpy as np
import pytest

from segue.evaluation.experiments import assign, bucket

UNITS = [f"listener-{number}" for number in range(4_000)]


def test_the_same_everywhere_and_for_ever():
    assert bucket("listener-1", "home") == 0.8420465421179556
    assert [assign(unit, "home", [0.25, 0.25]) for unit in UNITS[:8]] == [None, None, None, None, 0, None, None, 0]


def test_shares_are_kept_and_salts_know_nothing_of_each_other():
    one, two = (np.array([assign(unit, salt, [0.2, 0.3]) for unit in UNITS], dtype=float) for salt in ("one", "two"))
    for found in (one, two):
        assert [(found == variant).mean() for variant in (0, 1)] == pytest.approx([0.2, 0.3], abs=0.03)
    assert ((one == 1) & (two == 1)).mean() == pytest.approx(0.09, abs=0.02)
    assert bucket("ab", "c") != bucket("b", "ca")


def test_whoever_is_in_keeps_the_variant_while_the_experiment_grows():
    small = [assign(unit, "s", [0.05, 0.1]) for unit in UNITS]
    large = [assign(unit, "s", [0.3, 0.6]) for unit in UNITS]
    assert all(after == before for before, after in zip(small, large, strict=True) if before is not None)
    assert None not in {assign(unit, "s", [0.5, 0.5]) for unit in UNITS}


@pytest.mark.parametrize("shares", [[], [0.6, 0.5], [-0.1, 0.5]])
def test_impossible_shares(shares):
    with pytest.raises(ValueError, match="shares"):
        assign("anybody", "s", shares)
