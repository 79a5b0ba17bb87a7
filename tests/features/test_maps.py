"""Maps: the same every time, and near what is near."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.decomposition import PCA

from segue.features.maps import project
from tests.effort import examples


def test_pca_agrees_with_another_implementation_up_to_signs():
    vectors = np.random.default_rng(0).normal(size=(40, 6)) * np.arange(1, 7)
    ours, theirs = project(vectors), PCA(2).fit_transform(vectors)
    assert np.abs(ours) == pytest.approx(np.abs(theirs), abs=1e-3)
    assert ours.dtype == np.float32


def test_signs_do_not_hang_on_the_order_of_rows():
    vectors = np.random.default_rng(1).normal(size=(30, 4)) * (4, 3, 2, 1)
    assert project(vectors[::-1])[::-1] == pytest.approx(project(vectors), abs=1e-4)


def test_tsne_keeps_clouds_apart_and_is_the_same_every_time():
    noise = np.random.default_rng(2)
    labels = np.repeat([0, 1, 2], 20)
    vectors = np.eye(3)[labels] * 20 + noise.normal(size=(60, 3))
    one, other = project(vectors, "tsne", seed=4), project(vectors, "tsne", seed=4)
    assert one.tobytes() == other.tobytes()
    distances = np.linalg.norm(one[:, np.newaxis] - one[np.newaxis], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (labels[distances.argmin(axis=1)] == labels).all()


def test_what_is_not_known_counts_as_the_mean():
    vectors = np.array([[1.0, 0], [3, 0], [np.nan, 0]])
    assert project(vectors)[:, 0].tolist() == [-1, 1, 0]


@pytest.mark.parametrize("method", ["pca", "tsne"])
@pytest.mark.parametrize("n", [0, 1, 2, 4, 12, 40])
def test_few_points_duplicates_and_constant_columns_are_no_trouble(method, n):
    for vectors in (np.zeros((n, 3)), np.tile([1.0, 2, np.nan], (n, 1)), np.arange(n)[:, np.newaxis] % 3):
        plane = project(vectors, method)
        assert plane.shape == (n, 2)
        assert np.isfinite(plane).all()


@settings(max_examples=examples(30), deadline=None)
@given(arrays.arrays(np.float64, st.tuples(st.integers(0, 9), st.integers(0, 4)), elements=st.floats(-1e6, 1e6)))
def test_any_vectors_give_finite_points(vectors):
    assert np.isfinite(project(vectors)).all()
