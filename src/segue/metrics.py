"""Ranking, rating and beyond-accuracy metrics: pure functions of arrays, vectorised over listeners.

Ranking metrics take `hits`, bool, shape (n_listeners, depth): whether the item at each place of a ranking was relevant
(see `hits_of`), and `relevant`, int, shape (n_listeners,): how many items were. They return float64, shape
(n_listeners,), NaN for listeners with nothing relevant, so that `nanmean` averages over those who could be served.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse

CLICK_PAGE = 10
MAX_CLICKS = 51


class Interval(NamedTuple):
    """A mean with the ends of its bootstrap interval."""

    mean: float
    low: float
    high: float


def hits_of(ranked: np.ndarray, relevant: sparse.csr_array) -> np.ndarray:
    """Whether each ranked item is relevant: bool, shape of `ranked` (n_listeners, depth); -1 in `ranked` is a gap."""
    n_items = relevant.shape[1]
    rows = np.arange(len(ranked), dtype=np.int64)[:, np.newaxis]
    wanted = np.repeat(np.arange(len(ranked), dtype=np.int64), np.diff(relevant.indptr)) * n_items + relevant.indices
    wanted.sort()
    asked = rows * n_items + ranked
    if not len(wanted):
        return np.zeros(ranked.shape, dtype=np.bool_)
    found = np.minimum(np.searchsorted(wanted, asked), len(wanted) - 1)
    return (wanted[found] == asked) & (ranked >= 0)


def relevant_counts(relevant: sparse.csr_array) -> np.ndarray:
    """How many items are relevant to each listener, int64, shape (n_listeners,)."""
    return np.diff(relevant.indptr).astype(np.int64)


# -- ranking -----------------------------------------------------------------------------------------------------------


def recall(hits: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """Hits among the first `k`, by relevant items."""
    return _per(hits[:, :k].sum(axis=1), relevant)


def precision(hits: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """Hits among the first `k`, by k."""
    return _where_relevant(hits[:, :k].sum(axis=1) / k, relevant)


def f1(hits: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """Harmonic mean of precision and recall at `k`."""
    return _per(2.0 * hits[:, :k].sum(axis=1), np.where(relevant > 0, relevant + k, 0))


def hit_rate(hits: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """1 where there is any hit among the first `k`."""
    return _where_relevant(np.minimum(hits[:, :k].sum(axis=1), 1.0), relevant)


def ndcg(hits: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """Normalised discounted cumulative gain (Järvelin & Kekäläinen, TOIS 2002): binary gain, log2 discount.

    The ideal ranking has min(k, relevant) hits at its head.
    """
    discount = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[0], np.cumsum(discount)])[np.minimum(relevant, k)]
    found = hits[:, :k]
    return _per(found @ discount[: found.shape[1]], ideal)


def average_precision(hits: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """Mean of the precisions at each hit among the first `k`, by min(k, relevant)."""
    found = hits[:, :k]
    precisions = np.cumsum(found, axis=1) / np.arange(1, found.shape[1] + 1)
    return _per((precisions * found).sum(axis=1), np.minimum(relevant, k))


def reciprocal_rank(hits: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """1 / the place of the first hit among the first `k`, 0 where there is none."""
    found = hits[:, :k]
    places = found.argmax(axis=1) + 1
    return _where_relevant(np.minimum(found.sum(axis=1), 1) / places, relevant)


def r_precision(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Hits among the first `relevant` places, by that number; places beyond the depth of `hits` do not count."""
    depth = hits.shape[1]
    places = np.minimum(relevant, depth)
    found = np.concatenate([np.zeros((len(hits), 1)), np.cumsum(hits, axis=1)], axis=1)[np.arange(len(hits)), places]
    return _per(found, places)


def clicks(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """How often one asks for ten more before the first hit (RecSys Challenge 2018); 51 when there is none."""
    first = np.where(hits.any(axis=1), hits.argmax(axis=1) // CLICK_PAGE, MAX_CLICKS)
    return _where_relevant(first.astype(np.float64), relevant)


def rank_auc(scores: np.ndarray, relevant: sparse.csr_array, left_out: sparse.csr_array) -> np.ndarray:
    """Share of (relevant, other) pairs of items in the right order, ties counting half.

    `scores` float32, shape (n_listeners, n_items); entries of `left_out` are neither.
    """
    result = np.full(len(scores), np.nan)
    for row, of_listener in enumerate(scores):
        positives = relevant.indices[relevant.indptr[row] : relevant.indptr[row + 1]]
        others = np.ones(len(of_listener), dtype=np.bool_)
        others[left_out.indices[left_out.indptr[row] : left_out.indptr[row + 1]]] = False
        others[positives] = False
        negatives = np.sort(of_listener[others & ~np.isneginf(of_listener)])
        if len(positives) and len(negatives):
            below = np.searchsorted(negatives, of_listener[positives], side="left")
            up_to = np.searchsorted(negatives, of_listener[positives], side="right")
            result[row] = (below + up_to).mean() / (2 * len(negatives))
    return result


# -- beyond accuracy ---------------------------------------------------------------------------------------------------


def coverage(ranked: np.ndarray, n_items: int) -> float:
    """Share of all items that anybody was shown."""
    return len(np.unique(ranked[ranked >= 0])) / n_items


def gini(ranked: np.ndarray, n_items: int) -> float:
    """Gini coefficient of how often each item is shown: 0 all alike, towards 1 a few take all."""
    shown = np.sort(np.bincount(ranked[ranked >= 0], minlength=n_items)).astype(np.float64)
    total = shown.sum()
    if not total:
        return 0.0
    return float(2 * (np.arange(1, n_items + 1) @ shown) / (n_items * total) - (n_items + 1) / n_items)


def novelty(ranked: np.ndarray, popularity: np.ndarray) -> np.ndarray:
    """Mean self-information -log2 p(item) of what each listener is shown (Zhou et al., PNAS 2010), in bits.

    `popularity` is the share of listeners who play each item; an item that nobody plays counts as the least played.
    """
    least = popularity[popularity > 0].min() if (popularity > 0).any() else 1.0
    bits = -np.log2(np.maximum(popularity, least))
    return _mean_shown(ranked, bits)


def popularity_lift(ranked: np.ndarray, histories: sparse.csr_array, popularity: np.ndarray) -> np.ndarray:
    """How much more popular what is shown is than what the listener plays (Abdollahpouri et al. 2019): 0 for equally."""
    sizes = np.diff(histories.indptr)
    played = sparse.csr_array((np.ones(histories.nnz), histories.indices, histories.indptr), shape=histories.shape)
    own = _per(played @ popularity, sizes)
    return _per(_mean_shown(ranked, popularity), own) - 1


def intra_list_diversity(ranked: np.ndarray, vectors: sparse.csr_array) -> np.ndarray:
    """1 - the mean cosine of the pairs of items shown to a listener (Ziegler et al., WWW 2005).

    `vectors` is CSR, shape (n_items, n_features), with rows of length 1 (or empty).
    """
    real = ranked >= 0
    indptr = np.concatenate([[0], np.cumsum(real.sum(axis=1))])
    shown = sparse.csr_array((np.ones(indptr[-1]), ranked[real], indptr), shape=(len(ranked), vectors.shape[0]))
    summed = sparse.csr_array(shown @ vectors)
    own = np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel()
    pairs = np.asarray(summed.multiply(summed).sum(axis=1)).ravel() - shown @ own
    n = real.sum(axis=1)
    return 1 - _per(pairs, n * (n - 1))


# -- ratings -----------------------------------------------------------------------------------------------------------


def rmse(predicted: np.ndarray, actual: np.ndarray) -> float:
    """Root of the mean squared error."""
    return float(np.sqrt(np.mean((predicted - actual) ** 2)))


def mae(predicted: np.ndarray, actual: np.ndarray) -> float:
    """Mean absolute error."""
    return float(np.mean(np.abs(predicted - actual)))


def roc_auc(scores: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve by the rank-sum formula, ties counting half; NaN when all or none are positive."""
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    if not n_positive or not n_negative:
        return float("nan")
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(counts) - (counts - 1) / 2
    return float((mean_rank[place][positive].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


# -- certainty ---------------------------------------------------------------------------------------------------------


def bootstrap(values: np.ndarray, resamples: int = 1_000, level: float = 0.95, seed: int = 0) -> list[Interval]:
    """The mean of each column with its percentile bootstrap interval over rows (listeners).

    `values` is float, shape (n_listeners, n_metrics); NaN marks a listener a metric does not apply to. Every column is
    resampled with the same listeners, so intervals of two models on one seed are comparable.
    """
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    counted = known.astype(np.float64)
    rng = np.random.default_rng(seed)
    n = len(values)
    draws = np.empty((resamples, values.shape[1]))
    for start in range(0, resamples, 100):
        size = min(100, resamples - start)
        weights = rng.multinomial(n, np.full(n, 1 / n), size=size).astype(np.float64) if n else np.zeros((size, 0))
        draws[start : start + size] = _per(weights @ filled, weights @ counted)
    mean = _per(filled.sum(axis=0), counted.sum(axis=0))
    tail = (1 - level) / 2
    ends = np.array([_quantiles(draws[:, column], (tail, 1 - tail)) for column in range(values.shape[1])])
    return [Interval(float(m), float(low), float(high)) for m, (low, high) in zip(mean, ends, strict=True)]


def _quantiles(draws: np.ndarray, levels: tuple[float, float]) -> tuple[float, float]:
    known = draws[~np.isnan(draws)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, levels)
    return float(low), float(high)


def _per(amount: np.ndarray, of: np.ndarray) -> np.ndarray:
    amount, of = np.broadcast_arrays(np.asarray(amount, dtype=np.float64), np.asarray(of, dtype=np.float64))
    return np.divide(amount, of, out=np.full(of.shape, np.nan), where=of > 0)


def _where_relevant(values: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    return np.where(relevant > 0, values, np.nan)


def _mean_shown(ranked: np.ndarray, values: np.ndarray) -> np.ndarray:
    real = ranked >= 0
    return _per(np.where(real, values[np.maximum(ranked, 0)], 0).sum(axis=1), real.sum(axis=1))
