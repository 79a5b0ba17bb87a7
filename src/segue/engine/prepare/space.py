"""Items as short vectors: half from who plays them, half from what they are like."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from segue.engine.prepare.rows import best_first
from segue.features.groups import ItemFeatures, scale_columns
from segue.library.interactions import Interactions
from segue.library.weighting import weigh
from segue.ranking.catalogue import Space
from segue.recommenders.base import TopK
from segue.recommenders.topk import most_alike

DIMENSIONS = 32
"""Of each half."""
NEAR = 20
EXACT_UP_TO = 200_000
"""More items than these are compared approximately: exact comparison takes time by their square."""
DAMPING = 0.5
"""What a listener of n items plays weighs n^-0.5, and an item of n listeners too: who plays everything says little."""

_ROUNDS = 5
# A row of which less than this share of its squared length is left is not known in so few dimensions.
_LEAST_LEFT = 1e-6
# A smaller cosine is what rounding leaves of none.
_LEAST_COSINE = 1e-3
# The index: cells per square root of the items, items per cell to place the cells by, cells looked into.
_CELLS, _PER_CELL, _LOOKED_INTO = 4, 50, 24
_BLOCK = 8_192


def make_space(interactions: Interactions, features: ItemFeatures | None, seed: int = 0) -> Space:
    """The vectors of the items of `interactions`, and which are near by what they are like.

    Each half is a truncated SVD (randomised; Halko, Martinsson & Tropp, SIAM Review 2011) of rows about the items: who plays
    them, and `features.stacked()`. An item of which one half is known has that, at length 1, and zeros for the other; where
    one half is known of no item, the vectors are the other alone.

    Each item is near its 20 most alike others by the second half, of those with a cosine above 0, the most alike first (the
    indices of a row of `near` are not sorted). Up to 200,000 items that is exact.
    """
    heard = _listened(interactions.positive, seed)
    alike = None if features is None else _reduced(features.stacked(), 1.0, seed)
    return Space(_beside(heard, alike, interactions.n_items), _near(alike, interactions.n_items))


# -- vectors -----------------------------------------------------------------------------------------------------


def _listened(played: sparse.csr_array, seed: int) -> np.ndarray | None:
    """Items by who plays them: log(plays), damped on both sides as for spectral co-clustering (Dhillon, KDD 2001).

    Directions count by the square root of their singular values. By the values themselves most would be said by how popular
    an item is; all alike, the faintest would count as much as the clearest.
    """
    weighed = weigh(played, "log")
    of_item = np.bincount(weighed.indices, minlength=weighed.shape[1])
    damped = scale_columns(weighed, np.maximum(of_item, 1.0) ** -DAMPING)
    of_listener = np.diff(weighed.indptr)
    return _reduced(scale_columns(sparse.csr_array(damped.T), np.maximum(of_listener, 1.0) ** -DAMPING), 0.5, seed)


def _reduced(rows: sparse.csr_array, power: float, seed: int) -> np.ndarray | None:
    """Rows in few dimensions, each scaled by its singular value to `power`: float32 (n, d), of length 1 or 0.

    None where nothing is known of any row.
    """
    from sklearn.utils.extmath import randomized_svd  # noqa: PLC0415

    if not rows.nnz:
        return None
    # The order of a sum must not hang on how many cores there are.
    with threadpool_limits(1):
        directions, strengths, _ = randomized_svd(
            sparse.csr_matrix(rows), min(DIMENSIONS, *rows.shape), n_iter=_ROUNDS, random_state=seed
        )
    left = np.square(directions * strengths).sum(axis=1)
    whole = np.bincount(np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr)), rows.data**2, rows.shape[0])
    vectors = directions * strengths**power
    vectors[(left <= _LEAST_LEFT * whole) | (whole == 0)] = 0
    return _unit(vectors)


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0).astype(np.float32)


def _beside(heard: np.ndarray | None, alike: np.ndarray | None, n_items: int) -> np.ndarray:
    """The halves side by side, each scaled so that rows of both, or of either, have length 1."""
    halves = [half for half in (heard, alike) if half is not None]
    if not halves:
        return np.zeros((n_items, 0), dtype=np.float32)
    return _unit(np.hstack(halves))


# -- who is near -------------------------------------------------------------------------------------------------


def _near(alike: np.ndarray | None, n_items: int) -> sparse.csr_array:
    if alike is None or n_items < 2:
        return sparse.csr_array((n_items, n_items), dtype=np.float32)
    found = _exactly(alike) if n_items <= EXACT_UP_TO else _approximately(alike)
    rows, places = np.nonzero(found.scores > _LEAST_COSINE)
    entries = (np.minimum(found.scores[rows, places], 1), (rows, found.items[rows, places]))
    return best_first(sparse.coo_array(entries, shape=(n_items, n_items)), NEAR)


def _exactly(vectors: np.ndarray) -> TopK:
    others = np.ascontiguousarray(vectors.T)
    return most_alike(np.arange(len(vectors)), min(NEAR, len(vectors) - 1), lambda block: vectors[block] @ others)


def _approximately(vectors: np.ndarray) -> TopK:
    """By an inverted file of 8-bit vectors (Jégou, Douze & Schmid, PAMI 2011); the cosines of what it finds are exact."""
    import faiss  # noqa: PLC0415

    known = np.flatnonzero(vectors.any(axis=1))
    cells = int(min(_CELLS * np.sqrt(len(known)), max(len(known) // _PER_CELL, 1)))
    sample = known[:: max(len(known) // (cells * _PER_CELL), 1)]
    coarse = faiss.IndexFlatIP(vectors.shape[1])
    index = faiss.IndexIVFScalarQuantizer(
        coarse, vectors.shape[1], cells, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    with _threads(1):
        index.train(vectors[sample])
    index.add(vectors[known])
    index.nprobe = min(_LOOKED_INTO, cells)
    items = np.full((len(vectors), NEAR + 1), -1, dtype=np.int32)
    scores = np.full(items.shape, -np.inf, dtype=np.float32)
    for start in range(0, len(known), _BLOCK):
        block = known[start : start + _BLOCK]
        _, found = index.search(vectors[block], items.shape[1])
        others = np.where(found >= 0, known[found], -1)
        items[block] = others
        cosines = np.einsum("ij,ikj->ik", vectors[block], vectors[others])
        scores[block] = np.where((others < 0) | (others == block[:, np.newaxis]), -np.inf, cosines)
    return TopK(items, scores)


@contextmanager
def _threads(number: int) -> Iterator[None]:
    """Within the block faiss uses so many threads: with more, its sums are not the same twice."""
    import faiss  # noqa: PLC0415

    usual = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(number)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(usual)
