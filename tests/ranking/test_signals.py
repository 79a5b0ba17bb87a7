from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from segue.ranking.catalogue import NO_DAY, Catalogue, Crowds, Facts, Moments, Relations, Space
from segue.ranking.past import DAY_MS, NEVER, Past
from segue.ranking.signals import NAMES, SIGNALS, Moment, Signals, standardised
from tests.effort import examples

NAN = float("nan")
TODAY = 1_000
"""Day of asking: items 0 and 1 are by artist 0, item 2 by artist 1, item 3 by artist 2, item 4 by nobody known."""


def csr(rows, dtype=np.float32):
    return sparse.csr_array(np.array(rows, dtype=dtype))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    facts = Facts(
        artist=np.array([0, 0, 1, 2, -1], dtype=np.int32),
        release=np.array([0, 0, 1, 2, -1], dtype=np.int32),
        work=np.arange(5, dtype=np.int32),
        day=np.array([TODAY - 9, TODAY + 5, NO_DAY, TODAY, 0], dtype=np.int32),
        to_the_day=np.ones(5, dtype=np.bool_),
        credited=sparse.csr_array((5, 0), dtype=np.bool_),
        credited_ids=(),
        explicit=np.array([1, 0, -1, 0, 0], dtype=np.int8),
        language=np.full(5, -1, dtype=np.int16),
        audio=np.array([[0, 5, NAN], [2, 5, NAN], [4, 5, NAN], [NAN, 5, NAN], [NAN, NAN, NAN]], dtype=np.float32),
        genres=sparse.csr_array((5, 0), dtype=np.float32),
        popularity=np.array([0.5, 0.25, 0.1, 0.2, 0], dtype=np.float32),
        rank=np.array([1, 0.75, 0.25, 0.5, 0], dtype=np.float32),
        artist_rank=np.array([1, 1, 0, 0.5, 0], dtype=np.float32),
        items_of_artist=csr([[1, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0]]),
        artist_ids=("a", "b", "c"),
        artist_names=("A", "B", "C"),
        release_ids=("r", "s", "t"),
        genre_names=(),
        languages=(),
    )
    # The row of the country names its items the most played first, so its indices are not sorted.
    top = sparse.csr_array(
        (np.array([0.5, 0.25, 0.4, 0.2], np.float32), np.array([3, 1, 2, 0], np.int32), np.array([0, 2, 4])),
        shape=(2, 5),
    )
    crowds = Crowds(("trending", "country-XX"), np.array([90, 30], np.int32), top, np.zeros((0, 2), np.float32),
                    sparse.csr_array((0, 5), dtype=np.int32))  # fmt: skip
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8], [-1, 0], [0, 0]], dtype=np.float32)
    moments = Moments(np.arange(30, dtype=np.float32).reshape(5, 6), np.arange(60, dtype=np.float32).reshape(5, 12))
    related = csr([[0, 0.5, 0.2], [0.5, 0, 0.7], [0.2, 0.7, 0]])
    return Catalogue(
        facts, Space(vectors, sparse.csr_array((5, 5), dtype=np.float32)), Relations(related), crowds, moments
    )


def past(items=(), plays=(), days_ago=(), weights=None, session=(), skipped=None) -> Past:
    last = [NEVER if ago is None else (TODAY - ago) * DAY_MS for ago in days_ago]
    return Past(
        np.array(items, dtype=np.int32),
        np.array(plays if weights is None else weights, dtype=np.float32),
        np.array(plays, dtype=np.float32),
        np.array(last, dtype=np.int64),
        np.array(session, dtype=np.int32),
        np.zeros(len(session), dtype=np.bool_) if skipped is None else np.array(skipped),
        TODAY * DAY_MS,
        np.zeros(len(items), dtype=np.bool_),
    )


NO_PARTS = (np.zeros((0, 5), dtype=np.float32), ())


def table(catalogue, of, moment=None, items=range(5), blend=None, parts=NO_PARTS):
    """Each signal by name, for these items."""
    items = np.array(items, dtype=np.int32)
    blend = np.zeros(len(items), dtype=np.float32) if blend is None else np.array(blend, dtype=np.float32)
    found = Signals(catalogue).of(of, items, blend, *parts, moment or Moment())
    assert found.dtype == np.float32
    return dict(zip(NAMES, found.T, strict=True))


def same(found, expected):
    return found == pytest.approx(np.array(expected), nan_ok=True, abs=1e-5)


def test_every_column_has_a_name_of_its_own_and_a_meaning():
    assert len(set(NAMES)) == len(SIGNALS)
    assert all(signal.meaning for signal in SIGNALS)


def test_scores_are_standardised_and_placed(catalogue):
    parts = np.array([[0, 0, 0, 2, 2], [1, 1, 1, 1, 1]], dtype=np.float32)
    found = table(catalogue, past(), blend=[1, 2, 3, 4, 5], parts=(parts, ("ease", "newcomers")))
    assert same(found["blend"], np.array([-2, -1, 0, 1, 2]) / np.sqrt(2))
    assert same(found["blend_place"], np.log([5, 4, 3, 2, 1]))
    assert same(found["part_ease"], (np.array([0, 0, 0, 2, 2]) - 0.8) / np.sqrt(0.96))
    assert np.isnan(found["part_als"]).all()


def test_what_the_history_says_of_the_artist(catalogue):
    found = table(catalogue, past(items=[0, 2], plays=[3, 1], days_ago=[7, None]))
    assert same(found["artist_share"], [0.75, 0.75, 0.25, 0, NAN])
    assert same(found["artist_items"], [np.log(2), np.log(2), np.log(2), 0, NAN])
    assert same(found["artist_days"], [np.log(8), np.log(8), NAN, NAN, NAN])
    assert same(found["release_items"], [np.log(2), np.log(2), np.log(2), 0, NAN])
    assert same(found["related"], [0.5, 0.5, 0.5, 0.7, NAN])


def test_the_latest_play_of_any_of_the_artists_items_counts(catalogue):
    found = table(catalogue, past(items=[0, 1], plays=[3, 1], days_ago=[7, 2]))
    assert same(found["artist_days"][:2], [np.log(3)] * 2)
    assert same(found["artist_items"][:2], [np.log(3)] * 2)


def test_what_was_liked_and_never_played_counts_as_one_play_and_what_was_disliked_not_at_all(catalogue):
    found = table(catalogue, past(items=[0, 2, 3], plays=[3, 0, 8], days_ago=[1, None, 1], weights=[3, 1, -1]))
    assert same(found["artist_share"], [0.75, 0.75, 0.25, 0, NAN])
    assert same(found["artist_items"][3], 0)
    assert same(found["history_size"], [np.log(3)] * 5)
    assert same(found["item_plays"], [np.log(4), 0, 0, np.log(9), 0])


def test_replays(catalogue):
    found = table(catalogue, past(items=[0, 2], plays=[3, 1], days_ago=[7, None]))
    assert same(found["item_plays"], [np.log(4), 0, np.log(2), 0, 0])
    assert same(found["item_days"], [np.log(8), NAN, NAN, NAN, NAN])


def test_nearness_to_the_sitting_leaves_out_what_was_skipped(catalogue):
    found = table(catalogue, past(session=[1, 0], skipped=[True, False]))
    assert same(found["near_session"], [1, 0, 0.6, -1, NAN])
    # Only the first column of audio tells items apart: its standard deviation is that of 0, 2, 4.
    assert same(found["sound_gap"], [0, 2 / np.sqrt(8 / 3), 4 / np.sqrt(8 / 3), NAN, NAN])
    assert np.isnan(table(catalogue, past(session=[1], skipped=[True]))["near_session"]).all()


def test_nearness_to_the_history(catalogue):
    found = table(catalogue, past(items=[0, 1], plays=[1, 1], days_ago=[1, 1]))
    half = np.sqrt(0.5)
    assert same(found["near_history"], [half, half, 1.4 * half, -half, NAN])


def test_facts(catalogue):
    found = table(catalogue, past())
    assert same(found["popularity"], np.log([0.5, 0.25, 0.1, 0.2, 1e-6]))
    assert same(found["artist_popularity"], [1, 1, 0, 0.5, 0])
    assert same(found["release_days"], [np.log(10), 0, NAN, 0, np.log(TODAY + 1)])
    assert same(found["explicit"], [1, 0, NAN, 0, 0])


def test_days_since_a_year_are_told_once_it_is_over(catalogue):
    years = replace(catalogue, facts=replace(catalogue.facts, to_the_day=np.zeros(5, dtype=np.bool_)))
    assert same(table(years, past())["release_days"], [NAN, NAN, NAN, NAN, np.log(TODAY + 1)])


def test_crowds(catalogue):
    found = table(catalogue, past(), Moment(country=1))
    assert same(found["country"], [np.log(0.2 / 0.5), NAN, np.log(0.4 / 0.1), NAN, NAN])
    assert same(found["trending"], [NAN, np.log(0.25 / 0.25), NAN, np.log(0.5 / 0.2), NAN])
    assert np.isnan(found["age"]).all()


def test_the_moment(catalogue):
    found = table(catalogue, past(), Moment(hour=23, month=12, weekday=6))
    assert same(found["hour"], [5, 11, 17, 23, 29])
    assert same(found["month"], [11, 23, 35, 47, 59])
    assert same(found["weekend"], [1] * 5)
    unknown = table(catalogue, past())
    assert all(np.isnan(unknown[name]).all() for name in ("hour", "month", "weekend", "country"))


def test_the_listener(catalogue):
    found = table(catalogue, past(items=[0, 2], plays=[3, 1], days_ago=[7, None]))
    assert same(found["history_size"], [np.log(3)] * 5)
    assert same(found["history_popularity"], [0.625] * 5)
    assert same(found["novelty"], [-0.375, -0.125, 0.375, 0.125, 0.625])
    assert same(found["history_repeats"], [0.5] * 5)


def test_a_listener_of_whom_nothing_is_known(catalogue):
    found = table(catalogue, past())
    unknown = ("artist_share", "related", "artist_days", "near_history", "novelty", "history_repeats")
    assert all(np.isnan(found[name]).all() for name in unknown)
    assert same(found["artist_items"], [0, 0, 0, 0, NAN])


def test_no_candidates(catalogue):
    found = Signals(catalogue).of(
        past(), np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros((0, 0), np.float32), (), Moment()
    )
    assert found.shape == (0, len(NAMES))


@settings(max_examples=examples(30), deadline=None)
@given(st.permutations(range(5)), st.lists(st.integers(0, 4), unique=True))
def test_the_order_of_the_candidates_does_not_matter(catalogue, order, history):
    history = sorted(history)
    listener = past(items=history, plays=[1 + item for item in history], days_ago=history, session=history)
    blend = np.array([0.3, 0.1, 0.5, 0.2, 0.9])
    straight, turned = (
        table(catalogue, listener, blend=blend),
        table(catalogue, listener, items=order, blend=blend[order]),
    )
    assert all(same(turned[name], straight[name][order]) for name in NAMES)


@given(st.lists(st.floats(-100, 100, width=32) | st.sampled_from([NAN, -np.inf]), min_size=1, max_size=20))
def test_standardised_scores_have_mean_0_and_deviation_1_over_what_is_known(values):
    values = np.array(values, dtype=np.float32)
    found = standardised(values)
    known = np.isfinite(values)
    assert np.isnan(found[~known]).all()
    if known.any():
        assert found[known].mean() == pytest.approx(0, abs=1e-3)
        spread = values[known].astype(np.float64).std()
        if spread > 1e-3:
            assert found[known].std() == pytest.approx(1, abs=1e-2)


def test_equal_scores_are_0():
    assert standardised(np.full(7, 0.1)).tolist() == [0] * 7
