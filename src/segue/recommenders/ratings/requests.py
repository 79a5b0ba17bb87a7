"""Groups what is asked of a rating predictor by history, so that each history is worked through once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from segue.errors import NotEnoughData
from segue.library.interactions import Interactions


@dataclass(frozen=True, eq=False)
class Requests:
    """What is asked of each history.

    Row `g` of `histories` (CSR, float64, sorted indices) is asked for the items at the places
    `order[starts[g]:starts[g + 1]]` of `items` (int64).
    """

    histories: sparse.csr_array
    items: np.ndarray
    starts: np.ndarray
    order: np.ndarray


def by_history(histories: sparse.csr_array, rows: np.ndarray, items: np.ndarray, n_items: int) -> Requests:
    """Group questions, item `items[i]` to history `rows[i]`; histories nobody asks about are left out.

    Raises `ValueError` for questions without a history or an item, for histories over another number of items than the
    model learned, and for an item that is not among them: native code would read past its arrays.
    """
    if histories.shape[1] != n_items:
        raise ValueError(f"the histories are over {histories.shape[1]} items, the model over {n_items}")
    rows, items = np.asarray(rows, dtype=np.int64), np.asarray(items, dtype=np.int64)
    if len(rows) != len(items):
        raise ValueError(f"{len(rows)} histories are asked about {len(items)} items: each question needs both")
    if len(items) and not 0 <= items.min() <= items.max() < n_items:
        raise ValueError(f"items are numbered 0 to {n_items - 1}, not {items.min()} to {items.max()}")
    order = np.argsort(rows, kind="stable")
    asked, first = np.unique(rows[order], return_index=True)
    wanted = sparse.csr_array(sparse.csr_array(histories)[asked].astype(np.float64))
    wanted.sort_indices()
    return Requests(wanted, items, np.append(first, len(rows)), order)


def ratings_in(interactions: Interactions) -> sparse.csr_array:
    """The ratings to learn from, CSR, float64, sorted indices. Raises `NotEnoughData` when there are none."""
    ratings = sparse.csr_array(interactions.matrix.astype(np.float64))
    if not ratings.nnz:
        raise NotEnoughData("there are no ratings to learn from: import some first")
    ratings.sort_indices()
    return ratings


def row_of_each(matrix: sparse.csr_array) -> np.ndarray:
    """The row of every stored entry of a CSR matrix, shape (nnz,)."""
    return np.repeat(np.arange(matrix.shape[0], dtype=np.int32), np.diff(matrix.indptr))


def parts(matrix: sparse.csr_array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row starts (int64), columns (int32) and data of a CSR matrix: types for which native code is compiled once."""
    return (
        np.asarray(matrix.indptr, dtype=np.int64),
        np.asarray(matrix.indices, dtype=np.int32),
        np.asarray(matrix.data),
    )
