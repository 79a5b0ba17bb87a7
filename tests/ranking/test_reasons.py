import numpy as np
import pytest
from scipy import sparse

from segue.ranking.reasons import in_words, owed
from segue.ranking.served import ALL, Scored, served
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


def scored(model, plays: list[float], asked: list[int]) -> tuple[Scored, np.ndarray]:
    """What the model says of these items for a history, and where they stand in it."""
    items = np.flatnonzero(plays).astype(np.int32)
    weights = np.array(plays, dtype=np.float32)[items]
    found = served(model, 5).score(items, weights, np.array(asked, dtype=np.int32), 0, ALL)
    return found, np.searchsorted(found.items, asked)


def test_the_top_contributors_are_named_with_their_exact_amounts_and_shares(model):
    [one] = owed(*scored(model, [2, 2, 2, 0, 0], [3]))
    assert one.items == (0, 1)  # places in the history
    assert one.amounts == pytest.approx([2, 0.6])
    assert one.shares == pytest.approx([2 / 2.62, 0.6 / 2.62])


def test_what_speaks_against_is_no_reason(model):
    [one] = owed(*scored(model, [1, 0, 1, 0, 0], [4]))
    assert (one.items, one.shares) == ((0,), (1.0,))


def test_taking_the_first_reason_away_lowers_the_score_by_its_amount(model):
    [one] = owed(*scored(model, [3, 1, 1, 0, 0], [3]))
    before, after = (scored(model, plays, [3])[0].total[0] for plays in ([3, 1, 1, 0, 0], [0, 1, 1, 0, 0]))
    assert before - after == pytest.approx(one.amounts[0])


def test_at_most_so_many_are_named(model):
    [one] = owed(*scored(model, [1, 1, 30, 0, 0], [3]), at_most=2)
    assert one.items == (0, 1)
    [one] = owed(*scored(model, [1, 1, 30, 0, 0], [3]), at_most=3)
    assert one.items == (0, 1, 2)


def test_a_model_that_cannot_say_why_gives_no_reasons(checkerboard):
    popular = Popularity().fit(checkerboard)
    n_items = checkerboard.n_items
    one = np.array([0], dtype=np.int32)
    found = served(popular, n_items).score(one, np.ones(1, np.float32), one, 0, ALL)
    assert owed(found, np.array([0]))[0].items == ()


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


def test_in_words_of_what_was_not_played():
    assert in_words(["A"], ["like"]) == "because you like A"
    assert in_words(["A", "B"], ["looked for"]) == "because you looked for A and B"
    assert in_words(["A", "B"], ["played", "like"]) == "because of A and B"
