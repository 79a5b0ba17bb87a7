import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.errors import BadSnapshot
from segue.library.records import load_record, save_record
from segue.ranking.trees import Trees
from tests.effort import examples


def random_rows(rng, n, n_columns, missing):
    X = rng.normal(size=(n, n_columns)).astype(np.float32)
    X[rng.random(X.shape) < missing] = np.nan
    X[rng.random(X.shape) < 0.1] = 0
    return X


def booster(seed=0, missing=0.15, n_trees=20, **parameters):
    rng = np.random.default_rng(seed)
    X = random_rows(rng, 600, 5, missing)
    X[:, 4] = np.nan_to_num(X[:, 4])  # a column in which training sees no missing value
    known = np.nan_to_num(X)
    y = known[:, 0] * known[:, 1] + known[:, 4] + np.isnan(X[:, 2]) + 0.1 * rng.normal(size=len(X))
    told = {"objective": "regression", "num_leaves": 9, "min_data_in_leaf": 5, "verbosity": -1, "num_threads": 1}
    return lightgbm.train(told | parameters, lightgbm.Dataset(X, y), n_trees)


def questions(seed=1):
    """Values unlike those of training: missing where none was, and without end."""
    X = random_rows(np.random.default_rng(seed), 400, 5, missing=0.3)
    X[0], X[1], X[2] = np.nan, np.inf, -np.inf
    return X


def lines(
    n_features=1, roots=(0,), feature=(0,), threshold=(0.5,), nan_left=(True,), children=((-1, -2),), leaf=(1, 2)
):
    return Trees(
        n_features, np.array(roots, dtype=np.int32), np.array(feature, dtype=np.int16), np.array(threshold, dtype=np.float64),
        np.array(nan_left), np.array(children, dtype=np.int32), np.array(leaf, dtype=np.float32),
    )  # fmt: skip


def test_by_hand():
    tree = lines()
    X = np.array([[0.5], [0.6], [np.nan]], dtype=np.float32)
    assert tree.predict(X).tolist() == [1, 2, 1]
    assert lines(nan_left=(False,)).predict(X).tolist() == [1, 2, 2]
    assert lines(roots=(0, 0, ~1)).predict(X).tolist() == [4, 6, 4]


@settings(max_examples=examples(12), deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.2]), st.booleans())
def test_the_trees_say_what_lightgbm_says(seed, missing, use_missing):
    learned = booster(seed, missing, use_missing=use_missing)
    X = questions(seed + 1)
    assert Trees.of(learned).predict(X) == pytest.approx(learned.predict(X, raw_score=True), abs=1e-5)


def test_several_boosters_are_averaged():
    first, second = booster(1), booster(2, n_trees=7)
    X = questions()
    mean = (first.predict(X, raw_score=True) + second.predict(X, raw_score=True)) / 2
    assert Trees.of(first, second).predict(X) == pytest.approx(mean, abs=1e-5)


def test_a_booster_that_learned_nothing_is_a_single_leaf():
    learned = booster(n_trees=2, min_data_in_leaf=10_000)
    X = questions()
    assert Trees.of(learned).predict(X) == pytest.approx(learned.predict(X, raw_score=True), abs=1e-5)


def test_only_the_trees_up_to_the_best_iteration_count():
    learned = booster()
    learned.best_iteration = 3
    trees = Trees.of(learned)
    assert trees.n_trees == 3
    assert trees.predict(questions()) == pytest.approx(learned.predict(questions(), num_iteration=3), abs=1e-5)


def test_they_come_back_from_disk_the_same(tmp_path):
    trees = Trees.of(booster())
    save_record(trees, tmp_path / "trees")
    assert np.array_equal(load_record(Trees, tmp_path / "trees").predict(questions()), trees.predict(questions()))


def test_no_candidates_no_scores():
    assert lines().predict(np.zeros((0, 1), dtype=np.float32)).shape == (0,)


def categorical_booster():
    X = np.random.default_rng(0).integers(0, 6, (600, 1)).astype(np.float64)
    data = lightgbm.Dataset(X, X[:, 0] % 2, categorical_feature=[0])
    return lightgbm.train({"verbosity": -1, "num_threads": 1, "min_data_per_group": 5}, data, 3)


@pytest.mark.parametrize(
    "strange",
    [
        categorical_booster,
        lambda: booster(zero_as_missing=True),
        lambda: booster(linear_tree=True),
        lambda: booster(boosting="rf", bagging_freq=1, bagging_fraction=0.5),
    ],
)
def test_what_is_not_known_is_refused(strange):
    with pytest.raises(ValueError, match=r"known here|averaged"):
        Trees.of(strange())


def test_another_number_of_columns_is_refused():
    with pytest.raises(ValueError, match="look at 1 columns"):
        lines().predict(np.zeros((2, 3), dtype=np.float32))


@pytest.mark.parametrize(
    "damage",
    [
        {"children": ((0, -2),)},
        {"children": ((-1, -9),)},
        {"children": ((-1, 5),)},
        {"feature": (3,)},
        {"roots": (4,)},
        {"threshold": ()},
    ],
)
def test_damaged_trees_are_refused(damage):
    with pytest.raises(BadSnapshot, match="damaged"):
        lines(**damage)
