import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import BadRequest, NotFound
from segue.mixes.station import Seed, StationState, leaning, played, start
from segue.mixes.station_state import MOST_OPINIONS, OUTCOMES, REMEMBERED, Play

HOUR = 3_600_000

texts = st.text(max_size=8)
states = st.builds(
    StationState, st.sampled_from(["track", "genre", "words"]), texts, st.tuples(texts, texts), st.tuples(texts), st.tuples(texts),
    st.just((("energy", 0.25), ("tempo", 90.0))),
    st.lists(st.builds(Play, texts, st.integers(-(2**40), 2**40), st.sampled_from(OUTCOMES)), max_size=4).map(tuple),
    st.integers(0, 2**40), st.integers(0, 2**63),
)  # fmt: skip


@given(states)
def test_a_state_is_the_same_after_json(state):
    assert StationState.from_json(state.to_json()) == state
    assert hash(StationState.from_json(state.to_json())) == hash(state)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"colour": "red"}, "unknown field 'colour'"),
        ({"version": 2}, "version 2, not 1"),
        ({"plays": [["t", 1, "loved"]]}, "an outcome is 'loved'"),
        ({"plays": [["t", "noon", "played"]]}, "plays holds 'noon'"),
        ({"plays": [["t", 1]]}, "damaged"),
        ({"kind": "film"}, "kind 'film'"),
        ({"targets": [["colour", 0.5]]}, "targets has 'colour'"),
        ({"count": True}, "count holds True"),
        ({"item_ids": "t1"}, "item_ids holds 't1'"),
    ],
)
def test_what_is_no_state_is_refused_in_one_line(change, says):
    stored = json.loads(StationState("track", "One", ("t1",)).to_json())
    with pytest.raises(BadRequest, match=says) as told:
        StationState.from_json(json.dumps(stored | change))
    assert "start the station anew" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"version": 1}', '{"version": NaN}', "[" * 100_000])
def test_what_is_no_json_of_a_state_is_refused(text):
    with pytest.raises(BadRequest, match="start the station anew"):
        StationState.from_json(text)


def test_what_is_told_last_of_a_track_counts():
    state = played(StationState("track", "One", ("t1",)), "t1", 5, "played")
    assert played(state, "t1", 5, "liked").plays == (Play("t1", 5, "liked"),)
    assert played(state, "t1", 5, "liked").count == 1
    assert played(state, "t1", 6, "skipped").plays == (Play("t1", 5, "played"), Play("t1", 6, "skipped"))
    with pytest.raises(BadRequest, match="not 'loved'"):
        played(state, "t1", 7, "loved")


def test_a_state_does_not_grow_for_ever_and_forgets_no_late_play():
    state = StationState("track", "One", ("t1",))
    for number in range(1_500):
        outcome = "liked" if number % 3 == 0 else "played"
        state = played(state, f"t{number}", number * HOUR // 60, outcome)
    assert state.count == 1_500
    assert len(state.plays) <= REMEMBERED + MOST_OPINIONS + 180
    late = {f"t{number}" for number in range(1_500 - 180, 1_500)}
    assert late <= {play.item_id for play in state.plays}
    assert [play.at_ms for play in state.plays] == sorted(play.at_ms for play in state.plays)


def test_a_mood_must_be_of_features_there_are():
    state = StationState("track", "One", ("t1",))
    assert leaning(state, {"energy": 0.2}).targets == (("energy", 0.2),)
    with pytest.raises(BadRequest, match="cannot lean to 'colour'"):
        leaning(state, {"colour": 1})


def test_seeds_that_are_none_are_refused(engine):
    for seed, says in [
        (("track", "nothing"), "no item 'nothing'"), (("artist", "nobody"), "no artist 'nobody'"),
        (("genre", "zydecore"), "no genre 'zydecore' here: there are "), (("tag", "zydecore"), "nothing here is tagged 'zydecore'"),
        (("playlist", ("x", "y")), "none of the 2 tracks"), (("words", "zydecore xyz"), "says nothing of music here"),
    ]:  # fmt: skip
        with pytest.raises(NotFound, match=says):
            start(Seed(*seed), engine)
    for seed in [("film", "x"), ("playlist", "x"), ("track", ("x",)), ("track", "")]:
        with pytest.raises(BadRequest):
            Seed(*seed)


def test_what_a_station_is_called(engine):
    facts = engine.catalogue.facts
    assert start(Seed("artist", facts.artist_ids[2]), engine).name == facts.artist_names[2]
    assert start(Seed("genre", "POP"), engine).genres == ("pop",)
    assert start(Seed("words", "calm evening"), engine).name == "calm evening"
    assert start(Seed("genre", "pop", "Sunday pop"), engine).name == "Sunday pop"
    assert replace(start(Seed("tag", "calm"), engine)).tags == ("calm",)
