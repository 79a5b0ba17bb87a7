"""Many histories at once: what comes out is the blend, computed another way."""

import numpy as np
import pytest
from scipy import sparse

from segue.library.interactions import Interactions
from segue.ranking.served import Usable, served
from segue.recommenders.als import ALS
from segue.recommenders.hybrid import Hybrid
from segue.recommenders.popularity import Popularity
from segue.recommenders.registry import create

N_LISTENERS, N_ITEMS, K = 70, 120, 9


@pytest.fixture(scope="module")
def interactions() -> Interactions:
    """Two scenes that share a few items; the last items nobody has played."""
    rng = np.random.default_rng(5)
    likely = np.where((np.arange(N_LISTENERS)[:, np.newaxis] % 2) == (np.arange(N_ITEMS) % 2), 0.25, 0.03)
    likely[:, -6:] = 0
    dense = (rng.random(likely.shape) < likely) * rng.integers(1, 9, likely.shape)
    matrix = sparse.csr_array(dense.astype(np.float32))
    listeners = np.array([f"l{row:03}" for row in range(N_LISTENERS)], dtype=object)
    items = np.array([f"i{column:03}" for column in range(N_ITEMS)], dtype=object)
    return Interactions(matrix, listeners, items, "track")


def blend_of(interactions: Interactions, *parts: tuple[str, float, dict]) -> Hybrid:
    model = Hybrid()
    counts = np.bincount(interactions.positive.indices, minlength=N_ITEMS)
    model.played, model.unplayed = np.flatnonzero(counts), np.flatnonzero(counts == 0)
    known = interactions.items(model.played)
    model.names, model.weights = [name for name, _, _ in parts], [share for _, share, _ in parts]
    model.parts = [create(name, **parameters).fit(known) for name, _, parameters in parts]
    model.popularity, model.ridge, model.newcomer_scale = Popularity().fit(known), None, 0.0
    return model


def als_scores(part: ALS, histories: np.ndarray) -> np.ndarray:
    """Every history folded in with dense algebra (Hu, Koren & Volinsky 2008), the sign of a weight kept."""
    [factors] = np.asarray(part.item_factors, dtype=np.float64)
    found = []
    for row in histories:
        sure = np.sign(row) * np.log1p(np.abs(row)) * part.confidence
        confidence = np.where(row != 0, np.abs(sure), 1)
        left = factors.T @ (factors * confidence[:, np.newaxis]) + part.regularisation * np.eye(factors.shape[1])
        found.append(factors @ np.linalg.solve(left, factors.T @ np.maximum(sure, 0)))
    return np.array(found)


def expected(model: Hybrid, histories: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The blend by numpy, and which items an item-item part has anything to say of; both over the played items."""
    known = histories[:, model.played].astype(np.float64)
    total, touched = np.zeros(known.shape), np.zeros(known.shape, dtype=bool)
    for part, share in zip(model.parts, model.weights, strict=True):
        if isinstance(part, ALS):
            scores = als_scores(part, known)
        else:
            weights = part.weights.toarray().astype(np.float64)
            scores = np.sign(known) * np.log1p(np.abs(known)) @ weights
            touched |= (known != 0).astype(float) @ (weights != 0) > 0
        deviation = scores.std(axis=1, keepdims=True)
        total += share * scores / np.where(deviation > 1e-9, deviation, 1)
    return total, touched & (known == 0)


@pytest.fixture(scope="module")
def histories(interactions) -> sparse.csr_array:
    """Of all listeners, with a dislike here and there, one of nothing, and one of what nobody played."""
    dense = interactions.matrix.toarray()
    dense[3, np.flatnonzero(dense[3])[:2]] = -3
    dense[4] = 0
    dense[5] = 0
    dense[5, -2] = 4
    return sparse.csr_array(dense)


@pytest.mark.parametrize(
    "parts",
    [
        (("rp3beta", 0.7, {}), ("als", 0.3, {"factors": 8})),
        (("rp3beta", 0.2, {"neighbours": 9}), ("item-knn", 0.3, {}), ("als", 0.5, {"factors": 5, "confidence": 0.4})),
        (("item-knn", 1.0, {}),),
    ],
)  # fmt: skip
def test_the_best_of_many_rows_are_those_of_the_blend(interactions, histories, parts):
    model = blend_of(interactions, *parts)
    best = served(model, N_ITEMS).top(histories, K)
    total, open_ = expected(model, histories.toarray())
    for row in range(N_LISTENERS):
        order = np.argsort(-np.where(open_[row], total[row], -np.inf), kind="stable")[: min(K, open_[row].sum())]
        n = len(order)
        np.testing.assert_allclose(best.scores[row, :n], total[row][order], rtol=2e-4, atol=2e-4)
        place = np.searchsorted(model.played, best.items[row, :n])
        assert len(set(place.tolist())) == n
        np.testing.assert_allclose(total[row][place], best.scores[row, :n], rtol=2e-4, atol=2e-4)
        assert open_[row][place].all()
        assert (best.items[row, n:] == -1).all()
        assert (best.scores[row, n:] == -np.inf).all()


def test_one_row_is_answered_as_among_many(interactions, histories):
    form = served(blend_of(interactions, ("rp3beta", 0.6, {}), ("als", 0.4, {"factors": 6})), N_ITEMS)
    together = form.top(histories, K)
    for row in (0, 4, 5, 69):
        alone = form.top(sparse.csr_array(histories[[row]]), K)
        assert alone.items[0].tolist() == together.items[row].tolist()
        assert alone.scores[0].tolist() == together.scores[row].tolist()


def test_of_no_rows_there_is_nothing_and_more_than_there_are_is_all(interactions, histories):
    form = served(blend_of(interactions, ("rp3beta", 1.0, {}), ("als", 1.0, {"factors": 6})), N_ITEMS)
    assert form.top(sparse.csr_array((0, N_ITEMS), dtype=np.float32), K).items.shape == (0, K)
    best = form.top(histories, 500)
    assert best.items.shape == (N_LISTENERS, 500)
    dense = histories.toarray()
    for row in range(N_LISTENERS):
        found = best.items[row][best.items[row] >= 0]
        assert len(set(found.tolist())) == len(found)
        assert not dense[row, found].any()


def test_a_deep_page_of_als_is_scored_as_deep_as_it_is_long(interactions, histories):
    """Where fewer are asked for, the same items lead."""
    form = served(blend_of(interactions, ("rp3beta", 0.5, {}), ("als", 0.5, {"factors": 6})), N_ITEMS)
    few, many = form.top(histories, 5), form.top(histories, 60)
    np.testing.assert_array_equal(few.items, many.items[:, :5])


def test_the_larger_the_catalogue_the_more_are_scored_by_all_parts(interactions, histories, monkeypatch):
    form = served(blend_of(interactions, ("rp3beta", 0.5, {}), ("als", 0.5, {"factors": 6})), N_ITEMS)
    whole = form.top(histories, 5)
    monkeypatch.setattr("segue.ranking.served.DEPTH", 5)
    assert (form.top(histories, 5).items != whole.items).any()
    monkeypatch.setattr("segue.ranking.served.ONE_IN", 1)
    np.testing.assert_array_equal(form.top(histories, 5).items, whole.items)


def test_a_batch_ranks_as_single_requests_do(interactions, histories):
    form = served(blend_of(interactions, ("rp3beta", 0.6, {}), ("als", 0.4, {"factors": 6})), N_ITEMS)
    together = form.top(histories, K)
    nothing = np.zeros(0, dtype=np.int32)
    for row in (0, 3, 11, 69):
        own = sparse.csr_array(histories[[row]])
        scored = form.score(own.indices, own.data, nothing, N_ITEMS, Usable(own.indices))
        # But for the trace of popularity that single requests have.
        total = scored.parts.sum(axis=0)
        order = np.argsort(-total, kind="stable")[:K]
        assert together.items[row].tolist() == scored.items[order].tolist()
        np.testing.assert_allclose(together.scores[row], total[order], rtol=1e-4, atol=1e-5)
