"""What a listener played, as it is shown to them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from segue.web.catalog.models import Credit, Track
from segue.web.listening.changing import changed
from segue.web.listening.models import Listen, Listener

_ID = re.compile(r"[0-9a-f]{16}")
_VALUES = 900


def listens_of(listener: Listener, since_ms: int | None = None, until_ms: int | None = None) -> QuerySet[Listen]:
    """The listens of a listener: all of them, or those from one time to another (ms since 1970 UTC), without the second."""
    found = Listen.objects.filter(listener_id=listener.pk).select_related("artist")
    if since_ms is not None:
        found = found.filter(time_ms__gte=since_ms)
    if until_ms is not None:
        found = found.filter(time_ms__lt=until_ms)
    return found


def as_shown(rows: Sequence[Listen]) -> list[dict[str, Any]]:
    """Listens as plain values, in order."""
    named = tracks_named(row.track_id for row in rows if row.track_id is not None)
    return [
        {
            "id": id_of(row), "track": named.get(row.track_id or 0),
            "artist": None if row.artist is None else {"id": row.artist.key, "name": row.artist.name},
            "time_ms": row.time_ms, "ms_played": row.ms_played, "skipped": row.skipped, "plays": row.plays,
            "source": row.source,
        }
        for row in rows
    ]  # fmt: skip


def tracks_named(track_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Id, title and main artists of tracks, by primary key."""
    wanted = sorted(set(track_ids))
    artists: dict[int, list[dict[str, str]]] = defaultdict(list)
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(wanted), _VALUES):
        some = wanted[start : start + _VALUES]
        credited = Credit.objects.filter(track_id__in=some, featured=False).order_by("track_id", "position")
        for track, key, name in credited.values_list("track_id", "artist__key", "artist__name"):
            artists[track].append({"id": key, "name": name})
        for pk, key, title in Track.objects.filter(pk__in=some).values_list("pk", "key", "title"):
            found[pk] = {"id": key, "title": title, "artists": artists[pk]}
    return found


def id_of(listen: Listen) -> str:
    """What a listen is called outside: its event, which is unique among those of its listener."""
    return f"{listen.event & 0xFFFF_FFFF_FFFF_FFFF:016x}"


def delete(listener: Listener, listen_id: str) -> bool:
    """Delete a listen of a listener; whether there was one."""
    if not _ID.fullmatch(listen_id):
        return False
    event = int.from_bytes(bytes.fromhex(listen_id), signed=True)
    with transaction.atomic():
        gone, _ = Listen.objects.filter(listener_id=listener.pk, event=event).delete()
        if gone:
            changed(listener)
    return bool(gone)
