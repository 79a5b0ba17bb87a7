"""Arrays and sparse matrices on disk as `.npy` files: loading can never run code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import sparse

_PARTS = ("data", "indices", "indptr")


def save_array(array: np.ndarray, path: Path, name: str) -> None:
    """Write `name.npy` into a directory."""
    np.save(path / f"{name}.npy", array, allow_pickle=False)


def load_array(path: Path, name: str) -> np.ndarray:
    """The array that `save_array` wrote, memory-mapped."""
    # The same memory without what the class of memory-mapped arrays adds to the price of every call.
    return np.asarray(np.load(path / f"{name}.npy", mmap_mode="r", allow_pickle=False)).view(np.ndarray)


def save_csr(matrix: sparse.csr_array, path: Path, name: str) -> None:
    """Write a CSR matrix as three arrays into a directory; its shape is the caller's to keep.

    Its indices take 4 bytes each wherever that is enough.
    """
    largest = max(matrix.nnz, *matrix.shape)
    index = np.int32 if largest <= np.iinfo(np.int32).max else np.int64
    save_array(matrix.data, path, f"{name}.data")
    save_array(matrix.indices.astype(index, copy=False), path, f"{name}.indices")
    save_array(matrix.indptr.astype(index, copy=False), path, f"{name}.indptr")


def load_csr(path: Path, name: str, shape: tuple[int, int]) -> sparse.csr_array:
    """The matrix that `save_csr` wrote, memory-mapped. Raises `ValueError` when the parts do not make one of that shape."""
    data, indices, indptr = (load_array(path, f"{name}.{part}") for part in _PARTS)
    n_rows, n_columns = shape
    # Native code trusts these without looking again.
    if len(indptr) != n_rows + 1 or indptr[0] != 0 or indptr[-1] != len(indices) or len(data) != len(indices):
        raise ValueError(f"{name} is not a matrix")
    if (np.diff(indptr) < 0).any() or (len(indices) and (indices.min() < 0 or indices.max() >= n_columns)):
        raise ValueError(f"{name} points outside its shape")
    return sparse.csr_array((data, indices, indptr), shape=(n_rows, n_columns))
