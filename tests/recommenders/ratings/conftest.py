"""Small rating tables, as Segue and as scikit-surprise (an independent implementation) want them."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import sparse
from surprise import Dataset, Reader
from surprise.prediction_algorithms.algo_base import AlgoBase

from segue.library.interactions import Interactions

Table = list[list[float]]


@pytest.fixture
def learn_from() -> Callable[[Table], Interactions]:
    """Interactions from a table of listeners by items in which NaN means that there is no rating."""
    return _interactions


@pytest.fixture
def generated() -> Interactions:
    """150 listeners, 60 items; a third of the listeners are exact copies of others, so that similarities tie."""
    random = np.random.default_rng(5)
    table = random.integers(1, 6, (100, 60)).astype(float)
    table[random.random(table.shape) > np.linspace(0.05, 0.4, 60)] = np.nan
    return _interactions(np.vstack([table, table[:50]]).tolist())


@pytest.fixture
def by_surprise() -> Callable[[AlgoBase, Interactions, np.ndarray, np.ndarray], np.ndarray]:
    """What an algorithm of scikit-surprise predicts after learning the same ratings."""
    return _by_surprise


@pytest.fixture
def trainset() -> Callable[[Interactions], object]:
    return _trainset


def _interactions(table: Table) -> Interactions:
    values = np.array(table, dtype=np.float32)
    rows, columns = np.nonzero(~np.isnan(values))
    matrix = sparse.csr_array((values[rows, columns], (rows, columns)), shape=values.shape)
    listeners = np.array([f"listener-{row:03}" for row in range(values.shape[0])], dtype=object)
    items = np.array([f"item-{column:03}" for column in range(values.shape[1])], dtype=object)
    return Interactions(matrix, listeners, items, "track", "feedback")


def _trainset(interactions: Interactions) -> object:
    entries = interactions.matrix.tocoo()
    ratings = zip(entries.row.tolist(), entries.col.tolist(), entries.data.tolist(), [None] * entries.nnz, strict=True)
    scale = (float(entries.data.min()), float(entries.data.max()))
    return Dataset(Reader(rating_scale=scale)).construct_trainset(list(ratings))


def _by_surprise(algorithm: AlgoBase, interactions: Interactions, rows: np.ndarray, items: np.ndarray) -> np.ndarray:
    algorithm.fit(_trainset(interactions))
    return np.array([algorithm.predict(int(row), int(item)).est for row, item in zip(rows, items, strict=True)])
