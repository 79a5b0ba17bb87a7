"""User-KNN: what the listeners who agree with you gave the item."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numba
import numpy as np
from scipy import sparse

from segue.library.interactions import Interactions
from segue.recommenders.ratings.popularity import Popularity
from segue.recommenders.ratings.requests import by_history, parts, ratings_in
from segue.recommenders.threads import threads_for


@dataclass(eq=False)
class UserKNN:
    """Mean rating of the nearest raters, weighted by similarity (Herlocker et al., SIGIR 1999).

    The similarity of two listeners is the correlation of what their biases leave unexplained of the ratings that they
    share, times `(n - 1) / (n - 1 + shrinkage)` for n shared ratings (`pearson_baseline`; Koren, TKDD 2010,
    section 2.2). Only positive similarities count, and of equal ones the listener that came first. An item that fewer
    than `min_k` such listeners rated gets the mean of all ratings.

    The similarities of a history are worked out when it is asked about, in time that grows with the ratings of its
    items: no matrix of listeners by listeners is ever made. A training listener is among its own neighbours, which
    matters only to the items it has rated.

    Parameters:
        k: how many neighbours count, at most.
        min_k: how many there must be, at least.
        shrinkage: how many shared ratings it takes to believe half of a correlation.
        min_support: listeners with fewer shared ratings are not alike; one shared rating is never enough.
    """

    k: int = 40
    min_k: int = 1
    shrinkage: float = 100.0
    min_support: int = 1
    baseline: Popularity = field(init=False, repr=False)
    ratings: sparse.csr_array = field(init=False, repr=False)
    residuals_of_items: sparse.csr_array = field(init=False, repr=False)  # items x listeners

    def fit(self, interactions: Interactions) -> Self:
        """Learn the biases, and keep the ratings by listener and what is left of them by item."""
        self.ratings = ratings_in(interactions)
        self.baseline = Popularity().fit(interactions)
        self.residuals_of_items = sparse.csr_array(self.baseline.residuals(self.ratings).T)
        return self

    def predict(self, histories: sparse.csr_array, rows: np.ndarray, items: np.ndarray) -> np.ndarray:
        """The weighted mean of the neighbours' ratings."""
        requests = by_history(histories, rows, items, self.ratings.shape[1])
        predictions = np.full(len(rows), self.baseline.mean)
        with threads_for(requests.histories.shape[0]):
            _predict(
                parts(self.baseline.residuals(requests.histories)),
                requests.starts,
                requests.order,
                requests.items,
                parts(self.residuals_of_items),
                parts(self.ratings),
                (self.k, max(self.min_k, 1), float(self.shrinkage), max(self.min_support, 2)),
                predictions,
            )
        return predictions


@numba.njit(parallel=True, nogil=True, cache=True)
def _predict(histories, starts, order, items, by_item, by_listener, settings, predictions):  # type: ignore[no-untyped-def]  # pragma: no cover
    k, min_k, shrinkage, min_support = settings
    n_listeners, n_items = len(by_listener[0]) - 1, len(by_item[0]) - 1
    for row in numba.prange(len(starts) - 1):
        similarities = _similarities(histories, row, by_item, n_listeners, shrinkage, min_support)
        found, weights, weighted = _tally(similarities, by_listener, n_items, k)
        for place in order[starts[row] : starts[row + 1]]:
            item = items[place]
            if found[item] >= min_k:
                predictions[place] = weighted[item] / weights[item]


@numba.njit(nogil=True, cache=True)
def _similarities(histories, row, by_item, n_listeners, shrinkage, min_support):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add up, for every listener, the shared ratings, both sums of squares and the products of the residuals."""
    starts, items, residuals = histories
    item_starts, listeners, listener_residuals = by_item
    shared = np.zeros((n_listeners, 4))
    for entry in range(starts[row], starts[row + 1]):
        own = residuals[entry]
        item = items[entry]
        for rating in range(item_starts[item], item_starts[item + 1]):
            other = listener_residuals[rating]
            sums = shared[listeners[rating]]
            sums[0] += 1
            sums[1] += own * other
            sums[2] += own * own
            sums[3] += other * other
    similarities = np.zeros(n_listeners)
    for listener in range(n_listeners):
        n, product, own_square, other_square = shared[listener]
        if n >= min_support and product > 0:
            correlation = product / np.sqrt(own_square * other_square)
            similarities[listener] = correlation * ((n - 1) / (n - 1 + shrinkage))
    return similarities


@numba.njit(nogil=True, cache=True)
def _tally(similarities, by_listener, n_items, k):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Walk the ratings of the most similar listener first, so the first `k` that an item meets are its nearest."""
    starts, items, ratings = by_listener
    alike = np.flatnonzero(similarities > 0)
    nearest = alike[np.argsort(-similarities[alike], kind="mergesort")]
    found = np.zeros(n_items, dtype=np.int64)
    weights = np.zeros(n_items)
    weighted = np.zeros(n_items)
    for listener in nearest:
        similarity = similarities[listener]
        for rating in range(starts[listener], starts[listener + 1]):
            item = items[rating]
            if found[item] < k:
                found[item] += 1
                weights[item] += similarity
                weighted[item] += similarity * ratings[rating]
    return found, weights, weighted


MODEL = UserKNN
