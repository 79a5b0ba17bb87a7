"""ALS: listeners and items as vectors; a listen pulls them together, what was not played pushes a little."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Self

import numba
import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy import sparse
from threadpoolctl import threadpool_limits

from segue.features.groups import ItemFeatures
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
        ensemble: how many models, of different seeds, are averaged.
    """

    factors: int = 64
    regularisation: float = 50.0
    confidence: float = 3.0
    iterations: int = 15
    ensemble: int = 1
    weighting: str = "log"
    seed: int = 0
    item_factors: np.ndarray = field(init=False, repr=False)  # ensemble x items x factors

    SEARCH: ClassVar = {
        "factors": (64, 128),
        "regularisation": (1.0, 10.0, 50.0),
        "confidence": (1.0, 3.0, 10.0, 20.0),
        "weighting": ("log", "binary"),
    }

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:  # noqa: ARG002
        """Alternate between solving for listeners and for items."""
        matrix = weigh(interactions.positive, self.weighting)
        matrix.data = matrix.data * np.float32(self.confidence)
        confidences = sparse.csr_matrix(matrix)
        with threadpool_limits(1, "blas"):
            self.item_factors = np.stack([self._factors(confidences, self.seed + i) for i in range(self.ensemble)])
        return self

    def scores(self, histories: sparse.csr_array) -> np.ndarray:
        """Inner products of the folded-in listener vectors with the item vectors."""
        weighed = weigh_signed(histories, self.weighting)
        total = np.zeros(weighed.shape, dtype=np.float32)
        for factors in self.item_factors:
            folded = _fold_in(factors, weighed, self.confidence, self.regularisation)
            total += folded @ np.asarray(factors).T
        return total / np.float32(self.ensemble)

    def similar(self, items: np.ndarray, k: int) -> TopK:
        """Items whose vectors point the same way (cosine)."""
        return similar_by_cosine(np.concatenate(list(self.item_factors), axis=1), items, k)

    def contributions(self, history: sparse.csr_array, item: int) -> Contributions:
        """Each history item's part of the score, `y_i' (Y'CY + lI)^-1 y_j c_j` (Hu et al. 2008, section 5)."""
        weighed = weigh_signed(history, self.weighting)
        amounts = np.zeros(weighed.nnz)
        for factors in self.item_factors:
            left, right = _normal_equations(factors, weighed, self.confidence, self.regularisation)
            amounts += right @ np.linalg.solve(left, np.asarray(factors[item], dtype=np.float64))
        return largest_first(weighed.indices, amounts / self.ensemble)

    def _factors(self, confidences: sparse.csr_matrix, seed: int) -> np.ndarray:
        model = AlternatingLeastSquares(
            factors=self.factors, regularization=self.regularisation, alpha=1.0, iterations=self.iterations,
            random_state=seed,
        )  # fmt: skip
        model.fit(confidences, show_progress=False)
        return np.asarray(model.item_factors, dtype=np.float32)


def _fold_in(factors: np.ndarray, weighed: sparse.csr_array, confidence: float, regularisation: float) -> np.ndarray:
    """The vector of each history, float32, shape (n_histories, factors)."""
    known = np.asarray(factors)
    gram = (known.T @ known).astype(np.float64) + regularisation * np.eye(known.shape[1])
    folded = np.zeros((weighed.shape[0], known.shape[1]))
    _solve_rows(weighed.indptr, weighed.indices, weighed.data * np.float32(confidence), known, gram, folded)
    return folded.astype(np.float32)


def _normal_equations(
    factors: np.ndarray, weighed: sparse.csr_array, confidence: float, regularisation: float
) -> tuple[np.ndarray, np.ndarray]:
    """`Y'CY + lI`, and a row `c_j y_j` per history item: a negative weight is a confident "no" (preference 0)."""
    every = np.asarray(factors, dtype=np.float64)
    known, sure = every[weighed.indices], weighed.data.astype(np.float64) * confidence
    gram = every.T @ every + regularisation * np.eye(every.shape[1])
    return gram + known.T @ (known * (np.abs(sure) - 1)[:, np.newaxis]), known * np.maximum(sure, 0)[:, np.newaxis]


@numba.njit(parallel=True, nogil=True, cache=True)
def _solve_rows(indptr, indices, confidences, factors, gram, folded):  # type: ignore[no-untyped-def]  # pragma: no cover
    for row in numba.prange(len(indptr) - 1):
        if indptr[row] == indptr[row + 1]:
            continue
        left = gram.copy()
        right = np.zeros(gram.shape[0])
        for entry in range(indptr[row], indptr[row + 1]):
            vector = factors[indices[entry]].astype(np.float64)
            sure = confidences[entry]
            more = abs(sure) - 1
            for i in range(len(vector)):
                weight = vector[i] * more
                for j in range(len(vector)):
                    left[i, j] += weight * vector[j]
                right[i] += vector[i] * max(sure, 0)
        folded[row] = np.linalg.solve(left, right)


MODEL = ALS
