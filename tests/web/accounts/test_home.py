"""A home server: one listener, this machine, no signing in."""

import pytest
from django.test import Client

from segue.web.accounts.models import User
from segue.web.listening.models import Listener


@pytest.fixture
def home(settings, db):
    settings.SINGLE_USER = True
    settings.ALLOWED_HOSTS = ["*"]
    return Client(headers={"host": "localhost:8000"})


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_whoever_is_at_the_machine_is_the_one_listener(home, host):
    assert home.get("/accounts/profile/", headers={"host": host}).status_code == 200
    assert home.get("/accounts/profile/", headers={"host": host}, REMOTE_ADDR="::1").status_code == 200
    assert User.objects.get().email == "home@localhost"
    assert User.objects.get().is_staff
    assert not User.objects.get().has_usable_password()
    assert Listener.objects.get().user == User.objects.get()


def test_the_api_knows_them_too(home):
    assert home.get("/api/v1/me").json()["email"] == "home@localhost"


@pytest.mark.parametrize(
    "asked",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": "::ffff:192.0.2.7"},
        {"REMOTE_ADDR": ""},
        {"headers": {"host": "evil.example"}},  # a page whose name was given the address 127.0.0.1
        {"headers": {"host": "localhost.evil.example"}},
        {"headers": {"host": "127.0.0.1.evil.example:8000"}},
        {"headers": {"x-forwarded-for": "127.0.0.1", "host": "localhost"}},
        {"headers": {"forwarded": "for=127.0.0.1", "host": "localhost"}},
    ],
)
@pytest.mark.parametrize("path", ["/", "/accounts/profile/", "/api/v1/me"])
def test_nobody_else_is_answered(home, asked, path):
    answer = home.get(path, **asked)
    assert answer.status_code == 403
    assert b"own machine" in answer.content
    assert not User.objects.exists()


def test_a_page_elsewhere_can_send_no_form(home):
    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost:8000"})
    assert strict.post("/accounts/private/", {"on": "1"}, headers={"origin": "https://evil.example"}).status_code == 403


def test_the_home_is_made_once(home):
    for _ in range(3):
        home.get("/accounts/profile/")
    assert User.objects.count() == 1


def test_elsewhere_nobody_is_signed_in_by_being_here(db, client):
    assert client.get("/accounts/profile/", headers={"host": "localhost"}).status_code == 302
    assert not User.objects.exists()


def test_the_home_may_be_erased_and_begins_anew(home):
    home.get("/accounts/profile/")
    before = Listener.objects.get().key
    assert home.post("/accounts/delete/", {"confirm": "on"}).status_code == 200
    assert not Listener.objects.filter(key=before).exists()
    assert home.get("/accounts/profile/").status_code == 200
