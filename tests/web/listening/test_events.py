"""What tells two listens apart must never change: databases hold it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.web.listening.events import (
    NO_TIME,
    NONE,
    event_of_client_id,
    event_of_listen,
    events,
    source_code,
)

NUMBERS = st.none() | st.integers(0, 2**31 - 1)
TIMES = st.none() | st.integers(-(2**53), 2**53)
LISTENS = st.tuples(NUMBERS, NUMBERS, TIMES, NUMBERS, st.none() | st.text(max_size=5))


def _reference(*numbers: int) -> int:
    """Splitmix64 in integers without a bound, as published."""
    state, mask = 0, 2**64 - 1
    for number in numbers:
        state = ((state ^ (number & mask)) + 0x9E3779B97F4A7C15) & mask
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & mask
        state ^= state >> 31
    return state >> 1


def _numbers(listen) -> tuple[int, int, int, int, int]:
    track, artist, time, position, source = listen
    blank = [NONE if value is None else value for value in (track, artist, position)]
    return blank[0], blank[1], NO_TIME if time is None else time, blank[2], source_code(source)


@given(st.lists(LISTENS, min_size=1, max_size=20))
def test_one_and_many_are_the_reference(listens):
    rows = [_numbers(listen) for listen in listens]
    found = events(*np.array(rows, np.int64).T).tolist()
    assert found == [event_of_listen(*listen) for listen in listens]
    assert found == [_reference(*row[:4], row[4] if row[2] == NO_TIME else 0) for row in rows]
    assert all(0 <= event < 2**63 for event in found)


@pytest.mark.parametrize(
    ("listen", "event"),
    [
        ((1, None, 1_700_000_000_000), 6415281843745828819),
        ((None, 1, 1_700_000_000_000), 6089920111048390481),
        ((1, 2, None, 3, "last.fm"), 1270786088634305126),
        ((1, None, None), 3596322405219231166),
    ],
)
def test_events_stay_what_they_are(listen, event):
    assert event_of_listen(*listen) == event


def test_ids_of_senders_have_events_of_their_own():
    assert event_of_client_id("a") == -2665492387500157174
    assert -(2**63) <= event_of_client_id("b") < 0
    assert event_of_client_id("\ud800") != event_of_client_id("a")


def test_a_play_is_one_event_wherever_it_came_from_and_a_count_one_for_each_source():
    assert event_of_listen(1, None, 5, source="a") == event_of_listen(1, None, 5, source="b")
    assert event_of_listen(1, None, None, source="a") != event_of_listen(1, None, None, source="b")
    assert event_of_listen(1, None, None, source=None) != event_of_listen(1, None, None, source="")
    assert event_of_listen(1, None, -1) != event_of_listen(1, None, None)
    assert event_of_listen(1, None, 5, position=0) != event_of_listen(1, None, 5)


def test_a_million_listens_are_a_million_events():
    track, time = np.divmod(np.arange(1_000_000), 1000)
    none = np.full(1_000_000, NONE)
    assert np.unique(events(track, none, time, none, none)).size == 1_000_000
