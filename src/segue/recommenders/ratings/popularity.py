"""Popularity: how well an item is liked, and how generous the listener is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy import sparse

from segue.library.interactions import Interactions
from segue.recommenders.ratings.requests import by_history, ratings_in, row_of_each


@dataclass(eq=False)
class Popularity:
    """Biases only, `mu + b_u + b_i` (Koren, TKDD 2010, section 2.1), by alternating least squares.

    Each round solves for the items, then for the listeners. A history gets its `b_u` from what was learned of the
    items, which for a training listener's own history is what the last round gave that listener. Predictions stay
    between the lowest and the highest rating of the training data. The `b_u` of an empty history is 0, and so is the
    `b_i` of an item that nobody rated.

    Parameters:
        rounds: of alternating.
        listener_regularisation: how many ratings a listener needs for half of their bias to be believed.
        item_regularisation: the same for an item.
    """

    rounds: int = 10
    listener_regularisation: float = 15.0
    item_regularisation: float = 10.0
    mean: float = field(init=False, repr=False)
    lowest: float = field(init=False, repr=False)
    highest: float = field(init=False, repr=False)
    item_biases: np.ndarray = field(init=False, repr=False)

    def fit(self, interactions: Interactions) -> Self:
        """Learn the mean and the items' biases."""
        ratings = ratings_in(interactions)
        self.mean = float(ratings.data.mean())
        self.lowest, self.highest = float(ratings.data.min()), float(ratings.data.max())
        listeners, items = row_of_each(ratings), ratings.indices
        deviations = ratings.data - self.mean
        self.item_biases = np.zeros(ratings.shape[1])
        listener_biases = np.zeros(ratings.shape[0])
        for _ in range(self.rounds):
            left = deviations - listener_biases[listeners]
            self.item_biases = _damped_means(left, items, ratings.shape[1], self.item_regularisation)
            listener_biases = self.listener_biases(ratings)
        return self

    def predict(self, histories: sparse.csr_array, rows: np.ndarray, items: np.ndarray) -> np.ndarray:
        """The mean and both biases."""
        requests = by_history(histories, rows, items, len(self.item_biases))
        biases = np.empty(len(rows))
        biases[requests.order] = np.repeat(self.listener_biases(requests.histories), np.diff(requests.starts))
        return np.asarray(np.clip(self.mean + biases + self.item_biases[requests.items], self.lowest, self.highest))

    def listener_biases(self, histories: sparse.csr_array) -> np.ndarray:
        """`b_u` of each history, float64, shape (n_histories,)."""
        left = histories.data - self.mean - self.item_biases[histories.indices]
        return _damped_means(left, row_of_each(histories), histories.shape[0], self.listener_regularisation)

    def residuals(self, histories: sparse.csr_array) -> sparse.csr_array:
        """What the biases leave unexplained of each rating, CSR, float64, with the places of `histories`."""
        explained = self.listener_biases(histories)[row_of_each(histories)] + self.item_biases[histories.indices]
        left = histories.data - self.mean - explained
        return sparse.csr_array((left, histories.indices, histories.indptr), shape=histories.shape)


def _damped_means(values: np.ndarray, groups: np.ndarray, n_groups: int, regularisation: float) -> np.ndarray:
    """Sum of each group's values over (its size + `regularisation`); 0 for a group without values."""
    sums = np.bincount(groups, weights=values, minlength=n_groups)
    sizes = np.bincount(groups, minlength=n_groups)
    return np.asarray(np.divide(sums, sizes + regularisation, out=np.zeros(n_groups), where=sizes > 0))


MODEL = Popularity
