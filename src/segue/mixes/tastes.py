"""The tastes of one listener: groups of what they play that lie together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_ITERATIONS = 30
_STARTS = 3


@dataclass(frozen=True, eq=False)
class Taste:
    """Items of a history that lie together.

    Attributes:
        items: int32 (n,), those with the largest weights first.
        weight: of all of them together, the sum of log(1 + plays).
        centre: float64 (d,): their middle.
    """

    items: np.ndarray
    weight: float
    centre: np.ndarray


def tastes(items: np.ndarray, weights: np.ndarray, vectors: np.ndarray, most: int, *, per_taste: int = 16,
           smallest: int = 8) -> list[Taste]:  # fmt: skip
    """The tastes behind a history, the weightiest first: K-Means with log(1 + weight) as the weight of a point.

    A history of n items has n / `per_taste` tastes, from 1 to `most`. A taste of fewer than `smallest` items is given up, and its
    items go to those that remain. The same history gives the same tastes.

    `items` are int32 (n,), distinct; `weights` float (n,), above 0; `vectors` float32 (n_items, d), of length 1: items whose
    vector is 0 are left out.
    """
    points = vectors[items].astype(np.float64)
    known = points.any(axis=1)
    items, points, worth = items[known], points[known], np.log1p(weights[known].astype(np.float64))
    if not len(items):
        return []
    k = int(np.clip(len(items) // per_taste, 1, most))
    labels = _labels(points, worth, k, smallest)
    found = []
    for label in np.unique(labels):
        here = np.flatnonzero(labels == label)
        here = here[np.lexsort((items[here], -worth[here]))]
        found.append(
            Taste(items[here], float(worth[here].sum()), np.average(points[here], axis=0, weights=worth[here]))
        )
    return sorted(found, key=lambda taste: (-taste.weight, int(taste.items[0])))


def taste_of(items: np.ndarray, tastes: list[Taste], vectors: np.ndarray) -> np.ndarray:
    """The taste to whose middle each item (int, shape (n,)) is nearest, as a place among `tastes`: int64, shape (n,)."""
    centres = np.stack([taste.centre for taste in tastes])
    return np.argmin((centres**2).sum(axis=1) - 2 * vectors[items].astype(np.float64) @ centres.T, axis=1)


def shares(tastes: list[Taste], n: int) -> list[int]:
    """How many of `n` places each taste gets, in proportion to the root of its weight: by largest remainders."""
    roots = np.sqrt([taste.weight for taste in tastes])
    wanted = n * roots / roots.sum()
    given = np.floor(wanted).astype(int)
    for place in np.argsort(given - wanted, kind="stable")[: n - int(given.sum())]:
        given[place] += 1
    return given.tolist()


def _labels(points: np.ndarray, worth: np.ndarray, k: int, smallest: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    fits = [_fitted(points, worth, _starts(points, worth, k, rng)) for _ in range(_STARTS if k > 1 else 1)]
    centres, labels, _ = min(fits, key=lambda fit: fit[2])
    while len(centres) > 1:
        sizes = np.bincount(labels, minlength=len(centres))
        least = int(np.argmin(sizes))
        if sizes[least] >= smallest:
            break
        centres, labels, _ = _fitted(points, worth, np.delete(centres, least, axis=0))
    return labels


def _starts(points: np.ndarray, worth: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """First centres by k-means++ (Arthur & Vassilvitskii, SODA 2007), with weights; fewer where points are the same."""
    chosen = [int(np.searchsorted(np.cumsum(worth), rng.random() * worth.sum(), side="right"))]
    nearest = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < k:
        odds = np.cumsum(worth * nearest)
        if odds[-1] <= 1e-12:
            break
        chosen.append(min(int(np.searchsorted(odds, rng.random() * odds[-1], side="right")), len(points) - 1))
        nearest = np.minimum(nearest, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return points[chosen]


def _fitted(points: np.ndarray, worth: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Lloyd's iterations from these centres: centres, labels, and the sum of squares."""
    labels = np.full(len(points), -1)
    for _ in range(_ITERATIONS):
        distances = (centres**2).sum(axis=1) - 2 * points @ centres.T
        nearest = np.argmin(distances, axis=1)
        if np.array_equal(nearest, labels):
            break
        labels = nearest
        for label in np.unique(labels):
            here = labels == label
            centres = centres.copy()
            centres[label] = np.average(points[here], axis=0, weights=worth[here])
    return centres, labels, float((worth * ((points - centres[labels]) ** 2).sum(axis=1)).sum())
