from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from segue.demo import world
from segue.errors import UnknownModel
from segue.evaluation.leaderboard import ModelSpec, leaderboard
from segue.evaluation.protocols import protocols
from segue.evaluation.report import as_html, as_table
from segue.evaluation.tasks import Dataset, activity_groups, popularity_tiers
from segue.recommenders.tuning import tune


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return Dataset.of("demo", world(seed=3, scale=0.12))


@pytest.fixture(scope="module")
def board(dataset):
    models = [ModelSpec("popularity"), ModelSpec("item-knn"), ModelSpec("ease", {"regularisation": 2.0})]
    return leaderboard(dataset, protocols()["holdout"], models, seeds=2)


def test_models_that_know_tastes_are_ahead_of_popularity(board):
    assert board.entries[-1].name == "popularity"
    ease = next(entry for entry in board.entries if entry.name == "ease")
    popularity = board.entries[-1]
    assert ease.metrics["ndcg@20"].low > popularity.metrics["ndcg@20"].high
    assert ease.parameters["regularisation"] == 2.0


def test_every_metric_has_an_interval_around_its_mean(board):
    for entry in board.entries:
        assert {"ndcg@20", "recall@20", "precision@20", "f1@20", "map@20", "mrr@20", "hit@20", "r-precision", "clicks",
                "auc", "coverage@20", "gini@20", "novelty@20", "diversity@20", "lift@20"} <= set(entry.metrics)  # fmt: skip
        for mean, low, high in entry.metrics.values():
            assert np.isnan(mean) or low <= mean <= high


def test_segments_are_those_of_the_listeners(board, dataset):
    segments = board.entries[0].segments
    assert {name.split("=")[0] for name in segments} == {"country", "gender", "age", "activity"}
    by_activity = [about["listeners"] for name, about in segments.items() if name.startswith("activity")]
    assert sum(by_activity) <= dataset.interactions.n_listeners


def test_the_json_is_what_the_documentation_says(board):
    document = board.as_json()
    assert document["dataset"] == "demo"
    assert document["protocol"] == "holdout"
    for model in document["models"]:
        assert set(model) == {"name", "parameters", "metrics", "segments", "fit_s", "recommend_s", "peak_rss_mb"}
        low, high = model["metrics"]["ndcg@20"]["ci95"]
        assert low <= model["metrics"]["ndcg@20"]["mean"] <= high
        assert model["peak_rss_mb"] > 10


def test_a_model_without_its_data_is_left_out_with_the_reason(dataset):
    bare = Dataset("bare", type(dataset.library)(listens=dataset.library.listens), dataset.interactions)
    board = leaderboard(bare, protocols()["holdout"], [ModelSpec("content"), ModelSpec("popularity")])
    assert [entry.name for entry in board.entries] == ["popularity"]
    assert "content needs items with tags" in board.skipped[0].why


def test_unknown_models_and_parameters_are_named(dataset):
    with pytest.raises(UnknownModel, match="did you mean ease"):
        leaderboard(dataset, protocols()["holdout"], [ModelSpec("eas")])
    with pytest.raises(UnknownModel, match="no parameter 'lambda'"):
        leaderboard(dataset, protocols()["holdout"], [ModelSpec("ease", {"lambda": 3})])


def test_tuning_is_deterministic_starts_from_the_defaults_and_keeps_to_its_budget(dataset):
    tried = []
    best, *others = tune("rp3beta", dataset.interactions, trials=3, seed=1, progress=tried.append)
    assert len(tried) == 3
    assert tried[0].parameters["alpha"] == 1.0
    assert best.ndcg == max(trial.ndcg for trial in tried) >= others[-1].ndcg
    assert tune("rp3beta", dataset.interactions, trials=3, seed=1) == [best, *others]


def test_the_page_shows_every_model_and_escapes_names(board, dataset):
    page = as_html(replace(board, dataset="<script>alert(1)</script>"))
    assert "<script>" not in page
    for entry in board.entries:
        assert f"{entry.metrics['ndcg@20'].mean:.4f}" in page
    assert as_table(board).row_count == 3


def test_activity_groups_and_popularity_tiers_by_hand():
    histories = sparse.csr_array(np.triu(np.ones((60, 60))))
    groups = activity_groups(histories)
    assert (groups[0], groups[20], groups[59]) == ("51+", "11-50", "1-10")
    plays = sparse.csr_array(np.repeat([[1, 0, 0], [1, 1, 0], [1, 1, 1]], 1, axis=0))
    assert popularity_tiers(plays).tolist() == ["head", "middle", "tail"]
