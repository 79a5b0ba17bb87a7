import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from surprise import KNNBasic

from segue.library.interactions import Interactions
from segue.recommenders.ratings.user_knn import UserKNN
from tests.effort import examples

NAN = float("nan")


@pytest.mark.parametrize(
    ("parameters", "surprises"),
    [
        ({}, {}),
        ({"k": 3}, {"k": 3}),
        ({"k": 5, "min_k": 4}, {"k": 5, "min_k": 4}),
        ({"shrinkage": 0}, {"shrinkage": 0}),
        ({"min_support": 6}, {"min_support": 6}),
    ],
)
def test_predictions_are_those_of_surprise(generated, by_surprise, parameters, surprises):
    rows, items = np.nonzero(generated.matrix.toarray() == 0)
    own = {name: value for name, value in surprises.items() if name in {"k", "min_k"}}
    of_similarity = {name: value for name, value in surprises.items() if name not in own}
    options = {"name": "pearson_baseline", "user_based": True, **of_similarity}
    expected = by_surprise(KNNBasic(sim_options=options, verbose=False, **own), generated, rows, items)
    predicted = UserKNN(**parameters).fit(generated).predict(generated.matrix, rows, items)
    np.testing.assert_allclose(predicted, expected, atol=1e-9)


def test_a_copy_of_a_listeners_history_gets_what_surprise_gives_that_listener(generated, by_surprise):
    unrated = np.flatnonzero(generated.matrix[[7]].toarray()[0] == 0)
    options = {"name": "pearson_baseline", "user_based": True}
    expected = by_surprise(KNNBasic(sim_options=options, verbose=False), generated, np.full(len(unrated), 7), unrated)
    copied = sparse.csr_array(generated.matrix[[7]])
    predicted = UserKNN().fit(generated).predict(copied, np.zeros(len(unrated), dtype=int), unrated)
    np.testing.assert_allclose(predicted, expected, atol=1e-9)


@pytest.fixture
def two_camps(learn_from) -> Interactions:
    """Two listeners love what two others hate; items 4 and 5 divide them too."""
    return learn_from([
        [5, 5, 1, 1, 5, NAN],
        [5, 5, 1, 1, NAN, 2],
        [1, 1, 5, 5, 1, NAN],
        [1, 1, 5, 5, NAN, 4],
    ])  # fmt: skip


def test_a_listener_gets_the_ratings_of_those_who_agree(two_camps):
    predicted = UserKNN().fit(two_camps).predict(two_camps.matrix, np.array([0, 1, 2, 3]), np.array([5, 4, 5, 4]))
    assert predicted.tolist() == pytest.approx([2, 5, 4, 1])


def test_a_new_history_gets_the_ratings_of_those_who_agree(two_camps):
    history = sparse.csr_array(np.array([[1.0, 2.0, 4.0, 0, 0, 0]]))
    predicted = UserKNN().fit(two_camps).predict(history, np.array([0, 0]), np.array([4, 5]))
    assert predicted.tolist() == pytest.approx([1, 4])


def test_one_shared_rating_makes_nobody_alike(two_camps):
    history = sparse.csr_array(np.array([[5.0, 0, 0, 0, 0, 0]]))
    model = UserKNN().fit(two_camps)
    assert model.predict(history, np.array([0]), np.array([4])).tolist() == [two_camps.matrix.data.mean()]


def test_of_equal_neighbours_the_first_counts(learn_from):
    # The second and third listener differ only in which of the last two items they prefer, and so do those items.
    interactions = learn_from([[5, 1, 5, 1, NAN, NAN], [5, 1, 5, 1, 2, 4], [5, 1, 5, 1, 4, 2]])
    model = UserKNN(k=1).fit(interactions)
    assert model.predict(interactions.matrix, np.array([0, 0]), np.array([4, 5])).tolist() == pytest.approx([2, 4])


def test_fewer_neighbours_than_min_k_give_the_mean(two_camps):
    model = UserKNN(min_k=2).fit(two_camps)
    assert model.predict(two_camps.matrix, np.array([0]), np.array([5])).tolist() == [model.baseline.mean]


@settings(max_examples=examples(30), deadline=None)
@given(st.lists(st.lists(st.sampled_from([0, 1, 2, 3]), min_size=5, max_size=5), min_size=1, max_size=8))
def test_predictions_never_leave_the_range_of_the_ratings(rows):
    matrix = sparse.csr_array(np.array([[4, 0, 2, 1, 0], *rows], dtype=np.float32))
    names = np.arange(max(matrix.shape)).astype(str).astype(object)
    interactions = Interactions(matrix, names[: matrix.shape[0]], names[:5], "track", "feedback")
    listeners, items = np.indices(matrix.shape).reshape(2, -1)
    predicted = UserKNN(shrinkage=1).fit(interactions).predict(matrix, listeners, items)
    assert predicted.min() >= matrix.data.min() - 1e-9
    assert predicted.max() <= matrix.data.max() + 1e-9
