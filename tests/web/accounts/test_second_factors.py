"""A second proof of who one is: codes of an app, recovery codes, passkeys."""

import base64
import hashlib
import hmac
import struct
import time
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from tests.web.accounts.conftest import confirm_who_one_is, is_signed_in, sign_in
from tests.web.conftest import PASSWORD


def code_of(secret: str, at: float) -> str:
    """RFC 6238, as an app does it."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(at) // 30), hashlib.sha1)
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF) % 1_000_000:06}"


@pytest.fixture
def clock(monkeypatch):
    """A clock that moves when it is told to."""
    now = [time.time()]
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: now[0])
    return now


@pytest.fixture
def secret(signed_in, clock):
    """`user` has set up an app; the secret that it holds."""
    assert signed_in.get("/accounts/2fa/totp/activate/")["Location"].startswith("/accounts/reauthenticate/")
    confirm_who_one_is(signed_in)
    page = signed_in.get("/accounts/2fa/totp/activate/").content.decode()
    secret = signed_in.session["mfa.totp.secret"]
    assert secret in page
    assert signed_in.post("/accounts/2fa/totp/activate/", {"code": code_of(secret, clock[0] - 90)}).status_code == 200
    assert signed_in.post("/accounts/2fa/totp/activate/", {"code": code_of(secret, clock[0])}).status_code == 302
    return secret


@pytest.fixture
def half_way(secret):
    """A browser after the password, before the second proof."""
    browser = Client()
    assert sign_in(browser)["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_signed_in(browser)
    return browser


def test_the_app_signs_in(half_way, secret, clock):
    clock[0] += 30
    assert half_way.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert not is_signed_in(half_way)
    half_way.post("/accounts/2fa/authenticate/", {"code": code_of(secret, clock[0])})
    assert is_signed_in(half_way)


def test_a_code_counts_once(half_way, secret, clock):
    clock[0] += 30
    code = code_of(secret, clock[0])
    half_way.post("/accounts/2fa/authenticate/", {"code": code})
    thief = Client()
    sign_in(thief)
    assert thief.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 200
    assert not is_signed_in(thief)


def test_codes_cannot_be_guessed_by_trying(half_way, secret, clock):
    for number in range(12):
        half_way.post("/accounts/2fa/authenticate/", {"code": f"{number:06}"})
    clock[0] += 30
    half_way.post("/accounts/2fa/authenticate/", {"code": code_of(secret, clock[0])})
    assert not is_signed_in(half_way)


def test_a_recovery_code_signs_in_once(half_way, signed_in):
    page = signed_in.get("/accounts/2fa/recovery-codes/").content.decode()
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert len(codes) == 10
    assert all(code in page for code in codes)
    half_way.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert is_signed_in(half_way)
    thief = Client()
    sign_in(thief)
    thief.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert not is_signed_in(thief)


def test_a_passkey_is_asked_for_by_the_address_of_the_service(signed_in):
    confirm_who_one_is(signed_in)
    answer = signed_in.get("/accounts/2fa/webauthn/add/", headers={"host": "localhost"})
    asked = answer.context["js_data"]["creation_options"]["publicKey"]
    assert asked["rp"]["id"] == "localhost"
    assert asked["challenge"]


def _authenticator(page) -> None:
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": kind})


@pytest.mark.one_database
def test_a_passkey_signs_in_without_a_password(chromium, user):
    page = chromium
    problems = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    _authenticator(page)
    page.goto("/accounts/login/?next=/accounts/2fa/webauthn/add/")
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.click("form[action='/accounts/login/'] button")
    page.wait_for_url(lambda url: "reauthenticate" in url)
    page.fill("[name=password]", PASSWORD)
    page.click("main form button")
    page.wait_for_url(lambda url: urlsplit(url).path.endswith("/webauthn/add/"))
    page.fill("[name=name]", "Laptop")
    page.check("[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: "/add/" not in url)
    assert Authenticator.objects.get(type="webauthn").wrap().name == "Laptop"

    page.context.clear_cookies()
    page.goto("/accounts/login/?next=/accounts/profile/")
    page.click("#passkey_login")
    page.wait_for_url(lambda url: urlsplit(url).path == "/accounts/profile/")
    assert page.locator("[name=country]").count() == 1
    assert not problems
