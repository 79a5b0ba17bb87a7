"""Boosted trees as plain arrays: learned by LightGBM, answered here without it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from segue.errors import BadSnapshot

if TYPE_CHECKING:
    import lightgbm


@dataclass(frozen=True, eq=False)
class Trees:
    """A sum of regression trees.

    A tree is told by its root; a root or child of 0 or more is a node, one below 0 the leaf `~it`. A row goes left at a node
    where its value is at most the threshold.

    Attributes:
        n_features: columns of what is asked.
        roots: int32 (n_trees,).
        feature: int16 (n_nodes,): the column a node looks at.
        threshold: float64 (n_nodes,).
        nan_left: bool (n_nodes,): whether a row goes left where its value is NaN.
        children: int32 (n_nodes, 2): left and right; nodes come after their parents.
        leaf: float32 (n_leaves,).

    Raises `BadSnapshot` when these are not trees: native code trusts them without looking again.
    """

    n_features: int
    roots: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    nan_left: np.ndarray
    children: np.ndarray
    leaf: np.ndarray

    def __post_init__(self) -> None:
        n_nodes, n_leaves = len(self.feature), len(self.leaf)
        places = np.concatenate([self.roots, self.children.ravel()])
        sound = (
            self.children.shape == (n_nodes, 2)
            and len(self.threshold) == len(self.nan_left) == n_nodes
            and ((places < n_nodes) & (~places < n_leaves)).all()
            and ((self.feature >= 0) & (self.feature < self.n_features)).all()
            # A walk that only goes on to later nodes comes to an end.
            and ((self.children < 0) | (self.children > np.arange(n_nodes)[:, np.newaxis])).all()
        )
        if not sound:
            raise BadSnapshot("the ranker's trees are damaged: train the snapshot anew")

    @classmethod
    def of(cls, *boosters: lightgbm.Booster) -> Trees:
        """The trees of boosters, each up to its best iteration: their sum, or the mean of the sums of several.

        Raises `ValueError` for what this does not know: categorical or linear splits, averaged trees, zeros as missing.
        """
        grown = _Grown([], [], [], [], [])
        roots = []
        for booster in boosters:
            dumped = booster.dump_model()
            if dumped["average_output"]:
                raise ValueError("trees that are averaged are not trees that are added up")
            roots += [grown.add(tree["tree_structure"]) for tree in dumped["tree_info"]]
        return cls(
            boosters[0].num_feature(),
            np.array(roots, dtype=np.int32),
            np.array(grown.feature, dtype=np.int16),
            np.array(grown.threshold, dtype=np.float64),
            np.array(grown.nan_left, dtype=np.bool_),
            np.array(grown.children, dtype=np.int32).reshape(-1, 2),
            (np.array(grown.leaf) / len(boosters)).astype(np.float32),
        )

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.roots)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The sum of the leaves that each row of X, float32, shape (n, n_features), falls into: float32, shape (n,).

        NaN is an unknown value. Raises `ValueError` for another number of columns.
        """
        if X.ndim != 2 or X.shape[1] != self.n_features:
            raise ValueError(f"the trees look at {self.n_features} columns, not at shape {X.shape}")
        total = np.zeros(len(X), dtype=np.float64)
        _add_leaves(
            np.ascontiguousarray(X, dtype=np.float32), self.roots, self.feature, self.threshold, self.nan_left,
            self.children, self.leaf, total,
        )  # fmt: skip
        return total.astype(np.float32)


@dataclass(frozen=True)
class _Grown:
    """Nodes and leaves so far."""

    feature: list[int]
    threshold: list[float]
    nan_left: list[bool]
    children: list[list[int]]
    leaf: list[float]

    def add(self, root: dict[str, Any]) -> int:
        """Put what grows from here at the end, parents first, and say where it begins."""
        if "leaf_value" in root:
            if "leaf_const" in root:
                raise ValueError("leaves that are linear models are not known here")
            self.leaf.append(root["leaf_value"])
            return ~(len(self.leaf) - 1)
        if root["decision_type"] != "<=" or root["missing_type"] == "Zero":
            raise ValueError("splits by category, and zeros that stand for missing values, are not known here")
        node = len(self.feature)
        self.feature.append(root["split_feature"])
        threshold = root["threshold"]
        # LightGBM writes 1e300 where it means infinity.
        self.threshold.append(threshold if abs(threshold) < 1e300 else math.copysign(math.inf, threshold))
        # Where training saw no missing value, LightGBM takes NaN for 0.
        self.nan_left.append(root["default_left"] if root["missing_type"] == "NaN" else threshold >= 0)
        self.children.append([0, 0])
        self.children[node][:] = [self.add(root["left_child"]), self.add(root["right_child"])]
        return node


@numba.njit(nogil=True, cache=True)
def _add_leaves(X, roots, feature, threshold, nan_left, children, leaf, total):  # type: ignore[no-untyped-def]  # pragma: no cover
    """All rows take a step, and those that are at a leaf drop out: the processor works on many at once."""
    walking, nodes = np.empty(len(X), dtype=np.uint32), np.empty(len(X), dtype=np.int32)
    for root in roots:
        if root < 0:
            total += leaf[~root]
            continue
        n_walking = len(X)
        walking[:] = np.arange(len(X))
        nodes[:] = root
        while n_walking:
            n_left = 0
            for place in range(n_walking):
                # Unsigned, because a place that may be below 0 costs a test each time.
                row, node = walking[place], np.uint32(nodes[place])
                value = X[row, np.uint32(feature[node])]
                left = (value <= threshold[node]) | (np.isnan(value) & nan_left[node])
                child = children[node, np.uint8(1) - np.uint8(left)]
                if child < 0:
                    total[row] += leaf[np.uint32(~child)]
                else:
                    walking[n_left], nodes[n_left] = row, child
                    n_left += 1
            n_walking = n_left
