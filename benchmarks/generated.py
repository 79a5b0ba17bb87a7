"""A generated set of listens of any size, with tastes, popularity and activity spread as they are in real ones."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from segue.library.interactions import Interactions

CLUSTERS = 64
TASTE_CONCENTRATION = 0.08
POPULARITY_EXPONENT = 0.9
ACTIVITY_SPREAD = 0.9
LEAST_ACTIVITY = 0.2
IGNORES_TASTE = 0.15


def generate(n_listeners: int, n_items: int, n_pairs: int, seed: int = 7) -> sparse.csr_array:
    """Counts of listens, CSR float32, shape (n_listeners, n_items), sorted indices, that add up to `n_pairs`.

    Every listener's taste over 64 clusters is drawn from a Dirichlet(0.08), every item is in one cluster and has a
    popularity by Zipf(0.9), activity is log-normal(0, 0.9) + 0.2, and 15% of listens ignore taste. A pair that is drawn
    again counts once more.
    """
    random = np.random.default_rng(seed)
    popularity = random.permutation(np.arange(1, n_items + 1) ** -POPULARITY_EXPONENT)
    cluster_of = random.integers(0, CLUSTERS, n_items)
    activity = random.lognormal(0, ACTIVITY_SPREAD, n_listeners) + LEAST_ACTIVITY
    listeners = np.repeat(np.arange(n_listeners), random.multinomial(n_pairs, activity / activity.sum()))
    tastes = random.dirichlet(np.full(CLUSTERS, TASTE_CONCENTRATION), n_listeners)
    tastes[:, np.bincount(cluster_of, minlength=CLUSTERS) == 0] = 0
    clusters = _draw_in_rows(tastes, listeners, random)
    by_cluster = np.zeros((CLUSTERS, n_items))
    by_cluster[cluster_of, np.arange(n_items)] = popularity
    items = _draw_in_rows(by_cluster, clusters, random)
    free = np.flatnonzero(random.random(n_pairs) < IGNORES_TASTE)
    items[free] = _draw_in_rows(popularity[np.newaxis], np.zeros_like(free), random)
    places = (listeners.astype(np.int32), items.astype(np.int32))
    return sparse.csr_array(
        sparse.coo_array((np.ones(n_pairs, np.float32), places), shape=(n_listeners, n_items))
    )  # fmt: skip


def as_interactions(matrix: sparse.csr_array) -> Interactions:
    """Those listens with made-up ids: `l0000000`, `i0000000`."""
    listeners = np.array([f"l{row:07}" for row in range(matrix.shape[0])], dtype=object)
    items = np.array([f"i{column:07}" for column in range(matrix.shape[1])], dtype=object)
    return Interactions(matrix, listeners, items, "track", "listens")


def _draw_in_rows(weights: np.ndarray, rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """For each of `rows` one column, as often as its weight in that row says; a row without weights is all alike."""
    weights = np.where(weights.sum(axis=1, keepdims=True) > 0, weights, 1)
    steps = np.cumsum(weights, axis=1)
    steps /= steps[:, -1:]
    steps += np.arange(len(weights))[:, np.newaxis]
    places = np.searchsorted(steps.ravel(), rows + random.random(len(rows)), side="right")
    return np.asarray(np.minimum(places - rows * weights.shape[1], weights.shape[1] - 1))
