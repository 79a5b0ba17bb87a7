"""A listen that is deleted, and the way back: what it was, signed, in the hands of whom it belongs to."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.db import transaction

from segue.web.listening.changing import changed
from segue.web.listening.history import id_of
from segue.web.listening.models import Listen, Listener
from segue.web.listening.record import Row, write

KEPT_S = 3600
_SALT = "segue.listen"


def take_out(listener: Listener, listen_id: str) -> tuple[str, str] | None:
    """Delete a listen of a listener: its id, and the word that brings it back for an hour. None where there is none."""
    event = _event(listen_id)
    found = None if event is None else Listen.objects.filter(listener_id=listener.pk, event=event).first()
    if found is None:
        return None
    word = signing.dumps([listener.pk, *(getattr(found, name) for name in Row._fields)], salt=_SALT, compress=True)
    with transaction.atomic():
        if Listen.objects.filter(pk=found.pk).delete()[0]:
            changed(listener)
    return id_of(found), word


def put_back(listener: Listener, word: str) -> Listen | None:
    """Bring back what was taken out; the listen, or None for a word that is not this listener's, or too old."""
    try:
        read: Any = signing.loads(word, salt=_SALT, max_age=KEPT_S)
    except signing.BadSignature:
        return None
    whose, *values = read
    if whose != listener.pk:
        return None
    row = Row(*values)
    write(listener, [row])
    return Listen.objects.filter(listener_id=listener.pk, event=row.event).select_related("artist", "track").first()


def _event(listen_id: str) -> int | None:
    try:
        return int.from_bytes(bytes.fromhex(listen_id), signed=True) if len(listen_id) == 16 else None
    except ValueError:
        return None
