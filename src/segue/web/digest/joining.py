"""Asking for the weekly letter, confirming that, and ending it. Nobody gets one who did not do both of the first."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from segue.web import clock
from segue.web.accounts.home import ADDRESS
from segue.web.digest import links
from segue.web.digest.models import Letter, Subscription
from segue.web.listening.models import Listener

AGAIN_AFTER_MS = 2 * 60_000
"""Whoever asks again sooner gets no second link to confirm."""
GIVEN_UP_AFTER = 3
"""Of so many letters in a row that came back, the next is not sent."""


@dataclass(frozen=True)
class Standing:
    """How it stands with somebody's letter: "off", "asked", "on", "paused" or "moved" (their address is another one since).

    `possible` is false for whom no letter can reach: the one listener of a home, who has no address.
    """

    state: str
    address: str
    possible: bool


def standing(listener: Listener) -> Standing:
    """How it stands with the letter of a listener who has an account."""
    assert listener.user is not None
    address = listener.user.email
    found = Subscription.objects.filter(listener=listener).first()
    state = "off" if found is None else found.state
    if found is not None and state in ("on", "asked") and not is_same(found.address, address):
        state = "moved"
    return Standing(state, address, address != ADDRESS)


def is_same(one: str, other: str) -> bool:
    """Whether two addresses are one."""
    return one.casefold() == other.casefold()


def ask(listener: Listener) -> bool:
    """Send a link to confirm to the address of the account; whether one was sent. Raises `OSError` where no letter can be.

    Who asked a moment ago, and who has the letter, is sent none.
    """
    now_ms, stands = clock.now_ms(), standing(listener)
    mine = Subscription.objects.filter(listener=listener)
    if not stands.possible or stands.state == "on":
        return False
    # Also of who ended it in between, or switching to and fro would send a letter each time: the link they have works again.
    if mine.filter(asked_ms__gt=now_ms - AGAIN_AFTER_MS, address=stands.address).update(state="asked", ended_ms=None):
        return False
    asked = {"state": "asked", "asked_ms": now_ms, "address": stands.address, "confirmed_ms": None, "ended_ms": None}
    made, _new = Subscription.objects.update_or_create(listener=listener, defaults=asked)
    try:
        _send_link(made)
    except OSError:
        mine.update(asked_ms=0)
        raise
    return True


def confirm(subscription: Subscription) -> bool:
    """The letters begin, if that is what was asked; whether they do."""
    user = subscription.listener.user
    if user is None or not user.is_active or not is_same(user.email, subscription.address):
        return False
    asked = Subscription.objects.filter(pk=subscription.pk, state="asked", asked_ms=subscription.asked_ms)
    return bool(asked.update(state="on", confirmed_ms=clock.now_ms())) or subscription.state == "on"


def leave(listener_id: int) -> None:
    """The letters end; doing it twice is as good as once."""
    standing_ones = Subscription.objects.filter(listener_id=listener_id).exclude(state="off")
    standing_ones.update(state="off", ended_ms=clock.now_ms())


def pause_if_given_up(listener_id: int) -> bool:
    """Send no more to where the latest letters all came back; whether that is so."""
    since = Subscription.objects.filter(listener_id=listener_id).values_list("confirmed_ms", flat=True).first() or 0
    latest = Letter.objects.filter(listener_id=listener_id, claimed_ms__gte=since).exclude(state="empty")
    states = list(latest.order_by("-week").values_list("state", flat=True)[:GIVEN_UP_AFTER])
    if len(states) < GIVEN_UP_AFTER or any(state not in ("refused", "bounced") for state in states):
        return False
    Subscription.objects.filter(listener_id=listener_id, state="on").update(state="paused", ended_ms=clock.now_ms())
    return True


def _send_link(subscription: Subscription) -> None:
    user = subscription.listener.user
    with translation.override(user.language or "en" if user is not None else "en"):
        about = {"link": links.begin(subscription), "days": links.CONFIRMED_FOR.days}
        letter = EmailMultiAlternatives(
            _("Confirm your weekly letter"), render_to_string("digest/confirm.txt", about), to=[subscription.address]
        )
    letter.send()
