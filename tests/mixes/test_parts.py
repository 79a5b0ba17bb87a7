"""The parts that mixes are made of."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.engine.request import Context, History, Listen, Recommendation
from segue.errors import NotFound
from segue.library.tables import AUDIO_FEATURES
from segue.mixes.base import For
from segue.mixes.clock import monday_of, settled, week_number
from segue.mixes.covers import cover_of
from segue.mixes.knowing import familiar, known
from segue.mixes.listening import fors_of, timed
from segue.mixes.ordering import apart, capped, drawn, interleaved
from segue.mixes.saying import and_more, times
from segue.mixes.tastes import Taste, shares, taste_of, tastes
from tests.mixes.conftest import AT

JULY = int(datetime(2025, 7, 9, tzinfo=UTC).timestamp() * 1000)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)))  # noqa: DTZ001
def test_weeks_begin_on_mondays_and_are_counted_without_gaps(when):
    at = when.replace(tzinfo=UTC)
    monday = monday_of(at)
    assert monday <= at < monday + timedelta(days=7)
    assert (monday.weekday(), monday.hour) == (0, 0)
    assert week_number(at) == week_number(monday) == week_number(monday + timedelta(days=7)) - 1


def test_at_the_end_of_a_year_of_53_weeks_too():
    assert week_number(datetime(2021, 1, 4, tzinfo=UTC)) == week_number(datetime(2020, 12, 31, tzinfo=UTC)) + 1


def test_settled_forgets_what_came_later():
    listens = (Listen("a", JULY - 1), Listen("b", JULY), Listen("c", None))
    one = For("me", History(listens, likes=("d",)), AT, Context(hour=3, country="SE"))
    then = settled(one, datetime(2025, 7, 9, tzinfo=UTC))
    assert [listen.item_id for listen in then.history.listens] == ["a", "c"]
    assert then.history.likes == ("d",)
    assert then.context == Context(now_ms=JULY, month=7, country="SE")


def _two_groups():
    """Twenty vectors around one axis and ten around another, the last of which is nothing."""
    rng = np.random.default_rng(3)
    vectors = rng.normal(0, 0.05, (31, 4)).astype(np.float32)
    vectors[:20, 0] += 1
    vectors[20:30, 1] += 1
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[30] = 0
    return vectors


def test_tastes_are_the_groups_that_lie_together():
    vectors = _two_groups()
    found = tastes(np.arange(31, dtype=np.int32), np.ones(31), vectors, 6, per_taste=15)
    assert [sorted(taste.items.tolist()) for taste in found] == [list(range(20)), list(range(20, 30))]
    assert found[0].weight == pytest.approx(20 * np.log(2))
    assert taste_of(np.array([0, 25]), found, vectors).tolist() == [0, 1]


def test_a_taste_of_few_items_is_given_up():
    vectors = _two_groups()
    items = np.array([*range(20), 20, 21], dtype=np.int32)
    [only] = tastes(items, np.ones(len(items)), vectors, 6, per_taste=10)
    assert sorted(only.items.tolist()) == items.tolist()
    assert tastes(items[:0], np.ones(0), vectors, 6) == []


def test_places_are_shared_by_the_root_of_the_weight():
    def of_weight(weight):
        return Taste(np.zeros(1, dtype=np.int32), weight, np.zeros(2))

    assert shares([of_weight(16.0), of_weight(1.0)], 10) == [8, 2]
    assert shares([of_weight(5.0)] * 3, 10) == [4, 3, 3]


def test_parts_are_spread_evenly():
    assert interleaved(["aaaa", "bb"]) == ["a", "b", "a", "a", "b", "a"]
    assert interleaved([[], "a"]) == ["a"]


def test_drawing_favours_what_is_worth_more():
    worth = np.array([0.0, 1.0, 1.0, 50.0])
    firsts = [drawn(worth, seed)[0] for seed in range(200)]
    # 50 of 52 on average.
    assert firsts.count(3) > 175
    assert all(drawn(worth, seed)[-1] == 0 for seed in range(20))


@given(st.lists(st.integers(0, 400), min_size=1, max_size=30, unique=True))
def test_no_artist_stands_twice_in_a_row(engines, items):
    engine = engines[0]
    tracks = [Recommendation(name, name, (), 0.0, "") for name in engine.ids.names(items)]
    found = apart(tracks, engine)
    codes = engine.catalogue.facts.artist[engine.places([one.item_id for one in found])].tolist()
    assert all(one != other for one, other in pairwise(codes))
    whose = np.bincount(engine.catalogue.facts.artist[items])
    # What is left out is what one artist has too much of.
    assert len(found) == min(len(items), 2 * (len(items) - int(whose.max())) + 1)


def test_caps_count_what_is_there_already(engine):
    facts = engine.catalogue.facts
    artist = int(np.argmax(np.bincount(facts.artist)))
    theirs = np.flatnonzero(facts.artist == artist)[:6]
    tracks = [Recommendation(name, name, (), 0.0, "") for name in engine.ids.names(theirs)]
    assert [one.item_id for one in capped(tracks, engine, 10, 2)] == [one.item_id for one in tracks[:2]]
    assert capped(tracks, engine, 1, 4, {int(facts.work[theirs[0]])}) == [tracks[1]]


def test_familiar_tracks_say_how_often_and_when_last(engine):
    names = engine.ids.names(np.unique(engine.catalogue.facts.work, return_index=True)[1][:6])
    june = int(datetime(2025, 6, 30, 23, tzinfo=UTC).timestamp() * 1000)
    listens = (
        *[Listen(names[0], june)] * 11, Listen(names[0], JULY), Listen(names[1], june), Listen(names[2], plays=2.0),
        Listen(names[4], JULY, 3.0),
    )  # fmt: skip
    history = History(listens, likes=(names[3], names[4]), playlists=((names[5],),))
    told = known(For("me", history, AT), engine)
    said = {track.item_id: track.reasons[0].text for track in familiar(told, engine)}
    assert said == {
        names[0]: "you played it 12 times, last in July 2025",
        names[1]: "you played it once, in June 2025",
        names[2]: "you played it twice",
        names[3]: "you like it",
        names[4]: "you like it and played it 3 times, last in July 2025",
        names[5]: "it is on a playlist of yours",
    }


def test_names_and_numbers_in_words():
    assert and_more([]) == ""
    assert and_more(["Anna", "Anna", "Cee"]) == "Anna and Cee"
    assert and_more(["Anna", "Cee", "Dee"]) == "Anna, Cee and more"
    assert [times(number) for number in (1, 2, 1234)] == ["once", "twice", "1,234 times"]


def test_a_cover_is_like_its_music(engine):
    energy = np.nan_to_num(engine.catalogue.facts.audio[:, AUDIO_FEATURES.index("energy")], nan=0.5)
    calm, busy = (cover_of("k", order[:20], engine, "w") for order in (np.argsort(energy), np.argsort(-energy)))
    assert calm.pattern in {"waves", "rings"}
    assert busy.pattern in {"rays", "mosaic"}
    assert calm.energy < busy.energy
    assert calm == cover_of("k", np.argsort(energy)[:20], engine, "w")
    assert calm.seed != cover_of("other", np.argsort(energy)[:20], engine, "w").seed
    assert cover_of("k", np.zeros(0), engine, "w").item_ids == ()


def test_listeners_of_a_library_bring_every_listen_for_itself(small_library):
    at = datetime(2024, 1, 2, 12, tzinfo=UTC)
    one, other = fors_of(["u1", "u3"], small_library, "track", at)
    assert one.history.listens == (
        Listen("t1", int(datetime(2024, 1, 1, tzinfo=UTC).timestamp() * 1000), 1.0, skipped=False),
        Listen("t1", int(datetime(2024, 1, 2, tzinfo=UTC).timestamp() * 1000), 1.0, skipped=False),
    )
    # Its feedback has no time, so nobody can say that it came later.
    assert one.history.likes == ("t3",)
    assert (one.context.country, one.context.hour, one.context.weekday) == ("DE", 13, 1)
    assert one.context.age == 2024 - 1990
    assert other.history == History()
    assert other.context.hour is None
    [by_artist] = fors_of(["u1"], small_library, "artist", at)
    assert [listen.item_id for listen in by_artist.history.listens] == ["a1", "a1"]
    with pytest.raises(NotFound, match="no listener 'u9'"):
        fors_of(["u9"], small_library, "track", at)


def test_listens_are_counted_from_a_time_on(engine):
    names = engine.ids.names([0, 1])
    history = History((Listen(names[0], JULY), Listen(names[0], JULY - 1), Listen(names[1]), Listen("no such", JULY)))
    found = timed(For("me", history, AT), engine)
    assert found.counts(2).tolist() == [2, 0]
    assert found.since(JULY).counts(2).tolist() == [1, 0]
    assert date(2025, 7, 9).toordinal() == AT.date().toordinal() - 119
