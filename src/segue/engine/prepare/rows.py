"""Sparse rows with the largest entries first, as the sources of candidates read them."""

from __future__ import annotations

import numpy as np
from scipy import sparse


def best_first(entries: sparse.sparray, n: int) -> sparse.csr_array:
    """The `n` largest entries above 0 of each row, the largest first; equal ones by column. CSR float32.

    The indices of a row are therefore not sorted: `sorted_indices` of the answer gives a matrix whose are.
    """
    found = sparse.coo_array(entries)
    rows, columns, values = found.row, found.col, found.data
    above = values > 0
    if not above.all():
        rows, columns, values = rows[above], columns[above], values[above]
    order = np.lexsort((columns, -values, rows))
    counts = np.bincount(rows, minlength=found.shape[0])
    place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    order = order[place < n]
    indptr = np.concatenate([[0], np.cumsum(np.minimum(counts, n))])
    return sparse.csr_array(
        (values[order].astype(np.float32), columns[order].astype(np.int32), indptr), shape=found.shape
    )
