import numpy as np
import pytest
from scipy import sparse

from segue.features import FeatureGroup, ItemFeatures
from segue.recommenders.content import Content
from segue.recommenders.kmeans import KMeans
from tests.conftest import interactions_of


def alike(n_items: int, n_words: int) -> ItemFeatures:
    """Items that all have the same words."""
    words = sparse.csr_array(np.ones((n_items, n_words), dtype=np.float32))
    names = tuple(f"w{column}" for column in range(n_words))
    group = FeatureGroup("tags", words, names, np.ones(n_words, dtype=np.float32))
    return ItemFeatures(np.array([f"i{row}" for row in range(n_items)], dtype=object), (group,))


def test_a_history_of_nothing_but_ratings_of_zero_says_nothing():
    model = Content().fit(interactions_of([[1, 1]]), alike(2, 3))
    history = sparse.csr_array((np.zeros(1, dtype=np.float32), np.array([0]), np.array([0, 1])), shape=(1, 2))
    assert model.scores(history).tolist() == [[0, 0]]


@pytest.mark.parametrize("n_items", [1, 3])
def test_items_that_are_all_alike_are_one_cluster(n_items):
    model = KMeans().fit(interactions_of([[1] * n_items]), alike(n_items, 40))
    assert model.labels.tolist() == [0] * n_items
    scores = model.scores(sparse.csr_array(np.ones((1, n_items), dtype=np.float32)))
    assert scores == pytest.approx(np.full((1, n_items), 1.5), abs=1e-5)
