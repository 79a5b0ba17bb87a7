"""ALS: listeners and items as vectors; a listen pulls them together, what was not played pushes a little."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy import sparse
from threadpoolctl import threadpool_limits

from segue.features.table import ItemFeatures
from segue.library.interactions import Interactions
from segue.library.weighting import weigh
from segue.recommenders.base import Contributions, TopK
from segue.recommenders.linear import largest_first, weigh_signed
from segue.recommenders.svd import similar_by_cosine


@dataclass(eq=False)
class ALS:
    """Weighted matrix factorisation (Hu, Koren & Volinsky, ICDM 2008), as `implicit` computes it.

    A history that was not seen in training is folded in: one ridge regression on the item factors gives its vector.

    Parameters:
        factors: length of the vectors.
        regularisation: lambda.
        confidence: alpha, how much more a listen counts than its absence.
        iterations: rounds of alternating between listeners and items.
    """

    factors: int = 64
    regularisation: float = 30.0
    confidence: float = 3.0
    iterations: int = 15
    weighting: str = "log"
    seed: int = 0
    item_factors: np.ndarray = field(init=False, repr=False)

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:  # noqa: ARG002
        """Alternate between solving for listeners and for items."""
        matrix = weigh(interactions.positive, self.weighting)
        matrix.data = matrix.data * np.float32(self.confidence)
        with threadpool_limits(1, "blas"):
            model = AlternatingLeastSquares(
                factors=self.factors,
                regularization=self.regularisation,
                alpha=1.0,
                iterations=self.iterations,
                random_state=self.seed,
            )
            model.fit(sparse.csr_matrix(matrix), show_progress=False)
        self.item_factors = np.asarray(model.item_factors, dtype=np.float32)
        return self

    def scores(self, histories: sparse.csr_array) -> np.ndarray:
        """Inner products of the folded-in listener vectors with the item vectors."""
        factors = np.asarray(self.item_factors)
        return np.asarray(self._fold_in(histories) @ factors.T, dtype=np.float32)

    def similar(self, items: np.ndarray, k: int) -> TopK:
        """Items whose vectors point the same way (cosine)."""
        return similar_by_cosine(np.asarray(self.item_factors), items, k)

    def contributions(self, history: sparse.csr_array, item: int) -> Contributions:
        """Each history item's part of the score, `y_i' (Y'CY + lI)^-1 y_j c_j` (Hu et al. 2008, section 5)."""
        liked, confidence = self._confidences(history)
        if not len(liked):
            return largest_first(liked, np.zeros(0, dtype=np.float32))
        factors = np.asarray(self.item_factors, dtype=np.float64)
        solved = np.linalg.solve(self._normal_matrix(factors, liked, confidence), factors[item])
        return largest_first(liked, (factors[liked] @ solved) * np.maximum(confidence, 0))

    def _fold_in(self, histories: sparse.csr_array) -> np.ndarray:
        factors = np.asarray(self.item_factors, dtype=np.float64)
        gram = factors.T @ factors + self.regularisation * np.eye(factors.shape[1])
        folded = np.zeros((histories.shape[0], factors.shape[1]))
        histories = sparse.csr_array(histories)
        for row in range(histories.shape[0]):
            liked, confidence = self._confidences(histories[[row]])
            if len(liked):
                known = factors[liked]
                left = gram + known.T @ (known * (np.abs(confidence) - 1)[:, np.newaxis])
                folded[row] = np.linalg.solve(left, known.T @ np.maximum(confidence, 0))
        return folded

    def _normal_matrix(self, factors: np.ndarray, liked: np.ndarray, confidence: np.ndarray) -> np.ndarray:
        known = factors[liked]
        gram = factors.T @ factors + self.regularisation * np.eye(factors.shape[1])
        return np.asarray(gram + known.T @ (known * (np.abs(confidence) - 1)[:, np.newaxis]))

    def _confidences(self, history: sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
        """Items of one history with their confidence; a negative one is a confident "no" (preference 0)."""
        weighed = weigh_signed(history, self.weighting)
        return weighed.indices, weighed.data.astype(np.float64) * self.confidence


MODEL = ALS
