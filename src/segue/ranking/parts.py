"""The parts of a blend that score chosen items from a history: exactly what the models say, without scoring all items."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from scipy import sparse

from segue.ranking.folding import dots, fold_in, quadratic, solve_rows
from segue.ranking.walk import as_weights, sparse_dots, sparse_sum, sum_of_rows
from segue.recommenders.als import ALS
from segue.recommenders.feature_ridge import FeatureRidge
from segue.recommenders.linear import signed

SAMPLE = 4_096
"""So many items, spread evenly over the catalogue, say how widely a ridge's scores spread."""
CHUNK = 65_536


class Looked(Protocol):
    """One history as a part sees it."""

    spread: float

    def scores(self, items: np.ndarray) -> np.ndarray:
        """The part's scores of these items, float32, shape (n,)."""
        ...

    def amounts(self, items: np.ndarray) -> np.ndarray:
        """What each history item adds to the score of each of these, float32, shape (n, n_history)."""
        ...


class DensePart(Protocol):
    """A part whose scores are of all items, and are computed for those asked about only."""

    def look(self, items: np.ndarray, weights: np.ndarray) -> Looked:
        """See a history: distinct items and their raw weights."""
        ...


class ServedALS:
    """ALS for single requests: the same fold-in, with what does not depend on the history computed once."""

    def __init__(self, model: ALS) -> None:
        self.model = model
        self.factors = [np.asarray(one, dtype=np.float32) for one in model.item_factors]
        n_items, d = self.factors[0].shape
        every = np.zeros((d * len(self.factors),) * 2)
        total = np.zeros(d * len(self.factors))
        for start in range(0, n_items, CHUNK):
            block = np.concatenate([one[start : start + CHUNK] for one in self.factors], axis=1)
            every += block.T @ block
            total += block.sum(axis=0, dtype=np.float64)
        self.covariance = (every / n_items - np.outer(total, total) / n_items**2).astype(np.float32)
        own = [every[d * one : d * (one + 1), d * one : d * (one + 1)] for one in range(len(self.factors))]
        self.grams = (np.stack(own) + model.regularisation * np.eye(d)).astype(np.float32)

    def look(self, items: np.ndarray, weights: np.ndarray) -> LookedALS:
        """Fold the history in."""
        return LookedALS(self, items, self.sure(weights))

    def sure(self, weights: np.ndarray) -> np.ndarray:
        """Raw weights as confidences, their signs kept, float32."""
        return signed(weights, self.model.weighting) * np.float32(self.model.confidence)


class LookedALS:
    """A history folded in: Hu, Koren & Volinsky 2008, section 5, for what each history item adds."""

    def __init__(self, part: ServedALS, items: np.ndarray, sure: np.ndarray) -> None:
        n, d = len(items), part.grams.shape[1]
        self.part, self.n_history = part, n
        self.liked = np.maximum(sure, 0)
        self.rooms = np.empty((len(part.factors), n + d, d), dtype=np.float32)
        self.vectors = np.empty((len(part.factors), d), dtype=np.float32)
        for factors, gram, room, vector in zip(part.factors, part.grams, self.rooms, self.vectors, strict=True):
            fold_in(factors, items, sure, gram, room, vector)
        variance = quadratic(part.covariance, self.vectors.ravel() / np.float32(len(self.vectors)))
        self.spread = float(np.sqrt(variance)) if variance > 1e-20 else 1.0

    def scores(self, items: np.ndarray) -> np.ndarray:
        """Inner products, averaged over the ensemble."""
        total = np.zeros(len(items), dtype=np.float32)
        for factors, vector in zip(self.part.factors, self.vectors, strict=True):
            total += dots(factors, items, vector)
        return total / np.float32(len(self.vectors))

    def amounts(self, items: np.ndarray) -> np.ndarray:
        """`y_i' (Y'CY + lI)^-1 y_j c_j`, averaged over the ensemble."""
        found = np.zeros((len(items), self.n_history), dtype=np.float32)
        for factors, room in zip(self.part.factors, self.rooms, strict=True):
            asked = factors[items]
            solve_rows(room[self.n_history :], asked)
            found += asked @ room[: self.n_history].T
        return found * (self.liked / np.float32(len(self.rooms)))


class ServedRidge:
    """Feature ridge for single requests: only the features that the history has are multiplied."""

    def __init__(self, model: FeatureRidge, among: np.ndarray | None = None) -> None:
        self.model = model
        weights = as_weights([model.design])
        self.indptr, self.indices, self.data = weights.indptrs[0], weights.indices[0], weights.data[0]
        self.n_items, self.n_features = model.design.shape
        together = np.asarray(model.together, dtype=np.float32)
        # It is symmetric: whichever way it lies in memory, there are rows that lie in one piece.
        self.together = together if together.flags.c_contiguous else together.T
        self.apart = np.asarray(model.apart, dtype=np.float32)
        usual = np.arange(self.n_items) if among is None else among
        places = np.linspace(0, len(usual) - 1, min(SAMPLE, len(usual))).round().astype(np.int64)
        # A copy: there its rows lie side by side.
        sample = as_weights([sparse.csr_array(model.design[usual[places]])])
        self.sample = sample.indptrs[0], sample.indices[0], sample.data[0], np.arange(len(places))

    def look(self, items: np.ndarray, weights: np.ndarray) -> LookedRidge:
        """The history's features, weighed by what was learned."""
        return LookedRidge(self, items, signed(weights, self.model.weighting))

    def map(self, features: np.ndarray) -> np.ndarray:
        """Features, float32, shape (n_features,), through the ridge."""
        first = len(self.together)
        found = features.copy()
        sum_of_rows(self.together, features[:first], found[:first])
        found[first:] *= self.apart
        return found


class LookedRidge:
    """A history's features."""

    def __init__(self, part: ServedRidge, items: np.ndarray, weights: np.ndarray) -> None:
        self.part, self.items, self.weights = part, items, weights
        have = sparse_sum(part.indptr, part.indices, part.data, items, weights, part.n_features)
        self.found = part.map(have)
        deviation = float(sparse_dots(*part.sample, self.found).std())
        self.spread = deviation if deviation > 1e-10 else 1.0

    def scores(self, items: np.ndarray) -> np.ndarray:
        """What was found, read off for these."""
        return sparse_dots(self.part.indptr, self.part.indices, self.part.data, items, self.found)

    def amounts(self, items: np.ndarray) -> np.ndarray:
        """`h_j F_j (F_p' F_p + penalty I)^-1 F_i'`."""
        part = self.part
        one = np.ones(1, dtype=np.float32)
        found = np.zeros((len(items), len(self.items)), dtype=np.float32)
        for place, item in enumerate(items):
            have = sparse_sum(part.indptr, part.indices, part.data, np.array([item]), one, part.n_features)
            found[place] = self.weights * sparse_dots(part.indptr, part.indices, part.data, self.items, part.map(have))
        return found
