"""What listeners say of tracks and artists: likes, dislikes, "never play this", ratings, and what is not of their taste."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

from django.db import transaction

from segue.errors import BadRequest, NotFound
from segue.web import clock
from segue.web.catalog.models import Artist, Track
from segue.web.listening.changing import changed
from segue.web.listening.models import Feedback, Listener, NotMyTaste

Kind = Literal["like", "dislike", "never", "rating"]
BEST_RATING = 5.0
_GIVES_WAY: dict[str, tuple[str, ...]] = {"like": ("dislike", "never"), "dislike": ("like",), "never": ("like",)}
_VALUES = 900
_OUTCOMES = {"like": "liked", "dislike": "disliked", "never": "disliked"}


@dataclass(frozen=True)
class Said:
    """What a listener says of one track or artist now.

    Attributes:
        like, dislike, never: whether it is said (and holds still).
        never_until_ms: until when it must not be played; None for ever (or where that is not said).
        rating: 0 to 5; None where it has none.
        private: whether a private session goes on: then nothing was changed.
    """

    like: bool = False
    dislike: bool = False
    never: bool = False
    never_until_ms: int | None = None
    rating: float | None = None
    private: bool = False


def give_feedback(
    listener: Listener,
    kind: Kind,
    track_key: str | None = None,
    artist_key: str | None = None,
    expires_ms: int | None = None,
    exposure_id: UUID | None = None,
    rating: float | None = None,
) -> Said:
    """Say something of a track or an artist; what is said of it then.

    A like takes back a dislike and a never, and either of them takes back a like. `expires_ms` says until when it holds;
    `rating`, 0 to 5, belongs to the kind "rating". Raises `NotFound`, and `BadRequest` for what cannot be.
    """
    now_ms = clock.now_ms()
    _check(kind, expires_ms, rating, now_ms)
    about = _about(track_key, artist_key)
    if listener.is_private(now_ms):
        return _said(listener, about, now_ms, private=True)
    with transaction.atomic():
        # First: two at once must not both be left standing.
        changed(listener)
        mine = Feedback.objects.filter(listener_id=listener.pk, **about)
        mine.filter(kind__in=_GIVES_WAY.get(kind, ())).delete()
        told = {"time_ms": now_ms, "expires_ms": expires_ms, "rating": rating}
        if not mine.filter(kind=kind).update(**told):
            Feedback.objects.create(listener_id=listener.pk, kind=kind, **about, **told)
    if exposure_id is not None and track_key is not None and kind in _OUTCOMES:
        from segue.web.discovery.exposures import outcome  # noqa: PLC0415

        outcome(listener, exposure_id, track_key, _OUTCOMES[kind], now_ms)
    return _said(listener, about, now_ms)


def take_back(
    listener: Listener, kind: Kind | None = None, track_key: str | None = None, artist_key: str | None = None
) -> Said:
    """Take back one kind of what was said of a track or an artist, or all of it; what is said of it then. Raises `NotFound`."""
    now_ms = clock.now_ms()
    about = _about(track_key, artist_key)
    if listener.is_private(now_ms):
        return _said(listener, about, now_ms, private=True)
    with transaction.atomic():
        changed(listener)
        mine = Feedback.objects.filter(listener_id=listener.pk, **about)
        (mine if kind is None else mine.filter(kind=kind)).delete()
    return _said(listener, about, now_ms)


def said_of(listener: Listener, track_key: str | None = None, artist_key: str | None = None) -> Said:
    """What a listener says of a track or an artist. Raises `NotFound`."""
    return _said(listener, _about(track_key, artist_key), clock.now_ms())


def said_of_tracks(listener: Listener, track_pks: Sequence[int]) -> dict[int, str]:
    """What a listener says of tracks, by primary key: "never", "dislike" or "like"; those of which nothing is said are left out."""
    now_ms = clock.now_ms()
    found: dict[int, str] = {}
    for start in range(0, len(track_pks), _VALUES):
        rows = Feedback.objects.filter(
            listener_id=listener.pk,
            track_id__in=track_pks[start : start + _VALUES],
            kind__in=("like", "dislike", "never"),
        )
        told = rows.order_by("kind").values_list("track_id", "kind", "expires_ms")
        found |= {pk: kind for pk, kind, until in told if until is None or until > now_ms}
    return found


def not_my_taste(listener: Listener, track_key: str, *, add: bool) -> bool:
    """Say that a track (which somebody else played) says nothing of the listener's taste, or that it does after all.

    Whether that stands now: in a private session nothing changes. Raises `NotFound`.
    """
    about = _about(track_key, None)
    mine = NotMyTaste.objects.filter(listener_id=listener.pk, **about)
    if listener.is_private(clock.now_ms()):
        return mine.exists()
    with transaction.atomic():
        changed(listener)
        if not add:
            mine.delete()
        elif not mine.exists():
            NotMyTaste.objects.create(listener_id=listener.pk, **about)
    return add


def _check(kind: str, expires_ms: int | None, rating: float | None, now_ms: int) -> None:
    if kind not in get_args(Kind):
        raise BadRequest(f"kind must be {', '.join(get_args(Kind))}, not {kind!r}")
    if (kind == "rating") != (rating is not None):
        raise BadRequest("rating belongs to the kind rating: give both, or neither")
    if rating is not None and not (math.isfinite(rating) and 0 <= rating <= BEST_RATING):
        raise BadRequest(f"rating must be from 0 to {BEST_RATING:g}, not {rating!r}")
    if expires_ms is not None and not now_ms < expires_ms < 2**63:
        raise BadRequest(f"expires_ms must be a time to come, in ms since 1970 UTC, not {expires_ms!r}")


def _about(track_key: str | None, artist_key: str | None) -> dict[str, int]:
    """The track or artist that is spoken of, by its column. Raises `NotFound`."""
    if (track_key is None) == (artist_key is None):
        raise BadRequest("say which track or which artist; not both")
    model, key = (Artist, artist_key) if track_key is None else (Track, track_key)
    assert key is not None
    known = None if "\0" in key else model.objects.filter(key=key).values_list("pk", flat=True).first()
    what = "artist" if track_key is None else "track"
    if known is None:
        raise NotFound(f"There is no {what} of that id.")
    return {f"{what}_id": known}


def _said(listener: Listener, about: dict[str, int], now_ms: int, *, private: bool = False) -> Said:
    rows = Feedback.objects.filter(listener_id=listener.pk, **about).values_list("kind", "rating", "expires_ms")
    held = {kind: (rating, until) for kind, rating, until in rows if until is None or until > now_ms}
    return Said(
        "like" in held, "dislike" in held, "never" in held, held.get("never", (None, None))[1],
        held.get("rating", (None, None))[0], private,
    )  # fmt: skip
