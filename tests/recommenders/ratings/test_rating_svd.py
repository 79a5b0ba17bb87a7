import numpy as np
import pytest
import surprise
from scipy import sparse

from segue.recommenders.ratings.svd import SVD


@pytest.mark.parametrize(
    ("parameters", "surprises"),
    [
        ({}, {}),
        (
            {"factors": 7, "epochs": 3, "learning_rate": 0.02, "regularisation": 0.1, "seed": 4},
            {"n_factors": 7, "n_epochs": 3, "lr_all": 0.02, "reg_all": 0.1, "random_state": 4},
        ),
    ],
)
def test_items_are_learned_as_surprise_learns_them(generated, trainset, parameters, surprises):
    known = trainset(generated)
    reference = surprise.SVD(**{"random_state": 0, **surprises}).fit(known)
    model = SVD(**parameters).fit(generated)
    inner = [known.to_inner_iid(item) for item in range(generated.n_items)]
    np.testing.assert_allclose(model.item_biases, reference.bi[inner], atol=1e-10)
    np.testing.assert_allclose(model.item_factors, reference.qi[inner], atol=1e-10)


def test_folding_in_predicts_no_worse_than_the_vectors_of_training(learn_from, by_surprise):
    """Ratings with a structure: tastes and items along two axes. A tenth of the ratings is held out."""
    random = np.random.default_rng(2)
    table = 3 + random.normal(size=(200, 2)) @ random.normal(size=(2, 80)) + random.normal(0, 0.3, (200, 80))
    table[random.random(table.shape) > 0.4] = np.nan
    rows, items = np.nonzero(~np.isnan(table))
    held_out = random.random(len(rows)) < 0.1
    rows, items = rows[held_out], items[held_out]
    actual = table[rows, items].copy()
    table[rows, items] = np.nan
    interactions = learn_from(table.tolist())
    by_training = by_surprise(surprise.SVD(random_state=0), interactions, rows, items)
    folded_in = SVD().fit(interactions).predict(interactions.matrix, rows, items)
    assert np.square(folded_in - actual).mean() <= np.square(by_training - actual).mean()


def test_one_step_of_folding_in_is_the_rule_of_the_paper(learn_from):
    model = SVD(factors=2, fold_in_epochs=1, learning_rate=0.1, regularisation=0.5).fit(learn_from([[5, 3], [3, 1]]))
    model.mean, model.item_biases = 3.0, np.array([1.0, -1.0])
    model.item_factors = np.array([[1.0, 0.0], [1.0, 2.0]])
    # The error is 5 - 3 - 1 = 1, so b_u = 0.1 and p_u = 0.1 * (1, 0); the other item: 3 - 1 + 0.1 + 0.1.
    predicted = model.predict(sparse.csr_array(np.array([[5.0, 0.0]])), np.array([0]), np.array([1]))
    assert predicted.tolist() == pytest.approx([2.2])


def test_an_empty_history_gets_the_mean_and_the_items_bias(generated):
    model = SVD().fit(generated)
    everything = np.arange(generated.n_items)
    predicted = model.predict(sparse.csr_array((1, generated.n_items)), np.zeros_like(everything), everything)
    np.testing.assert_allclose(predicted, np.clip(model.mean + model.item_biases, 1, 5))


def test_another_seed_learns_other_vectors(generated):
    assert not np.array_equal(SVD(seed=0).fit(generated).item_factors, SVD(seed=1).fit(generated).item_factors)
