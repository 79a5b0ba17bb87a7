"""That somebody listens in private, for the frame of every page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import template

from segue.web import clock
from segue.web.listening.models import listener_of
from segue.web.listening.zones import zone

register = template.Library()


@register.simple_tag
def private_until(user: Any) -> datetime | None:
    """Until when somebody listens in private, by their own clock (without a zone); None where they do not."""
    if not user.is_authenticated:
        return None
    listener = listener_of(user)
    until_ms = listener.private_until_ms
    if until_ms is None or until_ms <= clock.now_ms():
        return None
    return datetime.fromtimestamp(until_ms / 1000, UTC).astimezone(zone(listener)).replace(tzinfo=None)
