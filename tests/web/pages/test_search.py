"""Search as pages: what is found, what is kept of it, and whose it is."""

import orjson
import pytest
from django.test import Client

from segue.web.catalog import search
from segue.web.catalog.models import Artist, Track
from segue.web.listening.models import Listener, Search
from segue.web.listening.searches import note_search
from segue.web.playlists.models import Playlist


@pytest.fixture
def signed_in(client, user) -> Client:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_what_is_typed_is_found_mistyped_too_and_the_best_stands_first(signed_in, catalogue, snapshot):
    search.rebuild()
    artist = Artist.objects.order_by("-popularity").first()
    for words in (artist.name, artist.name[:-1] + "q", artist.name[: max(4, len(artist.name) - 3)]):
        page = signed_in.get("/search/", {"q": words})
        assert page.status_code == 200
        assert f"/artist/{artist.key}/" in page.text, words
    page = signed_in.get("/search/", {"q": artist.name})
    assert page.context["best"].tile.name == artist.name
    assert page.text.index('class="card') < page.text.index('class="tiles')


def test_every_text_can_be_asked_and_nothing_found_says_what_to_do(signed_in, catalogue):
    for words in (
        "zzqqxx",
        "\0",
        "   ",
        "'; DROP TABLE x; --",
        "<script>alert(1)</script>",
        "😀" * 300,
        "%",
        "(",
        "שלום",
    ):
        page = signed_in.get("/search/", {"q": words})
        assert page.status_code == 200, words
        assert "<script>alert" not in page.text
    page = signed_in.get("/search/", {"q": "zzqqxx"})
    assert "Nothing here is called “zzqqxx”" in page.text
    assert 'name="kind" value="words"' in page.text


def test_a_search_is_kept_when_something_is_opened_and_forgotten_when_asked(signed_in, listener, catalogue):
    key = Track.objects.first().key
    signed_in.get("/search/", {"q": "some words"})
    assert not Search.objects.exists()
    told = {"words": "some words", "at": f"/track/{key}/"}
    assert signed_in.post("/search/opened/", orjson.dumps(told), "application/json").status_code == 204
    kept = Search.objects.get(listener=listener)
    assert (kept.words, kept.track.key) == ("some words", key)
    version = Listener.objects.get(pk=listener.pk).version
    assert "some words" in signed_in.get("/search/").text
    assert signed_in.post("/search/forget/", {"words": "SOME words"}).status_code == 302
    assert not Search.objects.exists()
    assert Listener.objects.get(pk=listener.pk).version > version
    for bad in (b"", b"[]", b'{"words": "a", "at": "https://example.org/"}', b'{"words": "a"}'):
        assert signed_in.post("/search/opened/", bad, "application/json").status_code == 400


def test_searches_are_the_listeners_own_and_private_sessions_keep_and_show_none(
    signed_in, listener, stranger, catalogue
):
    other = Listener.objects.create(user=stranger)
    note_search(other, "somebody else's words")
    note_search(listener, "my words")
    page = signed_in.get("/search/")
    assert "my words" in page.text
    assert "somebody else" not in page.text
    signed_in.post("/search/forget/")
    assert list(Search.objects.values_list("words", flat=True)) == ["somebody else's words"]
    note_search(listener, "my words")
    Listener.objects.filter(pk=listener.pk).update(private_until_ms=4_000_000_000_000)
    told = orjson.dumps({"words": "in private", "at": "/search/"})
    assert signed_in.post("/search/opened/", told, "application/json").status_code == 204
    assert not Search.objects.filter(words="in private").exists()
    assert "my words" not in signed_in.get("/search/").text


def test_somebody_elses_private_playlist_is_not_found(signed_in, listener, stranger, catalogue):
    Playlist.objects.create(listener=Listener.objects.create(user=stranger), title="Xylophone nights")
    assert "Xylophone nights" not in signed_in.get("/search/", {"q": "Xylophone nights"}).context["playlists"]
    mine = Playlist.objects.create(listener=listener, title="Xylophone mornings")

    assert [tile.name for tile in signed_in.get("/search/", {"q": "Xylophone"}).context["playlists"]] == [mine.title]


def test_who_is_not_signed_in_is_asked_to(client, db):
    for path in ("/search/", "/artist/x/", "/releases/x/", "/release/x/", "/track/x/", "/genre/x/"):
        assert client.get(path).status_code == 302, path
