"""Signing in with another service, against a real OpenID provider on this machine."""

import html
import re
from urllib.parse import urlsplit

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client

from segue.web.accounts.models import User
from segue.web.listening.models import Listener
from tests.web.accounts.conftest import confirm_who_one_is, is_signed_in
from tests.web.accounts.openid_provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider

CALLBACK = "http://testserver/accounts/oidc/oidc/login/callback/"


@pytest.fixture
def provider(settings, letters):
    provider = OpenIdProvider(redirect_uris={CALLBACK})
    app = {"provider_id": "oidc", "name": "Example", "client_id": CLIENT_ID, "secret": CLIENT_SECRET,
           "settings": {"server_url": provider.url}}  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    settings.ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http"
    yield provider
    provider.stop()


def begin(browser: Client, **more) -> str:
    """Press the button; gives the provider's address that the page goes on to."""
    page = browser.post("/accounts/oidc/oidc/login/", more)
    assert page.status_code == 200
    return html.unescape(re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.content.decode())[1])


def go_through(browser: Client, **more):
    """Go to the provider and back; gives what is answered then."""
    back = httpx.get(begin(browser, **more))
    assert back.status_code == 302, back.text
    parts = urlsplit(back.headers["Location"])
    return browser.get(f"{parts.path}?{parts.query}", follow=True)


def _said(answer) -> str:
    return " ".join(str(one) for one in answer.context["messages"])


def test_a_new_person_with_a_confirmed_address_has_an_account(browser, provider):
    go_through(browser)
    assert is_signed_in(browser)
    user = User.objects.get()
    assert (user.email, user.name) == ("dora@example.org", "Dora")
    assert user.emailaddress_set.get().verified
    assert not user.has_usable_password()
    assert Listener.objects.get().user == user
    assert not SocialToken.objects.exists(), "the service's keys are not kept"


def test_the_same_person_comes_back_to_the_same_account(browser, provider):
    go_through(browser)
    elsewhere = Client()
    provider.person = {**provider.person, "email": "another@example.org", "email_verified": False}
    go_through(elsewhere)
    assert is_signed_in(elsewhere)
    assert User.objects.get().email == "dora@example.org"


@pytest.mark.parametrize("confirmed", [False, "false", None, 0])
def test_an_address_that_is_not_confirmed_makes_no_account(browser, provider, confirmed):
    provider.person["email_verified"] = confirmed
    answer = go_through(browser)
    assert answer.request["PATH_INFO"] == "/accounts/signup/"
    assert "Example" in _said(answer)
    assert not is_signed_in(browser)
    assert not User.objects.exists()


def test_neither_does_no_address(browser, provider):
    del provider.person["email"], provider.person["email_verified"]
    go_through(browser)
    assert not is_signed_in(browser)
    assert not User.objects.exists()


def test_an_account_of_the_same_address_is_not_taken_over(browser, provider, user):
    provider.person["email"] = user.email.upper()
    answer = go_through(browser)
    assert answer.request["PATH_INFO"] == "/accounts/login/"
    assert "Sign in to it" in _said(answer)
    assert not is_signed_in(browser)
    assert not SocialAccount.objects.exists()


def test_nor_one_whose_owner_has_not_confirmed_it(browser, provider, db):
    User.objects.create_user("dora@example.org", "a squatter waits")
    go_through(browser)
    assert not is_signed_in(browser)
    assert User.objects.count() == 1


def test_one_who_is_signed_in_connects_it_and_signs_in_by_it(provider, signed_in, user):
    confirm_who_one_is(signed_in)
    go_through(signed_in, process="connect")
    assert SocialAccount.objects.get().user == user
    elsewhere = Client()
    go_through(elsewhere)
    assert is_signed_in(elsewhere)
    assert User.objects.count() == 1


def test_where_sign_up_is_closed_no_account_is_made(browser, provider, settings):
    settings.SIGNUP = False
    go_through(browser)
    assert not User.objects.exists()


def test_the_address_of_a_home_cannot_be_had(browser, provider):
    provider.person["email"] = "home@localhost"
    go_through(browser)
    assert not User.objects.exists()


def test_nobody_is_sent_to_the_provider_by_a_link(browser, provider):
    assert browser.get("/accounts/oidc/oidc/login/").status_code == 200
    assert "/authorize" not in provider.asked


def test_an_answer_that_was_not_asked_for_is_refused(provider, db):
    browser = Client()
    parts = urlsplit(httpx.get(begin(browser)).headers["Location"])
    victim = Client()
    victim.get(f"{parts.path}?{parts.query}")
    assert not is_signed_in(victim), "a sign-in begun in one browser cannot be ended in another"
    assert not User.objects.exists()


def test_a_provider_that_fails_is_said(browser, provider):
    state = begin(browser).partition("state=")[2].partition("&")[0]
    answer = browser.get(f"/accounts/oidc/oidc/login/callback/?code=made-up&state={state}")
    assert answer.status_code == 401
    assert not User.objects.exists()


def test_a_browser_lets_itself_be_sent_there_and_back(chromium, live_server, provider):
    provider.redirect_uris.add(f"{live_server.url}/accounts/oidc/oidc/login/callback/")
    chromium.goto("/accounts/login/")
    chromium.click("[action^='/accounts/oidc/oidc/login/'] button, a[href^='/accounts/oidc/oidc/login/']")
    if urlsplit(chromium.url).path.startswith("/accounts/oidc/"):
        chromium.click("main form button")
    chromium.wait_for_url(lambda url: url.startswith(live_server.url) and "/accounts/" not in url)
    assert User.objects.get().email == "dora@example.org"
