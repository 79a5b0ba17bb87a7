"""Links of letters: each is signed, says whose it is, and opens a page with one button. Whatever only looks changes nothing.

Programs that open links before people do (scanners, previews) send a GET; what changes anything is a POST.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.urls import reverse

from segue.web.accounts.adapters import at_home
from segue.web.digest.models import Subscription

SAID_FOR = timedelta(days=60)
CONFIRMED_FOR = timedelta(days=7)
_SAY, _BEGIN, _END = "segue.digest.say", "segue.digest.begin", "segue.digest.end"
KINDS = ("like", "dislike")


@dataclass(frozen=True)
class Say:
    """To like or dislike a track of a letter; `exposure` is the page of recommendations that the letter was.

    `made_ms` is when the letter was claimed by who sent it: links of a preview, or of an attempt that failed, are of no letter.
    """

    listener_id: int
    week: str
    kind: str
    track: str
    exposure: UUID | None = None
    made_ms: int = 0

    def address(self) -> str:
        """The link."""
        of = self.exposure.hex if self.exposure else ""
        held = [self.listener_id, self.week, KINDS.index(self.kind), self.track, of, self.made_ms]
        return at_home(reverse("digest_say", args=[signing.dumps(held, salt=_SAY)]))

    @classmethod
    def read(cls, token: str) -> Say | None:
        """What a link says; None where it was not made here, or is too old."""
        held = _read(token, _SAY, SAID_FOR)
        if held is None:
            return None
        listener_id, week, kind, track, of, made_ms = held
        return cls(listener_id, week, KINDS[kind], track, UUID(of) if of else None, made_ms)


def begin(subscription: Subscription) -> str:
    """The link that confirms. It is of one asking, and of one address."""
    held = [subscription.listener_id, subscription.asked_ms, subscription.address]
    return at_home(reverse("digest_begin", args=[signing.dumps(held, salt=_BEGIN)]))


def began(token: str) -> Subscription | None:
    """The subscription that a link confirms; None where there is none any more."""
    held = _read(token, _BEGIN, CONFIRMED_FOR)
    if held is None:
        return None
    listener_id, asked_ms, address = held
    found = Subscription.objects.filter(listener_id=listener_id, asked_ms=asked_ms, address=address)
    return found.exclude(state="off").select_related("listener__user").first()


def end(listener_id: int) -> str:
    """The link that ends the letters of a listener. It works for ever: nobody is held by an old letter."""
    return at_home(reverse("digest_end", args=[signing.dumps(listener_id, salt=_END)]))


def ended(token: str) -> Subscription | None:
    """The subscription that a link ends; None where there is none."""
    listener_id = _read(token, _END, None)
    return None if listener_id is None else Subscription.objects.filter(listener_id=listener_id).first()


def _read(token: str, salt: str, age: timedelta | None) -> Any:
    try:
        return signing.loads(token, salt=salt, max_age=age)
    except signing.BadSignature:
        return None
