"""Item-KNN: items are alike when the same listeners play them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from segue.errors import UnknownModel
from segue.features.groups import ItemFeatures
from segue.library.interactions import Interactions
from segue.library.weighting import bm25, weigh
from segue.recommenders.linear import LinearItemModel, keep_largest

BLOCK = 2_048


@dataclass(eq=False)
class ItemKNN(LinearItemModel):
    """Item-KNN with cosine or BM25 similarity (Sarwar et al., WWW 2001; Deshpande & Karypis, TOIS 2004).

    Parameters:
        neighbours: how many items each item keeps.
        similarity: `cosine`, or `bm25` (the product of BM25-weighted columns, as in implicit).
        weighting: of plays, see `segue.library.weighting`.
    """

    neighbours: int = 500
    similarity: str = "cosine"

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:  # noqa: ARG002
        """Learn the similarities, a block of items at a time: memory grows with what is kept, not with items squared."""
        matrix = weigh(interactions.positive, self.weighting)
        if self.similarity == "cosine":
            left = right = unit_columns(matrix)
        elif self.similarity == "bm25":
            left = right = bm25(matrix)
        else:
            raise UnknownModel(f"item-knn has no similarity {self.similarity!r}: there are cosine, bm25")
        self.weights = neighbours_of_columns(left, right, self.neighbours)
        return self


def unit_columns(matrix: sparse.csr_array) -> sparse.csr_array:
    """Each column divided by its Euclidean length."""
    length = np.sqrt(np.bincount(matrix.indices, weights=matrix.data**2, minlength=matrix.shape[1]))
    scale = np.divide(1, length, out=np.zeros_like(length), where=length > 0).astype(np.float32)
    return sparse.csr_array((matrix.data * scale[matrix.indices], matrix.indices, matrix.indptr), shape=matrix.shape)


def neighbours_of_columns(left: sparse.csr_array, right: sparse.csr_array, n: int) -> sparse.csr_array:
    """The `n` largest entries of each row of `left.T @ right`, without the diagonal; CSR float32, sorted indices."""
    rows_of = sparse.csr_array(left.T)
    blocks = []
    for start in range(0, rows_of.shape[0], BLOCK):
        product = sparse.csr_array(rows_of[start : start + BLOCK] @ right)
        product.sort_indices()
        row = np.repeat(np.arange(product.shape[0]), np.diff(product.indptr))
        product.data[row + start == product.indices] = 0
        product.eliminate_zeros()
        blocks.append(keep_largest(product, n))
    return sparse.csr_array(sparse.vstack(blocks, format="csr"), dtype=np.float32)


MODEL = ItemKNN
