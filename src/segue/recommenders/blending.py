"""Non-negative weights for a blend, learned on what an inner split hides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from segue import metrics
from segue.recommenders.base import Recommender
from segue.recommenders.ranking_quality import BATCH_BYTES
from segue.recommenders.topk import top_k

DEPTH = 150
"""Best items of each part that are candidates: what no part ranks so high, no blend brings to the top 20."""
STEPS = (0.5, 0.2, 0.1, 0.05)
PASSES = 3


@dataclass(frozen=True, eq=False)
class Candidates:
    """The parts' scores of what the parts rank highest.

    `scores` float32, shape (n_parts, n_histories, n_candidates), each divided by its spread; `hit` bool, shape
    (n_histories, n_candidates): whether it was hidden. Places without a candidate have scores of -inf.
    """

    scores: np.ndarray
    hit: np.ndarray
    relevant: np.ndarray


def spread(scores: np.ndarray) -> np.ndarray:
    """Standard deviation of each row, shape (n_rows,); 1 where all scores are equal, so that dividing does no harm."""
    deviation = scores.std(axis=1)
    return np.where(deviation > 0, deviation, 1).astype(np.float32)


def gather(
    models: Sequence[Recommender], histories: sparse.csr_array, hidden: sparse.csr_array, rows: np.ndarray
) -> Candidates:
    """What each model ranks highest for these rows, without what is in the history, scored by every model."""
    block = max(1, BATCH_BYTES // (4 * histories.shape[1] * len(models)))
    width = min(DEPTH * len(models), histories.shape[1])
    found = np.full((len(models), len(rows), width), -np.inf, dtype=np.float32)
    hit = np.zeros((len(rows), width), dtype=np.bool_)
    relevant = np.diff(hidden.indptr)[rows]
    for start in range(0, len(rows), block):
        chosen = rows[start : start + block]
        played = sparse.csr_array(histories[chosen])
        scores = [model.scores(played) for model in models]
        best = np.concatenate([top_k(one, DEPTH, played).items for one in scores], axis=1)
        candidates = _distinct(best, width)
        real = candidates >= 0
        places = slice(start, start + len(chosen))
        hit[places] = metrics.hits_of(candidates, sparse.csr_array(hidden[chosen]))
        for part, one in enumerate(scores):
            picked = np.take_along_axis(one, np.maximum(candidates, 0), axis=1) / spread(one)[:, np.newaxis]
            found[part, places] = np.where(real, picked, -np.inf)
    return Candidates(found, hit, relevant)


def learn_weights(candidates: Candidates, k: int) -> list[float]:
    """Weights of the parts, adding up to 1, by coordinate ascent on mean NDCG@k from the best part alone."""
    n = len(candidates.scores)
    alone = [_quality(candidates, np.eye(n)[part], k) for part in range(n)]
    weights = np.eye(n)[int(np.argmax(alone))]
    best = max(alone)
    for step in STEPS:
        for _ in range(PASSES):
            before = best
            for part in range(n):
                weights, best = _climb(candidates, weights, part, step, best, k)
            if best <= before:
                break
    return [float(weight) for weight in weights / weights.sum()]


def _climb(
    candidates: Candidates, weights: np.ndarray, part: int, step: float, best: float, k: int
) -> tuple[np.ndarray, float]:
    """Move one weight up, else down, as long as that is better."""
    for change in (step, -step):
        moved = False
        while True:
            tried = weights.copy()
            tried[part] = max(0.0, tried[part] + change)
            if not tried.any() or np.array_equal(tried, weights):
                break
            quality = _quality(candidates, tried, k)
            if quality <= best + 1e-6:
                break
            weights, best, moved = tried, quality, True
        if moved:
            break
    return weights, best


def _quality(candidates: Candidates, weights: np.ndarray, k: int) -> float:
    used = np.flatnonzero(weights)
    blended = candidates.scores[used[0]] * np.float32(weights[used[0]])
    for part in used[1:]:
        blended = blended + candidates.scores[part] * np.float32(weights[part])
    ranked = top_k(blended, k).items
    hits = np.take_along_axis(candidates.hit, np.maximum(ranked, 0), axis=1) & (ranked >= 0)
    return float(np.nanmean(metrics.ndcg(hits, candidates.relevant, k)))


def _distinct(items: np.ndarray, width: int) -> np.ndarray:
    """Each row's distinct items of 0 and above, ascending, padded with -1 to the width."""
    ordered = np.sort(items, axis=1)
    fresh = np.ones(ordered.shape, dtype=np.bool_)
    fresh[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    fresh &= ordered >= 0
    distinct = np.full((len(items), width), -1, dtype=np.int64)
    places = np.cumsum(fresh, axis=1) - 1
    rows = np.broadcast_to(np.arange(len(items))[:, np.newaxis], ordered.shape)
    distinct[rows[fresh], places[fresh]] = ordered[fresh]
    return distinct
