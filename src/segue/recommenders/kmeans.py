"""K-Means: songs like these songs, by how they sound and what people call them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
from scipy import sparse
from sklearn.cluster import KMeans as SklearnKMeans
from sklearn.decomposition import TruncatedSVD
from threadpoolctl import threadpool_limits

from segue.errors import NotEnoughData
from segue.features.groups import ItemFeatures
from segue.library.interactions import Interactions
from segue.recommenders.base import Contributions, TopK
from segue.recommenders.linear import largest_first, weigh_signed
from segue.recommenders.svd import similar_by_cosine

SAMPLE = 50_000
"""The centres of more items than this are found on so many of them."""


@dataclass(eq=False)
class KMeans:
    """The classic recipe on item features: scale, cluster, and rank by cosine to the mean vector of the history.

    A score is that cosine plus the share of the history that lies in the item's own cluster, times `cluster_weight`.

    Parameters:
        clusters: how many.
        dimensions: features are reduced to so many by truncated SVD before clustering.
        cluster_weight: how much a shared cluster counts beside the cosine.
    """

    clusters: int = 20
    dimensions: int = 32
    cluster_weight: float = 0.5
    weighting: str = "log"
    seed: int = 0
    vectors: np.ndarray = field(init=False, repr=False)
    labels: np.ndarray = field(init=False, repr=False)

    RANKS_UNPLAYED: ClassVar = True
    NEEDS_LISTENING: ClassVar = False

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:  # noqa: ARG002
        """Reduce, normalise and cluster. Raises `NotEnoughData` without features."""
        if features is None or not features.descriptions:
            raise NotEnoughData("kmeans needs items with tags, genres or audio features, and these have none")
        stacked = features.stacked()
        if stacked.shape[1] > self.dimensions:
            reduction = TruncatedSVD(self.dimensions, random_state=self.seed)
            # Of items that are all alike, the variance is 0.
            with threadpool_limits(1), np.errstate(divide="ignore", invalid="ignore"):
                vectors = reduction.fit_transform(sparse.csr_matrix(stacked))
        else:
            vectors = stacked.toarray()
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        self.vectors = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0).astype(np.float32)
        rng = np.random.default_rng(self.seed)
        sample = self.vectors
        if len(sample) > SAMPLE:
            sample = sample[np.sort(rng.choice(len(sample), SAMPLE, replace=False))]
        distinct = len(np.unique(sample, axis=0))
        with threadpool_limits(1):
            clustering = SklearnKMeans(min(self.clusters, distinct), random_state=self.seed, n_init=1).fit(sample)
            self.labels = clustering.predict(self.vectors).astype(np.int32)
        return self

    def scores(self, histories: sparse.csr_array) -> np.ndarray:
        """Cosine to the mean vector of the history, plus the history's share in the item's cluster."""
        weighed = weigh_signed(histories, self.weighting)
        cosines = (weighed @ self.vectors) * self._inverse_lengths(weighed)[:, np.newaxis] @ self.vectors.T
        in_cluster = weighed @ np.eye(self.labels.max() + 1, dtype=np.float32)[self.labels]
        shares = in_cluster * self._inverse_weights(weighed)[:, np.newaxis]
        return np.asarray(cosines + self.cluster_weight * shares[:, self.labels], dtype=np.float32)

    def similar(self, items: np.ndarray, k: int) -> TopK:
        """Items at the smallest angle."""
        return similar_by_cosine(np.asarray(self.vectors), items, k)

    def contributions(self, history: sparse.csr_array, item: int) -> Contributions:
        """Both parts of the score are sums over the history: so are the reasons."""
        weighed = weigh_signed(history, self.weighting)
        cosine = self.vectors[weighed.indices] @ self.vectors[item] * self._inverse_lengths(weighed)[0]
        together = (self.labels[weighed.indices] == self.labels[item]) * self._inverse_weights(weighed)[0]
        return largest_first(weighed.indices, weighed.data * (cosine + self.cluster_weight * together))

    def _inverse_lengths(self, weighed: sparse.csr_array) -> np.ndarray:
        length = np.linalg.norm(weighed @ self.vectors, axis=1)
        return np.divide(1, length, out=np.zeros_like(length), where=length > 0)

    def _inverse_weights(self, weighed: sparse.csr_array) -> np.ndarray:
        total = np.asarray(abs(weighed).sum(axis=1)).ravel()
        return np.divide(1, total, out=np.zeros_like(total), where=total > 0)


MODEL = KMeans
