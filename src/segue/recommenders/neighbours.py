"""Neighbours: three kinds of neighbourhood in one sparse matrix, for catalogues too large for better and slower models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from segue.features.groups import ItemFeatures
from segue.library.interactions import Interactions
from segue.recommenders.blending import spread
from segue.recommenders.item_knn import ItemKNN
from segue.recommenders.linear import LinearItemModel, keep_largest
from segue.recommenders.rp3beta import RP3Beta

SAMPLE = 200
"""So many histories say how widely the scores of each kind spread."""
BLOCK = 10_000


@dataclass(eq=False)
class Neighbours(LinearItemModel):
    """The sum of cosine item-KNN, BM25 item-KNN and RP3beta, each divided by the usual spread of its scores, cut to one short list.

    A blend of the three would walk three lists for every history item; their sum is one list.

    Parameters:
        cosine, bm25, walk: the weights of the three.
        neighbours: how many items each item keeps.
    """

    cosine: float = 0.6
    bm25: float = 0.15
    walk: float = 0.25
    neighbours: int = 200

    SEARCH: ClassVar = {"weighting": ("log", "binary"), "neighbours": (100, 200, 400)}

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:  # noqa: ARG002
        """Fit the three, and add them up a block of items at a time."""
        kinds: list[tuple[ItemKNN | RP3Beta, float]] = [
            (ItemKNN(weighting=self.weighting, neighbours=self.neighbours), self.cosine),
            (ItemKNN(weighting=self.weighting, neighbours=self.neighbours, similarity="bm25"), self.bm25),
            (RP3Beta(weighting=self.weighting, neighbours=self.neighbours), self.walk),
        ]
        matrix = interactions.positive
        rows = np.linspace(0, matrix.shape[0] - 1, min(SAMPLE, matrix.shape[0])).astype(np.int64)
        scaled = []
        for model, share in kinds:
            if share:
                model.fit(interactions)
                usual = float(
                    np.mean([spread(model.scores(sparse.csr_array(matrix[[row]])))[0] for row in rows] or [1.0])
                )
                scaled.append(model.weights * np.float32(share / usual))
        blocks = []
        for start in range(0, matrix.shape[1], BLOCK):
            total = sparse.csr_array((min(BLOCK, matrix.shape[1] - start), matrix.shape[1]), dtype=np.float32)
            for one in scaled:
                total = total + sparse.csr_array(one[start : start + BLOCK])
            total = sparse.csr_array(total)
            total.sort_indices()
            blocks.append(keep_largest(total, self.neighbours))
        self.weights = sparse.csr_array(sparse.vstack(blocks, format="csr"), dtype=np.float32)
        return self


MODEL = Neighbours
