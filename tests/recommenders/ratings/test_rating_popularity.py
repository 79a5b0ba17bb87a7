import numpy as np
import pytest
from scipy import sparse
from surprise import BaselineOnly

from segue.recommenders.ratings.popularity import Popularity

NAN = float("nan")


def test_biases_are_those_of_surprise(generated, by_surprise):
    rows, items = np.indices(generated.matrix.shape).reshape(2, -1)
    expected = by_surprise(BaselineOnly(verbose=False), generated, rows, items)
    predicted = Popularity().fit(generated).predict(generated.matrix, rows, items)
    np.testing.assert_allclose(predicted, expected, atol=1e-12)


def test_biases_under_other_regularisation_are_those_of_surprise(generated, by_surprise):
    rows, items = np.indices(generated.matrix.shape).reshape(2, -1)
    options = {"method": "als", "n_epochs": 3, "reg_u": 2, "reg_i": 7}
    expected = by_surprise(BaselineOnly(bsl_options=options, verbose=False), generated, rows, items)
    model = Popularity(rounds=3, listener_regularisation=2, item_regularisation=7).fit(generated)
    np.testing.assert_allclose(model.predict(generated.matrix, rows, items), expected, atol=1e-12)


def test_without_regularisation_one_round_is_means_of_what_is_left(learn_from):
    # The mean is 3. Items are 1 above and 1 below it; then the first listener is 1 above that, the second 1 below.
    interactions = learn_from([[5, 3], [3, 1]])
    model = Popularity(rounds=1, listener_regularisation=0, item_regularisation=0).fit(interactions)
    assert model.item_biases.tolist() == [1, -1]
    assert model.predict(interactions.matrix, np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])).tolist() == [5, 3, 3, 1]


def test_a_new_history_gets_its_bias_from_its_own_ratings(learn_from):
    model = Popularity(rounds=1, listener_regularisation=1, item_regularisation=0).fit(learn_from([[5, 3], [3, 1]]))
    # One rating of 4 for the second item, which stands at 2: 2 left, over one rating + 1.
    history = sparse.csr_array(np.array([[0.0, 4.0]]))
    assert model.predict(history, np.array([0]), np.array([1])).tolist() == [2 + 2 / (1 + 1)]


def test_an_empty_history_gets_the_mean_and_the_items_bias(learn_from):
    model = Popularity(rounds=1, listener_regularisation=0, item_regularisation=0).fit(learn_from([[5, 3], [3, 1]]))
    assert model.predict(sparse.csr_array((1, 2)), np.array([0, 0]), np.array([0, 1])).tolist() == [4, 2]


def test_predictions_stay_within_the_ratings_seen(learn_from):
    model = Popularity(listener_regularisation=0, item_regularisation=0).fit(learn_from([[5, 3], [3, 1]]))
    histories = sparse.csr_array(np.array([[0.0, 500.0], [-500.0, 0.0]]))
    assert model.predict(histories, np.array([0, 1]), np.array([0, 1])).tolist() == [5, 1]


def test_a_stored_zero_is_a_rating(learn_from):
    # Mean 2; the one listener is 2 below on the first item, 2 above on the second.
    model = Popularity(rounds=1, listener_regularisation=0, item_regularisation=0).fit(learn_from([[0, 4]]))
    assert model.mean == pytest.approx(2)
    assert model.item_biases.tolist() == [-2, 2]
