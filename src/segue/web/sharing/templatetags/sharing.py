"""What templates of sharing need."""

from __future__ import annotations

from datetime import UTC, datetime

from django import template
from django.utils.formats import date_format

register = template.Library()


@register.filter
def day(time_ms: int) -> str:
    """The day of a time, by UTC: "3 May 2026"."""
    return date_format(datetime.fromtimestamp(time_ms / 1000, UTC), "j F Y")
