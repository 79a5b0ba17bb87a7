"""Newcomers: items that nobody has played yet, scored beside the known ones by what is known of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse

from segue.features.groups import ItemFeatures
from segue.library.interactions import Interactions
from segue.library.splits import split_by_mask
from segue.recommenders.blending import spread
from segue.recommenders.feature_ridge import FeatureRidge
from segue.recommenders.ranking_quality import sample_rows

HELD_OUT = 0.2
JUDGES = 500
AT_ONCE = 50


def newcomer_scale(
    blend: Callable[[sparse.csr_array], np.ndarray], interactions: Interactions, features: ItemFeatures, seed: int = 0
) -> float:
    """What a feature ridge's score is worth in a blend's scores: b, where blend = b * ridge / spread(ridge) by least squares.

    A fifth of the items are hidden whole from a ridge, which then scores them as it scores items that nobody has played; the
    pairs are these items and listeners who have not played them. So a newcomer has the score that the blend would, on
    average, give an item with its features: no bonus for being new, and no penalty either. At least 0.
    """
    rng = np.random.default_rng(seed)
    held = rng.random(interactions.n_items) < HELD_OUT
    matrix = interactions.positive
    rest, hidden = split_by_mask(matrix, ~held[matrix.indices])
    rows = sample_rows(rest, JUDGES, rng)
    known = features.without(interactions, hidden)
    if not rest.nnz or not held.any() or known is None:
        return 0.0
    ridge = FeatureRidge().fit(interactions.with_matrix(rest), known)
    together = own = 0.0
    for block in np.split(rows, range(AT_ONCE, len(rows), AT_ONCE)):  # so that dense scores stay small
        played = sparse.csr_array(matrix[block])
        judged = held[np.newaxis, :] & ~played.astype(np.bool_).toarray()
        expected = ridge.scores(sparse.csr_array(rest[block]))
        expected = np.where(judged, expected / spread(expected)[:, np.newaxis], 0).astype(np.float64)
        together += float((blend(played) * expected).sum())
        own += float((expected**2).sum())
    return max(0.0, together / max(own, 1e-12))
