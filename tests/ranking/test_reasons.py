import numpy as np
import pytest
from scipy import sparse

from segue.ranking.reasons import in_words, reasons_for
from segue.recommenders.item_knn import ItemKNN
from segue.recommenders.popularity import Popularity


@pytest.fixture
def model() -> ItemKNN:
    """Weights by hand: item 3 owes 1 to item 0, 0.3 to item 1 and 0.01 to item 2; item 2 speaks against item 4."""
    model = ItemKNN(weighting="raw")
    weights = np.zeros((5, 5), dtype=np.float32)
    weights[0, 3], weights[1, 3], weights[2, 3], weights[2, 4], weights[0, 4] = 1, 0.3, 0.01, -1, 0.5
    model.weights = sparse.csr_array(weights)
    return model


def history(*plays: float) -> sparse.csr_array:
    return sparse.csr_array(np.array([plays], dtype=np.float32))


def test_the_top_contributors_are_named_with_their_exact_shares(model):
    [reasons] = reasons_for(model, history(2, 2, 2, 0, 0), [3])
    assert [reason.item for reason in reasons] == [0, 1]
    assert [reason.amount for reason in reasons] == pytest.approx([2, 0.6])
    assert [reason.share for reason in reasons] == pytest.approx([2 / 2.62, 0.6 / 2.62])


def test_what_speaks_against_is_no_reason(model):
    [reasons] = reasons_for(model, history(1, 0, 1, 0, 0), [4])
    assert [(reason.item, reason.share) for reason in reasons] == [(0, 1.0)]


def test_taking_the_first_reason_away_lowers_the_score_by_its_amount(model):
    [[first, *_]] = reasons_for(model, history(3, 1, 1, 0, 0), [3])
    before, after = model.scores(sparse.csr_array(np.array([[3, 1, 1, 0, 0], [0, 1, 1, 0, 0]], dtype=np.float32)))[:, 3]
    assert before - after == pytest.approx(first.amount)


def test_no_history_and_no_explanation_give_no_reasons(model, checkerboard):
    assert reasons_for(model, history(0, 0, 0, 0, 0), [3, 4]) == [(), ()]
    popular = Popularity().fit(checkerboard)
    assert reasons_for(popular, checkerboard.matrix[[0]], [1]) == [()]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], ""),
        (["A"], "because you played A"),
        (["A", "B"], "because you played A and B"),
        (["A", "B", "C"], "because you played A, B and C"),
    ],
)
def test_in_words(names, sentence):
    assert in_words(names) == sentence
