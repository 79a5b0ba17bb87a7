"""Saying that a listener changed, so that nothing older is served from a cache."""

from __future__ import annotations

from segue.web.listening.models import Listener


def changed(listener: Listener) -> None:
    """Raise the listener's version, here as in the database. Call it in the transaction of the change.

    Called first in a transaction, it makes others that change the same listener wait.
    """
    Listener.changed(listener.pk)
    listener.version = Listener.objects.values_list("version", flat=True).get(pk=listener.pk)
