"""Home: a greeting, an opening, shelves that say why; for the rich, the cold and the unknown, with and without a snapshot."""

import re
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import Client

from segue.errors import BadSnapshot
from segue.web.discovery import exposures
from segue.web.discovery.models import Exposure
from segue.web.discovery.serving import engine
from segue.web.discovery.wall import choose, wall
from segue.web.editorial.models import Pick
from segue.web.listening.feedback import give_feedback
from segue.web.listening.models import Listener
from segue.web.pages import home
from segue.web.playing.models import Latest


@pytest.fixture
def page(user) -> Client:
    """The browser of `user`."""
    browser = Client()
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


@pytest.fixture
def rich(catalogue, snapshot, user) -> Listener:
    """`user`, with the history of the busiest listener of the demo world."""
    busiest = max(Listener.objects.filter(user=None), key=lambda one: one.listens.count())
    Listener.objects.filter(user=user).delete()
    Listener.objects.filter(pk=busiest.pk).update(user=user, welcomed=True)
    return Listener.objects.get(pk=busiest.pk)


def tracks(answer) -> list[str]:
    return re.findall(r'class="track" data-track="([^"]+)"', answer.content.decode())


def test_home_of_who_is_known_reads_from_top_to_bottom(page, rich, user):
    first = page.get("/").content.decode()
    assert re.search(r"<h1>Good (morning|afternoon|evening), Anna</h1>", first)
    assert "Discover Weekly" in first
    assert "/mixes/daily-mix-1/" in first
    assert 'hx-get="/home/shelves/"' in first
    more = page.get("/home/shelves/")
    text = more.content.decode()
    assert text.count("<h2>Because you listened to") == 2
    assert "For you" in text
    assert len(re.findall(r"<section", text)) == len(re.findall(r'<p class="lead">', text)), "each shelf says why"
    shown = tracks(more)[: home.FEW + home.BECAUSE * home.OWED]
    assert len(set(shown)) == len(shown), "nothing stands twice"


def test_what_is_owed_to_an_artist_is_by_others_and_says_so(page, rich):
    page.get("/home/shelves/")
    found = home.front(rich, home.FEW, home.BECAUSE, home.OWED)
    facts = engine().catalogue.facts
    for one in found.because:
        assert one.artist in facts.artist_names
        own = {track.item_id for track in one.tracks if one.artist in track.artists}
        assert not own
        assert all(any(reason.because for reason in track.reasons) for track in one.tracks)


def test_each_shelf_is_noted_by_its_name(page, rich):
    page.get("/home/shelves/")
    exposures.flush()
    surfaces = set(Exposure.objects.filter(listener=rich).values_list("surface", flat=True))
    assert {"home:for-you", "home:because"} <= surfaces
    assert all(one.startswith("home:") for one in surfaces)


def test_three_likes_are_enough_for_a_home(catalogue, snapshot, page, listener):
    choose(listener, [one.key for one in wall(3)])
    answer = page.get("/")
    shelves = page.get("/home/shelves/?below=for-you" if "below" in answer.content.decode() else "/home/shelves/")
    assert tracks(answer) or tracks(shelves)
    assert "Because you like" in shelves.content.decode()
    assert not re.search(r"<ul[^>]*>\s*</ul>|<ol[^>]*>\s*</ol>", answer.content.decode() + shelves.content.decode())


def test_somebody_new_is_welcomed_first(page, listener):
    assert page.get("/")["Location"] == "/welcome/"


def test_what_was_said_counts_at_once_and_the_length_stays(catalogue, snapshot, page, listener):
    choose(listener, [one.key for one in wall(3)])
    before = tracks(page.get(f"/for-you/?n={home.MORE}"))
    assert len(before) == home.MORE
    give_feedback(listener, "dislike", track_key=before[0])
    again = page.get(f"/for-you/?n={home.MORE}")
    assert before[0] not in tracks(again)
    assert f"n={home.MORE}" in again.content.decode()
    assert len(tracks(page.get("/for-you/?n=1000000"))) == home.FEW


def test_without_a_snapshot_the_page_says_so_and_works(catalogue, page, listener, monkeypatch):
    def none(*_, **__):
        raise BadSnapshot("none yet")

    for name in ("mixes_of", "for_you", "front"):
        monkeypatch.setattr(home, name, none)
    Listener.objects.filter(pk=listener.pk).update(welcomed=True)
    Pick.objects.create(title="By hand", track_keys=["x"], starts_ms=0)
    answer = page.get("/")
    assert answer.status_code == 200
    assert "not ready yet" in answer.content.decode()
    assert 'href="/search/"' in answer.content.decode()
    assert "By hand" in page.get("/home/shelves/").content.decode()
    assert "not ready yet" in page.get("/for-you/").content.decode()


def test_go_on_with_what_was_playing(catalogue, snapshot, page, rich):
    from segue.web.catalog.models import Track  # noqa: PLC0415

    Latest.objects.create(listener=rich, track=Track.objects.first(), page="/mixes/rewind/", title="Rewind", time_ms=1)
    assert '<a href="/mixes/rewind/">Rewind</a>' in page.get("/").content.decode()


@pytest.mark.parametrize(
    ("hour", "zone", "said"),
    [(6, "UTC", "Good morning"), (23, "Asia/Tokyo", "Good morning"), (13, "UTC", "Good afternoon")],
)
def test_the_greeting_is_by_the_clock_of_the_listener(monkeypatch, hour, zone, said):
    class Clock(datetime):
        @classmethod
        def now(cls, _zone=None):
            return datetime(2026, 11, 21, hour, tzinfo=UTC)

    monkeypatch.setattr(home, "datetime", Clock)
    assert home._greeting(Listener(timezone=zone), "") == said


def test_the_front_of_who_is_not_signed_in(db):
    text = Client().get("/").content.decode()
    assert text.count("/cover/") == 12
    assert ("/accounts/signup/" in text) == settings.SIGNUP
    assert Client().get("/home/shelves/")["Location"].startswith("/accounts/login/")
