"""User-KNN: what listeners with your taste play."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from segue.features.groups import ItemFeatures, unit_rows
from segue.library.interactions import Interactions
from segue.library.weighting import inverse_document_frequency, weigh
from segue.recommenders.base import Contributions
from segue.recommenders.linear import largest_first, sparse_times_sparse, weigh_signed
from segue.recommenders.topk import top_k

BATCH_BYTES = 256 * 1024**2


@dataclass(eq=False)
class UserKNN:
    """User-KNN with cosine similarity over idf-weighted plays (Herlocker et al., SIGIR 1999).

    The score of an item is the sum, over the `neighbours` most similar training listeners, of similarity^`sharpness`
    times the listener's weight for the item.

    A training listener is among its own neighbours; that adds to what it has played only, which is left out anyway.
    """

    neighbours: int = 100
    sharpness: float = 2.0
    weighting: str = "log"
    profiles: sparse.csr_array = field(init=False, repr=False)  # items x listeners
    plays: sparse.csr_array = field(init=False, repr=False)
    idf: np.ndarray = field(init=False, repr=False)

    SEARCH: ClassVar = {"neighbours": (50, 100, 200, 400), "sharpness": (1.0, 2.0, 3.0), "weighting": ("log", "binary")}

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:  # noqa: ARG002
        """Keep every listener's history, as a profile of length 1."""
        self.plays = weigh(interactions.positive, self.weighting)
        self.idf = inverse_document_frequency(self.plays)
        self.profiles = sparse.csr_array(self._profiles(self.plays).T)
        return self

    def scores(self, histories: sparse.csr_array) -> np.ndarray:
        """Neighbours' plays, weighted by how like the listener they are."""
        profiles = self._profiles(weigh_signed(histories, self.weighting))
        batch = max(1, BATCH_BYTES // (4 * max(*self.plays.shape, 1)))
        parts = [self._scores(profiles[start : start + batch]) for start in range(0, profiles.shape[0], batch)]
        return np.concatenate(parts) if parts else np.zeros((0, self.plays.shape[1]), dtype=np.float32)

    def contributions(self, history: sparse.csr_array, item: int) -> Contributions:
        """What each history item adds through the neighbours who play `item`: its part of their similarity."""
        profile = self._profiles(weigh_signed(history, self.weighting))
        neighbours, influence, similarity = self._neighbours(profile)
        through = np.asarray(self.plays[neighbours][:, [item]].toarray()).ravel() * influence
        share = np.divide(through, similarity, out=np.zeros_like(through), where=similarity > 0)
        shared = self.profiles[profile.indices][:, neighbours]
        return largest_first(profile.indices, profile.data * np.asarray(shared @ share).ravel())

    def _profiles(self, plays: sparse.csr_array) -> sparse.csr_array:
        weighted = plays.data * np.asarray(self.idf)[plays.indices]
        return unit_rows(sparse.csr_array((weighted, plays.indices, plays.indptr), shape=plays.shape))

    def _scores(self, profiles: sparse.csr_array) -> np.ndarray:
        similar = top_k(self._similarities(profiles), self.neighbours)
        return sparse_times_sparse(self._influences(similar.items, similar.scores), self.plays)

    def _neighbours(self, profile: sparse.csr_array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        similar = top_k(self._similarities(profile), self.neighbours)
        influence = self._influences(similar.items, similar.scores)
        similarity = np.zeros(self.plays.shape[0], dtype=np.float32)
        similarity[similar.items[0][similar.items[0] >= 0]] = similar.scores[0][similar.items[0] >= 0]
        return influence.indices, influence.data, similarity[influence.indices]

    def _similarities(self, profiles: sparse.csr_array) -> np.ndarray:
        return sparse_times_sparse(profiles, self.profiles)

    def _influences(self, neighbours: np.ndarray, similarities: np.ndarray) -> sparse.csr_array:
        real = (neighbours >= 0) & (similarities > 0)
        indptr = np.concatenate([[0], np.cumsum(real.sum(axis=1))])
        data = similarities[real] ** np.float32(self.sharpness)
        return sparse.csr_array((data, neighbours[real], indptr), shape=(len(neighbours), self.plays.shape[0]))


MODEL = UserKNN
