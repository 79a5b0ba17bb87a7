import numpy as np
import pytest
from scipy import sparse

from segue.library.interactions import Interactions
from segue.recommenders.neighbours import Neighbours
from segue.recommenders.registry import create


@pytest.fixture(scope="module")
def interactions() -> Interactions:
    rng = np.random.default_rng(2)
    matrix = sparse.csr_array((rng.random((40, 25)) < 0.25) * rng.integers(1, 6, (40, 25)).astype(np.float32))
    return Interactions(
        matrix, np.array([f"l{row:02}" for row in range(40)], object), np.array([f"i{n:02}" for n in range(25)], object), "track"
    )  # fmt: skip


KINDS = {"cosine": ("item-knn", {}), "bm25": ("item-knn", {"similarity": "bm25"}), "walk": ("rp3beta", {})}


@pytest.mark.parametrize("kind", KINDS)
def test_alone_each_kind_orders_as_the_model_it_is_named_after(interactions, kind):
    shares = dict.fromkeys(KINDS, 0.0) | {kind: 1.0}
    name, parameters = KINDS[kind]
    own = Neighbours(**shares, neighbours=6).fit(interactions).weights
    other = create(name, neighbours=6, **parameters).fit(interactions).weights
    assert own.indices.tolist() == other.indices.tolist()
    ratio = own.data / other.data
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-5)


def test_the_three_are_added_up_each_by_its_usual_spread(interactions):
    model = Neighbours(cosine=0.5, bm25=0.2, walk=0.3).fit(interactions)
    total = np.zeros((25, 25))
    for (name, parameters), share in zip(KINDS.values(), (0.5, 0.2, 0.3), strict=True):
        part = create(name, neighbours=200, **parameters).fit(interactions)
        usual = part.scores(interactions.positive).std(axis=1).mean()
        total += part.weights.toarray() * share / usual
    np.testing.assert_allclose(model.weights.toarray(), total, rtol=1e-4, atol=1e-6)


def test_each_item_keeps_so_many_others_in_order_and_never_itself(interactions):
    weights = Neighbours(neighbours=4).fit(interactions).weights
    assert weights.dtype == np.float32
    assert np.diff(weights.indptr).max() == 4
    assert weights.has_sorted_indices
    assert not weights.diagonal().any()


def test_blocks_of_items_change_nothing(interactions, monkeypatch):
    whole = Neighbours(neighbours=5).fit(interactions).weights
    monkeypatch.setattr("segue.recommenders.neighbours.BLOCK", 7)
    parts = Neighbours(neighbours=5).fit(interactions).weights
    for name in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))


def test_where_nobody_plays_two_items_it_knows_nothing_and_says_so_in_zeros():
    for n in (1, 2):
        matrix = sparse.csr_array(np.eye(n, 3, dtype=np.float32))
        lonely = Interactions(matrix, np.array(["l"] * n, object), np.array(["a", "b", "c"], object), "track")
        model = Neighbours().fit(lonely)
        assert not model.scores(sparse.csr_array(np.ones((2, 3), np.float32))).any()
