"""How long one stays signed in, and on which devices."""

from datetime import timedelta
from importlib import import_module

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from segue.web.accounts.models import Token
from tests.web.accounts.conftest import is_signed_in, sign_in
from tests.web.conftest import PASSWORD


@pytest.fixture(params=["database", "redis"])
def kept(request, settings):
    """Where sessions are kept: in the database, or there and in a real Redis."""
    if request.param == "redis":
        location = f"{request.getfixturevalue('redis_url')}?db=0"
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": location}}
        settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    return request.param


@pytest.fixture
def later(monkeypatch):
    """Moves the clock on."""
    passed = [timedelta()]
    now = timezone.now

    def move(**more):
        passed[0] += timedelta(**more)

    monkeypatch.setattr(timezone, "now", lambda: now() + passed[0])
    return move


def test_a_session_that_is_used_goes_on(kept, signed_in, later):
    for _ in range(3):
        later(hours=300)
        assert is_signed_in(signed_in)


def test_a_session_that_is_idle_ends(kept, signed_in, later):
    later(hours=337)
    answer = signed_in.get("/accounts/profile/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/accounts/profile/")
    assert not Session.objects.exists()
    assert not UserSession.objects.exists()
    later(hours=-337)
    assert not is_signed_in(signed_in), "it is gone, not only refused"


def test_a_session_ends_in_the_end_however_much_it_is_used(kept, signed_in, later):
    for _ in range(8):
        later(days=10)
        assert is_signed_in(signed_in)
    later(days=10)
    assert not is_signed_in(signed_in)


def test_limits_count_from_signing_in_even_if_nothing_was_asked_since(user, browser, later):
    sign_in(browser)
    later(hours=337)
    assert not is_signed_in(browser)


def test_with_an_old_cookie_one_can_sign_in_at_once(signed_in, later):
    later(days=200)
    assert sign_in(signed_in).status_code == 302
    assert is_signed_in(signed_in)


def test_a_session_is_written_once_a_minute_at_most(signed_in, later):
    later(seconds=61)
    assert is_signed_in(signed_in)
    with CaptureQueriesContext(connection) as asked:
        for _ in range(3):
            later(seconds=15)
            signed_in.get("/accounts/profile/")
    assert not [query for query in asked.captured_queries if query["sql"].startswith("UPDATE")]
    later(seconds=61)
    seen = UserSession.objects.get().last_seen_at
    signed_in.get("/accounts/profile/")
    assert UserSession.objects.get().last_seen_at > seen, "devices show when they were last used"


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(signed_in, later):
    later(days=200)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/accounts/tokens/?a=1#b"}
    answer = signed_in.get("/accounts/profile/", headers=headers)
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/accounts/login/?next=%2Faccounts%2Ftokens%2F%3Fa%3D1"


def test_the_api_says_that_the_session_is_over(signed_in, later):
    assert signed_in.get("/api/v1/me").status_code in {200, 403}
    later(days=200)
    assert signed_in.get("/api/v1/me").status_code == 401


def test_a_token_is_all_that_counts_of_a_request_that_has_one(signed_in, stranger, later):
    _, key = Token.issue(stranger, "phone", ["read", "account"])
    later(days=200)
    answer = signed_in.get("/api/v1/me", headers={"authorization": f"Bearer {key}"})
    assert answer.json()["email"] == stranger.email
    assert "session" not in answer.cookies, "the cookie is neither used nor deleted"
    assert signed_in.get("/accounts/profile/", headers={"authorization": "Bearer x"}).status_code == 302
    later(days=-200)
    assert is_signed_in(signed_in)


def test_without_a_cookie_nothing_is_asked_of_the_database(db):
    with CaptureQueriesContext(connection) as asked:
        Client().get("/healthz")
    assert not asked.captured_queries


# -- devices -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def devices(kept, user):
    """Two browsers that `user` is signed in with."""
    here, there = Client(headers={"user-agent": "Here/1"}), Client(headers={"user-agent": "There/2"})
    for device in (here, there):
        sign_in(device)
        assert is_signed_in(device)
    return here, there


def test_devices_are_listed(devices):
    here, _there = devices
    page = here.get("/accounts/sessions/").content.decode()
    assert "Here/1" in page
    assert "There/2" in page


def test_signing_out_the_others_ends_them(devices):
    here, there = devices
    theirs = there.cookies["session"].value
    assert here.post("/accounts/sessions/").status_code == 302
    assert is_signed_in(here)
    assert not is_signed_in(there)
    store = import_module("django.conf").settings.SESSION_ENGINE
    assert not import_module(store).SessionStore().exists(theirs)
    assert UserSession.objects.count() == 1


def test_signing_out_one_leaves_the_others(devices, user):
    here, there = devices
    third = Client(headers={"user-agent": "Third/3"})
    sign_in(third)
    one = UserSession.objects.get(user_agent="There/2")
    here.post("/accounts/sessions/", {"session": one.pk})
    signed_in = [is_signed_in(device) for device in (here, there, third)]
    assert signed_in in ([True, False, True], [True, False, False])


def test_nobody_signs_out_somebody_else(devices, stranger):
    here, _there = devices
    other = Client()
    stranger.emailaddress_set.create(email=stranger.email, verified=True, primary=True)
    sign_in(other, stranger.email)
    other.post("/accounts/sessions/")
    assert is_signed_in(here)


def test_a_new_password_ends_the_other_sessions(devices, user):
    here, there = devices
    theirs = there.cookies["session"].value
    new = "another long walk home"
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    user.refresh_from_db()
    assert user.check_password(new)
    assert not is_signed_in(there)
    assert not Session.objects.filter(session_key=theirs).exists(), "nothing of it is kept"


def test_signing_out_ends_the_session_itself(kept, signed_in):
    stolen = Client()
    stolen.cookies["session"] = signed_in.cookies["session"].value
    assert is_signed_in(stolen)
    signed_in.post("/accounts/logout/")
    assert not is_signed_in(stolen)
