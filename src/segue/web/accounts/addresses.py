"""Where a request comes from."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "::"
"""Of requests that came by no network, as through a socket in the file system."""


def client_ip(request: HttpRequest) -> str:
    """The address of whoever asks: the one that the outermost proxy we trust saw; without trusted proxies, the connection's."""
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if settings.TRUSTED_PROXIES else []
    forwarded = hops[max(len(hops) - settings.TRUSTED_PROXIES, 0)] if hops else ""
    return _address(forwarded) or _address(request.META.get("REMOTE_ADDR", "")) or UNKNOWN


def is_loopback(address: str) -> bool:
    """Whether that address is this machine's own."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def _address(text: str) -> str:
    """The address without a port, or nothing where it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return ""
