"""The stages together, over a small catalogue whose every number is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from segue.library.interactions import Interactions
from segue.ranking.catalogue import NO_DAY, UNKNOWN, Catalogue, Crowds, Facts, Moments, Relations, Space
from segue.ranking.diversity import NO_RULES, Rules
from segue.ranking.filters import Wanted
from segue.ranking.past import DAY_MS, NEVER, Past
from segue.ranking.pipeline import Ask, Page, Pipeline, barred_items, groups_of
from segue.ranking.ranker import LIMITS, Ranker, Verdict
from segue.ranking.served import Usable
from segue.ranking.signals import NAMES, Moment
from segue.ranking.trees import Trees
from segue.recommenders.registry import create

N = 24
NOW = 100 * DAY_MS
SCENE = np.arange(N) % 2
"""Even items are of one scene, odd ones of another; artist a has the items 4a to 4a + 3; item 23 is a version of item 0."""


@pytest.fixture(scope="module")
def interactions() -> Interactions:
    rng = np.random.default_rng(0)
    matrix = sparse.csr_array(
        ((np.arange(40)[:, np.newaxis] % 2 == SCENE) & (rng.random((40, N)) < 0.6)).astype(np.float32)
    )
    names = [np.array([f"{kind}{one:02}" for one in range(n)], dtype=object) for kind, n in (("l", 40), ("i", N))]
    return Interactions(matrix, *names, "track")


@pytest.fixture(scope="module")
def catalogue(interactions) -> Catalogue:
    listeners = np.bincount(interactions.matrix.indices, minlength=N)
    artist = np.arange(N, dtype=np.int32) // 4
    own = (np.ones(N, np.float32), np.arange(N, dtype=np.int32), np.arange(0, N + 1, 4))
    work = np.arange(N, dtype=np.int32)
    work[23] = 0
    rank = np.argsort(np.argsort(listeners, kind="stable"), kind="stable") / (N - 1)
    facts = Facts(
        artist=artist, release=artist.copy(), work=work, day=np.full(N, NO_DAY, np.int32), explicit=np.zeros(N, np.int8),
        language=np.full(N, -1, np.int16), audio=np.linspace(0, 1, N, dtype=np.float32)[:, np.newaxis],
        genres=sparse.csr_array(np.eye(2, dtype=np.float32)[SCENE]), popularity=(listeners / 40).astype(np.float32),
        rank=rank.astype(np.float32), artist_rank=np.full(N, 0.5, np.float32), items_of_artist=sparse.csr_array(own, shape=(6, N)),
        artist_ids=tuple("abcdef"), artist_names=tuple("ABCDEF"), release_ids=tuple("abcdef"), genre_names=("even", "odd"),
        languages=(), to_the_day=np.ones(N, np.bool_), credited=sparse.csr_array((N, 0), dtype=np.bool_), credited_ids=(),
    )  # fmt: skip
    top = sparse.csr_array(np.array([listeners / 40, np.where(SCENE == 1, listeners / 20, 0)], dtype=np.float32))
    top = sparse.csr_array((top.data, top.indices, top.indptr), shape=(2, N))
    months = np.zeros((N, 12), np.float32)
    months[20, 11] = 50
    crowds = Crowds(("overall", "country-SE"), np.array([40, 20], np.int32), top, np.eye(2, dtype=np.float32),
                    sparse.csr_array((2, N), dtype=np.int32))  # fmt: skip
    return Catalogue(
        facts, Space(np.eye(2, dtype=np.float32)[SCENE], sparse.csr_array((N, N), dtype=np.float32)),
        Relations(sparse.csr_array((6, 6), dtype=np.float32)), crowds, Moments(np.zeros((N, 6), np.float32), months),
    )  # fmt: skip


@pytest.fixture(scope="module")
def pipeline(interactions, catalogue) -> Pipeline:
    return Pipeline(create("item-knn").fit(interactions), catalogue)


def past(weights: dict[int, float], last_ms: dict[int, int] | None = None) -> Past:
    items = np.array(sorted(weights), dtype=np.int32)
    values = np.array([weights[item] for item in sorted(weights)], dtype=np.float32)
    last = np.array([(last_ms or {}).get(item, NEVER) for item in sorted(weights)], dtype=np.int64)
    none = np.zeros(0, np.int32)
    return Past(items, values, np.maximum(values, 0), last, none, none.astype(bool), NOW, np.zeros(len(items), bool))


def ask(weights: dict[int, float] | None = None, **changed) -> Ask:
    history = past(weights or {})
    none = np.zeros(0, dtype=np.int32)
    plain = Ask(
        history, none, Wanted(), Moment(), np.zeros(1, np.int64), history.items, (), 5, NO_RULES, 0.5, 0.0, 0, none
    )
    return replace(plain, **changed)


def test_the_page_is_the_model_s_best_where_nothing_else_is_asked(pipeline, interactions):
    model = create("item-knn").fit(interactions)
    history = {2: 1.0, 4: 2.0}
    row = past(history).row(N)
    scores = model.scores(row)[0]
    scores[[2, 4]] = -np.inf
    page = pipeline.page(ask(history))
    assert page.items.tolist() == np.argsort(-scores, kind="stable")[:5].tolist()
    np.testing.assert_allclose(page.scores, scores[page.items], rtol=1e-5)
    assert np.isnan(page.propensities).all()
    assert page.community == 0
    assert page.crowds == ()


def test_candidates_are_those_of_the_page_and_nothing_barred(pipeline):
    scored, bits = pipeline.candidates(ask({2: 1.0, 4: 2.0}))
    assert not {2, 4} & set(scored.items.tolist())
    assert len(scored.items) == len(set(scored.items.tolist())) == len(bits)
    assert set(pipeline.page(ask({2: 1.0, 4: 2.0})).items) <= set(scored.items)


def test_a_heard_song_takes_its_versions_with_it(pipeline):
    assert 23 not in pipeline.page(ask({0: 1.0}, n=N)).items
    assert 23 in pipeline.page(ask({2: 1.0}, n=N)).items
    assert 0 not in pipeline.page(ask({}, seeds=np.array([23], np.int32), barred=np.array([23], np.int32), n=N)).items


@pytest.mark.parametrize("within", [[], [3], [0, 5, 23], list(range(N))])
@pytest.mark.parametrize("weights", [{}, {2: 1.0}])
def test_within_is_all_of_what_may_be(pipeline, within, weights):
    page = pipeline.page(ask(weights, wanted=Wanted(within=np.array(within, np.int64)), n=N))
    assert set(page.items.tolist()) == set(within) - set(weights)


def test_a_narrow_filter_is_filled_from_what_is_most_played(pipeline):
    odd = Wanted(genres=np.array([1]))
    page = pipeline.page(ask({2: 1.0}, wanted=odd, n=N))
    assert set(page.items.tolist()) == set(range(1, N, 2))


def test_seeds_choose_the_scene_and_the_history_within_it(pipeline):
    seeds = np.array([5], np.int32)
    page = pipeline.page(ask({2: 1.0}, seeds=seeds, barred=np.array([2, 5], np.int32), n=6))
    alone = pipeline.page(ask({}, seeds=seeds, barred=seeds, n=6))
    assert set(SCENE[alone.items]) == {1}
    assert {0, 1} == set(SCENE[page.items])
    assert page.history.tolist() == alone.history.tolist() == [5]


def test_the_dial_prefers_what_is_unknown_and_little_played(pipeline, catalogue):
    known, unknown = (pipeline.page(ask({2: 1.0, 4: 1.0}, dial=dial, n=4)).items for dial in (0.0, 1.0))
    assert (
        np.isin(catalogue.facts.artist[known], [0, 1]).mean() > np.isin(catalogue.facts.artist[unknown], [0, 1]).mean()
    )
    assert catalogue.facts.rank[unknown].mean() < catalogue.facts.rank[known].mean()


def test_targets_draw_the_page_to_a_value(pipeline, catalogue):
    low, high = (pipeline.page(ask({2: 1.0}, targets=((0, value),))).items for value in (0.0, 1.0))
    assert catalogue.facts.audio[low].mean() < catalogue.facts.audio[high].mean()


def test_the_month_of_a_song_brings_it_to_the_top(pipeline):
    assert pipeline.page(ask({2: 1.0}, moment=Moment(month=12))).items[0] == 20
    assert (
        pipeline.page(ask({2: 1.0}, moment=Moment(month=11))).items.tolist()
        == pipeline.page(ask({2: 1.0})).items.tolist()
    )


def test_nobody_known_gets_the_crowd_s_favourites(pipeline, catalogue):
    everybody = pipeline.page(ask())
    assert set(everybody.crowds) == {"overall"}
    assert everybody.items.tolist() == np.argsort(-catalogue.facts.popularity, kind="stable")[:5].tolist()
    swedes = pipeline.page(ask(groups=np.array([1, 0])))
    assert set(swedes.crowds) == {"country-SE"}
    assert set(SCENE[swedes.items]) == {1}
    only_dislikes = pipeline.page(ask({int(everybody.items[0]): -3.0}, n=N))
    assert everybody.items[0] not in only_dislikes.items
    assert only_dislikes.scored is None


def test_nobody_known_gets_the_month_and_the_lottery_too(pipeline):
    assert pipeline.page(ask(moment=Moment(month=12))).items[0] == 20
    drawn = [pipeline.page(ask(dial=1.0, exploration=1.0, seed=seed)) for seed in range(5)]
    assert all(np.isfinite(page.propensities).tolist().count(True) == 2 for page in drawn)
    assert all(np.isnan(page.propensities[0]) for page in drawn)
    assert len({tuple(page.items.tolist()) for page in drawn}) > 1


def test_what_only_fills_the_page_is_nobody_s_favourite(pipeline):
    """All odd items are favourites of the country, and no even one is."""
    page = pipeline.page(ask(groups=np.array([1, 0]), n=N))
    assert [name == "country-SE" for name in page.crowds] == (SCENE[page.items] == 1).tolist()
    assert set(page.crowds) == {"country-SE", ""}


def test_without_any_listening_nobody_known_gets_nothing(interactions, catalogue):
    silent = replace(catalogue, facts=replace(catalogue.facts, popularity=np.zeros(N, np.float32)))
    page = Pipeline(create("item-knn").fit(interactions), silent).page(ask())
    assert len(page.items) == len(page.scores) == len(page.bits) == len(page.places) == len(page.propensities) == 0


def test_the_lottery_has_no_more_than_its_share_and_true_propensities(pipeline):
    """Each candidate off the page is drawn as often as its propensity says."""
    counts, told = np.zeros(N), np.full(N, np.nan)
    rounds = 400
    for seed in range(rounds):
        page = pipeline.page(ask({2: 1.0}, dial=1.0, exploration=1.0, n=5, seed=seed))
        drawn = np.isfinite(page.propensities)
        assert drawn.sum() == 2
        assert not drawn[0]
        assert len(set(page.items.tolist())) == 5
        counts[page.items[drawn]] += 1
        told[page.items[drawn]] = page.propensities[drawn]
    known = np.isfinite(told)
    assert np.abs(counts[known] / rounds - told[known]).max() < 4 * np.sqrt(0.25 / rounds)
    assert told[known].sum() == pytest.approx(2, abs=0.15)


def test_rules_hold_with_and_without_the_lottery(pipeline, catalogue):
    for exploration in (0.0, 0.4):
        page = pipeline.page(ask({2: 1.0}, n=10, rules=Rules(per_artist=2), dial=1.0, exploration=exploration))
        assert np.bincount(catalogue.facts.artist[page.items]).max() <= 2
        assert len(page.items) == 10


def test_what_was_heard_is_barred_for_so_many_days():
    history = past({1: 1.0, 2: 1.0, 3: 1.0, 4: -1.0}, {1: NOW - DAY_MS, 2: NOW - 3 * DAY_MS, 4: NOW - 90 * DAY_MS})
    for days, barred in ((None, [1, 2, 3, 4]), (3, [1, 2, 3, 4]), (2, [1, 3, 4]), (0.5, [3, 4]), (0, [4])):
        assert barred_items(history, days).tolist() == barred


def test_groups_that_are_not_there_are_left_out(catalogue):
    assert groups_of(catalogue, ["trending", "country-SE", "overall"]).tolist() == [1, 0]
    assert groups_of(catalogue, []).tolist() == []


def test_what_is_interrupted_in_the_middle_spoils_no_later_answer(interactions, catalogue):
    def interrupted(items: np.ndarray) -> np.ndarray:
        raise KeyboardInterrupt

    pipeline = Pipeline(create("item-knn").fit(interactions), catalogue)
    before = pipeline.page(ask({2: 1.0}))
    none = np.zeros(0, np.int32)
    with pytest.raises(KeyboardInterrupt):
        pipeline.served.score(np.array([5], np.int32), np.ones(1, np.float32), none, 5, Usable(none, interrupted))
    assert same(pipeline.page(ask({2: 1.0})), before)


def test_the_month_counts_where_the_ranker_is_not_heeded(interactions, catalogue):
    unheeded = Ranker(None, (0.0, 0.0, 0.0), LIMITS, NAMES, Verdict(on=True, why=""))  # type: ignore[arg-type]
    pipeline = Pipeline(create("item-knn").fit(interactions), catalogue, unheeded)
    assert pipeline.page(ask({2: 1.0}, moment=Moment(month=12))).items[0] == 20


def test_the_month_counts_the_same_beside_a_ranker(interactions, catalogue):
    """Trees that see no difference leave the order as it is served without them."""
    none = np.zeros(0)
    stump = Trees(len(NAMES), np.array([-1], np.int32), none.astype(np.int16), none, none.astype(bool),
                  np.zeros((0, 2), np.int32), np.zeros(1, np.float32))  # fmt: skip
    ranker = Ranker(stump, (0.5, 0.5, 0.5), LIMITS, NAMES, Verdict(on=True, why=""))
    with_it, without = (Pipeline(create("item-knn").fit(interactions), catalogue, one) for one in (ranker, None))
    for month in (11, 12):
        asked = ask({2: 1.0}, moment=Moment(month=month))
        assert with_it.page(asked).items.tolist() == without.page(asked).items.tolist()


def same(one: Page, other: Page) -> bool:
    return one.items.tolist() == other.items.tolist() and one.scores.tolist() == other.scores.tolist()


@pytest.mark.parametrize("model", ["rp3beta", "ease", "als", "popularity"])
def test_any_model_is_served_again_and_again_alike(interactions, catalogue, model):
    pipeline = Pipeline(create(model).fit(interactions), catalogue)
    pages = [pipeline.page(ask({2: 1.0, 7: -1.0}, n=N, exploration=0.4, dial=0.9, seed=3)) for _ in range(3)]
    assert same(pages[0], pages[1])
    assert same(pages[1], pages[2])
    assert set(pages[0].items.tolist()) == set(range(N)) - {2, 7}
    assert pages[0].community in {0, 1, UNKNOWN}
