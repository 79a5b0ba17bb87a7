"""Following: asked first, ended by either, and kept out for good."""

import pytest

from segue.errors import BadRequest, NotFound
from segue.web.accounts.models import User
from segue.web.listening.models import listener_of
from segue.web.social import asks, people
from segue.web.social.forms import ProfileForm
from segue.web.social.models import Ask, Follow, Profile
from tests.web.accounts.person import catalogue


@pytest.fixture
def anna(user):
    return _named(user, "Anna")


@pytest.fixture
def bo(stranger):
    return _named(stranger, "Bo")


def _named(user, name):
    listener = listener_of(user)
    Profile.objects.update_or_create(listener=listener, defaults={"name": name, "handle": name.lower() + "-here"})
    return listener


def _friends(one, other):
    people.follow(one, other)
    people.accept(other, one)


def test_following_asks_first(anna, bo):
    people.follow(anna, bo)
    people.follow(anna, bo)
    assert people.between(anna, bo) == people.Between(asked=True)
    assert people.between(bo, anna) == people.Between(wanted=True)
    assert [one.name for one in people.wanting(bo)] == ["Anna"]
    with pytest.raises(NotFound):
        people.accept(anna, bo)
    people.accept(bo, anna)
    assert people.between(anna, bo).follows
    assert not people.between(anna, bo).mutual
    assert [(one.name, accepted) for one, accepted in people.followed_by(anna)] == [("Bo", True)]
    assert [one.name for one in people.followers_of(bo)] == ["Anna"]
    people.remove(bo, anna)
    assert people.between(anna, bo) == people.Between()
    with pytest.raises(BadRequest):
        people.follow(anna, anna)


def test_who_is_blocked_finds_nobody(anna, bo):
    Profile.objects.update(findable=True)
    _friends(anna, bo)
    _friends(bo, anna)
    asks.ask(anna, bo, "Rain?")
    people.block(bo, anna)
    assert not Follow.objects.exists()
    assert not Ask.objects.exists()
    assert people.search(anna, "Bo") == []
    with pytest.raises(NotFound):
        people.met(anna, "bo-here")
    assert people.met(bo, "anna-here").name == "Anna", "the one who blocks still finds the other"
    people.unblock(bo, anna)
    assert people.met(anna, "bo-here").name == "Bo"
    assert [one.name for one in people.search(anna, "bo")] == ["Bo"]


def test_only_who_wants_it_is_found_by_name(anna, bo):
    assert people.search(anna, "Bo") == []
    Profile.objects.filter(listener=bo).update(findable=True)
    assert [one.name for one in people.search(anna, "bO")] == ["Bo"]
    assert people.search(anna, "B") == [], "one letter is too few"
    assert people.search(bo, "Bo") == [], "one does not find oneself"
    User.objects.filter(listener=bo).update(is_active=False)
    assert people.search(anna, "Bo") == []
    with pytest.raises(NotFound):
        people.met(anna, "bo-here")


def test_there_is_an_end_to_it(anna, bo, monkeypatch):
    monkeypatch.setattr(people, "MOST_FOLLOWED", 0)
    with pytest.raises(BadRequest, match="as many as one can"):
        people.follow(anna, bo)


def test_asking_and_answering(anna, bo):
    track, _artist = catalogue()
    with pytest.raises(NotFound):
        asks.ask(anna, bo, "Rain?")
    _friends(anna, bo)
    with pytest.raises(BadRequest):
        asks.ask(anna, bo, " \u200b ")
    question = asks.ask(anna, bo, "What should I hear\nwhen it rains?")
    assert question.words == "What should I hear when it rains?"
    with pytest.raises(NotFound):
        asks.answer(anna, question.pk, track.key, "")
    with pytest.raises(BadRequest):
        asks.answer(bo, question.pk, "nothing\0", "")
    version = anna.version
    asks.answer(bo, question.pk, track.key, "This.")
    with pytest.raises(NotFound):
        asks.answer(bo, question.pk, track.key, "Again.")
    anna.refresh_from_db()
    assert anna.version == version, "an answer counts for nothing by itself"
    assert [(one.answer, one.track) for one in asks.of(anna)] == [("This.", track)]
    with pytest.raises(NotFound):
        asks.take_away(bo, question.pk)
    asks.take_away(anna, question.pk)
    assert not asks.of(anna)


def test_twenty_asks_a_day(anna, bo):
    _friends(anna, bo)
    track, _artist = catalogue()
    for place in range(asks.A_DAY):
        asks.answer(bo, asks.ask(anna, bo, f"{place}?").pk, track.key, "")
    with pytest.raises(BadRequest, match="tomorrow"):
        asks.ask(anna, bo, "One more?")
    Ask.objects.update(time_ms=0)
    for place in range(asks.OPEN_TO_ONE):
        asks.ask(anna, bo, f"{place}?")
    with pytest.raises(BadRequest, match="not answered"):
        asks.ask(anna, bo, "One more?")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"name": " An\u202ena\n "}, {"name": "Anna"}),
        ({"handle": "Anna-Here"}, {"handle": "anna-here"}),
        ({"name": "\u200b"}, None),
        ({"handle": "links"}, None),
        ({"handle": "ab"}, None),
        ({"handle": "bo-here"}, None),
        ({"name": "x" * 81}, None),
    ],
)
def test_the_profile_is_said_in_a_form(anna, bo, given, kept):
    mine = people.profile_of(anna)
    form = ProfileForm({"name": "Anna", "handle": mine.handle, **given}, instance=mine)
    assert form.is_valid() is (kept is not None), form.errors
    if kept:
        saved = form.save()
        assert {name: getattr(saved, name) for name in kept} == kept
        assert not saved.shows_playlists, "what is not ticked is not shown"
