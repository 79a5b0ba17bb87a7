"""What simulated listeners do."""

from dataclasses import replace

import numpy as np
import pytest

from segue.demo.plays import make_plays
from segue.simulation.course import nothing_yet
from segue.simulation.listening import PAGE, Luck, go_down, own_plays, page_plays, skip_odds, suiting
from segue.simulation.memory import Memory, appeal, heard_as
from segue.simulation.policies import POLICIES, simple_pages
from segue.simulation.world import make_world


@pytest.fixture
def memory(world):
    return Memory.of(world)


def page_of(world, tracks):
    """The same page for everybody."""
    return np.tile(np.resize(tracks, PAGE), (len(world.people), 1))


def test_the_rule_is_the_demo_worlds(world):
    played = make_plays(
        world.seed, world.catalogue, world.people, replace(world.held, strange=np.zeros(len(world.held), bool))
    )
    months = (np.datetime64("2025-01-01") + (played.time_ms // 86_400_000).astype("timedelta64[D]")).astype(
        "datetime64[M]"
    )
    month = months.astype(int) % 12
    steady = world.people.taste[:, 0]
    rows = np.flatnonzero(month == 0)[:500]
    who, track = played.listener[rows], played.track[rows]
    fits = (steady[who] * world.scenes[track]).sum(axis=1)
    bare = 1.2 - suiting(world, steady, who, track) + 0.8 * fits  # less what the scene of the session takes off
    taken_off = bare - played.misfit[rows]
    # The demo takes off 0.8 times what the track has of the session's scene, which is one of its 28.
    possible = 0.8 * world.scenes[track]
    assert np.abs(possible - taken_off[:, np.newaxis]).min(axis=1) == pytest.approx(0, abs=1e-9)


def test_what_does_not_suit_is_skipped_more(world, memory):
    taste = memory.taste(world.taste(0))
    suits = suiting(world, taste, np.arange(len(world.people))[:, np.newaxis], np.arange(world.n_tracks)[np.newaxis])
    order = np.argsort(suits, axis=1)
    luck = Luck.of(world, 0)
    worst, best = go_down(world, memory, 0, order[:, :PAGE], luck), go_down(world, memory, 0, order[:, -PAGE:], luck)
    assert worst.skipped.sum() / worst.reached.sum() > 0.8
    assert best.skipped.sum() / best.reached.sum() < 0.2
    assert best.liked.sum() > 5 * worst.liked.sum()
    # Who meets skips stops sooner.
    assert worst.reached.sum() < best.reached.sum()


def test_a_listener_of_one_scene_skips_the_others(world, memory):
    scene = int(world.scenes.sum(axis=0).argmax())
    only = np.zeros_like(world.taste(0))
    only[:, scene] = 1
    inside = np.argsort(-world.scenes[:, scene])[:50]
    outside = np.argsort(world.scenes[:, scene])[:50]
    who = np.arange(len(world.people))[:, np.newaxis]
    odds = [skip_odds(1.2 - suiting(world, only, who, tracks[np.newaxis])).mean() for tracks in (inside, outside)]
    assert odds[1] > 1.5 * odds[0]


def test_a_page_is_gone_down_from_the_top(world, memory):
    seen = go_down(world, memory, 0, simple_pages(POLICIES["chance"], world, memory, 0), Luck.of(world, 0))
    assert seen.reached[:, 0].all()
    assert (seen.reached[:, 1:] <= seen.reached[:, :-1]).all()
    assert not (seen.liked & seen.skipped).any()
    assert not (seen.skipped & ~seen.reached).any()


def test_luck_is_of_the_listener_and_the_track_whatever_else_is_shown(world, memory):
    luck = Luck.of(world, 2)
    one = go_down(world, memory, 2, page_of(world, np.arange(PAGE)), luck)
    other = go_down(world, memory, 2, page_of(world, np.arange(PAGE)[::-1]), Luck.of(world, 2))
    both = one.reached & other.reached[:, ::-1]
    assert both.any()
    assert (one.skipped == other.skipped[:, ::-1])[both].all()
    assert not np.array_equal(luck.skips, Luck.of(world, 3).skips)


def test_own_choice_does_not_depend_on_pages_but_through_what_they_left(world):
    memory = Memory.of(world)
    before = own_plays(world, memory, 1)
    again = own_plays(world, Memory.of(world), 1)
    assert (before.track == again.track).all()
    assert (before.skipped == again.skipped).all()
    track = int(np.bincount(before.track).argmax())
    memory.exposure[:, track] = 40
    assert (own_plays(world, memory, 1).track == track).sum() < (before.track == track).sum()


def test_nobody_chooses_what_is_not_out():
    world = make_world(seed=1, scale=0.05, weeks=20)
    assert not world.out(0).all()
    memory = Memory.of(world)
    assert world.out(0)[own_plays(world, memory, 0).track].all()
    assert world.out(0)[simple_pages(POLICIES["chance"], world, memory, 0)].all()
    library = world.library(0, *nothing_yet(world))
    assert library.tracks.height == world.out(0).sum()
    assert not library.problems()


def test_listens_of_a_page_follow_each_other_within_the_week(world, memory):
    luck = Luck.of(world, 1)
    seen = go_down(world, memory, 1, simple_pages(POLICIES["popularity"], world, memory, 1), luck)
    plays = page_plays(world, 1, seen, luck)
    assert len(plays) == seen.reached.sum()
    assert (world.starts_ms(1) < plays.time_ms).all()
    assert (plays.time_ms + plays.ms_played < world.starts_ms(2)).all()
    first = plays.only(plays.listener == 0)
    assert (first.time_ms[1:] >= first.time_ms[:-1] + first.ms_played[:-1]).all()
    whole = world.catalogue.discography.duration_ms[plays.track]
    assert (plays.ms_played[~plays.skipped] == whole[~plays.skipped]).all()
    assert (plays.ms_played[plays.skipped] <= 28_000).all()


def test_what_is_known_pleases_more_and_what_is_heard_too_often_less():
    assert appeal(np.array(0.0)) == 0
    assert appeal(np.array(2.0)) > appeal(np.array(1.0)) > 0
    assert appeal(np.array(20.0)) < appeal(np.array(10.0)) < appeal(np.array(3.0))


def test_a_track_of_two_scenes_is_heard_as_the_one_that_is_liked():
    scenes = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0]])
    found = heard_as(np.array([[0.99, 0.0, 0.01], [0.3, 0.3, 0.4]]), scenes)
    assert found[0] == pytest.approx([100 / 101, 1 / 101, 0])
    assert found[1] == pytest.approx([0.5, 0.5, 0])


def test_hearing_one_scene_moves_taste_to_it_and_forgets(world):
    memory = Memory.of(world)
    scene = int(world.scenes.sum(axis=0).argmax())
    own = world.taste(0)
    track = int(world.scenes[:, scene].argmax())
    n = len(world.people)
    one_each = world.past.only(np.zeros(n, dtype=np.int64))
    one_each = replace(one_each, listener=np.arange(n), track=np.full(n, track), skipped=np.zeros(n, dtype=bool))
    before = memory.exposure[0, track]
    for _ in range(12):
        memory.remember(world, 0, one_each)
    moved = memory.taste(own)
    assert moved.sum(axis=1) == pytest.approx(np.ones(n))
    assert moved[:, scene].mean() > own[:, scene].mean() + 0.05
    # Half of a play is left after four weeks: one every week adds up to less than 1 / (1 - 2 ** -0.25).
    assert 4 < memory.exposure[0, track] - before * 0.5**3 < 1 / (1 - 0.5**0.25)
    assert memory.met[:, track].all()
    assert memory.artists[:, world.artist[track]].all()


def test_skipped_tracks_are_met_but_leave_nothing_else(world):
    memory, fresh = Memory.of(world), Memory.of(world)
    one = world.past.only(np.array([0]))
    unmet = int(np.flatnonzero(~memory.met[0])[0])
    memory.remember(world, 0, replace(one, listener=np.array([0]), track=np.array([unmet]), skipped=np.array([True])))
    assert memory.met[0, unmet]
    assert not memory.played[0, unmet]
    assert memory.heard == pytest.approx(fresh.heard)
    assert memory.lately[-1].sum() == 0
