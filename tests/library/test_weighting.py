import numpy as np
import pytest
from scipy import sparse

from segue.errors import UnknownModel
from segue.library.weighting import bm25, inverse_document_frequency, weigh

PLAYS = sparse.csr_array(np.array([[1.0, 0, 10], [2, 4, 0]]))


def test_binary_raw_and_log_by_hand():
    assert weigh(PLAYS, "binary").toarray().tolist() == [[1, 0, 1], [1, 1, 0]]
    assert weigh(PLAYS, "raw").toarray().tolist() == PLAYS.toarray().tolist()
    expected = [[np.log(2), 0, np.log(11)], [np.log(3), np.log(5), 0]]
    np.testing.assert_allclose(weigh(PLAYS, "log").toarray(), expected, rtol=1e-6)


def test_an_unknown_weighting_is_named():
    with pytest.raises(UnknownModel, match="no weighting 'sqrt'"):
        weigh(PLAYS, "sqrt")


def test_idf_is_0_for_what_all_have_and_for_what_none_has():
    matrix = sparse.csr_array(np.array([[1.0, 1, 0], [1, 0, 0]]))
    np.testing.assert_allclose(inverse_document_frequency(matrix), [0, np.log(2), 0], rtol=1e-6)


def test_bm25_follows_okapi_and_saturates():
    weights = bm25(PLAYS, k1=1.2, b=0.75).toarray()
    length = 0.25 + 0.75 * 10 / (17 / 3)
    expected = 10 * 2.2 / (1.2 * length + 10) * np.log(3 / 2 + 1)
    assert weights[0, 2] == pytest.approx(expected, rel=1e-5)
    assert weights[0, 2] < 10 * weights[0, 0]
