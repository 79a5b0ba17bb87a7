"""By which clock a listener lives."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

from segue.library.local_time import zone_of
from segue.web.listening.models import Listener


def zone(listener: Listener) -> ZoneInfo:
    """The listener's time zone."""
    return zone_named(listener.timezone, listener.country or None)


@lru_cache(maxsize=1000)
def zone_named(name: str, country: str | None) -> ZoneInfo:
    """A time zone; who has not named one is taken to live by the clocks of their country."""
    try:
        return ZoneInfo(name if name and name != "UTC" else zone_of(country))
    except (ValueError, OSError, KeyError):
        return ZoneInfo("UTC")
