"""What is known of a listener, as the Engine takes it."""

from datetime import UTC, datetime

import pytest

from segue.engine.request import Exclusion, Listen
from segue.mixes.listening import fors_of
from segue.web.catalog.models import Track
from segue.web.discovery import serving
from segue.web.listening import known, models, told
from segue.web.listening.feedback import give_feedback, not_my_taste, take_back
from segue.web.listening.known import known_of
from segue.web.listening.models import Listener
from segue.web.listening.record import NewListen, record_listens
from segue.web.listening.searches import note_search
from segue.web.playlists.models import Entry, Playlist
from tests.web.listening.conftest import DAY_MS, NOW_MS


@pytest.fixture
def tracks_only(monkeypatch):
    """A service without a snapshot yet."""
    monkeypatch.setattr(known, "_engine", lambda: None)


def test_listens_stand_in_the_order_of_time_and_counts_together(listener, songs, tracks_only):
    record_listens(
        listener,
        [
            NewListen(track_key="lantern", time_ms=NOW_MS - 1000),
            NewListen(track_key="docks", time_ms=NOW_MS - 3000, skipped=True),
            NewListen(track_key="lantern", time_ms=NOW_MS - 2000),
            NewListen(artist_key="larks", time_ms=NOW_MS),
        ],
    )
    tide = Track.objects.get(key="tide").pk
    for event, source in enumerate(["a", "b"]):
        models.Listen.objects.create(listener=listener, track_id=tide, plays=3, source=source, event=event)
    assert known_of(fresh()).history.listens == (
        Listen("tide", None, 6.0), Listen("docks", NOW_MS - 3000, 1.0, True), Listen("lantern", NOW_MS - 2000),
        Listen("lantern", NOW_MS - 1000),
    )  # fmt: skip


def fresh() -> Listener:
    """The only listener, as a request reads it."""
    return Listener.objects.get()


def test_a_like_counts_at_once_and_so_does_taking_it_back(listener, songs, tracks_only):
    assert known_of(fresh()).history.likes == ()
    give_feedback(listener, "like", track_key="lantern")
    assert known_of(fresh()).history.likes == ("lantern",)
    assert known_of(listener).history.likes == ("lantern",)
    take_back(listener, "like", track_key="lantern")
    assert known_of(fresh()).history.likes == ()


def test_a_listen_counts_at_once(listener, songs, tracks_only):
    assert known_of(fresh()).history.listens == ()
    record_listens(listener, [NewListen(track_key="lantern", time_ms=NOW_MS)])
    assert known_of(fresh()).history.listens == (Listen("lantern", NOW_MS),)


def test_never_keeps_tracks_and_artists_out_until_it_ends(listener, songs, tracks_only):
    give_feedback(listener, "never", track_key="lantern", expires_ms=NOW_MS + DAY_MS)
    give_feedback(listener, "never", artist_key="choir")
    now = known_of(listener)
    assert now.exclusions.never == (Exclusion("item", "lantern", NOW_MS + DAY_MS), Exclusion("artist", "choir"))
    assert now.history.dislikes == ("lantern",)
    later = known_of(listener, NOW_MS + 2 * DAY_MS)
    assert later.exclusions.never == (Exclusion("artist", "choir"),)
    assert later.history.dislikes == ()
    assert known_of(listener).exclusions.never == now.exclusions.never


def test_what_is_not_my_taste_is_said_so(listener, songs, tracks_only):
    not_my_taste(listener, "docks", add=True)
    assert known_of(listener).exclusions.not_my_taste == ("docks",)


def test_own_playlists_are_known_and_those_of_others_are_not(listener, stranger, songs, tracks_only):
    for owner, keys in ((listener, ["docks", "lantern"]), (models.listener_of(stranger), ["gulls"])):
        playlist = Playlist.objects.create(listener=owner, title="Mine")
        for place, key in enumerate(keys):
            Entry.objects.create(playlist=playlist, track=Track.objects.get(key=key), position=place)
    assert known_of(listener).history.playlists == (("docks", "lantern"),)


def test_a_search_counts_a_little_for_a_week(listener, songs, tracks_only):
    note_search(listener, "lanten", track="lantern")
    assert known_of(listener).history.searches == ("lantern",)
    assert known_of(listener, NOW_MS + 8 * DAY_MS).history.searches == ()


def test_ratings_from_the_middle_on_are_likes(listener, stranger, songs, tracks_only):
    other = models.listener_of(stranger)
    for key, rating in (("lantern", 5), ("docks", 1), ("reeds", 3)):
        give_feedback(listener, "rating", track_key=key, rating=rating)
    give_feedback(other, "rating", track_key="docks", rating=4)
    assert told._read_middle() == 3.5
    history = known_of(listener).history
    assert (history.likes, history.dislikes) == (("lantern",), ("docks", "reeds"))


def test_the_clock_is_the_listeners_own(listener, tracks_only):
    at = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    listener.timezone, listener.birth_year = "Pacific/Auckland", 1984
    context = known_of(listener, int(at.timestamp() * 1000)).context
    assert (context.hour, context.weekday, context.month, context.age) == (12, 6, 2, 42)
    assert (context.now_ms, context.country) == (int(at.timestamp() * 1000), None)
    listener.timezone, listener.country = "UTC", "SE"
    assert known_of(listener, int(at.timestamp() * 1000)).context.hour == 0
    listener.timezone = "Nowhere/At all"
    assert known_of(listener, int(at.timestamp() * 1000)).context.hour == 23


def test_the_dial_and_explicit_words_are_as_the_listener_has_them(listener, tracks_only):
    listener.dial, listener.explicit, listener.languages = 0.9, False, ["sv"]
    controls = known_of(listener).controls
    assert (controls.dial, controls.explicit, controls.languages) == (0.9, False, ())


def test_what_is_known_is_read_once_for_each_version(listener, songs, tracks_only, django_assert_num_queries):
    known_of(listener)
    with django_assert_num_queries(0):
        assert known_of(listener, NOW_MS).now_ms == NOW_MS
    known.forget(listener.pk)
    with django_assert_num_queries(6):
        known_of(listener)


def test_what_is_kept_is_bounded(listener, stranger, songs, tracks_only, monkeypatch):
    monkeypatch.setattr(known, "_KEPT_LISTENS", 150)
    known_of(listener)
    known_of(models.listener_of(stranger))
    assert list(known._cache) == [models.listener_of(stranger).pk]
    assert known._size == 100


@pytest.mark.parametrize(
    ("level", "items"),
    [("artist", ["larks", "larks", "oresund"]), ("release", ["days"]), ("track", ["lantern", "docks"])],
)
def test_items_are_those_of_the_snapshots_level(listener, songs, level, items):
    not_my_taste(listener, "reeds", add=True)
    record_listens(
        listener,
        [
            NewListen(track_key="lantern", time_ms=1), NewListen(track_key="reeds", time_ms=2),
            NewListen(artist_key="larks", time_ms=3), NewListen(track_key="docks", time_ms=4),
        ],
    )  # fmt: skip
    give_feedback(listener, "like", track_key="lantern")
    facts = told.facts_of(listener.pk, level)
    expected = [*items[:1], "reeds", *items[1:]] if level == "track" else items
    assert [listen.item_id for listen in facts.listens] == expected
    assert facts.words[0].item_id == items[0]
    assert facts.not_my_taste == (("reeds",) if level == "track" else ())


def test_a_listener_of_a_library_is_the_same_in_the_service(catalogue, snapshot, demo_library):
    serving.forget()
    at = datetime.now(UTC)
    ids = demo_library.listens["listener_id"].cast(str).unique().sort()[:5].to_list()
    for expected in fors_of(ids, demo_library, "track", at):
        found = known_of(Listener.objects.get(key=expected.listener_id), expected.now_ms)
        assert sorted(found.history.listens, key=str) == sorted(expected.history.listens, key=str)
        assert [one.time_ms for one in found.history.listens] == [one.time_ms for one in expected.history.listens]
        assert set(found.history.likes) == set(expected.history.likes)
        assert set(found.history.dislikes) == set(expected.history.dislikes)
        assert set(found.history.playlists) == set(expected.history.playlists)
        assert found.context == expected.context


def test_a_liked_artist_stands_for_their_most_played_tracks(catalogue, snapshot, listener):
    serving.forget()
    engine = serving.engine()
    facts = engine.catalogue.facts
    artist = facts.artist_ids[0]
    give_feedback(listener, "like", artist_key=artist)
    likes = known_of(listener).history.likes
    assert 1 <= len(likes) <= known.TRACKS_OF_LIKED_ARTIST
    assert set(facts.artist[engine.places(likes)]) == {0}
    note_search(listener, "them", artist=artist)
    sought = known_of(listener).history.searches
    assert list(sought) == list(likes)[: known.TRACKS_OF_SEARCHED_ARTIST]
