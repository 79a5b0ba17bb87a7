"""A mail server, a second browser, and forms filled in: what tests of accounts share."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from tests.web.accounts.mail_server import MailServer
from tests.web.conftest import PASSWORD


class Letters:
    """What a mail server received."""

    def __init__(self) -> None:
        self.received = []

    def __len__(self) -> int:
        return len(self.received)

    @property
    def last(self):
        return self.received[-1]

    @property
    def text(self) -> str:
        """The plain text of the last letter."""
        return self.last.get_body(("plain",)).get_content()

    def link(self, part: str) -> str:
        """The address in the last letter that has `part` in it."""
        return next(found for found in re.findall(r"https?://\S+", self.text) if part in found)


@pytest.fixture
def letters(settings):
    """A real mail server on this machine, that the service sends its letters to."""
    letters = Letters()
    server = MailServer(letters.received)
    settings.EMAIL_BACKEND = "segue.web.accounts.mail.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_SSL = settings.EMAIL_USE_TLS = False
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.URL = "https://music.example.org"
    yield letters
    server.stop()


@pytest.fixture(autouse=True)
def _nothing_was_tried(request):
    """Every test begins with no attempt counted."""
    for database in ("live_server", "transactional_db", "db"):
        if database in request.fixturenames:
            request.getfixturevalue(database)
            cache.clear()
            return


@pytest.fixture
def browser(db) -> Client:
    """A browser that sends what its forms need."""
    return Client()


def sign_in(browser: Client, email: str = "anna@example.org", password: str = PASSWORD):
    """Fill in the form for signing in."""
    return browser.post("/accounts/login/", {"login": email, "password": password})


def is_signed_in(browser: Client) -> bool:
    """Whether the browser is let in where only those with an account are."""
    return browser.get("/accounts/profile/").status_code == 200


def confirm_who_one_is(browser: Client, password: str = PASSWORD) -> None:
    """Give the password once more, as before anything that cannot be undone."""
    assert browser.post("/accounts/reauthenticate/", {"password": password}).status_code == 302


@pytest.fixture
def signed_in(browser, user) -> Client:
    """`user`, signed in by a password."""
    sign_in(browser)
    assert is_signed_in(browser)
    return browser


@pytest.fixture
def chromium(live_server, real_browser):
    """A page of a real browser that nobody has used."""
    context = real_browser.new_context(base_url=live_server.url)
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()
