"""SVD: biases, and vectors of what items are like and what the listener likes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numba
import numpy as np
from scipy import sparse

from segue.library.interactions import Interactions
from segue.recommenders.ratings.requests import by_history, parts, ratings_in
from segue.recommenders.threads import threads_for

FAST_SUMS = {"reassoc", "contract"}


@dataclass(eq=False)
class SVD:
    """`mu + b_u + b_i + q_i p_u` by stochastic gradient descent (Funk 2006; Koren, Bell & Volinsky 2009, equation 5).

    Each epoch visits the ratings listener by listener; every visit takes one step on both biases and both vectors.

    A history is folded in by the same steps over its own ratings, from a `b_u` and a `p_u` of 0 and with the items held
    still. As what the items are like is known by then, fewer epochs do; stopping early is what keeps a short history
    from being over-read. No vectors of training listeners are kept.

    Parameters:
        factors: length of the vectors.
        epochs: of learning.
        learning_rate: length of a step.
        regularisation: lambda, the pull towards 0 at every step.
        fold_in_epochs: of folding in a history.
    """

    factors: int = 100
    epochs: int = 20
    learning_rate: float = 0.005
    regularisation: float = 0.02
    fold_in_epochs: int = 10
    seed: int = 0
    mean: float = field(init=False, repr=False)
    lowest: float = field(init=False, repr=False)
    highest: float = field(init=False, repr=False)
    item_biases: np.ndarray = field(init=False, repr=False)
    item_factors: np.ndarray = field(init=False, repr=False)

    def fit(self, interactions: Interactions) -> Self:
        """Learn the items' biases and vectors. An item that nobody rated keeps a bias and a vector of 0."""
        ratings = ratings_in(interactions)
        self.mean = float(ratings.data.mean())
        self.lowest, self.highest = float(ratings.data.min()), float(ratings.data.max())
        listeners = np.flatnonzero(np.diff(ratings.indptr))
        rated, first = np.unique(ratings.indices, return_index=True)
        random = np.random.RandomState(self.seed)
        listener_factors = random.normal(0, 0.1, (len(listeners), self.factors))
        self.item_biases = np.zeros(ratings.shape[1])
        self.item_factors = np.zeros((ratings.shape[1], self.factors))
        self.item_factors[rated[np.argsort(first)]] = random.normal(0, 0.1, (len(rated), self.factors))
        _learn(
            (*parts(ratings)[:2], ratings.data - self.mean),
            listeners,
            listener_factors,
            self.item_biases,
            self.item_factors,
            (self.epochs, self.learning_rate, self.regularisation),
        )
        return self

    def predict(self, histories: sparse.csr_array, rows: np.ndarray, items: np.ndarray) -> np.ndarray:
        """The mean, both biases and the inner product of the folded-in vector with the item's."""
        requests = by_history(histories, rows, items, len(self.item_biases))
        asked = requests.histories
        predictions = np.empty(len(rows))
        with threads_for(requests.histories.shape[0]):
            _predict(
                (*parts(asked)[:2], asked.data - self.mean),
                requests.starts,
                requests.order,
                requests.items,
                np.asarray(self.item_biases),
                np.asarray(self.item_factors),
                (self.fold_in_epochs, self.learning_rate, self.regularisation),
                predictions,
            )
        return np.clip(self.mean + predictions, self.lowest, self.highest)


@numba.njit(nogil=True, cache=True)
def _learn(ratings, listeners, listener_factors, item_biases, item_factors, settings):  # type: ignore[no-untyped-def]  # pragma: no cover
    starts, items, deviations = ratings
    epochs, rate, regularisation = settings
    listener_biases = np.zeros(len(listeners))
    for _ in range(epochs):
        for place, listener in enumerate(listeners):
            p = listener_factors[place]
            for entry in range(starts[listener], starts[listener + 1]):
                item = items[entry]
                q = item_factors[item]
                explained = listener_biases[place] + item_biases[item] + _inner(q, p)
                error = deviations[entry] - explained
                listener_biases[place] += rate * (error - regularisation * listener_biases[place])
                item_biases[item] += rate * (error - regularisation * item_biases[item])
                for factor in range(len(p)):
                    liked, like = p[factor], q[factor]
                    p[factor] += rate * (error * like - regularisation * liked)
                    q[factor] += rate * (error * liked - regularisation * like)


@numba.njit(parallel=True, nogil=True, cache=True)
def _predict(histories, starts, order, asked, item_biases, item_factors, settings, predictions):  # type: ignore[no-untyped-def]  # pragma: no cover
    for row in numba.prange(len(starts) - 1):
        p = np.zeros(item_factors.shape[1])
        bias = _fold_in(histories, row, item_biases, item_factors, settings, p)
        for place in order[starts[row] : starts[row + 1]]:
            item = asked[place]
            predictions[place] = bias + item_biases[item] + _inner(item_factors[item], p)


@numba.njit(nogil=True, cache=True)
def _fold_in(histories, row, item_biases, item_factors, settings, p):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Fill `p` in place, and return the bias."""
    starts, items, deviations = histories
    epochs, rate, regularisation = settings
    bias = 0.0
    for _ in range(epochs):
        for entry in range(starts[row], starts[row + 1]):
            q = item_factors[items[entry]]
            error = deviations[entry] - (bias + item_biases[items[entry]] + _inner(q, p))
            bias += rate * (error - regularisation * bias)
            for factor in range(len(p)):
                p[factor] += rate * (error * q[factor] - regularisation * p[factor])
    return bias


@numba.njit(nogil=True, cache=True, fastmath=FAST_SUMS)
def _inner(left, right):  # type: ignore[no-untyped-def]  # pragma: no cover
    total = 0.0
    for factor in range(len(left)):
        total += left[factor] * right[factor]
    return total


MODEL = SVD
