"""Playlists: making, changing and deleting them.

Whoever asks sees their own, those they are a member of (`members`), and public ones; they change the first two. Only its owner
shows, hides or deletes one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import partial

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from segue.errors import BadRequest, Busy, NotFound
from segue.web import clock
from segue.web.catalog import search
from segue.web.catalog.models import Track
from segue.web.listening.changing import changed
from segue.web.listening.models import Listener
from segue.web.playlists.models import Entry, Member, Playlist

MOST_TRACKS = 10_000
MOST_PLAYLISTS = 2_000
LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 5_000
_AT_ONCE = 900


class Stale(Busy):
    """A playlist was changed since it was read: `version` is what it has now."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the playlist was changed meanwhile and has version {version}: read it again, then change it")
        self.version = version


# -- reading -------------------------------------------------------------------------------------------------------------


def counted(playlists: QuerySet[Playlist]) -> QuerySet[Playlist]:
    """With the number of tracks of each, as `n_tracks`."""
    return playlists.annotate(n_tracks=Count("entries"))


def own(listener: Listener) -> QuerySet[Playlist]:
    """The listener's playlists."""
    return Playlist.objects.filter(listener=listener)


def changed_by(listener: Listener) -> QuerySet[Playlist]:
    """The playlists whose tracks and title the listener may change: their own, and those they are a member of."""
    return Playlist.objects.filter(_theirs(listener))


def seen(listener: Listener, key: str) -> Playlist:
    """A playlist that the listener may see, with `n_tracks`. Raises `NotFound`."""
    return _found(counted(Playlist.objects.filter(_theirs(listener) | Q(public=True))), key)


def changeable(listener: Listener, key: str) -> Playlist:
    """A playlist that the listener may change. Raises `NotFound`, for somebody else's too."""
    return _found(changed_by(listener), key)


def mine(listener: Listener, key: str) -> Playlist:
    """A playlist of the listener's own. Raises `NotFound`, for somebody else's too."""
    return _found(own(listener), key)


def _theirs(listener: Listener) -> Q:
    # Not by a join: what is counted beside would be counted once for each member.
    return Q(listener=listener) | Q(pk__in=Member.objects.filter(listener=listener).values("playlist_id"))


def track_keys(playlist: Playlist) -> list[str]:
    """The keys of its tracks, in order."""
    return list(Entry.objects.filter(playlist=playlist).order_by("position", "pk").values_list("track__key", flat=True))


def _found(playlists: QuerySet[Playlist], key: str) -> Playlist:
    found = None if "\0" in key else playlists.filter(key=key).first()
    if found is None:
        raise NotFound("There is no playlist of that id.")
    return found


# -- changing ------------------------------------------------------------------------------------------------------------


def make(
    listener: Listener, title: str, description: str | None = None, *, public: bool = False, tracks: Sequence[str] = ()
) -> Playlist:
    """A new playlist with these tracks. Raises `BadRequest` for too much, an empty title, or a track that is not there."""
    places = places_of(tracks)
    with transaction.atomic():
        changed(listener)
        if own(listener).count() >= MOST_PLAYLISTS:
            raise BadRequest(_("there are %s playlists already: delete one first") % f"{MOST_PLAYLISTS:,}")
        made = Playlist.objects.create(
            listener=listener,
            title=_title(title),
            description=_description(description),
            public=public,
            modified_ms=clock.now_ms(),
        )
        _write(made, [], places)
        _tell_search(made)
    return made


def describe(
    playlist: Playlist, version: int | None, *,
    title: str | None = None, description: str | None = None, public: bool | None = None,
) -> Playlist:  # fmt: skip
    """Rename, describe, show or hide a playlist; what is None stays. Raises `Stale`, `NotFound` and `BadRequest`."""
    with transaction.atomic():
        locked = _locked(playlist, version)
        if title is not None:
            locked.title = _title(title)
        if description is not None:
            locked.description = _description(description)
        if public is not None:
            locked.public = public
        _save(locked)
        _tell_search(locked)
    return locked


def edit(playlist: Playlist, version: int | None, change: Callable[[list[int]], list[int]]) -> Playlist:
    """Change the tracks of a playlist: `change` gets their primary keys in order, and gives the new ones.

    Raises `Stale` where the playlist has another version than `version`; None takes any.
    """
    with transaction.atomic():
        locked = _locked(playlist, version)
        before = list(
            Entry.objects.filter(playlist=locked).order_by("position", "pk").values_list("pk", "track_id", "position")
        )
        _write(locked, before, change([track for _, track, _ in before]))
        _save(locked)
    return locked


def delete(playlist: Playlist, version: int | None = None) -> None:
    """Delete a playlist. Raises `Stale` and `NotFound`."""
    with transaction.atomic():
        locked = _locked(playlist, version)
        _tell_search(locked)
        locked.delete()


def _locked(playlist: Playlist, version: int | None) -> Playlist:
    """The playlist as it is now, which nobody else changes until the transaction ends."""
    assert playlist.listener is not None
    changed(playlist.listener)
    locked = Playlist.objects.select_for_update().filter(pk=playlist.pk).first()
    if locked is None:
        raise NotFound("There is no playlist of that id.")
    if version is not None and locked.version != version:
        raise Stale(locked.version)
    return locked


def _save(playlist: Playlist) -> None:
    playlist.version += 1
    playlist.modified_ms = clock.now_ms()
    playlist.save()


def _write(playlist: Playlist, before: Sequence[tuple[int, int, int]], after: Sequence[int]) -> None:
    """Make the entries what they should be. Those before the first change, and after the last where places stay, stay."""
    if len(after) > MOST_TRACKS:
        raise BadRequest(f"a playlist holds {MOST_TRACKS:,} tracks at most, not {len(after):,}")
    stays = [
        place < len(after) and track == after[place] and position == place
        for place, (_, track, position) in enumerate(before)
    ]
    first = stays.index(False) if False in stays else len(before)
    last = len(after)
    if len(before) == len(after):
        while last > first and stays[last - 1]:
            last -= 1
    gone = [pk for pk, _, _ in (before[first:last] if len(before) == len(after) else before[first:])]
    for start in range(0, len(gone), _AT_ONCE):
        Entry.objects.filter(pk__in=gone[start : start + _AT_ONCE]).delete()
    Entry.objects.bulk_create(
        [Entry(playlist=playlist, track_id=after[place], position=place) for place in range(first, last)],
        batch_size=_AT_ONCE,
    )


def places_of(keys: Sequence[str]) -> list[int]:
    """The primary keys of tracks, in order. Raises `BadRequest` for one that is not there, or for too many."""
    if len(keys) > MOST_TRACKS:
        raise BadRequest(f"a playlist holds {MOST_TRACKS:,} tracks at most, not {len(keys):,}")
    wanted = sorted({key for key in keys if "\0" not in key})
    found: dict[str, int] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        found |= Track.objects.filter(key__in=wanted[start : start + _AT_ONCE]).values_list("key", "pk")
    for place, key in enumerate(keys):
        if key not in found:
            raise BadRequest(f"tracks.{place}: there is no track {key!r}")
    return [found[key] for key in keys]


def _title(text: str) -> str:
    plain = " ".join(_printable(text).split())
    if not plain or len(plain) > LONGEST_TITLE:
        raise BadRequest(f"title must be 1 to {LONGEST_TITLE} characters")
    return plain


def _description(text: str | None) -> str | None:
    plain = _printable(text or "", keep="\n").strip()
    if len(plain) > LONGEST_DESCRIPTION:
        raise BadRequest(f"description must be at most {LONGEST_DESCRIPTION:,} characters")
    return plain or None


def _printable(text: str, keep: str = "") -> str:
    """Text without control characters and what no encoding can write."""
    return "".join(
        letter if letter in keep or unicodedata.category(letter) not in {"Cc", "Cs"} else " " for letter in text
    )


def _tell_search(playlist: Playlist) -> None:
    transaction.on_commit(partial(search.playlist_changed, playlist.key), robust=True)
