"""Sums over sparse rows and the choice of the best: against dense algebra and a plain sort."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from segue.ranking.folding import fold_in
from segue.ranking.walk import Scratch, amounts, as_weights, best_of, take, walk

N_ITEMS = 40
ALL = np.zeros(0, dtype=np.bool_)
NONE = np.zeros(0, dtype=np.int32)


def of(*items: int) -> np.ndarray:
    return np.array(items, dtype=np.int32)


def walked(matrices, items, weights, scratch, *, k=N_ITEMS, extra=NONE, barred=NONE, keep=None):
    """The sums of the best by the plain sum of all parts, as a mapping, and the spread of each part."""
    spread = np.empty(len(matrices))
    count = walk(*as_weights(matrices), items, weights, scratch.sums, scratch.touched, spread)
    touched = scratch.touched[:count]
    ok = ALL if keep is None else np.isin(touched, keep)
    found, parts = take(scratch.sums, np.ones(len(matrices)), touched, ok, k, extra, barred)
    assert len(set(found.tolist())) == len(found)
    return dict(zip(found.tolist(), parts.T.tolist(), strict=True)), spread


@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_the_sums_are_those_of_dense_algebra_and_leave_nothing_behind(seed, n_parts):
    rng = np.random.default_rng(seed)
    scratch = Scratch.of(n_parts, N_ITEMS)
    for _ in range(3):
        # Small whole numbers, below and above 0: sums that are exactly 0 again are common.
        dense = [
            rng.integers(-1, 3, (N_ITEMS, N_ITEMS)) * (rng.random((N_ITEMS, N_ITEMS)) < 0.2) for _ in range(n_parts)
        ]
        items = rng.choice(N_ITEMS, rng.integers(0, 9), replace=False).astype(np.int32)
        weights = rng.integers(-2, 3, (n_parts, len(items))).astype(np.float32)
        barred, extra, keep = np.split(rng.permutation(N_ITEMS).astype(np.int32), [5, 9])
        k = int(rng.integers(0, 12))
        found, spread = walked(
            [sparse.csr_array(one.astype(np.float32)) for one in dense], items, weights, scratch,
            k=k, extra=extra, barred=barred, keep=keep,
        )  # fmt: skip
        sums = np.stack([own @ one[items] for own, one in zip(weights, dense, strict=True)])
        touched = np.any([(own != 0) @ (one[items] != 0) for own, one in zip(weights, dense, strict=True)], axis=0)
        open_ = np.intersect1d(np.flatnonzero(touched), keep)
        best = open_[np.lexsort((open_, -sums.sum(axis=0)[open_]))][:k]
        assert set(found) == {*best.tolist(), *extra.tolist()}
        for item, sums_of in found.items():
            assert sums_of == sums[:, item].tolist()
        deviation = sums.std(axis=1)
        np.testing.assert_allclose(spread, np.where(deviation > 0, deviation, 1), rtol=1e-6)
        assert np.isnan(scratch.sums).all()


def test_what_adds_up_to_nothing_is_listed_once():
    likes = sparse.csr_array(np.array([[0, 0, 1, 1], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]], dtype=np.float32))
    scratch = Scratch.of(1, 4)
    found, _ = walked([likes], of(0, 1), np.array([[1, -1]], dtype=np.float32), scratch, k=3)
    assert found == {2: [0.0], 3: [1.0]}


@given(
    st.lists(st.sampled_from([-np.inf, -2.5, -0.0, 0.0, 1e-30, 1.0, 1.5, 3e8, np.nan]), max_size=300),
    st.integers(0, 40),
    st.integers(0, 2**32 - 1),
)
def test_the_best_come_first_and_of_equals_the_lower_item(scores, k, seed):
    rng = np.random.default_rng(seed)
    items = rng.choice(2**31 - 1, len(scores), replace=False).astype(np.int32)
    usable = rng.random(len(scores)) < 0.8
    given_ = np.array(scores, dtype=np.float32)
    for mask in (usable, ALL):
        open_ = np.flatnonzero((given_ > -np.inf) & (mask if len(mask) else True))
        wanted = open_[np.lexsort((items[open_], -given_[open_]))][:k]
        assert best_of(items, given_, mask, k).tolist() == wanted.tolist()


@given(st.integers(0, 2**32 - 1), st.integers(1, 70), st.integers(0, 30), st.floats(0.1, 20))
def test_a_history_is_folded_in_as_by_a_solver(seed, d, n, confidence):
    rng = np.random.default_rng(seed)
    factors = rng.normal(0, 0.3, (100, d)).astype(np.float32)
    history = rng.choice(100, n, replace=False).astype(np.int32)
    sure = (rng.choice([-1, 1], n, p=[0.2, 0.8]) * confidence * rng.random(n)).astype(np.float32)
    gram = factors.T.astype(np.float64) @ factors + 5 * np.eye(d)
    vector = np.empty(d, dtype=np.float32)
    fold_in(factors, history, sure, gram.astype(np.float32), np.empty((n + d + 3, d), np.float32), vector)
    known = factors[history].astype(np.float64)
    left = gram + known.T @ (known * (np.abs(sure) - 1)[:, np.newaxis])
    np.testing.assert_allclose(vector, np.linalg.solve(left, np.maximum(sure, 0) @ known), rtol=2e-4, atol=2e-5)


def test_what_each_row_adds_is_found_again_among_many_items():
    """Also of items that are alike in all their lower digits."""
    rng = np.random.default_rng(3)
    weights = sparse.random_array((30_000, 30_000), density=0.001, format="csr", dtype=np.float32, rng=rng)
    items = of(5, 5 + 8_192, 5 + 2 * 8_192, 29_999)
    rows = rng.choice(30_000, 500, replace=False).astype(np.int32)
    marks = np.full(30_000, -1, dtype=np.int32)
    [indptr], [indices], [data] = as_weights([weights])
    found = amounts(indptr, indices, data, rows, np.full(500, 2, dtype=np.float32), items, marks)
    np.testing.assert_array_equal(found, 2 * weights[rows][:, items].toarray().T)
    assert (marks == -1).all()
