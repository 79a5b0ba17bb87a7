"""Picks: who sees them when and where, and what staff may pick."""

import pytest
from django.db import IntegrityError, transaction

from segue.errors import BadRequest, NotFound
from segue.web.catalog.models import Track
from segue.web.editorial import picks
from segue.web.editorial.models import Pick
from segue.web.listening.models import listener_of
from segue.web.playlists.services import describe, make

FOREVER = 2**50


@pytest.fixture
def keys(db) -> list[str]:
    """The keys of a few tracks."""
    return [Track.objects.create(key=f"t{place}", title=str(place)).key for place in range(4)]


def wanted(**other) -> picks.Wanted:
    """What staff might want."""
    said = {"title": "Cold days", "sentence": "Why.", "playlist": "", "tracks": ("t1", "t0"), "countries": (), "starts_ms": 0,
            "ends_ms": None} | other  # fmt: skip
    return picks.Wanted(**said)


def titles(listener) -> list[str]:
    return [one.title for one in picks.shown_to(listener)]


def test_a_pick_is_seen_in_its_time_and_where_it_is_for(keys, user, listener, stranger):
    listener.country = "SE"
    now = [
        wanted(title="Here", countries=("NO", "SE")),
        wanted(title="Everywhere"),
        wanted(title="Until", ends_ms=FOREVER),
    ]
    never = [
        wanted(title="Elsewhere", countries=("JP",)),
        wanted(title="Soon", starts_ms=FOREVER),
        wanted(title="Over", ends_ms=1),
    ]
    made = [picks.save(user, one) for one in (*now, *never)]
    assert titles(listener) == ["Here", "Everywhere", "Until"]
    assert titles(listener_of(stranger)) == ["Everywhere", "Until"]
    assert [picks.state_of(one) for one in made[2:]] == ["shown", "shown", "waiting", "over"]
    for one in made[3:]:
        with pytest.raises(NotFound):
            picks.seen(listener, one.pk)
    assert picks.track_keys(picks.seen(listener, made[0].pk)) == ["t1", "t0"]


def test_a_playlist_that_is_private_again_is_hidden_but_ones_own_is_not(keys, user, stranger, listener):
    theirs = make(listener_of(stranger), "Theirs", public=True, tracks=keys)
    mine = make(listener, "Mine", tracks=keys[:1])
    picked = picks.save(user, wanted(title="Theirs", playlist=theirs.key, tracks=()))
    picks.save(user, wanted(title="Mine", playlist=mine.key, tracks=()))
    assert titles(listener) == ["Theirs", "Mine"]
    assert picks.track_keys(picked) == keys
    describe(theirs, None, public=False)
    assert titles(listener) == ["Mine"]
    assert picks.state_of(picked) == "hidden"


@pytest.mark.parametrize(
    "wrong",
    [
        {"tracks": ()},
        {"tracks": ("t1", "none")},
        {"tracks": tuple(f"x{place}" for place in range(picks.MOST_TRACKS + 1))},
        {"tracks": ("a\0",)},
        {"playlist": "none", "tracks": ()},
        {"playlist": "\0", "tracks": ()},
        {"starts_ms": 5, "ends_ms": 5},
    ],
)
def test_what_cannot_be_picked(keys, user, wrong):
    with pytest.raises(BadRequest):
        picks.save(user, wanted(**wrong))
    assert not Pick.objects.exists()


def test_somebodys_private_playlist_cannot_be_picked(keys, user, stranger):
    theirs = make(listener_of(stranger), "Theirs", tracks=keys)
    with pytest.raises(BadRequest):
        picks.save(user, wanted(playlist=theirs.key, tracks=()))


def test_picks_are_moved_and_changed(keys, user, listener):
    first, second, third = (picks.save(user, wanted(title=title)) for title in "abc")
    picks.move(third, -1)
    picks.move(first, 1)
    picks.move(second, 1)
    picks.move(third, -1)
    assert titles(listener) == ["c", "a", "b"]
    picks.save(user, wanted(title="d"), first)
    assert titles(listener) == ["c", "d", "b"]


def test_the_database_itself_refuses_a_pick_that_ends_before_it_starts(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        Pick.objects.create(title="x", starts_ms=2, ends_ms=1)
