"""The one listener of a home server, who does not sign in."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest
from django.http.request import split_domain_port

from segue.errors import NotFound
from segue.web.accounts.addresses import is_loopback
from segue.web.accounts.models import User
from segue.web.listening.models import Listener, listener_of

ADDRESS = "home@localhost"
_NAMES = {"localhost", "127.0.0.1", "[::1]"}
_PROXIED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


def user() -> User:
    """The one account; made when first asked for. Nobody can sign in to it by a password."""
    found = User.objects.filter(email=ADDRESS).first()
    if found is None:
        made = {"is_staff": True, "password": make_password(None)}
        found, _ = User.objects.get_or_create(email=ADDRESS, defaults=made)
        listener_of(found)
    return found


def become(key: str) -> None:
    """Make a listener of the library the one of this home, with all that they have played; nothing where the home has its own.

    Raises `NotFound` where there is nobody of that key.
    """
    if User.objects.filter(email=ADDRESS).exists():
        return
    with transaction.atomic():
        found = Listener.objects.filter(key=key, user__isnull=True)
        made = User.objects.create(email=ADDRESS, is_staff=True, password=make_password(None))
        if not found.update(user=made, welcomed=True):
            raise NotFound(f"There is no listener {key} in the library.")


def is_asked_from_here(request: HttpRequest) -> bool:
    """Whether a browser on this machine asks, by a name of this machine.

    A page elsewhere may give its own name the address 127.0.0.1 (DNS rebinding); the Host header then says that name.
    """
    host, _ = split_domain_port(request.get_host())
    proxied = any(name in request.META for name in _PROXIED)
    return host in _NAMES and not proxied and is_loopback(request.META.get("REMOTE_ADDR", ""))
