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
    rest = split_by_mask(matrix, ~held[matrix.indices]).train
    rows = sample_rows(rest, JUDGES, rng)
    if not rest.nnz or not held.any():
        return 0.0
    ridge = FeatureRidge().fit(interactions.with_matrix(rest), features)
    played = sparse.csr_array(matrix[rows])
    judged = held[np.newaxis, :] & ~played.astype(np.bool_).toarray()
    expected = ridge.scores(sparse.csr_array(rest[rows]))
    expected = np.where(judged, expected / spread(expected)[:, np.newaxis], 0).astype(np.float64)
    given = blend(played)
    return max(0.0, float((given * expected).sum() / max(float((expected**2).sum()), 1e-12)))
