"""Feature ridge: who plays an item, learned from what is known of it, so that items nobody has played have scores too."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
from scipy import linalg, sparse

from segue.errors import NotEnoughData
from segue.features.groups import FeatureGroup, ItemFeatures, scale_columns
from segue.library.interactions import Interactions
from segue.recommenders.base import Contributions, TopK
from segue.recommenders.linear import largest_first, weigh_signed
from segue.recommenders.topk import most_alike

KNOTS = 8
"""A number is known by how near it is to each of so many of its quantiles: tastes are seldom straight lines."""


@dataclass(eq=False)
class FeatureRidge:
    """Ridge regression from an item's features to who plays it: a map from what is known of items to the listeners' tastes.

    For a history h and features F (played items: F_p) the scores are `h F (F_p' F_p + penalty I)^-1 F'`: each listener's plays
    regressed on the features of all played items, and read off for every item, played or not (van den Oord, Dieleman &
    Schrauwen, NeurIPS 2013, with the interactions themselves in place of factors: on two data sets that was better than
    ALS, SVD or EASE as the target). A score is a sum over the history, so reasons are exact.

    Parameters:
        penalty: per played item, beside rows whose groups have a mean squared length of 1.
        largest: so many features, those with most weight, are solved together; each of the rest, by itself.
    """

    weighting: str = "log"
    penalty: float = 1e-3
    largest: int = 2_000
    design: sparse.csr_array = field(init=False, repr=False)
    together: np.ndarray = field(init=False, repr=False)
    apart: np.ndarray = field(init=False, repr=False)

    RANKS_UNPLAYED: ClassVar = True
    SEARCH: ClassVar = {"penalty": (1e-4, 3e-4, 1e-3, 3e-3, 1e-2), "weighting": ("log", "binary")}

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:
        """Solve once. Raises `NotEnoughData` without features, or when nobody has played anything."""
        if features is None:
            raise NotEnoughData("feature-ridge needs items of which something is known, and nothing is known of these")
        played = np.flatnonzero(np.bincount(interactions.positive.indices, minlength=interactions.n_items))
        if not len(played):
            raise NotEnoughData("feature-ridge needs items that somebody played, to learn who plays what")
        design = _design(features)
        weight = np.asarray(sparse.csr_array(design[played]).power(2).sum(axis=0)).ravel()
        order = np.argsort(-weight, kind="stable")
        self.design = sparse.csr_array(design[:, order[weight[order] > 0]])
        self.design.sort_indices()
        self.together, self.apart = self._solve(sparse.csr_array(self.design[played]))
        return self

    def scores(self, histories: sparse.csr_array) -> np.ndarray:
        """Each listener's features, weighed by what was learned, read off for every item."""
        found = self._map(sparse.csr_array(weigh_signed(histories, self.weighting) @ self.design))
        return np.ascontiguousarray((self.design @ found.T).T, dtype=np.float32)

    def similar(self, items: np.ndarray, k: int) -> TopK:
        """What one who has played nothing but the item is most likely to play."""

        def alone(block: np.ndarray) -> np.ndarray:
            found = self._map(sparse.csr_array(self.design[block]))
            scores = np.asarray(self.design @ found.T).T
            return np.where(scores > 0, scores, -np.inf)

        return most_alike(items, k, alone)

    def contributions(self, history: sparse.csr_array, item: int) -> Contributions:
        """Item i owes `h_j F_j (F_p' F_p + penalty I)^-1 F_i'` to history item j; the terms add up to the score."""
        weighed = weigh_signed(history, self.weighting)
        found = self._map(sparse.csr_array(self.design[[item]]))
        amounts = weighed.data * np.asarray(self.design[weighed.indices] @ found[0]).ravel()
        return largest_first(weighed.indices, amounts)

    def _map(self, features: sparse.csr_array) -> np.ndarray:
        dense = features.toarray()
        first = len(self.together)
        return np.hstack([dense[:, :first] @ self.together, dense[:, first:] * self.apart])

    def _solve(self, known: sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
        """The inverse for the features solved together, and the reciprocals of the rest, from those of played items."""
        lengths = np.asarray(known.power(2).sum(axis=0)).ravel()
        ridge = self.penalty * known.shape[0]
        first = sparse.csr_array(known[:, : self.largest])
        gram = np.asarray((first.T @ first).toarray(), dtype=np.float64)
        gram[np.diag_indices_from(gram)] += ridge
        inverse = linalg.inv(gram, assume_a="pos", overwrite_a=True) if len(gram) else gram
        rest = 1 / (lengths[self.largest :] + ridge)
        return inverse.astype(np.float32), rest.astype(np.float32)


def _design(features: ItemFeatures) -> sparse.csr_array:
    """All groups side by side, CSR float32, each with rows of mean squared length 1 over the items it knows."""
    return sparse.csr_array(sparse.hstack([_block(group) for group in features.groups], format="csr"), dtype=np.float32)


def _block(group: FeatureGroup) -> sparse.csr_array:
    if group.kind == "numbers":
        block = _near_knots(group.matrix)
    elif group.kind == "words":
        block = scale_columns(group.matrix, np.sqrt(group.telling))
    else:
        block = group.matrix
    known = max(np.count_nonzero(np.diff(block.indptr)), 1)
    length = float(np.sqrt((block.data.astype(np.float64) ** 2).sum() / known))
    return sparse.csr_array(block / np.float32(length)) if length else block


def _near_knots(matrix: sparse.csr_array) -> sparse.csr_array:
    """Each number as its two shares between the quantiles it lies between (linear B-splines; Hastie et al. 2009, 5.2)."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    parts = []
    for column in range(matrix.shape[1]):
        here = matrix.indices == column
        values = matrix.data[here].astype(np.float64)
        knots = np.unique(np.quantile(values, np.linspace(0, 1, KNOTS))) if len(values) else np.zeros(1)
        below = np.clip(np.searchsorted(knots, values, side="right") - 1, 0, max(len(knots) - 2, 0))
        width = np.diff(knots)[below] if len(knots) > 1 else np.ones(len(values))
        share = np.clip((values - knots[below]) / width, 0, 1)
        above = np.minimum(below + 1, len(knots) - 1)
        entries = np.concatenate([1 - share, share]).astype(np.float32)
        at = (np.concatenate([rows[here], rows[here]]), np.concatenate([below, above]))
        parts.append(sparse.csr_array(sparse.coo_array((entries, at), shape=(matrix.shape[0], len(knots)))))
    return sparse.csr_array(sparse.hstack(parts, format="csr"))


MODEL = FeatureRidge
