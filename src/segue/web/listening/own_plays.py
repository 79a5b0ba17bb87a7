"""How often a listener played something, and when last."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max, Q, Sum

from segue.web.catalog.models import Artist, Credit, Track
from segue.web.listening.models import Listener


@dataclass(frozen=True)
class Plays:
    """How many, and when last, in ms since 1970 UTC (None where no time is known)."""

    times: int
    last_ms: int | None


def plays_of_track(listener: Listener, track: Track) -> Plays:
    """A listener's plays of a track."""
    return _plays(listener, Q(track_id=track.pk))


def plays_of_artist(listener: Listener, artist: Artist) -> Plays:
    """A listener's plays of an artist: of the tracks they are credited on, and those told of the artist alone."""
    # Not joined: the credits of everything that was ever played would be looked up.
    theirs = Credit.objects.filter(artist=artist).values("track_id")
    return _plays(listener, Q(track_id__in=theirs) | Q(track__isnull=True, artist=artist))


def _plays(listener: Listener, which: Q) -> Plays:
    told = listener.listens.filter(which).exclude(skipped=True).aggregate(times=Sum("plays"), last=Max("time_ms"))
    return Plays(told["times"] or 0, told["last"])
