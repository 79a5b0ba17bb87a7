import numpy as np
import pytest
from scipy import sparse

from segue.engine.prepare import space as module
from segue.engine.prepare.space import make_space
from segue.features import FeatureGroup, ItemFeatures
from segue.library import Interactions
from segue.library.records import load_record, save_record
from segue.ranking.catalogue import Space
from tests.conftest import interactions_of


def features_of(rows: list[list[float]] | np.ndarray) -> ItemFeatures:
    matrix = sparse.csr_array(np.array(rows, dtype=np.float32))
    names = tuple(f"word {column}" for column in range(matrix.shape[1]))
    group = FeatureGroup("tags", matrix, names, np.ones(matrix.shape[1], dtype=np.float32))
    return ItemFeatures(np.array([f"i{row:02}" for row in range(matrix.shape[0])], dtype=object), (group,))


def nobody(n_items: int) -> Interactions:
    none = np.array([], dtype=object)
    items = np.array([f"i{item:02}" for item in range(n_items)], dtype=object)
    return Interactions(sparse.csr_array((0, n_items), dtype=np.float32), none, items, "track")


def cosines(space: Space) -> np.ndarray:
    return space.vectors @ space.vectors.T


# i00 to i02 are played by the first two listeners, i03 and i04 by the others; nobody plays i05 and i06.
PLAYS = [[1, 1, 1, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 1, 1, 0, 0]]
# i00 and i03 are alike, i01 has no word, and nothing is known of i06.
WORDS = [[1, 0, 0], [0, 0, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]


def test_a_dot_product_is_the_mean_of_the_two_cosines():
    found = cosines(make_space(interactions_of(PLAYS), features_of(WORDS)))
    assert found[0, 2] == pytest.approx(0.5, abs=1e-5)  # played alike, not described alike
    assert found[0, 3] == pytest.approx(0.5, abs=1e-5)  # described alike, not played alike
    assert found[0, 4] == pytest.approx(0, abs=1e-5)


def test_rows_have_length_one_or_are_zero_where_nothing_is_known():
    space = make_space(interactions_of(PLAYS), features_of(WORDS))
    assert np.linalg.norm(space.vectors, axis=1) == pytest.approx([1, 1, 1, 1, 1, 1, 0], abs=1e-5)
    assert space.vectors.dtype == np.float32


def test_an_item_of_which_one_half_is_known_has_that():
    found = cosines(make_space(interactions_of(PLAYS), features_of(WORDS)))
    assert found[0, 1] == pytest.approx(np.sqrt(0.5), abs=1e-5)  # i01 is the same by who plays it
    assert found[1, 5] == pytest.approx(0, abs=1e-5)


def test_where_there_is_one_kind_only_the_vectors_are_that():
    both = make_space(interactions_of(PLAYS), features_of(WORDS))
    played = make_space(interactions_of(PLAYS), None)
    alike = make_space(nobody(7), features_of(WORDS))
    assert played.vectors.shape[1] + alike.vectors.shape[1] == both.vectors.shape[1]
    assert cosines(played)[0, 1] == pytest.approx(1, abs=1e-5)
    assert cosines(alike)[0, 3] == pytest.approx(1, abs=1e-5)
    assert not played.vectors[5:].any()


def test_where_nothing_is_known_at_all_there_are_no_dimensions():
    space = make_space(nobody(3), None)
    assert space.vectors.shape == (3, 0)
    assert space.near.shape == (3, 3)
    assert space.near.nnz == 0


def test_features_that_say_only_whose_an_item_is_are_none():
    group = FeatureGroup("artists", sparse.csr_array(np.ones((2, 1), np.float32)), ("Anna",), np.ones(1), "credits")
    space = make_space(nobody(2), ItemFeatures(np.array(["i00", "i01"], dtype=object), (group,)))
    assert space.vectors.shape == (2, 0)
    assert space.near.nnz == 0


def test_disliked_items_are_not_played():
    space = make_space(interactions_of([[1, -1], [1, -1]]), None)
    assert space.vectors[0].any()
    assert not space.vectors[1].any()


def random_features(n_items: int) -> ItemFeatures:
    rng = np.random.default_rng(0)
    words = rng.random((n_items, 40)) * (rng.random((n_items, 40)) < 0.15)
    words[5] = 0
    return features_of(words)


def test_near_are_the_most_alike_by_content_the_most_alike_first():
    space = make_space(nobody(200), random_features(200))
    found = cosines(space)
    np.fill_diagonal(found, -1)
    for item in range(200):
        expected = [other for other in np.argsort(-found[item], kind="stable")[:20] if found[item, other] > 1e-3]
        row = space.near[[item]]
        assert row.indices.tolist() == expected
        assert row.data == pytest.approx(found[item, expected], abs=1e-6)
    assert space.near[[5]].nnz == 0
    assert space.near.dtype == np.float32


def test_near_is_by_content_even_where_there_is_listening():
    space = make_space(interactions_of(PLAYS), features_of(WORDS))
    assert [space.near[[item]].indices.tolist() for item in range(7)] == [[3], [], [4], [0], [2], [], []]
    assert (space.near.data <= 1).all()


def test_without_features_nothing_is_near():
    near = make_space(interactions_of(PLAYS), None).near
    assert near.shape == (7, 7)
    assert near.nnz == 0


def test_many_items_are_compared_by_an_index(monkeypatch):
    features = random_features(3000)
    exact = make_space(nobody(3000), features).near
    monkeypatch.setattr(module, "EXACT_UP_TO", 100)
    close = make_space(nobody(3000), features).near
    again = make_space(nobody(3000), features).near
    assert close.indices.tobytes() == again.indices.tobytes()
    assert close.data.tobytes() == again.data.tobytes()
    assert not close.diagonal().any()
    same = exact.astype(bool).multiply(close.astype(bool)).nnz
    assert same / exact.nnz > 0.8
    agreed = exact.multiply(close.astype(bool)).data
    assert np.sort(agreed) == pytest.approx(np.sort(close.multiply(exact.astype(bool)).data), abs=1e-6)
    assert close[[5]].nnz == 0


def test_the_same_input_gives_the_same_bits(checkerboard, checkerboard_features):
    one, other = (make_space(checkerboard, checkerboard_features, seed=3) for _ in range(2))
    assert one.vectors.tobytes() == other.vectors.tobytes()
    assert one.near.data.tobytes() == other.near.data.tobytes()


def test_a_checkerboard_has_two_directions(checkerboard, checkerboard_features):
    found = cosines(make_space(checkerboard, checkerboard_features))
    assert found[0, 2] > 0.5
    assert found[0, 1] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("features", [features_of(WORDS), None])
@pytest.mark.parametrize("interactions", [interactions_of(PLAYS), nobody(7)])
def test_what_is_saved_is_read_back(tmp_path, interactions, features):
    space = make_space(interactions, features)
    save_record(space, tmp_path / "space")
    loaded = load_record(Space, tmp_path / "space")
    np.testing.assert_array_equal(loaded.vectors, space.vectors)
    np.testing.assert_array_equal(loaded.near.indices, space.near.indices)
    np.testing.assert_array_equal(loaded.near.toarray(), space.near.toarray())
