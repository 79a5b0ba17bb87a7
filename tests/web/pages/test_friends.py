"""Friends' pages: everybody sees what they are let see, and nothing else."""

import time

import pytest
from django.test import Client

from segue.web.catalog import search
from segue.web.listening.feedback import give_feedback
from segue.web.listening.models import Listen, listener_of
from segue.web.playlists.models import Playlist
from segue.web.social import asks, people
from segue.web.social.models import Ask, Block, Follow, Profile

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def _client(user):
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def anna(user):
    return _client(user)


@pytest.fixture
def bo(stranger, catalogue):
    """Somebody with listens, a public and a private playlist, who shows everything, at /friends/bo-here/."""
    listener = listener_of(stranger)
    Profile.objects.create(
        listener=listener, name="Bo", handle="bo-here", shows_listening=True, shows_taste=True, shows_playlists=True
    )
    _plays(listener, catalogue, 20)
    Playlist.objects.create(listener=listener, title="Bo's public songs", public=True)
    Playlist.objects.create(listener=listener, title="Bo's secret songs")
    return _client(stranger)


@pytest.fixture
def named(user, bo):
    """Anna has said who she is."""
    return Profile.objects.create(listener=listener_of(user), name="Anna", handle="anna-here")


def _plays(listener, catalogue, n):
    from segue.web.catalog.models import Track  # noqa: PLC0415

    # Before today: a mix for two is made as of midnight.
    now_ms = time.time_ns() // 1_000_000 - 2 * 86_400_000
    keys = catalogue.tracks["track_id"].head(n).to_list()
    tracks = {track.key: track for track in Track.objects.filter(key__in=keys)}
    Listen.objects.bulk_create(
        Listen(listener=listener, track=tracks[key], time_ms=now_ms - 60_000 * place, event=place)
        for place, key in enumerate(keys)
    )


def _friends(one, other):
    people.follow(one, other)
    people.accept(other, one)


def _parts(page):
    return {name for name in ("plays", "taste", "playlists", "ask") if f'id="{name}"' in page.content.decode()}


def test_who_does_not_follow_sees_a_name_and_a_button(anna, named):
    for change in (lambda: None, lambda: anna.post("/friends/bo-here/", {"do": "follow"})):
        change()
        page = anna.get("/friends/bo-here/")
        assert page.status_code == 200
        assert "<h1>Bo</h1>" in page.content.decode()
        assert _parts(page) == set(), "not before they said yes, either"
        assert b"songs" not in page.content
        assert b"bo@example.org" not in page.content
    assert Follow.objects.get().accepted is False


def test_who_follows_sees_what_is_shown_and_no_more(anna, bo, named, stranger):
    anna.post("/friends/bo-here/", {"do": "follow"})
    assert b"Anna" in bo.get("/friends/").content
    assert bo.post("/friends/anna-here/", {"do": "accept", "from": "friends"}).status_code == 302
    page = anna.get("/friends/bo-here/")
    assert _parts(page) == {"plays", "taste", "playlists", "ask"}
    assert page.content.count(b'<li class="track"') == 20
    assert b"public songs" in page.content
    assert b"secret songs" not in page.content
    for text in (b"bo@example.org", listener_of(stranger).key.encode()):
        assert text not in page.content
    Profile.objects.filter(name="Bo").update(shows_listening=False, shows_taste=False, shows_playlists=False)
    page = anna.get("/friends/bo-here/")
    assert _parts(page) == {"ask"}
    assert b"Bo shows nothing at the moment" in page.content
    bo.post("/friends/anna-here/", {"do": "remove"})
    assert _parts(anna.get("/friends/bo-here/")) == set()


def test_skips_and_what_is_not_their_taste_are_not_shown(anna, named, stranger, user, catalogue):
    from segue.web.listening.feedback import not_my_taste  # noqa: PLC0415

    bo = listener_of(stranger)
    _friends(listener_of(user), bo)
    first, second = catalogue.tracks["track_id"].head(2).to_list()
    Listen.objects.filter(listener=bo, track__key=first).update(skipped=True)
    not_my_taste(bo, second, add=True)
    assert anna.get("/friends/bo-here/").content.count(b'<li class="track"') == 18


@pytest.mark.parametrize("path", ["nobody/", "nobody/blend/", "asks/99/", "asks/9999999999999999999999/"])
def test_what_is_not_there(anna, named, path):
    assert anna.get(f"/friends/{path}").status_code == 404
    assert Client().get(f"/friends/{path}").status_code == 302, "the sign-in"


def test_who_is_blocked_sees_what_they_see_of_nobody(anna, bo, named):
    there, nowhere = anna.get("/friends/bo-here/"), anna.get("/friends/nobody/")
    assert bo.post("/friends/anna-here/", {"do": "block"}).status_code == 302
    blocked = anna.get("/friends/bo-here/")
    assert there.status_code == 200
    assert (blocked.status_code, len(blocked.content)) == (nowhere.status_code, len(nowhere.content))
    assert anna.post("/friends/bo-here/", {"do": "follow"}).status_code == 404
    assert not Follow.objects.exists()
    assert b"Anna" in bo.get("/friends/").content
    bo.post("/friends/anna-here/", {"do": "unblock", "from": "friends"})
    assert not Block.objects.exists()


def test_one_says_who_one_is_before_one_asks(anna, bo):
    assert anna.post("/friends/bo-here/", {"do": "follow"})["Location"] == "/friends/profile/"
    assert not Follow.objects.exists()
    page = anna.get("/friends/profile/")
    mine = Profile.objects.get(name="")
    assert b'value="Anna"' in page.content, "suggested, as it is not shown before it is saved"
    assert anna.post("/friends/profile/", {"name": "", "handle": mine.handle}).status_code == 422
    assert anna.post("/friends/profile/", {"name": "<b>A</b>", "handle": mine.handle}).status_code == 302
    assert b"&lt;b&gt;A&lt;/b&gt;" in bo.get(f"/friends/{mine.handle}/").content


@pytest.mark.parametrize("do", ["", "delete", "accept"])
def test_what_cannot_be_done(anna, named, do):
    assert anna.post("/friends/bo-here/", {"do": do}).status_code == 404
    assert anna.get("/friends/bo-here/", {"do": "follow"}).status_code == 200
    assert not Follow.objects.exists(), "nothing changes by looking"


def test_not_over_and_over(anna, named):
    for _ in range(31):
        anna.post("/friends/bo-here/", {"do": "unfollow"})
    anna.post("/friends/bo-here/", {"do": "follow"})
    assert not Follow.objects.exists()


def test_found_by_name(anna, named):
    assert b"/friends/bo-here/" not in anna.get("/friends/find/?q=Bo").content
    Profile.objects.filter(name="Bo").update(findable=True)
    for path in ("/friends/find/?q=bo", "/friends/?q=bo"):
        assert b"/friends/bo-here/" in anna.get(path).content
    assert anna.get("/friends/find/?q=%00").status_code == 200


def test_a_question_is_answered_with_a_track(anna, bo, named, user, stranger, catalogue):
    assert anna.post("/friends/bo-here/", {"do": "ask", "words": "Rain?"}).status_code == 404
    _friends(listener_of(user), listener_of(stranger))
    anna.post("/friends/bo-here/", {"do": "ask", "words": "<i>Rain</i>?"})
    question = Ask.objects.get()
    page = f"/friends/asks/{question.pk}/"
    assert b"&lt;i&gt;Rain&lt;/i&gt;?" in bo.get("/friends/").content
    assert anna.get(page).status_code == 404, "one does not answer oneself"
    title, key = catalogue.tracks["title"][0], catalogue.tracks["track_id"][0]
    search.rebuild()
    found = bo.get(page, {"q": title}, headers={"HX-Target": "found-tracks"})
    assert f'value="{key}"'.encode() in found.content
    assert b"<html" not in found.content
    assert bo.post(page, {"words": "No track."}).status_code == 422
    assert bo.post(page, {"track": key, "words": "This one."}).status_code == 302
    answered = anna.get("/friends/").content.decode()
    assert "This one." in answered
    assert f'data-track="{key}"' in answered
    assert bo.get(page).status_code == 404
    assert bo.post(page, {"do": "away"}).status_code == 404
    assert anna.post(page, {"do": "away"}).status_code == 302
    assert not Ask.objects.exists()


def test_a_mix_for_two_who_follow_each_other_and_show_their_taste(anna, bo, named, user, stranger, catalogue, snapshot):
    one, other = listener_of(user), listener_of(stranger)
    for row in catalogue.tracks.head(12).iter_rows(named=True):
        give_feedback(one, "like", track_key=row["track_id"])
    _friends(one, other)
    Profile.objects.filter(listener=one).update(shows_taste=True)
    assert anna.get("/friends/bo-here/blend/").status_code == 404, "Bo does not follow Anna"
    _friends(other, one)
    assert b"/friends/bo-here/blend/" in anna.get("/friends/bo-here/").content
    page = anna.get("/friends/bo-here/blend/")
    assert page.status_code == 200
    assert page.content.count(b'<li class="track"') > 5
    assert b"For both of you" in page.content
    Profile.objects.filter(listener=other).update(shows_taste=False)
    assert anna.get("/friends/bo-here/blend/").status_code == 404
    assert b"Once Bo shows their taste" in anna.get("/friends/bo-here/").content


def test_all_of_it_on_one_page(anna, bo, named, user, stranger):
    one, other = listener_of(user), listener_of(stranger)
    _friends(one, other)
    people.follow(other, one)
    asks.ask(one, other, "Rain?")
    page = anna.get("/friends/").content.decode()
    for words in ("Would like to follow you", "You asked", "Bo has not answered yet", "You follow", "Follow you"):
        assert words in page
    assert "/friends/anna-here/" in page, "one's own link"
    assert b"Change what others see" in anna.get("/friends/anna-here/").content
