"""Each product on cases where what must be in it is known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from segue.engine.request import Context, Exclusion, Exclusions, History, Listen
from segue.mixes.base import For
from segue.mixes.registry import product
from tests.mixes.conftest import AT

DAY_MS = 86_400_000
NOW_MS = int(AT.timestamp() * 1000)


def ago(days: float) -> int:
    return NOW_MS - int(days * DAY_MS)


def ids(mix) -> list[str]:
    return [track.item_id for track in mix.tracks]


@pytest.fixture
def names(engine) -> list[str]:
    """One item of each of forty artists."""
    _, first = np.unique(engine.catalogue.facts.artist, return_index=True)
    return engine.ids.names(np.sort(first)[:40])


def test_on_repeat_is_what_was_played_most_in_the_last_thirty_days(engine, names):
    listens = [Listen(names[0], ago(300))] * 50 + [Listen(names[7], ago(2), skipped=True)] * 20
    for place, name in enumerate(names[1:7]):
        listens += [Listen(name, ago(3 + day)) for day in range(place + 1)]
    [[mix]] = product("on-repeat").make([For("me", History(tuple(listens)), AT)], engine)
    assert ids(mix) == names[6:1:-1]
    assert [reason.text for reason in mix.tracks[0].reasons] == ["you played it 6 times in the last 30 days"]
    assert mix.tracks[-1].reasons[0].text == "you played it twice in the last 30 days"
    assert mix.until == datetime(2025, 11, 6, tzinfo=UTC)


def test_rewind_is_what_was_loved_and_not_heard_for_half_a_year(engine, names):
    loved = [Listen(name, ago(250 + place)) for place, name in enumerate(names[:8])] * 3
    heard_again = [Listen(names[0], ago(20))]
    recent = [Listen(name, ago(40)) for name in names[10:20]] * 5
    once = [Listen(name, ago(300)) for name in names[20:30]]
    first = [Listen(names[30], ago(500))]
    one = For("me", History((*loved, *heard_again, *recent, *once, *first)), AT)
    [[mix]] = product("rewind").make([one], engine)
    assert sorted(ids(mix)) == sorted(names[1:8])
    assert {reason.text for track in mix.tracks for reason in track.reasons} <= {
        "you played it 3 times, last in February 2025", "you played it 3 times, last in March 2025"
    }  # fmt: skip


def test_rewind_of_a_short_history_is_its_oldest_third(engine, names):
    listens = [Listen(name, ago(90 - place)) for place, name in enumerate(names)] * 2
    [[mix]] = product("rewind").make([For("me", History(tuple(listens)), AT)], engine)
    # 90 days; counted from the Monday, two days and a half ago, the oldest third ends some 60 days ago.
    assert set(ids(mix)) <= set(names[:32])
    assert set(ids(mix)) >= set(names[:5])


def test_discover_weekly_is_by_nobody_of_whom_something_is_disliked(engine, fors):
    facts = engine.catalogue.facts
    for one in fors:
        [[mix]] = product("discover-weekly").make([one], engine)
        disliked = mix.tracks[0].item_id
        artist = facts.artist[engine.places([disliked])[0]]
        [[other]] = product("discover-weekly").make(
            [replace(one, history=replace(one.history, dislikes=(*one.history.dislikes, disliked)))], engine
        )
        assert artist in facts.artist[engine.places(ids(mix))]
        assert artist not in facts.artist[engine.places(ids(other))]


def test_discover_weekly_is_full_and_until_next_monday(engine, fors):
    for (mix,) in product("discover-weekly").make(fors, engine):
        assert len(mix.tracks) >= 25
        assert mix.until == datetime(2025, 11, 10, tzinfo=UTC)


def test_discover_weekly_has_something_for_every_taste(engine):
    """A listener of two genres, one of them four times as much: the other gets a third of the places, not a fifth."""
    facts, rng = engine.catalogue.facts, np.random.default_rng(0)
    owners = np.asarray(facts.genres.argmax(axis=1)).ravel()
    by_size = np.argsort(-np.bincount(owners), kind="stable")
    much, little = (np.flatnonzero(owners == genre) for genre in by_size[:2])
    listens = [Listen(name, ago(30 + place)) for items, n in ((much, 80), (little, 20))
               for place, name in enumerate(engine.ids.names(rng.choice(items, n, replace=False)))]  # fmt: skip
    [[mix]] = product("discover-weekly").make([For("me", History(tuple(listens)), AT)], engine)
    # By what lies nearer to which: ten artists have most of a genre's tracks, and the mix has one track of each.
    vectors = engine.catalogue.space.vectors
    heard = vectors[engine.places([listen.item_id for listen in listens])]
    middles = np.stack([half.sum(axis=0) / np.linalg.norm(half.sum(axis=0)) for half in (heard[:80], heard[80:])])
    of_little = np.argmax(vectors[engine.places(ids(mix))] @ middles.T, axis=1).sum()
    assert 8 <= of_little <= 20


def test_hidden_gems_are_of_the_less_known_half_of_artists(engine, fors):
    for (mix,) in product("hidden-gems").make(fors, engine):
        assert (engine.catalogue.facts.artist_rank[engine.places(ids(mix))] < 0.5).all()
        assert (engine.catalogue.facts.rank[engine.places(ids(mix))] < 0.9).all(), "a hit is hidden from nobody"


def test_release_radar_is_of_the_last_four_weeks_and_of_artists_that_concern_the_listener(engine, fors):
    facts, related = engine.catalogue.facts, engine.catalogue.relations.related
    seen = 0
    for one, mixes in zip(fors, product("release-radar").make(fors, engine), strict=True):
        own = {int(facts.artist[item]) for item in engine.places([listen.item_id for listen in one.history.listens])}
        near = own | {int(other) for artist in own for other in related[[artist]].indices}
        for mix in mixes:
            items = engine.places(ids(mix))
            age = AT.date().toordinal() - datetime(1970, 1, 1, tzinfo=UTC).toordinal() - facts.day[items]
            assert ((age >= 0) & (age < 28)).all()
            assert set(facts.artist[items].tolist()) <= near
            assert all(track.reasons[0].text.startswith("new from ") for track in mix.tracks)
            seen += len(items)
    assert seen > 0
    long_ago = [
        replace(one, at=datetime(1960, 1, 1, tzinfo=UTC), history=History(likes=one.history.item_ids)) for one in fors
    ]
    assert product("release-radar").make(long_ago, engine) == [()] * len(fors)


def test_release_radar_leaves_out_what_came_out_some_day_of_the_year(engine, fors):
    facts = engine.catalogue.facts
    years = replace(facts, to_the_day=np.zeros(facts.n_items, dtype=np.bool_))
    vague = replace(engine, catalogue=replace(engine.catalogue, facts=years))
    assert product("release-radar").make(fors, vague) == [()] * len(fors)


def test_daily_mixes_are_half_known_and_named_by_what_they_hold(engine, fors):
    found = product("daily-mix").make(fors, engine)
    assert len(found[-1]) > len(found[0])
    assert max(map(len, found)) <= 6
    for one, mixes in zip(fors, found, strict=True):
        heard = {listen.item_id for listen in one.history.listens} | set(one.history.likes)
        heard |= {name for playlist in one.history.playlists for name in playlist}
        all_known: list[str] = []
        for number, mix in enumerate(mixes, 1):
            known = [track for track in mix.tracks if track.item_id in heard]
            assert mix.title.startswith(f"Daily Mix {number}: {known[0].artists[0]}"[: len("Daily Mix 1: ")])
            assert len(mix.tracks) >= 5
            assert 0 < len(known) <= len(mix.tracks) / 2 + 1
            assert any(track.artists[0] in mix.title for track in known)
            all_known += [track.item_id for track in mix.tracks]
        assert len(set(all_known)) == len(all_known), "a track in two of the mixes"


def test_daily_mixes_are_others_the_next_day(engine, fors):
    one = fors[-1]
    today, tomorrow = product("daily-mix").make([one, replace(one, at=one.at + timedelta(days=1))], engine)
    assert [mix.key for mix in today] == [f"daily-mix-{number}" for number in range(1, len(today) + 1)]
    assert {name for mix in today for name in ids(mix)} != {name for mix in tomorrow for name in ids(mix)}


def _by_the_clock(names, hour_of_first, hour_of_second) -> History:
    """The first ten always at one hour (UTC), the next ten always at another."""
    listens = []
    for day in range(1, 40):
        midnight = datetime(2025, 11, 5, tzinfo=UTC) - timedelta(days=day)
        for place, name in enumerate(names[:20]):
            hour = hour_of_first if place < 10 else hour_of_second
            listens.append(Listen(name, int((midnight + timedelta(hours=hour, minutes=place)).timestamp() * 1000)))
    return History(tuple(listens))


def test_your_evening_is_what_you_play_in_the_evening(engine, names):
    one = For("me", _by_the_clock(names, 18, 8), datetime(2025, 11, 5, 17, tzinfo=UTC))
    [[mix]] = product("time-of-day").make([one], engine)
    assert mix.title == "Your evening"
    known = [track for track in mix.tracks if track.item_id in names[:20]]
    assert known
    assert {track.item_id for track in known} <= set(names[:10])
    assert {reason.text for track in known for reason in track.reasons} == {"you played it 39 times in the evening"}
    assert len(known) < len(mix.tracks)
    assert mix.until == datetime(2025, 11, 5, 20, tzinfo=UTC)


def test_the_hour_is_the_listeners_own(engine, names):
    """At 9 UTC it is evening where the clock is nine hours ahead, and what was played at 9 UTC was played in the evening."""
    one = For("me", _by_the_clock(names, 9, 0), datetime(2025, 11, 5, 9, tzinfo=UTC), Context(hour=18))
    [[mix]] = product("time-of-day").make([one], engine)
    assert mix.title == "Your evening"
    known = {track.item_id for track in mix.tracks if track.item_id in names[:20]}
    assert known
    assert known <= set(names[:10])


def test_what_was_heard_lately_stays_away_where_that_is_asked(engine, names):
    listens = tuple(Listen(name, ago(3 if place < 10 else 60)) for place, name in enumerate(names[:30]))
    one = For("me", History(listens), AT, exclusions=Exclusions(heard_within_days=14))
    found = {name for mixes in product("daily-mix").make([one], engine) for mix in mixes for name in ids(mix)}
    assert not found & set(names[:10])
    assert found & set(names[10:30])


def test_somebody_elses_music_is_no_taste(engine, names):
    listens = tuple(Listen(name, ago(3)) for name in names[:20])
    one = For("me", History(listens), AT, exclusions=Exclusions(not_my_taste=tuple(names[:19])))
    assert product("daily-mix").make([one], engine) == [()]


def test_an_exclusion_ends(engine, names):
    listens = tuple(Listen(name, ago(3)) for name in names[:20]) * 2
    never = Exclusions((Exclusion("item", names[0], ago(-1)), Exclusion("item", names[1], ago(5))))
    [[mix]] = product("on-repeat").make([For("me", History(listens), AT, exclusions=never)], engine)
    assert names[0] not in ids(mix)
    assert names[1] in ids(mix)
