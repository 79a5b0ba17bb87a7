"""What makes two items alike: which groups of features, and what in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from segue.features.groups import WEIGHTS, FeatureGroup, ItemFeatures, scale_columns, unit_rows

SHOWN = 3
LEAST_SHARE = 0.02


@dataclass(frozen=True)
class Shared:
    """What two items share in one group: `likeness` is their cosine in it, `share` its part of all that is alike (0 to 1).

    `what` names the features they share most: words, or numbers with the values of both ("tempo 128 / 131").
    """

    group: str
    likeness: float
    share: float
    what: tuple[str, ...]


def shared(features: ItemFeatures, items: np.ndarray, others: np.ndarray) -> list[tuple[Shared, ...]]:
    """For each pair of items (indices, both of shape (n,)): the groups in which they are alike, those with most share first.

    The cosines are those of `content`, whose likeness is their sum, weighted by `WEIGHTS`; groups that say whose an item is
    count as one more each.
    """
    cosines, told = [], []
    for group in features.groups:
        left, right = (unit_rows(_weighed(group, rows)) for rows in (items, others))
        products = sparse.csr_array(left.multiply(right))
        cosines.append(np.asarray(products.sum(axis=1)).ravel())
        told.append(products)
    weights = np.array([WEIGHTS.get(group.name, 1.0) for group in features.groups]) ** 2
    alike = np.maximum(np.array(cosines), 0) * weights[:, np.newaxis]
    shares = alike / np.maximum(alike.sum(axis=0), 1e-12)
    answers = []
    for pair, (item, other) in enumerate(zip(items, others, strict=True)):
        found = [
            Shared(group.name, float(cosines[place][pair]), float(shares[place, pair]), what)
            for place, group in enumerate(features.groups)
            if shares[place, pair] >= LEAST_SHARE
            for what in [_what(group, told[place], pair, int(item), int(other))]
        ]
        answers.append(tuple(sorted(found, key=lambda one: -one.share)))
    return answers


def _weighed(group: FeatureGroup, rows: np.ndarray) -> sparse.csr_array:
    matrix = sparse.csr_array(group.matrix[rows])
    return scale_columns(matrix, group.telling) if group.kind == "words" else matrix


def _what(group: FeatureGroup, products: sparse.csr_array, pair: int, item: int, other: int) -> tuple[str, ...]:
    start, end = products.indptr[pair], products.indptr[pair + 1]
    columns, data = products.indices[start:end], products.data[start:end]
    best = columns[np.lexsort((columns, -data))][: min(SHOWN, int((data > 0).sum()))]
    if group.kind != "numbers":
        return tuple(group.names[column] for column in best)
    if group.name == "sound":
        return ()
    mine, theirs = group.raw(item), group.raw(other)
    return tuple(
        f"{name} {_value(name, mine[name])} / {_value(name, theirs[name])}"
        for name in (group.names[column] for column in best)
    )


def _value(name: str, value: float) -> str:
    if name == "length":  # ln of milliseconds
        return "{}:{:02}".format(*divmod(round(np.exp(value) / 1000), 60))
    if name == "words":  # ln(1 + words)
        value = float(np.expm1(value))
    return f"{value:.0f}" if abs(value) >= 20 else f"{value:.2g}"
