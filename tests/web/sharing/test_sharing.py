"""Public links: who may make one, what it shows, and that nothing is left when it is taken back."""

import struct
import time

import pytest
from django.test import Client

from segue.web.catalog.models import Track
from segue.web.listening.feedback import give_feedback
from segue.web.listening.models import Listen, listener_of
from segue.web.playlists.models import Playlist
from segue.web.playlists.services import make
from segue.web.sharing import views
from segue.web.sharing.models import Share
from segue.web.social.models import Profile

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NASTY = '"><script>alert(1)</script> & فرقة 🎷'


def _client(user):
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def anna(user):
    return _client(user)


@pytest.fixture
def playlist(listener, catalogue):
    return make(listener, "Night songs", tracks=catalogue.tracks["track_id"].head(5).to_list())


@pytest.fixture
def played(listener, catalogue):
    keys = catalogue.tracks["track_id"].head(12).to_list()
    now_ms = time.time_ns() // 1_000_000
    tracks = Track.objects.filter(key__in=keys)
    Listen.objects.bulk_create(
        Listen(listener=listener, track=track, time_ms=now_ms - place, event=place)
        for place, track in enumerate(tracks)
    )
    for key in keys:
        give_feedback(listener, "like", track_key=key)
    return listener


def _share(client, kind, key=""):
    answer = client.post("/share/", {"kind": kind, "key": key, "do": "make"})
    assert answer.status_code == 200
    return Share.objects.latest("pk")


def _size(picture):
    assert picture.content[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", picture.content[16:24])


def test_a_private_playlist_is_shared_by_its_owner_as_it_is(anna, playlist, catalogue):
    drawer = anna.get("/share/", {"kind": "playlist", "key": playlist.key}).content.decode()
    assert 'id="drawer-title">Night songs' in drawer
    assert "Make a public link" in drawer
    assert not Share.objects.exists(), "nothing is shared by looking"
    share = _share(anna, "playlist", playlist.key)
    assert _share(anna, "playlist", playlist.key) == share, "one link is enough"
    page = Client().get(f"/s/{share.token}/")
    assert page.status_code == 200
    assert page.content.count(b"<li>") == 5
    assert b"anna@example.org" not in page.content
    playlist.entries.filter(position__gte=2).delete()
    assert Client().get(f"/s/{share.token}/").content.count(b"<li>") == 2
    playlist.delete()
    assert Client().get(f"/s/{share.token}/").status_code == 404


@pytest.mark.parametrize("public", [True, False])
def test_somebody_elses_playlist_only_where_it_is_public(anna, stranger, catalogue, public):
    theirs = make(listener_of(stranger), "Bo's songs", public=public)
    Profile.objects.create(listener=listener_of(stranger), name="Bo by name")
    asked = {"kind": "playlist", "key": theirs.key}
    missing = anna.get("/share/", {"kind": "playlist", "key": "nothing"})
    assert missing.status_code == 404
    if not public:
        assert anna.get("/share/", asked).status_code == 404
        assert anna.post("/share/", {**asked, "do": "make"}).status_code == 404
        assert not Share.objects.exists()
        return
    share = _share(anna, "playlist", theirs.key)
    page = f"/s/{share.token}/"
    assert b"Bo by name" not in Client().get(page).content
    Playlist.objects.update(public=False)
    for path in (page, f"{page}picture.png"):
        assert Client().get(path).status_code == 404, "its owner hid it"


def test_a_mix_stays_as_it_was_and_speaks_of_nobody(anna, played, snapshot):
    share = _share(anna, "mix", "discover-weekly")
    assert len(share.shown["tracks"]) > 5
    page = Client().get(f"/s/{share.token}/").content.decode()
    assert page.count("<li>") == len(share.shown["tracks"])
    assert "If you like" in page
    assert "you play" not in page
    Track.objects.update(title="Another title")
    assert "Another title" not in Client().get(f"/s/{share.token}/").content.decode()
    assert anna.get("/share/", {"kind": "mix", "key": "no-such-mix"}).status_code == 404


def test_a_taste_is_a_card(anna, played):
    share = _share(anna, "taste")
    Profile.objects.filter(listener=played).update(name="Anna")
    page = Client().get(f"/s/{share.token}/").content.decode()
    assert "<h1>Anna’s taste</h1>" in page
    assert 'class="radar"' in page
    assert "Most played" in page
    assert all(track.title not in page for track in Track.objects.all()[:12] if len(track.title) > 9), "no plays"
    played.listens.all().delete()
    drawer = anna.get("/share/", {"kind": "taste"})
    assert b"There is no taste to share yet" in drawer.content
    assert Client().get(f"/s/{share.token}/").content.decode() == page, "it was frozen"


def test_a_taste_that_changed_may_be_shared_anew(anna, played):
    first = _share(anna, "taste")
    played.listens.filter(event__gte=6).delete()
    assert b"Make a link to it as it is now" in anna.get("/share/", {"kind": "taste"}).content
    assert _share(anna, "taste") != first
    assert Share.objects.count() == 2


def test_a_link_that_is_revoked_leads_nowhere(anna, playlist, stranger):
    share = _share(anna, "playlist", playlist.key)
    about = {"kind": "playlist", "key": playlist.key, "token": share.token}
    bo = _client(stranger)
    for do in ("revoke", "list"):
        assert bo.post("/share/", {**about, "kind": "taste", "key": "", "do": do}).status_code == 404
    assert bo.post("/friends/links/", {"token": share.token}).status_code == 404
    assert b"Night songs" not in bo.get("/friends/links/").content
    assert b"Night songs" in anna.get("/friends/links/").content
    assert anna.post("/share/", {**about, "do": "revoke"}).status_code == 200
    for path in ("", "picture.png", "story.png"):
        gone = Client().get(f"/s/{share.token}/{path}")
        assert gone.status_code == 404
        assert gone["X-Robots-Tag"] == "noindex"
    assert b"taken it back" in Client().get(f"/s/{share.token}/").content
    share = _share(anna, "playlist", playlist.key)
    assert anna.post("/friends/links/", {"token": share.token}).status_code == 302
    assert not Share.objects.exists()


def test_nobody_makes_links_signed_out(playlist):
    for path in ("/share/?kind=playlist&key=x", "/friends/links/"):
        assert Client().get(path).status_code == 302
    assert Client().post("/share/", {"kind": "playlist", "key": playlist.key, "do": "make"}).status_code == 302
    assert not Share.objects.exists()
    for token in ("nothing", "%00", "x" * 300):
        assert Client().get(f"/s/{token}/").status_code == 404


def test_a_link_ends_with_the_account(anna, playlist, user):
    share = _share(anna, "playlist", playlist.key)
    user.is_active = False
    user.save()
    assert Client().get(f"/s/{share.token}/").status_code == 404


@pytest.mark.parametrize("kind", ["", "station", "playlist\0"])
def test_other_kinds(anna, kind):
    assert anna.get("/share/", {"kind": kind, "key": "x"}).status_code == 404


def test_search_engines_find_it_only_where_one_wants_that(anna, playlist, settings):
    settings.URL, settings.SIGNUP = "https://music.example.org", True
    share = _share(anna, "playlist", playlist.key)
    page = Client().get(f"/s/{share.token}/")
    assert page["X-Robots-Tag"] == "noindex"
    assert b'<meta name="robots" content="noindex">' in page.content
    address = f"https://music.example.org/s/{share.token}/"
    html = page.content.decode()
    for tag in (
        f'<meta property="og:url" content="{address}">',
        f'<meta property="og:image" content="{address}picture.png?v=',
        '<meta property="og:title" content="Night songs">',
        '<meta name="twitter:card" content="summary_large_image">',
    ):
        assert tag in html
    assert "Make your own" in html
    assert 'class="rail"' not in html
    assert "<script" not in html
    about = {"kind": "playlist", "key": playlist.key, "token": share.token, "do": "list"}
    assert b"checked" in anna.post("/share/", {**about, "listed": "1"}).content
    page = Client().get(f"/s/{share.token}/")
    assert "X-Robots-Tag" not in page
    assert b"noindex" not in page.content
    anna.post("/share/", about)
    settings.SIGNUP = False
    page = Client().get(f"/s/{share.token}/")
    assert page["X-Robots-Tag"] == "noindex"
    assert b"Make your own" not in page.content


def test_what_people_wrote_is_text_everywhere(anna, playlist, listener):
    playlist.title = NASTY
    playlist.save()
    Profile.objects.create(listener=listener, name='Anna "<b>"')
    share = _share(anna, "playlist", playlist.key)
    for page in (Client().get(f"/s/{share.token}/"), anna.get("/friends/links/"),
                 anna.get("/share/", {"kind": "playlist", "key": playlist.key})):  # fmt: skip
        assert b"<script>alert" not in page.content
        assert b"<b>" not in page.content
        assert b"&lt;script&gt;" in page.content
    assert _size(Client().get(f"/s/{share.token}/picture.png")) == (1200, 630)


def test_pictures(anna, playlist):
    share = _share(anna, "playlist", playlist.key)
    page = f"/s/{share.token}/"
    assert _size(Client().get(f"{page}story.png")) == (1080, 1920)
    picture = Client().get(f"{page}picture.png")
    assert _size(picture) == (1200, 630)
    assert picture["Content-Type"] == "image/png"
    assert "max-age=3600" in picture["Cache-Control"]
    assert picture["X-Robots-Tag"] == "noindex"
    again = Client().get(f"{page}picture.png", headers={"If-None-Match": picture["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    playlist.title = "Other songs"
    playlist.save()
    assert Client().head(f"{page}picture.png", headers={"If-None-Match": picture["ETag"]}).status_code == 200


def test_not_over_and_over(anna, playlist, monkeypatch):
    share = _share(anna, "playlist", playlist.key)
    monkeypatch.setattr(views, "PICTURES_A_MINUTE", 1)
    monkeypatch.setattr(views, "PAGES_A_MINUTE", 1)
    for path in ("", "picture.png"):
        first, second = (Client().get(f"/s/{share.token}/{path}") for _ in range(2))
        assert (first.status_code, second.status_code) == (200, 429)
        assert int(second["Retry-After"]) > 0
