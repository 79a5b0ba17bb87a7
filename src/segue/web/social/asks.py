"""Asking a friend for a recommendation, and answering with a track. An answer counts for nothing by itself."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from segue.errors import BadRequest, NotFound
from segue.web import clock
from segue.web.catalog.models import Track
from segue.web.listening.models import Listener
from segue.web.social.models import Ask
from segue.web.social.people import between, one_line

A_DAY = 20
OPEN_TO_ONE = 5
"""So many questions may wait for an answer of the same friend."""
SHOWN = 50
LONGEST = 300
_DAY_MS = 86_400_000


def ask(listener: Listener, other: Listener, words: str) -> Ask:
    """Ask somebody whom the listener follows. Raises `NotFound` for others, `BadRequest` for no words or too many asks."""
    if not between(listener, other).follows:
        raise NotFound("One asks those whom one follows.")
    words = _words(words)
    if not words:
        raise BadRequest(_("Write what you would like to hear."))
    now_ms = clock.now_ms()
    with transaction.atomic():
        list(Listener.objects.select_for_update().filter(pk=listener.pk))
        if Ask.objects.filter(asker=listener, time_ms__gt=now_ms - _DAY_MS).count() >= A_DAY:
            raise BadRequest(_("You asked twenty times today. Ask again tomorrow."))
        if Ask.objects.filter(asker=listener, asked=other, answered_ms=None).count() >= OPEN_TO_ONE:
            raise BadRequest(_("They have not answered the last ones yet."))
        return Ask.objects.create(asker=listener, asked=other, words=words, time_ms=now_ms)


def answer(listener: Listener, number: int, track_key: str, words: str) -> Ask:
    """Answer what the listener was asked with a track. Raises `NotFound`; `BadRequest` for a track that is not there."""
    words = _words(words)
    track = None if "\0" in track_key else Track.objects.filter(key=track_key).only("pk").first()
    if track is None:
        raise BadRequest(_("Choose a track first."))
    changes = {"track_id": track.pk, "answer": words, "answered_ms": clock.now_ms()}
    if not open_to(listener).filter(pk=number).update(**changes):
        raise NotFound("There is no such question.")
    return Ask.objects.select_related("track").get(pk=number)


def take_away(listener: Listener, number: int) -> None:
    """Delete a question that the listener asked, or was asked and has not answered. Raises `NotFound`."""
    gone, _of = (open_to(listener) | Ask.objects.filter(asker=listener)).filter(pk=number).delete()
    if not gone:
        raise NotFound("There is no such question.")


def open_to(listener: Listener) -> QuerySet[Ask]:
    """What the listener was asked and has not answered, the latest first."""
    return Ask.objects.filter(asked=listener, answered_ms=None).select_related("asker__profile").order_by("-pk")


def of(listener: Listener) -> list[Ask]:
    """What the listener asked, the latest answers first, then what is not answered."""
    found = Ask.objects.filter(asker=listener).select_related("asked__profile", "track").order_by("-pk")[:SHOWN]
    return sorted(found, key=lambda one: -(one.answered_ms or 0))


def _words(text: str) -> str:
    words = one_line(text)
    if len(words) > LONGEST:
        raise BadRequest(_("That is too long: 300 letters at most."))
    return words
