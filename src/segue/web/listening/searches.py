"""What listeners searched for: the latest count in what they are recommended."""

from __future__ import annotations

from django.db import transaction

from segue.web import clock
from segue.web.catalog.models import Artist, Track
from segue.web.listening.changing import changed
from segue.web.listening.models import Listener, Search

KEPT = 200
SAME_WITHIN_MS = 10 * 60_000
_LONGEST = 200


def note_search(listener: Listener, words: str, track: str | None = None, artist: str | None = None) -> bool:
    """Note what a listener searched for, and the key of the track or artist that answered it best, or was opened.

    The same words within ten minutes are one search. Of each listener the latest 200 are kept. Whether it was noted: nothing is
    in a private session, nor without words.
    """
    now_ms = clock.now_ms()
    words = " ".join(words.replace("\0", " ").encode("utf-8", "ignore").decode().split())[:_LONGEST]
    if not words or listener.is_private(now_ms):
        return False
    answer: dict[str, int | None] = {"track_id": _pk(Track, track), "artist_id": None if track else _pk(Artist, artist)}
    with transaction.atomic():
        changed(listener)
        mine = Search.objects.filter(listener_id=listener.pk)
        same = mine.filter(words__iexact=words, time_ms__gt=now_ms - SAME_WITHIN_MS).order_by("-time_ms").first()
        if same is None:
            Search.objects.create(listener_id=listener.pk, words=words, time_ms=now_ms, **answer)
            surplus = mine.order_by("-time_ms", "-pk").values_list("pk", flat=True)[KEPT:]
            Search.objects.filter(pk__in=list(surplus)).delete()
        else:
            told = answer if any(answer.values()) else {}
            mine.filter(pk=same.pk).update(time_ms=now_ms, words=words, **told)
    return True


def recent_searches(listener: Listener, n: int) -> list[str]:
    """What a listener searched for, the latest first, each words once; nothing in a private session."""
    if listener.is_private(clock.now_ms()):
        return []
    latest = Search.objects.filter(listener_id=listener.pk).order_by("-time_ms", "-pk").values_list("words", flat=True)
    once: dict[str, str] = {}
    for words in latest[:KEPT]:
        once.setdefault(words.casefold(), words)
    return list(once.values())[:n]


def forget_searches(listener: Listener, words: str | None = None) -> None:
    """Forget that a listener searched for these words, or for anything: it counts no longer."""
    mine = Search.objects.filter(listener_id=listener.pk)
    if words is not None:
        alike = {pk for pk, told in mine.values_list("pk", "words") if told.casefold() == words.casefold()}
        mine = mine.filter(pk__in=alike)
    with transaction.atomic():
        if mine.delete()[0]:
            changed(listener)


def _pk(model: type[Track] | type[Artist], key: str | None) -> int | None:
    return None if key is None else model.objects.filter(key=key).values_list("pk", flat=True).first()
