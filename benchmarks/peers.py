"""The same ratings for scikit-surprise as for Segue."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from surprise import Dataset, Reader


def trainset(ratings: sparse.csr_array) -> Any:
    """Surprise's training set: rows and columns are its raw ids, ratings come listener by listener."""
    entries = ratings.tocoo()
    values = entries.data.astype(np.float64)
    scale = (float(values.min()), float(values.max()))
    columns = (entries.row.tolist(), entries.col.tolist(), values.tolist(), [None] * len(values))
    return Dataset(Reader(rating_scale=scale)).construct_trainset(list(zip(*columns, strict=True)))


def predictions(algorithm: Any, rows: np.ndarray, items: np.ndarray) -> np.ndarray:
    """What a fitted algorithm predicts, one pair at a time: Surprise has no other way."""
    pairs = zip(rows.tolist(), items.tolist(), strict=True)
    return np.array([algorithm.predict(row, item).est for row, item in pairs])
