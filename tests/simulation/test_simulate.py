"""Whole simulations, of few listeners and weeks."""

import numpy as np
import pytest

from segue.errors import NotFound, UnknownModel
from segue.simulation import POLICIES, simulate
from segue.simulation.measures import MEASURES, OF_LISTENERS

FEW = {"weeks": 2, "scale": 0.04, "seed": 5, "model": "rp3beta"}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Three policies; what is written meanwhile is in a folder that must be empty afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("drafts")
        patch.setattr("tempfile.tempdir", str(folder))
        done = simulate(policies=["popularity", "default", "nothing"], **FEW)
    assert not list(folder.iterdir())
    return done


def test_every_measure_of_every_week(found):
    n_listeners = found.counts["listeners"]
    for course in found.courses:
        assert set(course.values) == {measure.id for measure in MEASURES}
        for name, values in course.values.items():
            assert values.shape == ((2, n_listeners) if name in OF_LISTENERS else (2,))
    served = found.course("default")
    for name in ("skips", "discovery", "gini", "coverage", "homogeneity"):
        assert ((served.weekly(name) >= 0) & (served.weekly(name) <= 1)).all()
    assert (served.weekly("taste") > 0.5).all()


def test_the_same_seed_gives_the_same_numbers_whoever_else_is_compared(found):
    again = simulate(policies=["default"], **FEW)
    one, other = found.course("default"), again.course("default")
    for name, values in one.values.items():
        assert np.array_equal(values, other.values[name], equal_nan=True), name


def test_without_a_page_there_is_nothing_to_skip_and_taste_stays(found):
    alone = found.course("nothing")
    assert np.isnan(alone.values["skips"]).all()
    assert np.isnan(alone.weekly("gini")).all()
    assert alone.weekly("taste") == pytest.approx([1, 1], abs=0.02)


def test_who_knows_the_truth_pleases_most_and_popularity_shows_all_the_same():
    found = simulate(policies=["oracle", "popularity", "chance"], **FEW)
    oracle, popular, chance = found.courses
    assert (oracle.weekly("skips") < chance.weekly("skips") - 0.2).all()
    assert (oracle.weekly("suiting") > popular.weekly("suiting")).all()
    assert (popular.weekly("homogeneity") > 3 * chance.weekly("homogeneity")).all()
    assert (popular.weekly("gini") > chance.weekly("gini")).all()


def test_progress_says_what_is_done():
    said = []
    simulate(policies=["chance"], progress=said.append, **FEW)
    assert said == [
        "inventing the world",
        "training rp3beta on the year so far",
        "chance: week 1 of 2",
        "chance: week 2 of 2",
    ]


def test_what_there_is_not():
    with pytest.raises(NotFound, match="popularity"):
        simulate(policies=["best"], **FEW)
    with pytest.raises(UnknownModel):
        simulate(policies=["default"], **FEW | {"model": "oracle"})
    with pytest.raises(ValueError, match="31"):
        simulate(policies=["default"], **FEW | {"weeks": 31})


def test_the_policies_of_the_engine_are_what_they_say():
    assert POLICIES["exploit"].rules.diversity == 0
    assert POLICIES["exploit"].exploration == 0
    assert POLICIES["default"].rules.per_artist == 3
