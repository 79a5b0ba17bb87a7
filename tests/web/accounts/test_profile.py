"""What one says of oneself, private sessions, and keys for programs."""

import time

import pytest
from django.test import Client

from segue.web.accounts.countries import COUNTRIES
from segue.web.accounts.models import Token
from segue.web.listening.models import Listener
from tests.web.accounts.conftest import confirm_who_one_is, sign_in

GIVEN = {"name": "Anna K", "country": "DK", "birth_year": "1985", "gender": "female", "languages": ["da", "en"],
         "timezone": "Europe/Copenhagen"}  # fmt: skip


def test_a_profile_is_kept_and_counts_at_once(signed_in, user, listener):
    before = listener.version
    assert signed_in.post("/accounts/profile/", GIVEN).status_code == 302
    listener.refresh_from_db()
    user.refresh_from_db()
    assert user.name == "Anna K"
    assert (listener.country, listener.birth_year, listener.gender) == ("DK", 1985, "female")
    assert (listener.languages, listener.timezone) == (["da", "en"], "Europe/Copenhagen")
    assert listener.version > before
    form = signed_in.get("/accounts/profile/").context["form"]
    assert {name: form[name].value() for name in GIVEN} == {**GIVEN, "birth_year": 1985}


def test_everything_may_be_left_out_again(signed_in, listener):
    signed_in.post("/accounts/profile/", GIVEN)
    assert signed_in.post("/accounts/profile/", {}).status_code == 302
    listener.refresh_from_db()
    assert (listener.country, listener.birth_year, listener.gender) == (None, None, None)
    assert (listener.languages, listener.timezone) == ([], "UTC")


def test_each_field_says_what_it_is_for(signed_in):
    assert all(field.help_text for field in signed_in.get("/accounts/profile/").context["form"])


@pytest.mark.parametrize(
    ("field", "value"),
    [("country", "XX"), ("birth_year", "1700"), ("birth_year", "2999"), ("birth_year", "9" * 30), ("gender", "x"),
     ("languages", "xx"), ("timezone", "Mars/Olympus"), ("timezone", "../etc"), ("name", "x" * 101), ("name", "a\0b")],
)  # fmt: skip
def test_what_cannot_be_is_refused(signed_in, listener, field, value):
    answer = signed_in.post("/accounts/profile/", {**GIVEN, field: value})
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    listener.refresh_from_db()
    assert listener.country is None


def test_countries_are_those_of_iso_3166():
    assert len(COUNTRIES) == 249
    assert {"DK", "SE", "GB", "US", "XK"} & set(COUNTRIES) == {"DK", "SE", "GB", "US"}
    assert all(len(code) == 2 and code.isupper() and name for code, name in COUNTRIES.items())


def test_a_private_session_lasts_six_hours_or_until_it_is_ended(signed_in, listener):
    signed_in.post("/accounts/private/", {"on": "1"})
    listener.refresh_from_db()
    now = time.time_ns() // 1_000_000
    assert listener.is_private(now + 5 * 3_600_000)
    assert not listener.is_private(now + 7 * 3_600_000)
    signed_in.post("/accounts/private/", {"on": "0"})
    listener.refresh_from_db()
    assert not listener.is_private(now)
    assert signed_in.get("/accounts/private/").status_code == 405


# -- tokens --------------------------------------------------------------------------------------------------------------

PHONE = {"name": "phone", "scopes": ["read", "listen"], "days": "30"}


def test_a_token_is_made_shown_once_and_works(signed_in, user):
    confirm_who_one_is(signed_in)
    answer = signed_in.post("/accounts/tokens/", PHONE)
    key = answer.context["key"]
    assert key in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert key not in signed_in.get("/accounts/tokens/").content.decode()
    token = Token.objects.get()
    assert (token.user, token.scopes, (token.expires - token.created).days) == (user, ["read", "listen"], 29)
    assert Client().get("/api/v1/me", headers={"authorization": f"Bearer {key}"}).status_code == 200


def test_a_token_is_made_only_by_somebody_who_shows_who_they_are(signed_in):
    assert signed_in.post("/accounts/tokens/", PHONE)["Location"].startswith("/accounts/reauthenticate/")
    assert not Token.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"scopes": ["staff"]}, {"scopes": ["fly"]}, {"scopes": []}, {"name": ""}, {"days": "99999999"}]
)
def test_a_token_that_cannot_be_is_refused(signed_in, wrong):
    confirm_who_one_is(signed_in)
    assert signed_in.post("/accounts/tokens/", {**PHONE, **wrong}).context["form"].errors
    assert not Token.objects.exists()


def test_a_token_is_withdrawn_by_its_owner_only(signed_in, user, stranger):
    mine, key = Token.issue(user, "phone", ["read"])
    theirs, _ = Token.issue(stranger, "phone", ["read"])
    assert signed_in.post(f"/accounts/tokens/{theirs.pk}/withdraw/").status_code == 404
    assert signed_in.post(f"/accounts/tokens/{10**30}/withdraw/").status_code == 404
    assert signed_in.get(f"/accounts/tokens/{mine.pk}/withdraw/").status_code == 405
    assert signed_in.post(f"/accounts/tokens/{mine.pk}/withdraw/").status_code == 302
    assert list(Token.objects.all()) == [theirs]
    assert Client().get("/api/v1/me", headers={"authorization": f"Bearer {key}"}).status_code == 401


@pytest.mark.parametrize(
    "page", ["profile", "tokens", "data", "export", "delete", "private", "sessions", "2fa", "email"]
)
def test_pages_of_an_account_ask_to_sign_in(db, page):
    post = page in {"private"}
    ask = Client().post if post else Client().get
    assert ask(f"/accounts/{page}/")["Location"].startswith("/accounts/login/")


def test_no_form_is_taken_from_elsewhere(user):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    assert sign_in(browser).status_code == 403
    for page in ("profile", "private", "tokens", "delete"):
        assert browser.post(f"/accounts/{page}/", {"confirm": "on"}).status_code == 403
    assert Listener.objects.filter(user=user, private_until_ms__isnull=False).count() == 0
