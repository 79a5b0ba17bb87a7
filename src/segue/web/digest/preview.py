"""A letter to be looked at: nothing is sent, noted or claimed, and its links say nothing."""

from __future__ import annotations

from segue.errors import NotFound
from segue.web import clock
from segue.web.digest.weeks import Week
from segue.web.digest.writing import Written, letter_to
from segue.web.listening.models import Listener
from segue.web.listening.zones import zone


def preview(name: str, week: str | None = None) -> Written | None:
    """The letter of a listener, by id or by the address of their account; None where there is nothing to recommend.

    `week` as "2026-W47", else the one that goes on where they are; of another, it is as of Monday morning. What they played is
    known as it is now. Raises `NotFound`, `BadRequest` and `BadSnapshot`.
    """
    listener = found(name)
    here, now_ms = zone(listener), clock.now_ms()
    asked = Week.named(week) if week else Week.at(now_ms, here)
    at_ms = now_ms if asked == Week.at(now_ms, here) else asked.begins_ms(here, 8)
    return letter_to(listener, asked, at_ms)


def found(name: str) -> Listener:
    """A listener by id, or by the address of their account. Raises `NotFound`."""
    known = Listener.objects.select_related("user")
    one = None
    if name and "\0" not in name:
        one = known.filter(key=name).first() or known.filter(user__email__iexact=name).first()
    if one is None:
        raise NotFound(f"There is no listener {name[:200]!r}: name one by id, or by the address of the account.")
    return one
