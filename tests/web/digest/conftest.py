"""What tests of the letter share: a mail server, a Monday morning, and somebody who asked for the letter."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from segue.web import clock
from segue.web.digest import sending
from segue.web.digest.models import Subscription
from segue.web.digest.writing import Written
from segue.web.listening.models import listener_of
from tests.web.accounts.conftest import letters  # noqa: F401 (a fixture)

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@pytest.fixture
def at(monkeypatch):
    """Sets the clock to a time in Copenhagen."""

    def moved(*when):
        now_ms = int(datetime(*when, tzinfo=COPENHAGEN).timestamp() * 1000)
        monkeypatch.setattr(clock, "now_ms", lambda: now_ms)
        return now_ms

    return moved


@pytest.fixture
def monday(at):
    """Monday, 23 November 2026, 08:10 in Copenhagen."""
    return at(2026, 11, 23, 8, 10)


@pytest.fixture(autouse=True)
def _as_fast_as_can_be(settings):
    settings.MAIL_PER_MINUTE = 0


def subscribed(user, zone="Europe/Copenhagen") -> Subscription:
    """Somebody who asked for the letter and confirmed it."""
    listener = listener_of(user)
    listener.timezone = zone
    listener.save()
    return Subscription.objects.create(listener=listener, address=user.email, state="on", asked_ms=0, confirmed_ms=0)


@pytest.fixture
def reader(user) -> Subscription:
    return subscribed(user)


@pytest.fixture
def short(monkeypatch):
    """Letters that need nothing trained: sending is what is tried."""
    written = Written("Hello", "Good morning.\n.\n..and dots\n", "<p>Good morning.</p>", {}, [])
    monkeypatch.setattr(sending, "letter_to", lambda listener, week, at_ms: written)
