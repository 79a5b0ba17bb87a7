"""What a listener was playing last, to go on with it on another device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from django.db import transaction
from pydantic import Field, StringConstraints

from segue.web.discovery.questions import Key, Strict
from segue.web.listening.models import Listener
from segue.web.playing.answering import track_of
from segue.web.playing.models import Latest
from segue.web.shown import Row, rows_of

_DAY_MS = 86_400_000


class Told(Strict):
    """What is playing; the page is a path of this site."""

    track: Key
    position_ms: Annotated[int, Field(ge=0, le=7 * _DAY_MS)] = 0
    # One slash and no other at once, nor a backslash, which browsers take for one: an address elsewhere begins so.
    page: Annotated[
        str, StringConstraints(max_length=500, pattern=r"^(?:/(?:[^/\\\x00-\x20\x7f][^\\\x00-\x20\x7f]*)?)?$")
    ] = ""
    title: Annotated[str, StringConstraints(max_length=500)] = ""


@dataclass(frozen=True)
class LatestRow:
    """What was playing: the track as a row, how far, the page it was played from and its title, and when."""

    track: Row
    position_ms: int
    page: str
    title: str
    time_ms: int


def note(listener: Listener, told: Told, now_ms: int) -> None:
    """Keep what is playing; nothing in a private session. Raises `Problem` (404) for a track that there is not."""
    track = track_of(told.track)
    if listener.is_private(now_ms):
        return
    with transaction.atomic():
        Latest.objects.update_or_create(
            listener=listener,
            defaults={"track": track, "position_ms": told.position_ms, "page": told.page, "title": told.title, "time_ms": now_ms},
        )  # fmt: skip


def latest_of(listener: Listener) -> LatestRow | None:
    """What the listener was playing last; None where nothing was."""
    found = Latest.objects.select_related("track").filter(listener_id=listener.pk).first()
    if found is None:
        return None
    [row] = rows_of([found.track], listener)
    return LatestRow(row, found.position_ms, found.page, found.title, found.time_ms)
