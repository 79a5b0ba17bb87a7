import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from segue.engine.prepare.rows import best_first


@given(
    arrays(np.float32, st.tuples(st.integers(0, 5), st.integers(1, 7)), elements=st.sampled_from([-1, 0, 1, 2, 3])),
    st.integers(1, 8),
)
def test_rows_hold_their_largest_entries_in_order(dense, n):
    found = best_first(sparse.coo_array(dense), n)
    assert found.shape == dense.shape
    for row, values in enumerate(dense):
        order = sorted((-value, column) for column, value in enumerate(values) if value > 0)[:n]
        start, end = found.indptr[row : row + 2]
        assert found.indices[start:end].tolist() == [column for _, column in order]
        assert found.data[start:end].tolist() == [-value for value, _ in order]
