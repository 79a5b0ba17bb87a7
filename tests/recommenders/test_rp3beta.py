import numpy as np
from scipy import sparse

from segue.library.interactions import Interactions
from segue.recommenders.rp3beta import RP3Beta


def test_where_nobody_has_played_anything_nothing_leads_anywhere():
    names = np.array(["a", "b", "c"], dtype=object)
    silent = Interactions(sparse.csr_array((2, 3), dtype=np.float32), names[:2], names, "track")
    model = RP3Beta().fit(silent)
    assert model.weights.nnz == 0
    assert model.scores(sparse.csr_array(np.ones((1, 3), dtype=np.float32))).tolist() == [[0, 0, 0]]
