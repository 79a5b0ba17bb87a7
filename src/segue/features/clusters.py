"""Clusters: which vectors lie together, how many groups there are, and what each group is called in plain words."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from segue.errors import NotEnoughData
from segue.features.groups import FeatureGroup

CANDIDATES = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20)
OUTSTANDING = 0.5
"""How many standard deviations a cluster's mean lies from everybody's before the name says so."""
TELLING_LIFT = 1.2
NAMELESS = "nothing that stands out"
PRIOR_ITEMS = 10.0
"""A lift is shrunk as if so many items of everyday kind were in the cluster besides."""

FEATURE_WORDS = {
    "acousticness": ("acoustic", "amplified"),
    "danceability": ("danceable", "hard to dance to"),
    "energy": ("energetic", "calm"),
    "instrumentalness": ("instrumental", "sung"),
    "liveness": ("live", "studio"),
    "speechiness": ("spoken", "little speech"),
    "valence": ("happy", "sombre"),
    "loudness": ("loud", "quiet"),
    "tempo": ("fast", "slow"),
}
"""What a high and a low value of a feature is called."""


@dataclass(frozen=True, eq=False)
class Clustering:
    """K groups of n vectors: `labels` int32 (n,), `centres` float32 (k, d), `distances` float32 (n,) to the own centre.

    Clusters are numbered from the largest. `silhouettes` has the mean silhouette of each number of clusters tried.
    """

    labels: np.ndarray
    centres: np.ndarray
    distances: np.ndarray
    silhouettes: dict[int, float]

    @property
    def k(self) -> int:
        """How many clusters there are."""
        return len(self.centres)


@dataclass(frozen=True, eq=False)
class Measures:
    """Measured features: `values` float (n, f) in their own units, NaN where not known, named column by column."""

    values: np.ndarray
    names: tuple[str, ...]


@dataclass(frozen=True)
class TellingWord:
    """A word that is commoner in a cluster than elsewhere: its share of the cluster's items, and by what factor."""

    word: str
    share: float
    lift: float


@dataclass(frozen=True)
class FeatureMean:
    """A feature's mean in a cluster, and how far that is from the mean of all, in standard deviations."""

    feature: str
    mean: float
    z: float


@dataclass(frozen=True)
class ClusterDescription:
    """What a cluster is: a name, its size, and what stands out; `representatives` are rows, nearest the centre first."""

    name: str
    size: int
    words: tuple[TellingWord, ...]
    features: tuple[FeatureMean, ...]
    representatives: tuple[int, ...]


def cluster(
    vectors: np.ndarray,
    k: int | None = None,
    *,
    candidates: tuple[int, ...] = CANDIDATES,
    sample: int = 5_000,
    seed: int = 0,
) -> Clustering:
    """K-Means (k-means++; Arthur & Vassilvitskii, SODA 2007) of float vectors, shape (n, d).

    Without `k`, the number among `candidates` with the largest mean silhouette (Rousseeuw 1987) on `sample` vectors.
    There are never more clusters than distinct vectors. Raises `NotEnoughData` without any vector.
    """
    if not len(vectors):
        raise NotEnoughData("there is nothing to cluster")
    points = np.nan_to_num(np.asarray(vectors, dtype=np.float32))
    distinct = len(np.unique(points, axis=0))
    if k is not None:
        return _numbered(points, _fitted(points, min(k, distinct), seed), {})
    possible = [number for number in candidates if 1 < number < distinct] or [min(2, distinct)]
    chosen = np.random.default_rng(seed).permutation(len(points))[:sample]
    fitted = {number: _fitted(points, number, seed) for number in possible}
    silhouettes = {number: _silhouette(points[chosen], fitted[number][0][chosen]) for number in possible}
    best = max(possible, key=lambda number: (silhouettes[number], -number))
    return _numbered(points, fitted[best], silhouettes)


def _fitted(points: np.ndarray, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels and centres; fewer than `k` where vectors differ by less than the arithmetic can tell."""
    from sklearn.cluster import KMeans  # noqa: PLC0415
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415

    with (
        threadpool_limits(1),
        warnings.catch_warnings(),
    ):  # the order of a sum must not hang on how many cores there are
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = KMeans(k, random_state=seed, n_init=4).fit(points)
    used, labels = np.unique(model.labels_, return_inverse=True)
    return labels, model.cluster_centers_[used]


def _silhouette(points: np.ndarray, labels: np.ndarray) -> float:
    from sklearn.metrics import silhouette_score  # noqa: PLC0415

    if not 1 < len(np.unique(labels)) < len(points):
        return 0.0
    with threadpool_limits(1):
        return float(silhouette_score(points, labels))


def _numbered(
    points: np.ndarray, fitted: tuple[np.ndarray, np.ndarray], silhouettes: dict[int, float]
) -> Clustering:  # fmt: skip
    """The clustering with the largest cluster as number 0."""
    labels, centres = fitted
    order = np.argsort(-np.bincount(labels, minlength=len(centres)), kind="stable")
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    labels, centres = number[labels], np.asarray(centres[order], dtype=np.float32)
    distances = np.linalg.norm(points - centres[labels], axis=1).astype(np.float32)
    return Clustering(labels, centres, distances, silhouettes)


def describe(
    clustering: Clustering,
    measures: Measures | None = None,
    words: FeatureGroup | None = None,
    *,
    shown: int = 8,
    representatives: int = 5,
) -> tuple[ClusterDescription, ...]:
    """Each cluster in words. Rows of `measures` and `words` (n) are the vectors that were clustered, in their order.

    The name is made of the two words that tell most, then of the features that stand out; where two clusters would be
    called the same, their numbers tell them apart.
    """
    found = []
    for label in range(clustering.k):
        members = np.flatnonzero(clustering.labels == label)
        telling = _telling(words, members, shown) if words is not None else ()
        features = _means(measures, members) if measures is not None else ()
        nearest = members[np.argsort(clustering.distances[members], kind="stable")][:representatives]
        found.append(
            ClusterDescription(_name(telling, features), len(members), telling, features, tuple(map(int, nearest)))
        )
    return _told_apart(found)


def genre_vectors(vectors: np.ndarray, membership: sparse.csr_array) -> np.ndarray:
    """The mean vector of each genre's items: `vectors` (n, d), `membership` CSR (n, g), to float32 (g, d).

    Any entry other than 0 is a member; a genre without members has zeros.
    """
    belongs = sparse.csr_array(membership != 0, dtype=np.float32)
    members = np.asarray(belongs.sum(axis=0)).ravel()
    total = belongs.T @ np.asarray(vectors, dtype=np.float32)
    return np.asarray(total / np.maximum(members, 1)[:, np.newaxis], dtype=np.float32)


def _telling(words: FeatureGroup, members: np.ndarray, shown: int) -> tuple[TellingWord, ...]:
    """The words that tell most: those with the largest part in the Kullback-Leibler divergence from all items."""
    everywhere = np.bincount(words.matrix.indices, minlength=len(words.names)) / words.matrix.shape[0]
    here = np.bincount(words.matrix[members].indices, minlength=len(words.names))
    share = here / len(members)
    shrunk = (here + PRIOR_ITEMS * everywhere) / (len(members) + PRIOR_ITEMS)
    lift = np.divide(shrunk, everywhere, out=np.ones_like(shrunk), where=everywhere > 0)
    order = np.argsort(-share * np.log(np.maximum(lift, 1)), kind="stable")
    order = order[(lift[order] >= TELLING_LIFT) & (here[order] > 0)]
    kept: list[TellingWord] = []
    for place in order[: 4 * shown]:
        if len(kept) < shown and all(_squashed(words.names[place]) != _squashed(word.word) for word in kept):
            kept.append(TellingWord(words.names[place], float(share[place]), float(lift[place])))
    return tuple(kept)


def _squashed(word: str) -> str:
    """What "hip-hop", "hip hop" and "hiphop" have in common, and a word and its plural."""
    return "".join(letter for letter in word.casefold() if letter.isalnum()).removesuffix("s")


def _means(measures: Measures, members: np.ndarray) -> tuple[FeatureMean, ...]:
    found = []
    for column, name in enumerate(measures.names):
        everywhere = measures.values[:, column]
        here, known = everywhere[members], everywhere[~np.isnan(everywhere)]
        here = here[~np.isnan(here)]
        if not len(here):
            continue
        spread = float(known.std())
        z = (float(here.mean()) - float(known.mean())) / spread if spread > 0 else 0.0
        found.append(FeatureMean(name, float(here.mean()), z))
    return tuple(found)


def _name(telling: tuple[TellingWord, ...], features: tuple[FeatureMean, ...]) -> str:
    words = [word.word for word in telling[:2]]
    strong = [mean for mean in features if abs(mean.z) >= OUTSTANDING and mean.feature in FEATURE_WORDS]
    strong.sort(key=lambda mean: -abs(mean.z))
    sounds = [sound for mean in strong if (sound := FEATURE_WORDS[mean.feature][mean.z < 0]) not in words]
    parts = (", ".join(words), ", ".join(sounds[: 2 if words else 3]))
    return ": ".join(part for part in parts if part) or NAMELESS


def _told_apart(found: list[ClusterDescription]) -> tuple[ClusterDescription, ...]:
    names = [one.name for one in found]
    apart = [
        name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})"
        for place, name in enumerate(names)
    ]
    return tuple(
        ClusterDescription(name, one.size, one.words, one.features, one.representatives)
        for name, one in zip(apart, found, strict=True)
    )
