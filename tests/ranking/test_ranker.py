import numpy as np
import pytest

from segue import metrics
from segue.errors import BadSnapshot
from segue.ranking import learning
from segue.ranking.learning import Groups, learn_ranker
from segue.ranking.ranker import Ranker, Verdict, segments_of
from segue.ranking.signals import NAMES, standardised
from segue.ranking.trees import Trees

PER_GROUP = 30


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Threads that wait for each other on a busy machine take longer than one alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(learning.PARAMETERS, "num_threads", 1)
        yield


def groups(n_groups: int, seed: int, told: float, per_listener: int = 1) -> Groups:
    """Candidates whose worth is the blend and, as far as `told`, a signal beside it; three of each group are played."""
    rng = np.random.default_rng(seed)
    blend, beyond = rng.normal(size=(2, n_groups, PER_GROUP))
    worth = blend + told * 2 * beyond + rng.gumbel(size=blend.shape)
    hit = worth.argsort(axis=1).argsort(axis=1) >= PER_GROUP - 3
    signals = np.full((n_groups * PER_GROUP, len(NAMES)), np.nan, dtype=np.float32)
    signals[:, NAMES.index("blend")] = blend.ravel()
    signals[:, NAMES.index("near_session")] = beyond.ravel()
    signals[:, NAMES.index("popularity")] = rng.normal(size=len(signals))
    return Groups(
        signals, blend.ravel().astype(np.float32), hit.ravel(), np.full(n_groups, PER_GROUP), np.full(n_groups, 4),
        np.tile([5, 50, 500], n_groups)[:n_groups], np.arange(n_groups) // per_listener,
    )  # fmt: skip


@pytest.fixture(scope="module")
def learned():
    return learn_ranker(groups(700, seed=1, told=1.0), seed=3)


def ranked(ranker, fresh):
    starts = fresh.starts
    return np.concatenate([
        ranker.scores(fresh.signals[start:end], standardised(fresh.blend[start:end]), size)
        for start, end, size in zip(starts, starts[1:], fresh.history_sizes, strict=False)
    ])  # fmt: skip


def test_a_signal_beyond_the_blend_is_learned_and_helps_listeners_never_seen(learned):
    fresh = groups(300, seed=2, told=1.0)
    assert learned.ranker is not None
    assert all(learned.ranker.weights)
    assert fresh.ndcg(ranked(learned.ranker, fresh)).mean() > fresh.ndcg(fresh.blend).mean() + 0.1


def test_the_verdict_says_what_was_measured(learned):
    verdict = learned.verdict
    assert verdict.on
    assert verdict.ranker > verdict.blend
    assert 0 < verdict.low < verdict.ranker - verdict.blend < verdict.high
    assert verdict.listeners == 210  # three tenths
    assert f"{verdict.blend:.4f}" in verdict.why
    assert sum(segment.listeners for segment in verdict.segments) == 210
    fresh = groups(300, seed=2, told=1.0)
    assert verdict.blend == pytest.approx(fresh.ndcg(fresh.blend).mean(), abs=0.05)


@pytest.mark.parametrize("seed", range(2))
def test_where_nothing_beyond_the_blend_helps_the_blend_stays(seed):
    learned = learn_ranker(groups(700, seed=10 + seed, told=0.0), seed)
    assert learned.ranker is None
    assert not learned.verdict.on
    assert learned.verdict.why.startswith("off")


def test_a_segment_that_it_does_not_help_keeps_to_the_blend():
    helped, misled = groups(700, seed=1, told=1.0), groups(700, seed=1, told=0.0)
    of_heavy = np.repeat(helped.history_sizes == 500, helped.sizes)
    # The signal says nothing of heavy listeners, and no signal tells who is one.
    mixed = Groups(helped.signals, helped.blend, np.where(of_heavy, misled.hit, helped.hit), helped.sizes, helped.relevant,
                   helped.history_sizes, helped.listener)  # fmt: skip
    learned = learn_ranker(mixed, seed=3)
    assert learned.ranker is not None
    new, casual, heavy = learned.ranker.weights
    assert new > 0
    assert casual > 0
    assert heavy == 0


def test_too_little_to_learn_from():
    learned = learn_ranker(groups(250, seed=1, told=1.0), seed=3)
    assert learned.ranker is None
    assert "250 listeners" in learned.verdict.why
    assert learned.verdict.listeners == 0


def test_the_same_seed_learns_the_same(learned):
    again = learn_ranker(groups(700, seed=1, told=1.0), seed=3)
    assert again.verdict == learned.verdict
    X = groups(3, seed=9, told=1.0).signals
    assert np.array_equal(again.ranker.trees.predict(X), learned.ranker.trees.predict(X))


def test_the_groups_of_one_listener_stay_together():
    learned = learn_ranker(groups(700, seed=1, told=1.0, per_listener=2), seed=3)
    assert learned.verdict.listeners == 105


def test_ndcg_counts_what_was_not_among_the_candidates():
    some = groups(1, seed=4, told=0.0)
    perfect = some.ndcg(some.hit.astype(np.float32))
    hits = np.zeros((1, 20), dtype=bool)
    hits[0, :3] = True
    assert perfect == pytest.approx(metrics.ndcg(hits, np.array([4]), 20))
    assert perfect[0] < 1


def stump(weights) -> Ranker:
    """One tree: 1 where the blend is above 0, else 0."""
    trees = Trees(
        len(NAMES), np.array([0], np.int32), np.array([0], np.int16), np.array([0.0]), np.array([True]),
        np.array([[-1, -2]], np.int32), np.array([0, 1], np.float32),
    )  # fmt: skip
    return Ranker(trees, weights, (20, 150), NAMES, Verdict(on=True, why="for a test"))


def test_scores_are_the_mix_of_the_segment():
    X = np.zeros((4, len(NAMES)), dtype=np.float32)
    X[:, 0] = [1, -1, 1, -1]
    blend = np.array([0, 1, 2, 3], dtype=np.float32)
    ranker = stump((0.0, 0.5, 1.0))
    assert ranker.scores(X, blend, 19).tolist() == [0, 1, 2, 3]
    assert ranker.scores(X, blend, 20).tolist() == [0.5, 0, 1.5, 1]
    assert ranker.scores(X, blend, 150).tolist() == [1, -1, 1, -1]


def test_segments_begin_at_their_limits():
    assert segments_of(np.array([0, 19, 20, 149, 150, 9_999])).tolist() == [0, 0, 1, 1, 2, 2]


def test_it_comes_back_from_disk_the_same(learned, tmp_path):
    learned.ranker.save(tmp_path / "ranker")
    loaded = Ranker.load(tmp_path / "ranker")
    fresh = groups(5, seed=2, told=1.0)
    assert np.array_equal(ranked(loaded, fresh), ranked(learned.ranker, fresh))
    assert loaded.verdict == learned.verdict


def test_a_ranker_of_other_signals_is_refused(learned, tmp_path):
    learned.ranker.save(tmp_path / "ranker")
    told = tmp_path / "ranker" / "ranker.json"
    told.write_text(told.read_text(encoding="utf-8").replace("near_session", "near_by"), encoding="utf-8")
    with pytest.raises(BadSnapshot, match="other signals"):
        Ranker.load(tmp_path / "ranker")


@pytest.mark.parametrize("text", ["", "{}", '{"verdict": 3}'])
def test_a_damaged_ranker_is_refused(learned, tmp_path, text):
    learned.ranker.save(tmp_path / "ranker")
    (tmp_path / "ranker" / "ranker.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadSnapshot, match="can read"):
        Ranker.load(tmp_path / "ranker")


def test_groups_that_do_not_fit_are_refused():
    some = groups(3, seed=1, told=0.0)
    with pytest.raises(ValueError, match="groups"):
        Groups(some.signals, some.blend, some.hit, some.sizes[:2], some.relevant, some.history_sizes, some.listener)
