"""The ranker learns from a past that knows nothing of what is to come."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from segue.demo import world
from segue.engine import Engine, Request, Snapshots, train
from segue.engine.asking import Asking
from segue.engine.histories import histories_of
from segue.engine.ids import Ids
from segue.engine.learn import Cut, _cut_at_random, _cut_in_time, groups_of_cut, learned_ranker
from segue.engine.prepare.catalogue import make_catalogue
from segue.engine.wanted import Codes
from segue.features.table import item_features
from segue.library import Interactions, Library
from segue.ranking.diversity import NO_RULES
from segue.ranking.learning import Groups
from segue.ranking.pipeline import Pipeline
from segue.ranking.signals import NAMES
from segue.recommenders.registry import create

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
NOW_MS = 1_800_000_000_000


def interactions_of(library: Library, level: str = "track") -> Interactions:
    return Interactions.from_library(library, level, "listens", ordered=True, whole_catalogue=True)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def library() -> Library:
    return world(seed=2, scale=0.06)


@pytest.fixture(scope="module")
def interactions(library) -> Interactions:
    return interactions_of(library)


@pytest.fixture(scope="module")
def cut(library, interactions) -> Cut:
    found = _cut_in_time(library, interactions)
    assert found is not None
    return found


def untimed(library: Library) -> Library:
    return replace(
        library,
        listens=library.listens.with_columns(time=pl.lit(None, dtype=pl.Datetime("ms", "UTC"))),
        feedback=library.feedback.with_columns(time=pl.lit(None, dtype=pl.Datetime("ms", "UTC"))),
        playlists=library.playlists.with_columns(modified=pl.lit(None, dtype=pl.Datetime("ms", "UTC"))),
    )


def groups(cut: Cut) -> Groups:
    inner = interactions_of(cut.before)
    features = item_features(cut.before, inner)
    pipeline = Pipeline(create("rp3beta").fit(inner, features), make_catalogue(cut.before, inner, features))
    return groups_of_cut(cut, inner, pipeline)


def pairs_of(histories, names) -> set[tuple[str, str]]:
    return {(name, item) for name, history in zip(names, histories, strict=True) for item in history.item_ids}


# -- in time -----------------------------------------------------------------------------------------------------


def test_nine_tenths_of_the_time_are_known_and_the_rest_is_what_was_new(library, cut):
    now = datetime.fromtimestamp(cut.now_ms / 1000, UTC)
    assert cut.before.listens["time"].max() < now
    assert cut.before.listens.height == pytest.approx(0.9 * library.listens.height, rel=0.01)
    heard = library.listens.filter(~pl.col("skipped").fill_null(value=False)).with_columns(
        pl.col("listener_id", "track_id").cast(pl.String)
    )
    names = library.listeners["listener_id"].to_list()
    known = pairs_of(histories_of(names, cut.before, "track", NOW_MS), names)
    later = set(heard.filter(pl.col("time") >= now).select("listener_id", "track_id").iter_rows())
    assert set(cut.played.iter_rows()) == later - known
    assert cut.played.height == len(later - known)


def test_what_happens_after_the_cut_changes_no_candidate_and_no_signal(library, interactions, cut):
    """The listens after the cut are exchanged for others, at the same times; only what counts as a hit may change."""
    now = datetime.fromtimestamp(cut.now_ms / 1000, UTC)
    after = library.listens["time"] >= now
    rng = np.random.default_rng(0)
    tracks = pl.Series(
        rng.choice(library.tracks["track_id"].to_numpy().astype(object), library.listens.height).tolist()
    )
    other = replace(
        library,
        listens=library.listens.with_columns(
            track_id=pl.when(after).then(tracks).otherwise(pl.col("track_id").cast(pl.String)).cast(pl.Categorical),
            skipped=pl.when(after).then(False).otherwise("skipped"),
        ),
    )
    changed = _cut_in_time(other, interactions)
    assert changed is not None
    listeners = set(cut.played["listener_id"]) & set(changed.played["listener_id"])
    one, two = (
        groups(replace(each, played=each.played.filter(pl.col("listener_id").is_in(list(listeners)))))
        for each in (cut, changed)
    )
    assert len(listeners) > 30
    np.testing.assert_array_equal(one.signals, two.signals)
    np.testing.assert_array_equal(one.blend, two.blend)
    np.testing.assert_array_equal(one.sizes, two.sizes)
    assert not np.array_equal(one.hit, two.hit)


def test_a_playlist_without_a_date_does_not_show_what_is_to_come(library, interactions, cut):
    undated = replace(
        library, playlists=library.playlists.with_columns(modified=pl.lit(None, dtype=pl.Datetime("ms", "UTC")))
    )
    names = cut.played["listener_id"].unique().sort().to_list()
    hidden = set(cut.played.iter_rows())
    assert hidden & pairs_of(histories_of(names, undated, "track", NOW_MS), names)
    found = _cut_in_time(undated, interactions)
    assert not hidden & pairs_of(histories_of(names, found.before, "track", NOW_MS), names)
    assert found.before.playlists["playlist_id"].to_list() == library.playlists["playlist_id"].to_list()
    left, there = (one.playlists["track_ids"].list.len().sum() for one in (found.before, undated))
    assert 0.7 * there < left < there


def test_the_moment_is_of_the_first_listen_after_the_cut_where_the_listener_is(library, cut):
    now = datetime.fromtimestamp(cut.now_ms / 1000, UTC)
    first = (
        library.listens.filter(pl.col("time") >= now)
        .group_by(pl.col("listener_id").cast(pl.String))
        .agg(pl.col("time").min())
    )
    people = {
        name: (country, year)
        for name, country, year in library.listeners.select("listener_id", "country", "birth_year").iter_rows()
    }
    for name, time in first.iter_rows():
        moment = cut.moments[name]
        country, year = people[name]
        assert (moment.country, moment.age) == (country, None if year is None else time.year - year)
        if country == "JP":
            local = time + timedelta(hours=9)
            assert (moment.hour, moment.weekday, moment.month) == (local.hour, local.weekday(), local.month)


def test_groups_are_whole(cut):
    found = groups(cut)
    assert found.signals.shape == (found.sizes.sum(), len(NAMES))
    assert (found.hits() <= found.relevant).all()
    assert found.hits().sum() > 20
    assert len(set(found.listener.tolist())) == len(found.sizes)


def test_what_the_ranker_is_judged_by_is_what_is_served_without_it(cut):
    """The moment included: the page of a listener at the cut is the best of the group by its blend."""
    inner = interactions_of(cut.before)
    features = item_features(cut.before, inner)
    catalogue = make_catalogue(cut.before, inner, features)
    loud = replace(catalogue, moments=replace(catalogue.moments, hours=8 * catalogue.moments.hours))
    pipeline = Pipeline(create("rp3beta").fit(inner, features), loud)
    found = groups_of_cut(cut, inner, pipeline)
    asking = Asking(Ids.of(inner.item_ids.tolist()), loud, Codes(loud.facts), cut.now_ms)
    names = cut.played["listener_id"].unique().sort().to_list()
    moved = 0
    for group, start in enumerate(found.starts[:-1]):
        name = names[found.listener[group]]
        [history] = histories_of([name], cut.before, "track", cut.now_ms)
        ask = asking.ask(Request(history, n=20, context=cut.moments[name], rules=NO_RULES))
        scored, _ = pipeline.candidates(ask)
        best = np.argsort(-found.blend[start : start + found.sizes[group]], kind="stable")[:20]
        assert set(scored.items[best].tolist()) == set(pipeline.page(ask).items.tolist())
        moved += set(scored.items[np.argsort(-scored.total)[:20]]) != set(scored.items[best])
    assert moved


@pytest.mark.parametrize("born", [1880, 2100])
def test_no_year_of_birth_stops_it(library, interactions, born):
    odd = replace(library, listeners=library.listeners.with_columns(birth_year=pl.lit(born, dtype=pl.Int16)))
    assert _cut_in_time(odd, interactions) is not None


def test_listens_all_at_one_time_are_cut_at_random(library):
    at_once = replace(library, listens=library.listens.with_columns(time=pl.lit(NOON).cast(pl.Datetime("ms", "UTC"))))
    assert _cut_in_time(at_once, interactions_of(at_once)) is None
    learned = learned_ranker(at_once, interactions_of(at_once), "rp3beta", {}, 10**12)
    assert learned.ranker is None
    assert "300 are needed" in learned.verdict.why


# -- at random ---------------------------------------------------------------------------------------------------


def test_without_times_a_fifth_of_each_history_is_hidden_everywhere(library):
    timeless = untimed(library)
    interactions = interactions_of(timeless)
    assert _cut_in_time(timeless, interactions) is None
    cut = _cut_at_random(timeless, interactions, 10**12, seed=0)
    hidden = set(cut.played.iter_rows())
    assert len(hidden) == pytest.approx(0.2 * interactions.positive.nnz, rel=0.05)
    names = interactions.listener_ids.tolist()
    assert hidden <= pairs_of(histories_of(names, timeless, "track", NOW_MS), names)
    assert not hidden & pairs_of(histories_of(names, cut.before, "track", NOW_MS), names)
    left = interactions_of(cut.before)
    assert left.positive.nnz == interactions.positive.nnz - len(hidden)
    told = cut.before.feedback.select(pl.col("listener_id", "track_id").cast(pl.String))
    assert not hidden & set(told.iter_rows())
    assert 0 < told.height < timeless.feedback.height
    assert cut.moments == {}


def test_the_random_cut_is_that_of_its_seed(library):
    timeless = untimed(library)
    interactions = interactions_of(timeless)
    one, same, other = (_cut_at_random(timeless, interactions, 0, seed) for seed in (1, 1, 2))
    assert one.played.equals(same.played)
    assert one.before.listens.equals(same.before.listens)
    assert not one.played.equals(other.played)


def test_candidates_of_hidden_pairs_can_be_hit(library):
    timeless = untimed(library)
    found = groups(_cut_at_random(timeless, interactions_of(timeless), 10**12, seed=0))
    # Nearly all of the small catalogue is a candidate: of what was hidden nearly all must be too.
    assert found.hits().sum() > 0.5 * found.relevant.sum()


@pytest.mark.parametrize("level", ["artist", "release"])
def test_at_other_levels_a_hidden_item_takes_all_its_tracks_with_it(library, level):
    timeless = untimed(library)
    interactions = interactions_of(timeless, level)
    cut = _cut_at_random(timeless, interactions, 0, seed=0)
    left = interactions_of(cut.before, level)
    pairs = {
        (left.listener_ids[row], left.item_ids[column]) for row, column in zip(*left.positive.nonzero(), strict=True)
    }
    assert not set(cut.played.iter_rows()) & pairs
    assert left.positive.nnz == interactions.positive.nnz - cut.played.height


# -- the whole ---------------------------------------------------------------------------------------------------


def test_playlists_and_feedback_teach_no_ranker(library):
    for signal in ("playlists", "feedback"):
        interactions = Interactions.from_library(library, "track", signal)  # type: ignore[arg-type]
        learned = learned_ranker(library, interactions, "rp3beta", {}, 0)
        assert learned.ranker is None
        assert not learned.verdict.on
        assert signal in learned.verdict.why


def test_progress_is_told_and_few_listeners_are_not_learned_from(library, interactions):
    told: list[str] = []
    learned = learned_ranker(library, interactions, "rp3beta", {}, 0, told.append)
    assert len(told) == 3
    assert learned.verdict.why.startswith("off: ")
    assert learned.verdict.listeners == 0


def test_a_snapshot_says_why_it_has_no_ranker(tmp_path):
    """With two listeners there is nothing to learn from, timed or not, and training goes on."""
    for place, time in enumerate((None, NOON)):
        listens = pl.DataFrame(
            {"listener_id": ["a", "a", "b", "b"], "track_id": ["t1", "t2", "t2", "t3"], "time": [time] * 4}
        )
        library = Library.of(listens=listens.with_columns(pl.col("time").cast(pl.Datetime("ms", "UTC"))))
        manifest = train(library, Snapshots(tmp_path / str(place)), model="hybrid", measure=False)
        assert manifest.metrics["ranker"]["on"] is False
        engine = Engine.open(tmp_path / str(place))
        assert engine.ranker is None
        assert engine.recommend([Request(n=2)])[0].recommendations
