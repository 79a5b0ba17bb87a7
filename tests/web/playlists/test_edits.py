"""Changing the tracks of a playlist, beside a plain list that is changed likewise."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.errors import BadRequest
from segue.web.playlists import edits, services
from segue.web.playlists.models import Entry
from tests.effort import examples

place = st.integers(-1, 9)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.lists(st.integers(0, 11), max_size=4), st.none() | place),
        st.tuples(st.just("remove"), st.lists(place, min_size=1, max_size=3)),
        st.tuples(st.just("move"), place, st.integers(0, 4), place),
        st.tuples(st.just("replace"), st.lists(st.integers(0, 11), max_size=6)),
    ),
    max_size=8,
)


def model(now: list, kind: str, *said) -> list | None:
    """What a change should leave, step by step on a plain list; None for what cannot be."""
    now = list(now)
    if kind == "insert":
        new, at = said
        at = len(now) if at is None else at
        if not 0 <= at <= len(now):
            return None
        for one in reversed(new):
            now.insert(at, one)
    elif kind == "remove":
        if any(not 0 <= at < len(now) for at in said[0]):
            return None
        for at in sorted(set(said[0]), reverse=True):
            del now[at]
    elif kind == "move":
        start, count, to = said
        if count < 1 or start < 0 or start + count > len(now) or not 0 <= to <= len(now) - count:
            return None
        taken = [now.pop(start) for _ in range(count)]
        for one in reversed(taken):
            now.insert(to, one)
    else:
        now = list(said[0])
    return now


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_entries_are_what_a_plain_list_would_be(songs, listener, steps):
    playlist = services.make(listener, "Mine", tracks=songs[:3])
    now = songs[:3]
    version = 0
    for kind, *numbers in steps:
        said = [[songs[one] for one in numbers[0]], *numbers[1:]] if kind in {"insert", "replace"} else numbers
        expected = model(now, kind, *said)
        ids = services.places_of(said[0]) if kind in {"insert", "replace"} else None
        change = {
            "insert": lambda list_, said=said, ids=ids: edits.insert(list_, ids, said[1]),
            "remove": lambda list_, said=said: edits.remove(list_, said[0]),
            "move": lambda list_, said=said: edits.move(list_, *said),
            "replace": lambda _, ids=ids: ids,
        }[kind]
        if expected is None:
            with pytest.raises(BadRequest):
                services.edit(playlist, version, change)
            continue
        version = services.edit(playlist, version, change).version
        now = expected
        assert services.track_keys(playlist) == now
        places = Entry.objects.filter(playlist=playlist).order_by("position").values_list("position", flat=True)
        assert list(places) == list(range(len(now)))
    playlist.delete()


def test_places_with_gaps_are_closed_by_the_next_change(songs, listener):
    playlist = services.make(listener, "Mine", tracks=songs[:4])
    Entry.objects.filter(playlist=playlist, position__in=(0, 2)).delete()
    services.edit(playlist, None, lambda now: edits.insert(now, services.places_of(["track:9"])))
    assert services.track_keys(playlist) == ["track:1", "track:3", "track:9"]
    places = Entry.objects.filter(playlist=playlist).order_by("position").values_list("position", flat=True)
    assert list(places) == [0, 1, 2]
