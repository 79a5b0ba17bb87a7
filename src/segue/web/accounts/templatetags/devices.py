"""Devices by names that people know."""

from __future__ import annotations

import re

from django import template
from django.utils.translation import gettext as _

register = template.Library()
# In order: most browsers also name those that they are like.
_BROWSERS = (("Firefox", r"Firefox|FxiOS"), ("Edge", r"Edg(e|A|iOS)?/"), ("Opera", r"OPR/|Opera"),
             ("Samsung Internet", r"SamsungBrowser"), ("Chrome", r"Chrome|CriOS"), ("Safari", r"Safari"))  # fmt: skip
_SYSTEMS = (("iPhone", r"iPhone"), ("iPad", r"iPad"), ("Android", r"Android"), ("Windows", r"Windows"),
            ("Mac", r"Macintosh|Mac OS"), ("ChromeOS", r"CrOS"), ("Linux", r"Linux|X11"))  # fmt: skip
_LONGEST = 60


@register.filter
def device(user_agent: str) -> str:
    """As “Firefox on Linux”; what the program calls itself, where it is none that we know."""
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    if browser and system:
        return _("{browser} on {system}").format(browser=browser, system=system)
    return browser or user_agent[:_LONGEST] or _("A program without a name")


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for name, pattern in names if re.search(pattern, user_agent)), None)
