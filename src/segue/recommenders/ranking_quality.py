"""How well a fitted model ranks what was hidden: shared by tuning, blending and the leaderboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import sparse

from segue import metrics
from segue.recommenders.base import Recommender
from segue.recommenders.topk import top_k

BATCH_BYTES = 192 * 1024**2


class Ranked(NamedTuple):
    """A block of rankings: `rows` of the task, and the items ranked for each, shape (n_rows, depth)."""

    rows: np.ndarray
    scores: np.ndarray
    items: np.ndarray


def rankings(
    model: Recommender,
    histories: sparse.csr_array,
    left_out: sparse.csr_array,
    depth: int,
    *,
    rows: np.ndarray,
    candidates: np.ndarray | None = None,
) -> Iterator[Ranked]:
    """Rank all items for these rows of `histories`, a block at a time so that dense scores stay small."""
    block = max(1, BATCH_BYTES // (4 * histories.shape[1]))
    for start in range(0, len(rows), block):
        chosen = rows[start : start + block]
        scores = model.scores(sparse.csr_array(histories[chosen]))
        if candidates is not None:
            scores[:, ~candidates] = -np.inf
        yield Ranked(chosen, scores, top_k(scores, depth, sparse.csr_array(left_out[chosen])).items)


def mean_ndcg(model: Recommender, train: sparse.csr_array, hidden: sparse.csr_array, rows: np.ndarray, k: int) -> float:
    """NDCG@k averaged over these rows, of which each has something hidden."""
    total = 0.0
    for ranked in rankings(model, train, train, k, rows=rows):
        relevant = sparse.csr_array(hidden[ranked.rows])
        total += float(
            metrics.ndcg(metrics.hits_of(ranked.items, relevant), metrics.relevant_counts(relevant), k).sum()
        )
    return total / max(len(rows), 1)


def sample_rows(hidden: sparse.csr_array, at_most: int, rng: np.random.Generator) -> np.ndarray:
    """Rows that have something hidden, at most so many, drawn without replacement and sorted."""
    rows = np.flatnonzero(np.diff(hidden.indptr))
    return rows if len(rows) <= at_most else np.sort(rng.choice(rows, at_most, replace=False))
