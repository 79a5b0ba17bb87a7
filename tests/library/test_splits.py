import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from segue.library.splits import holdout, split_by_order


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.95))
def test_holdout_hides_the_rounded_share_and_always_leaves_one(seed, share):
    rng = np.random.default_rng(seed)
    whole = sparse.csr_array(np.triu(rng.integers(1, 9, (12, 12))).astype(np.float32))
    split = holdout(whole, rng, share)
    sizes, hidden = np.diff(whole.indptr), np.diff(split.test.indptr)
    assert (hidden == np.minimum(np.round(share * sizes), sizes - 1)).all()
    assert np.array_equal((split.train + split.test).toarray(), whole.toarray())
    assert split.train.multiply(split.test).nnz == 0


def test_holdout_draws_every_entry_alike():
    whole = sparse.csr_array(np.ones((4000, 5), dtype=np.float32))
    hidden = holdout(whole, np.random.default_rng(0)).test
    np.testing.assert_allclose(hidden.sum(axis=0) / 4000, 0.2, atol=0.03)


def test_split_by_order_keeps_the_first():
    whole = sparse.csr_array(np.array([[5.0, 6, 7], [0, 8, 9]]))
    split = split_by_order(whole, np.array([2, 0, 1, 1, 0]), np.array([2, 1]))
    assert split.train.toarray().tolist() == [[0, 6, 7], [0, 0, 9]]
    assert split.test.toarray().tolist() == [[5, 0, 0], [0, 8, 0]]
