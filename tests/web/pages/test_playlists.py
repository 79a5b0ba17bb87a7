"""The pages of playlists, as they are asked for."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from segue.web.catalog.models import Artist, Credit, Track
from segue.web.jobs import queue
from segue.web.listening.models import listener_of
from segue.web.pages import playlist as pages
from segue.web.playlists import members, services
from segue.web.playlists.models import Member, Playlist

LONG = "Sehnsuchtsdampfschifffahrtskapellmeisterorchester of the Northern Provinces فرقة الليل"


@pytest.fixture
def songs(db) -> list[str]:
    """The keys of twelve tracks."""
    artist = Artist.objects.create(key="artist:her", name="Her, Them & Co")
    for place in range(12):
        track = Track.objects.create(key=f"track:{place}", title=f"Song {place:02}", duration_ms=60_000)
        Credit.objects.create(track=track, artist=artist, position=0)
    return [f"track:{place}" for place in range(12)]


@pytest.fixture
def mine(songs, listener) -> Playlist:
    return services.make(listener, "Mine & yours", "Slow.\nSlower.", tracks=songs[:3])


def browser(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def at(user) -> Client:
    return browser(user)


@pytest.fixture
def others(stranger) -> Client:
    return browser(stranger)


def titles(page) -> list[str]:
    return re.findall(r'class="title" href="[^"]*">([^<]*)<', page.content.decode())


def test_all_of_them_and_a_new_one(at, mine, listener):
    page = at.get("/playlists/").content.decode()
    assert "Mine &amp; yours" in page
    assert "3 tracks" in page
    made = at.post("/playlists/", {"title": f" {LONG} "})
    assert made.status_code == 302
    assert LONG in at.get(made["Location"]).content.decode()
    for wrong in ("", " \n", "x" * 201):
        refused = at.post("/playlists/", {"title": wrong})
        assert (refused.status_code, b"A title has 1 to 200 letters." in refused.content) == (422, True)
    assert Playlist.objects.filter(listener=listener).count() == 2
    rail = at.get("/playlists/rail/", headers={"HX-Current-URL": f"http://testserver/playlists/{mine.key}/"})
    assert rail.content.decode().count("aria-current") == 1
    assert LONG in rail.content.decode()


def test_the_page_of_one_comes_a_part_at_a_time(at, mine, songs, monkeypatch):
    monkeypatch.setattr(pages, "AT_ONCE", 2)
    page = at.get(f"/playlists/{mine.key}/")
    assert titles(page) == ["Song 00", "Song 01"]
    assert "Slow.<br>Slower." in page.content.decode()
    assert "3 tracks" in page.content.decode()
    assert page.content.decode().count("data-drag") == 2
    rest = at.get(f"/playlists/{mine.key}/rows/?from=2&version=0")
    assert titles(rest) == ["Song 02"]
    stale = at.get(f"/playlists/{mine.key}/rows/?from=2&version=7")
    assert titles(stale) == []
    assert "See it as it is now" in stale.content.decode()
    assert titles(at.get(f"/playlists/{mine.key}/rows/?play=1")) == ["Song 00", "Song 01", "Song 02"]
    assert sorted(titles(at.get(f"/playlists/{mine.key}/rows/?play=drawn"))) == ["Song 00", "Song 01", "Song 02"]
    assert "data-entry-remove" in at.get(f"/playlists/{mine.key}/entry/?at=1").content.decode()
    assert at.get(f"/playlists/{mine.key}/entry/?at=3").status_code == 404


def test_title_and_description_are_changed_in_place(at, mine):
    assert b"Slow.\nSlower." in at.get(f"/playlists/{mine.key}/edit/").content
    at.post(f"/playlists/{mine.key}/edit/", {"title": "New", "description": "<b>Bold</b>\r\nnext"})
    page = at.get(f"/playlists/{mine.key}/").content.decode()
    assert "<h1>New</h1>" in page
    assert "&lt;b&gt;Bold&lt;/b&gt;<br>next" in page
    refused = at.post(f"/playlists/{mine.key}/edit/", {"title": "", "description": "kept"})
    assert refused.status_code == 422
    assert "kept" in refused.content.decode()


def test_it_goes_out_as_a_file(at, mine):
    for kind in ("m3u8", "xspf", "jspf", "csv"):
        file = at.get(f"/playlists/{mine.key}/export/?format={kind}")
        assert f".{kind}" in file["Content-Disposition"]
        assert b"Song 02" in file.content
    assert at.get(f"/playlists/{mine.key}/export/?format=exe").status_code == 404


def test_it_is_shown_to_all_hidden_and_deleted(at, others, mine):
    address = f"/playlists/{mine.key}/"
    assert others.get(address).status_code == 404
    at.post(f"{address}public/", {"public": "yes"})
    seen = others.get(address)
    assert "by Anna" in seen.content.decode()
    assert b"data-drag" not in seen.content
    at.post(f"{address}public/", {"public": "no"})
    assert others.get(address).status_code == 404
    assert b"Delete" in at.get(f"{address}delete/").content
    assert at.post(f"{address}delete/").status_code == 302
    assert at.get(address).status_code == 404


PATHS = ["", "rows/", "entry/", "edit/", "more/", "delete/", "export/", "suggestions/", "people/"]


def test_somebody_elses_is_not_there(at, others, mine):
    for path in PATHS:
        theirs, none = others.get(f"/playlists/{mine.key}/{path}"), others.get(f"/playlists/none/{path}")
        assert theirs.status_code == none.status_code == 404, path
    for path in ("edit/", "public/", "delete/", "people/", "leave/"):
        assert others.post(f"/playlists/{mine.key}/{path}", {"title": "x", "do": "invite"}).status_code == 404, path
    assert Client().get(f"/playlists/{mine.key}/").status_code == 302
    mine.refresh_from_db()
    assert (mine.title, mine.version) == ("Mine & yours", 0)


def test_where_a_track_is_put(at, mine, listener, stranger, songs):
    services.make(listener_of(stranger), "Not mine")
    part = at.get("/playlists/choose/?track=track:2").content.decode()
    assert "it is on it already" in part
    assert "Not mine" not in part
    assert "it is on it already" not in at.get("/playlists/choose/?track=track:9").content.decode()
    assert "None is called that." in at.get("/playlists/choose/?track=track:9&q=zzz").content.decode()
    assert at.get("/playlists/choose/?track=none%00").status_code == 404


def test_made_together(at, others, mine, stranger):
    people = f"/playlists/{mine.key}/people/"
    link = re.search(r"/playlists/join/[^/]+/", at.post(people, {"do": "invite"}).content.decode())[0]
    assert b"Mine &amp; yours" in others.get(link).content
    assert not Member.objects.exists(), "looking is not joining"
    assert others.post(link)["Location"] == others.get(link)["Location"] == f"/playlists/{mine.key}/"
    assert b"data-drag" in others.get(f"/playlists/{mine.key}/").content
    assert "by Anna" in others.get("/playlists/").content.decode()
    others.post(f"/playlists/{mine.key}/edit/", {"title": "Ours"})
    assert b"Ours" in at.get(f"/playlists/{mine.key}/").content
    assert b"Bo" in at.get(people).content
    told = others.get(people).content.decode()
    assert "Anna" in told
    assert "/join/" not in told, "links are for the owner to give out"
    for path in ("public/", "delete/", "people/"):
        assert others.post(f"/playlists/{mine.key}/{path}", {"do": "invite", "public": "yes"}).status_code == 404
    others.post(f"/playlists/{mine.key}/leave/")
    assert others.get(f"/playlists/{mine.key}/").status_code == 404
    others.post(link)
    at.post(people, {"do": "remove", "id": Member.objects.get().pk})
    assert others.get(link).status_code == 404
    assert b"ended or was withdrawn" in others.get(link).content
    assert at.post(people, {"do": "nonsense"}).status_code == 422
    assert not members.is_member(mine, listener_of(stranger))


def test_lines_become_a_playlist_and_what_was_not_found_is_told(at, others, songs, listener):
    queue.huey().storage.flush_queue()
    text = "Her, Them & Co - Song 03\nHer, Them & Co - Song 01\nNobody - Nothing at all"
    begun = at.post("/playlists/import/", {"text": text, "title": "Brought"})
    assert begun.status_code == 302, begun.content
    assert "every 1s" in at.get(begun["Location"]).content.decode()
    queue.drain()
    told = at.get(begun["Location"]).content.decode()
    assert "2 of 3 tracks are here." in told
    assert "Nobody - Nothing at all" in told
    made = Playlist.objects.get(listener=listener)
    assert f"/playlists/{made.key}/" in told
    assert services.track_keys(made) == ["track:3", "track:1"]
    assert "every 1s" not in at.get(begun["Location"] + "?part=1").content.decode()
    assert others.get(begun["Location"]).status_code == 404


def test_a_file_becomes_a_playlist(at, mine, listener):
    queue.huey().storage.flush_queue()
    content = at.get(f"/playlists/{mine.key}/export/?format=xspf").content
    begun = at.post("/playlists/import/", {"file": SimpleUploadedFile("mine.xspf", content)})
    queue.drain()
    assert "All 3 tracks are here." in at.get(begun["Location"]).content.decode()
    assert Playlist.objects.filter(listener=listener).count() == 2


@pytest.mark.parametrize("form", [{}, {"text": " \0 "}, {"text": "x - y", "title": "x" * 201}, {"text": "x" * 500_001}])
def test_what_cannot_be_brought(at, songs, form):
    refused = at.post("/playlists/import/", form)
    assert refused.status_code == 422
    assert 'role="alert"' in refused.content.decode()


def test_suggestions_for_a_playlist(at, catalogue, snapshot, listener):
    keys = catalogue.tracks["track_id"].to_list()[:6]
    made = services.make(listener, "Seeds", tracks=keys)
    part = at.get(f"/playlists/{made.key}/suggestions/").content.decode()
    assert part.count("data-add ") == 8
    assert not set(re.findall(r'<li class="track" data-track="([^"]*)"', part)) & set(keys)
    empty = services.make(listener, "Empty")
    assert "data-add" not in at.get(f"/playlists/{empty.key}/suggestions/").content.decode()
