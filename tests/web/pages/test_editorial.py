"""Pages of picks: nobody but staff learns that they are there; what staff write is checked and seen."""

import pytest
from django.test import Client

from segue.web.accounts.models import User
from segue.web.catalog.models import Track
from segue.web.editorial.models import Pick
from segue.web.listening.models import Listener
from tests.web.pages.test_home import page  # noqa: F401 - a fixture

WRITTEN = {"title": "Cold days", "sentence": "Soft and slow.", "playlist": "", "tracks": "t1\r\nt0\r\n", "countries": "se, no",
           "starts": "2020-01-01T12:00", "ends": ""}  # fmt: skip
ADDRESSES = ("/editorial/", "/editorial/new/", "/editorial/1/", "/editorial/1/move/", "/editorial/1/delete/")


@pytest.fixture
def staff(user, page) -> Client:  # noqa: F811
    """The browser of somebody who runs the service, and lives in Stockholm."""
    User.objects.filter(pk=user.pk).update(is_staff=True)
    Listener.objects.filter(user=user).delete()
    Listener.objects.create(user=user, country="SE", welcomed=True)
    for place in range(3):
        Track.objects.create(key=f"t{place}", title=f"Track {place}")
    return page


def test_nobody_else_learns_that_they_are_there(page, db):  # noqa: F811
    for address in ADDRESSES:
        for ask in (page.get, page.post):
            assert ask(address).status_code == 404, address
    assert all(Client().get(address).status_code == 302 for address in ADDRESSES)


def test_a_pick_is_written_looked_at_and_changed(staff):
    answer = staff.post("/editorial/new/", WRITTEN)
    made = Pick.objects.get()
    assert answer["Location"] == f"/picks/{made.pk}/"
    assert (made.track_keys, made.countries) == (["t1", "t0"], ["SE", "NO"])
    assert made.starts_ms == 1_577_876_400_000, "noon by the clock of Stockholm"
    shown = staff.get(f"/picks/{made.pk}/").content.decode()
    assert shown.index("Track 1") < shown.index("Track 0")
    assert "On front pages now" in shown
    assert "Cold days" in staff.get("/home/shelves/").content.decode()
    form = staff.get(f"/editorial/{made.pk}/").content.decode()
    assert 'value="2020-01-01T12:00"' in form
    staff.post(f"/editorial/{made.pk}/", WRITTEN | {"title": "Colder", "starts": "2090-01-01T12:00"})
    made.refresh_from_db()
    assert made.title == "Colder"
    assert "Not shown yet" in staff.get("/editorial/").content.decode()
    assert "Colder" not in staff.get("/home/shelves/").content.decode()
    staff.post(f"/editorial/{made.pk}/delete/")
    assert not Pick.objects.exists()
    assert staff.get(f"/editorial/{made.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": ""}, "required"),
        ({"tracks": ""}, "Name a playlist, or at least one track."),
        ({"tracks": "t1\nnone"}, "no track &#x27;none&#x27;"),
        ({"countries": "Sweden"}, "two letters each"),
        ({"ends": "2019-01-01T12:00"}, "It must end after it starts."),
        ({"starts": "soon"}, "valid date"),
        ({"playlist": "none", "tracks": ""}, "no playlist of that key"),
    ],
)
def test_what_is_wrong_is_said(staff, wrong, said):
    answer = staff.post("/editorial/new/", WRITTEN | wrong)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Pick.objects.exists()


def test_tracks_are_found_and_added_without_losing_what_was_written(staff):
    found = staff.post("/editorial/new/", WRITTEN | {"q": "Track 2", "find": "1"}).content.decode()
    assert 'name="add" value="t2"' in found
    added = staff.post("/editorial/new/", WRITTEN | {"q": "Track 2", "add": "t2"}).content.decode()
    assert "t1\nt0\nt2</textarea>" in added.replace("\r", "")
    assert 'value="Cold days"' in added
    assert not Pick.objects.exists()


def test_a_listener_sees_a_pick_in_its_time_only(staff, stranger):
    now = Pick.objects.create(title="Now", track_keys=["t0"], starts_ms=0)
    soon = Pick.objects.create(title="Soon", track_keys=["t0"], starts_ms=2**50)
    other = Client()
    other.force_login(stranger, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert other.get(f"/picks/{now.pk}/").status_code == 200
    assert "Change this pick" not in other.get(f"/picks/{now.pk}/").content.decode()
    assert other.get(f"/picks/{soon.pk}/").status_code == 404
    assert staff.get(f"/picks/{soon.pk}/").status_code == 200


def test_picks_are_moved_by_buttons(staff):
    made = [
        Pick.objects.create(title=title, track_keys=["t0"], starts_ms=0, position=place)
        for place, title in enumerate("ab")
    ]
    staff.post(f"/editorial/{made[1].pk}/move/", {"to": "up"})
    assert list(Pick.objects.values_list("title", flat=True)) == ["b", "a"]
