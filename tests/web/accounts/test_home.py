"""A home server: one listener, this machine, no signing in."""

import pytest
from django.test import Client

from segue.errors import NotFound
from segue.web.accounts.home import become
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


def test_the_home_may_be_that_of_a_listener_of_the_library(home):
    known = Listener.objects.create(key="demo:listener:1", country="DK")
    become("demo:listener:1")
    assert home.get("/api/v1/me").json()["email"] == "home@localhost"
    assert Listener.objects.get() == known
    assert Listener.objects.get().user == User.objects.get()
    Listener.objects.create(key="demo:listener:2")
    become("demo:listener:2")
    assert User.objects.get().listener == known, "a home that has somebody keeps them"


def test_a_home_is_nobody_who_is_not_there_or_has_an_account(home, listener):
    for key in ("demo:listener:1", listener.key):
        with pytest.raises(NotFound, match="no listener"):
            become(key)
    assert User.objects.get() == listener.user


def test_a_device_is_called_what_people_call_it():
    from segue.web.accounts.templatetags.devices import device  # noqa: PLC0415

    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/18.0 Safari/604"
    edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 (KHTML, like Gecko) Chrome/140.0 Safari/537 Edg/140.0"
    assert [device(one) for one in (firefox, safari, edge)] == [
        "Firefox on Linux",
        "Safari on iPhone",
        "Edge on Windows",
    ]
    assert device("curl/8.5.0") == "curl/8.5.0"
    assert device("") == "A program without a name"
