"""Honest splits: what a model may learn from, and what it is asked for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse


class Split(NamedTuple):
    """Two matrices of one shape that share no entry and add up to the whole."""

    train: sparse.csr_array
    test: sparse.csr_array


def holdout(matrix: sparse.csr_array, rng: np.random.Generator, test_share: float = 0.2) -> Split:
    """Hide a random share of each listener's entries: `round(test_share * n)` of them, always leaving one to learn from."""
    sizes = np.diff(matrix.indptr)
    hidden = np.minimum(np.round(test_share * sizes).astype(np.int64), np.maximum(sizes - 1, 0))
    return split_by_order(matrix, rng.random(matrix.nnz), sizes - hidden)


def split_by_order(matrix: sparse.csr_array, order: np.ndarray, kept: np.ndarray) -> Split:
    """Train on the `kept[row]` entries of each row that come first by `order` (one number per stored entry)."""
    sizes = np.diff(matrix.indptr)
    rows = np.repeat(np.arange(matrix.shape[0]), sizes)
    sorted_entries = np.lexsort((order, rows))
    place = np.empty(matrix.nnz, dtype=np.int64)
    place[sorted_entries] = np.arange(matrix.nnz) - np.repeat(matrix.indptr[:-1], sizes)
    return split_by_mask(matrix, place < kept[rows])


def split_by_mask(matrix: sparse.csr_array, to_train: np.ndarray) -> Split:
    """Train on the entries where `to_train` (one flag per stored entry) holds, test on the others."""
    return Split(_only(matrix, to_train), _only(matrix, ~to_train))


def _only(matrix: sparse.csr_array, mask: np.ndarray) -> sparse.csr_array:
    counts = np.concatenate([[0], np.cumsum(mask)])
    return sparse.csr_array(
        (matrix.data[mask], matrix.indices[mask], counts[matrix.indptr].astype(matrix.indptr.dtype)),
        shape=matrix.shape,
    )
