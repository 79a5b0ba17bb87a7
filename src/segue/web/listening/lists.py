"""What a listener said and played, as lists to go through: filtered by words, artists and days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as of_day
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from segue.web import clock
from segue.web.catalog.models import Credit
from segue.web.listening.feedback import Kind
from segue.web.listening.models import Feedback, Listen, Listener, NotMyTaste

MOST_WORDS = 6
LONGEST = 100


@dataclass(frozen=True)
class Filter:
    """Which listens are wanted.

    Attributes:
        words: each of them is in the title, or in the name of an artist.
        artist: the key of an artist.
        since, until: the first day and the last, by the listener's calendar.
        skipped: those that were skipped, those that were not, or (None) both.
    """

    words: str = ""
    artist: str = ""
    since: date | None = None
    until: date | None = None
    skipped: bool | None = None


def plain_words(text: str) -> str:
    """What somebody wrote to find something: short, and without what no database takes."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:LONGEST]


def said(listener: Listener, kind: Kind, *, of: str, words: str = "") -> QuerySet[Feedback]:
    """What a listener says of tracks, or (`of` "artist") of artists, and what holds still."""
    holds = Q(expires_ms__isnull=True) | Q(expires_ms__gt=clock.now_ms())
    about = {f"{of}__isnull": False}
    rows = Feedback.objects.filter(holds, listener_id=listener.pk, kind=kind, **about).select_related(of)
    return rows.filter(named(words)) if of == "track" else rows.filter(_artist_named(words))


def of_others(listener: Listener) -> QuerySet[NotMyTaste]:
    """The tracks that say nothing of the listener's taste, those said last first."""
    return NotMyTaste.objects.filter(listener_id=listener.pk).select_related("track").order_by("-pk")


def played(listener: Listener, wanted: Filter, where: ZoneInfo) -> QuerySet[Listen]:
    """The listens of a listener that are wanted."""
    rows = Listen.objects.filter(named(wanted.words), listener_id=listener.pk).select_related("artist", "track")
    rows = rows.defer("track__lyrics", "track__sound")
    if wanted.artist:
        theirs = Credit.objects.filter(track_id=OuterRef("track_id"), artist__key=wanted.artist)
        rows = rows.filter(Q(artist__key=wanted.artist) | Exists(theirs))
    if wanted.since is not None:
        rows = rows.filter(time_ms__gte=_begins_ms(wanted.since, where))
    if wanted.until is not None:
        rows = rows.filter(time_ms__lt=_begins_ms(min(wanted.until, date(9990, 1, 1)) + timedelta(days=1), where))
    if wanted.skipped is not None:
        rows = rows.filter(skipped=True) if wanted.skipped else rows.exclude(skipped=True)
    return rows


def named(words: str) -> Q:
    """Rows of tracks (or of artists alone) with all of some words in the title and the names of the artists."""
    found = Q()
    for word in words.split()[:MOST_WORDS]:
        by = Credit.objects.filter(track_id=OuterRef("track_id"), artist__name__icontains=word)
        found &= Q(track__title__icontains=word) | Q(artist__name__icontains=word) | Q(Exists(by))
    return found


def _artist_named(words: str) -> Q:
    found = Q()
    for word in words.split()[:MOST_WORDS]:
        found &= Q(artist__name__icontains=word)
    return found


def _begins_ms(day: date, where: ZoneInfo) -> int:
    """When a day begins where the listener is."""
    try:
        return int(datetime.combine(day, of_day(), where).astimezone(UTC).timestamp() * 1000)
    except (OverflowError, ValueError):
        return 0
