"""What every recommender promises, whatever it is: adding a file to `segue.recommenders` adds it here."""

import numpy as np
import pytest
from scipy import sparse

from segue.recommenders import storage
from segue.recommenders.base import Explains, FindsSimilar, Recommender
from segue.recommenders.registry import create, name_of, parameters_of, recommenders
from segue.recommenders.topk import top_k

# What a toy of 24 x 24 needs: defaults are for real data.
SMALL = {
    "als": {"factors": 2, "regularisation": 1.0},
    "ease": {"regularisation": 1.0},
    "svd": {"factors": 2},
    "kmeans": {"clusters": 2},
}


ALL = list(recommenders())
PERSONAL = [name for name in ALL if name != "popularity"]  # popularity does not look at histories
SIMILAR = [name for name in ALL if issubclass(recommenders()[name], FindsSimilar)]
EXPLAINING = [name for name in ALL if issubclass(recommenders()[name], Explains)]


def fresh(name: str) -> Recommender:
    return create(name, **SMALL.get(name, {}))


@pytest.fixture(scope="module", params=ALL)
def model(request, checkerboard, checkerboard_features) -> Recommender:
    return fresh(request.param).fit(checkerboard, checkerboard_features)


def test_is_a_recommender_under_its_own_name(model):
    assert isinstance(model, Recommender)
    assert recommenders()[name_of(model)] is type(model)
    assert "Parameters" in type(model).__doc__ or not parameters_of(model) or type(model).__doc__


def test_scores_are_finite_float32_of_the_right_shape(model, checkerboard):
    scores = model.scores(checkerboard.matrix[:5])
    assert scores.shape == (5, checkerboard.n_items)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("model", PERSONAL, indirect=True)
def test_finds_the_one_item_each_listener_misses(model, checkerboard):
    best = top_k(model.scores(checkerboard.matrix), 1, checkerboard.matrix)
    assert best.items[:, 0].tolist() == list(range(checkerboard.n_listeners))


@pytest.mark.parametrize("model", PERSONAL, indirect=True)
def test_an_unseen_history_is_answered_in_its_own_colour(model, checkerboard):
    history = np.zeros((1, checkerboard.n_items), dtype=np.float32)
    history[0, [1, 5]] = 3
    best = top_k(model.scores(sparse.csr_array(history)), 5, sparse.csr_array(history))
    assert set(best.items[0] % 2) == {1}


def test_the_same_seed_gives_the_same_bits(model, checkerboard, checkerboard_features):
    again = fresh(name_of(model)).fit(checkerboard, checkerboard_features)
    assert np.array_equal(again.scores(checkerboard.matrix), model.scores(checkerboard.matrix))


def test_saved_and_loaded_it_scores_the_same(model, checkerboard, tmp_path):
    storage.save(model, tmp_path / "model")
    loaded = storage.load(tmp_path / "model")
    assert parameters_of(loaded) == parameters_of(model)
    assert np.array_equal(loaded.scores(checkerboard.matrix), model.scores(checkerboard.matrix))


def test_nothing_it_saves_can_run_code(model, tmp_path):
    storage.save(model, tmp_path / "model")
    assert {path.suffix for path in (tmp_path / "model").rglob("*") if path.is_file()} <= {".json", ".npy"}
    for path in (tmp_path / "model").rglob("*.npy"):
        assert np.load(path, allow_pickle=False).dtype != object


def test_a_batch_gives_what_single_histories_give(model, checkerboard):
    together = model.scores(checkerboard.matrix)
    alone = np.concatenate([model.scores(checkerboard.matrix[[row]]) for row in range(checkerboard.n_listeners)])
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)


def test_an_empty_history_and_no_history_at_all(model, checkerboard):
    empty = sparse.csr_array((1, checkerboard.n_items), dtype=np.float32)
    assert np.isfinite(model.scores(empty)).all()
    assert model.scores(empty[:0]).shape == (0, checkerboard.n_items)


@pytest.mark.parametrize("model", PERSONAL, indirect=True)
def test_dislikes_do_not_break_it_and_do_not_attract(model, checkerboard):
    history = np.zeros((1, checkerboard.n_items), dtype=np.float32)
    history[0, [0, 2]] = 1
    history[0, [1, 3]] = -1
    scores = model.scores(sparse.csr_array(history))[0]
    assert np.isfinite(scores).all()
    assert scores[4::2].min() > scores[5::2].max()


def test_fitting_leaves_the_interactions_as_they_were(model, checkerboard, checkerboard_features):
    before = checkerboard.matrix.copy()
    fresh(name_of(model)).fit(checkerboard, checkerboard_features).scores(checkerboard.matrix)
    assert np.array_equal(before.toarray(), checkerboard.matrix.toarray())


def test_an_item_that_nobody_played_does_not_break_it(model, checkerboard, checkerboard_features):
    matrix = checkerboard.matrix.toarray()
    matrix[:, 7] = 0
    fitted = fresh(name_of(model)).fit(checkerboard.with_matrix(sparse.csr_array(matrix)), checkerboard_features)
    assert np.isfinite(fitted.scores(sparse.csr_array(matrix))).all()


@pytest.mark.parametrize("model", SIMILAR, indirect=True)
def test_similar_items_are_of_the_same_colour_and_never_the_item_itself(model, checkerboard):
    found = model.similar(np.array([0, 5]), 6)
    assert found.items.shape == (2, 6)
    for item, row in zip([0, 5], found.items, strict=True):
        named = row[row >= 0]
        assert len(named) >= 3
        assert item not in named
        assert set(named % 2) == {item % 2}


@pytest.mark.parametrize("model", EXPLAINING, indirect=True)
def test_reasons_add_up_to_the_score(model, checkerboard):
    rng = np.random.default_rng(3)
    for row in range(4):
        history = sparse.csr_array(checkerboard.matrix[[row]] * rng.integers(1, 6))
        scores = model.scores(history)[0]
        for item in (row, row + 1, 20):
            contributions = model.contributions(history, item)
            assert set(contributions.items) <= set(history.indices)
            assert contributions.total == pytest.approx(scores[item], rel=1e-3, abs=1e-5)
            assert (np.diff(contributions.amounts) <= 0).all()


@pytest.mark.parametrize("model", EXPLAINING, indirect=True)
def test_reasons_for_an_empty_history_are_none(model, checkerboard):
    empty = sparse.csr_array((1, checkerboard.n_items), dtype=np.float32)
    assert len(model.contributions(empty, 0).items) == 0
