import numpy as np
import polars as pl
import pytest
from scipy import sparse

from segue.demo import world
from segue.errors import NotEnoughData
from segue.evaluation.protocols import PlayCountRules, protocols
from segue.evaluation.tasks import Dataset, RankingTask, RatingTask
from segue.library import Library

RANKING = ("holdout", "strong", "temporal", "cold-items", "continuation")


@pytest.fixture(scope="module")
def library() -> Library:
    return world(seed=3, scale=0.12)


def task_of(library: Library, name: str, seed: int = 0) -> RankingTask | RatingTask:
    protocol = protocols()[name]
    return protocol.make(Dataset.of("demo", library, protocol.signal, protocol.level), seed)


@pytest.mark.parametrize("name", RANKING)
def test_what_is_asked_for_was_not_in_what_may_be_learned(library, name):
    task = task_of(library, name)
    assert isinstance(task, RankingTask)
    assert task.relevant.nnz
    assert task.histories.multiply(task.relevant).nnz == 0
    assert task.left_out.multiply(task.relevant).nnz == 0
    trained = {str(name): row for row, name in enumerate(task.train.listener_ids)}
    for row, listener in enumerate(task.listener_ids):
        if str(listener) in trained:
            learned = sparse.csr_array(task.train.positive[[trained[str(listener)]]])
            assert not set(learned.indices) & set(task.relevant[[row]].indices)


@pytest.mark.parametrize("name", RANKING)
def test_the_same_seed_asks_the_same_and_another_seed_something_else(library, name):
    one, again = task_of(library, name, 5), task_of(library, name, 5)
    assert (one.relevant != again.relevant).nnz == 0
    if name != "temporal":
        other = task_of(library, name, 6)
        assert one.relevant.shape != other.relevant.shape or (one.relevant != other.relevant).nnz


def test_holdout_hides_a_fifth_of_each_history(library):
    task = task_of(library, "holdout")
    kept, hidden = np.diff(task.histories.indptr), np.diff(task.relevant.indptr)
    assert (hidden == np.minimum(np.round(0.2 * (kept + hidden)), kept + hidden - 1)).all()


def test_strong_learns_from_none_of_the_listeners_it_asks_about(library):
    task = task_of(library, "strong")
    assert not set(task.listener_ids) & set(task.train.listener_ids)
    assert len(task.listener_ids) == round(0.2 * (len(task.listener_ids) + task.train.n_listeners))


def test_temporal_learns_from_before_the_cut_only(library):
    task = task_of(library, "temporal")
    cut = library.listens["time"].quantile(0.9, interpolation="nearest")
    known = library.listens.filter((pl.col("time") < cut) & ~pl.col("skipped"))
    assert task.train.positive.nnz == known.select("listener_id", "track_id").n_unique()


def test_cold_items_are_ranked_among_themselves_and_nobody_has_played_them(library):
    task = task_of(library, "cold-items")
    assert task.candidates is not None
    assert task.candidates.sum() == round(0.2 * task.train.n_items)
    assert task.train.matrix[:, np.flatnonzero(task.candidates)].nnz == 0
    assert set(task.relevant.indices) <= set(np.flatnonzero(task.candidates))


def test_continuation_shows_the_first_tracks_and_hides_the_rest(library):
    task = task_of(library, "continuation")
    playlist = library.playlists.filter(pl.col("playlist_id") == task.listener_ids[0])["track_ids"][0].to_list()
    order = list(dict.fromkeys(playlist))
    shown = {str(task.train.item_ids[item]) for item in task.histories[[0]].indices}
    assert shown == set(order[: len(shown)])
    assert len(shown) in {1, 5, 10, 25}
    assert not set(task.listener_ids) & set(task.train.listener_ids)


def test_genres_that_come_from_a_hidden_playlist_are_not_seen():
    tracks = [f"t{n}" for n in range(12)]
    library = Library.of(
        tracks=pl.DataFrame({"track_id": tracks, "title": tracks, "genres": [["polka"]] * 12}),
        playlists=pl.DataFrame(
            {
                "playlist_id": [f"p{n}" for n in range(5)],
                "track_ids": [tracks] * 5,
                "genres": [[f"g{n}"] for n in range(5)],
            }
        ),
    )
    dataset = Dataset.of("lists", library, "playlists", "track")
    task = protocols()["continuation"].make(dataset, 0)
    assert isinstance(task, RankingTask)
    [hidden] = task.listener_ids
    genres = task.features.group("genres")
    assert "polka" not in genres.names
    word = genres.names.index(hidden.replace("p", "g"))
    described = set(genres.matrix[:, [word]].nonzero()[0])
    assert described == set(task.histories.indices)


def test_what_a_listener_called_a_hidden_artist_is_not_seen():
    names = [f"a{n}" for n in range(10)]
    library = Library.of(
        artists=pl.DataFrame({"artist_id": names, "name": names}),
        listens=pl.DataFrame({"listener_id": ["u"] * 10, "artist_id": names, "plays": [1] * 10}),
        taggings=pl.DataFrame({"listener_id": ["u"] * 10, "artist_id": names, "tag": ["metal"] * 10}),
    )
    task = task_of(library, "holdout")
    assert set(task.features.group("tags").matrix.nonzero()[0]) == set(task.histories.indices)


def test_rating_and_playcount_split_values():
    rng = np.random.default_rng(0)
    pairs = [(f"u{u}", f"t{t}") for u in range(20) for t in range(20) if rng.random() < 0.8]
    listeners, tracks = map(list, zip(*pairs, strict=True))
    rated = Library.of(
        feedback=pl.DataFrame(
            {"listener_id": listeners, "track_id": tracks, "kind": ["rating"] * len(pairs),
             "rating": rng.integers(1, 6, len(pairs)).astype(float)}
        ),
        listens=pl.DataFrame({"listener_id": listeners, "track_id": tracks, "plays": rng.integers(1, 8, len(pairs))}),
    )  # fmt: skip
    rating = task_of(rated, "rating")
    assert isinstance(rating, RatingTask)
    assert rating.like_from == 4
    assert rating.train.matrix.multiply(rating.test).nnz == 0
    assert rating.train.matrix.nnz + rating.test.nnz == len(pairs)
    protocol = protocols(PlayCountRules(min_songs=10, min_listeners=10, max_count=5))["playcount"]
    counts = protocol.make(Dataset.of("counts", rated, "listens"), 0)
    assert isinstance(counts, RatingTask)
    assert counts.test.data.max() <= 5
    assert counts.train.matrix.data.max() <= 5
    share = counts.test.nnz / (counts.test.nnz + counts.train.matrix.nnz)
    assert 0.3 < share < 0.5


def test_data_that_a_protocol_cannot_use_is_refused_with_a_reason(library):
    with pytest.raises(NotEnoughData, match="lower the thresholds"):
        task_of(library, "playcount")
    untimed = Library.of(listens=pl.DataFrame({"listener_id": ["u"], "track_id": ["t"], "plays": [1]}))
    with pytest.raises(NotEnoughData, match="listens with times"):
        task_of(untimed, "temporal")
    with pytest.raises(NotEnoughData):
        task_of(untimed, "holdout")
