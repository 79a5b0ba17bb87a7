"""Likes, history, artists and what is never played, as pages."""

import time
from html import unescape

import pytest
from django.test import Client

from segue.web.listening.feedback import give_feedback, not_my_taste
from segue.web.listening.models import Feedback, Listener, NotMyTaste, listener_of
from segue.web.listening.record import NewListen, record_listens

DAY_MS = 86_400_000
NOW_MS = time.time_ns() // 1_000_000


@pytest.fixture
def page(user) -> Client:
    """`user`, signed in."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def tracks(catalogue):
    """Ids and titles of some tracks of the catalogue, those with the most different titles first."""
    return [
        (row["track_id"], row["title"])
        for row in catalogue.tracks.unique("title", maintain_order=True).head(120).to_dicts()
    ]


def text_of(answer) -> str:
    return unescape(answer.content.decode())


def test_nothing_yet_says_what_to_do(page):
    for path in ("/library/", "/library/history/", "/library/artists/"):
        assert 'class="empty"' in text_of(page.get(path))
    assert "Nothing is kept from you" in text_of(page.get("/library/never/"))


def test_nobody_sees_it_without_signing_in(db):
    for path in ("/library/", "/library/more/", "/library/history/", "/library/artists/", "/library/never/", "/taste/"):
        assert Client().get(path).status_code == 302


def test_likes_come_latest_first_and_page_by_page(page, listener, tracks):
    for key, _ in tracks[:60]:
        give_feedback(listener, "like", track_key=key)
    first = page.get("/library/")
    shown = [row.id for row in first.context["tracks"]]
    assert shown == [key for key, _ in tracks[59:9:-1]]
    rest = page.get(first.context["more"])
    assert [row.id for row in rest.context["tracks"]] == [key for key, _ in tracks[9::-1]]
    assert rest.context["more"] == ""
    assert len(page.get("/library/?all=1").context["tracks"]) == 60


def test_likes_are_found_by_words_of_titles_and_artists(page, listener, tracks, catalogue):
    for key, _ in tracks[:30]:
        give_feedback(listener, "like", track_key=key)
    key, title = tracks[7]
    assert key in [row.id for row in page.get("/library/", {"q": title.upper()}).context["tracks"]]
    by = page.get("/library/").context["tracks"][0].artists[0].name
    assert all(by in row.by for row in page.get("/library/", {"q": by}).context["tracks"])
    assert "None of your likes" in text_of(page.get("/library/", {"q": "<b>%_\0"}))


def test_history_is_by_the_days_of_the_listener(page, listener, tracks):
    Listener.objects.filter(pk=listener.pk).update(timezone="Pacific/Auckland")
    at = 1_700_000_000_000  # the 14th in UTC, 22:13; in Auckland the 15th, 11:13
    record_listens(listener, [NewListen(track_key=tracks[0][0], time_ms=at, skipped=True)])
    page_of_history = page.get("/library/history/")
    assert [day.name for day in page_of_history.context["days"]] == ["Wednesday, 15 November 2023"]
    assert ">11:13<" in text_of(page_of_history)
    for asked, n in (
        ({"since": "2023-11-15"}, 1),
        ({"until": "2023-11-14"}, 0),
        ({"skipped": "no"}, 0),
        ({"skipped": "yes"}, 1),
    ):
        assert len(page.get("/library/history/", asked).context["days"]) == n, asked
    for odd in (
        {"since": "2023-99-99"},
        {"until": "9999-12-31"},
        {"since": "0001-01-01"},
        {"artist": "\0"},
        {"after": "x"},
    ):
        assert page.get("/library/history/", odd).status_code == 200, odd


def test_history_goes_on_without_a_day_twice(page, listener, tracks):
    listens = [NewListen(track_key=tracks[n % 100][0], time_ms=NOW_MS - 3 * DAY_MS + n) for n in range(70)]
    record_listens(listener, listens)
    first = page.get("/library/history/")
    rest = page.get(first.context["more"])
    seen = [play.id for one in (first, rest) for day in one.context["days"] for play in day.plays]
    assert len(seen) == len(set(seen)) == 70
    assert rest.context["days"][0].name == ""


def test_a_listen_is_deleted_and_comes_back(page, listener, tracks):
    record_listens(
        listener, [NewListen(track_key=tracks[0][0], time_ms=NOW_MS - DAY_MS, ms_played=5000, source="tests")]
    )
    [before] = listener.listens.values()
    [day] = page.get("/library/history/").context["days"]
    listen = day.plays[0].id
    gone = page.post(
        "/library/history/delete/", {"listen": listen}, headers={"HX-Request": "true", "HX-Target": f"listen-{listen}"}
    )
    assert gone.status_code == 200
    assert not listener.listens.exists()
    assert page.post("/library/history/restore/", {"word": gone.context["taken"][1]}).status_code == 200
    [after] = listener.listens.values()
    assert {**after, "id": 0} == {**before, "id": 0}


def test_only_ones_own_listens_are_deleted_and_brought_back(page, listener, stranger, tracks):
    theirs = listener_of(stranger)
    record_listens(theirs, [NewListen(track_key=tracks[0][0], time_ms=NOW_MS - DAY_MS)])
    other = Client()
    other.force_login(stranger, backend="allauth.account.auth_backends.AuthenticationBackend")
    listen = other.get("/library/history/").context["days"][0].plays[0].id
    headers = {"HX-Request": "true", "HX-Target": f"listen-{listen}"}
    assert page.post("/library/history/delete/", {"listen": listen}, headers=headers).status_code == 404
    word = other.post("/library/history/delete/", {"listen": listen}, headers=headers).context["taken"][1]
    for bad in (word, word + "x", ""):
        assert page.post("/library/history/restore/", {"word": bad}).status_code == 404
    assert not theirs.listens.exists()
    assert not listener.listens.exists()


def test_what_one_follows_and_what_is_never_played(page, listener, tracks, catalogue):
    liked, hated = catalogue.artists["artist_id"].to_list()[:2]
    give_feedback(listener, "like", artist_key=liked)
    give_feedback(listener, "never", artist_key=hated)
    give_feedback(listener, "never", track_key=tracks[0][0], expires_ms=NOW_MS + 40 * DAY_MS)
    give_feedback(listener, "dislike", track_key=tracks[1][0])
    not_my_taste(listener, tracks[2][0], add=True)
    assert [artist.key for artist, _ in page.get("/library/artists/").context["artists"]] == [liked]
    shown = page.get("/library/never/")
    assert [one.artist.key for one in shown.context["artists"]] == [hated]
    assert [(one.row.id, one.until is not None) for one in shown.context["tracks"]] == [(tracks[0][0], True)]
    assert [one.row.id for one in shown.context["less"]] == [tracks[1][0]]
    assert [row.id for row in shown.context["others"]] == [tracks[2][0]]
    assert page.post("/library/never/mine/", {"track": tracks[2][0]}).status_code == 302
    assert not NotMyTaste.objects.exists()
    assert page.post("/library/never/mine/", {"track": "nothing"}).status_code == 404


def test_what_no_longer_holds_is_not_shown(page, listener, tracks):
    give_feedback(listener, "never", track_key=tracks[0][0])
    Feedback.objects.filter(listener=listener).update(expires_ms=NOW_MS - 1)
    assert page.get("/library/never/").context["tracks"] == []
