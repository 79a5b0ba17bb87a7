"""What listeners say, and what they search for."""

import time

import pytest

from segue.errors import BadRequest, NotFound
from segue.web.listening import searches
from segue.web.listening.feedback import give_feedback, not_my_taste, said_of, take_back
from segue.web.listening.models import Feedback, Search
from segue.web.listening.searches import note_search
from tests.web.listening.conftest import DAY_MS, NOW_MS


def test_a_like_takes_back_a_dislike_and_a_never_and_they_take_back_a_like(listener, songs):
    give_feedback(listener, "dislike", track_key="lantern")
    said = give_feedback(listener, "never", track_key="lantern")
    assert (said.like, said.dislike, said.never) == (False, True, True)
    said = give_feedback(listener, "like", track_key="lantern")
    assert (said.like, said.dislike, said.never) == (True, False, False)
    said = give_feedback(listener, "dislike", track_key="lantern")
    assert (said.like, said.dislike) == (False, True)
    assert said == said_of(listener, track_key="lantern")


def test_what_is_said_of_an_artist_is_not_said_of_their_tracks(listener, songs):
    give_feedback(listener, "like", artist_key="larks")
    assert said_of(listener, artist_key="larks").like
    assert not said_of(listener, track_key="lantern").like


def test_a_rating_stands_beside_a_like_and_the_last_one_counts(listener, songs):
    give_feedback(listener, "like", track_key="lantern")
    give_feedback(listener, "rating", track_key="lantern", rating=2)
    said = give_feedback(listener, "rating", track_key="lantern", rating=4.5)
    assert (said.like, said.rating) == (True, 4.5)
    assert Feedback.objects.count() == 2


def test_never_may_have_an_end(listener, songs):
    said = give_feedback(listener, "never", artist_key="larks", expires_ms=NOW_MS + DAY_MS)
    assert (said.never, said.never_until_ms) == (True, NOW_MS + DAY_MS)
    Feedback.objects.update(expires_ms=NOW_MS - 1)
    assert not said_of(listener, artist_key="larks").never


def test_one_kind_or_all_of_it_is_taken_back(listener, songs):
    give_feedback(listener, "like", track_key="lantern")
    give_feedback(listener, "rating", track_key="lantern", rating=3)
    assert take_back(listener, "like", track_key="lantern").rating == 3
    assert take_back(listener, None, track_key="lantern").rating is None
    assert take_back(listener, "like", track_key="lantern").like is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "love"}, {"kind": "rating"}, {"kind": "rating", "rating": 6}, {"kind": "rating", "rating": float("nan")},
        {"kind": "like", "rating": 3}, {"kind": "never", "expires_ms": 5}, {"kind": "like", "artist_key": "larks"},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(listener, songs, wrong):
    with pytest.raises(BadRequest):
        give_feedback(listener, **({"track_key": "lantern"} | wrong))


@pytest.mark.parametrize("key", ["nothing", "a\0b"])
def test_what_is_not_there_cannot_be_liked(listener, songs, key):
    with pytest.raises(NotFound):
        give_feedback(listener, "like", track_key=key)


def test_what_is_not_my_taste_is_said_once_and_taken_back(listener, songs):
    assert not_my_taste(listener, "lantern", add=True)
    assert not_my_taste(listener, "lantern", add=True)
    assert not not_my_taste(listener, "lantern", add=False)
    assert not listener.not_my_taste.exists()


def test_the_same_search_within_ten_minutes_is_one_and_remembers_what_was_opened(listener, songs):
    note_search(listener, "  the   Larks ")
    note_search(listener, "The Larks", artist="larks")
    note_search(listener, "the larks")
    [one] = Search.objects.all()
    assert one.artist.key == "larks"
    Search.objects.update(time_ms=NOW_MS - searches.SAME_WITHIN_MS - 60_000)
    note_search(listener, "the larks")
    assert Search.objects.count() == 2


def test_of_searches_the_latest_two_hundred_are_kept(listener):
    Search.objects.bulk_create(
        Search(listener=listener, words=f"words {place}", time_ms=NOW_MS - place * 1000) for place in range(205)
    )
    assert note_search(listener, "one more")
    kept = set(listener.searches.values_list("words", flat=True))
    assert len(kept) == 200
    assert {"one more", "words 0", "words 198"} <= kept


@pytest.mark.parametrize("words", ["", "   ", "\0"])
def test_a_search_without_words_is_none(listener, words):
    assert not note_search(listener, words)


def test_long_and_odd_words_are_noted_as_far_as_they_go(listener):
    assert note_search(listener, "x" * 500 + "\ud800\0")
    assert listener.searches.get().words == "x" * 200


def test_in_a_private_session_what_is_asked_for_is_said_not_to_be_done(listener, songs):
    give_feedback(listener, "like", track_key="lantern")
    listener.private_until_ms = time.time_ns() // 1_000_000 + DAY_MS
    said = give_feedback(listener, "dislike", track_key="lantern")
    assert (said.private, said.like, said.dislike) == (True, True, False)
    assert take_back(listener, None, track_key="lantern").like
    assert not not_my_taste(listener, "lantern", add=True)
    assert not note_search(listener, "larks")
