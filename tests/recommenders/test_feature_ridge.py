import numpy as np
import pytest
from scipy import sparse

from segue.errors import NotEnoughData
from segue.features import FeatureGroup, ItemFeatures
from segue.recommenders import newcomers
from segue.recommenders.feature_ridge import FeatureRidge, _near_knots
from segue.recommenders.hybrid import Hybrid
from tests.conftest import interactions_of


def features_of(rows: list[list[float]], kind: str = "words") -> ItemFeatures:
    matrix = sparse.csr_array(np.array(rows, dtype=np.float32))
    names = tuple(f"f{column}" for column in range(matrix.shape[1]))
    group = FeatureGroup("tags", matrix, names, np.ones(len(names), dtype=np.float32), kind)  # type: ignore[arg-type]
    return ItemFeatures(np.array([f"i{row:02}" for row in range(len(rows))], dtype=object), (group,))


def test_the_scores_are_those_of_ridge_regression_on_the_played_items():
    rng = np.random.default_rng(1)
    known = (rng.random((6, 4)) < 0.6).astype(float)
    known[:, 0] = 1
    played = (rng.random((5, 6)) < 0.5).astype(float)
    played[:, 5] = 0  # nobody has played the last
    played[0, :5] = 1
    model = FeatureRidge(weighting="binary", penalty=0.2).fit(
        interactions_of(played.tolist()), features_of(known.tolist())
    )
    F = known / np.sqrt((known**2).sum() / 6)
    gram = F[:5].T @ F[:5]
    history = np.array([[1, 0, 1, 0, 0, 0]], dtype=np.float32)
    by_hand = history @ F @ np.linalg.inv(gram + 0.2 * 5 * np.eye(4)) @ F.T
    assert model.scores(sparse.csr_array(history)) == pytest.approx(by_hand, abs=1e-5)


def test_features_that_are_solved_apart_have_a_ridge_of_their_own():
    known = features_of([[1, 0], [1, 0], [0, 1], [0, 1]])
    played = interactions_of([[1, 1, 0, 0], [1, 0, 1, 1], [0, 0, 1, 1]])
    history = sparse.csr_array(np.array([[1, 0, 1, 0]], dtype=np.float32))
    # Features that never meet have nothing to do with each other: apart is as good as together.
    apart = FeatureRidge(largest=1).fit(played, known).scores(history)
    assert apart == pytest.approx(FeatureRidge().fit(played, known).scores(history), abs=1e-5)


def test_an_unplayed_item_is_found_by_its_features():
    known = features_of([[1, 0], [1, 0], [0, 1], [0, 1], [1, 0], [0, 1]])
    played = interactions_of([[1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0]])
    scores = (
        FeatureRidge().fit(played, known).scores(sparse.csr_array(np.array([[1, 0, 0, 0, 0, 0]], dtype=np.float32)))
    )
    assert scores[0, 4] > 0
    assert scores[0, 4] > scores[0, 5]


def test_numbers_are_known_by_the_quantiles_they_lie_between():
    near = _near_knots(sparse.csr_array(np.arange(1, 9, dtype=np.float32)[:, np.newaxis])).toarray()
    assert near.sum(axis=1) == pytest.approx(np.ones(8))
    assert near.argmax(axis=1).tolist() == list(range(8))
    absent = sparse.csr_array((np.array([1.0], dtype=np.float32), ([0], [0])), shape=(2, 1))
    assert _near_knots(absent).toarray()[1].sum() == 0


def test_with_no_features_or_no_plays_there_is_nothing_to_learn():
    with pytest.raises(NotEnoughData, match="of which something is known"):
        FeatureRidge().fit(interactions_of([[1, 1]]))
    with pytest.raises(NotEnoughData, match="somebody played"):
        FeatureRidge().fit(interactions_of([[0, 0]]), features_of([[1], [1]]))


@pytest.fixture(scope="module")
def scenes():
    """Two scenes of 20 items and 40 listeners; nobody has played the last two items of either."""
    rng = np.random.default_rng(3)
    played = np.zeros((80, 40))
    for scene in (0, 1):
        part = rng.random((40, 18)) < 0.5
        played[scene * 40 : scene * 40 + 40, scene * 20 : scene * 20 + 18] = part
    scene_of = np.eye(2)[np.repeat([0, 1], 20)]
    return interactions_of(played.tolist()), features_of(scene_of.tolist())


def test_the_hybrid_ranks_what_nobody_has_played_by_its_features_and_says_why(scenes):
    interactions, features = scenes
    model = Hybrid().fit(interactions, features)
    assert model.unplayed.tolist() == [18, 19, 38, 39]
    assert model.newcomer_scale > 0
    history = np.zeros((1, 40), dtype=np.float32)
    history[0, [0, 3, 7]] = 1
    scores = model.scores(sparse.csr_array(history))[0]
    assert scores[[18, 19]].min() > scores[[38, 39]].max()
    assert scores[[18, 19]].min() > scores[20:38].max()  # a newcomer of the scene beats what belongs to the other
    found = model.contributions(sparse.csr_array(history), 18)
    assert found.amounts.sum() == pytest.approx(scores[18], rel=1e-4)
    assert set(found.items) == {0, 3, 7}


def test_a_history_of_newcomers_alone_is_understood(scenes):
    interactions, features = scenes
    model = Hybrid().fit(interactions, features)
    history = np.zeros((1, 40), dtype=np.float32)
    history[0, 38] = 1
    scores = model.scores(sparse.csr_array(history))[0]
    assert scores[20:40].min() > scores[:20].max()
    found = model.contributions(sparse.csr_array(history), 25)
    assert found.amounts.sum() == pytest.approx(scores[25], rel=1e-4)


def test_without_newcomers_what_nobody_has_played_scores_nothing(scenes):
    interactions, features = scenes
    model = Hybrid(newcomers=False).fit(interactions, features)
    assert not model.scores(interactions.matrix)[:, model.unplayed].any()


def test_what_a_newcomer_is_worth_does_not_hang_on_how_many_listeners_are_looked_at_together(scenes, monkeypatch):
    interactions, features = scenes
    blend = FeatureRidge().fit(interactions, features).scores
    together = newcomers.newcomer_scale(blend, interactions, features)
    assert together > 0
    monkeypatch.setattr(newcomers, "AT_ONCE", 3)
    assert newcomers.newcomer_scale(blend, interactions, features) == pytest.approx(together)
