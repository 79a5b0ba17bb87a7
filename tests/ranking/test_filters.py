import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from segue.library.records import load_record, save_record
from segue.ranking.catalogue import NO_DAY, UNKNOWN, Facts
from segue.ranking.filters import Wanted, allowed, audio_spread, target_penalty

NAN = math.nan


def day(year: int) -> int:
    return (date(year, 6, 1) - date(1970, 1, 1)).days


# Six items: two artists and one item of nobody, three releases, five works (items 0 and 1 are versions of one song).
FACTS = Facts(
    artist=np.array([0, 0, 1, 1, 1, UNKNOWN], np.int32),
    release=np.array([0, 1, 2, 2, UNKNOWN, UNKNOWN], np.int32),
    work=np.array([0, 0, 1, 2, 3, 4], np.int32),
    day=np.array([day(1969), day(1990), day(1999), day(2000), NO_DAY, day(2024)], np.int32),
    to_the_day=np.array([True, True, False, True, True, True]),
    explicit=np.array([1, 0, UNKNOWN, 0, 1, 0], np.int8),
    language=np.array([0, 1, UNKNOWN, 0, 1, 2], np.int16),
    audio=np.array([[0.1, 60], [0.3, NAN], [0.5, 100], [0.7, 120], [NAN, NAN], [0.9, 140]], np.float32),
    genres=sparse.csr_array(
        np.array([[1, 0, 0], [0.5, 0.5, 0], [0, 0, 1], [0, 0.3, 0.7], [0, 0, 0], [0, 1, 0]], np.float32)
    ),
    popularity=np.array([0.5, 0.4, 0.3, 0.2, 0.1, 0.0], np.float32),
    rank=np.array([1.0, 0.8, 0.6, 0.4, 0.2, 0.0], np.float32),
    artist_rank=np.zeros(6, np.float32),
    items_of_artist=sparse.csr_array((2, 6), dtype=np.float32),
    credited=sparse.csr_array(np.array([[1, 0, 0], [1, 0, 1], [0, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 0]], np.bool_)),
    credited_ids=("lark", "gull", "guest"),
    artist_ids=("lark", "gull"),
    artist_names=("The Larks", "Gull Choir"),
    release_ids=("days", "nights", "tides"),
    genre_names=("folk", "pop", "jazz"),
    languages=("en", "sv", "pt"),
)
ALL = np.arange(6)


def codes(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        (Wanted(), [0, 1, 2, 3, 4, 5]),
        (Wanted(explicit=False), [1, 2, 3, 5]),
        (Wanted(genres=codes(1)), [1, 3, 5]),
        (Wanted(genres=codes(0, 2)), [0, 1, 2, 3]),
        (Wanted(decades=codes(1990)), [1, 2]),
        (Wanted(decades=codes(1960, 2020)), [0, 5]),
        (Wanted(languages=codes(0)), [0, 2, 3]),
        (Wanted(ranges=((0, 0.3, 0.7),)), [1, 2, 3]),
        (Wanted(ranges=((0, 0.0, 1.0), (1, 90, 130))), [2, 3]),
        (Wanted(popularity=(0.4, 0.8)), [1, 2, 3]),
        (Wanted(popularity=(0.0, 0.4)), [3, 4, 5]),
        (Wanted(never_credited=codes(1)), [0, 1, 5]),
        (Wanted(never_credited=codes(2)), [0, 2, 3, 5]),
        (Wanted(never_releases=codes(2, 0)), [1, 4, 5]),
        (Wanted(never_works=codes(0)), [2, 3, 4, 5]),
        (Wanted(within=codes(1, 4, 5)), [1, 4, 5]),
        (Wanted(within=codes()), []),
        (Wanted(explicit=False, genres=codes(1), never_credited=codes(0)), [3, 5]),
    ],
)
def test_only_what_is_wanted_is_left(wanted, left):
    assert np.flatnonzero(allowed(FACTS, ALL, wanted)).tolist() == left
    assert wanted.everything == (len(left) == 6)


WANTED = st.builds(
    Wanted,
    explicit=st.booleans(),
    genres=st.sets(st.integers(0, 2)).map(lambda found: codes(*found)),
    decades=st.sets(st.sampled_from([1960, 1990, 2000])).map(lambda found: codes(*found)),
    never_works=st.sets(st.integers(0, 5)).map(lambda found: codes(*found)),
    within=st.none() | st.sets(st.integers(0, 5)).map(lambda found: codes(*sorted(found))),
)


@given(WANTED, st.lists(st.integers(0, 5)))
def test_an_item_is_allowed_or_not_whatever_stands_beside_it(wanted, items):
    alone = allowed(FACTS, ALL, wanted)
    asked = np.array(items, dtype=np.int32)
    assert allowed(FACTS, asked, wanted).tolist() == alone[asked].tolist()
    if wanted.everything:
        assert alone.all()


def test_facts_read_from_disk_can_be_filtered(tmp_path):
    save_record(FACTS, tmp_path / "facts")
    facts = load_record(Facts, tmp_path / "facts")
    assert allowed(facts, ALL, Wanted(genres=codes(0))).tolist() == [True, True, False, False, False, False]
    assert (
        allowed(facts, ALL, Wanted(decades=codes(1990), ranges=((0, 0.4, 1.0),))).tolist()
        == [False] * 2 + [True] + [False] * 3
    )
    np.testing.assert_array_equal(audio_spread(facts), audio_spread(FACTS))


def test_the_spread_is_that_of_what_is_known():
    spread = audio_spread(FACTS)
    assert spread.dtype == np.float32
    # Of 0.1, 0.3, 0.5, 0.7, 0.9; and of 60, 100, 120, 140.
    np.testing.assert_allclose(spread, [math.sqrt(0.08), math.sqrt(875)], rtol=1e-6)
    unknown = replace(FACTS, audio=np.column_stack([np.full(6, NAN), np.full(6, 3)]).astype(np.float32))
    assert audio_spread(unknown).tolist() == [1, 1]


def test_items_are_as_far_from_targets_as_their_sound():
    spread = np.array([0.2, 20], np.float32)
    near = target_penalty(FACTS, ALL, ((0, 0.5),), spread)
    # 2, 1, 0, 1 and 2 spreads away, 1.2 in the mean.
    np.testing.assert_allclose(near, [2, 1, 0, 1, 1.2, 2], rtol=1e-6)
    both = target_penalty(FACTS, ALL, ((0, 0.5), (1, 120.0)), spread)
    # Tempos are 3, 1, 0 and 1 away: 1.25 in the mean.
    np.testing.assert_allclose(both, [2.5, 1.125, 0.5, 0.5, 1.225, 1.5], rtol=1e-6)
    assert both.dtype == np.float32


def test_targets_that_say_nothing_cost_nothing():
    spread = np.array([0.2, 20], np.float32)
    assert target_penalty(FACTS, ALL, (), spread).tolist() == [0] * 6
    assert target_penalty(FACTS, np.array([4]), ((0, 0.5), (1, 100.0)), spread).tolist() == [0]
    assert target_penalty(FACTS, np.zeros(0, np.int32), ((0, 0.5),), spread).tolist() == []
