"""Maps: many-dimensional vectors as points on a plane, so that what is alike lies close together."""

from __future__ import annotations

from typing import Literal

import numpy as np
from threadpoolctl import threadpool_limits

Method = Literal["pca", "tsne"]

FEWEST_FOR_TSNE = 10
"""With fewer points there are no neighbourhoods to keep: t-SNE falls back on PCA."""
ITERATIONS = 600


def project(
    vectors: np.ndarray, method: Method = "pca", *, seed: int = 0, perplexity: float = 30.0
) -> np.ndarray:  # fmt: skip
    """A point for each vector: float (n, d) to float32 (n, 2), the same for the same input, never NaN.

    `pca` keeps the two directions of most variance, each with its largest loading positive. `tsne` keeps
    neighbourhoods (van der Maaten & Hinton, JMLR 2008), begun from the PCA (Kobak & Berens, Nature Communications
    2019), with `perplexity` at most a third of the points. A value that is not known (NaN) counts as its column's mean.
    """
    plane = _principal(_centred(vectors))
    spread = float(plane[:, 0].std()) if len(plane) else 0.0
    if method == "pca" or len(plane) < FEWEST_FOR_TSNE or spread == 0:
        return plane.astype(np.float32)
    from sklearn.manifold import TSNE  # noqa: PLC0415

    model = TSNE(
        2,
        perplexity=min(perplexity, (len(plane) - 1) / 3),
        init=(plane / spread * 1e-4).astype(np.float32),
        learning_rate="auto",
        max_iter=ITERATIONS,
        random_state=seed,
    )
    with threadpool_limits(1):  # the order of a sum must not hang on how many cores there are
        return np.asarray(model.fit_transform(_centred(vectors).astype(np.float32)), dtype=np.float32)


def _centred(vectors: np.ndarray) -> np.ndarray:
    values = np.asarray(vectors, dtype=np.float64)
    known = np.isfinite(values)
    mean = np.where(known, values, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.where(known, values - mean, 0)


def _principal(centred: np.ndarray) -> np.ndarray:
    """The first two principal components, shape (n, 2); zeros where there are fewer."""
    plane = np.zeros((len(centred), 2))
    if not centred.size:
        return plane
    with threadpool_limits(1):
        _, directions = np.linalg.eigh(centred.T @ centred)
        top = directions[:, ::-1][:, :2]
        top = top * np.where(top[np.abs(top).argmax(axis=0), range(top.shape[1])] < 0, -1, 1)
        plane[:, : top.shape[1]] = centred @ top
    return plane
