"""Sparse rows: what stands out in each."""

from __future__ import annotations

import numpy as np
from scipy import sparse


def largest_of_rows(matrix: sparse.csr_array, k: int) -> sparse.csr_array:
    """Only the `k` largest entries of each row; of equal ones those of the lower columns. Columns stand in order."""
    canonical = sparse.csr_array(matrix, copy=True)
    canonical.sum_duplicates()
    lengths = np.diff(canonical.indptr)
    if not len(lengths) or lengths.max() <= k:
        return canonical
    rows = np.repeat(np.arange(len(lengths)), lengths)
    order = np.lexsort((canonical.indices, -canonical.data, rows))
    place = np.arange(len(order)) - np.repeat(canonical.indptr[:-1], lengths)
    kept = np.sort(order[place < k])
    indptr = np.concatenate([[0], np.cumsum(np.minimum(lengths, k))])
    return sparse.csr_array((canonical.data[kept], canonical.indices[kept], indptr), shape=canonical.shape)
