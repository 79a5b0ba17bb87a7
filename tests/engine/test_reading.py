import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.engine.reading import DISLIKE, LIKE, LONGEST_SITTING, ON_PLAYLIST, past_of
from segue.engine.request import Exclusions, History, Listen, Request
from segue.ranking.past import NEVER, Past

MINUTE = 60_000
LATEST = 10**12


def places(ids) -> np.ndarray:
    """`t0` to `t9` are known."""
    return np.array(
        [int(one[1:]) if one[:1] == "t" and one[1:].isdigit() and int(one[1:]) < 10 else -1 for one in ids], int
    )


def read(history: History, not_my_taste: tuple[str, ...] = (), now_ms: int = 0) -> Past:
    return past_of(Request(history, exclusions=Exclusions(not_my_taste=not_my_taste)), places, now_ms, LATEST)


def test_each_item_once_with_all_that_is_said_of_it():
    past = read(
        History(
            (Listen("t5", 100, 3), Listen("t2", None, 1), Listen("t5", 70, 1, skipped=True), Listen("t5", None, 2)),
            likes=("t2", "t1"), dislikes=("t4",), playlists=(("t1", "t3", "t1"), ("t3",)),
        ),
        now_ms=7,
    )  # fmt: skip
    assert past.items.tolist() == [1, 2, 3, 4, 5]
    assert past.weights.tolist() == [LIKE + 2 * ON_PLAYLIST, 1 + LIKE, 2 * ON_PLAYLIST, DISLIKE, 3 - 0.5 + 2]
    assert past.plays.tolist() == [0, 1, 0, 0, 5]
    assert past.last_ms.tolist() == [NEVER, NEVER, NEVER, NEVER, 100]
    assert past.now_ms == 7
    assert (past.items.dtype, past.weights.dtype, past.plays.dtype) == (np.int32, np.float32, np.float32)


@pytest.mark.parametrize("time", [LATEST + 1, 253_402_300_799_000, 2**80, -1, -(2**80)])
def test_a_time_that_cannot_be_is_not_known(time):
    past = read(History((Listen("t1", time), Listen("t2", LATEST), Listen("t1", time, skipped=True))), now_ms=LATEST)
    assert past.last_ms.tolist() == [NEVER, LATEST]
    assert past.session.tolist() == [2]
    assert past.plays.tolist() == [1, 1]


def test_a_dislike_outweighs_any_number_of_plays_and_likes():
    past = read(History((Listen("t1", plays=1000),), likes=("t1",), dislikes=("t1",)))
    assert past.weights.tolist() == [DISLIKE]


def test_the_latest_sitting_is_what_came_without_a_long_pause_in_order_of_time():
    past = read(
        History((
            Listen("t3", 100 * MINUTE, skipped=True), Listen("t1", 10 * MINUTE), Listen("t2", 75 * MINUTE),
            Listen("t9", None), Listen("no such", 101 * MINUTE), Listen("t2", 105 * MINUTE),
        ))
    )  # fmt: skip
    assert past.session.tolist() == [2, 3, 2]
    assert past.skipped.tolist() == [False, True, False]


def test_a_pause_of_exactly_half_an_hour_does_not_end_a_sitting():
    for pause, session in ((30 * MINUTE, [1, 2]), (30 * MINUTE + 1, [2])):
        assert read(History((Listen("t1", MINUTE), Listen("t2", MINUTE + pause)))).session.tolist() == session


def test_of_a_long_sitting_the_last_are_kept():
    listens = tuple(Listen(f"t{minute % 10}", minute * MINUTE) for minute in range(1, 90))
    past = read(History(listens))
    assert past.session.tolist() == [minute % 10 for minute in range(90 - LONGEST_SITTING, 90)]


def test_what_somebody_else_played_is_neither_taste_nor_what_is_being_listened_to():
    history = History(
        (Listen("t1", MINUTE), Listen("t2", 2 * MINUTE), Listen("t3", 3 * MINUTE)), likes=("t2", "t4"), dislikes=("t3",),
        playlists=(("t4", "t5"),),
    )  # fmt: skip
    past = read(history, not_my_taste=("t2", "t3", "no such", "t4"))
    assert past.items.tolist() == [1, 5]
    assert past.session.tolist() == [1]


def test_nothing_is_nothing():
    for history in (History(), History((Listen("no such", 3),), likes=("neither",), playlists=((),))):
        past = read(history, not_my_taste=("t1",))
        assert len(past.items) == len(past.weights) == len(past.session) == len(past.skipped) == 0
        assert past.row(10).shape == (1, 10)


def test_days_since_are_never_below_0_and_unknown_where_the_time_is():
    past = read(History((Listen("t1", 0), Listen("t2", 3 * 86_400_000), Listen("t3"))), now_ms=2 * 86_400_000)
    np.testing.assert_array_equal(past.days_since(), [2, 0, np.nan])


@pytest.mark.parametrize(("plays", "count"), [({"t1": 2.0, "t2": 0.0, "t3": -1.0}, 2), ({}, 0)])
def test_a_history_of_numbers(plays, count):
    history = History.of(plays)
    assert len(history.item_ids) == count
    assert read(history).weights.tolist() == [2.0, DISLIKE][:count]


listens = st.builds(
    Listen,
    st.sampled_from(["t1", "t2", "t3", "x"]),
    st.none() | st.integers(0, 10**7),
    st.integers(1, 5).map(float),
    st.booleans(),
)


@given(st.lists(listens, max_size=12, unique_by=lambda one: one.time_ms), st.randoms())
def test_the_order_in_which_listens_stand_says_nothing(rows, random):
    mixed = rows.copy()
    random.shuffle(mixed)
    one, other = read(History(tuple(rows))), read(History(tuple(mixed)))
    for name in ("items", "weights", "plays", "last_ms", "session", "skipped"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@given(st.lists(listens, max_size=8), st.lists(listens, max_size=8))
def test_two_histories_together_say_what_both_say(rows, others):
    together = read(History(tuple(rows)) + History(tuple(others)))
    parts = [read(History(tuple(one))) for one in (rows, others)]
    for item, weight in zip(together.items, together.weights, strict=True):
        assert weight == pytest.approx(sum(float(past.weights[past.items == item].sum()) for past in parts))
