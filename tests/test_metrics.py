import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from scipy.stats import bootstrap as scipy_bootstrap
from sklearn.metrics import ndcg_score, roc_auc_score

from segue import metrics

# One listener with 3 relevant items, found at places 1 and 3; one with 1 relevant item, not found; one with none.
HITS = np.array([[1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]], dtype=bool)
RELEVANT = np.array([3, 1, 0])


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_hits_look_each_item_up_in_the_listeners_own_row():
    relevant = sparse.csr_array(np.array([[0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]]))
    ranked = np.array([[3, 0], [3, 0], [1, -1]])
    assert metrics.hits_of(ranked, relevant).tolist() == [[True, False], [False, True], [False, False]]


def test_ranking_metrics_by_hand():
    nan = np.nan
    close(metrics.recall(HITS, RELEVANT, 4), [2 / 3, 0, nan])
    close(metrics.precision(HITS, RELEVANT, 4), [2 / 4, 0, nan])
    close(metrics.f1(HITS, RELEVANT, 4), [2 * (2 / 3) * (1 / 2) / (2 / 3 + 1 / 2), 0, nan])
    close(metrics.hit_rate(HITS, RELEVANT, 4), [1, 0, nan])
    close(metrics.reciprocal_rank(HITS, RELEVANT, 4), [1, 0, nan])
    close(metrics.average_precision(HITS, RELEVANT, 4), [(1 / 1 + 2 / 3) / 3, 0, nan])
    close(metrics.r_precision(HITS, RELEVANT), [2 / 3, 0, nan])
    ideal = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    close(metrics.ndcg(HITS, RELEVANT, 4), [(1 + 1 / np.log2(4)) / ideal, 0, nan])
    close(metrics.recall(HITS, RELEVANT, 1), [1 / 3, 0, nan])


def test_clicks_count_pages_of_ten():
    hits = np.zeros((4, 500), dtype=bool)
    hits[0, 0] = hits[1, 9] = hits[2, 25] = True
    assert metrics.clicks(hits, np.ones(4)).tolist() == [0, 0, 2, 51]


def test_ndcg_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    truth = (rng.random((50, 30)) < 0.2).astype(int)
    truth[:, 0] = 1
    scores = rng.random((50, 30))
    ranked = np.argsort(-scores, axis=1)[:, :10]
    relevant = sparse.csr_array(truth)
    ours = metrics.ndcg(metrics.hits_of(ranked, relevant), metrics.relevant_counts(relevant), 10)
    theirs = [ndcg_score(truth[[row]], scores[[row]], k=10) for row in range(50)]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


@given(arrays(bool, (4, 8)), st.integers(1, 8), arrays(np.int64, (4,), elements=st.integers(0, 20)))
def test_ranking_metrics_stay_between_0_and_1(hits, k, extra):
    relevant = hits.sum(axis=1) + extra
    for metric in (metrics.recall, metrics.precision, metrics.f1, metrics.ndcg, metrics.average_precision,
                   metrics.reciprocal_rank, metrics.hit_rate):  # fmt: skip
        values = metric(hits, relevant, k)
        assert (np.isnan(values) == (relevant == 0)).all()
        known = values[relevant > 0]
        assert ((known >= 0) & (known <= 1 + 1e-12)).all()


def test_rank_auc_agrees_with_scikit_learn_and_leaves_out_what_was_played():
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 5, (6, 40)).astype(np.float32)
    relevant = sparse.csr_array(rng.random((6, 40)) < 0.2)
    played = sparse.csr_array((rng.random((6, 40)) < 0.2) & ~relevant.toarray())
    ours = metrics.rank_auc(scores, relevant, played)
    for row in range(6):
        kept = ~played.toarray()[row]
        assert ours[row] == pytest.approx(roc_auc_score(relevant.toarray()[row, kept], scores[row, kept]))


def test_coverage_and_gini():
    everyone_the_same = np.zeros((5, 1), dtype=int)
    all_alike = np.arange(5)[:, np.newaxis]
    assert metrics.coverage(everyone_the_same, 5) == pytest.approx(1 / 5)
    assert metrics.coverage(all_alike, 5) == 1
    assert metrics.gini(all_alike, 5) == pytest.approx(0)
    assert metrics.gini(everyone_the_same, 5) == pytest.approx(4 / 5)


def test_novelty_is_the_mean_self_information():
    popularity = np.array([0.5, 0.25, 0.0])
    close(metrics.novelty(np.array([[0, 1], [0, 0], [2, -1]]), popularity), [1.5, 1.0, 2.0])


def test_popularity_lift_compares_with_the_listeners_own_plays():
    popularity = np.array([0.4, 0.2, 0.1])
    histories = sparse.csr_array(np.array([[0, 1, 0], [0, 0, 9]]))
    close(metrics.popularity_lift(np.array([[0], [2]]), histories, popularity), [1.0, 0.0])


def test_diversity_is_1_less_the_mean_cosine_of_pairs():
    vectors = sparse.csr_array(np.array([[1.0, 0], [0, 1], [1, 0]]))
    close(metrics.intra_list_diversity(np.array([[0, 1], [0, 2], [0, -1]]), vectors), [1, 0, np.nan])
    rng = np.random.default_rng(2)
    dense = rng.random((9, 4))
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)
    shown = np.array([[0, 3, 5, 8]])
    cosines = (dense @ dense.T)[np.ix_(shown[0], shown[0])]
    expected = 1 - (cosines.sum() - np.trace(cosines)) / 12
    assert metrics.intra_list_diversity(shown, sparse.csr_array(dense))[0] == pytest.approx(expected)


def test_rating_metrics():
    predicted, actual = np.array([1.0, 2, 3]), np.array([1.0, 4, 3])
    assert metrics.rmse(predicted, actual) == pytest.approx(np.sqrt(4 / 3))
    assert metrics.mae(predicted, actual) == pytest.approx(2 / 3)
    rng = np.random.default_rng(3)
    scores, liked = rng.integers(0, 6, 100), rng.random(100) < 0.4
    assert metrics.roc_auc(scores, liked) == pytest.approx(roc_auc_score(liked, scores))
    assert np.isnan(metrics.roc_auc(scores, np.ones(100, dtype=bool)))


def test_bootstrap_gives_the_interval_scipy_gives_and_skips_nan():
    rng = np.random.default_rng(4)
    values = rng.normal(5, 2, 400)
    [ours, sparse_column] = metrics.bootstrap(np.column_stack([values, np.where(np.arange(400) < 2, 1.0, np.nan)]))
    theirs = scipy_bootstrap((values,), np.mean, method="percentile", n_resamples=1000, rng=0).confidence_interval
    assert ours.mean == pytest.approx(values.mean())
    assert ours.low == pytest.approx(theirs.low, abs=0.03)
    assert ours.high == pytest.approx(theirs.high, abs=0.03)
    assert sparse_column == (1.0, 1.0, 1.0)


def test_bootstrap_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(5)
    samples = rng.exponential(1, (80, 200))
    covered = [low <= 1 <= high for _, low, high in metrics.bootstrap(samples)]
    assert 0.87 <= np.mean(covered) <= 1
