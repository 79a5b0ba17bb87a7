"""Picks: who sees which, what they hold, and how staff change them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet

from segue.errors import BadRequest, NotFound
from segue.web import clock
from segue.web.accounts.models import User
from segue.web.catalog import lookup
from segue.web.catalog.models import Track
from segue.web.editorial.models import Pick
from segue.web.listening.models import Listener, listener_of
from segue.web.playlists import services
from segue.web.playlists.models import Entry, Playlist

SHOWN = 8
"""So many picks stand on a front page."""
MOST_TRACKS = 200
MOST_PICKS = 500
_SAID = ("title", "sentence", "playlist", "track_keys", "countries", "starts_ms", "ends_ms", "made_by")


@dataclass(frozen=True)
class Wanted:
    """What staff say of a pick: a playlist by key, or tracks by key; times in ms since 1970 UTC, `ends_ms` None for ever."""

    title: str
    sentence: str
    playlist: str
    tracks: tuple[str, ...]
    countries: tuple[str, ...]
    starts_ms: int
    ends_ms: int | None


def shown_to(listener: Listener, n: int = SHOWN) -> list[Pick]:
    """The picks on the front page of a listener, in order."""
    # Countries are a list in JSON, which the two databases look into differently: there are few picks.
    current = _current().select_related("playlist")
    return [pick for pick in current if _is_for(pick, listener)][:n]


def seen(listener: Listener, pick_id: int) -> Pick:
    """A pick that a listener may look at now. Raises `NotFound`."""
    found = _current().filter(pk=pick_id).first()
    if found is None or not _is_for(found, listener):
        raise NotFound("There is no pick of that id.")
    return found


def of_id(pick_id: int) -> Pick:
    """Any pick, for staff. Raises `NotFound`."""
    found = Pick.objects.select_related("playlist").filter(pk=pick_id).first()
    if found is None:
        raise NotFound("There is no pick of that id.")
    return found


def track_keys(pick: Pick) -> list[str]:
    """The keys of its tracks, in order; of a long playlist the first."""
    if pick.playlist_id is None:
        return list(pick.track_keys)[:MOST_TRACKS]
    entries = Entry.objects.filter(playlist_id=pick.playlist_id).order_by("position", "pk")
    return list(entries.values_list("track__key", flat=True)[:MOST_TRACKS])


def state_of(pick: Pick, now_ms: int | None = None) -> str:
    """Where it is in its time: "waiting", "shown" or "over"; "hidden" where nobody may see its playlist any more."""
    now = clock.now_ms() if now_ms is None else now_ms
    if not Pick.objects.filter(_visible(), pk=pick.pk).exists():
        return "hidden"
    return (
        "waiting" if pick.starts_ms > now else "over" if pick.ends_ms is not None and pick.ends_ms <= now else "shown"
    )


# -- changing ------------------------------------------------------------------------------------------------------------


def save(by: User, wanted: Wanted, pick: Pick | None = None) -> Pick:
    """Make a pick, which stands last, or change one. Raises `BadRequest` and `NotFound`, saying what of it is wrong."""
    playlist = _playlist(by, wanted.playlist) if wanted.playlist else None
    _check(wanted, playlist)
    with transaction.atomic():
        if pick is None:
            if Pick.objects.count() >= MOST_PICKS:
                raise BadRequest(f"there are {MOST_PICKS} picks: delete one first")
            last = Pick.objects.aggregate(last=Max("position"))["last"]
            pick = Pick(made_by=by, position=0 if last is None else last + 1)
        elif playlist is not None and playlist.pk != pick.playlist_id:
            pick.made_by = by
        pick.title, pick.sentence, pick.playlist = wanted.title, wanted.sentence, playlist
        pick.track_keys = [] if playlist is not None else list(wanted.tracks)
        pick.countries, pick.starts_ms, pick.ends_ms = list(wanted.countries), wanted.starts_ms, wanted.ends_ms
        # Its place is not said here: it may have been moved meanwhile.
        pick.save(update_fields=_SAID if pick.pk else None)
    return pick


def move(pick: Pick, by: int) -> None:
    """Move a pick up (-1) or down (1) among all."""
    with transaction.atomic():
        order = list(Pick.objects.select_for_update())
        place = [one.pk for one in order].index(pick.pk)
        to = min(max(place + by, 0), len(order) - 1)
        order.insert(to, order.pop(place))
        for position, one in enumerate(order):
            if one.position != position:
                Pick.objects.filter(pk=one.pk).update(position=position)


def _check(wanted: Wanted, playlist: Playlist | None) -> None:
    if playlist is not None and wanted.tracks:
        raise BadRequest("name a playlist, or tracks; not both")
    if playlist is None and not wanted.tracks:
        raise BadRequest("name a playlist, or at least one track")
    if len(wanted.tracks) > MOST_TRACKS:
        raise BadRequest(f"{MOST_TRACKS} tracks at most, not {len(wanted.tracks)}: make a playlist of them")
    there = set(lookup.there(Track, wanted.tracks))
    if missing := [key for key in wanted.tracks if key not in there]:
        raise BadRequest(
            f"there is no track {missing[0][:80]!r}" + (f", nor {len(missing) - 1} others" if missing[1:] else "")
        )
    if wanted.ends_ms is not None and wanted.ends_ms <= wanted.starts_ms:
        raise BadRequest("it must end after it starts")


def _playlist(by: User, key: str) -> Playlist:
    """A public playlist, or one's own. Raises `BadRequest`."""
    try:
        return services.seen(listener_of(by), key)
    except NotFound:
        raise BadRequest("there is no playlist of that key that is public or yours") from None


# -- who sees what -------------------------------------------------------------------------------------------------------


def _visible() -> Q:
    """What is no playlist, or a public one, or one of whoever picked it."""
    own = Q(playlist__listener__user__isnull=False, playlist__listener__user=F("made_by"))
    return Q(playlist__isnull=True) | Q(playlist__public=True) | own


def _current() -> QuerySet[Pick]:
    now_ms = clock.now_ms()
    return Pick.objects.filter(_visible(), Q(ends_ms__isnull=True) | Q(ends_ms__gt=now_ms), starts_ms__lte=now_ms)


def _is_for(pick: Pick, listener: Listener) -> bool:
    countries: Sequence[str] = pick.countries or ()
    return not countries or (listener.country or "").upper() in countries
