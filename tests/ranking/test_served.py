"""A model in the form that answers single requests says of every item what the model itself says."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import sparse

from segue.demo import world
from segue.features.table import item_features
from segue.library.interactions import Interactions
from segue.ranking.reasons import owed
from segue.ranking.served import ALL, Served, ServedHybrid, ServedLinear, ServedWhole, Usable, served
from segue.recommenders.als import ALS
from segue.recommenders.base import Recommender
from segue.recommenders.feature_ridge import FeatureRidge
from segue.recommenders.hybrid import Hybrid
from segue.recommenders.popularity import Popularity
from segue.recommenders.registry import create
from segue.recommenders.topk import top_k


@pytest.fixture(scope="module")
def interactions() -> Interactions:
    return Interactions.from_library(world(seed=3, scale=0.08), "track", "listens", ordered=True, whole_catalogue=True)


@pytest.fixture(scope="module")
def features():
    library = world(seed=3, scale=0.08)
    whole = Interactions.from_library(library, "track", "listens", ordered=True, whole_catalogue=True)
    return item_features(library, whole)


@pytest.fixture(scope="module")
def hybrid(interactions, features) -> Hybrid:
    """A hybrid with every kind of part, each with weight, and items that nobody has played."""
    model = Hybrid()
    # Some items are taken out of all histories, so that there are newcomers whatever the world is like.
    matrix = interactions.positive.copy()
    matrix.data[np.isin(matrix.indices, np.arange(0, interactions.n_items, 17))] = 0
    matrix.eliminate_zeros()
    model.fit(interactions.with_matrix(sparse.csr_array(matrix)), features)
    known, known_features = interactions.items(model.played), features.items(model.played)
    model.names = ["rp3beta", "als", "transitions", "feature-ridge"]
    model.weights = [0.3, 0.25, 0.25, 0.2]
    model.parts = [
        create("rp3beta").fit(known), ALS(factors=8, ensemble=2).fit(known), create("transitions").fit(known),
        FeatureRidge().fit(known, known_features),
    ]  # fmt: skip
    assert model.ridge is not None
    return model


def ask(form: Served, matrix: sparse.csr_array, row: int, extra=(), k=50, usable=ALL):
    history = sparse.csr_array(matrix[[row]])
    return form.score(
        history.indices.astype(np.int32), history.data.astype(np.float32), np.array(extra, dtype=np.int32), k, usable
    )  # fmt: skip


def model_of(name: str, interactions, features, hybrid) -> Recommender:
    return hybrid if name == "hybrid" else create(name).fit(interactions, features)


@pytest.mark.parametrize(
    ("name", "form"),
    [("hybrid", ServedHybrid), ("item-knn", ServedLinear), ("als", ServedWhole), ("content", ServedWhole)],
)
def test_scores_are_those_of_the_model(name, form, interactions, features, hybrid):
    model = model_of(name, interactions, features, hybrid)
    answers = served(model, interactions.n_items)
    assert isinstance(answers, form)
    extra = np.arange(0, interactions.n_items, 9)
    for row in range(12):
        found = ask(answers, interactions.matrix, row, extra)
        expected = model.scores(sparse.csr_array(interactions.matrix[[row]]))[0]
        assert len(set(found.items.tolist())) == len(found.items)
        assert set(extra) <= set(found.items.tolist())
        np.testing.assert_allclose(found.total, expected[found.items], rtol=2e-4, atol=2e-4)


def test_the_best_are_proposed(interactions, features):
    model = create("rp3beta").fit(interactions)
    for row in range(8):
        found = ask(served(model, interactions.n_items), interactions.matrix, row, k=20)
        expected = top_k(model.scores(sparse.csr_array(interactions.matrix[[row]])), 20).items[0]
        best_first = found.items[np.lexsort((found.items, -found.total))]
        assert best_first.tolist() == expected.tolist()


def test_what_is_not_usable_is_not_proposed(interactions):
    form = served(create("rp3beta").fit(interactions), interactions.n_items)
    found = ask(
        form, interactions.matrix, 0, usable=Usable(np.array([4, 8], dtype=np.int32), lambda items: items % 2 == 0)
    )
    assert len(found.items)
    assert not (found.items % 2).any()
    assert not np.isin(found.items, [4, 8]).any()


def test_parts_add_up_to_the_score_and_contributions_to_the_parts_own_scores(interactions, features, hybrid):
    form = served(hybrid, interactions.n_items)
    unplayed = hybrid.unplayed[:5]
    found = ask(form, interactions.matrix, 1, unplayed)
    np.testing.assert_allclose(found.parts.sum(axis=0), found.total, atol=1e-3)
    places = np.argsort(-found.total)[:5]
    for part, name in enumerate(found.names[:-1]):
        amounts = found.explain(part, places)
        ratios = found.parts[part, places] / amounts.sum(axis=1)  # one factor for all: share / spread
        np.testing.assert_allclose(ratios, ratios[0], rtol=1e-3, err_msg=name)
    new = np.flatnonzero(np.isin(found.items, unplayed))
    amounts = found.explain(len(found.names) - 1, new)
    assert amounts.shape == (5, interactions.matrix[[1]].nnz)
    ratios = found.parts[-1, new] / amounts.sum(axis=1)
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-3)


def test_the_item_named_first_is_the_one_whose_absence_costs_most(interactions, hybrid):
    """Leave one out, for every item of the history: exact for the linear parts."""
    form = served(hybrid, interactions.n_items)
    history = sparse.csr_array(interactions.matrix[[2]])
    items, weights = history.indices.astype(np.int32), history.data.astype(np.float32)
    found = form.score(items, weights, np.zeros(0, dtype=np.int32), 30, ALL)
    places = np.arange(10)
    for place, one in zip(places, owed(found, places), strict=True):
        name = found.names[one.part]
        if name not in {"rp3beta", "transitions"}:
            continue
        part = hybrid.parts[hybrid.names.index(name)]
        column = int(np.searchsorted(hybrid.played, found.items[place]))
        known = sparse.csr_array(history[:, hybrid.played])
        whole = part.scores(known)[0, column]
        losses = []
        for left_out in range(len(items)):
            kept = history.copy()
            kept.data[left_out] = 0
            kept.eliminate_zeros()
            losses.append(whole - part.scores(sparse.csr_array(kept[:, hybrid.played]))[0, column])
        assert losses[one.items[0]] == pytest.approx(max(losses), rel=1e-4)
        for item, amount in zip(one.items, one.amounts, strict=True):
            assert losses[item] == pytest.approx(amount, rel=1e-3)


def test_a_history_that_nobody_has_played_is_judged_by_its_features(interactions, features, hybrid):
    form = served(hybrid, interactions.n_items)
    items = hybrid.unplayed[:2].astype(np.int32)
    weights = np.ones(2, dtype=np.float32)
    found = form.score(items, weights, np.arange(60, dtype=np.int32), 20, ALL)
    row = sparse.csr_array((weights, items, np.array([0, 2])), shape=(1, interactions.n_items))
    np.testing.assert_allclose(found.total, hybrid.scores(row)[0][found.items], rtol=2e-4, atol=2e-4)


def test_many_threads_may_ask_at_once(interactions, hybrid):
    form = served(hybrid, interactions.n_items)
    alone = [ask(form, interactions.matrix, row % 20).total for row in range(20)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda row: ask(form, interactions.matrix, row % 20).total, range(200)))
    for row, totals in enumerate(together):
        assert totals.tolist() == alone[row % 20].tolist()


def test_batches_give_the_best_without_what_was_played(interactions):
    model = create("rp3beta").fit(interactions)
    histories = interactions.positive
    best = served(model, interactions.n_items).top(histories, 15)
    expected = top_k(model.scores(histories), 15, histories)
    positive = expected.scores > 0
    np.testing.assert_array_equal(best.items[positive], expected.items[positive])
    np.testing.assert_allclose(best.scores[positive], expected.scores[positive], rtol=1e-4)


def test_popularity_has_no_reasons(interactions):
    found = ask(served(Popularity().fit(interactions), interactions.n_items), interactions.matrix, 0)
    assert found.explain(0, np.array([0])) is None
