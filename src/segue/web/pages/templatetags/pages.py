"""What templates of pages need."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

STYLESHEETS = (
    "tokens",
    "elements",
    "parts",
    "frame",
    "player",
    "home",
    "catalogue",
    "playlists",
    "library",
    "taste",
    "friends",
    "insights",
)
"""Files of `static/segue`, in order: all of them on every page, as pages come and go without loading again."""


@register.simple_tag
def stylesheets() -> SafeString:
    """Links to all of them."""
    return format_html_join(
        "\n  ", '<link rel="stylesheet" href="{}">', ((static(f"segue/{one}.css"),) for one in STYLESHEETS)
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing of `icons.svg`, which says nothing to who cannot see it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>', name, static("segue/icons.svg"), name
    )


@register.filter
def length_of(ms: int | None) -> str:
    """Milliseconds as minutes and seconds: "3:07"; hours where there are any; empty where it is not known."""
    if ms is None:
        return ""
    minutes, seconds = divmod(round(ms / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
