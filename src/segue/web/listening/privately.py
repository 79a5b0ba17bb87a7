"""Listening in private: for a while nothing of what is played, said and searched is kept."""

from __future__ import annotations

from django.db import transaction

from segue.web import clock
from segue.web.listening.changing import changed
from segue.web.listening.models import Listener

FOR_MS = 6 * 3600 * 1000


def begin(listener: Listener) -> None:
    """From now on, for six hours."""
    _until(listener, clock.now_ms() + FOR_MS)


def end(listener: Listener) -> None:
    """No longer."""
    _until(listener, None)


def _until(listener: Listener, until_ms: int | None) -> None:
    with transaction.atomic():
        changed(listener)
        Listener.objects.filter(pk=listener.pk).update(private_until_ms=until_ms)
    listener.private_until_ms = until_ms
