import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from segue.errors import BadRequest
from segue.ranking.catalogue import NO_DAY, Facts
from segue.ranking.diversity import NO_RULES, Rules, mean_genres, rerank
from tests.effort import examples

NONE = np.zeros(0, dtype=np.int32)


def facts_of(artist, release=None, work=None, genres=None, artist_rank=None) -> Facts:
    n = len(artist)
    shares = np.zeros((n, 1)) if genres is None else np.asarray(genres)
    nothing = sparse.csr_array((0, n), dtype=np.float32)
    return Facts(
        artist=np.array(artist, dtype=np.int32),
        release=np.array([-1] * n if release is None else release, dtype=np.int32),
        work=np.array(range(n) if work is None else work, dtype=np.int32),
        day=np.full(n, NO_DAY, dtype=np.int32), explicit=np.full(n, -1, dtype=np.int8), language=np.full(n, -1, dtype=np.int16),
        audio=np.zeros((n, 0), dtype=np.float32), genres=sparse.csr_array(shares.astype(np.float32)),
        popularity=np.zeros(n, dtype=np.float32), rank=np.zeros(n, dtype=np.float32),
        artist_rank=np.array([1.0] * n if artist_rank is None else artist_rank, dtype=np.float32), items_of_artist=nothing,
        artist_ids=(), artist_names=(), release_ids=(), genre_names=(), languages=(),
        to_the_day=np.ones(n, dtype=np.bool_), credited=sparse.csr_array((n, 0), dtype=np.bool_), credited_ids=(),
    )  # fmt: skip


def page_of(relevance, facts, rules, n=None, *, items=None, vectors=None, taste=None, before=NONE) -> list[int]:
    relevance = np.array(relevance, dtype=np.float32)
    items = np.arange(len(relevance), dtype=np.int32) if items is None else np.array(items, dtype=np.int32)
    vectors = np.zeros((facts.n_items, 2), dtype=np.float32) if vectors is None else np.array(vectors, dtype=np.float32)
    taste = np.zeros(facts.genres.shape[1]) if taste is None else np.array(taste)
    return rerank(
        relevance, items, facts, vectors, rules, len(items) if n is None else n,
        taste=taste.astype(np.float32), before=np.array(before, dtype=np.int32),
    ).tolist()  # fmt: skip


# -- each rule by hand -------------------------------------------------------------------------------------------------


def test_without_rules_the_most_relevant_come_first_and_equals_by_item():
    facts = facts_of([0] * 8, release=[0] * 8, work=[0] * 8, artist_rank=[0] * 8)
    assert page_of([2, 9, 2, 5], facts, NO_RULES, 3, items=[7, 1, 3, 4]) == [1, 3, 2]


def test_differences_that_scaling_would_lose_still_count():
    assert page_of([1e-30, 1e30, 2e-30], facts_of([-1] * 3), NO_RULES) == [1, 2, 0]


def test_nothing_to_choose_from_makes_an_empty_page():
    assert page_of([], facts_of([0]), Rules(), 5, items=[]) == []


def test_diversity_prefers_the_less_alike_as_soon_as_likeness_outweighs_relevance():
    # After item 0, item 1 is worth .7 * .9 - .3 * .9 = .36 and item 2, .7 * .6 = .42: at diversity .2 it is .54 and .48.
    vectors = [[1, 0], [0.9, math.sqrt(0.19)], [0, -1], [0, 0]]
    facts, relevance = facts_of([-1] * 4), [1, 0.9, 0.6, 0]
    assert page_of(relevance, facts, replace(NO_RULES, diversity=0.3), vectors=vectors)[:2] == [0, 2]
    assert page_of(relevance, facts, replace(NO_RULES, diversity=0.2), vectors=vectors)[:2] == [0, 1]


def test_relevance_is_scaled_over_the_candidates_so_that_its_unit_does_not_matter():
    vectors = [[1, 0], [0.9, math.sqrt(0.19)], [0, -1], [0, 0]]
    rules = replace(NO_RULES, diversity=0.3)
    assert page_of([1000, 900, 600, 0], facts_of([-1] * 4), rules, vectors=vectors)[:2] == [0, 2]
    assert page_of([-10, -11, -14, -20], facts_of([-1] * 4), rules, vectors=vectors)[:2] == [0, 2]


def test_caps_per_artist_and_release_do_not_hold_for_the_unknown():
    artists, releases = [0, 0, 0, 1, -1, -1, -1], [5, 5, 6, 7, -1, -1, -1]
    facts, relevance = facts_of(artists, release=releases), [7, 6, 5, 4, 3, 2, 1]
    assert page_of(relevance, facts, replace(NO_RULES, per_artist=2)) == [0, 1, 3, 4, 5, 6]
    assert page_of(relevance, facts, replace(NO_RULES, per_release=1)) == [0, 2, 3, 4, 5, 6]
    assert page_of(relevance, facts, replace(NO_RULES, per_artist=0, per_release=0)) == [0, 1, 2, 3, 4, 5, 6]


def test_of_all_versions_of_a_song_only_the_best_stays():
    assert page_of([1, 3, 2, 4], facts_of([0, 1, 2, 3], work=[8, 8, 8, 9]), replace(NO_RULES, one_version=True)) == [
        3,
        1,
    ]


def test_no_artist_comes_twice_in_a_row_while_there_is_another():
    facts = facts_of([0, 0, 0, 1, -1, -1])
    apart = replace(NO_RULES, apart=True)
    assert page_of([6, 5, 4, 3, 2, 1], facts, apart) == [0, 3, 1, 4, 2, 5]
    assert page_of([6, 5, 4, 3], facts, apart, items=[0, 1, 2, 3]) == [0, 3, 1, 2]


def test_the_first_is_not_by_the_artist_that_was_just_played():
    facts = facts_of([0, 0, 1, -1])
    apart = replace(NO_RULES, apart=True)
    assert page_of([3, 2, 1], facts, apart, items=[0, 1, 2], before=[2, 0]) == [2, 0, 1]
    assert page_of([3, 2, 1], facts, apart, items=[0, 1, 2], before=[0, 3]) == [0, 2, 1]
    assert page_of([3, 2], facts, apart, items=[0, 1], before=[0]) == [0, 1]
    assert page_of([3, 2, 1], facts, NO_RULES, items=[0, 1, 2], before=[0]) == [0, 1, 2]


def test_calibration_alone_gives_genres_their_shares_of_the_page():
    genres = np.repeat([[1, 0], [0, 1]], 10, axis=0)
    facts, relevance = facts_of([-1] * 20, genres=genres), np.arange(20, 0, -1)
    page = page_of(relevance, facts, replace(NO_RULES, calibration=1), 10, taste=[0.3, 0.7])
    assert sum(one < 10 for one in page) == 3
    assert page_of(relevance, facts, replace(NO_RULES, calibration=1), 10) == list(range(10))


def test_calibration_weighs_the_gain_in_nats_against_relevance():
    # Both places of a page of 2: with alpha .01, a first item wholly of a genre of taste .5 gains .5 ln(1 + .495 / .005) = 2.30.
    facts = facts_of([-1] * 3, genres=[[0, 0], [1, 0], [0, 0]])
    just_enough = 1 / (1 + 0.5 * math.log(100))  # (1 - c) * 1 = c * gain
    for weight, first in ((just_enough - 0.001, 0), (just_enough + 0.001, 1)):
        assert page_of([1, 0, 0.5], facts, replace(NO_RULES, calibration=weight), 2, taste=[0.5, 0.5])[0] == first


def test_the_last_places_are_kept_for_small_artists():
    facts, relevance = facts_of(range(6), artist_rank=[0.9, 0.5, np.nan, 0.8, 0.49, 0.1]), [6, 5, 4, 3, 1, 2]
    assert page_of(relevance, facts, replace(NO_RULES, small_artists=0.5), 4) == [0, 1, 5, 4]
    assert page_of(relevance, facts, replace(NO_RULES, small_artists=0.01), 4) == [0, 1, 2, 5]
    assert page_of(relevance, facts, replace(NO_RULES, small_artists=1), 4) == [5, 4, 0, 1]


def test_small_artists_on_the_page_by_merit_count():
    facts = facts_of(range(5), artist_rank=[0, 1, 1, 1, 0])
    assert page_of([5, 4, 3, 2, 1], facts, replace(NO_RULES, small_artists=0.25), 4) == [0, 1, 2, 3]


def test_a_share_of_places_is_not_rounded_up_by_an_inexact_product():
    facts = facts_of(range(120), artist_rank=[1] * 100 + [0] * 20)
    assert 0.07 * 100 > 7
    page = page_of(np.arange(120, 0, -1), facts, replace(NO_RULES, small_artists=0.07), 100)
    assert sum(one >= 100 for one in page) == 7


def test_rules_out_of_range_are_refused():
    with pytest.raises(BadRequest, match="diversity"):
        Rules(diversity=1.5)
    with pytest.raises(BadRequest, match="per_artist"):
        Rules(per_artist=-1)


def test_the_taste_is_the_mean_of_what_is_played_by_weight():
    facts = facts_of([0] * 4, genres=[[1, 0], [0.5, 0.5], [0, 0], [0, 1]])
    items, weights = np.array([0, 1, 2, 3], dtype=np.int32), np.array([1, 2, 5, -4], dtype=np.float32)
    shares = mean_genres(items, weights, facts)
    assert shares.dtype == np.float32
    assert shares == pytest.approx([2 / 3, 1 / 3])
    assert mean_genres(items[2:], weights[2:], facts).tolist() == [0, 0]
    assert mean_genres(NONE, weights[:0], facts).tolist() == [0, 0]


# -- the whole, beside a slow one --------------------------------------------------------------------------------------


def slow_page(relevance, facts, vectors, rules, n, taste, last) -> list[int]:
    """The definition, word for word: every criterion from the whole page anew, in double precision. Item i is candidate i."""
    genres = facts.genres.toarray().astype(float)
    spread = np.ptp(relevance) or 1
    scaled = (relevance.astype(float) - relevance.min()) / spread
    length = min(n, len(relevance))

    def divergence(page):
        blend = 0.01 * taste + 0.99 / length * genres[page].sum(axis=0)
        return sum(p * math.log(p / q) for p, q in zip(taste, blend, strict=True) if p)

    def criterion(one, page):
        alike = max([0.0, *(float(vectors[one].astype(float) @ vectors[other]) for other in page)])
        gain = divergence(page) - divergence([*page, one])
        return (1 - rules.calibration) * (
            (1 - rules.diversity) * scaled[one] - rules.diversity * alike
        ) + rules.calibration * gain

    page: list[int] = []
    while len(page) < length:
        left = [one for one in range(len(relevance)) if one not in page and kept(facts, [*page, one], rules)]
        apart = [
            one for one in left if not rules.apart or facts.artist[one] in {-1} - {last} or facts.artist[one] != last
        ]
        owed = math.ceil(rules.small_artists * n - 1e-9) - sum(facts.artist_rank[one] < 0.5 for one in page)
        small = [one for one in left if facts.artist_rank[one] < 0.5]
        groups = ([one for one in apart if one in small], small) if owed >= n - len(page) else ()
        allowed = next((group for group in (*groups, apart, left) if group), None)
        if allowed is None:
            break
        # Rounded, so that what is equal but for the last bit counts as equal: then the more relevant comes first.
        page.append(max(allowed, key=lambda one: (round(criterion(one, page), 9), relevance[one])))
        last = facts.artist[page[-1]] if facts.artist[page[-1]] >= 0 else None
    return page


def kept(facts, page, rules) -> bool:
    """Whether a page keeps its caps."""
    caps = ((facts.artist, rules.per_artist), (facts.release, rules.per_release), (facts.work, int(rules.one_version)))
    return all(
        not most or code < 0 or sum(codes[page] == code) <= most for codes, most in caps for code in codes[page]
    )  # fmt: skip


rules_drawn = st.builds(
    Rules,
    diversity=st.sampled_from([0.0, 0.15, 0.5, 1.0]), per_artist=st.sampled_from([None, 0, 1, 2, 3]),
    per_release=st.sampled_from([None, 1, 2]), one_version=st.booleans(), apart=st.booleans(),
    calibration=st.sampled_from([0.0, 0.1, 0.6, 1.0]), small_artists=st.sampled_from([0.0, 0.05, 0.3, 1.0]),
)  # fmt: skip


def world(seed, m):
    """Random candidates. Vectors are of whole eighths, so that every dot product is exact and no order of adding matters."""
    rng = np.random.default_rng(seed)
    genres = rng.random((m, 4)) * (rng.random((m, 4)) < 0.5)
    genres /= np.maximum(genres.sum(axis=1, keepdims=True), 1e-9)
    facts = facts_of(
        rng.integers(-1, 5, m), rng.integers(-1, 8, m), rng.integers(0, 2 * m, m), genres, artist_rank=rng.random(m)
    )  # fmt: skip
    vectors = (rng.integers(-4, 5, (m, 3)) / 8).astype(np.float32)
    taste = mean_genres(np.arange(m, dtype=np.int32), rng.random(m).astype(np.float32), facts)
    return rng.random(m).astype(np.float32), facts, vectors, taste


@settings(max_examples=examples(150), deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 25), st.integers(1, 30), rules_drawn, st.integers(-1, 4))
def test_the_page_is_what_the_definition_says(seed, m, n, rules, before):
    relevance, facts, vectors, taste = world(seed, m)
    played = np.array([before] if before >= 0 else [], dtype=np.int32) % m
    last = facts.artist[played[-1]] if len(played) and facts.artist[played[-1]] >= 0 else None
    expected = slow_page(relevance, facts, vectors, rules, n, taste.astype(float), last)
    assert page_of(relevance, facts, rules, n, vectors=vectors, taste=taste, before=played) == expected


@settings(max_examples=examples(100), deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(1, 60), rules_drawn)
def test_rules_hold_on_every_page(seed, m, n, rules):
    relevance, facts, vectors, taste = world(seed, m)
    page = page_of(relevance, facts, rules, n, vectors=vectors, taste=taste)
    assert len(set(page)) == len(page) <= n
    assert kept(facts, page, rules)
    could_stand = [one for one in range(m) if one not in page and kept(facts, [*page, one], rules)]
    assert len(page) == n or not could_stand
    small = facts.artist_rank < 0.5
    owed = math.ceil(rules.small_artists * n - 1e-9)
    assert sum(small[page]) >= owed or not any(small[could_stand])
    if rules.apart and not rules.small_artists:
        for place in range(1, len(page)):
            artist = facts.artist[page[place]]
            if artist >= 0 and artist == facts.artist[page[place - 1]]:
                others = [one for one in range(m) if facts.artist[one] != artist and one not in page[:place]]
                assert not any(kept(facts, [*page[:place], one], rules) for one in others)


@settings(max_examples=examples(50), deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 40), rules_drawn)
def test_the_order_candidates_come_in_does_not_matter(seed, m, n, rules):
    relevance, facts, vectors, taste = world(seed, m)
    relevance = np.round(relevance, 1)
    order = np.random.default_rng(seed).permutation(m)
    page = page_of(relevance, facts, rules, n, vectors=vectors, taste=taste)
    again = page_of(relevance[order], facts, rules, n, items=order, vectors=vectors, taste=taste)
    assert order[again].tolist() == page


@given(st.lists(st.integers(-5, 5), max_size=40), st.integers(1, 50))
def test_without_rules_it_is_a_plain_sort(relevance, n):
    facts = facts_of([0] * 40, artist_rank=[0] * 40)
    expected = sorted(range(len(relevance)), key=lambda one: (-relevance[one], one))[:n]
    assert page_of(relevance, facts, NO_RULES, n) == expected


def test_facts_mapped_from_a_read_only_file_make_the_same_page():
    relevance, facts, vectors, taste = world(3, 30)
    page = page_of(relevance, facts, Rules(), 10, vectors=vectors, taste=taste)
    mapped = replace(
        facts, **{name: getattr(facts, name).copy() for name in ("artist", "release", "work", "artist_rank")}
    )
    for array in (mapped.artist, mapped.release, mapped.work, mapped.artist_rank, vectors):
        array.flags.writeable = False
    assert rerank(relevance, np.arange(30), mapped, vectors, Rules(), 10, taste=taste, before=NONE).tolist() == page
