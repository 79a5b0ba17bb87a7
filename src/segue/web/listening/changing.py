"""Saying that a listener changed, so that nothing older is served from a cache."""

from __future__ import annotations

from django.db import connection

from segue.web.listening.models import Listener

_STATEMENT = f"UPDATE {Listener._meta.db_table} SET version = version + 1 WHERE id = %s RETURNING version"  # noqa: S608


def changed(listener: Listener) -> None:
    """Raise the listener's version, here as in the database. Call it in the transaction of the change.

    Called first in a transaction, it makes others that change the same listener wait. Raises `Listener.DoesNotExist`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, [listener.pk])
        row = cursor.fetchone()
    if row is None:
        raise Listener.DoesNotExist
    [listener.version] = row
