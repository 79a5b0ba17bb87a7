"""What every rating predictor promises."""

import numpy as np
import pytest
from scipy import sparse

from segue.errors import BadSnapshot, NotEnoughData, UnknownModel
from segue.library.interactions import Interactions
from segue.recommenders import storage
from segue.recommenders.base import PredictsRatings, Recommender
from segue.recommenders.registry import create_rating_predictor, rating_predictors

N_LISTENERS, N_ITEMS = 40, 25
UNRATED = N_ITEMS - 1
EVERY_PAIR = np.indices((N_LISTENERS, N_ITEMS)).reshape(2, -1)

pytestmark = pytest.mark.parametrize("name", rating_predictors())


def interactions(matrix: sparse.csr_array) -> Interactions:
    listeners = np.array([f"listener-{row:02}" for row in range(matrix.shape[0])], dtype=object)
    items = np.array([f"item-{column:02}" for column in range(matrix.shape[1])], dtype=object)
    return Interactions(matrix.astype(np.float32), listeners, items, "track", "feedback")


@pytest.fixture(scope="module")
def ratings() -> Interactions:
    """Ratings of 1 to 5; nobody rated the last item."""
    random = np.random.default_rng(11)
    table = random.integers(1, 6, (N_LISTENERS, N_ITEMS)) * (random.random((N_LISTENERS, N_ITEMS)) < 0.4)
    table[:, UNRATED] = 0
    return interactions(sparse.csr_array(table))


@pytest.fixture
def model(name, ratings) -> PredictsRatings:
    return create_rating_predictor(name).fit(ratings)


def test_it_has_the_capability(name):
    assert isinstance(create_rating_predictor(name), PredictsRatings)
    assert not isinstance(create_rating_predictor(name), Recommender)


def test_predictions_are_one_number_each_within_the_ratings_seen(model, ratings):
    predicted = model.predict(ratings.matrix, *EVERY_PAIR)
    assert predicted.dtype == np.float64
    assert predicted.shape == (N_LISTENERS * N_ITEMS,)
    assert predicted.min() >= 1 - 1e-9
    assert predicted.max() <= 5 + 1e-9


def test_the_same_ratings_and_seed_give_the_same_bits(name, model, ratings):
    again = create_rating_predictor(name).fit(ratings)
    assert np.array_equal(again.predict(ratings.matrix, *EVERY_PAIR), model.predict(ratings.matrix, *EVERY_PAIR))


def test_saved_and_loaded_it_predicts_the_same(name, model, ratings, tmp_path):
    storage.save(model, tmp_path / "model")
    loaded = storage.load_rating_predictor(tmp_path / "model")
    assert type(loaded) is rating_predictors()[name]
    assert np.array_equal(loaded.predict(ratings.matrix, *EVERY_PAIR), model.predict(ratings.matrix, *EVERY_PAIR))


def test_it_does_not_load_as_a_recommender(model, tmp_path):
    storage.save(model, tmp_path / "model")
    with pytest.raises(BadSnapshot, match="does not hold a recommender"):
        storage.load(tmp_path / "model")


def test_what_is_asked_beside_a_question_does_not_change_its_answer(model, ratings):
    everything = model.predict(ratings.matrix, *EVERY_PAIR)
    chosen = np.random.default_rng(0).permutation(len(everything))[:50]
    some = model.predict(ratings.matrix, EVERY_PAIR[0][chosen], EVERY_PAIR[1][chosen])
    assert np.array_equal(some, everything[chosen])


def test_the_answer_follows_the_history_not_its_place(model, ratings):
    items = np.arange(N_ITEMS)
    in_place = model.predict(ratings.matrix, np.full(N_ITEMS, 9), items)
    alone = model.predict(ratings.matrix[[9]], np.zeros(N_ITEMS, dtype=int), items)
    assert np.array_equal(alone, in_place)


def test_the_history_matters(model, ratings):
    generous = sparse.csr_array(np.full((1, N_ITEMS), 5.0))
    stern = sparse.csr_array(np.full((1, N_ITEMS), 1.0))
    items = np.arange(N_ITEMS)
    nought = np.zeros(N_ITEMS, dtype=int)
    assert not np.allclose(model.predict(generous, nought, items), model.predict(stern, nought, items))


def test_an_empty_history_an_unseen_one_and_an_unrated_item_get_an_answer(model, ratings):
    histories = sparse.csr_array((np.array([4.0, 2.0]), np.array([3, UNRATED]), np.array([0, 0, 2])), (2, N_ITEMS))
    predicted = model.predict(histories, np.array([0, 0, 1, 1]), np.array([0, UNRATED, 0, UNRATED]))
    assert np.isfinite(predicted).all()
    assert predicted[1] == pytest.approx(ratings.matrix.data.mean())


def test_no_question_has_no_answer(model, ratings):
    nothing = np.zeros(0, dtype=np.int64)
    assert model.predict(ratings.matrix, nothing, nothing).shape == (0,)


def test_constant_ratings_are_predicted_as_they_are(name):
    constant = interactions(sparse.csr_array(np.array([[3.0, 3.0, 0], [0, 3.0, 3.0], [3.0, 0, 3.0]])))
    fitted = create_rating_predictor(name).fit(constant)
    everything = np.indices((3, 3)).reshape(2, -1)
    np.testing.assert_allclose(fitted.predict(constant.matrix, *everything), 3.0)


def test_one_rating_is_enough(name):
    single = interactions(sparse.csr_array(np.array([[0, 4.0], [0, 0]])))
    fitted = create_rating_predictor(name).fit(single)
    everything = np.indices((2, 2)).reshape(2, -1)
    np.testing.assert_allclose(fitted.predict(single.matrix, *everything), 4.0)


def test_no_ratings_is_an_error(name):
    with pytest.raises(NotEnoughData, match="no ratings"):
        create_rating_predictor(name).fit(interactions(sparse.csr_array((2, 3))))


def test_histories_over_other_items_are_an_error(model):
    with pytest.raises(ValueError, match=f"over 3 items, the model over {N_ITEMS}"):
        model.predict(sparse.csr_array((1, 3)), np.array([0]), np.array([0]))


def test_a_question_without_an_item_is_an_error(model, ratings):
    with pytest.raises(ValueError, match="2 histories are asked about 1 items"):
        model.predict(ratings.matrix, np.array([0, 1]), np.array([0]))


@pytest.mark.parametrize("item", [-1, N_ITEMS])
def test_an_item_that_is_not_there_is_an_error(model, ratings, item):
    with pytest.raises(ValueError, match=f"0 to {N_ITEMS - 1}"):
        model.predict(ratings.matrix, np.array([0]), np.array([item]))


def test_a_parameter_that_is_not_there_is_an_error(name):
    with pytest.raises(UnknownModel, match="no parameter 'loudness'"):
        create_rating_predictor(name, loudness=11)
